//! OPC UA through async-opcua: connections, values, units, browsing, and the demo plant as a server.
//!
//! A [`Connection`] moves only while it is driven: one task owns it, and no thread is left behind
//! when it is dropped.

pub mod browse;
mod certificate;
mod connect;
mod fault;
mod node;
pub mod server;
mod unit;
mod value;

pub use connect::{ALIVE_WITHIN, Connection, Event, connect, password};
pub use fault::Fault;
pub use node::{NodeError, resolve};
pub use unit::{unit_from, unit_information};
pub use value::{NumberError, Reading, ValueError, data_value, moment, number, reading, value, variant};
