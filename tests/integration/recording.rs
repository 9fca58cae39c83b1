//! Recordings against programs that we did not write, and against crashes.

mod command_line;
mod conformance;
mod foreign_mcap;
mod killed;
pub mod python;
mod replay;
mod shelf;
mod tables;
