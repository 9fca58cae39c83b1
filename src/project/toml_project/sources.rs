//! `[[source]]`: where samples come from. The addresses in a source stand at the signals.

use std::path::PathBuf;

use super::build::Build;
use super::csv_header;
use super::entry::{Entry, Section};
use super::report::At;
use super::{mqtt, opcua, plant_model};
use crate::domain::source::{CsvLayout, CsvSpec, EmulatorSpec, HttpSpec, Secret, SourceKind, SourceSpec};
use crate::domain::time::Span;
use crate::domain::write_target::WriteIdentity;

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
    "security",
    "policy",
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
    "write_token",
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
    /// Who writes, and the key that says it with its place, where the kind has one.
    pub writer: WriteIdentity,
    pub writer_at: Option<(&'static str, At)>,
    /// Columns of a CSV file; none where it cannot be read.
    pub columns: Option<Vec<String>>,
}

#[derive(Clone, Copy)]
enum Kind {
    Csv,
    Mqtt,
    Http,
    Opcua,
    Emulator,
}

const KINDS: [(&str, Kind); 5] = [
    ("csv", Kind::Csv),
    ("mqtt", Kind::Mqtt),
    ("http", Kind::Http),
    ("opcua", Kind::Opcua),
    ("emulator", Kind::Emulator),
];

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
                "write_user",
                "write_password",
            ],
            Self::Http => &["url", "interval_secs", "token", "ca_file", "write_token"],
            Self::Opcua => opcua::KEYS,
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
        entry.required_text("kind", "csv, mqtt, http, opcua or emulator");
        let kind = entry.choice("kind", &KINDS);
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
    let (writer, writer_key) = writer(build, entry, kind);
    let kind = match kind {
        Kind::Csv => {
            let spec = csv(build, entry)?;
            columns = csv_header::columns(entry, &spec.file);
            SourceKind::Csv(spec)
        }
        Kind::Mqtt => SourceKind::Mqtt(mqtt::mqtt(build, entry)?),
        Kind::Http => SourceKind::Http(http(build, entry)?),
        Kind::Opcua => SourceKind::Opcua(opcua::server(build, entry)?),
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
    let writer_at = writer_key.map(|key| (key, entry.at(key)));
    Some(SourceDraft { spec, subscribe_at: entry.at("subscribe"), qos, writer, writer_at, columns })
}

/// Who writes, and the key that says so.
fn writer(build: &Build<'_>, entry: &Entry<'_>, kind: Kind) -> (WriteIdentity, Option<&'static str>) {
    let (identity, key) = match kind {
        Kind::Csv | Kind::Emulator => (None, None),
        Kind::Http => (secret(build, entry, "write_token").map(WriteIdentity::Token), Some("write_token")),
        Kind::Mqtt | Kind::Opcua => {
            entry.both("write_user", "write_password", "what belongs to the other one");
            let name = entry.text("write_user").map(str::to_owned);
            let user = name.zip(secret(build, entry, "write_password"));
            (user.map(|(name, password)| WriteIdentity::User { name, password }), Some("write_user"))
        }
    };
    (identity.unwrap_or_default(), key)
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

fn http(build: &Build<'_>, entry: &Entry<'_>) -> Option<HttpSpec> {
    entry.required_text("url", "the address of the document");
    let url = http_url(entry, "url").unwrap_or_default();
    Some(HttpSpec {
        url,
        interval: Span::from_secs_f64(entry.number_in("interval_secs", 0.1..=86_400.0, 5.0)),
        token: secret(build, entry, "token"),
        ca_file: existing_file(build, entry, "ca_file"),
        routes: Vec::new(),
    })
}

/// An address for HTTP.
pub fn http_url(entry: &Entry<'_>, key: &str) -> Option<String> {
    let url = entry.text(key)?;
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next());
    if host.is_none_or(str::is_empty) || url.contains(char::is_whitespace) {
        let message = format!("expected http://host/path or https://host/path, found \"{url}\"");
        entry.fail_with(key, message, format!("{key} = \"https://historian.plant/api/latest\""));
    }
    if host.is_some_and(|host| host.contains('@')) {
        entry.fail(key, "expected no user or password in the url: use token, found \"@\"");
    }
    Some(url.to_owned())
}

/// Where a secret is read from; the secret itself does not belong into the file.
pub fn secret(build: &Build<'_>, entry: &Entry<'_>, key: &str) -> Option<Secret> {
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

/// A file that has to be there for the connection.
pub fn existing_file(build: &Build<'_>, entry: &Entry<'_>, key: &str) -> Option<PathBuf> {
    let file = build.project.root.join(entry.text(key)?);
    if !file.is_file() {
        let message = format!("the file was not found: {}", file.display());
        entry.lacks(key, message, "The connection is refused.", entry.example(key));
    }
    Some(file)
}
