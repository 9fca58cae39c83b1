//! Recording and replay: what writing costs, what a sample costs on disk, how fast files open and
//! moments are shown, and how much memory that takes. Aims: 1 million samples a second written on
//! one core; 99 of 100 moments within 50 ms, however long the file; under 300 MB while scrubbing.
//!
//! Files lie in the folder for temporary files and go when it is done; the largest takes several GB
//! (`TWINSCOPE_BENCH_GB=0` leaves it out).
//!
//! Profile of `make bench`: this crate in full optimisation, dependencies as in the dev build.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use twinscope::domain::catalog::Catalog;
use twinscope::domain::history::{History, Retention};
use twinscope::domain::quality::Quality;
use twinscope::domain::signal::{Origin, Sample, Signal, SignalId};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::{Value, ValueKind};
use twinscope::recording::Head;
use twinscope::recording::reader::Recording;
use twinscope::recording::writer::Writer;

/// Between two values of a signal: 10 Hz.
const STEP_MS: i64 = 100;
/// Chunks are closed as often as the recorder does.
const FLUSH_MS: i64 = 750;
/// Signals of one machine.
const PER_UNIT: usize = 20;
/// As much as the replay reads ahead.
const AHEAD: Span = Span::from_secs(20);
const MOST: usize = 200_000;

fn main() {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    println!("recording, zstd, one core");
    let dense = folder.path().join("dense.mcap");
    let written = write(&dense, 10_000, 60);
    println!("  10,000 signals x 10 Hz, 60 s          {written}");
    scrub("  the same", &dense);
    let single = folder.path().join("single.mcap");
    println!("  the same values, one message a sample {}", write_apart(&single, 10_000, 20));

    println!("opening and showing a moment, 100 signals x 10 Hz");
    for (name, secs) in [("10 min", 600), ("1 h", 3_600), ("24 h", 86_400)] {
        let path = folder.path().join("length.mcap");
        let written = write(&path, 100, secs);
        scrub(&format!("  {name:<6} {:>7.1} MB", written.bytes as f64 / 1e6), &path);
        fs::remove_file(&path).expect("the file goes");
    }
    let gigabytes: f64 = std::env::var("TWINSCOPE_BENCH_GB").ok().and_then(|text| text.parse().ok()).unwrap_or(3.0);
    if gigabytes > 0.0 {
        let path = folder.path().join("large.mcap");
        // As long as it takes, from what the dense file told of a sample.
        let secs = (gigabytes * 1e9 / written.bytes_per_sample() / 100_000.0) as i64;
        let written = write(&path, 10_000, secs.max(60));
        println!("a file of {:.2} GB ({secs} s of 10,000 signals x 10 Hz)   {written}", written.bytes as f64 / 1e9);
        scrub("  large", &path);
    }
}

struct Written {
    samples: u64,
    bytes: u64,
    took: Duration,
}

impl Written {
    fn bytes_per_sample(&self) -> f64 {
        self.bytes as f64 / self.samples as f64
    }
}

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let rate = self.samples as f64 / self.took.as_secs_f64() / 1e6;
        write!(f, "{rate:.2} M samples/s, {:.2} bytes/sample", self.bytes_per_sample())
    }
}

fn catalog(signals: usize) -> Catalog {
    let mut catalog = Catalog::default();
    for number in 0..signals {
        let path = format!("Site/Line {}/Unit {}/Signal {number}", number / 1_000, number / PER_UNIT);
        catalog.intern(Signal::new(path, ValueKind::Real));
    }
    catalog
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + millis)
}

/// Values of a plant: each walks about a set value, with the two decimals that sensors give.
struct Walk(Vec<f64>, Pcg64Mcg);

impl Walk {
    fn new(signals: usize) -> Self {
        Self((0..signals).map(|number| 20.0 + number as f64 % 500.0).collect(), Pcg64Mcg::seed_from_u64(7))
    }

    fn step(&mut self, signal: usize) -> f64 {
        let value = &mut self.0[signal];
        *value += f64::from(self.1.random_range(-20..=20)) / 100.0;
        (*value * 100.0).round() / 100.0
    }
}

fn write(path: &Path, signals: usize, secs: i64) -> Written {
    write_with(path, signals, secs, 0)
}

/// The same, but no two signals share their moment: each sample is a message of its own.
fn write_apart(path: &Path, signals: usize, secs: i64) -> Written {
    write_with(path, signals, secs, 1)
}

fn write_with(path: &Path, signals: usize, secs: i64, apart_nanos: i64) -> Written {
    let file = BufWriter::with_capacity(1 << 16, File::create(path).expect("a file"));
    let mut writer = Writer::create(file, &Head::default(), &catalog(signals), &[]).expect("a writer");
    let mut walk = Walk::new(signals);
    let mut took = Duration::ZERO;
    let mut batch = Vec::with_capacity(signals);
    let mut flushed = 0;
    for millis in (0..secs * 1_000).step_by(STEP_MS as usize) {
        // Making the values is not what is measured.
        batch.clear();
        batch.extend((0..signals).map(|signal| {
            let time = at(millis) + Span::from_nanos(apart_nanos * signal as i64);
            Sample {
                signal: SignalId(signal as u32),
                source_time: time,
                received_time: time + Span::from_millis(15),
                value: Value::Real(walk.step(signal)),
                quality: Quality::Good,
            }
        }));
        let begin = Instant::now();
        batch.iter().for_each(|sample| writer.push(sample).expect("it writes"));
        if millis - flushed >= FLUSH_MS {
            writer.flush(at(millis)).expect("it writes");
            flushed = millis;
        }
        took += begin.elapsed();
    }
    let samples = writer.samples;
    let begin = Instant::now();
    let bytes = writer.finish(at(secs * 1_000)).expect("it ends");
    Written { samples, bytes, took: took + begin.elapsed() }
}

/// Opens a file again and again, and shows moments all over it, as the replay does: what holds and
/// what comes next, into a history.
fn scrub(name: &str, path: &Path) {
    let opened: Vec<Duration> = (0..5)
        .map(|_| {
            let begin = Instant::now();
            drop(Recording::open(path).expect("a recording"));
            begin.elapsed()
        })
        .collect();
    let mut recording = Recording::open(path).expect("a recording");
    let (first, last) = recording.extent().expect("samples");
    let mut random = Pcg64Mcg::seed_from_u64(11);
    let origin = Origin::Recorded(1);
    let mut history = History::new(Retention::default());
    let (mut shown, mut filled, mut most_memory) = (Vec::new(), Vec::new(), 0);
    for _ in 0..300 {
        let moment = first + (last - first).scaled(random.random_range(0.0..1.0));
        let begin = Instant::now();
        let window = recording.window(moment, moment, MOST);
        history.clear(origin);
        for sample in window.state {
            history.insert(origin, sample);
        }
        shown.push(begin.elapsed());
        let begin = Instant::now();
        let window = recording.window(moment, moment + AHEAD, MOST);
        for sample in window.samples {
            history.insert(origin, sample);
        }
        filled.push(begin.elapsed());
        most_memory = most_memory.max(memory_mb().unwrap_or(0));
    }
    let millis = |duration: Duration| duration.as_secs_f64() * 1e3;
    println!(
        "{name}  open {:.1} ms; a moment p50 {:.1} ms, p99 {:.1} ms; with what follows p50 {:.1} ms; {most_memory} MB",
        millis(percentile(opened, 0.5)),
        millis(percentile(shown.clone(), 0.5)),
        millis(percentile(shown, 0.99)),
        millis(percentile(filled, 0.5)),
    );
}

fn percentile(mut all: Vec<Duration>, part: f64) -> Duration {
    all.sort();
    all[((all.len() - 1) as f64 * part) as usize]
}

/// Memory of this process, where the system tells.
fn memory_mb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024)
}
