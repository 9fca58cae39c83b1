//! What can end an OPC UA connection, in words for the operator.

use std::path::PathBuf;

use opcua::types::{Error, StatusCode};

use crate::protocol::secret::SecretError;

/// Why a connection could not be had, or ended.
#[derive(Debug)]
pub enum Fault {
    /// The address is no `opc.tcp://host:port`, or the host is unknown.
    Address,
    /// Nobody listens there.
    NobodyThere,
    NoAnswer,
    /// The server does not offer the security that the project asks for; what it does offer.
    NotOffered(Vec<String>),
    /// The server does not offer this way to log in; what it does offer.
    IdentityNotOffered(Vec<String>),
    /// The certificate of the server was never seen: the file in which it was put, and the folder
    /// to which a person moves it to trust it.
    Untrusted {
        rejected: PathBuf,
        trusted: PathBuf,
    },
    /// The certificate of the server is known but not right, in the words of the check.
    ServerCertificate(String),
    /// The server does not trust our certificate, which is this file.
    OurCertificate(PathBuf),
    /// Our certificate or its key cannot be made or read.
    OwnFiles(String),
    /// The password cannot be had.
    Secret(SecretError),
    /// The user's certificate or its key cannot be read.
    UserFiles(String),
    /// A password would go over the network unprotected.
    PasswordInClear,
    /// User and password, or the user's certificate, are wrong or without rights.
    Login,
    /// The server sends more at once than is taken.
    TooMuch,
    /// The server no longer knows our session: it was restarted.
    Restarted,
    /// The connection broke and could not be taken up again.
    Lost,
    /// The connection stands, but nothing came for too long.
    Silent,
    /// Refused for another reason, in the words of the protocol.
    Refused(StatusCode),
}

impl Fault {
    /// True where only a change of the project can help, so that trying again is of no use.
    pub fn permanent(&self) -> bool {
        matches!(self, Self::PasswordInClear)
    }

    /// From what the library says of a request or a connection; `own` is our certificate.
    pub(super) fn from_error(error: &Error, own: impl FnOnce() -> PathBuf) -> Self {
        Self::from_status(error.status(), own)
    }

    pub(super) fn from_status(status: StatusCode, own: impl FnOnce() -> PathBuf) -> Self {
        match status {
            StatusCode::BadCommunicationError => Self::NobodyThere,
            StatusCode::BadTcpEndpointUrlInvalid => Self::Address,
            StatusCode::BadTimeout | StatusCode::BadRequestTimeout => Self::NoAnswer,
            StatusCode::BadUserAccessDenied
            | StatusCode::BadIdentityTokenInvalid
            | StatusCode::BadIdentityTokenRejected
            | StatusCode::BadUserSignatureInvalid => Self::Login,
            StatusCode::BadSecurityChecksFailed
            | StatusCode::BadCertificateUntrusted
            | StatusCode::BadCertificateInvalid
            | StatusCode::BadCertificateUriInvalid
            | StatusCode::BadCertificateTimeInvalid => Self::OurCertificate(own()),
            StatusCode::BadEncodingLimitsExceeded
            | StatusCode::BadResponseTooLarge
            | StatusCode::BadTcpMessageTooLarge
            | StatusCode::BadDecodingError => Self::TooMuch,
            StatusCode::BadSessionIdInvalid | StatusCode::BadSessionClosed | StatusCode::BadNoSubscription => {
                Self::Restarted
            }
            StatusCode::BadConnectionClosed
            | StatusCode::BadNotConnected
            | StatusCode::BadServerHalted
            | StatusCode::BadShutdown => Self::Lost,
            status => Self::Refused(status),
        }
    }

    /// What happened, as a sentence without its full stop; `url` is the address of the server.
    pub fn what(&self, url: &str) -> String {
        match self {
            Self::Address => format!("{url} is no address of an OPC UA server on this network"),
            Self::NobodyThere => format!("No OPC UA server answers at {url}"),
            Self::NoAnswer => format!("The OPC UA server {url} did not answer in time"),
            Self::NotOffered(offered) => {
                format!("The OPC UA server {url} does not offer this security; it offers {}", listed(offered))
            }
            Self::IdentityNotOffered(offered) => {
                format!("The OPC UA server {url} does not take this kind of login; it takes {}", listed(offered))
            }
            Self::Untrusted { rejected, .. } => format!(
                "The certificate of the OPC UA server {url} is not trusted yet, it was put in {}",
                rejected.display()
            ),
            Self::ServerCertificate(why) => format!("The certificate of the OPC UA server {url} is not right ({why})"),
            Self::OurCertificate(_) => format!("The OPC UA server {url} does not trust our certificate"),
            Self::OwnFiles(why) => format!("Our OPC UA certificate cannot be had: {why}"),
            Self::Secret(error) => format!("The OPC UA password for {url} cannot be had: {error}"),
            Self::UserFiles(why) => format!("The certificate to log in to {url} with cannot be read: {why}"),
            Self::PasswordInClear => {
                format!("The OPC UA server {url} was not asked: without security the password could be read by anyone")
            }
            Self::Login => format!("The OPC UA server {url} refused the login"),
            Self::TooMuch => format!("The OPC UA server {url} sends messages larger than are read, or broken ones"),
            Self::Restarted => format!("The OPC UA server {url} was restarted"),
            Self::Lost => format!("The connection to the OPC UA server {url} broke"),
            Self::Silent => format!("The OPC UA server {url} has gone silent"),
            Self::Refused(status) => format!("The OPC UA server {url} refused the connection ({status})"),
        }
    }

    /// What to do, as a sentence without its full stop; `place` names the settings in the project,
    /// for example `source "line1"`.
    pub fn advice(&self, place: &str) -> String {
        let check = match self {
            Self::Untrusted { trusted, .. } => {
                return format!(
                    "If it is the right server, move that file to {}; if not, check the url of {place}",
                    trusted.display()
                );
            }
            Self::OurCertificate(own) => {
                return format!(
                    "Have the owner of the server trust {}, and check the security of {place}",
                    own.display()
                );
            }
            Self::Restarted => return "It is asked again at once".to_owned(),
            Self::Address | Self::NobodyThere => "url and network",
            Self::NoAnswer | Self::Lost | Self::Silent => "server and network",
            Self::NotOffered(_) | Self::PasswordInClear => "security",
            Self::IdentityNotOffered(_) | Self::Login | Self::UserFiles(_) => "user, password and certificate",
            Self::ServerCertificate(_) => "url, the clock and the server's certificate",
            Self::Secret(_) => "password",
            Self::OwnFiles(_) => "folder of certificates",
            Self::TooMuch => "nodes",
            Self::Refused(_) => "settings, and the server's log, for the connection",
        };
        format!("Check the {check} of {place}")
    }
}

fn listed(offered: &[String]) -> String {
    if offered.is_empty() { "none that this program knows".to_owned() } else { offered.join(", ") }
}
