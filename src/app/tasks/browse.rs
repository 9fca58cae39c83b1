//! `twinscope browse`: what an OPC UA server offers, as a table, for programs, or as entries for a project.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use serde_json::json;

use super::people::Passwords;
use crate::app::args::BrowseWish;
use crate::app::change::files;
use crate::domain::source::{OpcuaEndpoint, OpcuaIdentity, OpcuaPolicy, OpcuaSecurity, Secret, SourceKind};
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;
use crate::protocol::opcua::browse::{self, BrowseError, Found, Limits, Node};
use crate::protocol::opcua::{Fault, connect};
use crate::protocol::secret;

/// Letters of a column beyond which it is cut in the table.
const WIDEST: usize = 60;

/// Connects, searches and prints.
///
/// # Errors
/// In words, when the server cannot be reached, does not take the login, or has no such node.
pub fn browse(wish: &BrowseWish) -> anyhow::Result<ExitCode> {
    let Server { endpoint, password, source, place } = server(wish)?;
    let limits = Limits { variables: wish.most as usize, depth: wish.depth as usize };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("The system has no resources to spare.")?;
    let found = runtime.block_on(async {
        let failed = |fault: Fault| anyhow!("{}. {}.", fault.what(&endpoint.url), fault.advice(&place));
        let mut connection = connect(&endpoint, password, "twinscope browse").await.map_err(failed)?;
        let found = browse::browse(&mut connection, &wish.from, wish.filter.as_deref(), limits).await;
        connection.close().await;
        found.map_err(|error| match error {
            BrowseError::Fault(fault) => failed(fault),
            BrowseError::From(error) => anyhow!(
                "The search cannot begin at \"{}\": {error}. Nothing is listed. Begin at /Objects, or at a node id from \
                 there.",
                wish.from
            ),
        })
    })?;
    let text = match (wish.json, wish.toml) {
        (true, _) => in_json(wish, &endpoint, &found),
        (_, true) => in_toml(wish, &endpoint, source.as_deref(), &found),
        _ => in_words(&found.nodes),
    };
    print!("{text}");
    if found.nodes.is_empty() {
        let filter = wish.filter.as_ref().map(|filter| format!(" with \"{filter}\"")).unwrap_or_default();
        eprintln!("There is no variable{filter} at or below {}.", wish.from);
    }
    for words in &found.cut {
        eprintln!("{words} Look for less with --filter or --from, or for more with --most or --depth.");
    }
    Ok(ExitCode::SUCCESS)
}

/// What is asked, and as whom.
struct Server {
    endpoint: OpcuaEndpoint,
    password: Option<String>,
    /// Name of the source in the project; none where nobody gave one.
    source: Option<String>,
    /// Where the settings stand, for advice.
    place: String,
}

fn server(wish: &BrowseWish) -> anyhow::Result<Server> {
    if wish.target.starts_with("opc.tcp://") { at_address(wish) } else { of_project(wish) }
}

fn at_address(wish: &BrowseWish) -> anyhow::Result<Server> {
    let policy = match wish.policy.as_deref() {
        None | Some("Basic256Sha256") => OpcuaPolicy::Basic256Sha256,
        Some("Aes128_Sha256_RsaOaep") => OpcuaPolicy::Aes128Sha256RsaOaep,
        Some("Aes256_Sha256_RsaPss") => OpcuaPolicy::Aes256Sha256RsaPss,
        Some(other) => {
            bail!("\"{other}\" is no policy. Write Basic256Sha256, Aes128_Sha256_RsaOaep or Aes256_Sha256_RsaPss.")
        }
    };
    let security = match wish.security.as_deref() {
        Some("none") if wish.policy.is_some() => bail!("Without security there is no policy. Leave --policy out."),
        Some("none") => OpcuaSecurity::None,
        Some("sign") => OpcuaSecurity::Sign(policy),
        None | Some("sign_and_encrypt") => OpcuaSecurity::SignAndEncrypt(policy),
        Some(other) => bail!("\"{other}\" is no security. Write none, sign or sign_and_encrypt."),
    };
    let password = match &wish.user {
        Some(user) => Some(Passwords::default().ask(&format!("Password of {user}"))?),
        None => None,
    };
    let identity = match &wish.user {
        // The password itself is handed over beside this, and stands nowhere.
        Some(name) => OpcuaIdentity::User { name: name.clone(), password: Secret::Env(String::new()) },
        None => OpcuaIdentity::Anonymous,
    };
    let endpoint = OpcuaEndpoint {
        url: wish.target.clone(),
        security,
        identity,
        certificates: wish.certificates.clone().unwrap_or_else(files::certificates),
        trust_on_first_use: wish.trust_on_first_use,
    };
    Ok(Server { endpoint, password, source: wish.source.clone(), place: "this command".to_owned() })
}

fn of_project(wish: &BrowseWish) -> anyhow::Result<Server> {
    let given = [
        ("--security", wish.security.is_some()),
        ("--policy", wish.policy.is_some()),
        ("--user", wish.user.is_some()),
        ("--certificates", wish.certificates.is_some()),
        ("--trust-on-first-use", wish.trust_on_first_use),
    ];
    if let Some((option, _)) = given.iter().find(|(_, given)| *given) {
        bail!("{option} goes with an address. The project says how its source is spoken to; leave {option} out.");
    }
    let opened = crate::app::read(wish.target.clone().into())?;
    let servers = opened.project.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Opcua(spec) => Some((source.name.as_str(), &spec.endpoint)),
        _ => None,
    });
    let servers: Vec<(&str, &OpcuaEndpoint)> = servers.collect();
    let names = servers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let (name, endpoint) = match (&wish.source, servers.as_slice()) {
        (_, []) => bail!("\"{}\" has no OPC UA source. Give the address of a server instead.", opened.project.name),
        (Some(wanted), servers) => servers
            .iter()
            .find(|(name, _)| name == wanted)
            .with_context(|| format!("There is no OPC UA source \"{wanted}\". Choose one of: {names}."))?,
        (None, [one]) => one,
        (None, _) => bail!("The project has several OPC UA sources. Choose one with --source: {names}."),
    };
    let password = match &endpoint.identity {
        OpcuaIdentity::User { password, .. } => {
            let read = secret::read(password);
            Some(read.with_context(|| format!("The password of source \"{name}\" cannot be had."))?)
        }
        _ => None,
    };
    let place = format!("source \"{name}\"");
    Ok(Server { endpoint: (*endpoint).clone(), password, source: Some((*name).to_owned()), place })
}

/// A row a variable, columns under each other.
fn in_words(nodes: &[Node]) -> String {
    if nodes.is_empty() {
        return String::new();
    }
    let head = ["path", "type", "unit", "range", "access", "value", "node"].map(str::to_owned);
    let mut rows = vec![head];
    rows.extend(nodes.iter().map(|node| {
        [
            plain(&node.path),
            plain(&node.data_type),
            plain(node.unit.code()),
            node.range.map(|(low, high)| format!("{low} to {high}")).unwrap_or_default(),
            access(node).to_owned(),
            node.value.as_ref().map(|value| plain(&value.to_string())).unwrap_or_default(),
            plain(&node.id),
        ]
    }));
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count().min(WIDEST)).max().unwrap_or(0)
    };
    let widths = [0, 1, 2, 3, 4, 5, 6].map(width);
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (place, (cell, width)) in row.iter().zip(widths).enumerate() {
            // A node id is there to be copied: it is never cut.
            let last = place + 1 == row.len();
            let cell = if last { cell.clone() } else { cut(cell) };
            // Writing to a String cannot fail.
            _ = write!(line, "{cell:<width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn access(node: &Node) -> &'static str {
    match (node.readable, node.writable) {
        (true, true) => "read, write",
        (true, false) => "read",
        (false, true) => "write",
        (false, false) => "none",
    }
}

fn in_json(wish: &BrowseWish, endpoint: &OpcuaEndpoint, found: &Found) -> String {
    let variables = found.nodes.iter().map(|node| {
        json!({
            "path": node.path,
            "node": node.id,
            "lasting_node": node.lasting_id,
            "type": node.data_type,
            "kind": node.kind,
            "unit": node.unit.code(),
            "range": node.range.map(|(low, high)| [low, high]),
            "readable": node.readable,
            "writable": node.writable,
            "value": node.value,
            "description": node.description,
        })
    });
    let value = json!({
        "url": endpoint.url,
        "from": wish.from,
        "cut": found.cut,
        "variables": variables.collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

/// Entries that can be put into a twin.toml as they are. What cannot be a signal stands there as a remark.
fn in_toml(wish: &BrowseWish, endpoint: &OpcuaEndpoint, source: Option<&str>, found: &Found) -> String {
    let mut text = format!("# At and below {} of {}\n", plain(&wish.from), plain(&endpoint.url));
    let (mut taken, mut paths) = (HashSet::new(), Vec::new());
    for node in &found.nodes {
        paths.push(free(signal_path(&node.path), &mut taken));
    }
    for (node, path) in found.nodes.iter().zip(paths) {
        // Writing to a String cannot fail.
        let mut line = |words: std::fmt::Arguments<'_>| _ = writeln!(text, "{words}");
        let Some(kind) = node.kind.filter(|_| node.readable) else {
            let why = if node.readable { "is no single value" } else { "may not be read by this login" };
            line(format_args!("\n# {} ({}) {why}: {}", plain(&node.path), plain(&node.data_type), plain(&node.id)));
            continue;
        };
        line(format_args!("\n[[signal]]"));
        line(format_args!("path = {}", quoted(&path)));
        if let Some(source) = source {
            line(format_args!("source = {}", quoted(source)));
        }
        if kind != ValueKind::Real {
            line(format_args!("kind = \"{kind}\""));
        }
        if node.unit != Unit::none() {
            line(format_args!("unit = {}", quoted(node.unit.code())));
        }
        let number = matches!(kind, ValueKind::Real | ValueKind::Int);
        if let Some((low, high)) = node.range.filter(|(low, high)| number && low.is_finite() && high.is_finite()) {
            line(format_args!("range = [{low:?}, {high:?}]"));
        }
        // Many servers describe a variable by its own name.
        if !node.description.is_empty() && !path.ends_with(&node.description) {
            line(format_args!("description = {}", quoted(&node.description)));
        }
        line(format_args!("node = {}", quoted(&node.lasting_id)));
        if node.writable {
            line(format_args!("# This login may write it."));
        }
    }
    text
}

/// `/Objects/2:Line/2:Filler/2:Speed` as the path of a signal: `Line/Filler/Speed`.
fn signal_path(browsed: &str) -> String {
    let mut names: Vec<String> = vec![String::new()];
    let mut escaped = false;
    for letter in browsed.chars() {
        match letter {
            '&' if !escaped => {
                escaped = true;
                continue;
            }
            '/' if !escaped => names.push(String::new()),
            // A slash of a name would make two names of it.
            '/' => names.iter_mut().last().into_iter().for_each(|name| name.push('-')),
            letter if letter.is_control() => {}
            letter => names.iter_mut().last().into_iter().for_each(|name| name.push(letter)),
        }
        escaped = false;
    }
    let bare = |name: &String| match name.split_once(':') {
        Some((space, rest)) if space.parse::<u16>().is_ok() && !rest.is_empty() => rest.trim().to_owned(),
        _ => name.trim().to_owned(),
    };
    let mut names: Vec<String> = names.iter().map(bare).filter(|name| !name.is_empty()).collect();
    if names.len() > 1 && names.first().is_some_and(|name| name == "Objects") {
        names.remove(0);
    }
    if names.is_empty() { "Signal".to_owned() } else { names.join("/") }
}

/// A path that no other entry has.
fn free(path: String, taken: &mut HashSet<String>) -> String {
    let mut candidate = path.clone();
    let mut number = 2_u64;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{path} {number}");
        number += 1;
    }
    candidate
}

fn quoted(text: &str) -> String {
    toml::Value::String(plain(text)).to_string()
}

/// Without characters that steer a terminal or turn the direction of reading.
fn plain(text: &str) -> String {
    text.replace(
        |letter: char| letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'),
        " ",
    )
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(WIDEST) {
        Some(_) => text.chars().take(WIDEST - 1).chain(['\u{2026}']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::value::Value;

    fn node(path: &str, kind: Option<ValueKind>) -> Node {
        Node {
            path: path.to_owned(),
            id: "ns=2;s=X".into(),
            lasting_id: "nsu=urn:x;s=X".into(),
            data_type: "Double".into(),
            kind,
            unit: Unit::new("/min"),
            range: Some((0.0, 900.0)),
            readable: true,
            writable: true,
            value: Some(Value::Real(600.0)),
            description: "A \"quoted\"\nline\u{1b}[2J".into(),
        }
    }

    #[test]
    fn paths_of_a_server_become_paths_of_signals() {
        for (browsed, expected) in [
            ("/Objects/2:Line/2:Filler/2:Speed", "Line/Filler/Speed"),
            ("/2:Line/12:A:B", "Line/A:B"),
            ("/Objects/3:A&/B&&C", "A-B&C"),
            ("/Objects", "Objects"),
            ("", "Signal"),
            ("/2:/3:", "2:/3:"),
        ] {
            assert_eq!(signal_path(browsed), expected, "{browsed}");
        }
        let mut taken = HashSet::new();
        assert_eq!(["A", "A", "A 2"].map(|path| free(path.into(), &mut taken)), ["A", "A 2", "A 2 2"]);
    }

    #[test]
    fn entries_hold_one_line_each_whatever_a_server_says() {
        let found = Found { nodes: vec![node("/Objects/2:Speed\n[x]", Some(ValueKind::Real))], cut: Vec::new() };
        let wish = wish();
        let endpoint = at_address(&wish).map(|server| server.endpoint).expect("an address");
        let text = in_toml(&wish, &endpoint, Some("p\"lc"), &found);
        let read: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        let signal = &read["signal"][0];
        assert_eq!(signal["path"].as_str(), Some("Speed[x]"));
        assert_eq!(signal["source"].as_str(), Some("p\"lc"));
        assert_eq!(signal["description"].as_str(), Some("A \"quoted\" line [2J"));
        assert!(!text.contains('\u{1b}'));
        let words = in_words(&found.nodes);
        assert_eq!(words.lines().count(), 2, "{words}");
        assert!(words.contains("0 to 900  read, write  600    ns=2;s=X"), "{words}");
    }

    fn wish() -> BrowseWish {
        BrowseWish {
            target: "opc.tcp://127.0.0.1:4840".into(),
            source: None,
            from: "/Objects".into(),
            filter: None,
            most: 10,
            depth: 10,
            json: false,
            toml: true,
            security: None,
            policy: None,
            user: None,
            certificates: Some("certificates".into()),
            trust_on_first_use: false,
        }
    }

    #[test]
    fn security_is_the_strongest_unless_it_is_said_otherwise() {
        let security = |security: Option<&str>, policy: Option<&str>| {
            let wish =
                BrowseWish { security: security.map(str::to_owned), policy: policy.map(str::to_owned), ..wish() };
            at_address(&wish).map(|server| server.endpoint.security).map_err(|error| error.to_string())
        };
        assert_eq!(security(None, None), Ok(OpcuaSecurity::SignAndEncrypt(OpcuaPolicy::Basic256Sha256)));
        assert_eq!(
            security(Some("sign"), Some("Aes256_Sha256_RsaPss")),
            Ok(OpcuaSecurity::Sign(OpcuaPolicy::Aes256Sha256RsaPss))
        );
        assert_eq!(security(Some("none"), None), Ok(OpcuaSecurity::None));
        assert!(security(Some("none"), Some("Basic256Sha256")).is_err());
        assert!(security(Some("some"), None).is_err_and(|words| words.contains("sign_and_encrypt")));
        assert!(security(None, Some("Basic128Rsa15")).is_err_and(|words| words.contains("no policy")));
    }
}
