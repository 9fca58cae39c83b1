//! MQTT 3.1.1 and 5: sessions with a broker, the same to whoever uses them.

mod entrance;
mod fault;
mod session;
mod v4;
mod v5;

pub use entrance::Entrance;
pub use fault::{Fault, subscription_refused};
pub use session::{Command, Connect, Delivered, Event, Message, Publisher, Session, prepare};
pub use v4::V4;
pub use v5::V5;
