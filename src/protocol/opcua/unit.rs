//! Units between UCUM, which the house uses, and the UNECE codes of OPC UA (OPC 10000-8, 5.6.3). Pure.

use opcua::types::{EUInformation, LocalizedText};

use crate::domain::unit::Unit;

/// Name space of unit ids that are UNECE common codes.
const UNECE: &str = "http://www.opcfoundation.org/UA/units/un/cefact";

/// Name space of units that have no such code: their display name is UCUM.
const UCUM: &str = "http://unitsofmeasure.org";

/// UCUM code and common code of UNECE Recommendation 20.
static CODES: &[(&str, &str)] = &[
    ("1", "C62"),
    ("%", "P1"),
    ("[ppm]", "59"),
    ("Cel", "CEL"),
    ("[degF]", "FAH"),
    ("K", "KEL"),
    ("m", "MTR"),
    ("mm", "MMT"),
    ("cm", "CMT"),
    ("km", "KMT"),
    ("[in_i]", "INH"),
    ("[ft_i]", "FOT"),
    ("m/s", "MTS"),
    ("L", "LTR"),
    ("m3", "MTQ"),
    ("L/min", "L2"),
    ("m3/h", "MQH"),
    ("g", "GRM"),
    ("kg", "KGM"),
    ("t", "TNE"),
    ("kg/h", "E93"),
    ("Pa", "PAL"),
    ("kPa", "KPA"),
    ("bar", "BAR"),
    ("mbar", "MBR"),
    ("s", "SEC"),
    ("min", "MIN"),
    ("h", "HUR"),
    ("ms", "C26"),
    ("Hz", "HTZ"),
    ("/min", "C94"),
    ("deg", "DD"),
    ("rad", "C81"),
    ("rad/s", "2A"),
    ("{rev}/min", "RPM"),
    ("W", "WTT"),
    ("kW", "KWT"),
    ("MW", "MAW"),
    ("J", "JOU"),
    ("kJ", "KJO"),
    ("MJ", "3B"),
    ("kW.h", "KWH"),
    ("V", "VLT"),
    ("mV", "2Z"),
    ("A", "AMP"),
    ("mA", "4K"),
    ("N", "NEW"),
    ("kN", "B47"),
    ("N.m", "NU"),
    ("m/s2", "MSK"),
];

/// The unit id of a common code: its ASCII bytes as one number (OPC 10000-8, 5.6.3.3).
fn id(code: &str) -> i32 {
    code.bytes().fold(0, |id, byte| id << 8 | i32::from(byte))
}

/// What a server tells of a unit; none for "no unit".
pub fn unit_information(unit: &Unit) -> Option<EUInformation> {
    if unit.code().is_empty() {
        return None;
    }
    let common = CODES.iter().find(|(ucum, _)| *ucum == unit.code());
    Some(EUInformation {
        namespace_uri: if common.is_some() { UNECE } else { UCUM }.into(),
        unit_id: common.map_or(-1, |(_, code)| id(code)),
        display_name: LocalizedText::new("", if common.is_some() { unit.symbol() } else { unit.code() }),
        description: LocalizedText::new("", unit.code()),
    })
}

/// The unit that a server told: by its common code, else by the words it uses.
pub fn unit_from(information: &EUInformation) -> Unit {
    let common = CODES.iter().find(|(_, code)| id(code) == information.unit_id);
    match common {
        Some((ucum, _)) if information.namespace_uri.as_ref() == UNECE => Unit::new(ucum),
        _ => Unit::new(information.display_name.text.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unit ids as the OPC Foundation publishes them in UNECE_to_OPCUA.csv.
    #[test]
    fn common_codes_have_the_published_ids() {
        for (ucum, published) in [("Cel", 4_408_652), ("m/s", 5_067_859), ("%", 20_529), ("mm", 5_066_068)] {
            let told = unit_information(&Unit::new(ucum)).expect("a unit");
            assert_eq!((told.unit_id, told.namespace_uri.as_ref()), (published, UNECE), "{ucum}");
        }
    }

    #[test]
    fn units_come_back_as_they_went() {
        for code in CODES.iter().map(|row| row.0).chain(["furlong", "{Bottle}/h"]) {
            let told = unit_information(&Unit::new(code)).expect("a unit");
            assert_eq!(unit_from(&told), Unit::new(code));
        }
        assert_eq!(unit_information(&Unit::none()), None);
    }

    #[test]
    fn a_server_without_common_codes_is_read_by_its_words() {
        let told = EUInformation { display_name: LocalizedText::new("en", "°C"), ..Default::default() };
        assert_eq!(unit_from(&told).code(), "Cel");
    }
}
