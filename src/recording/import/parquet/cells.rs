//! Cells of Arrow arrays.

use std::borrow::Cow;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_schema::{DataType, TimeUnit};

use crate::domain::time::Timestamp;
use crate::domain::value::ValueKind;

/// What stands in a cell.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(&'a str),
    Time(Timestamp),
    /// A number or moment outside of what can be kept.
    Beyond(String),
}

/// The kind of the values in a column; none for times and for what is not readable.
pub(super) fn kind_of(data_type: &DataType) -> Option<ValueKind> {
    match data_type {
        DataType::Boolean => Some(ValueKind::Bool),
        data_type if data_type.is_integer() => Some(ValueKind::Int),
        DataType::Float16 | DataType::Float32 | DataType::Float64 | DataType::Decimal128(..) => Some(ValueKind::Real),
        DataType::Utf8View => Some(ValueKind::Text),
        _ => None,
    }
}

/// True for columns whose cells can be read.
pub(super) fn readable(data_type: &DataType) -> bool {
    kind_of(data_type).is_some() || matches!(data_type, DataType::Timestamp(..) | DataType::Date32 | DataType::Date64)
}

/// The cell of a readable column. Whole numbers up to 64 bit stay exact, decimals become real numbers.
pub(super) fn cell(array: &dyn Array, row: usize) -> Cell<'_> {
    if row >= array.len() || array.is_null(row) {
        return Cell::Null;
    }
    macro_rules! number {
        ($type:ty) => {
            array.as_primitive_opt::<$type>().map(|array| array.value(row))
        };
    }
    let found = match array.data_type() {
        DataType::Boolean => array.as_boolean_opt().map(|array| Cell::Bool(array.value(row))),
        DataType::Int8 => number!(Int8Type).map(|number| Cell::Int(number.into())),
        DataType::Int16 => number!(Int16Type).map(|number| Cell::Int(number.into())),
        DataType::Int32 => number!(Int32Type).map(|number| Cell::Int(number.into())),
        DataType::Int64 => number!(Int64Type).map(Cell::Int),
        DataType::UInt8 => number!(UInt8Type).map(|number| Cell::Int(number.into())),
        DataType::UInt16 => number!(UInt16Type).map(|number| Cell::Int(number.into())),
        DataType::UInt32 => number!(UInt32Type).map(|number| Cell::Int(number.into())),
        DataType::UInt64 => number!(UInt64Type)
            .map(|number| i64::try_from(number).map_or_else(|_| Cell::Beyond(number.to_string()), Cell::Int)),
        DataType::Float16 => number!(Float16Type).map(|number| Cell::Real(number.to_f64())),
        DataType::Float32 => number!(Float32Type).map(|number| Cell::Real(number.into())),
        DataType::Float64 => number!(Float64Type).map(Cell::Real),
        DataType::Decimal128(_, scale) => {
            number!(Decimal128Type).map(|digits| Cell::Real(digits as f64 / 10_f64.powi((*scale).into())))
        }
        DataType::Utf8View => array.as_string_view_opt().map(|array| Cell::Text(array.value(row))),
        DataType::Date32 => number!(Date32Type).map(|days| time(days.into(), 86_400_000_000_000)),
        DataType::Date64 => number!(Date64Type).map(|millis| time(millis, 1_000_000)),
        DataType::Timestamp(unit, _) => match unit {
            TimeUnit::Second => number!(TimestampSecondType).map(|secs| time(secs, 1_000_000_000)),
            TimeUnit::Millisecond => number!(TimestampMillisecondType).map(|millis| time(millis, 1_000_000)),
            TimeUnit::Microsecond => number!(TimestampMicrosecondType).map(|micros| time(micros, 1_000)),
            TimeUnit::Nanosecond => number!(TimestampNanosecondType).map(|nanos| time(nanos, 1)),
        },
        _ => None,
    };
    found.unwrap_or(Cell::Null)
}

fn time(number: i64, nanos_in_unit: i64) -> Cell<'static> {
    match number.checked_mul(nanos_in_unit) {
        Some(nanos) => Cell::Time(Timestamp::from_nanos(nanos)),
        None => Cell::Beyond(number.to_string()),
    }
}

impl<'a> Cell<'a> {
    pub fn kind(&self) -> Option<ValueKind> {
        match self {
            Self::Bool(_) => Some(ValueKind::Bool),
            Self::Int(_) => Some(ValueKind::Int),
            Self::Real(_) => Some(ValueKind::Real),
            Self::Text(_) => Some(ValueKind::Text),
            Self::Null | Self::Time(_) | Self::Beyond(_) => None,
        }
    }

    /// As text; empty where there is nothing.
    pub fn to_text(&self) -> Cow<'a, str> {
        match self {
            Self::Null => "".into(),
            Self::Bool(flag) => flag.to_string().into(),
            Self::Int(number) => number.to_string().into(),
            Self::Real(number) => number.to_string().into(),
            Self::Text(text) => (*text).into(),
            Self::Time(moment) => moment.to_string().into(),
            Self::Beyond(shown) => shown.clone().into(),
        }
    }
}
