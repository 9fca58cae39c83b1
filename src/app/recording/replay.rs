//! The thread "replay": reads what the playhead needs of open recordings, and looks whether files
//! that are still written have grown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use crate::app::channels;
use crate::domain::catalog::Catalog;
use crate::domain::change_record::ChangeRecord;
use crate::domain::recording::{DeskView, Event, Gap, Mark, StoredRun, Stretch};
use crate::domain::signal::{Sample, SignalId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};
use crate::recording::reader::{OpenError, Recording, Window};

/// What the replay is asked for.
#[derive(Clone, Debug)]
pub enum Order {
    Open {
        number: u32,
        path: PathBuf,
    },
    /// The signals of the recording, in the numbers of the session.
    Bind {
        number: u32,
        signals: Vec<Bound>,
    },
    /// Have this moment at hand, and what is around it. In the recording's own time.
    Show {
        number: u32,
        moment: Timestamp,
        rate: f64,
    },
    /// The app forgot what was before this moment, or everything.
    Forget {
        number: u32,
        before: Option<Timestamp>,
    },
    Close {
        number: u32,
    },
}

/// A signal of a recording in the session.
#[derive(Clone, PartialEq, Debug)]
pub struct Bound {
    pub signal: SignalId,
    pub kind: ValueKind,
    /// From the unit of the recording to that of the session, where they differ.
    pub convert: Option<(Unit, Unit)>,
}

/// What the replay tells.
#[derive(Debug)]
pub enum News {
    Opened {
        number: u32,
        description: Box<Opened>,
    },
    /// Why not, in words, and whether the file was made by another program.
    Refused {
        number: u32,
        words: String,
        foreign: bool,
    },
    /// A file that is still written has grown, or damage was found.
    Changed {
        number: u32,
        state: Box<FileState>,
    },
    Batch {
        number: u32,
        batch: Box<Batch>,
    },
}

#[derive(Debug)]
pub struct Opened {
    pub catalog: Catalog,
    pub site: String,
    pub state: FileState,
    pub events: Vec<Event>,
}

/// How a file stands.
#[derive(Debug)]
pub struct FileState {
    pub extent: (Timestamp, Timestamp),
    pub samples: u64,
    pub growing: bool,
    pub density: Vec<Stretch>,
    pub marks: Vec<Mark>,
    pub gaps: Vec<Gap>,
    pub runs: Vec<Arc<StoredRun>>,
    pub changes: Vec<ChangeRecord>,
    pub problems: Vec<String>,
    pub events: Vec<Event>,
}

/// Samples for a stretch of time.
#[derive(Debug)]
pub struct Batch {
    /// Takes the place of all that was at hand.
    pub replaces: bool,
    /// Everything between these is at hand now.
    pub at_hand: (Timestamp, Timestamp),
    pub samples: Vec<Sample>,
    pub desk: Vec<DeskView>,
}

/// Read around the playhead: behind it for trends, ahead for playing.
const BEHIND: Span = Span::from_secs(2 * 3600);
const AHEAD: Span = Span::from_secs(20);
/// Samples ahead of the playhead, and behind it, that are worth their memory.
const MOST_AHEAD: usize = 200_000;
const MOST_BEHIND: usize = 500_000;
/// Samples read in one go behind the playhead: what is asked for meanwhile has to wait so long.
const PIECE: usize = 50_000;
/// Samples before and after the playhead that are at hand at the least.
const FEW: usize = 1_000;
/// How often growing files are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// A file that has not grown for so long is no longer written.
const SILENT_AFTER: Duration = Duration::from_secs(10);

/// Starts the thread.
///
/// # Errors
/// When there is no thread to be had.
pub fn start() -> anyhow::Result<(Sender<Order>, Receiver<News>)> {
    let (orders, ordered) = channels::orders();
    let (tell, news) = channels::batches();
    thread::Builder::new()
        .name("replay".to_owned())
        .spawn(move || Replay { tell, open: BTreeMap::new() }.run(&ordered))
        .context("Recordings cannot be played: the system has no thread to spare.")?;
    Ok((orders, news))
}

struct Replay {
    tell: Sender<News>,
    open: BTreeMap<u32, Open>,
}

struct Open {
    recording: Recording,
    signals: Vec<Bound>,
    /// Moment and rate of the playhead, as asked for last.
    wanted: Option<(Timestamp, f64)>,
    at_hand: Option<(Timestamp, Timestamp)>,
    grew: Instant,
    problems: usize,
}

/// The app is gone.
struct Gone;

impl Replay {
    fn run(mut self, orders: &Receiver<Order>) {
        let mut looked = Instant::now();
        let mut busy = false;
        loop {
            // What is behind the playhead is read while nothing else is asked for.
            let wait = if busy { Duration::ZERO } else { LOOK_EVERY };
            let order = match orders.recv_timeout(wait) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            // Of several moments that were asked for, only the last is worth reading.
            let mut orders: Vec<Order> = order.into_iter().chain(orders.try_iter()).collect();
            let shown = |order: &Order| if let Order::Show { number, .. } = order { Some(*number) } else { None };
            let last: BTreeMap<u32, usize> =
                orders.iter().enumerate().filter_map(|(place, order)| Some((shown(order)?, place))).collect();
            let mut place = 0;
            orders.retain(|order| {
                let keep = shown(order).is_none_or(|number| last.get(&number) == Some(&place));
                place += 1;
                keep
            });
            for order in orders {
                if self.obey(order).is_err() {
                    return;
                }
            }
            let Ok(more) = self.read_on() else { return };
            busy = more;
            if looked.elapsed() >= LOOK_EVERY {
                looked = Instant::now();
                if self.look_for_growth().is_err() {
                    return;
                }
            }
        }
    }

    fn tell(&self, news: News) -> Result<(), Gone> {
        self.tell.send(news).map_err(|_| Gone)
    }

    fn obey(&mut self, order: Order) -> Result<(), Gone> {
        match order {
            Order::Open { number, path } => match Recording::open(&path) {
                Ok(mut recording) => {
                    recording.presume_cut_off(silent_since(&path) > SILENT_AFTER);
                    let Some(state) = state_of(&recording) else {
                        let words = format!("{} holds no samples yet. Open it again when it has some.", path.display());
                        return self.tell(News::Refused { number, words, foreign: false });
                    };
                    let description = Opened {
                        catalog: recording.catalog.clone(),
                        site: recording.head.site.clone(),
                        events: state.events.clone(),
                        state,
                    };
                    let problems = recording.problems().len();
                    let open = Open {
                        recording,
                        signals: Vec::new(),
                        wanted: None,
                        at_hand: None,
                        grew: Instant::now(),
                        problems,
                    };
                    self.open.insert(number, open);
                    self.tell(News::Opened { number, description: Box::new(description) })
                }
                Err(error) => {
                    let foreign = matches!(error, OpenError::Foreign { .. } | OpenError::NotMcap { .. });
                    self.tell(News::Refused { number, words: error.to_string(), foreign })
                }
            },
            Order::Bind { number, signals } => {
                if let Some(open) = self.open.get_mut(&number) {
                    open.signals = signals;
                }
                Ok(())
            }
            Order::Show { number, moment, rate } => {
                if let Some(open) = self.open.get_mut(&number) {
                    open.wanted = Some((moment, rate));
                }
                Ok(())
            }
            Order::Forget { number, before } => {
                if let Some(open) = self.open.get_mut(&number) {
                    open.at_hand = before.and_then(|before| open.at_hand.map(|(from, to)| (from.max(before), to)));
                }
                Ok(())
            }
            Order::Close { number } => {
                self.open.remove(&number);
                Ok(())
            }
        }
    }

    /// Reads the next piece that each recording wants; true while there is more to read.
    fn read_on(&mut self) -> Result<bool, Gone> {
        let mut more = false;
        for (number, open) in &mut self.open {
            let Some(batch) = open.next_batch() else { continue };
            more = true;
            self.tell.send(News::Batch { number: *number, batch: Box::new(batch) }).map_err(|_| Gone)?;
            let problems = open.recording.problems().len();
            if problems != open.problems {
                open.problems = problems;
                if let Some(state) = state_of(&open.recording) {
                    self.tell.send(News::Changed { number: *number, state: Box::new(state) }).map_err(|_| Gone)?;
                }
            }
        }
        Ok(more)
    }

    fn look_for_growth(&mut self) -> Result<(), Gone> {
        for (number, open) in &mut self.open {
            if open.recording.finished() {
                continue;
            }
            let silent = open.grew.elapsed() >= SILENT_AFTER;
            let grown = open.recording.refresh().unwrap_or(false);
            if grown {
                open.grew = Instant::now();
            }
            let changed = open.recording.presume_cut_off(silent && !grown) || grown;
            if let (true, Some(state)) = (changed, state_of(&open.recording)) {
                self.tell.send(News::Changed { number: *number, state: Box::new(state) }).map_err(|_| Gone)?;
            }
        }
        Ok(())
    }
}

impl Open {
    /// What is missing most: the moment itself, what comes next, then what was before.
    fn next_batch(&mut self) -> Option<Batch> {
        let ((moment, rate), (first, last)) = (self.wanted?, self.recording.extent()?);
        let moment = moment.clamp(first, last);
        // What is still to be written begins at the tip: more may come for that very moment.
        let whole = if self.recording.growing() { (last - Span::from_nanos(1)).max(moment) } else { Timestamp::MAX };
        // Where values are rare, far enough for a step to the next.
        let ahead = self.paced(AHEAD.scaled(rate.max(1.0)).max(self.paced(Span::MAX, FEW)), MOST_AHEAD);
        let Some((from, to)) = self.at_hand.filter(|(from, to)| (*from..=*to).contains(&moment)) else {
            let window = self.recording.window(moment, moment + ahead, MOST_AHEAD);
            self.at_hand = Some((moment, window.to.min(whole)));
            return Some(self.batch(window, true));
        };
        if to < last.min(whole) && to - moment < ahead.scaled(0.5) {
            let window = self.recording.window(to, to + ahead, MOST_AHEAD);
            self.at_hand = Some((from, window.to.min(whole)));
            return Some(self.batch(window, false));
        }
        // Just before the first sample nothing is known: there it ends.
        let begin = first - Span::from_nanos(1);
        if from > begin && moment - from < self.paced(BEHIND.max(self.paced(Span::MAX, FEW)), MOST_BEHIND) {
            let window = self.recording.window((from - self.paced(Span::MAX, PIECE)).max(begin), from, usize::MAX);
            self.at_hand = Some((window.from, to));
            return Some(self.batch(window, false));
        }
        None
    }

    /// A stretch of time, shortened to about so many samples.
    fn paced(&self, span: Span, most: usize) -> Span {
        let Some((first, last)) = self.recording.extent() else { return span };
        let secs = (last - first).as_secs_f64().max(1.0);
        let per_sec = self.recording.samples() as f64 / secs;
        span.min(Span::from_secs_f64(most as f64 / per_sec.max(1e-3)))
    }

    fn batch(&self, window: Window, replaces: bool) -> Batch {
        let signals = &self.signals;
        let samples = window.state.into_iter().chain(window.samples);
        let samples = samples.filter_map(|sample| bound(sample, signals)).collect();
        Batch { replaces, at_hand: self.at_hand.unwrap_or((window.from, window.to)), samples, desk: window.desk }
    }
}

/// How long ago a file was written.
fn silent_since(path: &Path) -> Duration {
    let modified = std::fs::metadata(path).and_then(|data| data.modified());
    modified.ok().and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
}

/// A sample of a recording as one of the session.
pub fn bound(sample: Sample, signals: &[Bound]) -> Option<Sample> {
    let bound = signals.get(sample.signal.index())?;
    let mut value = sample.value;
    if let Some((from, to)) = &bound.convert {
        let number = value.as_f64().and_then(|number| from.convert(number, to));
        value = Value::real(number?)?;
    }
    Some(Sample { signal: bound.signal, value: value.coerced(bound.kind)?, ..sample })
}

/// The signals of a recording among those of a catalog; new ones join it.
pub fn bind(recorded: &Catalog, catalog: &mut Catalog) -> Vec<Bound> {
    let bound = recorded.iter().map(|(_, recorded)| {
        let signal = catalog.intern(recorded.clone());
        let known = catalog.get(signal).unwrap_or(recorded);
        let differs = known.unit != recorded.unit && recorded.unit.convert(0.0, &known.unit).is_some();
        Bound { signal, kind: known.kind, convert: differs.then(|| (recorded.unit.clone(), known.unit.clone())) }
    });
    bound.collect()
}

fn state_of(recording: &Recording) -> Option<FileState> {
    Some(FileState {
        extent: recording.extent()?,
        samples: recording.samples(),
        growing: recording.growing(),
        density: recording.density(),
        marks: recording.marks(),
        gaps: recording.gaps(),
        runs: recording.runs(),
        changes: recording.changes(),
        problems: recording.problems(),
        events: recording.events().into_iter().cloned().collect(),
    })
}
