//! What the program does without a window of its own, one task a file.

pub mod audit;
pub mod browse;
pub mod change;
pub mod credibility;
mod ending;
pub mod export;
pub mod fmu;
pub mod info;
mod measured;
pub mod new;
pub mod people;
pub mod plant;
pub mod record;
pub mod replay;
pub mod video;
pub mod what_if;
