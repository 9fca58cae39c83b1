//! What the program does without a window of its own, one task a file.

pub mod export;
pub mod info;
pub mod record;
pub mod replay;
pub mod simulate;
pub mod video;
pub mod what_if;
