//! Runs all sources of a project: threads, start, clockwork, shutdown.

use std::future::Future;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::link::Link;
use super::outlet::Outlet;
use super::stop::Stop;
use super::{csv, http, mqtt, opcua};
use crate::domain::link::LinkStatus;
use crate::domain::source::{SourceKind, SourceSpec};
use crate::protocol::{self, tls};

/// Threads for all sources together: decoding is cheap, waiting is free.
const WORKERS: usize = 2;

/// How often links hand over what they owe and reckon their rates.
const TICK: Duration = Duration::from_millis(50);

/// How long sources have to say goodbye when the program ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why the sources could not be started.
#[derive(Error, Debug)]
pub enum StartError {
    #[error(
        "The threads for data sources could not be started ({0}). No values can arrive. Close other programs and start again."
    )]
    Threads(#[from] io::Error),
}

/// All running sources. Dropping it stops them and waits for them, a second at most.
pub struct Runtime {
    outlet: Outlet,
    links: Arc<Mutex<Vec<Arc<Link>>>>,
    stop_now: watch::Sender<bool>,
    stop: Stop,
    tasks: Vec<JoinHandle<()>>,
    /// None only while being dropped.
    threads: Option<tokio::runtime::Runtime>,
}

impl Runtime {
    /// Starts every source on its own task, on threads named "io". The emulator is not run here:
    /// it belongs to the simulation, and reports through [`Runtime::link`].
    ///
    /// # Errors
    /// When the threads cannot be made. What goes wrong with a single source shows on its link.
    pub fn start(specs: Vec<SourceSpec>, outlet: Outlet) -> Result<Self, StartError> {
        tls::provide();
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("io")
            .enable_all()
            .build()?;
        let (stop_now, stop) = Stop::new();
        let links = Arc::new(Mutex::new(Vec::new()));
        let clockwork = threads.spawn(tick(Arc::clone(&links), stop.clone()));
        let mut runtime = Self { outlet, links, stop_now, stop, tasks: vec![clockwork], threads: Some(threads) };
        for spec in specs {
            runtime.spawn(spec);
        }
        Ok(runtime)
    }

    /// How all links stand: those of the project in its order, then those from outside. Cheap
    /// enough for every frame.
    pub fn links(&self) -> Vec<LinkStatus> {
        lock(&self.links).iter().map(|link| link.status()).collect()
    }

    /// A link for a source that runs outside this runtime (the plant emulator): its samples go the
    /// same way and its status is listed with the others.
    pub fn link(&self, name: &str, kind: &str, address: &str) -> Arc<Link> {
        let link = Arc::new(Link::new(self.outlet.clone(), name, kind, address));
        lock(&self.links).push(Arc::clone(&link));
        link
    }

    /// Shows what is wrong with a source that runs all the same.
    pub fn warn(&self, name: &str, message: &str) {
        for link in lock(&self.links).iter().filter(|link| link.status().name == name) {
            link.warn(super::now(), message.to_owned());
        }
    }

    /// The sign that this runtime gives when it stops.
    pub fn stop_sign(&self) -> Stop {
        self.stop.clone()
    }

    fn spawn(&mut self, SourceSpec { name, kind }: SourceSpec) {
        let stop = self.stop.clone();
        match kind {
            SourceKind::Csv(spec) => {
                let link = self.link(&name, "CSV", &spec.file.display().to_string());
                self.supervise(&link, csv::run_aside(name, spec, Arc::clone(&link), stop));
            }
            SourceKind::Mqtt(spec) => {
                let link = self.link(&name, mqtt::kind(&spec), &mqtt::address(&spec));
                self.supervise(&link, mqtt::run(name, spec, Arc::clone(&link), stop));
            }
            SourceKind::Http(spec) => {
                let link = self.link(&name, "HTTP", &protocol::http::address(&spec.url));
                self.supervise(&link, http::run(name, spec, Arc::clone(&link), stop));
            }
            SourceKind::Opcua(spec) => {
                let link = self.link(&name, "OPC UA", opcua::address(&spec));
                self.supervise(&link, opcua::run(name, spec, Arc::clone(&link), stop));
            }
            SourceKind::Emulator(_) => {}
        }
    }

    /// Runs a source; should it ever panic, its link says so instead of standing still.
    fn supervise(&mut self, link: &Arc<Link>, source: impl Future<Output = ()> + Send + 'static) {
        let Some(threads) = &self.threads else { return };
        let link = Arc::clone(link);
        let work = threads.spawn(source);
        self.tasks.push(threads.spawn(async move {
            if work.await.is_err_and(|error| error.is_panic()) {
                let name = link.status().name;
                let message = format!(
                    "Source \"{name}\" stopped by a fault of this program. Values of this link are frozen. \
                     Open the project again, and report the fault with the log."
                );
                link.down(super::now(), None, message);
            }
        }));
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // Nobody listens any more: all sources have ended by themselves.
        let _nobody_listens = self.stop_now.send(true);
        let Some(threads) = self.threads.take() else { return };
        let tasks = std::mem::take(&mut self.tasks);
        threads.block_on(async {
            let all = async {
                for task in tasks {
                    let _panicked = task.await;
                }
            };
            let _too_slow = tokio::time::timeout(FAREWELL, all).await;
        });
        threads.shutdown_timeout(FAREWELL);
    }
}

async fn tick(links: Arc<Mutex<Vec<Arc<Link>>>>, mut stop: Stop) {
    let mut interval = tokio::time::interval(TICK);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.wait() => return,
            _ = interval.tick() => {}
        }
        let links = lock(&links).clone();
        let now = Instant::now();
        for link in links {
            link.tick(now);
        }
    }
}

fn lock(links: &Mutex<Vec<Arc<Link>>>) -> std::sync::MutexGuard<'_, Vec<Arc<Link>>> {
    links.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;
    use crate::domain::link::LinkState;
    use crate::domain::signal::SignalId;
    use crate::domain::source::{CsvLayout, CsvSpec, Target};
    use crate::domain::value::ValueKind;

    fn table(rows: u32) -> io::Result<(tempfile::TempDir, SourceSpec)> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("table.csv");
        let rows: String = (0..rows).map(|row| format!("{row},{row}\n")).collect();
        std::fs::write(&file, format!("t,level\n{rows}"))?;
        let level = Target { signal: SignalId(1), kind: ValueKind::Int, convert: None };
        let layout = CsvLayout::Wide { time: "t".to_owned(), columns: vec![("level".to_owned(), level)] };
        let kind = SourceKind::Csv(CsvSpec { file, layout });
        Ok((folder, SourceSpec { name: "shift".to_owned(), kind }))
    }

    #[test]
    fn a_table_is_delivered_and_its_link_finished() -> Result<(), Box<dyn std::error::Error>> {
        let (_folder, spec) = table(5_000)?;
        let (sender, receiver) = bounded(64);
        let runtime = Runtime::start(vec![spec], Outlet::new(sender))?;
        for row in 0..5_000 {
            let sample = receiver.recv_timeout(Duration::from_secs(10))?;
            assert_eq!(sample.value.as_f64(), Some(f64::from(row)));
        }
        let started = Instant::now();
        while runtime.links()[0].state != LinkState::Finished {
            assert!(started.elapsed() < Duration::from_secs(10), "{:?}", runtime.links());
            std::thread::yield_now();
        }
        assert_eq!((runtime.links()[0].received, runtime.links()[0].samples), (5_000, 5_000));
        Ok(())
    }

    #[test]
    fn a_reader_that_waits_for_a_dead_app_does_not_hold_up_the_end() -> Result<(), Box<dyn std::error::Error>> {
        let (_folder, spec) = table(5_000)?;
        let (sender, receiver) = bounded(1);
        let runtime = Runtime::start(vec![spec], Outlet::new(sender))?;
        assert!(receiver.recv_timeout(Duration::from_secs(10)).is_ok());
        let started = Instant::now();
        drop(runtime);
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        Ok(())
    }

    #[test]
    fn links_of_outside_sources_stand_in_the_list() -> Result<(), Box<dyn std::error::Error>> {
        let runtime = Runtime::start(Vec::new(), Outlet::new(bounded(1).0))?;
        let link = runtime.link("line model", "Plant emulator", "inside this program");
        link.up(super::super::now());
        assert!(runtime.links().first().is_some_and(|status| status.name == "line model" && status.connected()));
        Ok(())
    }

    #[test]
    fn a_source_that_panics_shows_on_its_link() -> Result<(), Box<dyn std::error::Error>> {
        let mut runtime = Runtime::start(Vec::new(), Outlet::new(bounded(1).0))?;
        let link = runtime.link("broken", "CSV", "nowhere");
        runtime.supervise(&link, async { panic!("on purpose, in a test") });
        let started = Instant::now();
        while !matches!(link.status().state, LinkState::Down { retry_at: None, .. }) {
            assert!(started.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
        assert!(link.status().last_error.is_some_and(|error| error.message.contains("Source \"broken\" stopped")));
        Ok(())
    }
}
