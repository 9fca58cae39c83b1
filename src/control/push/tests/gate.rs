//! The source itself: who could write to a plant.

use std::path::PathBuf;

use super::*;

/// Calls of the protocols, and of the emulated plant, that carry a value to a plant.
const WRITING_CALLS: [&str; 10] = [
    "WriteValue",
    "CallMethodRequest",
    "session.write(",
    "session.call(",
    "client.publish",
    "publish_with_properties",
    "client.post(",
    "client.put(",
    "client.patch(",
    "port.set(",
];

fn source() -> &'static Path {
    let here = Path::new(file!());
    here.ancestors().find(|folder| folder.ends_with("src")).expect("the folder src")
}

/// True where a file, or a folder that it is in, is a module of builds with the feature `write` alone.
fn left_out_without_write(file: &str) -> bool {
    let parts: Vec<&str> = file.trim_end_matches(".rs").trim_end_matches("/mod").split('/').collect();
    (0..parts.len()).any(|depth| {
        let (above, name) = (parts[..depth].join("/"), parts[depth]);
        let declared_in = match depth {
            0 => vec!["lib.rs".to_owned()],
            _ => vec![format!("{above}/mod.rs"), format!("{above}.rs")],
        };
        let code = declared_in.iter().find_map(|file| fs::read_to_string(source().join(file)).ok()).expect("a module");
        let mut before = "";
        code.lines().any(|line| {
            let declares = line == format!("mod {name};") || line == format!("pub mod {name};");
            let gated = declares && before == "#[cfg(feature = \"write\")]";
            before = line;
            gated
        })
    })
}

#[test]
fn without_the_feature_no_file_that_calls_a_write_is_compiled() {
    let calls = files_with(|line| WRITING_CALLS.iter().any(|call| line.contains(call)));
    // The server takes writes of others and sends none.
    let calls: Vec<String> = calls.into_iter().filter(|file| !file.starts_with("protocol/opcua/server/")).collect();
    assert!(calls.contains(&"app/change/links.rs".to_owned()), "the search finds the one that is there: {calls:?}");
    let compiled: Vec<&String> = calls.iter().filter(|file| !left_out_without_write(file)).collect();
    assert!(compiled.is_empty(), "{compiled:?}");
    assert!(left_out_without_write("control/push/act.rs") && left_out_without_write("control/links/mod.rs"));
    assert!(!left_out_without_write("control/audit/log.rs") && !left_out_without_write("sources/opcua/mod.rs"));
}

/// Files of src/ with a line of code, outside of comments and tests, of which this is true; from their folder on.
fn files_with(wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let source = source();
    let (mut folders, mut found) = (vec![source.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path: PathBuf = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let code = fs::read_to_string(&path).expect("a file");
                let name = path.strip_prefix(source).expect("a file of src").to_string_lossy().replace('\\', "/");
                let mut code = code.split("mod tests {").next().unwrap_or_default().lines();
                if !name.contains("/tests") && code.any(|line| !line.trim().starts_with("//") && wanted(line)) {
                    found.push(name);
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn only_push_makes_writes_and_only_app_gives_leave() {
    // Not the type itself, and not where one is taken apart.
    let other = ["struct WriteRequest", "impl WriteRequest", "let WriteRequest", "&WriteRequest"];
    let makes = |line: &str| line.contains("WriteRequest {") && !other.iter().any(|text| line.contains(text));
    assert_eq!(files_with(makes), ["control/push/act.rs"]);
    assert_eq!(files_with(|line| line.contains("link.write(")), ["control/push/act.rs"]);
    let leave = files_with(|line| line.contains("WriteAccess::unless"));
    assert!(leave.iter().all(|file| file.starts_with("app/")), "{leave:?}");
}

#[test]
fn there_is_no_leave_to_write_for_who_looks_only() {
    assert!(WriteAccess::unless(true).is_none());
    assert!(WriteAccess::unless(false).is_some());
}

#[test]
fn an_executor_is_opened_with_leave_on_the_files_of_a_project() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        let access = WriteAccess::unless(false).expect("leave to write");
        let loaded = Store::open(&folder.path().join("changes")).expect("a store");
        let log = AuditLog::open(&folder.path().join("audit.jsonl")).expect("a log");
        let files = (loaded.store, loaded.changes);
        Executor::open(access, files, log, Links::default(), policy(), Some("cd".into()), (start(), start()))
            .expect("an executor")
            .0
    };
    let mut executor = open();
    let drafted = executor.draft(user("ann"), Some(Role::Operator), wish(&[WARM]), start()).expect("a draft");
    executor.audit(&AuditRecord::new(start(), AuditKind::Login)).expect("recorded");
    drop(executor);
    let executor = open();
    assert_eq!(executor.changes().map(|change| &change.id).collect::<Vec<_>>(), [&drafted]);
    let log: Vec<_> = entries(folder.path()).into_iter().map(|entry| entry.record).collect();
    assert_eq!(log.iter().map(|record| record.what).collect::<Vec<_>>(), [AuditKind::Drafted, AuditKind::Login]);
    assert_eq!((log[0].role, log[0].project_digest.as_deref()), (Some(Role::Operator), Some("cd")));
}
