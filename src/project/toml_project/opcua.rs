//! `kind = "opcua"`: a server, how it is spoken to, and the variables of it that feed signals.

use super::build::Build;
use super::entry::Entry;
use super::routes;
use super::sources::{existing_file, secret};
use crate::domain::signal::{Signal, SignalId};
use crate::domain::source::{
    OpcuaEndpoint, OpcuaIdentity, OpcuaNode, OpcuaPolicy, OpcuaSecurity, OpcuaSpec, OpcuaTrigger,
};
use crate::domain::time::Span;
use crate::domain::value::ValueKind;

/// Keys of such a source.
pub const KEYS: &[&str] = &[
    "url",
    "security",
    "policy",
    "user",
    "password",
    "user_cert",
    "user_key",
    "certificates",
    "trust_on_first_use",
    "publishing_secs",
    "sampling_secs",
    "queue_size",
    "trigger",
    "history_secs",
    "write_user",
    "write_password",
];

const POLICIES: [(&str, OpcuaPolicy); 3] = [
    ("Basic256Sha256", OpcuaPolicy::Basic256Sha256),
    ("Aes128_Sha256_RsaOaep", OpcuaPolicy::Aes128Sha256RsaOaep),
    ("Aes256_Sha256_RsaPss", OpcuaPolicy::Aes256Sha256RsaPss),
];

#[derive(Clone, Copy, PartialEq)]
enum Protection {
    None,
    Sign,
    SignAndEncrypt,
}

const TRIGGERS: [(&str, OpcuaTrigger); 2] = [("value", OpcuaTrigger::Value), ("timestamp", OpcuaTrigger::Timestamp)];
/// Longest past that is read at a connection: a week [s].
const LONGEST_PAST_SECS: f64 = 604_800.0;

const PROTECTIONS: [(&str, Protection); 3] =
    [("none", Protection::None), ("sign", Protection::Sign), ("sign_and_encrypt", Protection::SignAndEncrypt)];

/// The server that an entry describes.
pub fn server(build: &Build<'_>, entry: &Entry<'_>) -> Option<OpcuaSpec> {
    let url = entry.required_text("url", "the address of the server");
    if let Some(url) = url {
        check_url(entry, url);
    }
    let security = security(entry);
    let identity = identity(build, entry);
    let logs_in = identity != OpcuaIdentity::Anonymous || entry.has("write_user");
    if logs_in && security == OpcuaSecurity::None {
        let meaning = "What logs in can be read on the network. Only a server on this computer is logged in to.";
        entry.warn(
            "security",
            "expected sign_and_encrypt beside a user, found none",
            meaning,
            entry.example("security"),
        );
    }
    let secs = |key: &str, usual: f64| Span::from_secs_f64(entry.number_in(key, 0.0..=3_600.0, usual));
    let endpoint = OpcuaEndpoint {
        url: url?.to_owned(),
        security,
        identity,
        certificates: build.project.root.join(entry.text("certificates").unwrap_or("certificates")),
        trust_on_first_use: entry.flag("trust_on_first_use", false),
    };
    Some(OpcuaSpec {
        endpoint,
        nodes: Vec::new(),
        publishing_interval: secs("publishing_secs", 0.5),
        sampling_interval: secs("sampling_secs", 0.25),
        queue_size: u32::try_from(entry.integer_in("queue_size", 1..=10_000, 10)).unwrap_or(10),
        trigger: entry.choice("trigger", &TRIGGERS).unwrap_or_default(),
        history: Span::from_secs_f64(entry.number_in("history_secs", 0.0..=LONGEST_PAST_SECS, 0.0)),
    })
}

fn check_url(entry: &Entry<'_>, url: &str) {
    let host = url.strip_prefix("opc.tcp://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, Some(port)),
        _ => (host, None),
    };
    let strange = |sign: char| sign.is_whitespace() || sign.is_control();
    let right = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let example = "url = \"opc.tcp://10.0.0.5:4840\"";
    if host.contains('@') {
        let message = "expected no user or password in the url: they have keys of their own, found \"@\"";
        entry.fail_with("url", message, example);
    } else if name.is_empty() || url.contains(strange) || !port.is_none_or(right) {
        entry.fail_with("url", format!("expected opc.tcp://host:port, found \"{url}\""), example);
    }
}

/// Nobody reads or changes the messages unless the entry says otherwise.
fn security(entry: &Entry<'_>) -> OpcuaSecurity {
    let protection = match entry.has("security") {
        true => entry.choice("security", &PROTECTIONS),
        false => Some(Protection::SignAndEncrypt),
    };
    let policy = entry.choice("policy", &POLICIES).unwrap_or(OpcuaPolicy::Basic256Sha256);
    match protection {
        Some(Protection::None) => {
            if entry.has("policy") {
                entry.fail("policy", "expected no policy beside security \"none\", found one");
            }
            OpcuaSecurity::None
        }
        Some(Protection::Sign) => OpcuaSecurity::Sign(policy),
        Some(Protection::SignAndEncrypt) | None => OpcuaSecurity::SignAndEncrypt(policy),
    }
}

fn identity(build: &Build<'_>, entry: &Entry<'_>) -> OpcuaIdentity {
    entry.both("user", "password", "what belongs to the other one");
    entry.both("user_cert", "user_key", "the file that belongs to the other one");
    if entry.has("user") && entry.has("user_cert") {
        entry.fail("user_cert", "expected one identity, found a certificate beside a user with a password");
    }
    let user = entry.text("user").zip(secret(build, entry, "password"));
    let files = existing_file(build, entry, "user_cert").zip(existing_file(build, entry, "user_key"));
    match (user, files) {
        (Some((name, password)), _) => OpcuaIdentity::User { name: name.to_owned(), password },
        (None, Some((certificate, key))) => OpcuaIdentity::Certificate { certificate, key },
        (None, None) => OpcuaIdentity::Anonymous,
    }
}

/// The variable of one signal.
pub fn node(entry: &Entry<'_>, signal: SignalId, described: &Signal) -> Option<OpcuaNode> {
    entry.required_text("node", "a node id or a browse path of the server");
    let node = node_text(entry, "node");
    let deadband = entry.has("deadband").then(|| entry.number_in("deadband", 0.0..=1e12, 0.0));
    if deadband.is_some() && !matches!(described.kind, ValueKind::Int | ValueKind::Real) {
        let message = format!("expected no deadband for a signal of kind {}, found one", described.kind);
        entry.fail_with("deadband", message, "kind = \"real\"");
    }
    let convert = routes::conversion(entry, described);
    Some(OpcuaNode { node: node?, signal, kind: described.kind, convert, deadband })
}

/// The text of a node id or of a browse path.
pub fn node_text(entry: &Entry<'_>, key: &str) -> Option<String> {
    let text = entry.text(key)?;
    let right = text.len() <= LONGEST_NODE && text.strip_prefix('/').map_or_else(|| is_node_id(text), is_path);
    if !right {
        let message =
            format!("expected a node id like ns=2;s=Speed or a browse path like /Objects/2:Speed, found \"{text}\"");
        entry.fail_with(key, message, "node = \"ns=2;s=Filler.Speed\"");
    }
    right.then(|| text.to_owned())
}

/// Longest text of a node id (OPC 10000-3, 8.2.4) [bytes].
const LONGEST_NODE: usize = 4_096;

/// `ns=2;s=Speed`, after OPC 10000-6, 5.3.1.10.
fn is_node_id(text: &str) -> bool {
    let id = match text.split_once(';') {
        Some((space, id)) if space.starts_with("ns") => {
            let number = space.strip_prefix("ns=").is_some_and(|number| number.parse::<u16>().is_ok());
            let uri = space.strip_prefix("nsu=").is_some_and(|uri| !uri.is_empty());
            if !(number || uri) {
                return false;
            }
            id
        }
        _ => text,
    };
    match id.split_once('=') {
        Some(("i", number)) => number.parse::<u32>().is_ok(),
        Some(("s" | "g" | "b", id)) => !id.is_empty(),
        _ => false,
    }
}

/// Names joined by `/`, none of them empty; `&` takes the meaning from what follows.
fn is_path(text: &str) -> bool {
    let mut plain = false;
    let mut empty = true;
    for sign in text.chars() {
        if sign == '/' && !plain {
            if empty {
                return false;
            }
            empty = true;
        } else if sign == '&' && !plain {
            plain = true;
            continue;
        } else {
            empty = false;
        }
        plain = false;
    }
    !empty && !plain
}
