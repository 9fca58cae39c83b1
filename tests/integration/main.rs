//! Guarantees of the whole program, one module each.

mod cookie_factory;
mod layers;
mod mqtt;
mod stage;
mod telemetry;
