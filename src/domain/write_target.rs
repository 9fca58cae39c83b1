//! Where and as whom settings are written, as a project declares it. Does not write.

use super::signal::SignalId;
use super::source::Secret;
use super::unit::Unit;

/// The way of one setting to the plant.
#[derive(Clone, PartialEq, Debug)]
pub struct WriteAddress {
    pub signal: SignalId,
    /// Name of the source that it is written through.
    pub source: String,
    pub identity: WriteIdentity,
    pub target: WriteTarget,
    /// Unit of the signal and unit that the plant takes, where they differ: values are converted.
    pub convert: Option<(Unit, Unit)>,
    /// Writing a value twice does what writing it once does. If not, a write without answer is never
    /// repeated.
    pub idempotent: bool,
}

/// Who writes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum WriteIdentity {
    /// The one who reads.
    #[default]
    Reader,
    User {
        name: String,
        password: Secret,
    },
    /// Value of an `Authorization: Bearer` header.
    Token(Secret),
}

#[derive(Clone, PartialEq, Debug)]
pub enum WriteTarget {
    Opcua {
        /// As in [`OpcuaNode::node`](super::source::OpcuaNode::node).
        node: String,
    },
    Mqtt {
        topic: String,
        /// 0, 1 or 2.
        qos: u8,
        body: WriteBody,
        /// Where the plant answers (MQTT 5.0, 4.10); none: only the read-back tells.
        response_topic: Option<String>,
    },
    Http {
        url: String,
        method: HttpMethod,
        body: WriteBody,
        /// Asked after a write for what the plant holds now, which stands there as in `body`.
        readback_url: Option<String>,
    },
    /// A variable of the model that plays the plant.
    Emulator { parameter: String },
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum HttpMethod {
    #[default]
    Put,
    Post,
}

/// What is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WriteBody {
    /// A text in which `{value}` stands for the value.
    Template(String),
    /// A JSON document with nothing but the value, at this JSON pointer (RFC 6901).
    Member(String),
}

impl WriteBody {
    /// What stands for the value in a template.
    pub const VALUE: &str = "{value}";
}
