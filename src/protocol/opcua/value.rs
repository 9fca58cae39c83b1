//! Values, times and qualities between the wire and the house. Pure.

use opcua::types::{DataValue, DateTime, StatusCode, Variant, VariantScalarTypeId};
use thiserror::Error;

use crate::domain::quality::Quality;
use crate::domain::time::Timestamp;
use crate::domain::value::Value;

/// Why a variant of the wire is no value of a signal.
#[derive(Error, Clone, PartialEq, Debug)]
pub enum ValueError {
    #[error("no value")]
    Empty,
    #[error("an array of {0} values where one value is expected; name a variable for each of its elements")]
    Array(usize),
    #[error("a structure where one value is expected; name a variable for each of its fields")]
    Structure,
    #[error("{0} is not a finite number")]
    NotFinite(f64),
    #[error("{0} is larger than the whole numbers that are kept")]
    TooLarge(u64),
    #[error("a {0}, which is no number, state or text")]
    Other(&'static str),
}

/// Why a number cannot be sent to a variable.
#[derive(Error, Clone, PartialEq, Debug)]
pub enum NumberError {
    #[error("{value} is no whole number, and a variable of type {kind} holds only those")]
    Fraction { value: f64, kind: VariantScalarTypeId },
    #[error("{value} does not fit into a variable of type {kind}, which holds {low} to {high}")]
    Range { value: f64, kind: VariantScalarTypeId, low: f64, high: f64 },
    #[error("the variable is of type {0}, which holds no number")]
    NoNumber(VariantScalarTypeId),
}

/// One variable as the server told it.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    /// Missing where the server gave none, as it does with bad quality.
    pub value: Result<Value, ValueError>,
    pub quality: Quality,
    /// By the clock of the source, else by that of the server, else none.
    pub time: Option<Timestamp>,
}

/// Reads what a server sent for a variable. A status that was left out is good (OPC 10000-6, 5.2.2.17).
pub fn reading(data: &DataValue) -> Reading {
    let time = data.source_timestamp.as_ref().and_then(moment);
    Reading {
        value: data.value.as_ref().map_or(Err(ValueError::Empty), value),
        quality: data.status.map_or(Quality::Good, |status| Quality::from_status_code(status.bits())),
        time: time.or_else(|| data.server_timestamp.as_ref().and_then(moment)),
    }
}

/// One value of the wire as a value of the house.
///
/// # Errors
/// When it is an array, a structure, not finite, or something that no signal holds.
pub fn value(variant: &Variant) -> Result<Value, ValueError> {
    let real = |number: f64| Value::real(number).ok_or(ValueError::NotFinite(number));
    match variant {
        Variant::Empty => Err(ValueError::Empty),
        Variant::Boolean(flag) => Ok(Value::Bool(*flag)),
        Variant::SByte(number) => Ok(Value::Int((*number).into())),
        Variant::Byte(number) => Ok(Value::Int((*number).into())),
        Variant::Int16(number) => Ok(Value::Int((*number).into())),
        Variant::UInt16(number) => Ok(Value::Int((*number).into())),
        Variant::Int32(number) => Ok(Value::Int((*number).into())),
        Variant::UInt32(number) => Ok(Value::Int((*number).into())),
        Variant::Int64(number) => Ok(Value::Int(*number)),
        Variant::UInt64(number) => i64::try_from(*number).map(Value::Int).map_err(|_| ValueError::TooLarge(*number)),
        Variant::Float(number) => real((*number).into()),
        Variant::Double(number) => real(*number),
        Variant::String(text) => Ok(Value::text(text.as_ref())),
        Variant::LocalizedText(text) => Ok(Value::text(text.text.as_ref())),
        Variant::QualifiedName(name) => Ok(Value::text(name.name.as_ref())),
        Variant::DateTime(time) => Ok(Value::text(&time.to_rfc3339())),
        Variant::Guid(guid) => Ok(Value::text(&guid.to_string())),
        Variant::StatusCode(status) => Ok(Value::Int(status.bits().into())),
        Variant::Array(array) => Err(ValueError::Array(array.values.len())),
        Variant::ExtensionObject(_) => Err(ValueError::Structure),
        Variant::ByteString(_) => Err(ValueError::Other("byte string")),
        Variant::XmlElement(_) => Err(ValueError::Other("XML element")),
        Variant::NodeId(_) | Variant::ExpandedNodeId(_) => Err(ValueError::Other("node id")),
        Variant::Variant(_) | Variant::DataValue(_) | Variant::DiagnosticInfo(_) => {
            Err(ValueError::Other("value inside a value"))
        }
    }
}

/// A value of the house on the wire: Boolean, Int64, Double or String.
pub fn variant(value: &Value) -> Variant {
    match value {
        Value::Bool(flag) => Variant::Boolean(*flag),
        Value::Int(number) => Variant::Int64(*number),
        Value::Real(number) => Variant::Double(*number),
        Value::Text(text) => Variant::String((&**text).into()),
    }
}

/// A number as a variable of this type holds it. Nothing is rounded in silence: into a type of whole numbers go
/// only whole numbers, but for a hair that converting a unit leaves. A Float takes the nearest value that it has,
/// about seven digits.
///
/// # Errors
/// When it does not fit, or the type holds no numbers.
pub fn number(value: f64, kind: VariantScalarTypeId) -> Result<Variant, NumberError> {
    use VariantScalarTypeId::{Boolean, Byte, Double, Float, Int16, Int32, Int64, SByte, UInt16, UInt32, UInt64};
    /// Parts of the value that are taken for a rounding error.
    const HAIR: f64 = 1e-9;
    let nearest = value.round();
    let whole = |low: f64, high: f64| {
        let off = (value - nearest).abs();
        if off.is_nan() || off > HAIR * value.abs().max(1.0) {
            return Err(NumberError::Fraction { value, kind });
        }
        if (low..=high).contains(&nearest) { Ok(nearest) } else { Err(NumberError::Range { value, kind, low, high }) }
    };
    Ok(match kind {
        Boolean => Variant::Boolean(whole(0.0, 1.0)? == 1.0),
        SByte => Variant::SByte(whole(i8::MIN.into(), i8::MAX.into())? as i8),
        Byte => Variant::Byte(whole(u8::MIN.into(), u8::MAX.into())? as u8),
        Int16 => Variant::Int16(whole(i16::MIN.into(), i16::MAX.into())? as i16),
        UInt16 => Variant::UInt16(whole(u16::MIN.into(), u16::MAX.into())? as u16),
        Int32 => Variant::Int32(whole(i32::MIN.into(), i32::MAX.into())? as i32),
        UInt32 => Variant::UInt32(whole(u32::MIN.into(), u32::MAX.into())? as u32),
        Int64 => Variant::Int64(whole(-WHOLE, WHOLE)? as i64),
        UInt64 => Variant::UInt64(whole(0.0, WHOLE)? as u64),
        Float => {
            let (low, high): (f64, f64) = (f32::MIN.into(), f32::MAX.into());
            if !(low..=high).contains(&value) {
                return Err(NumberError::Range { value, kind, low, high });
            }
            Variant::Float(value as f32)
        }
        Double if value.is_finite() => Variant::Double(value),
        Double => return Err(NumberError::Range { value, kind, low: f64::MIN, high: f64::MAX }),
        other => return Err(NumberError::NoNumber(other)),
    })
}

/// Beyond it not every whole number is an f64 of its own.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// A value with its quality and the time at which it held. The wire counts in steps of 100 ns.
pub fn data_value(value: &Value, time: Timestamp, quality: Quality) -> DataValue {
    DataValue {
        value: Some(variant(value)),
        status: Some(StatusCode::from(quality.status_code())),
        source_timestamp: Some(DateTime::from(time.to_utc())),
        ..DataValue::null()
    }
}

/// A time of the wire; none where it is left empty (1601) or off the timeline.
pub fn moment(time: &DateTime) -> Option<Timestamp> {
    if time.is_null() {
        return None;
    }
    time.as_chrono().timestamp_nanos_opt().map(Timestamp::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::quality::{BadReason, UncertainReason};
    use crate::domain::time::Span;

    #[test]
    fn every_number_of_the_wire_keeps_its_value() {
        for (wire, expected) in [
            (Variant::Boolean(true), Value::Bool(true)),
            (Variant::SByte(-128), Value::Int(-128)),
            (Variant::Byte(255), Value::Int(255)),
            (Variant::Int16(i16::MIN), Value::Int(-32_768)),
            (Variant::UInt16(u16::MAX), Value::Int(65_535)),
            (Variant::Int32(i32::MIN), Value::Int(-2_147_483_648)),
            (Variant::UInt32(u32::MAX), Value::Int(4_294_967_295)),
            (Variant::Int64(i64::MIN), Value::Int(i64::MIN)),
            (Variant::UInt64(9_223_372_036_854_775_807), Value::Int(i64::MAX)),
            (Variant::Float(0.5), Value::Real(0.5)),
            (Variant::Double(-1e300), Value::Real(-1e300)),
            (Variant::from("Execute"), Value::text("Execute")),
        ] {
            assert_eq!(value(&wire), Ok(expected), "{wire:?}");
        }
    }

    #[test]
    fn numbers_are_sent_in_the_type_of_the_variable_or_not_at_all() {
        use VariantScalarTypeId as Kind;
        for (value, kind, expected) in [
            (1.0, Kind::Boolean, Variant::Boolean(true)),
            (-128.0, Kind::SByte, Variant::SByte(-128)),
            (255.0, Kind::Byte, Variant::Byte(255)),
            (-32_768.0, Kind::Int16, Variant::Int16(i16::MIN)),
            (570.0, Kind::UInt16, Variant::UInt16(570)),
            // A unit was converted there and back.
            (570.000_000_000_1, Kind::Int32, Variant::Int32(570)),
            (4_294_967_295.0, Kind::UInt32, Variant::UInt32(u32::MAX)),
            (-9_007_199_254_740_992.0, Kind::Int64, Variant::Int64(-9_007_199_254_740_992)),
            (0.0, Kind::UInt64, Variant::UInt64(0)),
            (0.1, Kind::Float, Variant::Float(0.1)),
            (0.1, Kind::Double, Variant::Double(0.1)),
        ] {
            assert_eq!(number(value, kind), Ok(expected), "{value} as {kind}");
        }
        for (value, kind, words) in [
            (570.5, Kind::Int32, "570.5 is no whole number, and a variable of type Int32 holds only those"),
            (70_000.0, Kind::UInt16, "70000 does not fit into a variable of type UInt16, which holds 0 to 65535"),
            (-1.0, Kind::UInt64, "-1 does not fit into"),
            (2.0, Kind::Boolean, "2 does not fit into a variable of type Boolean, which holds 0 to 1"),
            (1e39, Kind::Float, "does not fit into a variable of type Float"),
            (1e16, Kind::Int64, "does not fit into a variable of type Int64"),
            (f64::NAN, Kind::Int16, "NaN is no whole number"),
            (f64::NAN, Kind::Float, "NaN does not fit"),
            (f64::INFINITY, Kind::Double, "inf does not fit"),
            (1.0, Kind::String, "the variable is of type String, which holds no number"),
        ] {
            let error = number(value, kind).expect_err("it does not fit").to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused_by_name() {
        for (wire, expected) in [
            (Variant::Empty, ValueError::Empty),
            (Variant::UInt64(u64::MAX), ValueError::TooLarge(u64::MAX)),
            (Variant::Double(f64::INFINITY), ValueError::NotFinite(f64::INFINITY)),
            (Variant::from(vec![1.0_f64, 2.0, 3.0]), ValueError::Array(3)),
            (Variant::ExtensionObject(Default::default()), ValueError::Structure),
        ] {
            assert_eq!(value(&wire), Err(expected), "{wire:?}");
        }
        assert!(matches!(value(&Variant::Float(f32::NAN)), Err(ValueError::NotFinite(_))));
    }

    #[test]
    fn status_and_source_time_are_read_and_server_time_stands_in() {
        let at = |millis: i64| Timestamp::from_millis(1_700_000_000_000 + millis);
        let time = |millis: i64| Some(DateTime::from(at(millis).to_utc()));
        let mut data = DataValue {
            value: Some(Variant::Double(2.5)),
            status: Some(StatusCode::from(0x4090_0000)),
            source_timestamp: time(1),
            server_timestamp: time(2),
            ..DataValue::null()
        };
        let expected = Quality::Uncertain(UncertainReason::LastUsableValue);
        let told = reading(&data);
        assert_eq!((told.value, told.quality, told.time), (Ok(Value::Real(2.5)), expected, Some(at(1))));
        data.source_timestamp = Some(DateTime::null());
        assert_eq!(reading(&data).time, Some(at(2)));
        let nothing = reading(&DataValue::null());
        assert_eq!((nothing.value, nothing.quality, nothing.time), (Err(ValueError::Empty), Quality::Good, None));
        // The low 16 bits are limit and overflow flags (OPC 10000-4, 7.39.1).
        data.status = Some(StatusCode::from(0x8031_0480));
        assert_eq!(reading(&data).quality, Quality::Bad(BadReason::NoCommunication));
    }

    #[test]
    fn what_is_written_reads_back_the_same_to_a_tenth_of_a_microsecond() {
        let time = Timestamp::from_nanos(1_700_000_000_123_456_789);
        for value in [Value::Bool(false), Value::Int(-7), Value::Real(0.1), Value::text("°C")] {
            let back = reading(&data_value(&value, time, Quality::Bad(BadReason::SensorFailure)));
            assert_eq!((back.value, back.quality), (Ok(value), Quality::Bad(BadReason::SensorFailure)));
            assert_eq!(back.time.map(|back| time - back), Some(Span::from_nanos(89)));
        }
    }
}
