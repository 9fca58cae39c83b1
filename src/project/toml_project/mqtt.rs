//! `kind = "mqtt"`: a broker, and who connects to it.

use super::build::Build;
use super::entry::Entry;
use super::sources::{existing_file, secret};
use super::topics;
use crate::domain::source::{MqttSpec, MqttSubscription, MqttVersion, TlsSpec};

/// The broker that an entry describes.
pub fn mqtt(build: &Build<'_>, entry: &Entry<'_>) -> Option<MqttSpec> {
    let url = entry.required_text("url", "the address of the broker").unwrap_or_default();
    let broker = if url.is_empty() { None } else { broker(entry, url) };
    let secure = broker.as_ref().is_none_or(|(secure, ..)| *secure);
    let versions = [("5", MqttVersion::V5), ("3.1.1", MqttVersion::V311)];
    let version = match entry.item("version").and_then(|item| item.number()) {
        Some(5.0) => Some(MqttVersion::V5),
        Some(number) => {
            entry.fail("version", format!("expected 5 or \"3.1.1\", found the number {number}"));
            None
        }
        None => entry.choice("version", &versions),
    };
    let ca_file = existing_file(build, entry, "ca_file");
    let client = (existing_file(build, entry, "client_cert"), existing_file(build, entry, "client_key"));
    entry.both("client_cert", "client_key", "the file that belongs to the other one");
    let tls = secure.then(|| TlsSpec { ca_file, client_cert: client.0.zip(client.1) });
    if !secure && let Some(key) = ["ca_file", "client_cert", "client_key"].into_iter().find(|key| entry.has(key)) {
        let message = format!("expected a url that begins with mqtts:// beside {key}, found \"{url}\"");
        entry.warn("url", message, "The connection is not encrypted.", entry.example("url"));
    }
    if secure && broker.is_some() && !entry.has("ca_file") {
        let message = "the key is missing; expected the authority that the encrypted connection trusts";
        entry.lacks("ca_file", message, "The connection is refused.", entry.example("ca_file"));
    }
    let user = entry.text("user").map(str::to_owned);
    let password = secret(build, entry, "password");
    if entry.has("password") && !entry.has("user") {
        entry.missing("user", "the name that the password belongs to");
    }
    let filters = entry.texts("subscribe").into_iter().filter(|filter| match topics::check_filter(filter) {
        Ok(()) => true,
        Err(message) => {
            entry.fail("subscribe", message);
            false
        }
    });
    let subscriptions = filters.map(|filter| MqttSubscription { topic: filter.to_owned(), qos: 0, routes: Vec::new() });
    let subscriptions = subscriptions.collect();
    let (_, host, port) = broker?;
    let client_id = entry.text("client_id").map(str::to_owned);
    Some(MqttSpec { host, port, version: version.unwrap_or_default(), client_id, user, password, tls, subscriptions })
}

/// Encrypted or not, host and port of `mqtt://host:port`.
fn broker(entry: &Entry<'_>, url: &str) -> Option<(bool, String, u16)> {
    let (secure, rest) = match (url.strip_prefix("mqtts://"), url.strip_prefix("mqtt://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => {
            entry.fail("url", format!("expected mqtt://host or mqtts://host, found \"{url}\""));
            return None;
        }
    };
    let rest = rest.trim_end_matches('/');
    if rest.contains('@') {
        entry.fail("url", "expected no user or password in the url: they have keys of their own, found \"@\"");
        return None;
    }
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let usual = if secure { 8883 } else { 1883 };
    let Ok(port) = port.map_or(Ok(usual), str::parse) else {
        entry.fail("url", format!("expected a port from 1 to 65535, found \"{}\"", port.unwrap_or_default()));
        return None;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let strange = |c: char| c.is_whitespace() || c.is_control() || "/?#".contains(c);
    if host.is_empty() || host.contains(strange) || port == 0 {
        entry.fail("url", format!("expected mqtt://host or mqtts://host, found \"{url}\""));
        return None;
    }
    Some((secure, host.to_owned(), port))
}
