//! twinscope: a 3D digital twin on the desk.
//!
//! Layers, from the ground up: `domain` is the vocabulary, `protocol` connects; `project`, `sources`, `recording`, `simulation`
//! and `control` stand side by side on it and never import each other; `view`, `ui` and `xr` show; `app` wires it all.

pub mod app;
pub mod control;
pub mod domain;
pub mod project;
pub mod protocol;
pub mod recording;
pub mod simulation;
pub mod sources;
pub mod ui;
pub mod view;
#[cfg(feature = "xr")]
pub mod xr;
