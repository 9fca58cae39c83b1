//! The black box: one MCAP file holds a shift, and replays it exactly.
//!
//! A recording is an MCAP file (mcap.dev/spec) of profile `twinscope`. Any MCAP tool reads it:
//!
//! | topic | messages |
//! |---|---|
//! | `/plant/...` | samples: one JSON object for the signals of a group that changed together, `{"Speed": 612.0, "State": "Execute"}`. A status code stands in `_quality` where a value is not good. Publish time is the source's time, log time the arrival. The schema gives path, unit and range of each signal. |
//! | `/twinscope/keyframes` | the latest value of every signal, at the head of each segment |
//! | `/twinscope/alarms`, `/twinscope/commands`, `/twinscope/marks`, `/twinscope/gaps`, `/twinscope/desk`, `/twinscope/runs`, `/twinscope/changes` | what happened beside the samples |
//!
//! A message of `/twinscope/changes` is an entry of the audit log: `entry` and `hash` are its number and hash
//! there, so that recording and log can be held against each other (`twinscope audit PLANT verify --recording`).
//! Each file begins with how the changes stand that are not at their end.
//!
//! Chunks are compressed with zstd and closed twice a second, so that a crash costs less than a
//! second. Chunks form *segments*: a keyframe, then up to ten seconds or 100,000 samples, then a
//! private record (opcode 0x80) that says what times the segment holds and repeats its events. To
//! show a moment, one segment is read, however long the file is. The notes of all segments stand
//! together in the attachment `twinscope/index.json`; in a file that was not finished they are
//! found by hopping from record to record, without unpacking a chunk.
//!
//! Metadata `twinscope` names site, version and clock. Attachments `project/...` are the files of
//! the project, with `twinscope/project.json` as their list; models stand there by digest, or whole.

pub mod compare;
mod counted;
pub mod export;
mod format;
pub mod import;
mod keyframe;
mod plan;
pub mod reader;
pub mod recorder;
mod ring;
pub mod saving;
mod schema;
pub mod settings;
pub mod snapshot;
mod standing;
mod sync;
#[cfg(test)]
mod tests;
pub mod writer;

pub use format::{Head, SegmentNote};
