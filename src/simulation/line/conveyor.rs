//! Conveyors: items need the length of the belt over its speed to arrive, then queue before the
//! next machine until the belt is full.
//!
//! This is the point-queue form of kinematic wave theory (Newell 1993, "A simplified theory of
//! kinematic waves in highway traffic"): exact for plug flow on a belt that slips under queued items.
//! Items are whole numbers, so that none is ever lost to rounding.

use std::collections::VecDeque;

use super::TICK_SECS;
use super::config::ConveyorConfig;

/// Time without need after which a belt is switched off to save energy [s].
const IDLE_STOP_SECS: f64 = 5.0;

/// Items under way on a belt without queueing: they leave in order, one belt length after they came.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct DelayLine {
    length_m: f64,
    /// Belt travel since the start [m].
    travel_m: f64,
    /// Items by the travel at which they arrive at the end, in order.
    batches: VecDeque<Batch>,
    count: u32,
}

#[derive(Clone, Copy, PartialEq, Debug)]
struct Batch {
    arrives_at_m: f64,
    count: u32,
}

impl DelayLine {
    pub(super) fn new(length_m: f64) -> Self {
        Self { length_m, travel_m: 0.0, batches: VecDeque::new(), count: 0 }
    }

    /// The same line with so many items, all at the same distance from each other. How far the belt
    /// has travelled is given by the caller.
    pub(super) fn spread(&self, travel_m: f64, count: u32) -> Self {
        let distance_m = self.length_m / f64::from(count.max(1));
        let batch = |place| Batch { arrives_at_m: travel_m + distance_m * f64::from(place), count: 1 };
        Self { length_m: self.length_m, travel_m, batches: (1..=count).map(batch).collect(), count }
    }

    /// Items on the way.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Belt travel since the start [m].
    pub(super) fn travel_m(&self) -> f64 {
        self.travel_m
    }

    /// Puts items on the beginning of the belt.
    pub(super) fn push(&mut self, count: u32) {
        if count == 0 {
            return;
        }
        self.count += count;
        let arrives_at_m = self.travel_m + self.length_m;
        match self.batches.back_mut() {
            Some(last) if last.arrives_at_m == arrives_at_m => last.count += count,
            _ => self.batches.push_back(Batch { arrives_at_m, count }),
        }
    }

    /// Moves the belt; gives the items that fell off its end.
    pub(super) fn advance(&mut self, distance_m: f64) -> u32 {
        self.travel_m += distance_m;
        let mut arrived = 0;
        while let Some(first) = self.batches.front()
            && first.arrives_at_m <= self.travel_m
        {
            arrived += first.count;
            self.batches.pop_front();
        }
        self.count -= arrived;
        arrived
    }
}

/// What was seen of a conveyor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Belt {
    pub(super) fill: f64,
    pub(super) speed_m_per_s: f64,
    pub(super) travel_m: f64,
    /// Items that come in [/s].
    pub(super) infeed_per_sec: f64,
    /// The next machine finds nothing to take.
    pub(super) queue_empty: bool,
}

/// A conveyor with a moving part and a queue before the next machine.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Conveyor {
    config: ConveyorConfig,
    moving: DelayLine,
    /// Items queued at the end, ready for the next machine.
    queued: u32,
    /// Speed wanted while running [m/s]. Changed by the parameter `ConveyorN/SpeedSetpoint`.
    pub(super) speed_setpoint_m_per_s: f64,
    speed_m_per_s: f64,
    running: bool,
    idle_secs: f64,
    /// Items that the belt can still take up, and give off: speed times density, saved up to a little.
    entry_credit: f64,
    exit_credit: f64,
}

impl Conveyor {
    pub(super) fn new(config: &ConveyorConfig) -> Self {
        Self {
            config: config.clone(),
            moving: DelayLine::new(config.length_m),
            queued: 0,
            speed_setpoint_m_per_s: config.speed_m_per_s,
            speed_m_per_s: 0.0,
            running: false,
            idle_secs: 0.0,
            entry_credit: 0.0,
            exit_credit: 0.0,
        }
    }

    /// Items on the conveyor, 0..=capacity.
    pub(super) fn inside(&self) -> u32 {
        self.moving.count() + self.queued
    }

    /// Items queued before the next machine.
    pub(super) fn queued(&self) -> u32 {
        self.queued
    }

    /// Filled part of the capacity, 0..=1.
    pub(super) fn fill(&self) -> f64 {
        f64::from(self.inside()) / f64::from(self.config.capacity())
    }

    /// The belt is switched on.
    pub(super) fn running(&self) -> bool {
        self.running
    }

    /// Belt speed [m/s].
    pub(super) fn speed_m_per_s(&self) -> f64 {
        self.speed_m_per_s
    }

    /// Belt travel since the start [m].
    pub(super) fn travel_m(&self) -> f64 {
        self.moving.travel_m()
    }

    /// Electrical power [kW].
    pub(super) fn power_kw(&self) -> f64 {
        self.config.power_kw * self.speed_m_per_s / self.config.speed_m_per_s
    }

    /// Puts the conveyor into a state in which it was seen. How its items are shared between belt and
    /// queue is estimated: as many as come within the time of transport are on the way.
    pub(super) fn restore(&mut self, seen: Belt) {
        let inside = (seen.fill.clamp(0.0, 1.0) * f64::from(self.config.capacity())).round() as u32;
        let transport_secs = self.config.length_m / self.speed_setpoint_m_per_s.max(1e-3);
        let under_way = (seen.infeed_per_sec.max(0.0) * transport_secs).round() as u32;
        let moving = if seen.queue_empty { inside } else { under_way.min(inside) };
        self.queued = inside - moving;
        self.moving = self.moving.spread(seen.travel_m, moving);
        self.speed_m_per_s = seen.speed_m_per_s;
        self.running = seen.speed_m_per_s > 0.0;
        self.idle_secs = if self.running { 0.0 } else { IDLE_STOP_SECS };
    }

    /// Items that can be put on now.
    pub(super) fn room(&self) -> u32 {
        (self.config.capacity() - self.inside()).min(self.entry_credit as u32)
    }

    /// Items that can be taken off now.
    pub(super) fn available(&self) -> u32 {
        self.queued.min(self.exit_credit as u32)
    }

    /// Puts items on; the caller asked [`Self::room`] before.
    pub(super) fn push(&mut self, count: u32) {
        debug_assert!(count <= self.room());
        self.entry_credit -= f64::from(count);
        self.moving.push(count);
    }

    /// Takes items off; the caller asked [`Self::available`] before.
    pub(super) fn take(&mut self, count: u32) {
        debug_assert!(count <= self.available());
        self.exit_credit -= f64::from(count);
        self.queued -= count;
    }

    /// Speed control for the machine before: 1 up to the slow-down mark, falling to `least` at the backup sensor.
    pub(super) fn outfeed_speed_fraction(&self, least: f64) -> f64 {
        let over = (self.fill() - self.config.slow_down_fill) / (self.config.backup_fill - self.config.slow_down_fill);
        1.0 - (1.0 - least) * over.clamp(0.0, 1.0)
    }

    /// The backup sensor is covered: the machine before must stop.
    pub(super) fn backed_up(&self) -> bool {
        self.fill() >= self.config.backup_fill
    }

    /// The queue has fallen so far that the machine before may start again.
    pub(super) fn cleared(&self) -> bool {
        self.fill() <= self.config.restart_fill
    }

    /// One tick. The belt runs while a neighbour turns or items are on the way, and a little longer.
    pub(super) fn tick(&mut self, neighbours_turn: bool) {
        let needed = neighbours_turn || self.moving.count() > 0;
        self.idle_secs = if needed { 0.0 } else { self.idle_secs + TICK_SECS };
        self.running = self.idle_secs < IDLE_STOP_SECS;
        let target = if self.running { self.speed_setpoint_m_per_s } else { 0.0 };
        let step = self.config.acceleration_m_per_s2 * TICK_SECS;
        self.speed_m_per_s += (target - self.speed_m_per_s).clamp(-step, step);

        let distance_m = self.speed_m_per_s * TICK_SECS;
        self.queued += self.moving.advance(distance_m);
        let passing = distance_m * self.config.max_density_per_m;
        // Two items may be saved up, so that whole items do not lose against a fraction per tick.
        self.entry_credit = (self.entry_credit + passing).min(passing + 2.0);
        self.exit_credit = (self.exit_credit + passing).min(passing + 2.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ConveyorConfig {
        ConveyorConfig {
            length_m: 10.0,
            speed_m_per_s: 0.5,
            max_density_per_m: 20.0,
            acceleration_m_per_s2: 1000.0,
            slow_down_fill: 0.7,
            backup_fill: 0.9,
            restart_fill: 0.8,
            power_kw: 1.0,
        }
    }

    /// Ticks until a condition holds, with the belt in use.
    fn ticks_until(conveyor: &mut Conveyor, done: impl Fn(&Conveyor) -> bool) -> u32 {
        (0..10_000)
            .find(|_| {
                done(conveyor) || {
                    conveyor.tick(true);
                    false
                }
            })
            .unwrap_or(u32::MAX)
    }

    #[test]
    fn items_arrive_after_length_over_speed() {
        let mut conveyor = Conveyor::new(&config());
        conveyor.tick(true);
        conveyor.push(1);
        let ticks = ticks_until(&mut conveyor, |conveyor| conveyor.available() > 0);
        assert!((f64::from(ticks) * TICK_SECS - 10.0 / 0.5).abs() <= 2.0 * TICK_SECS, "{ticks}");
    }

    #[test]
    fn nothing_arrives_while_the_belt_stands() {
        let mut conveyor = Conveyor::new(&config());
        conveyor.tick(true);
        conveyor.push(1);
        conveyor.speed_setpoint_m_per_s = 0.0;
        for _ in 0..1000 {
            conveyor.tick(true);
        }
        assert_eq!((conveyor.queued(), conveyor.inside()), (0, 1));
    }

    #[test]
    fn takes_no_more_than_its_capacity_and_says_backed_up_before() {
        let mut conveyor = Conveyor::new(&config());
        for _ in 0..10_000 {
            conveyor.tick(true);
            let room = conveyor.room();
            conveyor.push(room);
        }
        assert_eq!(conveyor.inside(), 200);
        assert!(conveyor.backed_up() && !conveyor.cleared());
        assert!((conveyor.outfeed_speed_fraction(0.3) - 0.3).abs() < 1e-12);
    }

    #[test]
    fn flow_is_limited_by_speed_times_density() {
        let mut conveyor = Conveyor::new(&config());
        let mut passed = 0;
        for _ in 0..10_000 {
            conveyor.tick(true);
            let room = conveyor.room();
            conveyor.push(room);
            let available = conveyor.available();
            conveyor.take(available);
            passed += available;
        }
        // 0.5 m/s times 20 /m over 1000 s, less the first 20 s on the way. A belt packed to the last
        // item loses a tick per length, half a per cent here.
        let most = 10.0 * 980.0;
        assert!((0.99 * most..=most).contains(&f64::from(passed)), "{passed}");
    }

    #[test]
    fn belt_without_need_is_switched_off() {
        let mut conveyor = Conveyor::new(&config());
        let ticks = (0..1000).find(|_| {
            conveyor.tick(false);
            !conveyor.running()
        });
        assert_eq!(ticks.map(|ticks| (f64::from(ticks) * TICK_SECS).round()), Some(IDLE_STOP_SECS));
        conveyor.tick(true);
        assert!(conveyor.running());
    }
}
