//! The vocabulary of the house: what a plant is, what is known of it and when.
//!
//! Plain Rust and serde. No I/O, no threads, no clock: time and randomness come in as arguments.
//! Everything that crosses from one folder of `src/` to another is defined here.

pub mod alarm;
pub mod asset;
pub mod audit;
pub mod binding;
pub mod calibration;
pub mod catalog;
pub mod change;
pub mod change_command;
pub mod change_record;
pub mod clock;
pub mod colour;
pub mod command;
pub mod deviation;
pub mod expression;
pub mod headset;
pub mod history;
pub mod link;
pub mod model;
pub mod notice;
pub mod person;
pub mod playhead;
pub mod quality;
pub mod recording;
pub mod rule;
pub mod scenario;
pub mod scene;
pub mod setpoint;
pub mod signal;
pub mod source;
pub mod sweep;
pub mod time;
pub mod unit;
pub mod value;
pub mod what_if;
pub mod write_target;
