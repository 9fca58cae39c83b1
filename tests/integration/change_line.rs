//! A change from the command line alone, each step a process of its own. It is ended by a signal, as on Unix alone.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::desk::{PASSWORD, SPEED, demo_folder, home};

struct Line {
    project: TempDir,
}

impl Line {
    fn start(&self, args: &[&str]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twinscope"));
        command.arg("change").arg(args[0]).arg(self.project.path()).args(&args[1..]).env("TWINSCOPE_HOME", home());
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().expect("the program starts");
        writeln!(child.stdin.take().expect("a pipe"), "{PASSWORD}").expect("written");
        child
    }

    fn run(&self, args: &[&str]) -> Output {
        self.start(args).wait_with_output().expect("it ends")
    }

    /// What it prints.
    fn does(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// Why it is refused.
    fn refuses(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(3), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8(output.stderr).expect("text")
    }
}

/// Lines up to the first that holds a text.
fn read_until(out: &mut BufReader<ChildStdout>, wanted: &str) -> Vec<String> {
    let mut lines = Vec::new();
    while !lines.last().is_some_and(|line: &String| line.contains(wanted)) {
        let mut line = String::new();
        assert!(out.read_line(&mut line).expect("text") > 0, "no \"{wanted}\" in {lines:#?}");
        lines.push(line);
    }
    lines
}

#[test]
fn a_change_is_drafted_simulated_approved_pushed_and_taken_back_when_the_push_is_told_to_end() {
    let line = Line { project: demo_folder() };
    let set = format!("{SPEED}=570");
    let unknown = line.refuses(&["draft", "--set", "Riverside/Nothing=1", "--reason", "x", "--by", "otto"]);
    assert!(unknown.contains("is not on the list of writable signals") && unknown.contains(SPEED), "{unknown}");
    let draft = ["draft", "--set", &set, "--ramp", "5", "--reason", "less foam", "--by", "otto", "--lease", "10m"];
    let id = line.does(&draft).trim().to_owned();
    let shown = |args: &[&str]| -> Json { serde_json::from_str(&line.does(args)).expect("JSON") };
    let listed = shown(&["list", "--json"]);
    assert_eq!((&listed[0]["id"], &listed[0]["state"]), (&Json::from(id.as_str()), &Json::from("draft")));
    assert_eq!((&listed[0]["settings"][0]["from"], &listed[0]["lease_secs"]), (&600.0.into(), &600.0.into()));

    let early = line.refuses(&["push", &id, "--by", "otto"]);
    assert!(early.contains("draft, in which it cannot be pushed"), "{early}");
    assert!(line.does(&["simulate", &id, "--by", "otto"]).starts_with("compared"));
    let waiting = shown(&["show", &id, "--json"]);
    let blocks = waiting["guards"].as_array().expect("guards").iter().filter(|guard| !guard["blocks"].is_null());
    assert_eq!(blocks.count(), 0, "{:#}", waiting["guards"]);
    let own = line.refuses(&["approve", &id, "--by", "otto", "--reason", "mine"]);
    assert!(own.contains("otto is operator"), "{own}");
    assert!(line.does(&["approve", &id, "--by", "ann", "--reason", "seen"]).contains("Approved by ann"));
    let kept = line.refuses(&["keep", &id, "--by", "otto"]);
    assert!(kept.contains("nothing is on trial"), "{kept}");

    let mut push = line.start(&["push", &id, "--by", "otto"]);
    let mut out = BufReader::new(push.stdout.take().expect("a pipe"));
    let told = read_until(&mut out, "commanded 570, accepted 570, actual 570");
    for wanted in ["pushing: ", "commanded 590, accepted 590, actual", " on trial: "] {
        assert!(told.iter().any(|line| line.contains(wanted)), "{wanted}: {told:#?}");
    }
    let on_trial = shown(&["show", &id, "--json"]);
    assert_eq!((&on_trial["state"], &on_trial["settings"][0]["accepted"]), (&"on trial".into(), &570.0.into()));
    let held = line.refuses(&["push", &id, "--by", "otto"]);
    assert!(held.contains("Another window or push holds this plant"), "{held}");
    tell_to_end(&push);
    let told = read_until(&mut out, "State: gone back");
    for wanted in ["going back: ", "commanded 580, accepted 580", "commanded 600, accepted 600, actual 600"] {
        assert!(told.iter().any(|line| line.contains(wanted)), "{wanted}: {told:#?}");
    }
    let ended = push.wait().expect("it ends");
    assert_eq!(ended.code(), Some(4));
    let over = shown(&["show", &id, "--json"]);
    assert_eq!((&over["state"], &over["settings"][0]["actual"]), (&"gone back".into(), &600.0.into()));
    assert!(over["words"].as_str().is_some_and(|words| words.contains("was told to end")), "{}", over["words"]);
}

fn tell_to_end(child: &Child) {
    let told = Command::new("kill").arg(child.id().to_string()).status().expect("kill runs");
    assert!(told.success());
}
