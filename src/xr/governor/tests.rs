//! Loads of made-up machines: what fits is worked out from the load, not from the governor.

use proptest::prelude::*;

use super::*;

/// Of a headset with 90 pictures a second.
const BUDGET: Duration = Duration::from_micros(11_111);

/// A made-up machine: what a frame costs, as shares of the budget.
#[derive(Clone, Copy, Debug)]
struct Load {
    base: f32,
    /// At full resolution.
    pixels: f32,
    shadows: f32,
    /// What lies beyond 150 m, and what lies between that and 60 m.
    far: f32,
    middle: f32,
}

impl Load {
    fn of_pixels(base: f32, pixels: f32) -> Self {
        Self { base, pixels, shadows: 0.0, far: 0.0, middle: 0.0 }
    }

    fn cost(&self, level: Level) -> f32 {
        let shadows = if level.shadows { self.shadows } else { 0.0 };
        let distance = level.draw_distance.unwrap_or(f32::INFINITY);
        let far = if distance > 150.0 { self.far } else { 0.0 };
        let middle = if distance > 60.0 { self.middle } else { 0.0 };
        self.base + self.pixels * level.resolution * level.resolution + shadows + far + middle
    }

    /// The best step that fits, if any does.
    fn best(&self) -> Option<usize> {
        STEPS.iter().position(|level| self.cost(*level) <= 0.85)
    }
}

/// A governor with a clock.
#[derive(Default)]
struct Run {
    governor: Governor,
    now: Duration,
    /// Time and step of every change.
    changes: Vec<(f32, usize)>,
}

impl Run {
    fn frame(&mut self, share: f32) -> bool {
        // A headset waits for its next picture, or the one after that.
        self.now += BUDGET.mul_f32(share.ceil().max(1.0));
        let changed = self.governor.frame(BUDGET.mul_f32(share), BUDGET, self.now);
        if changed {
            self.changes.push((self.now.as_secs_f32(), self.governor.step));
        }
        changed
    }

    fn under(&mut self, load: Load, secs: f32) {
        let end = self.now + Duration::from_secs_f32(secs);
        while self.now < end {
            let cost = load.cost(self.governor.level());
            self.frame(cost);
        }
    }

    /// Frames alike, until the level changes: how many it took.
    fn frames_until_change(&mut self, share: f32, most: usize) -> Option<usize> {
        (1..=most).find(|_| self.frame(share))
    }
}

#[test]
fn levels_go_from_best_to_plainest_and_each_gives_up_one_thing() {
    let given_up = |a: &Level, b: &Level| {
        usize::from(a.resolution > b.resolution)
            + usize::from(a.shadows && !b.shadows)
            + usize::from(a.draw_distance.unwrap_or(f32::INFINITY) > b.draw_distance.unwrap_or(f32::INFINITY))
    };
    for pair in STEPS.windows(2) {
        assert_eq!((given_up(&pair[0], &pair[1]), given_up(&pair[1], &pair[0])), (1, 0), "{pair:?}");
    }
}

#[test]
fn it_says_what_is_reduced() {
    let notes: Vec<String> = STEPS.iter().map(Level::note).collect();
    assert_eq!(notes[0], "");
    assert_eq!(Governor::default().note(), "");
    assert_eq!(notes[1], "Slow frames: 90 % resolution");
    assert_eq!(notes[3], "Slow frames: no shadows, 80 % resolution");
    assert_eq!(notes[7], "Slow frames: no shadows, nothing beyond 60 m, 60 % resolution");
}

#[test]
fn it_steps_down_before_frames_are_missed() {
    let mut run = Run::default();
    assert_eq!(run.frames_until_change(0.86, 100), Some(30));
    assert_eq!(run.governor.level(), level(0.9, true, None));
    assert_eq!(run.frames_until_change(0.84, 3000), None);
}

#[test]
fn far_too_slow_frames_cost_two_steps_at_once() {
    let mut run = Run::default();
    assert_eq!(run.frames_until_change(1.3, 100), Some(30));
    assert_eq!(run.governor.level(), level(0.8, true, None));
    // After good frames the fourth bad one in thirty is the 90th percentile.
    let mut run = Run::default();
    assert_eq!(run.frames_until_change(0.7, 300), None);
    assert_eq!(run.frames_until_change(1.3, 100), Some(4));
    assert_eq!(run.governor.step, 2);
}

#[test]
fn three_frames_that_hang_change_nothing() {
    let mut run = Run::default();
    for _ in 0..20 {
        assert_eq!(run.frames_until_change(0.7, 27), None);
        assert_eq!(run.frames_until_change(9.0, 3), None);
    }
}

#[test]
fn it_steps_up_after_five_seconds_of_room() {
    let mut run = Run::default();
    run.frames_until_change(0.9, 30);
    let down_at = run.now;
    assert!(run.frames_until_change(0.5, 1000).is_some());
    // Thirty frames to look at, then 5 s.
    let waited = (run.now - down_at).as_secs_f32();
    let expected = 30.0 * BUDGET.as_secs_f32() + 5.0;
    assert!((waited - expected).abs() < 2.5 * BUDGET.as_secs_f32(), "{waited}");
    assert_eq!(run.governor.step, 0);
}

#[test]
fn a_moment_without_room_starts_the_wait_anew() {
    let mut run = Run::default();
    run.frames_until_change(0.9, 30);
    assert_eq!(run.frames_until_change(0.5, 400), None);
    assert_eq!(run.frames_until_change(0.7, 10), None);
    assert_eq!(run.frames_until_change(0.5, 400), None);
}

#[test]
fn at_the_plainest_level_a_spike_starts_the_wait_anew_as_well() {
    let mut run = Run::default();
    run.under(Load::of_pixels(1.5, 0.0), 5.0);
    assert_eq!(run.governor.step, 7);
    assert_eq!(run.frames_until_change(0.5, 400), None);
    // From far below to far above and back: no frame lies between.
    assert_eq!(run.frames_until_change(2.0, 30), None);
    assert_eq!(run.frames_until_change(0.5, 400), None);
    assert!(run.frames_until_change(0.5, 100).is_some());
}

#[test]
fn after_each_failed_step_up_it_waits_twice_as_long() {
    let mut run = Run::default();
    // Light at the plainer level, too heavy at the better one.
    let load = Load { shadows: 0.5, ..Load::of_pixels(0.45, 0.0) };
    run.under(load, 1200.0);
    let ups: Vec<f32> = run.changes.windows(2).filter(|pair| pair[1].1 < pair[0].1).map(|pair| pair[1].0).collect();
    let gaps: Vec<f32> = ups.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // Beside the wait, thirty frames to see that it failed and thirty to look anew.
    for (gap, wait) in gaps.iter().zip([10.0, 20.0, 40.0, 80.0, 120.0, 120.0, 120.0]) {
        assert!((gap - wait).abs() < 1.0, "{gaps:?}");
    }
    assert!(gaps.len() >= 7, "{gaps:?}");
}

#[test]
fn a_step_up_that_lasts_makes_the_next_wait_short_again() {
    let mut run = Run::default();
    let heavy = Load { shadows: 0.5, ..Load::of_pixels(0.45, 0.0) };
    run.under(heavy, 300.0);
    assert!(run.governor.waits[2] > Duration::from_secs(60));
    let light = Load::of_pixels(0.3, 0.0);
    run.under(light, 140.0 + 3.0 * 11.0);
    assert_eq!((run.governor.step, run.governor.waits), (0, [Duration::from_secs(5); 8]));
}

#[test]
fn a_step_that_holds_does_not_forgive_the_better_one_that_fails() {
    let mut run = Run::default();
    // With shadows far too slow, so that each try falls two steps and climbs one that holds.
    run.under(Load { shadows: 1.0, ..Load::of_pixels(0.45, 0.0) }, 1200.0);
    let tries: Vec<f32> = run.changes.iter().filter(|change| change.1 == 2).map(|change| change.0).collect();
    assert!(tries.len() < 16, "{tries:?}");
    assert!(tries.windows(2).skip(6).all(|pair| pair[1] - pair[0] > 119.0), "{tries:?}");
}

#[test]
fn a_load_that_needs_shadows_off_finds_that_level() {
    let mut run = Run::default();
    let load = Load { shadows: 0.3, ..Load::of_pixels(0.2, 0.7) };
    // At the third step 0.2 + 0.7 * 0.64 = 0.65: it fits, with no room to step up.
    run.under(load, 600.0);
    assert_eq!((run.governor.step, load.best()), (3, Some(3)));
    assert!(run.changes.len() <= 3, "{:?}", run.changes);
}

#[test]
fn a_load_that_nothing_helps_ends_at_the_plainest_level_and_stays() {
    let mut run = Run::default();
    run.under(Load::of_pixels(1.5, 0.2), 600.0);
    assert_eq!(run.changes.iter().map(|change| change.1).collect::<Vec<_>>(), [2, 4, 6, 7]);
}

#[test]
fn it_recovers_when_the_load_goes() {
    let mut run = Run::default();
    run.under(Load { far: 0.5, ..Load::of_pixels(0.4, 0.6) }, 30.0);
    assert!(run.governor.step >= 3);
    // Seven steps of 5 s and a third of a second at most.
    run.under(Load::of_pixels(0.2, 0.3), 7.0 * 5.5);
    assert_eq!(run.governor.level(), STEPS[0]);
}

#[test]
fn a_pause_is_no_time_with_room() {
    let mut run = Run::default();
    run.frames_until_change(0.9, 30);
    assert_eq!(run.frames_until_change(0.5, 100), None);
    run.now += Duration::from_secs(3600);
    assert_eq!(run.frames_until_change(0.5, 400), None);
    assert!(run.frames_until_change(0.5, 200).is_some());
}

#[test]
fn another_budget_is_judged_by_its_own_measure() {
    let mut governor = Governor::default();
    let took = Duration::from_millis(10);
    let mut frame = |budget: Duration, index: u64| governor.frame(took, budget, Duration::from_millis(14 * index));
    // 10 ms of 13.9 ms is 72 %, of 11.1 ms it is 90 %.
    assert!((0..100).all(|index| !frame(Duration::from_micros(13_889), index)));
    assert!((100..131).any(|index| frame(BUDGET, index)));
    assert!(!frame(Duration::ZERO, 132));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_load_settles_where_frames_come_in_time(
        base in 0.1..0.5_f32,
        pixels in 0.0..1.2_f32,
        shadows in 0.0..1.2_f32,
        far in 0.0..0.8_f32,
        middle in 0.0..0.5_f32,
    ) {
        let load = Load { base, pixels, shadows, far, middle };
        prop_assume!(load.best().is_some());
        let mut run = Run::default();
        run.under(load, 400.0);
        let settled = run.changes.len();
        let (mut frames, mut tight) = (0, 0);
        let end = run.now + Duration::from_secs(400);
        while run.now < end {
            let cost = load.cost(run.governor.level());
            (frames, tight) = (frames + 1, tight + usize::from(cost > 0.85));
            run.frame(cost);
        }
        // At most one try every two minutes, of thirty frames each, which falls two steps and climbs one.
        prop_assert!(run.changes.len() - settled <= 12, "{:?}", run.changes);
        prop_assert!(tight <= 120 && frames > 30_000, "{tight} of {frames}");
    }
}
