//! Opens what others recorded: MCAP files with JSON, protobuf or ROS 2 messages, Parquet and CSV
//! tables. Numbers, flags and texts become signals; everything else is named and left out.

pub mod csv;
mod intake;
pub mod mcap;
pub mod parquet;
pub(in crate::recording) mod table;

pub use intake::{Found, ImportError, ImportReport, Intake, Stopped, Take};
pub(in crate::recording) use table::quality_words;
