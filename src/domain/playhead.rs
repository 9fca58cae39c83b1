//! The one cursor in time: which moment of which origin every view shows.
//!
//! ```text
//!            Seek, Pause, Step                Play
//!   Live ----------------------> Paused <-----------> Playing
//!    ^                             |       Pause         |
//!    +----------- GoLive ----------+---------------------+
//! ```
//!
//! Live follows the plant's clock. Playing runs through what is held, at a rate, once or in a loop;
//! it pauses at the end. A state machine without a clock: `advance` is told how much time went by.

use serde::{Deserialize, Serialize};

use super::signal::Origin;
use super::time::{Span, Timestamp};

/// How the playhead moves by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Motion {
    /// With the plant's clock.
    Live,
    Playing,
    Paused,
}

/// What the screen shows of the plant, for the badge that must not be overlooked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tense {
    Live,
    Replay,
    Simulation,
}

/// Moment, origin and motion. Changed only by `apply` and `advance`.
#[derive(Clone, PartialEq, Debug)]
pub struct Playhead {
    moment: Timestamp,
    origin: Origin,
    motion: Motion,
    rate: f64,
    loop_range: Option<(Timestamp, Timestamp)>,
}

/// What is there to move over.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Extent {
    /// First and last moment held for the playhead's origin.
    pub held: Option<(Timestamp, Timestamp)>,
    /// Plant time now; none where no live source is connected, and Live is then refused.
    pub live_now: Option<Timestamp>,
}

/// What a person may ask of the playhead.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub enum PlayheadCommand {
    GoLive,
    /// Show another origin, at the same moment as far as it reaches; not live.
    Show(Origin),
    Play,
    Pause,
    /// Stand at a moment; a playing head goes on from there, a live one pauses.
    Seek(Timestamp),
    /// Plant seconds per second, limited to `RATES`.
    SetRate(f64),
    /// Play this range again and again; none plays on to the end.
    SetLoop(Option<(Timestamp, Timestamp)>),
}

/// Slowest and fastest rate.
pub const RATES: (f64, f64) = (0.1, 1000.0);

impl Playhead {
    /// At the plant's now.
    pub fn live() -> Self {
        Self {
            moment: Timestamp::default(),
            origin: Origin::Measured,
            motion: Motion::Live,
            rate: 1.0,
            loop_range: None,
        }
    }

    /// Standing at a moment.
    pub fn paused_at(moment: Timestamp) -> Self {
        Self { moment, motion: Motion::Paused, ..Self::live() }
    }

    pub fn moment(&self) -> Timestamp {
        self.moment
    }

    pub fn origin(&self) -> Origin {
        self.origin
    }

    pub fn motion(&self) -> Motion {
        self.motion
    }

    pub fn rate(&self) -> f64 {
        self.rate
    }

    pub fn loop_range(&self) -> Option<(Timestamp, Timestamp)> {
        self.loop_range
    }

    pub fn tense(&self) -> Tense {
        match (self.origin, self.motion) {
            (Origin::Simulated(_) | Origin::Predicted(_), _) => Tense::Simulation,
            (Origin::Measured, Motion::Live) => Tense::Live,
            (Origin::Measured | Origin::Recorded(_), _) => Tense::Replay,
        }
    }

    /// Does what is asked. Live is refused, and nothing changes, where there is no live source.
    pub fn apply(&mut self, command: PlayheadCommand, extent: &Extent) {
        match command {
            PlayheadCommand::GoLive => {
                if let Some(now) = extent.live_now {
                    self.motion = Motion::Live;
                    self.origin = Origin::Measured;
                    self.moment = now;
                }
            }
            PlayheadCommand::Show(origin) => {
                self.origin = origin;
                self.loop_range = None;
                if self.motion == Motion::Live {
                    self.motion = Motion::Paused;
                }
            }
            PlayheadCommand::Play => {
                // At the end of what is held, playing begins anew.
                if let Some((first, last)) = self.loop_range.or(extent.held)
                    && self.moment >= last
                {
                    self.moment = first;
                }
                self.motion = Motion::Playing;
            }
            PlayheadCommand::Pause => self.motion = Motion::Paused,
            PlayheadCommand::Seek(moment) => {
                self.moment = moment;
                if self.motion == Motion::Live {
                    self.motion = Motion::Paused;
                }
            }
            PlayheadCommand::SetRate(rate) if rate.is_finite() => self.rate = rate.clamp(RATES.0, RATES.1),
            PlayheadCommand::SetRate(_) => {}
            PlayheadCommand::SetLoop(range) => self.loop_range = range.filter(|(from, to)| from < to),
        }
    }

    /// Lets `wall` time go by.
    pub fn advance(&mut self, wall: Span, extent: &Extent) {
        match self.motion {
            Motion::Paused => {}
            Motion::Live => match extent.live_now {
                Some(now) => self.moment = now,
                None => self.motion = Motion::Paused,
            },
            Motion::Playing => self.play_on(wall.scaled(self.rate), extent),
        }
    }

    fn play_on(&mut self, step: Span, extent: &Extent) {
        let next = self.moment + step;
        if let Some((from, to)) = self.loop_range {
            let length = (to - from).as_nanos();
            let beyond = (next - from).as_nanos();
            self.moment = if beyond >= length { from + Span::from_nanos(beyond.rem_euclid(length)) } else { next };
            return;
        }
        let live_now = extent.live_now.filter(|_| self.origin == Origin::Measured);
        let last = live_now.or(extent.held.map(|(_, last)| last));
        match last.filter(|last| next >= *last) {
            // Caught up with the plant: from here on this is the live view.
            Some(now) if live_now.is_some() => {
                self.moment = now;
                self.motion = Motion::Live;
            }
            Some(last) => {
                self.moment = last;
                self.motion = Motion::Paused;
            }
            None => self.moment = next,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1000)
    }

    const RECORD: Extent =
        Extent { held: Some((Timestamp::from_millis(100_000), Timestamp::from_millis(200_000))), live_now: None };

    fn playing(from: i64) -> Playhead {
        let mut head = Playhead::paused_at(at(from));
        head.apply(PlayheadCommand::Play, &RECORD);
        head
    }

    #[test]
    fn plays_at_its_rate_and_pauses_at_the_end() {
        let mut head = playing(100);
        head.apply(PlayheadCommand::SetRate(10.0), &RECORD);
        head.advance(Span::from_secs(3), &RECORD);
        assert_eq!((head.moment(), head.motion(), head.tense()), (at(130), Motion::Playing, Tense::Replay));
        head.advance(Span::from_secs(60), &RECORD);
        assert_eq!((head.moment(), head.motion()), (at(200), Motion::Paused));
        head.apply(PlayheadCommand::Play, &RECORD);
        assert_eq!(head.moment(), at(100));
    }

    #[test]
    fn loops_without_losing_time() {
        let mut head = playing(145);
        head.apply(PlayheadCommand::SetLoop(Some((at(140), at(150)))), &RECORD);
        head.advance(Span::from_secs(27), &RECORD);
        assert_eq!((head.moment(), head.motion()), (at(142), Motion::Playing));
    }

    #[test]
    fn follows_live_until_someone_scrubs() {
        let live = |secs| Extent { live_now: Some(at(secs)), ..RECORD };
        let mut head = Playhead::live();
        head.advance(Span::from_secs(1), &live(300));
        assert_eq!((head.moment(), head.tense()), (at(300), Tense::Live));
        head.apply(PlayheadCommand::Seek(at(150)), &live(301));
        head.advance(Span::from_secs(5), &live(306));
        assert_eq!((head.moment(), head.tense()), (at(150), Tense::Replay));
        head.apply(PlayheadCommand::GoLive, &live(306));
        assert_eq!((head.moment(), head.tense()), (at(306), Tense::Live));
    }

    #[test]
    fn a_replay_that_catches_up_becomes_live() {
        let live = Extent { live_now: Some(at(210)), ..RECORD };
        let mut head = playing(195);
        head.advance(Span::from_secs(10), &live);
        assert_eq!((head.moment(), head.tense()), (at(205), Tense::Replay));
        head.advance(Span::from_secs(10), &live);
        assert_eq!((head.moment(), head.tense()), (at(210), Tense::Live));
    }

    #[test]
    fn live_is_refused_without_a_live_source() {
        let mut head = Playhead::paused_at(at(120));
        head.apply(PlayheadCommand::GoLive, &RECORD);
        assert_eq!((head.motion(), head.moment()), (Motion::Paused, at(120)));
    }

    proptest! {
        /// Many small steps come to where one long step comes, inside a loop or not.
        #[test]
        fn small_steps_add_up(steps in prop::collection::vec(1_i64..5_000, 1..50), looped in any::<bool>()) {
            let mut many = playing(100);
            many.apply(PlayheadCommand::SetLoop(looped.then_some((at(100), at(117)))), &RECORD);
            let mut one = many.clone();
            for millis in &steps {
                many.advance(Span::from_millis(*millis), &RECORD);
            }
            one.advance(Span::from_millis(steps.iter().sum()), &RECORD);
            prop_assert_eq!(many.moment(), one.moment());
        }
    }
}
