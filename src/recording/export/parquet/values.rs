//! Columns of values that are being filled.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampNanosecondBuilder};
use arrow_schema::DataType;

use super::UTC;
use crate::domain::value::{Value, ValueKind};

/// A column of one kind.
pub(super) enum Values {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Real(Float64Builder),
    Text(StringBuilder),
}

impl Values {
    pub fn new(kind: ValueKind) -> Self {
        match kind {
            ValueKind::Bool => Self::Bool(BooleanBuilder::new()),
            ValueKind::Int => Self::Int(Int64Builder::new()),
            ValueKind::Real => Self::Real(Float64Builder::new()),
            ValueKind::Text => Self::Text(StringBuilder::new()),
        }
    }

    /// Adds a cell: empty where the value is none or of another kind.
    pub fn push(&mut self, value: Option<&Value>) {
        match (self, value) {
            (Self::Bool(column), Some(Value::Bool(flag))) => column.append_value(*flag),
            (Self::Int(column), Some(Value::Int(number))) => column.append_value(*number),
            (Self::Real(column), Some(Value::Real(number))) => column.append_value(*number),
            (Self::Text(column), Some(Value::Text(text))) => column.append_value(text),
            (Self::Bool(column), _) => column.append_null(),
            (Self::Int(column), _) => column.append_null(),
            (Self::Real(column), _) => column.append_null(),
            (Self::Text(column), _) => column.append_null(),
        }
    }

    /// The column so far; empty afterwards.
    pub fn take(&mut self) -> ArrayRef {
        match self {
            Self::Bool(column) => Arc::new(column.finish()),
            Self::Int(column) => Arc::new(column.finish()),
            Self::Real(column) => Arc::new(column.finish()),
            Self::Text(column) => Arc::new(column.finish()),
        }
    }
}

pub(super) fn type_of(kind: ValueKind) -> DataType {
    match kind {
        ValueKind::Bool => DataType::Boolean,
        ValueKind::Int => DataType::Int64,
        ValueKind::Real => DataType::Float64,
        ValueKind::Text => DataType::Utf8,
    }
}

/// Bytes that a value takes in a batch beyond its cell.
pub(super) fn text_bytes(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bool(_) | Value::Int(_) | Value::Real(_) => 0,
    }
}

pub(super) fn times() -> TimestampNanosecondBuilder {
    TimestampNanosecondBuilder::new().with_timezone(UTC)
}
