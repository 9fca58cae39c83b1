//! Guarantees of the whole program, one module each.

mod bad_input;
mod change;
mod cookie_factory;
mod fmu;
mod ghost;
mod hot_reload;
mod instancing;
mod layers;
mod mqtt;
mod opcua;
mod projects;
mod recording;
mod replay_equals_live;
mod reproduces;
mod schedule;
mod stage;
mod stalled_window;
mod telemetry;
mod what_if;
mod workspace_goes_live;
