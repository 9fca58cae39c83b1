//! Protocols that this program both reads and writes with: how to connect, what values look like on
//! the wire, and the demo plant as a server.
//!
//! What to listen to stands in `sources`, what may be written in `control`.

pub mod opcua;
