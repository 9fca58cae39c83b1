//! A plant as an OPC UA server on this computer: for the demo, for training and for tests.
//!
//! Values are set from outside with their time and quality. What clients write is handed to the
//! plant, which takes, clamps or rejects it. A [`lease::Lease`] lets a client say beforehand what to
//! go back to; it runs here, so that a trial ends although its client has died.
//!
//! ```text
//! Objects/Filler/Speed, Objects/Filler/State ...      one folder for each equipment
//! Objects/Lease/Arm(TimeoutSecs, Paths, Values) Feed() Release(Paths) Remaining
//! ```

pub mod lease;
mod service;
mod space;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use opcua::crypto::SecurityPolicy;
use opcua::server::node_manager::memory::{InMemoryNodeManager, InMemoryNodeManagerBuilder};
use opcua::server::{ServerBuilder, ServerEndpoint, ServerHandle, ServerUserToken};
use opcua::types::{MessageSecurityMode, NodeId};
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

impl PlantServer {
    /// Starts a server with these variables, on a thread named "opcua".
    ///
    /// # Errors
    /// When the port is taken, a path is not unique or not usable, or the settings are wrong.
    pub fn start(settings: &ServerSettings, variables: Vec<Variable>, on_write: OnWrite) -> Result<Self, ServerError> {
        let failed = |cause| ServerError::Port { port: settings.port, cause };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;

        let plant = Plant::new(variables, on_write)?;
        let nodes = InMemoryNodeManagerBuilder::new(move |context, space: &mut _| Service::new(plant, &context, space));
        let builder = configured(settings, address.port())?.with_node_manager(nodes);
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
        Ok(Self { address, handle, nodes, threads: Some(threads) })
    }

    /// What a client connects to.
    pub fn url(&self) -> String {
        format!("opc.tcp://{}{PATH}", self.address)
    }

    /// Tells a value, with the time at which it held and how far it can be trusted.
    ///
    /// # Errors
    /// When there is no such variable, or it is of another kind.
    pub fn set(&self, path: &str, value: &Value, time: Timestamp, quality: Quality) -> Result<(), ServerError> {
        let unknown = || ServerError::Unknown(path.to_owned());
        let id = self.nodes.inner().id(path, value.kind()).ok_or_else(unknown)?;
        let told = data_value(value, time, quality);
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
        .diagnostics_enabled(false)
        .max_array_length(LARGEST_ARRAY)
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
        for (path, value) in service.expired_lease() {
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
        }
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
