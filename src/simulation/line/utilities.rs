//! Tanks and the pumps that fill them in batches.

use super::TICK_SECS;
use super::config::{PumpConfig, SupplyConfig};

/// Pressure of a metre of water [bar/m].
const BAR_PER_M: f64 = 0.0980665;
/// Hydraulic power of one bar and one litre per minute [kW].
const KW_PER_BAR_L_PER_MIN: f64 = 1.0 / 600.0;
/// Level above the empty mark from which a consumer that ran dry may start again [%].
const REFILLED_PCT: f64 = 5.0;

/// A centrifugal pump on its pipe into the bottom of a tank.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pump {
    config: PumpConfig,
    /// Speed wanted while running [/min]. Changed by the parameter `XPump/SpeedSetpoint`.
    pub(super) setpoint_per_min: f64,
    speed_per_min: f64,
    flow_l_per_min: f64,
    pressure_bar: f64,
}

impl Pump {
    fn new(config: &PumpConfig) -> Self {
        Self {
            setpoint_per_min: config.rated_speed_per_min,
            speed_per_min: 0.0,
            flow_l_per_min: 0.0,
            pressure_bar: 0.0,
            config: config.clone(),
        }
    }

    /// Shaft speed [{rev}/min].
    pub(super) fn speed_per_min(&self) -> f64 {
        self.speed_per_min
    }

    /// Flow into the tank [L/min].
    pub(super) fn flow_l_per_min(&self) -> f64 {
        self.flow_l_per_min
    }

    /// Pressure behind the check valve at the outlet [bar]; that of the tank while the pump stands.
    pub(super) fn pressure_bar(&self) -> f64 {
        self.pressure_bar
    }

    /// Electrical power [kW].
    pub(super) fn power_kw(&self) -> f64 {
        let speed = self.speed_per_min / self.config.rated_speed_per_min;
        let hydraulic_kw = self.flow_l_per_min * self.pressure_bar * KW_PER_BAR_L_PER_MIN;
        hydraulic_kw / self.config.efficiency + self.config.no_load_power_kw * speed.powi(3)
    }

    /// One tick against a static pressure. The working point is where the pump curve
    /// p0 n^2 - a Q^2 meets the pipe curve p_static + b Q^2 (affinity laws; n relative to rated).
    fn tick(&mut self, on: bool, static_bar: f64) {
        let target = if on { self.setpoint_per_min } else { 0.0 };
        let step = self.config.acceleration_per_min_per_s * TICK_SECS;
        self.speed_per_min += (target - self.speed_per_min).clamp(-step, step);
        let speed = self.speed_per_min / self.config.rated_speed_per_min;
        let over_bar = (self.config.shut_off_pressure_bar * speed * speed - static_bar).max(0.0);
        self.flow_l_per_min = self.config.rated_flow_l_per_min * (over_bar / self.config.shut_off_pressure_bar).sqrt();
        self.pressure_bar = static_bar + (1.0 - self.config.inner_loss) * over_bar;
    }
}

/// A tank with its pump: filled from the low to the high level, then left to run down.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Supply {
    config: SupplyConfig,
    volume_l: f64,
    filling: bool,
    pub(super) pump: Pump,
}

impl Supply {
    pub(super) fn new(config: &SupplyConfig) -> Self {
        Self {
            volume_l: config.capacity_l * config.initial_level_pct / 100.0,
            filling: false,
            pump: Pump::new(&config.pump),
            config: config.clone(),
        }
    }

    /// Puts tank and pump into a state in which they were seen. A pump that turns is filling.
    pub(super) fn restore(&mut self, level_pct: Option<f64>, pump_per_min: Option<f64>) {
        if let Some(level_pct) = level_pct {
            self.volume_l = self.config.capacity_l * level_pct.clamp(0.0, 100.0) / 100.0;
        }
        if let Some(speed_per_min) = pump_per_min {
            self.pump.speed_per_min = speed_per_min.clamp(0.0, 1.2 * self.pump.config.rated_speed_per_min);
            self.filling = speed_per_min > 0.0;
        }
    }

    /// Filled part [%], 0..=100.
    pub(super) fn level_pct(&self) -> f64 {
        100.0 * self.volume_l / self.config.capacity_l
    }

    /// The consumer must stop.
    pub(super) fn empty(&self) -> bool {
        self.level_pct() <= self.config.empty_level_pct
    }

    /// A consumer that stopped may start again.
    pub(super) fn refilled(&self) -> bool {
        self.level_pct() >= self.config.empty_level_pct + REFILLED_PCT
    }

    /// One tick in which `drawn_l` litres were taken.
    pub(super) fn tick(&mut self, drawn_l: f64) {
        let level_pct = self.level_pct();
        if level_pct <= self.config.low_level_pct {
            self.filling = true;
        } else if level_pct >= self.config.high_level_pct {
            self.filling = false;
        }
        self.pump.tick(self.filling, self.config.height_m * level_pct / 100.0 * BAR_PER_M);
        let filled_l = self.pump.flow_l_per_min * TICK_SECS / 60.0;
        self.volume_l = (self.volume_l + filled_l - drawn_l).clamp(0.0, self.config.capacity_l);
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::LineConfig;
    use super::*;

    #[test]
    fn tank_is_filled_in_batches_between_its_levels() {
        let mut supply = Supply::new(&LineConfig::demo().product);
        let (mut lowest, mut highest, mut starts) = (100.0_f64, 0.0_f64, 0);
        for _ in 0..72_000 {
            let filling = supply.filling;
            supply.tick(0.5);
            starts += u32::from(supply.filling && !filling);
            lowest = lowest.min(supply.level_pct());
            highest = highest.max(supply.level_pct());
        }
        assert!((29.0..=30.0).contains(&lowest) && (90.0..91.0).contains(&highest), "{lowest} {highest}");
        // 300 L/min out, 560 in: 2400 L down in 8 min and up in about 9.
        assert!((6..=8).contains(&starts), "{starts}");
    }

    #[test]
    fn pump_works_at_its_rated_point_into_an_empty_tank() {
        let mut pump = Pump::new(&LineConfig::demo().water.pump);
        for _ in 0..100 {
            pump.tick(true, 0.0);
        }
        assert!((pump.flow_l_per_min() - 300.0).abs() < 1e-9);
        assert!((pump.pressure_bar() - 0.6 * 1.8).abs() < 1e-9);
        assert!((pump.power_kw() - (300.0 * 1.08 / 600.0 / 0.62 + 0.6)).abs() < 1e-9);
    }

    #[test]
    fn slow_pump_does_not_lift_against_the_tank() {
        let mut pump = Pump::new(&LineConfig::demo().water.pump);
        pump.setpoint_per_min = 0.3 * 1450.0;
        for _ in 0..100 {
            pump.tick(true, 0.18);
        }
        assert_eq!((pump.flow_l_per_min(), pump.pressure_bar()), (0.0, 0.18));
    }
}
