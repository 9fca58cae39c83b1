//! Units of measure by their UCUM code, with the symbol that people read and conversion.
//!
//! The table holds what plants measure. A unit that it does not know is kept as written and shown
//! as its own symbol; only conversion is then refused.

use std::fmt;
use std::sync::Arc;

/// A unit by its UCUM code, for example `Cel`, `bar`, `/min`. The empty code is "no unit".
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Unit(Arc<str>);

struct Known {
    /// UCUM, case sensitive.
    code: &'static str,
    symbol: &'static str,
    /// Other spellings met in the field.
    aliases: &'static [&'static str],
    dimension: Dimension,
    /// SI value = value * factor + offset.
    factor: f64,
    offset: f64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Ratio,
    Temperature,
    Length,
    Speed,
    Volume,
    VolumeFlow,
    Mass,
    MassFlow,
    Pressure,
    Time,
    Frequency,
    Angle,
    AngularSpeed,
    Power,
    Energy,
    Voltage,
    Current,
    Force,
    Torque,
    Acceleration,
    Conductivity,
}

const fn unit(
    code: &'static str,
    symbol: &'static str,
    aliases: &'static [&'static str],
    dimension: Dimension,
    factor: f64,
) -> Known {
    Known { code, symbol, aliases, dimension, factor, offset: 0.0 }
}

use Dimension::*;

/// Factors after the SI brochure and NIST SP 811, appendix B.
static KNOWN: &[Known] = &[
    unit("1", "", &[], Ratio, 1.0),
    unit("%", "%", &["pct", "percent"], Ratio, 0.01),
    unit("[ppm]", "ppm", &["ppm"], Ratio, 1e-6),
    Known {
        code: "Cel",
        symbol: "°C",
        aliases: &["degC", "°C", "C"],
        dimension: Temperature,
        factor: 1.0,
        offset: 273.15,
    },
    Known {
        code: "[degF]",
        symbol: "°F",
        aliases: &["degF", "°F", "F"],
        dimension: Temperature,
        factor: 5.0 / 9.0,
        offset: 459.67 * 5.0 / 9.0,
    },
    unit("K", "K", &["kelvin"], Temperature, 1.0),
    unit("m", "m", &["metre", "meter"], Length, 1.0),
    unit("mm", "mm", &[], Length, 1e-3),
    unit("cm", "cm", &[], Length, 1e-2),
    unit("km", "km", &[], Length, 1e3),
    unit("[in_i]", "in", &["in", "inch"], Length, 0.0254),
    unit("[ft_i]", "ft", &["ft"], Length, 0.3048),
    unit("m/s", "m/s", &[], Speed, 1.0),
    unit("m/min", "m/min", &[], Speed, 1.0 / 60.0),
    unit("km/h", "km/h", &[], Speed, 1.0 / 3.6),
    unit("m3", "m³", &["m^3", "m³"], Volume, 1.0),
    unit("L", "L", &["l", "litre", "liter"], Volume, 1e-3),
    unit("mL", "mL", &["ml"], Volume, 1e-6),
    unit("m3/h", "m³/h", &["m^3/h", "m³/h"], VolumeFlow, 1.0 / 3600.0),
    unit("m3/s", "m³/s", &[], VolumeFlow, 1.0),
    unit("L/min", "L/min", &["l/min", "lpm"], VolumeFlow, 1e-3 / 60.0),
    unit("L/s", "L/s", &["l/s"], VolumeFlow, 1e-3),
    unit("[gal_us]/min", "gpm", &["gpm"], VolumeFlow, 3.785_411_784e-3 / 60.0),
    unit("kg", "kg", &[], Mass, 1.0),
    unit("g", "g", &[], Mass, 1e-3),
    unit("t", "t", &["tonne"], Mass, 1e3),
    unit("kg/h", "kg/h", &[], MassFlow, 1.0 / 3600.0),
    unit("kg/s", "kg/s", &[], MassFlow, 1.0),
    unit("t/h", "t/h", &[], MassFlow, 1e3 / 3600.0),
    unit("Pa", "Pa", &[], Pressure, 1.0),
    unit("kPa", "kPa", &[], Pressure, 1e3),
    unit("MPa", "MPa", &[], Pressure, 1e6),
    unit("bar", "bar", &[], Pressure, 1e5),
    unit("mbar", "mbar", &[], Pressure, 1e2),
    unit("[psi]", "psi", &["psi"], Pressure, 6_894.757_293_168),
    unit("s", "s", &["sec"], Time, 1.0),
    unit("ms", "ms", &[], Time, 1e-3),
    unit("min", "min", &[], Time, 60.0),
    unit("h", "h", &["hr"], Time, 3600.0),
    unit("d", "d", &[], Time, 86_400.0),
    unit("Hz", "Hz", &["1/s", "/s"], Frequency, 1.0),
    unit("/min", "/min", &["1/min", "bpm", "per_min"], Frequency, 1.0 / 60.0),
    unit("/h", "/h", &["1/h", "per_h"], Frequency, 1.0 / 3600.0),
    unit("rad", "rad", &[], Angle, 1.0),
    unit("deg", "°", &["°"], Angle, std::f64::consts::PI / 180.0),
    unit("rad/s", "rad/s", &[], AngularSpeed, 1.0),
    unit("{rev}/min", "rpm", &["rpm", "RPM"], AngularSpeed, std::f64::consts::TAU / 60.0),
    unit("deg/s", "°/s", &[], AngularSpeed, std::f64::consts::PI / 180.0),
    unit("W", "W", &[], Power, 1.0),
    unit("kW", "kW", &[], Power, 1e3),
    unit("MW", "MW", &[], Power, 1e6),
    unit("[HP]", "hp", &["hp"], Power, 745.699_871_582),
    unit("J", "J", &[], Energy, 1.0),
    unit("kJ", "kJ", &[], Energy, 1e3),
    unit("MJ", "MJ", &[], Energy, 1e6),
    unit("kW.h", "kWh", &["kWh"], Energy, 3.6e6),
    unit("V", "V", &[], Voltage, 1.0),
    unit("mV", "mV", &[], Voltage, 1e-3),
    unit("A", "A", &[], Current, 1.0),
    unit("mA", "mA", &[], Current, 1e-3),
    unit("N", "N", &[], Force, 1.0),
    unit("kN", "kN", &[], Force, 1e3),
    unit("N.m", "N·m", &["Nm"], Torque, 1.0),
    unit("m/s2", "m/s²", &["m/s^2"], Acceleration, 1.0),
    unit("[g]", "g", &[], Acceleration, 9.806_65),
    unit("S/m", "S/m", &[], Conductivity, 1.0),
    unit("uS/cm", "µS/cm", &["µS/cm"], Conductivity, 1e-4),
];

impl Unit {
    /// No unit: counts, states, ratios written as plain numbers.
    pub fn none() -> Self {
        Self("".into())
    }

    /// From a UCUM code or a spelling met in the field (`degC`, `rpm`, `psi`), which becomes the
    /// code. Unknown units are kept as written.
    pub fn new(text: &str) -> Self {
        let text = text.trim();
        Self(find(text).map_or(text, |known| known.code).into())
    }

    pub fn code(&self) -> &str {
        &self.0
    }

    /// What stands after a number on screen; empty for "no unit".
    pub fn symbol(&self) -> &str {
        find(&self.0).map_or(&self.0, |known| known.symbol)
    }

    /// True when conversion and symbol are known.
    pub fn known(&self) -> bool {
        self.0.is_empty() || find(&self.0).is_some()
    }

    /// `value` of this unit expressed in `target`; none where either is unknown or they measure
    /// different things.
    pub fn convert(&self, value: f64, target: &Unit) -> Option<f64> {
        if self == target {
            return Some(value);
        }
        let (from, to) = (find(&self.0)?, find(&target.0)?);
        (from.dimension == to.dimension).then(|| (value * from.factor + from.offset - to.offset) / to.factor)
    }
}

fn find(text: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|known| known.code == text).or_else(|| KNOWN.iter().find(|known| known.aliases.contains(&text)))
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.symbol())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(value: f64, from: &str, to: &str) -> Option<f64> {
        Unit::new(from).convert(value, &Unit::new(to))
    }

    #[test]
    fn converts_by_published_values() {
        for (value, from, to, expected) in [
            (98.6, "[degF]", "Cel", 37.0),
            (100.0, "Cel", "K", 373.15),
            (1.0, "bar", "[psi]", 14.503_773_773),
            (60.0, "rpm", "rad/s", std::f64::consts::TAU),
            (1.0, "kWh", "MJ", 3.6),
            (600.0, "/min", "/h", 36_000.0),
            (50.0, "%", "1", 0.5),
        ] {
            let converted = convert(value, from, to);
            assert!(
                converted.is_some_and(|got| (got - expected).abs() < 1e-6),
                "{value} {from} -> {to}: {converted:?}"
            );
        }
    }

    #[test]
    fn refuses_what_measures_something_else() {
        assert_eq!(convert(1.0, "bar", "Cel"), None);
        assert_eq!(convert(1.0, "furlong", "m"), None);
        assert_eq!(convert(1.0, "furlong", "furlong"), Some(1.0));
    }

    #[test]
    fn codes_are_unique_and_spellings_become_codes() {
        for (index, known) in KNOWN.iter().enumerate() {
            assert!(KNOWN[..index].iter().all(|other| other.code != known.code), "{} twice", known.code);
        }
        assert_eq!(Unit::new("rpm").code(), "{rev}/min");
        assert_eq!(Unit::new("degC").symbol(), "°C");
    }
}
