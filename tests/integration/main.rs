//! Guarantees of the whole program, one module each.

mod bad_input;
mod change;
mod change_recorded;
mod cookie_factory;
mod fmu;
mod ghost;
mod hot_reload;
mod instancing;
mod layers;
mod mqtt;
mod opcua;
mod recording;
mod replay_equals_live;
mod schedule;
mod stage;
mod stalled_window;
mod telemetry;
mod view_only;
mod what_if;
mod workspace_goes_live;
