//! Recording that is killed, and recording that is told to end.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use twinscope::domain::recording::GapReason;
use twinscope::domain::time::{Span, Timestamp};
use twinscope::recording::reader::Recording;

const DEADLINE: Duration = Duration::from_secs(60);
/// The demo plant says each value at least so often.
const SAMPLED_EVERY: Span = Span::from_millis(500);

fn now() -> Timestamp {
    Timestamp::default() + Span::from(SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock"))
}

/// The demo plant with a minute of past, so that programs that start beside others are soon live.
fn plant(folder: &Path) -> PathBuf {
    let plant = folder.join("plant");
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    std::fs::create_dir(&plant).expect("a folder");
    std::fs::copy(demo.join("factory.glb"), plant.join("factory.glb")).expect("copied");
    let text = std::fs::read_to_string(demo.join("twin.toml")).expect("the demo");
    let (long, short) = ("warm_up_secs = 3600", "warm_up_secs = 60");
    assert!(text.contains(long), "{text}");
    std::fs::write(plant.join("twin.toml"), text.replace(long, short)).expect("written");
    plant
}

fn record(plant: &Path, out: &Path, length: Option<&str>) -> Child {
    Command::new(env!("CARGO_BIN_EXE_twinscope"))
        .arg("record")
        .arg(plant)
        .arg("--out")
        .arg(out)
        .args(length.iter().flat_map(|length| ["--for", length]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts")
}

/// Waits until the recording shows what happens now: the warm-up is in the file.
fn wait_for_live(path: &Path) {
    let begin = Instant::now();
    while begin.elapsed() < DEADLINE {
        let last = Recording::open(path).ok().and_then(|recording| recording.extent()).map(|(_, last)| last);
        if last.is_some_and(|last| now() - last < Span::from_secs(2)) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{} does not come to the present", path.display());
}

fn kill_once(plant: &Path, path: PathBuf, after: Duration) {
    let mut recorder = record(plant, &path, None);
    wait_for_live(&path);
    thread::sleep(after);
    recorder.kill().expect("it can be killed");
    let killed = now();
    recorder.wait().expect("it ends");

    let mut recording = Recording::open(&path).unwrap_or_else(|error| panic!("{error}"));
    assert!(!recording.finished());
    let (_, last) = recording.extent().expect("it holds samples");
    let lost = killed - last;
    assert!(lost <= Span::from_secs(1) + SAMPLED_EVERY, "killed after {after:?}: {lost} lost");
    let read: usize = (0..recording.segments().len()).map(|place| recording.segment(place).samples.len()).sum();
    assert_eq!(read as u64, recording.samples());
    assert!(recording.problems().is_empty(), "{:?}", recording.problems());

    // Long enough ago that nobody can be writing it any more.
    let file = File::options().write(true).open(&path).expect("the file");
    file.set_modified(SystemTime::now() - Duration::from_secs(60)).expect("its time can be set");
    let told = Command::new(env!("CARGO_BIN_EXE_twinscope")).arg("info").arg("--json").arg(&path).output();
    let told = told.expect("it tells");
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).expect("JSON");
    assert_eq!(told["gaps"][0]["reason"], "crash");
    assert!(told["problems"][0].as_str().is_some_and(|words| words.contains("cut off")), "{}", told["problems"]);
    assert!(recording.presume_cut_off(true));
    assert_eq!(recording.gaps()[0].reason, GapReason::Crash);
}

#[test]
fn a_killed_recording_opens_and_lacks_at_most_a_second() {
    const SEED: u64 = 20_261_125;
    println!("seed {SEED}");
    let mut random = Pcg64Mcg::seed_from_u64(SEED);
    let folder = tempfile::tempdir().expect("a folder");
    let moments: Vec<Duration> = (0..20).map(|_| Duration::from_millis(random.random_range(0..3_000))).collect();
    let plant = plant(folder.path());
    // Two at a time: what a process that gets no processor does not write says nothing of the recorder.
    for (round, moments) in moments.chunks(2).enumerate() {
        thread::scope(|scope| {
            for (number, after) in moments.iter().enumerate() {
                let path = folder.path().join(format!("{round}-{number}.mcap"));
                let plant = &plant;
                scope.spawn(move || kill_once(plant, path, *after));
            }
        });
    }
}

#[test]
fn a_recording_for_a_while_ends_by_itself_and_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.mcap");
    let ended = record(&plant(folder.path()), &path, Some("3s")).wait().expect("it ends");
    assert!(ended.success());
    let recording = Recording::open(&path).unwrap_or_else(|error| panic!("{error}"));
    assert!(recording.finished() && recording.gaps().is_empty() && recording.samples() > 1_000);
}

/// `kill` is what service managers and shells send.
#[cfg(unix)]
#[test]
fn a_recording_that_is_told_to_end_is_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.mcap");
    let mut recorder = record(&plant(folder.path()), &path, None);
    wait_for_live(&path);
    let told = Command::new("kill").arg(recorder.id().to_string()).status().expect("kill runs");
    assert!(told.success());
    assert!(recorder.wait().expect("it ends").success());
    assert!(Recording::open(&path).unwrap_or_else(|error| panic!("{error}")).finished());
}
