//! The units of a flowsheet and how they hang together, in SI units, and where their states stand.
//!
//! Temperatures are in °C, positions of actuators from 0 to 1. All streams carry one fluid of constant
//! density and heat capacity.

/// A flowsheet that has been checked: every place points into one of the lists.
#[derive(Clone, PartialEq, Default, Debug)]
pub(super) struct Plant {
    /// Controllers run and sensors are read this often [s].
    pub(super) scan_secs: f64,
    pub(super) ambient_cel: f64,
    pub(super) fluid: Fluid,
    pub(super) sources: Vec<Source>,
    pub(super) tanks: Vec<Tank>,
    pub(super) exchangers: Vec<Exchanger>,
    pub(super) actuators: Vec<Actuator>,
    pub(super) sensors: Vec<Sensor>,
    pub(super) loops: Vec<Loop>,
    pub(super) sinks: Vec<String>,
    pub(super) streams: Vec<Stream>,
}

#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(super) struct Fluid {
    pub(super) density_kg_per_m3: f64,
    pub(super) heat_capacity_j_per_kg_k: f64,
}

impl Fluid {
    /// Heat capacity by volume [J/(m³ K)].
    pub(super) fn j_per_m3_k(self) -> f64 {
        self.density_kg_per_m3 * self.heat_capacity_j_per_kg_k
    }
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) temperature_cel: f64,
    pub(super) feed: Feed,
}

/// What a source gives.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Feed {
    /// This much, whatever stands behind [m³/s].
    Flow(f64),
    /// What the valve or pump behind takes at this gauge pressure [bar].
    Pressure(f64),
}

/// A well-mixed upright tank, open at the top.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Tank {
    pub(super) name: String,
    pub(super) area_m2: f64,
    pub(super) height_m: f64,
    /// To the surroundings.
    pub(super) loss_w_per_k: f64,
    /// Heat capacity of the vessel, which has the temperature of the content.
    pub(super) wall_j_per_k: f64,
    pub(super) initial_level_m: f64,
    pub(super) initial_cel: f64,
}

/// A counter-current heat exchanger.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Exchanger {
    pub(super) name: String,
    pub(super) ua_w_per_k: f64,
    /// Fluid that the sides hold, hot and cold.
    pub(super) holdup_m3: [f64; 2],
    pub(super) initial_cel: f64,
}

/// Something with a position from 0 to 1 that follows its demand with a first-order lag.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Actuator {
    /// Of the unit that it is or belongs to.
    pub(super) name: String,
    pub(super) kind: ActuatorKind,
    /// 0: at once at the next scan.
    pub(super) lag_secs: f64,
    pub(super) initial: f64,
    /// The controller that drives it; none where a person does.
    pub(super) driver: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum ActuatorKind {
    /// Flow of water at 1 bar, fully open [m³/h] (IEC 60534-1).
    Valve {
        kv_m3_per_h: f64,
    },
    Pump {
        rated_m3_per_s: f64,
        rated_w: f64,
    },
    Heater {
        tank: usize,
        rated_w: f64,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sensor {
    pub(super) name: String,
    pub(super) of: Quantity,
    pub(super) lag_secs: f64,
    /// Standard deviation of its noise, in the unit of the quantity.
    pub(super) noise: f64,
    /// Limits, in the unit of the quantity.
    pub(super) limits: Option<(f64, f64)>,
}

/// What can be measured: levels [m], temperatures [°C], flows [L/min].
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Quantity {
    Level(usize),
    Temperature(usize),
    Out(usize, Side),
    Flow(usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Hot,
    Cold,
}

/// A controller in parallel form; gains in % per unit of what is measured.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Loop {
    pub(super) name: String,
    pub(super) sensor: usize,
    pub(super) actuator: usize,
    pub(super) kp: f64,
    pub(super) ki_per_sec: f64,
    pub(super) kd_secs: f64,
    /// True where the output must rise with what is measured.
    pub(super) direct: bool,
    pub(super) initial_setpoint: f64,
    pub(super) initial_auto: bool,
    pub(super) initial_manual_pct: f64,
    /// Limits of the output [%].
    pub(super) output_pct: (f64, f64),
}

/// A way of fluid from where it is to where it stays.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Stream {
    pub(super) origin: Origin,
    /// The valve or pump on the way; none where a source gives its own flow.
    pub(super) mover: Option<usize>,
    /// Sides of exchangers on the way, in the order of the flow.
    pub(super) sides: Vec<(usize, Side)>,
    pub(super) end: End,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Origin {
    Source(usize),
    Tank(usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum End {
    Tank(usize),
    Sink(usize),
}

/// Places in the vector of states. The last three are sums over a scan, from 0 at its beginning.
impl Plant {
    /// [m]
    pub(super) fn level(&self, tank: usize) -> usize {
        tank
    }

    /// [°C]
    pub(super) fn temperature(&self, tank: usize) -> usize {
        self.tanks.len() + tank
    }

    /// Temperature at the outlet of a side [°C].
    pub(super) fn out(&self, exchanger: usize, side: Side) -> usize {
        2 * (self.tanks.len() + exchanger) + usize::from(side == Side::Cold)
    }

    /// 0..=1
    pub(super) fn position(&self, actuator: usize) -> usize {
        2 * (self.tanks.len() + self.exchangers.len()) + actuator
    }

    /// What a sensor has reached, without noise, in the unit of its quantity.
    pub(super) fn reading(&self, sensor: usize) -> usize {
        self.position(self.actuators.len()) + sensor
    }

    /// Electricity [kJ].
    pub(super) fn energy(&self) -> usize {
        self.reading(self.sensors.len())
    }

    /// Into a sink [L].
    pub(super) fn delivered(&self, sink: usize) -> usize {
        self.energy() + 1 + sink
    }

    /// Over the rim of a tank [L].
    pub(super) fn spilt(&self, tank: usize) -> usize {
        self.delivered(self.sinks.len()) + tank
    }

    pub(super) fn states(&self) -> usize {
        self.spilt(self.tanks.len())
    }

    /// The stream that a valve or pump moves.
    pub(super) fn stream_of(&self, actuator: usize) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.mover == Some(actuator))
    }
}
