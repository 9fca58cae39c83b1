//! The check of a line configuration: every problem at once, with key, found and expected.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::config::{
    ConfigProblem, ConveyorConfig, LineConfig, MachineConfig, PalletConfig, PasteuriserConfig, SupplyConfig,
};

impl LineConfig {
    /// Everything that keeps the line from being built; empty where it can be.
    pub fn problems(&self) -> Vec<ConfigProblem> {
        let mut check = Check { prefix: String::new(), problems: Vec::new() };
        check.range("bottles_per_case", f64::from(self.bottles_per_case), 1.0..=100.0);
        check.range("bottle_volume_l", self.bottle_volume_l, 0.01..=50.0);
        check.range("rinse_water_l", self.rinse_water_l, 0.0..=50.0);
        check.range("fault_speed_exponent", self.fault_speed_exponent, 0.0..=5.0);
        check.range("packer_bottles_per_cycle", f64::from(self.packer_bottles_per_cycle), 1.0..=1000.0);
        check.range("palletiser_cases_per_cycle", f64::from(self.palletiser_cases_per_cycle), 1.0..=1000.0);
        for (index, machine) in self.machines.iter().enumerate() {
            check.prefix = format!("machines[{index}].");
            let infeed = index.checked_sub(1).and_then(|before| self.conveyors.get(before));
            check.machine(machine, infeed);
        }
        for (index, conveyor) in self.conveyors.iter().enumerate() {
            check.prefix = format!("conveyors[{index}].");
            check.conveyor(conveyor);
        }
        check.prefix = "pallets.".into();
        check.pallets(&self.pallets);
        check.pasteuriser(&self.pasteuriser);
        for (prefix, supply) in [("product.", &self.product), ("water.", &self.water)] {
            check.prefix = prefix.into();
            check.supply(supply);
        }
        check.problems
    }
}

struct Check {
    prefix: String,
    problems: Vec<ConfigProblem>,
}

impl Check {
    fn refuse(&mut self, key: &str, found: impl Display, expected: impl Display) {
        let key = format!("{}{key}", self.prefix);
        self.problems.push(ConfigProblem { key, found: found.to_string(), expected: expected.to_string() });
    }

    /// Also refuses what is not a number: no comparison with NaN holds.
    fn range(&mut self, key: &str, value: f64, range: RangeInclusive<f64>) {
        if !range.contains(&value) {
            self.refuse(key, value, format_args!("{} to {}", range.start(), range.end()));
        }
    }

    fn below(&mut self, key: &str, value: f64, other: &str, limit: f64) {
        if value >= limit {
            self.refuse(key, value, format_args!("less than {other}, which is {limit}"));
        }
    }

    fn machine(&mut self, machine: &MachineConfig, infeed: Option<&ConveyorConfig>) {
        self.range("rated_speed_per_min", machine.rated_speed_per_min, 1.0..=10_000.0);
        self.range("max_speed_per_min", machine.max_speed_per_min, 1.0..=20_000.0);
        self.range("speed_setpoint_per_min", machine.speed_setpoint_per_min, 0.0..=machine.max_speed_per_min);
        self.range("acceleration_per_min_per_s", machine.acceleration_per_min_per_s, 1.0..=100_000.0);
        self.range("min_speed_fraction", machine.min_speed_fraction, 0.05..=1.0);
        self.range("mtbf_min", machine.mtbf_min, 0.1..=1e9);
        self.range("repair_sigma", machine.repair_sigma, 0.0..=2.0);
        self.range("reject_fraction", machine.reject_fraction, 0.0..=0.5);
        self.range("standby_power_kw", machine.standby_power_kw, 0.0..=10_000.0);
        self.range("drive_power_kw", machine.drive_power_kw, 0.0..=10_000.0);
        // Items beyond the backup sensor never queue up, as the machine before is blocked by then.
        let most = infeed.map_or(f64::from(u32::MAX), |conveyor| {
            (0.5 * conveyor.backup_fill * f64::from(conveyor.capacity())).max(1.0).floor()
        });
        self.range("restart_infeed_items", f64::from(machine.restart_infeed_items), 1.0..=most);
        if machine.faults.is_empty() {
            self.refuse("faults", "empty", "at least one fault");
        }
        for (index, fault) in machine.faults.iter().enumerate() {
            self.range(&format!("faults[{index}].weight"), fault.weight, 1e-6..=1e6);
            self.range(&format!("faults[{index}].mean_repair_secs"), fault.mean_repair_secs, 1.0..=86_400.0);
            if fault.text.trim().is_empty() {
                self.refuse(&format!("faults[{index}].text"), "empty", "a text for the operator");
            }
        }
    }

    fn conveyor(&mut self, conveyor: &ConveyorConfig) {
        self.range("length_m", conveyor.length_m, 0.1..=1000.0);
        self.range("speed_m_per_s", conveyor.speed_m_per_s, 0.01..=5.0);
        self.range("max_density_per_m", conveyor.max_density_per_m, 0.1..=1000.0);
        self.range("acceleration_m_per_s2", conveyor.acceleration_m_per_s2, 0.01..=100.0);
        self.range("power_kw", conveyor.power_kw, 0.0..=1000.0);
        self.range("backup_fill", conveyor.backup_fill, 0.1..=1.0);
        self.range("slow_down_fill", conveyor.slow_down_fill, 0.0..=1.0);
        self.range("restart_fill", conveyor.restart_fill, 0.0..=1.0);
        self.below("slow_down_fill", conveyor.slow_down_fill, "backup_fill", conveyor.backup_fill);
        self.below("restart_fill", conveyor.restart_fill, "backup_fill", conveyor.backup_fill);
        if conveyor.capacity() < 4 {
            self.refuse("length_m", conveyor.length_m, "room for at least 4 items at max_density_per_m");
        }
    }

    fn pallets(&mut self, pallets: &PalletConfig) {
        self.range("bottles_per_layer", f64::from(pallets.bottles_per_layer), 1.0..=100_000.0);
        self.range("layers_per_pallet", f64::from(pallets.layers_per_pallet), 1.0..=100.0);
        self.range("change_secs", pallets.change_secs, 0.0..=3600.0);
        self.range("carriage_travel_m", pallets.carriage_travel_m, 0.0..=10.0);
        self.range("carriage_speed_m_per_s", pallets.carriage_speed_m_per_s, 0.001..=10.0);
    }

    fn pasteuriser(&mut self, pasteuriser: &PasteuriserConfig) {
        self.prefix = "pasteuriser.".into();
        self.range("density_per_m", pasteuriser.density_per_m, 1.0..=10_000.0);
        self.range("infeed_temperature_cel", pasteuriser.infeed_temperature_cel, 0.0..=99.0);
        self.range("ambient_temperature_cel", pasteuriser.ambient_temperature_cel, -30.0..=60.0);
        self.range("bottle_heat_kj_per_k", pasteuriser.bottle_heat_kj_per_k, 0.0..=500.0);
        self.range("min_pu", pasteuriser.min_pu, 0.0..=1000.0);
        self.range("make_up_water_l_per_min", pasteuriser.make_up_water_l_per_min, 0.0..=10_000.0);
        for (index, zone) in pasteuriser.zones.iter().enumerate() {
            self.prefix = format!("pasteuriser.zones[{index}].");
            self.range("length_m", zone.length_m, 0.1..=100.0);
            self.range("setpoint_cel", zone.setpoint_cel, 0.0..=99.0);
            self.range("water_kg", zone.water_kg, 10.0..=100_000.0);
            self.range("max_heating_kw", zone.max_heating_kw, 0.0..=100_000.0);
            self.range("max_cooling_kw", zone.max_cooling_kw, 0.0..=100_000.0);
            self.range("loss_kw_per_k", zone.loss_kw_per_k, 0.0..=100.0);
            self.range("gain_kw_per_k", zone.gain_kw_per_k, 0.0..=5_000.0);
            self.range("integral_secs", zone.integral_secs, 1.0..=86_400.0);
            // The explicit step of 0.1 s stays far inside its limit of stability.
            self.below("gain_kw_per_k", zone.gain_kw_per_k, "what water_kg can follow", zone.water_kg);
        }
    }

    fn supply(&mut self, supply: &SupplyConfig) {
        self.range("capacity_l", supply.capacity_l, 10.0..=1e7);
        self.range("height_m", supply.height_m, 0.1..=50.0);
        self.range("initial_level_pct", supply.initial_level_pct, 0.0..=100.0);
        self.range("high_level_pct", supply.high_level_pct, 1.0..=99.0);
        self.range("low_level_pct", supply.low_level_pct, 0.0..=99.0);
        self.range("empty_level_pct", supply.empty_level_pct, 0.0..=99.0);
        self.below("low_level_pct", supply.low_level_pct, "high_level_pct", supply.high_level_pct);
        self.below("empty_level_pct", supply.empty_level_pct, "low_level_pct", supply.low_level_pct);
        self.range("pump.rated_speed_per_min", supply.pump.rated_speed_per_min, 1.0..=30_000.0);
        self.range("pump.acceleration_per_min_per_s", supply.pump.acceleration_per_min_per_s, 1.0..=1e6);
        self.range("pump.shut_off_pressure_bar", supply.pump.shut_off_pressure_bar, 0.1..=100.0);
        self.range("pump.rated_flow_l_per_min", supply.pump.rated_flow_l_per_min, 1.0..=1e6);
        self.range("pump.inner_loss", supply.pump.inner_loss, 0.05..=0.95);
        self.range("pump.efficiency", supply.pump.efficiency, 0.1..=0.95);
        self.range("pump.no_load_power_kw", supply.pump.no_load_power_kw, 0.0..=1000.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demo_line_has_no_problems() {
        assert_eq!(LineConfig::demo().problems(), []);
    }

    #[test]
    fn every_problem_is_named_at_once_with_its_key() {
        let mut config = LineConfig::demo();
        config.machines[2].mtbf_min = f64::NAN;
        config.machines[5].faults.clear();
        config.conveyors[6].restart_fill = 0.99;
        let problems: Vec<_> = config.problems().iter().map(ConfigProblem::to_string).collect();
        assert_eq!(
            problems,
            [
                "machines[2].mtbf_min is NaN, expected 0.1 to 1000000000",
                "machines[5].faults is empty, expected at least one fault",
                "conveyors[6].restart_fill is 0.99, expected less than backup_fill, which is 0.95",
            ]
        );
    }
}
