//! What lies beside the playhead's origin: how it is aligned, and how far both differ.

use std::sync::{Arc, Mutex, PoisonError};

use bevy::prelude::Resource;

use super::jobs::Jobs;
use super::shelf::Shelf;
use super::side::{Side, anchor, share, unbound};
use crate::app::plant::Plant;
use crate::app::wall_now;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::recording::{Alignment, Difference};
use crate::domain::signal::Origin;
use crate::domain::time::{Span, Timestamp};
use crate::recording::compare::differences;

/// The comparison on screen, if there is one.
#[derive(Resource, Default)]
pub struct Beside {
    pub origin: Option<(Origin, Alignment)>,
    /// As far as they were asked for and found.
    pub differences: Option<Vec<Difference>>,
    /// Camera and selection follow what was looked at when it was recorded.
    pub following: bool,
    found: Found,
}

/// What threads leave here.
#[derive(Clone, Default)]
struct Found {
    differences: Arc<Mutex<Option<Vec<Difference>>>>,
    /// First "Execute" of the playhead's side and of the other.
    anchors: Arc<Mutex<Option<(Timestamp, Timestamp)>>>,
}

impl Beside {
    /// Lays an origin beside the playhead's; words where it cannot be aligned so.
    ///
    /// # Errors
    /// In words for the person.
    pub fn lay(
        &mut self,
        wish: Option<(Origin, Alignment)>,
        plant: &mut Plant,
        shelf: &mut Shelf,
        jobs: &mut Jobs,
    ) -> Result<(), String> {
        self.differences = None;
        self.found = Found::default();
        let Some((origin, alignment)) = wish else {
            self.origin = None;
            return Ok(());
        };
        let base = plant.playhead().origin();
        if origin == base {
            return Err("A recording cannot be compared with itself.".to_owned());
        }
        match alignment {
            Alignment::Clock => {
                lay_back(origin, plant, shelf);
                lay_back(base, plant, shelf);
            }
            Alignment::FirstExecute => self.look_for_execute(base, origin, plant, shelf, jobs)?,
            _ => {
                let (ours, theirs) = (anchor(plant, base, alignment), anchor(plant, origin, alignment));
                let (Some(ours), Some(theirs)) = (ours, theirs) else {
                    return Err(format!("The two cannot be laid side by side {}: one has none.", alignment.words()));
                };
                align(origin, ours - theirs, plant, shelf);
            }
        }
        self.origin = Some((origin, alignment));
        Ok(())
    }

    fn look_for_execute(
        &self,
        base: Origin,
        other: Origin,
        plant: &Plant,
        shelf: &Shelf,
        jobs: &mut Jobs,
    ) -> Result<(), String> {
        let side = |origin| {
            let range = plant.held(origin).ok_or("One of the two holds nothing yet.")?;
            Ok::<_, String>((Side::of(origin, plant, &signals_of(origin, plant, shelf), range), range))
        };
        let ((ours, our_range), (theirs, their_range)) = (side(base)?, side(other)?);
        let found = self.found.anchors.clone();
        jobs.begin("Looking for the first \"Execute\"".to_owned(), move |_| {
            let ours = ours.first_text(our_range, "execute")?;
            let theirs = theirs.first_text(their_range, "execute")?;
            let both = ours.zip(theirs).ok_or("One of the two never says \"Execute\"; they lie on the clock.")?;
            *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(both);
            Ok("Both begin with their first \"Execute\".".to_owned())
        });
        Ok(())
    }

    /// Goes through both sides on a thread.
    ///
    /// # Errors
    /// In words, where there is nothing to compare.
    pub fn list_differences(&mut self, plant: &Plant, shelf: &Shelf, jobs: &mut Jobs) -> Result<(), String> {
        let (other, _) = self.origin.ok_or("Lay a recording beside this one first.")?;
        let base = plant.playhead().origin();
        let held = |origin| plant.held(origin).ok_or("One of the two holds nothing yet.");
        let (ours, theirs) = (held(base)?, held(other)?);
        let range = (ours.0.max(theirs.0), ours.1.min(theirs.1));
        if range.0 >= range.1 {
            return Err("The two have no time in common. Align them at their first sample.".to_owned());
        }
        let side = |origin| Side::of(origin, plant, &signals_of(origin, plant, shelf), range);
        let (left, right) = (side(base), side(other));
        let (catalog, found) = (plant.project.catalog.clone(), self.found.differences.clone());
        self.differences = None;
        jobs.begin("Listing differences".to_owned(), move |reins| {
            // Cut short when the job is stopped: its list is then thrown away.
            let left = left.samples(range)?.take_while(|sample| reins.go_on(share(sample.source_time, range)));
            let right = right.samples(range)?.take_while(|_| !reins.stopped());
            let list = differences(left, right, &catalog, range);
            if reins.stopped() {
                return Err("Stopped.".to_owned());
            }
            let words = format!("{} signals compared.", list.len());
            *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(list);
            Ok(words)
        });
        Ok(())
    }

    /// Takes in what threads have found.
    pub fn take_found(&mut self, plant: &mut Plant, shelf: &mut Shelf) {
        if let Some(list) = self.found.differences.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.differences = Some(list);
        }
        let anchors = self.found.anchors.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some((ours, theirs)), Some((origin, _))) = (anchors, self.origin) {
            align(origin, ours - theirs, plant, shelf);
        }
    }
}

/// Where a recording's signals are in the session.
pub fn signals_of(origin: Origin, plant: &Plant, shelf: &Shelf) -> Vec<super::replay::Bound> {
    match origin {
        Origin::Recorded(number) => shelf.books.get(&number).map(|book| book.signals.clone()).unwrap_or_default(),
        _ => unbound(plant),
    }
}

/// Moves the one of both that is a recording, so that `origin` comes to lie so much later.
fn align(origin: Origin, later: Span, plant: &mut Plant, shelf: &mut Shelf) {
    if let Origin::Recorded(number) = origin {
        let shift = plant.recording(number).map_or(Span::ZERO, |recording| recording.shift);
        return shelf.shift(number, shift + later, plant);
    }
    // The plant's own time stays what it is: the recording goes to it, and the playhead with it.
    if let Origin::Recorded(number) = plant.playhead().origin() {
        let shift = plant.recording(number).map_or(Span::ZERO, |recording| recording.shift);
        let moment = plant.playhead().moment() - later;
        shelf.shift(number, shift - later, plant);
        plant.command(PlayheadCommand::Seek(moment), wall_now());
    }
}

fn lay_back(origin: Origin, plant: &mut Plant, shelf: &mut Shelf) {
    if let Origin::Recorded(number) = origin {
        shelf.shift(number, Span::ZERO, plant);
    }
}
