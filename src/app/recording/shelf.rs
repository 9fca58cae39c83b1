//! The recordings that are open: what the playhead needs of them is at hand, what is known of them
//! is on the plant, and one of them may lie beside another.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, Sender};

use super::replay::{self, Batch, Bound, FileState, News, Opened, Order};
use crate::app::plant::Plant;
use crate::domain::alarm::{AlarmBook, AlarmEvent, AlarmId, AlarmRule};
use crate::domain::asset::AssetTree;
use crate::domain::catalog::Catalog;
use crate::domain::recording::{DeskView, Event, OpenRecording, Stretch};
use crate::domain::signal::{Origin, SignalId};
use crate::domain::time::{Span, Timestamp};

/// Open recordings and the thread that reads them.
#[derive(Resource)]
pub struct Shelf {
    orders: Sender<Order>,
    news: Receiver<News>,
    next: u32,
    /// Recordings that were asked for and did not answer yet.
    pub opening: BTreeMap<u32, Opening>,
    pub books: BTreeMap<u32, Book>,
    asked: HashMap<u32, (Timestamp, f64)>,
}

/// A recording that is being opened.
#[derive(Clone, Default, Debug)]
pub struct Opening {
    pub path: PathBuf,
    /// Name on screen where it is not that of the file: an imported file is called as its original.
    pub name: Option<String>,
    /// Show it, from this moment or from its beginning.
    pub show: bool,
    pub moment: Option<Timestamp>,
}

/// What the desk needs of a recording beside what panels show.
#[derive(Debug, Default)]
pub struct Book {
    pub signals: Vec<Bound>,
    /// What the desk showed, as far as it is at hand; in the recording's own time.
    pub desk: Vec<DeskView>,
}

/// What came of opening.
#[derive(Debug)]
pub enum Outcome {
    /// Something is wrong with an open file that was not known before, in words.
    Damage(String),
    Opened(u32, Opening),
    /// Why not, in words; true where the file was made by another program.
    Refused(Opening, String, bool),
}

/// Equipment of signals whose path names none.
const UNPLACED: &str = "Signals";
/// Signals beyond this are not listed as equipment: nobody looks for a value among so many.
const MOST_PLACED: usize = 20_000;
/// Points at hand of one recording; beyond, the oldest are forgotten.
const MOST_POINTS: usize = 1_000_000;

impl Shelf {
    /// # Errors
    /// When there is no thread to be had.
    pub fn start() -> anyhow::Result<Self> {
        let (orders, news) = replay::start()?;
        let (opening, books, asked) = (BTreeMap::new(), BTreeMap::new(), HashMap::new());
        Ok(Self { orders, news, next: 1, opening, books, asked })
    }

    /// Opens a recording; what came of it is told by `take_news`.
    pub fn open(&mut self, mut opening: Opening) {
        // One form of a path, so that a recording is known when it is met again.
        opening.path = std::path::absolute(&opening.path).unwrap_or(opening.path);
        let number = self.next;
        self.next += 1;
        _ = self.orders.try_send(Order::Open { number, path: opening.path.clone() });
        self.opening.insert(number, opening);
    }

    pub fn close(&mut self, number: u32, plant: &mut Plant) {
        _ = self.orders.try_send(Order::Close { number });
        self.books.remove(&number);
        self.asked.remove(&number);
        plant.history.clear(Origin::Recorded(number));
        plant.recordings.retain(|recording| recording.number != number);
    }

    /// Opens recordings anew for a project that was read again, whose signals may have other numbers.
    pub fn reopen(&mut self, recordings: Vec<OpenRecording>, shown: Option<(u32, Timestamp)>) {
        for OpenRecording { number, path, name, shift, .. } in recordings {
            _ = self.orders.try_send(Order::Close { number });
            self.books.remove(&number);
            self.asked.remove(&number);
            let moment = shown.filter(|(other, _)| *other == number).map(|(_, moment)| moment - shift);
            self.open(Opening { path, name: Some(name), show: moment.is_some(), moment });
        }
    }

    /// Takes in what the replay has read; returns what was opened or could not be.
    pub fn take_news(&mut self, plant: &mut Plant) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        while let Ok(news) = self.news.try_recv() {
            match news {
                News::Opened { number, description } => {
                    let Some(opening) = self.opening.remove(&number) else { continue };
                    self.place(number, &opening, *description, plant);
                    outcomes.push(Outcome::Opened(number, opening));
                }
                News::Refused { number, words, foreign } => {
                    let opening = self.opening.remove(&number).unwrap_or_default();
                    outcomes.push(Outcome::Refused(opening, words, foreign));
                }
                News::Changed { number, state } => {
                    let alarms = alarm_book(plant, &state.events);
                    if let Some(recording) = plant.recording_mut(number) {
                        let known = recording.problems.len();
                        describe(recording, *state, alarms);
                        let new = recording.problems.iter().skip(known).cloned();
                        outcomes.extend(new.map(Outcome::Damage));
                    }
                }
                News::Batch { number, batch } => self.take_batch(number, *batch, plant),
            }
        }
        outcomes
    }

    fn place(&mut self, number: u32, opening: &Opening, opened: Opened, plant: &mut Plant) {
        let signals = bind(&opened.catalog, plant);
        _ = self.orders.try_send(Order::Bind { number, signals: signals.clone() });
        self.books.insert(number, Book { signals, desk: Vec::new() });
        let alarms = alarm_book(plant, &opened.events);
        let name = opening.name.clone().unwrap_or_else(|| name_of(&opening.path));
        let mut recording = OpenRecording {
            number,
            path: opening.path.clone(),
            name,
            extent: opened.state.extent,
            shift: Span::ZERO,
            samples: 0,
            growing: false,
            at_hand: None,
            density: [].into(),
            marks: Vec::new(),
            gaps: Vec::new(),
            runs: Vec::new(),
            changes: Vec::new(),
            alarms: AlarmBook::default(),
            problems: Vec::new(),
        };
        describe(&mut recording, opened.state, alarms);
        plant.recordings.push(recording);
    }

    fn take_batch(&mut self, number: u32, batch: Batch, plant: &mut Plant) {
        let Some(recording) = plant.recordings.iter_mut().find(|recording| recording.number == number) else { return };
        let (origin, shift) = (Origin::Recorded(number), recording.shift);
        let Batch { replaces, at_hand: (from, to), samples, desk } = batch;
        recording.at_hand = Some((from + shift, to + shift));
        if replaces {
            plant.history.clear(origin);
        }
        for mut sample in samples {
            sample.source_time = sample.source_time + shift;
            plant.history.insert(origin, sample);
        }
        if let Some(book) = self.books.get_mut(&number) {
            if replaces {
                book.desk.clear();
            }
            book.desk.extend(desk);
            book.desk.sort_by_key(|view| view.at);
            book.desk.dedup_by_key(|view| view.at);
        }
        let moment = plant.playhead().moment();
        if plant.history.len(origin) > MOST_POINTS && moment > from + shift {
            let keep = from + shift + (moment - (from + shift)).scaled(0.5);
            plant.history.forget_before(origin, keep);
            if let Some(recording) = plant.recording_mut(number) {
                recording.at_hand = Some((keep, to + shift));
            }
            _ = self.orders.try_send(Order::Forget { number, before: Some(keep - shift) });
        }
        plant.mark_all();
    }

    /// Asks for what the playhead and what lies beside it need.
    pub fn attend(&mut self, plant: &Plant, beside: Option<Origin>) {
        let (moment, rate) = (plant.playhead().moment(), plant.playhead().rate());
        for origin in [Some(plant.playhead().origin()), beside].into_iter().flatten() {
            let Origin::Recorded(number) = origin else { continue };
            let Some(recording) = plant.recording(number) else { continue };
            let at_hand = recording.at_hand.is_some_and(|(from, to)| (from..=to).contains(&moment));
            let wanted = (moment - recording.shift, rate);
            if at_hand && self.asked.get(&number) == Some(&wanted) {
                continue;
            }
            let order = Order::Show { number, moment: wanted.0, rate };
            if self.asked.get(&number) != Some(&wanted) && self.orders.try_send(order).is_ok() {
                self.asked.insert(number, wanted);
            }
        }
    }

    /// Lays a recording elsewhere in time: what was at hand is read anew.
    pub fn shift(&mut self, number: u32, shift: Span, plant: &mut Plant) {
        let Some(recording) = plant.recording_mut(number).filter(|recording| recording.shift != shift) else { return };
        let moved = shift - recording.shift;
        recording.shift = shift;
        recording.at_hand = None;
        recording.extent = (recording.extent.0 + moved, recording.extent.1 + moved);
        let density: Vec<_> = recording
            .density
            .iter()
            .map(|stretch| Stretch { from: stretch.from + moved, to: stretch.to + moved, ..*stretch })
            .collect();
        recording.density = density.into();
        recording.marks.iter_mut().for_each(|mark| mark.at = mark.at + moved);
        for gap in &mut recording.gaps {
            (gap.from, gap.to) = (gap.from + moved, gap.to + moved);
        }
        recording.changes.iter_mut().for_each(|change| change.at = change.at + moved);
        recording.alarms = recording.alarms.shifted(moved);
        plant.history.clear(Origin::Recorded(number));
        self.asked.remove(&number);
        _ = self.orders.try_send(Order::Forget { number, before: None });
    }
}

fn describe(recording: &mut OpenRecording, state: FileState, alarms: AlarmBook) {
    let shift = recording.shift;
    let own: Vec<_> = std::mem::take(&mut recording.marks);
    recording.extent = (state.extent.0 + shift, state.extent.1 + shift);
    recording.samples = state.samples;
    recording.growing = state.growing;
    let density = state.density.into_iter().map(|stretch| Stretch {
        from: stretch.from + shift,
        to: stretch.to + shift,
        ..stretch
    });
    recording.density = density.collect();
    recording.marks = state.marks;
    recording.marks.iter_mut().for_each(|mark| mark.at = mark.at + shift);
    // Marks that were set on the replay are not in the file.
    for mark in own {
        if !recording.marks.contains(&mark) {
            recording.marks.push(mark);
        }
    }
    recording.marks.sort_by_key(|mark| mark.at);
    recording.gaps = state.gaps;
    for gap in &mut recording.gaps {
        (gap.from, gap.to) = (gap.from + shift, gap.to + shift);
    }
    recording.runs = state.runs;
    recording.changes = state.changes;
    recording.changes.iter_mut().for_each(|change| change.at = change.at + shift);
    recording.alarms = alarms.shifted(shift);
    recording.problems = state.problems;
}

/// The signals of a recording among those of the session; new ones join them.
fn bind(catalog: &Catalog, plant: &mut Plant) -> Vec<Bound> {
    let known = plant.project.catalog.len();
    let project = Arc::make_mut(&mut plant.project);
    let bound = replay::bind(catalog, &mut project.catalog);
    for (id, signal) in project.catalog.iter().skip(known).take_while(|(id, _)| id.index() < MOST_PLACED) {
        place(id, &signal.path, &mut project.assets);
    }
    if plant.project.catalog.len() != known {
        plant.signals_joined();
    }
    bound
}

/// Equipment for a signal that the project does not know, so that its values can be looked at.
fn place(signal: SignalId, path: &str, assets: &mut AssetTree) {
    let equipment = path.rsplit_once('/').map_or(UNPLACED, |(equipment, _)| equipment);
    if let Some(asset) = assets.add_path(equipment).and_then(|asset| assets.get_mut(asset)) {
        asset.signals.push(signal);
    }
}

/// What happened to the alarms that the project knows.
fn alarm_book(plant: &Plant, events: &[Event]) -> AlarmBook {
    let project = &plant.project;
    let numbers: HashMap<(&str, &str), AlarmId> = project
        .alarms
        .iter()
        .enumerate()
        .filter_map(|(index, rule)| Some((key_of(rule, &project.catalog)?, AlarmId(index as u32))))
        .collect();
    let events = events.iter().filter_map(|event| {
        let Event::Alarm(record) = event else { return None };
        let alarm = *numbers.get(&(record.signal.as_str(), record.alarm.as_str()))?;
        Some(AlarmEvent { alarm, at: record.at, change: record.change, value: record.value.clone() })
    });
    AlarmBook::replaying(project.alarms.clone(), events)
}

fn key_of<'a>(rule: &'a AlarmRule, catalog: &'a Catalog) -> Option<(&'a str, &'a str)> {
    Some((&catalog.get(rule.signal)?.path, &rule.name))
}

/// File name without folder and ending.
pub fn name_of(path: &Path) -> String {
    path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
