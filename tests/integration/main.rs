//! Guarantees of the whole program, one module each.

mod bad_input;
#[cfg(feature = "write")]
mod change;
#[cfg(feature = "write")]
mod change_line;
mod cookie_factory;
#[cfg(feature = "write")]
mod desk;
mod fmu;
mod ghost;
mod hot_reload;
mod instancing;
mod layers;
mod mqtt;
mod opcua;
mod recording;
#[cfg(feature = "write")]
mod refusals;
mod replay_equals_live;
mod schedule;
mod stage;
mod stalled_window;
mod telemetry;
mod what_if;
mod workspace_goes_live;
