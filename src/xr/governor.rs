//! Keeps frames in time: draws more plainly before frames are missed, and better again once there is
//! room for it and it stays.
//!
//! A frame that comes late makes a wearer ill, a shadow that is missing does not. Measures nothing
//! itself: the times that frames took come in.

use std::collections::VecDeque;
use std::time::Duration;

/// What is drawn.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Level {
    /// Pixels drawn for one that the runtime recommends, along each side.
    pub resolution: f32,
    pub shadows: bool,
    /// Nothing beyond this is drawn, metres of the wearer; none draws all.
    pub draw_distance: Option<f32>,
}

impl Level {
    /// In words for the panel of the headset; empty while nothing is reduced.
    pub fn note(&self) -> String {
        let mut reduced = Vec::new();
        if !self.shadows {
            reduced.push("no shadows".to_owned());
        }
        if let Some(distance) = self.draw_distance {
            reduced.push(format!("nothing beyond {distance:.0} m"));
        }
        if self.resolution < 1.0 {
            reduced.push(format!("{:.0} % resolution", self.resolution * 100.0));
        }
        if reduced.is_empty() { String::new() } else { format!("Slow frames: {}", reduced.join(", ")) }
    }
}

const fn level(resolution: f32, shadows: bool, draw_distance: Option<f32>) -> Level {
    Level { resolution, shadows, draw_distance }
}

/// From best to plainest; each gives up one thing more.
const STEPS: [Level; 8] = [
    level(1.0, true, None),
    level(0.9, true, None),
    level(0.8, true, None),
    level(0.8, false, None),
    level(0.8, false, Some(150.0)),
    level(0.7, false, Some(150.0)),
    level(0.7, false, Some(60.0)),
    level(0.6, false, Some(60.0)),
];

/// Frames that are looked at together, and how many of them count: the 27th is the 90th percentile, so
/// three that hang, as when a file is read, change nothing.
const FRAMES: usize = 30;
const PERCENTILE: usize = FRAMES * 9 / 10;
/// Shares of the budget: above the first one step down, above the second two, below the third up.
const TIGHT: f32 = 0.85;
const MISSED: f32 = 1.2;
const ROOMY: f32 = 0.6;
/// For this long there has to be room before a step up; twice as long after each one that failed.
const WAIT: Duration = Duration::from_secs(5);
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// A step up that lasts this long has proved itself.
const PROOF: Duration = Duration::from_secs(10);
/// Without frames for this long, the headset was off: what was seen before says nothing.
const PAUSE: Duration = Duration::from_secs(1);

/// Chooses the level from frame times.
#[derive(Clone, PartialEq, Debug)]
pub struct Governor {
    /// Place in `STEPS`.
    step: usize,
    /// Frame times as shares of the budget, at this level, oldest first.
    loads: VecDeque<f32>,
    last_frame: Option<Duration>,
    /// Since when there is room for more.
    roomy_since: Option<Duration>,
    /// When the last step was one up that has not proved itself: the time of it.
    on_trial_since: Option<Duration>,
    /// For each step, how long there has to be room before it is taken from below. One for all would
    /// flap: a step that holds would forgive the better one that does not.
    waits: [Duration; STEPS.len()],
}

impl Default for Governor {
    fn default() -> Self {
        Self {
            step: 0,
            loads: VecDeque::with_capacity(FRAMES),
            last_frame: None,
            roomy_since: None,
            on_trial_since: None,
            waits: [WAIT; STEPS.len()],
        }
    }
}

impl Governor {
    pub fn level(&self) -> Level {
        STEPS.get(self.step).copied().unwrap_or(STEPS[0])
    }

    /// In words for the panel of the headset; empty while nothing is reduced.
    pub fn note(&self) -> String {
        self.level().note()
    }

    /// Takes the time that a frame took and the time that it may take; `now` is the time since the
    /// program began. True when the level has changed.
    pub fn frame(&mut self, took: Duration, budget: Duration, now: Duration) -> bool {
        if budget.is_zero() {
            return false;
        }
        if self.last_frame.replace(now).is_some_and(|last| now.saturating_sub(last) > PAUSE) {
            self.look_anew();
        }
        if self.on_trial_since.is_some_and(|since| now.saturating_sub(since) > PROOF) {
            self.prove();
        }
        if self.loads.len() == FRAMES {
            self.loads.pop_front();
        }
        self.loads.push_back(took.div_duration_f32(budget));
        let Some(load) = self.percentile() else { return false };
        if load >= ROOMY {
            self.roomy_since = None;
            return load > TIGHT && self.step_down(if load > MISSED { 2 } else { 1 });
        }
        let since = *self.roomy_since.get_or_insert(now);
        now.saturating_sub(since) >= self.wait_above() && self.step_up(now)
    }

    fn step_down(&mut self, steps: usize) -> bool {
        if self.on_trial_since.take().is_some()
            && let Some(wait) = self.waits.get_mut(self.step)
        {
            *wait = (*wait * 2).min(LONGEST_WAIT);
        }
        self.go_to((self.step + steps).min(STEPS.len() - 1))
    }

    fn step_up(&mut self, now: Duration) -> bool {
        // Where there is room for more, the present step holds.
        self.prove();
        let changed = self.go_to(self.step.saturating_sub(1));
        if changed {
            self.on_trial_since = Some(now);
        }
        changed
    }

    fn prove(&mut self) {
        self.on_trial_since = None;
        if let Some(wait) = self.waits.get_mut(self.step) {
            *wait = WAIT;
        }
    }

    fn wait_above(&self) -> Duration {
        self.waits.get(self.step.saturating_sub(1)).copied().unwrap_or(WAIT)
    }

    fn go_to(&mut self, step: usize) -> bool {
        let changed = step != self.step;
        if changed {
            self.step = step;
            self.look_anew();
        }
        changed
    }

    /// Frames of another level, or of before a pause, say nothing about this one.
    fn look_anew(&mut self) {
        self.loads.clear();
        self.roomy_since = None;
    }

    /// None before enough frames were seen.
    fn percentile(&self) -> Option<f32> {
        if self.loads.len() < FRAMES {
            return None;
        }
        let mut sorted: Vec<f32> = self.loads.iter().copied().collect();
        sorted.sort_by(f32::total_cmp);
        sorted.get(PERCENTILE - 1).copied()
    }
}

#[cfg(test)]
mod tests;
