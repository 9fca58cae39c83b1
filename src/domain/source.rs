//! Where samples come from, as a project declares it and as a source carries it out.

use std::path::PathBuf;

use super::model::ModelSpec;
use super::signal::SignalId;
use super::time::Span;
use super::unit::Unit;
use super::value::ValueKind;

/// A declared source of samples.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceSpec {
    /// Unique in the project; the name of its link on screen.
    pub name: String,
    pub kind: SourceKind,
}

#[derive(Clone, PartialEq, Debug)]
pub enum SourceKind {
    Csv(CsvSpec),
    Mqtt(MqttSpec),
    Http(HttpSpec),
    Opcua(OpcuaSpec),
    /// A model playing the plant, inside this program.
    Emulator(EmulatorSpec),
}

/// A table of samples in a file, read whole and played in plant time.
#[derive(Clone, PartialEq, Debug)]
pub struct CsvSpec {
    pub file: PathBuf,
    pub layout: CsvLayout,
}

#[derive(Clone, PartialEq, Debug)]
pub enum CsvLayout {
    /// One sample a row, with a header that names the columns.
    Long {
        time: String,
        signal: String,
        value: String,
        /// Quality words or status codes; none: all good.
        quality: Option<String>,
        /// Text of the signal column -> signal.
        signals: Vec<(String, Target)>,
    },
    /// One moment a row, one signal a column, with a header.
    Wide { time: String, columns: Vec<(String, Target)> },
    /// TwinMaker's sample telemetry, without header: epoch ms, asset type, telemetryAssetId,
    /// measure, value, DOUBLE or VARCHAR.
    TwinMaker {
        /// (telemetryAssetId, measure as the component type spells it) -> signal. Measures are
        /// matched without regard to case, because published data differs from its types in it.
        signals: Vec<((String, String), Target)>,
    },
}

/// The signal that a cell of a table feeds, and how its text is to be read.
#[derive(Clone, PartialEq, Debug)]
pub struct Target {
    pub signal: SignalId,
    pub kind: ValueKind,
    /// Unit of the table and unit of the signal, where they differ: values are converted.
    pub convert: Option<(Unit, Unit)>,
}

/// An MQTT broker and what to listen to.
#[derive(Clone, PartialEq, Debug)]
pub struct MqttSpec {
    pub host: String,
    pub port: u16,
    pub version: MqttVersion,
    /// None: a name made from the process, so that two desks do not throw each other out.
    pub client_id: Option<String>,
    pub user: Option<String>,
    /// Where the password stands; never the password itself.
    pub password: Option<Secret>,
    pub tls: Option<TlsSpec>,
    pub subscriptions: Vec<MqttSubscription>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum MqttVersion {
    V311,
    #[default]
    V5,
}

/// Where a secret is read from, at connection time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Secret {
    /// Name of an environment variable.
    Env(String),
    /// A file whose first line is the secret.
    File(PathBuf),
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TlsSpec {
    /// PEM file with the authorities to trust; none: those of the operating system's users are not
    /// consulted, and the connection is refused.
    pub ca_file: Option<PathBuf>,
    /// PEM files of the client's certificate and key, for brokers that ask.
    pub client_cert: Option<(PathBuf, PathBuf)>,
}

/// One topic filter and the signals that its messages carry.
#[derive(Clone, PartialEq, Debug)]
pub struct MqttSubscription {
    /// Topic filter; may hold `+` and `#`.
    pub topic: String,
    /// 0, 1 or 2.
    pub qos: u8,
    pub routes: Vec<Route>,
}

/// How one message becomes one sample.
#[derive(Clone, PartialEq, Debug)]
pub struct Route {
    /// Exact topic that this route takes, one that the filter matches. Wildcards are resolved when
    /// the project is read, so that the arrival path only looks up.
    pub topic: String,
    /// The messages of the topic that this route takes; empty takes all.
    pub only_if: Vec<Match>,
    pub signal: SignalId,
    pub kind: ValueKind,
    pub payload: Payload,
    /// Unit of the payload and unit of the signal, where they differ: values are converted.
    pub convert: Option<(Unit, Unit)>,
}

/// A member of the JSON payload that must have this text (numbers by their shortest text).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Match {
    pub pointer: String,
    pub equals: String,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Payload {
    /// The whole payload is one value: a number, true/false, or text, by the kind of the signal.
    Plain,
    /// Members of a JSON document by JSON pointer (RFC 6901).
    Json {
        value: String,
        /// Source time; none: arrival time.
        time: Option<(String, TimeFormat)>,
        /// Quality words or status codes; none: good.
        quality: Option<String>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum TimeFormat {
    /// RFC 3339 text, or seconds since the epoch as number or text.
    #[default]
    Auto,
    EpochMillis,
    EpochSecs,
}

/// A JSON document asked for again and again.
#[derive(Clone, PartialEq, Debug)]
pub struct HttpSpec {
    pub url: String,
    pub interval: Span,
    /// Value of an `Authorization: Bearer` header.
    pub token: Option<Secret>,
    /// PEM file with the authorities to trust, for https; none: those of the operating system.
    pub ca_file: Option<PathBuf>,
    /// Routes of the document; their `topic` is empty.
    pub routes: Vec<Route>,
}

/// A model as the plant.
#[derive(Clone, PartialEq, Debug)]
pub struct EmulatorSpec {
    /// What the plant truly is; the twin may believe something else.
    pub model: ModelSpec,
    pub seed: u64,
    /// Plant seconds per second of the clock.
    pub rate: f64,
    /// Plant time that is run through at once at the start, so that there is a past to look at.
    pub warm_up: Span,
    /// How often each signal is sampled, in plant time.
    pub interval: Span,
    /// Variable of the model (`Filler/Speed`) -> signal.
    pub signals: Vec<(String, SignalId)>,
}

/// An OPC UA server and the variables of it that feed signals.
#[derive(Clone, PartialEq, Debug)]
pub struct OpcuaSpec {
    pub endpoint: OpcuaEndpoint,
    pub nodes: Vec<OpcuaNode>,
    /// How often the server sends what changed; zero: as fast as it can.
    pub publishing_interval: Span,
    /// How often the server looks at each variable; zero: as fast as it can.
    pub sampling_interval: Span,
    /// Changes of one variable that the server keeps between two messages, the oldest dropped first.
    pub queue_size: u32,
    pub trigger: OpcuaTrigger,
    /// How far back the past is read at the first connection, from servers that keep one; zero: not.
    pub history: Span,
}

/// What makes a server tell a variable (OPC 10000-4, 7.10).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum OpcuaTrigger {
    /// Another value or status.
    #[default]
    Value,
    /// Another source time too: a value that did not change is told each time it is taken anew.
    Timestamp,
}

/// How a variable of an OPC UA server becomes samples.
#[derive(Clone, PartialEq, Debug)]
pub struct OpcuaNode {
    /// A node id (`ns=2;s=Filler.Speed`, `nsu=urn:plant;i=7`) or a browse path from the root
    /// (`/Objects/2:Line/2:Filler/2:Speed`), which is looked up at each connection.
    pub node: String,
    pub signal: SignalId,
    pub kind: ValueKind,
    /// Unit of the variable and unit of the signal, where they differ: values are converted.
    pub convert: Option<(Unit, Unit)>,
    /// Changes up to this are not sent, in the unit of the variable; none: each change is sent.
    pub deadband: Option<f64>,
}

/// Where an OPC UA server is, and how to speak to it.
#[derive(Clone, PartialEq, Debug)]
pub struct OpcuaEndpoint {
    /// `opc.tcp://host:port/path`.
    pub url: String,
    pub security: OpcuaSecurity,
    pub identity: OpcuaIdentity,
    /// Folder of certificates: our own (made on first use), those `trusted` and those `rejected`.
    pub certificates: PathBuf,
    /// Takes the certificate of a server that was never seen before for its own. Off: it is put
    /// among the rejected, and a person has to move it.
    pub trust_on_first_use: bool,
}

/// Protection of the messages on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpcuaSecurity {
    /// Anyone on the network can read and change them.
    None,
    /// Nobody can change them unseen.
    Sign(OpcuaPolicy),
    /// Nobody can read or change them.
    SignAndEncrypt(OpcuaPolicy),
}

/// A set of algorithms (OPC 10000-7, 6.6). Those that are broken are not in the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OpcuaPolicy {
    Basic256Sha256,
    Aes128Sha256RsaOaep,
    Aes256Sha256RsaPss,
}

/// Who we are to the server.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum OpcuaIdentity {
    #[default]
    Anonymous,
    User {
        name: String,
        /// Where the password stands; never the password itself.
        password: Secret,
    },
    /// PEM or DER file of the user's certificate, and PEM file of its key.
    Certificate { certificate: PathBuf, key: PathBuf },
}
