//! The running plant: project, history, alarms, playhead. The core of the app without a screen, so
//! that tests and benchmarks run what the window runs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::prelude::Resource;
use crossbeam_channel::Receiver;

use super::evaluate::{At, Evaluator};
use super::other::OtherSide;
use super::{wall_now, what_if};
use crate::domain::alarm::{AlarmBook, AlarmState, Priority};
use crate::domain::asset::AssetId;
use crate::domain::change_record::ChangeRecord;
use crate::domain::clock::PlantClock;
use crate::domain::command::Direction;
use crate::domain::history::{History, Inserted};
use crate::domain::playhead::{Extent, Motion, Playhead, PlayheadCommand};
use crate::domain::recording::{Mark, OpenRecording};
use crate::domain::signal::{Origin, Sample};
use crate::domain::source::SourceKind;
use crate::domain::time::{Span, Timestamp};
use crate::project::Project;
use crate::view::present::{Applied, Trust};

/// Everything that is known of the plant in this run.
#[derive(Resource)]
pub struct Plant {
    pub project: Arc<Project>,
    pub history: History,
    pub alarms: AlarmBook,
    playhead: Playhead,
    clock: PlantClock,
    evaluator: Evaluator,
    /// What lies beside the playhead's origin, while something is compared.
    pub(super) other: Option<OtherSide>,
    /// A source delivers what happens now, rather than a file what happened.
    live: bool,
    /// Someone moved the playhead, or data came: a file's replay begins by itself only before.
    began: bool,
    pub counters: Counters,
    /// Recordings that are open beside what is measured.
    pub recordings: Vec<OpenRecording>,
    /// Marks of this run.
    pub marks: Vec<Mark>,
    /// What happened to changes in this run, in order of time.
    changes: Vec<ChangeRecord>,
    /// Alarms of simulated runs, by the number of their origin.
    simulated: BTreeMap<u32, AlarmBook>,
}

/// What went through, for the status bar.
#[derive(Clone, Default, Debug)]
pub struct Counters {
    pub samples: u64,
    /// Samples that were too old to be kept.
    pub too_old: u64,
    /// Delay from source to history of the last samples, in seconds; a ring.
    delays: Vec<f64>,
    next_delay: usize,
}

const DELAYS_KEPT: usize = 512;
/// Entries of the audit log that are shown on the timeline; beyond, the oldest are left out.
const MOST_CHANGES: usize = 20_000;
/// What is older than this when it arrives was recorded, not delayed.
const PAST_SECS: f64 = 3600.0;

impl Plant {
    pub fn new(project: Arc<Project>) -> Self {
        let live = project.sources.iter().any(|source| !matches!(source.kind, SourceKind::Csv(_)));
        Self {
            history: History::new(project.retention),
            alarms: AlarmBook::new(project.alarms.clone()),
            playhead: if live { Playhead::live() } else { Playhead::paused_at(Timestamp::default()) },
            clock: PlantClock::default(),
            evaluator: Evaluator::new(&project.bindings, &project.catalog),
            other: None,
            live,
            began: false,
            counters: Counters::default(),
            recordings: Vec::new(),
            marks: Vec::new(),
            changes: Vec::new(),
            simulated: BTreeMap::new(),
            project,
        }
    }

    /// This plant with a new description: what was measured, the alarms' past and the playhead stay
    /// where the description still knows them.
    pub fn redescribed(self, project: Arc<Project>) -> Self {
        let mut next = Self::new(project);
        let same_signals = self
            .project
            .catalog
            .iter()
            .all(|(id, signal)| next.project.catalog.get(id).is_some_and(|other| other.path == signal.path));
        next.history = if same_signals && self.project.retention == next.project.retention {
            self.history
        } else {
            let catalog = &next.project.catalog;
            let renumbered = |id| catalog.id(&self.project.catalog.get(id)?.path);
            self.history.renumbered(next.project.retention, renumbered)
        };
        if self.project.alarms == next.project.alarms {
            next.alarms = self.alarms;
        }
        if self.live == next.live {
            next.playhead = self.playhead;
            next.began = self.began;
        }
        next.clock = self.clock;
        next.marks = self.marks;
        next.changes = self.changes;
        next.counters = self.counters;
        next
    }

    pub fn playhead(&self) -> &Playhead {
        &self.playhead
    }

    pub fn live(&self) -> bool {
        self.live
    }

    /// What happened to changes in this run, in order of time.
    pub fn changes(&self) -> &[ChangeRecord] {
        &self.changes
    }

    pub fn note_change(&mut self, record: ChangeRecord) {
        if self.changes.len() >= MOST_CHANGES {
            self.changes.drain(..MOST_CHANGES / 10);
        }
        let place = self.changes.partition_point(|known| known.at <= record.at);
        self.changes.insert(place, record);
    }

    /// Takes samples in until the queue is empty or the time is used up; returns how many.
    pub fn drain(&mut self, samples: &Receiver<Sample>, budget: Duration) -> usize {
        /// Looking at the clock for each sample would cost more than the sample.
        const BETWEEN_LOOKS: usize = 256;
        let begin = Instant::now();
        let mut count = 0;
        while let Ok(sample) = samples.try_recv() {
            self.take(sample);
            count += 1;
            if count % BETWEEN_LOOKS == 0 && begin.elapsed() >= budget {
                break;
            }
        }
        count
    }

    /// Files one measured sample, and lets its alarms see it.
    pub fn take(&mut self, sample: Sample) {
        self.alarms.observe(&sample);
        self.evaluator.mark(sample.signal);
        if let Some(other) = self.other.as_mut().filter(|other| other.origin == Origin::Measured) {
            other.mark(sample.signal);
        }
        if self.live {
            self.clock.observe(&sample);
        }
        self.counters.count(&sample);
        if self.history.insert(Origin::Measured, sample) == Inserted::TooOld {
            self.counters.too_old += 1;
        }
    }

    /// What the playhead can move over at this moment of the wall clock.
    pub fn extent(&self, wall: Timestamp) -> Extent {
        let live_now = self.live.then(|| self.clock.now(wall));
        Extent { held: self.held(self.playhead.origin()), live_now }
    }

    /// First and last moment of an origin.
    pub fn held(&self, origin: Origin) -> Option<(Timestamp, Timestamp)> {
        match origin {
            Origin::Recorded(number) => self.recording(number).map(|recording| recording.extent),
            _ => self.history.extent(origin),
        }
    }

    /// Plant time at this moment of the wall clock.
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        self.clock.now(wall)
    }

    pub fn recording(&self, number: u32) -> Option<&OpenRecording> {
        self.recordings.iter().find(|recording| recording.number == number)
    }

    pub fn recording_mut(&mut self, number: u32) -> Option<&mut OpenRecording> {
        self.recordings.iter_mut().find(|recording| recording.number == number)
    }

    /// The recording that the playhead shows.
    pub fn shown_recording(&self) -> Option<&OpenRecording> {
        match self.playhead.origin() {
            Origin::Recorded(number) => self.recording(number),
            _ => None,
        }
    }

    /// The playhead's moment of a recording is being read from its file.
    pub fn reading(&self) -> bool {
        self.reading_of(self.playhead.origin())
    }

    /// The playhead's moment of an origin is being read from a file.
    pub(super) fn reading_of(&self, origin: Origin) -> bool {
        let Origin::Recorded(number) = origin else { return false };
        self.recording(number).is_some_and(|recording| {
            let (first, last) = recording.extent;
            let moment = self.playhead.moment().clamp(first, last.max(first));
            !recording.at_hand.is_some_and(|(from, to)| (from..=to).contains(&moment))
        })
    }

    /// The alarms of what the playhead shows: those of the plant, or as they were recorded.
    pub fn alarm_book(&self) -> &AlarmBook {
        if let Origin::Simulated(number) = self.playhead.origin() {
            return self.simulated.get(&number).unwrap_or(&self.alarms);
        }
        self.shown_recording().map_or(&self.alarms, |recording| &recording.alarms)
    }

    /// Files a simulated run, which takes the place of the one with its number.
    pub fn take_simulated(&mut self, number: u32, samples: Vec<Sample>) {
        let origin = Origin::Simulated(number);
        self.history.clear(origin);
        self.simulated.insert(number, what_if::foreseen(self.project.alarms.clone(), &samples));
        for sample in samples {
            self.history.insert(origin, sample);
        }
        self.evaluator.mark_all();
    }

    /// Drops all simulated runs; a playhead that stood in one goes back to the plant.
    pub fn forget_simulated(&mut self) {
        for number in std::mem::take(&mut self.simulated).into_keys() {
            self.history.clear(Origin::Simulated(number));
        }
        if matches!(self.playhead.origin(), Origin::Simulated(_)) {
            let wall = wall_now();
            let back =
                self.recordings.first().filter(|_| !self.live).map(|recording| Origin::Recorded(recording.number));
            self.command(PlayheadCommand::Show(back.unwrap_or(Origin::Measured)), wall);
            self.command(PlayheadCommand::GoLive, wall);
        }
    }

    /// The catalog has more signals than before.
    pub fn signals_joined(&mut self) {
        let (bindings, catalog) = (&self.project.bindings, &self.project.catalog);
        self.evaluator = Evaluator::new(bindings, catalog);
        self.other = self.other.take().map(|other| OtherSide::new(other.origin, bindings, catalog));
    }

    /// Lets wall time go by. Returns the plant time that the playhead passed.
    pub fn advance(&mut self, wall_step: Span, wall: Timestamp) -> Span {
        let extent = self.extent(wall);
        if !self.began
            && let Some((first, _)) = extent.held
        {
            self.began = true;
            if !self.live {
                // A recording opens at its beginning, and plays.
                self.playhead.apply(PlayheadCommand::Seek(first), &extent);
                self.playhead.apply(PlayheadCommand::Play, &extent);
            }
        }
        if self.live {
            self.alarms.tick(self.clock.now(wall));
        }
        let before = self.playhead.moment();
        self.playhead.advance(self.room_to_move(wall_step, &extent), &extent);
        let step = self.note_move(before);
        // The first live moment is an arrival, not a way that wheels have turned.
        if before == Timestamp::default() { Span::ZERO } else { step }
    }

    /// Wall time that a playing head may go on for: none while its moment is being read, and not
    /// beyond the tip of a recording that grows, which would end the playing.
    fn room_to_move(&self, wall_step: Span, extent: &Extent) -> Span {
        let (Motion::Playing, Some(recording)) = (self.playhead.motion(), self.shown_recording()) else {
            return wall_step;
        };
        if self.reading() {
            return Span::ZERO;
        }
        match extent.held.filter(|_| recording.growing && self.playhead.loop_range().is_none()) {
            Some((_, last)) => {
                let room = (last - self.playhead.moment() - Span::from_nanos(1)).max(Span::ZERO);
                wall_step.min(room.scaled(1.0 / self.playhead.rate()))
            }
            None => wall_step,
        }
    }

    /// Moves the playhead as asked.
    pub fn command(&mut self, command: PlayheadCommand, wall: Timestamp) {
        let before = self.playhead.moment();
        self.began = true;
        let origin = self.playhead.origin();
        self.playhead.apply(command, &self.extent(wall));
        if origin != self.playhead.origin() {
            self.arrive(wall);
        }
        self.note_move(before);
    }

    /// Another origin is shown: at the same moment if it has it, else at its nearer end.
    fn arrive(&mut self, wall: Timestamp) {
        let extent = self.extent(wall);
        if let Some((first, last)) = extent.held.filter(|_| self.playhead.motion() != Motion::Live) {
            let there = self.playhead.moment().clamp(first, last.max(first));
            self.playhead.apply(PlayheadCommand::Seek(there), &extent);
        }
        self.evaluator.mark_all();
    }

    /// Does something to the plant that does not count as a person's first move.
    pub fn keep_beginning(&mut self, act: impl FnOnce(&mut Self)) {
        let began = self.began;
        act(self);
        self.began = began;
    }

    /// Goes to the next or previous sample and stays there.
    pub fn step(&mut self, direction: Direction, wall: Timestamp) {
        let (origin, here) = (self.playhead.origin(), self.playhead.moment());
        let there = match direction {
            Direction::Forward => self.history.next_moment(origin, here),
            Direction::Back => self.history.previous_moment(origin, here),
        };
        // Where nothing more is at hand, to the edge: from there on more is read.
        let edge = self.shown_recording().and_then(|recording| recording.at_hand).map(|(from, to)| match direction {
            Direction::Forward => to,
            Direction::Back => from,
        });
        let there = there.or(edge);
        self.command(PlayheadCommand::Pause, wall);
        if let Some(there) = there {
            self.command(PlayheadCommand::Seek(there), wall);
        }
    }

    fn note_move(&mut self, before: Timestamp) -> Span {
        let step = self.playhead.moment() - before;
        // Live, time only makes values older; the evaluator's sweep sees to that.
        if step != Span::ZERO && self.playhead.motion() != Motion::Live {
            self.evaluator.mark_all();
        }
        step
    }

    /// The scene was made anew: everything has to be said again, of both sides of a comparison.
    pub fn mark_all(&mut self) {
        self.evaluator.mark_all();
        if let Some(other) = &mut self.other {
            other.mark_all();
        }
    }

    /// Evaluates what has to be, at the playhead.
    pub fn evaluate(&mut self, push: impl FnMut(usize, Applied, Trust)) -> usize {
        let at = At {
            catalog: &self.project.catalog,
            history: &self.history,
            origin: self.playhead.origin(),
            moment: self.playhead.moment(),
        };
        self.evaluator.run(&self.project.bindings, at, push)
    }

    /// Worst alarm of each asset at the playhead: active before returned, then by priority.
    pub fn alarms_by_asset(&self) -> HashMap<AssetId, (Priority, AlarmState)> {
        let mut worst: HashMap<AssetId, (Priority, AlarmState)> = HashMap::new();
        let live = self.playhead.motion() == Motion::Live;
        let book = self.alarm_book();
        for (id, rule, now) in book.iter() {
            let state = if live { now } else { book.state_at(id, self.playhead.moment()).0 };
            let Some(asset) = rule.asset.filter(|_| state.listed()) else { continue };
            let rank = |(priority, state): &(Priority, AlarmState)| (!state.active(), *priority);
            let found = (rule.priority, state);
            worst
                .entry(asset)
                .and_modify(|known| *known = if rank(&found) < rank(known) { found } else { *known })
                .or_insert(found);
        }
        worst
    }
}

impl Counters {
    fn count(&mut self, sample: &Sample) {
        self.samples += 1;
        let delay = (sample.received_time - sample.source_time).as_secs_f64();
        // A file's past is no delay.
        if delay > PAST_SECS {
            return;
        }
        if self.delays.len() < DELAYS_KEPT {
            self.delays.push(delay);
        } else {
            self.delays[self.next_delay] = delay;
            self.next_delay = (self.next_delay + 1) % DELAYS_KEPT;
        }
    }

    /// Delay from source to arrival that half, and 99 of 100, of the last samples stay under.
    pub fn delay_percentiles(&self) -> Option<(Span, Span)> {
        let mut sorted = self.delays.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |fraction: f64| sorted.get(((sorted.len().saturating_sub(1)) as f64 * fraction) as usize).copied();
        Some((Span::from_secs_f64(at(0.5)?), Span::from_secs_f64(at(0.99)?)))
    }
}
