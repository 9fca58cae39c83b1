//! Guarantees of the whole program, one module each.

mod bad_input;
#[cfg(feature = "write")]
mod change;
#[cfg(feature = "write")]
mod change_line;
#[cfg(feature = "write")]
mod change_recorded;
mod cookie_factory;
#[cfg(feature = "write")]
mod desk;
mod fmu;
mod ghost;
#[cfg(feature = "xr")]
mod headset;
mod hot_reload;
mod instancing;
#[cfg(feature = "write")]
mod killed_push;
mod layers;
#[cfg(feature = "write")]
mod links;
mod mqtt;
#[cfg(feature = "write")]
mod one_change;
mod opcua;
#[cfg(feature = "write")]
mod plant_process;
mod projects;
mod recording;
#[cfg(feature = "write")]
mod refusals;
mod replay_equals_live;
mod reproduces;
mod schedule;
mod stage;
mod stalled_window;
mod telemetry;
#[cfg(feature = "write")]
mod view_only;
mod what_if;
mod workspace_goes_live;
#[cfg(feature = "write")]
mod wrong_model;
