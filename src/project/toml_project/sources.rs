//! `[[source]]`: where samples come from. The addresses in a source stand at the signals.

use std::path::PathBuf;

use super::build::Build;
use super::csv_header;
use super::entry::{Entry, Section};
use super::plant_model;
use super::report::At;
use super::topics;
use crate::domain::source::{
    CsvLayout, CsvSpec, EmulatorSpec, HttpSpec, MqttSpec, MqttSubscription, MqttVersion, Secret, SourceKind,
    SourceSpec, TlsSpec,
};
use crate::domain::time::Span;

const MEANING: &str = "The source is left out: its signals get no values.";
const ANY: Section = Section { name: "source", meaning: MEANING, keys: ALL_KEYS };
const ALL_KEYS: &[&str] = &[
    "name",
    "kind",
    "file",
    "layout",
    "time",
    "signal",
    "value",
    "quality",
    "url",
    "version",
    "client_id",
    "user",
    "password",
    "ca_file",
    "client_cert",
    "client_key",
    "subscribe",
    "qos",
    "interval_secs",
    "token",
    "model",
    "step_secs",
    "step_limit_secs",
    "memory_mib",
    "parameters",
    "seed",
    "rate",
    "warm_up_secs",
];

/// A source while signals are still added to it.
pub struct SourceDraft {
    pub spec: SourceSpec,
    /// Where `subscribe` stands, for filters that nothing uses.
    pub subscribe_at: At,
    /// Quality of service of signals that do not say.
    pub qos: u8,
    /// Columns of a CSV file; none where it cannot be read.
    pub columns: Option<Vec<String>>,
}

#[derive(Clone, Copy)]
enum Kind {
    Csv,
    Mqtt,
    Http,
    Emulator,
}

impl Kind {
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["file", "layout", "time", "signal", "value", "quality"],
            Self::Mqtt => &[
                "url",
                "version",
                "client_id",
                "user",
                "password",
                "ca_file",
                "client_cert",
                "client_key",
                "subscribe",
                "qos",
            ],
            Self::Http => &["url", "interval_secs", "token", "ca_file"],
            Self::Emulator => &[
                "model",
                "file",
                "step_secs",
                "step_limit_secs",
                "memory_mib",
                "parameters",
                "seed",
                "rate",
                "warm_up_secs",
                "interval_secs",
            ],
        }
    }
}

pub fn sources(build: &mut Build<'_>, root: &Entry<'_>) {
    for entry in root.tables("source", ANY) {
        let name = entry.required_text("name", "a name for the source");
        if let Some(name) = name.filter(|name| {
            let twin = build.project.sources.iter().any(|source| source.name == **name);
            twin || build.sources.iter().any(|source| source.spec.name == **name)
        }) {
            entry.fail_with("name", format!("expected a name of its own, found \"{name}\" a second time"), "");
            continue;
        }
        entry.required_text("kind", "csv, mqtt, http or emulator");
        let words = [("csv", Kind::Csv), ("mqtt", Kind::Mqtt), ("http", Kind::Http), ("emulator", Kind::Emulator)];
        let kind = entry.choice("kind", &words);
        let draft = kind.and_then(|kind| draft(build, &entry, kind, name.unwrap_or_default()));
        match (name, draft) {
            (Some(_), Some(draft)) if entry.sound() => build.sources.push(draft),
            (Some(name), _) => {
                build.left_out.sources.insert(name.to_owned());
            }
            (None, _) => build.sources_incomplete = true,
        }
    }
}

fn draft(build: &mut Build<'_>, entry: &Entry<'_>, kind: Kind, name: &str) -> Option<SourceDraft> {
    for (key, _) in entry.keys().filter(|(key, _)| ALL_KEYS.contains(key) && !["name", "kind"].contains(key)) {
        if !kind.keys().contains(&key) {
            let word = entry.text("kind").unwrap_or_default();
            let message = format!("no key \"{key}\" for kind \"{word}\"; known: {}", kind.keys().join(", "));
            entry.lacks(key, message, "The key is ignored.", "");
        }
    }
    let mut columns = None;
    let kind = match kind {
        Kind::Csv => {
            let spec = csv(build, entry)?;
            columns = csv_header::columns(entry, &spec.file);
            SourceKind::Csv(spec)
        }
        Kind::Mqtt => SourceKind::Mqtt(mqtt(build, entry)?),
        Kind::Http => SourceKind::Http(http(build, entry)?),
        Kind::Emulator => SourceKind::Emulator(EmulatorSpec {
            seed: u64::try_from(entry.integer_in("seed", 0..=i64::MAX, 1)).unwrap_or(1),
            rate: entry.number_in("rate", 0.01..=1000.0, 1.0),
            warm_up: Span::from_secs_f64(entry.number_in("warm_up_secs", 0.0..=604_800.0, 600.0)),
            interval: Span::from_secs_f64(entry.number_in("interval_secs", 0.01..=86_400.0, 1.0)),
            signals: Vec::new(),
            model: plant_model::read(build, entry, "Signals of this source get no values.")?,
        }),
    };
    let qos = u8::try_from(entry.integer_in("qos", 0..=2, 0)).unwrap_or_default();
    let spec = SourceSpec { name: name.to_owned(), kind };
    Some(SourceDraft { spec, subscribe_at: entry.at("subscribe"), qos, columns })
}

fn csv(build: &Build<'_>, entry: &Entry<'_>) -> Option<CsvSpec> {
    let file = entry.required_text("file", "a CSV file");
    let column = |key: &str| entry.text(key).unwrap_or(key).to_owned();
    let layout = match entry.choice("layout", &[("wide", false), ("long", true)]).unwrap_or(false) {
        false => CsvLayout::Wide { time: column("time"), columns: Vec::new() },
        true => CsvLayout::Long {
            time: column("time"),
            signal: column("signal"),
            value: column("value"),
            quality: entry.text("quality").map(str::to_owned),
            signals: Vec::new(),
        },
    };
    Some(CsvSpec { file: build.project.root.join(file?), layout })
}

fn mqtt(build: &Build<'_>, entry: &Entry<'_>) -> Option<MqttSpec> {
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
    for (here, other) in [("client_cert", "client_key"), ("client_key", "client_cert")] {
        if entry.has(here) && !entry.has(other) {
            entry.missing(other, "the file that belongs to the other one");
        }
    }
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

fn http(build: &Build<'_>, entry: &Entry<'_>) -> Option<HttpSpec> {
    let url = entry.required_text("url", "the address of the document").unwrap_or_default();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if !url.is_empty()
        && (rest.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) || url.contains(char::is_whitespace))
    {
        let message = format!("expected http://host/path or https://host/path, found \"{url}\"");
        entry.fail_with("url", message, "url = \"https://historian.plant/api/latest\"");
    }
    if rest.is_some_and(|rest| rest.split('/').next().is_some_and(|host| host.contains('@'))) {
        entry.fail("url", "expected no user or password in the url: use token, found \"@\"");
    }
    Some(HttpSpec {
        url: url.to_owned(),
        interval: Span::from_secs_f64(entry.number_in("interval_secs", 0.1..=86_400.0, 5.0)),
        token: secret(build, entry, "token"),
        ca_file: existing_file(build, entry, "ca_file"),
        routes: Vec::new(),
    })
}

/// Where a secret is read from; the secret itself does not belong into the file.
fn secret(build: &Build<'_>, entry: &Entry<'_>, key: &str) -> Option<Secret> {
    let text = entry.text(key)?;
    match text.split_once(':') {
        Some(("env", name)) if !name.trim().is_empty() => Some(Secret::Env(name.trim().to_owned())),
        Some(("file", path)) if !path.trim().is_empty() => Some(Secret::File(build.project.root.join(path.trim()))),
        _ => {
            entry.fail(key, "expected where the secret stands, as \"env:NAME\" or \"file:PATH\", found another text");
            None
        }
    }
}

fn existing_file(build: &Build<'_>, entry: &Entry<'_>, key: &str) -> Option<PathBuf> {
    let file = build.project.root.join(entry.text(key)?);
    if !file.is_file() {
        let message = format!("the file was not found: {}", file.display());
        entry.lacks(key, message, "The connection is refused.", entry.example(key));
    }
    Some(file)
}
