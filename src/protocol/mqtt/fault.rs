//! What can end an MQTT session, in words for the operator.

use std::io;

use crate::domain::source::MqttSpec;
use crate::protocol::secret::SecretError;
use crate::protocol::tls::TlsError;

/// Why a session could not be had, or ended.
#[derive(Debug)]
pub enum Fault {
    /// User or password are wrong or missing, or the user has no right to connect.
    Login,
    /// Refused for another reason, in the words of the protocol.
    Refused(String),
    Secret(SecretError),
    Tls(TlsError),
    /// The handshake failed.
    Handshake(rustls::Error),
    UnknownHost,
    /// Nobody listens at that port.
    NobodyThere,
    NoAnswer,
    /// A subscription was refused without which the session is of no use, to this topic.
    Deaf(String),
    /// Another client came with our client id.
    TakenOver,
    /// The other side hung up before it accepted the login.
    HungUpAtOnce,
    /// The other side hung up.
    HungUp,
    /// The other side does not keep to the protocol.
    Protocol(String),
    Network(String),
    /// The program is ending.
    Ended,
}

impl Fault {
    /// True where only a change of the project can help, so that trying again is of no use.
    pub fn permanent(&self) -> bool {
        matches!(self, Self::Tls(error) if error.permanent())
    }

    /// From what the network gave, which may be a TLS error inside.
    pub fn from_io(error: &io::Error) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::Handshake(tls.clone());
        }
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::NobodyThere,
            io::ErrorKind::TimedOut => Self::NoAnswer,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::HungUp,
            // The standard library has no kind for failed name look-ups, only these words.
            _ if error.to_string().contains("lookup address") => Self::UnknownHost,
            _ => Self::Network(error.to_string()),
        }
    }

    /// What happened, what it means for values, what to do.
    pub fn message(&self, source: &str, spec: &MqttSpec) -> String {
        let (what, check) = self.told(spec);
        if matches!(self, Self::Tls(TlsError::NoAuthority)) {
            return format!("{what}. Values of this link cannot arrive. {check} of source \"{source}\".");
        }
        format!("{what}. Values of this link are frozen. {check} of source \"{source}\".")
    }

    /// What happened, and what to do about it, to be followed by "of source" and its name.
    pub fn told(&self, spec: &MqttSpec) -> (String, String) {
        let address = format!("{}:{}", spec.host, spec.port);
        let (what, check) = match self {
            Self::Login => ("The MQTT broker refused the login".to_owned(), "user and password"),
            Self::Refused(why) => (
                format!("The MQTT broker refused the connection ({why})"),
                "client_id and version, and the broker's log, for the link",
            ),
            Self::Secret(error) => (format!("The MQTT password cannot be had: {error}"), "password"),
            Self::Tls(TlsError::NoAuthority) => {
                let what = format!(
                    "The MQTT broker {address} was not asked: TLS is on, but no ca_file says which authorities to trust"
                );
                return (what, "Give the ca_file".to_owned());
            }
            Self::Tls(error) => {
                (format!("TLS to the MQTT broker cannot be set up: {error}"), "ca_file and client certificate")
            }
            Self::Handshake(rustls::Error::InvalidCertificate(why)) => {
                (format!("The certificate of the MQTT broker {address} is not trusted ({why})"), "ca_file and host")
            }
            Self::Handshake(rustls::Error::InvalidMessage(_)) => {
                (format!("The MQTT broker {address} does not speak TLS on this port"), "port and tls")
            }
            Self::Handshake(error) => (
                format!("The MQTT broker {address} broke off the TLS handshake ({error})"),
                "ca_file and client certificate",
            ),
            Self::UnknownHost => (format!("There is no computer called \"{}\" on this network", spec.host), "host"),
            Self::NobodyThere => (format!("No MQTT broker answers at {address}"), "host and port"),
            Self::NoAnswer => (format!("The MQTT broker {address} did not answer in time"), "host, port and network"),
            Self::Deaf(topic) => (
                format!("The MQTT broker refused the subscription to \"{topic}\", where the plant is to answer"),
                "topic, and the rights of the user,",
            ),
            Self::TakenOver => {
                ("Another program logged in to the MQTT broker with the same client id".to_owned(), "client_id")
            }
            Self::HungUpAtOnce => {
                let what = format!("What answers at {address} hung up before the login");
                let in_tls = spec.tls.is_some();
                (what, if in_tls { "port, and whether it speaks TLS," } else { "port, and whether it expects TLS," })
            }
            Self::HungUp => (format!("The MQTT broker {address} ended the connection"), "broker"),
            Self::Protocol(why) => {
                (format!("What answers at {address} does not keep to MQTT ({why})"), "port and version")
            }
            Self::Network(why) => {
                (format!("The network to the MQTT broker {address} failed ({why})"), "network and host")
            }
            Self::Ended => ("The program is ending".to_owned(), "log"),
        };
        (what, format!("Check {check}"))
    }
}

/// The link is up, but a part of its values cannot arrive.
pub fn subscription_refused(source: &str, topic: &str) -> String {
    format!(
        "The MQTT broker refused the subscription to \"{topic}\". Its values do not arrive. \
         Check the topic, and the rights of the user, of source \"{source}\"."
    )
}
