//! Recordings against programs that we did not write, and against crashes.

mod foreign_mcap;
mod python;
mod tables;
