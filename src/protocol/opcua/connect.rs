//! One connection to a server: chosen by what the project asks for, checked, and driven by its owner.
//!
//! ```text
//! ask for endpoints -> choose -> check certificate -> session --broken--> taken up once, with its
//! subscriptions --> else ended: the owner connects anew
//! ```

use std::path::PathBuf;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use opcua::client::{
    Client, ClientBuilder, IdentityToken, Session, SessionActivity, SessionConnectMode, SessionPollResult,
    SubscriptionActivity,
};
use opcua::crypto::SecurityPolicy;
use opcua::types::{EndpointDescription, MessageSecurityMode, NodeId, StatusCode, UserTokenType};
use tokio::time::timeout;

use super::certificate;
use super::fault::Fault;
use crate::domain::source::{OpcuaEndpoint, OpcuaIdentity, OpcuaPolicy, OpcuaSecurity};
use crate::protocol::secret;

/// A dead connection shows within this: the time between two signs of life and the time that the
/// second one may take.
pub const ALIVE_WITHIN: Duration = Duration::from_secs(15);

const KEEP_ALIVE: Duration = Duration::from_secs(5);
const REQUEST_WITHIN: Duration = Duration::from_secs(10);
/// The server keeps a broken session, and what it has for us, for as long as this.
const SESSION_KEPT: Duration = Duration::from_secs(60);
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(5);
const FAREWELL: Duration = Duration::from_millis(300);

/// One message may hold the values of a whole plant; the library's own limit of 1 000 would break
/// the connection at the first of them.
const LARGEST_ARRAY: usize = 100_000;
const LARGEST_MESSAGE_BYTES: usize = 64 << 20;
const LARGEST_MESSAGE_CHUNKS: usize = 1_024;

const NAME: &str = "twinscope";

/// A session with a server. Nothing moves, not even an answer, unless [`Connection::drive`] or
/// [`Connection::event`] is awaited.
pub struct Connection {
    session: Arc<Session>,
    events: Pin<Box<dyn Stream<Item = Result<SessionPollResult, StatusCode>> + Send>>,
    own_certificate: PathBuf,
    first_session: Option<NodeId>,
    broken: bool,
}

/// What a connection did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// The server answered a subscription, with values or with a sign of life.
    Published,
    /// The server answered a sign of life of the session.
    Alive,
    /// The connection broke. It is taken up again at once, or ends.
    Broken,
    /// The connection was taken up again, with its session. Its subscriptions stand, but say nothing
    /// until [`Connection::resume`]: first is the time to ask for messages that were lost.
    TakenUp,
}

/// Connects and logs in. `password` is what the identity's secret holds, as [`password`] reads it.
///
/// # Errors
/// Why there is no session; see [`Fault`].
pub async fn connect(endpoint: &OpcuaEndpoint, password: Option<String>, session: &str) -> Result<Connection, Fault> {
    let (policy, mode) = security(endpoint.security);
    let host = host(&endpoint.url).ok_or(Fault::Address)?;
    let identity = identity(endpoint, password, policy == SecurityPolicy::None && !is_loopback(&host))?;
    let (mut client, own) = prepare(endpoint, policy, session).await?;
    let offered = timeout(REQUEST_WITHIN, client.get_server_endpoints_from_url(endpoint.url.as_str()))
        .await
        .map_err(|_| Fault::NoAnswer)?
        .map_err(|error| Fault::from_error(&error, || own.clone()))?;
    let mut chosen = choose(&offered, policy, mode)?.clone();
    check_identity(&chosen, &identity)?;
    if policy != SecurityPolicy::None {
        certificate::check_server(endpoint, &chosen.server_certificate, policy, &host)?;
    }
    // Servers name themselves as their own network knows them; we know them by the project.
    chosen.endpoint_url = endpoint.url.as_str().into();
    let (session, events) = client
        .connect_to_endpoint_directly(chosen, identity)
        .map_err(|error| Fault::from_error(&error, || own.clone()))?;
    let events = Box::pin(events.enter());
    let mut connection = Connection { session, events, own_certificate: own, first_session: None, broken: false };
    let opened = async {
        while connection.first_session.is_none() {
            connection.event().await?;
        }
        Ok(())
    };
    timeout(REQUEST_WITHIN, opened).await.unwrap_or(Err(Fault::NoAnswer))?;
    Ok(connection)
}

/// The password of an identity that has one, for [`connect`]; read away from the protocol threads.
///
/// # Errors
/// [`Fault::Secret`] when it cannot be had.
pub async fn password(identity: &OpcuaIdentity) -> Result<Option<String>, Fault> {
    let OpcuaIdentity::User { password, .. } = identity else { return Ok(None) };
    let password = password.clone();
    let read = tokio::task::spawn_blocking(move || secret::read(&password)).await;
    read.map_err(|_| Fault::Lost)?.map(Some).map_err(Fault::Secret)
}

impl Connection {
    /// The session, for requests; they are answered while the connection is driven.
    pub fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// Keeps the connection moving until `work` is done.
    ///
    /// # Errors
    /// When the connection ends before, or breaks: the work may then be half done.
    pub async fn drive<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Fault> {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                event = self.event() => if event? == Event::Broken {
                    return Err(Fault::Lost);
                },
            }
        }
    }

    /// Waits for what happens next. A request of `session` that failed is turned into words by
    /// [`Connection::fault`].
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn event(&mut self) -> Result<Event, Fault> {
        loop {
            let next = self.events.next();
            let next =
                if self.broken { timeout(TAKEN_UP_WITHIN, next).await.map_err(|_| Fault::Lost)? } else { next.await };
            let happened = next.ok_or(Fault::Lost)?.map_err(|status| self.fault(status))?;
            match happened {
                SessionPollResult::ConnectionLost(_) => {
                    self.broken = true;
                    return Ok(Event::Broken);
                }
                SessionPollResult::ReconnectFailed(status) => return Err(self.fault(status)),
                SessionPollResult::Reconnected(SessionConnectMode::NewSession(id)) => {
                    if self.first_session.replace(id).is_some() {
                        return Err(Fault::Restarted);
                    }
                    return Ok(Event::Alive);
                }
                SessionPollResult::Reconnected(SessionConnectMode::ReactivatedSession(_)) => {
                    self.broken = false;
                    return Ok(Event::TakenUp);
                }
                SessionPollResult::SessionActivity(SessionActivity::KeepAliveSucceeded) => return Ok(Event::Alive),
                SessionPollResult::SessionActivity(SessionActivity::KeepAliveFailed(status)) => {
                    return Err(match self.fault(status) {
                        Fault::NoAnswer => Fault::Silent,
                        fault => fault,
                    });
                }
                SessionPollResult::Subscription(SubscriptionActivity::Publish) => return Ok(Event::Published),
                SessionPollResult::Subscription(SubscriptionActivity::FatalFailure(status)) => {
                    return Err(self.fault(status));
                }
                SessionPollResult::Subscription(SubscriptionActivity::PublishFailed(
                    status @ StatusCode::BadNoSubscription,
                )) => return Err(self.fault(status)),
                _ => {}
            }
        }
    }

    /// Has the subscriptions speak again after [`Event::TakenUp`]; the library does not by itself.
    pub fn resume(&self) {
        self.session.trigger_publish_now();
    }

    /// What a status of a failed request means.
    pub fn fault(&self, status: StatusCode) -> Fault {
        Fault::from_status(status, || self.own_certificate.clone())
    }

    /// Takes leave politely, as far as that goes quickly.
    pub async fn close(mut self) {
        self.session.disable_reconnects();
        let session = self.session();
        let goodbye = async {
            let _ended_already = self.drive(session.disconnect()).await;
        };
        let _too_slow = timeout(FAREWELL, goodbye).await;
    }
}

/// The client of the library, with our certificate made where one is needed; away from the protocol
/// threads, because a key takes seconds to make.
async fn prepare(endpoint: &OpcuaEndpoint, policy: SecurityPolicy, session: &str) -> Result<(Client, PathBuf), Fault> {
    let (folder, session, trust) = (endpoint.certificates.clone(), session.to_owned(), endpoint.trust_on_first_use);
    let made = tokio::task::spawn_blocking(move || {
        let host = opcua::crypto::X509Data::computer_hostnames().into_iter().next().unwrap_or_default();
        let uri = format!("urn:{host}:{NAME}");
        if policy != SecurityPolicy::None {
            certificate::ensure_own(&folder, &uri, NAME)?;
        }
        let client = ClientBuilder::new()
            .application_name(NAME)
            .application_uri(&uri)
            .product_uri(format!("urn:{NAME}"))
            .create_sample_keypair(false)
            .certificate_path(certificate::OWN)
            .private_key_path(certificate::OWN_KEY)
            .pki_dir(&folder)
            .trust_server_certs(trust)
            .verify_server_certs(true)
            .session_name(session)
            .session_timeout(SESSION_KEPT.as_millis() as u32)
            .session_retry_limit(0)
            .recreate_subscriptions(false)
            .keep_alive_interval(KEEP_ALIVE)
            .max_failed_keep_alive_count(0)
            .request_timeout(REQUEST_WITHIN)
            .max_array_length(LARGEST_ARRAY)
            .max_message_size(LARGEST_MESSAGE_BYTES)
            .max_chunk_count(LARGEST_MESSAGE_CHUNKS)
            .client()
            .map_err(|problems| Fault::OwnFiles(problems.join("; ")))?;
        Ok((client, folder.join(certificate::OWN)))
    });
    made.await.unwrap_or_else(|error| Err(Fault::OwnFiles(error.to_string())))
}

fn identity(endpoint: &OpcuaEndpoint, password: Option<String>, in_clear: bool) -> Result<IdentityToken, Fault> {
    match &endpoint.identity {
        OpcuaIdentity::Anonymous => Ok(IdentityToken::Anonymous),
        OpcuaIdentity::User { .. } if in_clear => Err(Fault::PasswordInClear),
        OpcuaIdentity::User { name, .. } => Ok(IdentityToken::new_user_name(name, password.unwrap_or_default())),
        OpcuaIdentity::Certificate { certificate, key } => IdentityToken::new_x509_path(certificate, key)
            .map_err(|_| Fault::UserFiles(format!("{} or {}", certificate.display(), key.display()))),
    }
}

fn security(security: OpcuaSecurity) -> (SecurityPolicy, MessageSecurityMode) {
    let known = |policy| match policy {
        OpcuaPolicy::Basic256Sha256 => SecurityPolicy::Basic256Sha256,
        OpcuaPolicy::Aes128Sha256RsaOaep => SecurityPolicy::Aes128Sha256RsaOaep,
        OpcuaPolicy::Aes256Sha256RsaPss => SecurityPolicy::Aes256Sha256RsaPss,
    };
    match security {
        OpcuaSecurity::None => (SecurityPolicy::None, MessageSecurityMode::None),
        OpcuaSecurity::Sign(policy) => (known(policy), MessageSecurityMode::Sign),
        OpcuaSecurity::SignAndEncrypt(policy) => (known(policy), MessageSecurityMode::SignAndEncrypt),
    }
}

fn choose(
    offered: &[EndpointDescription],
    policy: SecurityPolicy,
    mode: MessageSecurityMode,
) -> Result<&EndpointDescription, Fault> {
    let known = |endpoint: &EndpointDescription| SecurityPolicy::from_str(endpoint.security_policy_uri.as_ref());
    let right = |endpoint: &&EndpointDescription| known(endpoint) == Ok(policy) && endpoint.security_mode == mode;
    offered.iter().find(right).ok_or_else(|| {
        let words = |endpoint| {
            let policy: SecurityPolicy = known(endpoint).ok()?;
            Some(match endpoint.security_mode {
                MessageSecurityMode::None => "none".to_owned(),
                mode => format!("{policy} {mode:?}"),
            })
        };
        let mut words: Vec<String> = offered.iter().filter_map(words).collect();
        words.sort_unstable();
        words.dedup();
        Fault::NotOffered(words)
    })
}

fn check_identity(endpoint: &EndpointDescription, identity: &IdentityToken) -> Result<(), Fault> {
    let wanted = match identity {
        IdentityToken::Anonymous => UserTokenType::Anonymous,
        IdentityToken::UserName(..) => UserTokenType::UserName,
        IdentityToken::X509(..) => UserTokenType::Certificate,
        IdentityToken::IssuedToken(_) => UserTokenType::IssuedToken,
    };
    let offered: Vec<UserTokenType> =
        endpoint.user_identity_tokens.iter().flatten().map(|token| token.token_type).collect();
    if offered.contains(&wanted) {
        return Ok(());
    }
    let word = |token: &UserTokenType| match token {
        UserTokenType::Anonymous => "anonymous",
        UserTokenType::UserName => "user and password",
        UserTokenType::Certificate => "certificate",
        UserTokenType::IssuedToken => "tokens of a third party",
    };
    let mut words: Vec<String> = offered.iter().map(|token| word(token).to_owned()).collect();
    words.dedup();
    Err(Fault::IdentityNotOffered(words))
}

fn host(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    if url.scheme() != "opc.tcp" {
        return None;
    }
    url.host_str().map(str::to_owned)
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(policy: SecurityPolicy, mode: MessageSecurityMode) -> EndpointDescription {
        EndpointDescription {
            security_policy_uri: policy.to_uri().into(),
            security_mode: mode,
            ..EndpointDescription::from("opc.tcp://plc:4840")
        }
    }

    #[test]
    fn only_the_security_that_was_asked_for_is_taken() {
        let offered = [
            offer(SecurityPolicy::None, MessageSecurityMode::None),
            offer(SecurityPolicy::Basic256Sha256, MessageSecurityMode::Sign),
        ];
        let chosen = choose(&offered, SecurityPolicy::Basic256Sha256, MessageSecurityMode::Sign);
        assert!(chosen.is_ok_and(|chosen| chosen.security_mode == MessageSecurityMode::Sign));
        let refused = choose(&offered, SecurityPolicy::Basic256Sha256, MessageSecurityMode::SignAndEncrypt);
        let words = refused.err().map(|fault| fault.what("opc.tcp://plc:4840")).unwrap_or_default();
        assert!(words.ends_with("it offers Basic256Sha256 Sign, none"), "{words}");
    }

    #[test]
    fn passwords_go_unprotected_to_this_computer_only() {
        for (host, expected) in [("127.0.0.1", true), ("[::1]", true), ("localhost", true), ("10.0.0.7", false)] {
            assert_eq!(is_loopback(host), expected, "{host}");
        }
        assert_eq!(host("opc.tcp://[::1]:4840/plant").as_deref(), Some("[::1]"));
        assert_eq!(host("http://plc"), None);
    }
}
