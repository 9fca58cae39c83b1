//! The demo line: a beer line for 36,000 half-litre bottles an hour with a fault somewhere every
//! few minutes. Speeds form a V around the filler (machines away from it are faster). Values are
//! typical of such lines; they are not those of a particular plant.

use super::config::{
    ConveyorConfig, FaultConfig, LineConfig, MachineConfig, PalletConfig, PasteuriserConfig, PumpConfig, SupplyConfig,
    ZoneConfig,
};

impl LineConfig {
    /// The line of the demo factory.
    pub fn demo() -> Self {
        Self {
            bottles_per_case: 12,
            bottle_volume_l: 0.5,
            rinse_water_l: 0.15,
            fault_speed_exponent: 1.5,
            machines: machines(),
            conveyors: conveyors(),
            pallets: PalletConfig {
                bottles_per_layer: 240,
                layers_per_pallet: 8,
                change_secs: 15.0,
                carriage_travel_m: 1.6,
                carriage_speed_m_per_s: 0.15,
            },
            packer_bottles_per_cycle: 48,
            palletiser_cases_per_cycle: 6,
            pasteuriser: pasteuriser(),
            product: supply(4000.0, 3.0, 30.0, 600.0, 2.4),
            water: supply(2000.0, 2.0, 40.0, 300.0, 1.8),
        }
    }
}

type Fault = (u32, &'static str, f64, f64);

/// A machine with rated speed [/min], MTBF [min], reject fraction, standby and drive power [kW], and
/// faults as code, text, weight and mean repair [s].
fn machine(rated: f64, mtbf_min: f64, reject_fraction: f64, power_kw: [f64; 2], faults: &[Fault]) -> MachineConfig {
    MachineConfig {
        rated_speed_per_min: rated,
        max_speed_per_min: 1.2 * rated,
        speed_setpoint_per_min: rated,
        acceleration_per_min_per_s: rated / 1.5,
        min_speed_fraction: 0.35,
        full_speed_infeed_items: 60,
        restart_infeed_items: 40,
        mtbf_min,
        repair_sigma: 0.4,
        faults: faults
            .iter()
            .map(|&(code, text, weight, mean_repair_secs)| FaultConfig {
                code,
                text: text.into(),
                weight,
                mean_repair_secs,
            })
            .collect(),
        reject_fraction,
        standby_power_kw: power_kw[0],
        drive_power_kw: power_kw[1],
    }
}

fn machines() -> [MachineConfig; 8] {
    let depalletiser = [(101, "bottle fallen in layer", 3.0, 40.0), (102, "layer pad not removed", 1.0, 60.0)];
    let rinser = [(201, "gripper not closed", 2.0, 40.0), (202, "infeed screw jam", 1.0, 60.0)];
    let filler = [
        (301, "valve 23 underfill", 2.0, 45.0),
        (302, "bottle burst in carousel", 2.0, 70.0),
        (303, "counter pressure low", 1.0, 35.0),
    ];
    let capper = [(401, "cap jam", 3.0, 45.0), (402, "cap hopper empty", 1.0, 35.0)];
    let pasteuriser = [(501, "spray pump filter blocked", 1.0, 80.0), (502, "bottle fallen at outfeed", 2.0, 50.0)];
    let labeller = [(601, "label web break", 2.0, 75.0), (602, "glue temperature low", 1.0, 50.0)];
    let packer = [
        (701, "carton magazine empty", 2.0, 50.0),
        (702, "gripper lost bottle", 2.0, 45.0),
        (703, "carton flap open", 1.0, 35.0),
    ];
    let palletiser = [(801, "pallet magazine empty", 1.0, 60.0), (802, "case turned wrong", 2.0, 40.0)];
    [
        MachineConfig { restart_infeed_items: 1, ..machine(750.0, 18.0, 0.0005, [2.0, 9.0], &depalletiser) },
        machine(690.0, 30.0, 0.0005, [2.0, 7.5], &rinser),
        MachineConfig { full_speed_infeed_items: 20, ..machine(600.0, 18.0, 0.004, [5.0, 18.0], &filler) },
        MachineConfig {
            full_speed_infeed_items: 8,
            restart_infeed_items: 5,
            ..machine(660.0, 18.0, 0.002, [1.5, 6.0], &capper)
        },
        MachineConfig { min_speed_fraction: 0.9, ..machine(630.0, 45.0, 0.0005, [18.0, 12.0], &pasteuriser) },
        machine(690.0, 9.0, 0.003, [3.0, 8.0], &labeller),
        machine(720.0, 8.0, 0.001, [4.0, 14.0], &packer),
        MachineConfig {
            full_speed_infeed_items: 6,
            restart_infeed_items: 6,
            ..machine(62.5, 12.0, 0.0, [3.0, 11.0], &palletiser)
        },
    ]
}

/// A conveyor of a length [m], speed [m/s], density [/m] and power [kW].
fn conveyor(length_m: f64, speed_m_per_s: f64, max_density_per_m: f64, power_kw: f64) -> ConveyorConfig {
    ConveyorConfig {
        length_m,
        speed_m_per_s,
        max_density_per_m,
        acceleration_m_per_s2: 0.5,
        slow_down_fill: 0.75,
        backup_fill: 0.95,
        restart_fill: 0.85,
        power_kw,
    }
}

fn conveyors() -> [ConveyorConfig; 7] {
    [
        conveyor(15.0, 0.5, 45.0, 2.2),
        conveyor(12.0, 0.6, 50.0, 2.2),
        // Filler and capper are close to each other: the cap comes before the foam.
        conveyor(4.0, 1.0, 20.0, 0.8),
        conveyor(14.0, 0.4, 60.0, 2.8),
        conveyor(14.0, 0.4, 60.0, 2.8),
        conveyor(12.0, 0.5, 45.0, 2.2),
        conveyor(12.0, 0.8, 2.5, 1.5),
    ]
}

/// At 600 bottles/min 2, 4 and 2 minutes in the zones.
fn pasteuriser() -> PasteuriserConfig {
    let zone = |length_m, setpoint_cel, max_heating_kw, max_cooling_kw| ZoneConfig {
        length_m,
        setpoint_cel,
        water_kg: 3000.0,
        max_heating_kw,
        max_cooling_kw,
        loss_kw_per_k: 0.5,
        gain_kw_per_k: 300.0,
        integral_secs: 60.0,
    };
    PasteuriserConfig {
        density_per_m: 300.0,
        zones: [zone(4.0, 45.0, 1200.0, 150.0), zone(8.0, 62.0, 700.0, 150.0), zone(4.0, 35.0, 200.0, 1000.0)],
        infeed_temperature_cel: 10.0,
        ambient_temperature_cel: 22.0,
        // Half a litre of beer and 350 g of glass.
        bottle_heat_kj_per_k: 0.5 * 4.1 + 0.35 * 0.8,
        min_pu: 5.0,
        make_up_water_l_per_min: 20.0,
    }
}

fn supply(capacity_l: f64, height_m: f64, low_level_pct: f64, flow_l_per_min: f64, pressure_bar: f64) -> SupplyConfig {
    SupplyConfig {
        capacity_l,
        height_m,
        initial_level_pct: 60.0,
        low_level_pct,
        high_level_pct: 90.0,
        empty_level_pct: 2.0,
        pump: PumpConfig {
            rated_speed_per_min: 1450.0,
            acceleration_per_min_per_s: 500.0,
            shut_off_pressure_bar: pressure_bar,
            rated_flow_l_per_min: flow_l_per_min,
            inner_loss: 0.4,
            efficiency: 0.62,
            no_load_power_kw: 0.6,
        },
    }
}
