//! OPC UA against asyncua (PyPI), a server and a client that others wrote.
//!
//! Each test runs its own server on a free loopback port and ends it. Where asyncua is not installed
//! the tests fail.

mod browse;
mod browse_command;
mod history;
pub mod judge;
mod network;
mod proxy;
mod server;
mod source;
pub mod twin;

use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);
