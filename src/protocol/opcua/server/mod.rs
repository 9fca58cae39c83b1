//! A plant as an OPC UA server on this computer: for the demo, for training and for tests.
//!
//! Values are set from outside with their time and quality. What clients write is handed to the
//! plant, which takes, clamps or rejects it. A [`lease::Lease`] lets a client say beforehand what to
//! go back to; it runs here, so that a trial ends although its client has died. With a [`Memory`] the
//! past of the variables can be read as well.
//!
//! ```text
//! Objects/Filler/Speed, Objects/Filler/State ...      one folder for each equipment
//! Objects/Lease/Arm(TimeoutSecs, Paths, Values) Feed() Release(Paths) Remaining
//! ```

pub mod lease;
mod past;
mod service;
mod space;

pub use past::Memory;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use opcua::crypto::SecurityPolicy;
use opcua::server::node_manager::memory::{InMemoryNodeManager, InMemoryNodeManagerBuilder};
use opcua::server::{ServerBuilder, ServerEndpoint, ServerHandle, ServerUserToken};
use opcua::types::{MessageSecurityMode, NodeId, VariableId};
use thiserror::Error;

use self::service::{Plant, Service};
use super::certificate;
use super::value::data_value;
use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};

/// Name space of the plant's nodes; their ids are their paths as text.
pub const NAME_SPACE: &str = "urn:twinscope:plant";

const LEASE_TICK: Duration = Duration::from_millis(100);
const TICK_MS: u64 = 20;
const LARGEST_ARRAY: usize = 100_000;
/// A page of the past is larger than what the library sends by itself.
const LARGEST_MESSAGE_BYTES: usize = 16 << 20;
const LARGEST_MESSAGE_CHUNKS: usize = 1_024;
const FAREWELL: Duration = Duration::from_secs(1);
const PATH: &str = "/";
const ANONYMOUS: &str = "ANONYMOUS";

/// How the server presents itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerSettings {
    /// Zero: a free one.
    pub port: u16,
    /// Folder of certificates: our own (made on first use), those of clients `trusted` and
    /// `rejected`. Without security it stays empty.
    pub certificates: PathBuf,
    /// None: without protection and without login. Only this computer reaches the server either way.
    pub security: Option<ServerSecurity>,
}

/// Messages signed and encrypted with Basic256Sha256, and users that log in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerSecurity {
    /// Trusts the certificate of any client; who it is then follows from the login alone.
    pub trust_clients: bool,
    pub users: Vec<ServerUser>,
}

/// Someone who may log in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ServerUser {
    pub name: String,
    pub proof: Proof,
}

/// How a user proves who it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Proof {
    Password(String),
    /// DER or PEM file of the user's certificate.
    Certificate(PathBuf),
}

/// A variable of the plant.
#[derive(Clone, PartialEq, Debug)]
pub struct Variable {
    /// `Filler/Speed`: folders, then the name.
    pub path: String,
    pub description: String,
    pub unit: Unit,
    /// Engineering range in `unit`.
    pub range: Option<(f64, f64)>,
    pub writable: bool,
    /// What it holds, as uncertain, until it is set; its kind is that of the variable.
    pub initial: Value,
}

/// A value that someone wants written.
#[derive(Clone, PartialEq, Debug)]
pub struct Write {
    pub path: String,
    /// Of the kind of the variable.
    pub value: Value,
    pub by: By,
}

/// Who wants it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum By {
    /// The user of a client; `anonymous` for those that did not log in.
    Client(String),
    /// A lease that ran out.
    Lease,
}

/// What the plant does with it.
#[derive(Clone, PartialEq, Debug)]
pub enum WriteAnswer {
    Good,
    /// Taken, but only up to a limit: this is what it is now.
    Clamped(Value),
    Rejected(Rejection),
}

/// Why the plant does not take a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rejection {
    NotWritable,
    OutOfRange,
    AccessDenied,
    /// Not in the state that the equipment is in.
    InvalidState,
}

/// Asked for each write, on the server's thread: it must not wait.
pub type OnWrite = Box<dyn FnMut(&Write) -> WriteAnswer + Send>;

#[derive(Error, Debug)]
pub enum ServerError {
    #[error(
        "The OPC UA server cannot listen on port {port} ({cause}). Nobody can connect to it. Choose another port, or 0."
    )]
    Port { port: u16, cause: std::io::Error },
    #[error("The OPC UA server cannot get a thread ({0}). Nobody can connect to it. Close other programs.")]
    Thread(std::io::Error),
    #[error("The OPC UA server cannot start: {0}. Nobody can connect to it. Check its settings.")]
    Settings(String),
    #[error("The variable \"{0}\" has no place in the OPC UA server. Rename it.")]
    Path(String),
    #[error("The OPC UA server has no variable \"{0}\", or not of this kind. Its value is not shown.")]
    Unknown(String),
}

/// A running server; ends when dropped.
pub struct PlantServer {
    address: SocketAddr,
    handle: ServerHandle,
    nodes: Arc<InMemoryNodeManager<Service>>,
    /// None only while being dropped.
    threads: Option<tokio::runtime::Runtime>,
}

/// A port at which clients can knock already; they are answered once it serves.
pub struct Listening {
    settings: ServerSettings,
    listener: TcpListener,
    address: SocketAddr,
}

impl Listening {
    /// # Errors
    /// When the port is taken.
    pub fn begin(settings: &ServerSettings) -> Result<Self, ServerError> {
        let failed = |cause| ServerError::Port { port: settings.port, cause };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { settings: settings.clone(), listener, address })
    }

    /// What a client connects to.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// Answers from now on, on a thread named "opcua". `memory` holds the past of the variables, in their
    /// order; without one nothing is remembered.
    ///
    /// # Errors
    /// When a path is not unique or not usable, or the settings are wrong.
    pub fn serve(
        self,
        variables: Vec<Variable>,
        memory: Option<Memory>,
        on_write: OnWrite,
    ) -> Result<PlantServer, ServerError> {
        let Self { settings, listener, address } = self;
        let failed = |cause| ServerError::Port { port: settings.port, cause };
        let plant = Plant::new(variables, memory, on_write)?;
        let nodes = InMemoryNodeManagerBuilder::new(move |context, space: &mut _| Service::new(plant, &context, space));
        let builder = configured(&settings, address.port())?.with_node_manager(nodes);
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("opcua")
            .enable_all()
            .build()
            .map_err(ServerError::Thread)?;
        let (listener, (server, handle)) = {
            // Both the listener and the library want to know where they will run.
            let _inside = threads.enter();
            let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
            (listener, builder.build().map_err(ServerError::Settings)?)
        };
        let nodes = handle
            .node_managers()
            .get_of_type::<InMemoryNodeManager<Service>>()
            .ok_or_else(|| ServerError::Settings("its nodes are missing".to_owned()))?;
        threads.spawn(async move {
            if let Err(why) = server.run_with(listener).await {
                tracing::error!("The OPC UA server ended: {why}. Its clients are cut off. Start it again.");
            }
        });
        threads.spawn(watch_lease(Arc::clone(&nodes), handle.clone()));
        Ok(PlantServer { address, handle, nodes, threads: Some(threads) })
    }
}

fn url(address: SocketAddr) -> String {
    format!("opc.tcp://{address}{PATH}")
}

impl PlantServer {
    /// Starts a server with these variables, on a thread named "opcua". It remembers nothing.
    ///
    /// # Errors
    /// When the port is taken, a path is not unique or not usable, or the settings are wrong.
    pub fn start(settings: &ServerSettings, variables: Vec<Variable>, on_write: OnWrite) -> Result<Self, ServerError> {
        Listening::begin(settings)?.serve(variables, None, on_write)
    }

    /// What a client connects to.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// Sessions of clients that stand. One whose client died does so until its time is up.
    pub fn clients(&self) -> usize {
        const COUNT: VariableId = VariableId::Server_ServerDiagnostics_ServerDiagnosticsSummary_CurrentSessionCount;
        let count = self.handle.info().summary().get(COUNT).and_then(|told| told.value);
        count.and_then(|count| count.as_f64()).map_or(0, |count| count as usize)
    }

    /// Tells a value, with the time at which it held and how far it can be trusted.
    ///
    /// # Errors
    /// When there is no such variable, or it is of another kind.
    pub fn set(&self, path: &str, value: &Value, time: Timestamp, quality: Quality) -> Result<(), ServerError> {
        let unknown = || ServerError::Unknown(path.to_owned());
        let id = self.nodes.inner().id(path, value.kind()).ok_or_else(unknown)?;
        let told = data_value(value, time, quality);
        self.nodes.inner().keep(path, value, time, quality);
        self.nodes.set_value(self.handle.subscriptions(), &id, None, told).map_err(|_| unknown())
    }
}

impl Drop for PlantServer {
    fn drop(&mut self) {
        self.handle.cancel();
        if let Some(threads) = self.threads.take() {
            threads.shutdown_timeout(FAREWELL);
        }
    }
}

fn configured(settings: &ServerSettings, port: u16) -> Result<ServerBuilder, ServerError> {
    const NAME: &str = "twinscope plant";
    let uri = format!("{NAME_SPACE}:server");
    let mut builder = ServerBuilder::new()
        .application_name(NAME)
        .application_uri(&uri)
        .product_uri("urn:twinscope")
        .host(Ipv4Addr::LOCALHOST.to_string())
        .port(port)
        .discovery_urls(vec![PATH.to_owned()])
        .pki_dir(&settings.certificates)
        .certificate_path(certificate::OWN)
        .private_key_path(certificate::OWN_KEY)
        .create_sample_keypair(false)
        // Only users with a right of their own see them; here they count the clients.
        .diagnostics_enabled(true)
        .max_array_length(LARGEST_ARRAY)
        .max_message_size(LARGEST_MESSAGE_BYTES)
        .max_chunk_count(LARGEST_MESSAGE_CHUNKS)
        .subscription_poll_interval_ms(TICK_MS);
    match &settings.security {
        None => builder = builder.add_endpoint("none", ServerEndpoint::new_none(PATH, &[ANONYMOUS.to_owned()])),
        Some(security) => {
            certificate::ensure_own(&settings.certificates, &uri, NAME)
                .map_err(|fault| ServerError::Settings(fault.what(PATH)))?;
            let names: Vec<String> = security.users.iter().map(|user| user.name.clone()).collect();
            let (policy, mode) = (SecurityPolicy::Basic256Sha256, MessageSecurityMode::SignAndEncrypt);
            builder = builder
                .trust_client_certs(security.trust_clients)
                .add_endpoint("encrypted", ServerEndpoint::new(PATH, policy, mode, &names));
            for user in &security.users {
                let token = match &user.proof {
                    Proof::Password(password) => ServerUserToken::user_pass(&user.name, password),
                    Proof::Certificate(file) => ServerUserToken::x509(&user.name, file),
                };
                builder = builder.add_user_token(&user.name, token);
            }
        }
    }
    let limits = &mut builder.limits_mut().subscriptions;
    limits.min_sampling_interval_ms = 0.0;
    limits.min_publishing_interval_ms = TICK_MS as f64;
    Ok(builder)
}

/// Has the plant go back when the lease has run out, and shows the time that is left.
async fn watch_lease(nodes: Arc<InMemoryNodeManager<Service>>, handle: ServerHandle) {
    let service = nodes.inner();
    let show = |id: &NodeId, value: &Value| {
        let told = data_value(value, service::now(), Quality::Good);
        if let Err(status) = nodes.set_value(handle.subscriptions(), id, None, told) {
            tracing::error!("The OPC UA server cannot show {id} ({status}). Clients see an old value. Restart it.");
        }
    };
    let mut ticks = tokio::time::interval(LEASE_TICK);
    let mut shown = f64::NAN;
    loop {
        ticks.tick().await;
        service.end_lease(|(path, value)| {
            let write = Write { path, value, by: By::Lease };
            match service.ask(&write) {
                Ok((_, taken)) => {
                    if let Some(id) = service.id(&write.path, taken.kind()) {
                        show(&id, &taken);
                    }
                }
                Err(status) => tracing::error!(
                    "The lease ran out, but the plant did not take {} = {} back ({status}). Set it by hand.",
                    write.path,
                    write.value
                ),
            }
        });
        let left = service.lease_remaining_secs();
        if left != shown {
            shown = left;
            show(&service.remaining_id(), &Value::Real(left));
        }
    }
}

/// The data type of a kind of values.
fn data_type(kind: ValueKind) -> opcua::types::DataTypeId {
    match kind {
        ValueKind::Bool => opcua::types::DataTypeId::Boolean,
        ValueKind::Int => opcua::types::DataTypeId::Int64,
        ValueKind::Real => opcua::types::DataTypeId::Double,
        ValueKind::Text => opcua::types::DataTypeId::String,
    }
}
