//! Protocols that this program both reads and writes with: how to connect, what values look like on
//! the wire, the demo plant as a server, and the secrets, the TLS and the pauses between attempts of all of them.
//!
//! What to listen to stands in `sources`, what may be written in `control`.

pub mod backoff;
pub mod decode;
pub mod http;
mod json;
pub mod mqtt;
pub mod opcua;
pub mod secret;
pub mod tls;
