//! Models of others: FMUs of FMI 2.0 and 3.0 for co-simulation.
//!
//! An FMU is foreign native code. It runs in a child process with a time limit and a memory limit:
//! [`archive`] unpacks it, [`description`] reads what it says of itself, [`process`] starts the child
//! and speaks with it, [`host`] is what the child does, [`run`] carries out an experiment, and [`model`]
//! lets what-ifs ask it. A crash or a hang of the FMU is a failed run with a reason. Model exchange,
//! arrays, binary variables and clocks are not offered.

pub mod archive;
pub mod description;
mod error;
mod held;
pub mod host;
mod library;
mod log;
pub mod model;
pub mod process;
mod protocol;
pub mod run;
mod values;

pub use error::{End, FmuError};
