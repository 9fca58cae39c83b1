//! What the driver needs of an MQTT client library, whichever version it speaks.

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustls::ClientConfig;

use super::fault::Fault;
use crate::domain::source::{MqttSpec, MqttSubscription};
use crate::protocol::{secret, tls};

/// Seconds of silence after which a ping is sent; a link that is dead shows within twice that.
pub const KEEP_ALIVE_SECS: u16 = 15;

/// The largest packet that MQTT can carry. Nothing smaller is set: both libraries answer a packet
/// beyond their limit by giving up the session, so that one retained giant would keep the link
/// down for ever. It is received and then refused by `decode`, for its size alone.
pub const LARGEST_PACKET_BYTES: u32 = 268_435_455;

/// How long the goodbye to the broker may take.
pub const FAREWELL: Duration = Duration::from_millis(300);

/// One connection to a broker.
pub trait Session: Send + Sized {
    type Publish: Send;
    type Publisher: Publisher;

    /// Sets up a session; nothing is sent before [`Session::next`].
    fn open(connect: Connect) -> Self;

    /// Connects where that was not done yet, then waits for what the broker sends.
    fn next(&mut self) -> impl Future<Output = Result<Event<Self::Publish>, Fault>> + Send;

    fn message(publish: &Self::Publish) -> Message<'_>;

    /// Asks for topics, in one packet.
    fn subscribe(&self, subscriptions: &[MqttSubscription]) -> Result<(), Fault>;

    /// The way out, beside the one who listens.
    fn publisher(&self) -> Self::Publisher;

    /// Takes leave politely, as far as that goes quickly.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Sends into a session.
pub trait Publisher: Send + Sync + 'static {
    /// Hands a command to the session, which sends it once: a session that broke is not taken up again, and what
    /// it had not sent is lost with it. What became of the command comes when the broker has said it.
    ///
    /// # Errors
    /// When it was not handed over: then it is not sent.
    fn publish(&self, command: Command) -> Result<impl Future<Output = Delivered> + Send + 'static, Fault>;
}

/// A message that makes something happen. It is not kept by the broker for those who come later.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Command {
    pub topic: String,
    pub payload: String,
    /// 0, 1 or 2.
    pub qos: u8,
    /// How long the broker may hold it for a receiver that is away (MQTT 5, 3.3.2.3.3).
    pub expiry_secs: u32,
    /// Where the answer is wanted and what it has to carry, with MQTT 5.
    pub answer: Option<(String, Vec<u8>)>,
}

/// What the broker said of a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Delivered {
    /// It has it. With QoS 0: it went out.
    Taken,
    /// It has it and knows nobody who listens (MQTT 5).
    Unheard,
    /// It did not take it; why, in the words of the protocol.
    Refused(String),
    /// It did not say; why, in words.
    Unknown(String),
}

/// A message as it came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    pub topic: &'a [u8],
    pub payload: &'a [u8],
    /// The broker kept it from before: nobody knows when it was true.
    pub retained: bool,
    /// What the sender of an answer repeats of the question (MQTT 5).
    pub correlation: Option<&'a [u8]>,
}

/// What the broker sent.
pub enum Event<P> {
    /// The login was accepted.
    Accepted,
    /// The answer to one `subscribe`: whether each filter was granted.
    Subscribed(Vec<bool>),
    Publish(P),
    /// Pings, acknowledgements and the like.
    Other,
}

/// All that is needed to log in, secrets included: lives no longer than one attempt.
pub struct Connect {
    pub host: String,
    pub port: u16,
    pub client_id: String,
    pub user: Option<String>,
    pub password: Option<String>,
    pub tls: Option<ClientConfig>,
    /// Packets that are sent at once after login.
    pub requests: usize,
}

impl Connect {
    /// # Errors
    /// When a secret or a certificate cannot be read.
    pub fn new(spec: &MqttSpec) -> Result<Self, Fault> {
        Ok(Self {
            host: spec.host.clone(),
            port: spec.port,
            client_id: spec.client_id.clone().unwrap_or_else(unique_client_id),
            user: spec.user.clone(),
            password: spec.password.as_ref().map(secret::read).transpose().map_err(Fault::Secret)?,
            tls: spec.tls.as_ref().map(tls::client_config).transpose().map_err(Fault::Tls)?,
            requests: spec.subscriptions.len().max(8),
        })
    }
}

/// Reads secrets and certificates away from the protocol threads: they may lie on a slow drive.
///
/// # Errors
/// When a secret or a certificate cannot be read.
pub async fn prepare(spec: &MqttSpec) -> Result<Connect, Fault> {
    let spec = spec.clone();
    tokio::task::spawn_blocking(move || Connect::new(&spec)).await.unwrap_or(Err(Fault::Ended))
}

/// At most 23 letters and digits, which every broker takes (MQTT 3.1.1, 3.1.3.1).
fn unique_client_id() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let salt = (crate::protocol::backoff::random() * f64::from(u16::MAX)) as u16;
    let count = COUNT.fetch_add(1, Ordering::Relaxed) % 1_000;
    format!("twin{:x}x{salt:x}x{count}", std::process::id())
}
