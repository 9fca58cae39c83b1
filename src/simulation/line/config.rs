//! What a line is made of, as numbers with units in their names. Read from files by serde and
//! checked as a whole by [`LineConfig::problems`]; all later code relies on that check.

use serde::{Deserialize, Serialize};

use super::names::{CONVEYOR_COUNT, MACHINE_COUNT};

/// A whole packaging line. Fixed while it runs; what may change are its parameters.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineConfig {
    /// Bottles that the packer puts into a case, 1..=100.
    pub bottles_per_case: u32,
    /// Product in one bottle [L].
    pub bottle_volume_l: f64,
    /// Rinse water for one bottle [L].
    pub rinse_water_l: f64,
    /// Exponent p of "faults per running time grow with (speed / rated speed)^p", 0..=5. 0 keeps the
    /// time between failures independent of speed.
    pub fault_speed_exponent: f64,
    /// In flow order, see [`super::MachineId`].
    pub machines: [MachineConfig; MACHINE_COUNT],
    /// `conveyors[i]` leads from machine i to machine i + 1.
    pub conveyors: [ConveyorConfig; CONVEYOR_COUNT],
    pub pallets: PalletConfig,
    pub packer_bottles_per_cycle: u32,
    pub palletiser_cases_per_cycle: u32,
    pub pasteuriser: PasteuriserConfig,
    pub product: SupplyConfig,
    pub water: SupplyConfig,
}

/// A machine. Speeds are in items of its infeed: cases for the palletiser, bottles for all others.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineConfig {
    /// Design speed; the reference of performance and of power [/min].
    pub rated_speed_per_min: f64,
    /// Highest speed that may be set [/min].
    pub max_speed_per_min: f64,
    /// Speed setpoint at the start [/min].
    pub speed_setpoint_per_min: f64,
    /// Limit of speed changes, up and down, in all states [/min per s].
    pub acceleration_per_min_per_s: f64,
    /// Least part of the setpoint to which speed control slows the machine, 0.05..=1.
    pub min_speed_fraction: f64,
    /// Queued items at the infeed from which the machine runs at full speed; fewer slow it down.
    pub full_speed_infeed_items: u32,
    /// Queued items at the infeed with which a starved machine starts again, at least 1.
    pub restart_infeed_items: u32,
    /// Mean running time between failures at rated speed [min].
    pub mtbf_min: f64,
    /// Standard deviation of the logarithm of repair times, 0..=2.
    pub repair_sigma: f64,
    /// At least one.
    pub faults: Vec<FaultConfig>,
    /// Part of the items handled that the machine throws out, 0..=0.5.
    pub reject_fraction: f64,
    /// Power whenever the machine is not STOPPED [kW].
    pub standby_power_kw: f64,
    /// Power of the drives at rated speed [kW]; falls in proportion to speed.
    pub drive_power_kw: f64,
}

/// One way for a machine to fail.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultConfig {
    pub code: u32,
    pub text: String,
    /// How often, relative to the other faults of the machine; above 0.
    pub weight: f64,
    /// Mean of the lognormal repair time [s].
    pub mean_repair_secs: f64,
}

/// A conveyor that can accumulate.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConveyorConfig {
    pub length_m: f64,
    pub speed_m_per_s: f64,
    /// Items on a metre when they touch each other, over all lanes [/m].
    pub max_density_per_m: f64,
    pub acceleration_m_per_s2: f64,
    /// Filled part from which the machine before slows down; below `backup_fill`.
    pub slow_down_fill: f64,
    /// Filled part at which the machine before is blocked, at most 1.
    pub backup_fill: f64,
    /// Filled part at which a blocked machine starts again; below `backup_fill`.
    pub restart_fill: f64,
    /// Power at `speed_m_per_s` [kW].
    pub power_kw: f64,
}

impl ConveyorConfig {
    /// Items on the full conveyor.
    pub fn capacity(&self) -> u32 {
        (self.length_m * self.max_density_per_m) as u32
    }
}

/// Pallets of empty bottles at the depalletiser.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PalletConfig {
    pub bottles_per_layer: u32,
    pub layers_per_pallet: u32,
    /// Time from the last bottle of a pallet to the first of the next [s].
    pub change_secs: f64,
    /// Height of the carriage at the top layer [m]; 0 at the bottom layer.
    pub carriage_travel_m: f64,
    pub carriage_speed_m_per_s: f64,
}

/// Tunnel pasteuriser: bottles pass three zones of spray water on one belt, whose speed follows the
/// machine speed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasteuriserConfig {
    /// Bottles on a metre of the belt [/m].
    pub density_per_m: f64,
    /// Heating up, holding, cooling down.
    pub zones: [ZoneConfig; 3],
    /// Temperature of bottles at the entry [Cel].
    pub infeed_temperature_cel: f64,
    pub ambient_temperature_cel: f64,
    /// Heat that a full bottle takes up [kJ/K].
    pub bottle_heat_kj_per_k: f64,
    /// Bottles with fewer pasteurisation units are rejected.
    pub min_pu: f64,
    /// Spray water lost while the belt runs [L/min].
    pub make_up_water_l_per_min: f64,
}

/// One zone of the pasteuriser.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneConfig {
    pub length_m: f64,
    /// Temperature setpoint at the start, and the temperature then [Cel].
    pub setpoint_cel: f64,
    /// Spray water of the zone [kg].
    pub water_kg: f64,
    /// Most heat that the steam gives [kW].
    pub max_heating_kw: f64,
    /// Most heat that cold water takes [kW].
    pub max_cooling_kw: f64,
    /// Heat lost to the hall [kW/K].
    pub loss_kw_per_k: f64,
    /// Proportional gain of the controller [kW/K].
    pub gain_kw_per_k: f64,
    /// Integral time of the controller [s].
    pub integral_secs: f64,
}

/// A tank that is filled in batches by a pump.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplyConfig {
    pub capacity_l: f64,
    pub height_m: f64,
    /// Level at the start, 0..=100 [%].
    pub initial_level_pct: f64,
    /// Level at which the pump starts [%].
    pub low_level_pct: f64,
    /// Level at which the pump stops [%].
    pub high_level_pct: f64,
    /// Level at which the consumer must stop [%]; below `low_level_pct`.
    pub empty_level_pct: f64,
    pub pump: PumpConfig,
}

/// A centrifugal pump into the bottom of a tank.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PumpConfig {
    pub rated_speed_per_min: f64,
    pub acceleration_per_min_per_s: f64,
    /// Pressure against a closed valve at rated speed [bar].
    pub shut_off_pressure_bar: f64,
    /// Flow at rated speed into the empty tank [L/min].
    pub rated_flow_l_per_min: f64,
    /// Part of the shut-off pressure that is lost inside the pump at rated flow, 0.05..=0.95; the
    /// rest is lost in the pipe.
    pub inner_loss: f64,
    /// Hydraulic over electrical power, 0.1..=0.95.
    pub efficiency: f64,
    /// Power at rated speed without flow [kW].
    pub no_load_power_kw: f64,
}

/// One value of a [`LineConfig`] that cannot be used.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("{key} is {found}, expected {expected}")]
pub struct ConfigProblem {
    /// Path of the value, for example `machines[2].mtbf_min`.
    pub key: String,
    pub found: String,
    pub expected: String,
}

/// All problems of a configuration, at least one.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("the line cannot be built: {}", .0.iter().map(ConfigProblem::to_string).collect::<Vec<_>>().join("; "))]
pub struct ConfigError(pub Vec<ConfigProblem>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_survives_a_file_and_unknown_keys_are_refused() {
        let config = LineConfig::demo();
        let mut file = serde_json::to_value(&config).expect("numbers and texts only");
        assert_eq!(serde_json::from_value::<LineConfig>(file.clone()).ok(), Some(config));
        file["machines"][2]["mtbf_hours"] = 3.into();
        let refusal = serde_json::from_value::<LineConfig>(file).map_err(|error| error.to_string());
        assert!(refusal.is_err_and(|text| text.contains("unknown field `mtbf_hours`")));
    }
}
