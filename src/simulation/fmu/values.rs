//! From the values of the house to the types of FMI 2 and FMI 3 and back.

use super::description::{FmiVersion, VariableKind};
use super::held::{Flag2, Flag3, Held};
use super::library::{Fault, Instance};
use crate::domain::value::Value;

impl Instance {
    /// The value of a variable; none where it is a number that is not finite.
    ///
    /// # Errors
    /// When the binary refuses, or gives a number beyond what a sample holds.
    pub fn get(&mut self, kind: &VariableKind, reference: u32) -> Result<Option<Value>, Fault> {
        Ok(match kind {
            VariableKind::Float64 => Value::real(self.read::<f64>(reference)?),
            VariableKind::Float32 => Value::real(self.read::<f32>(reference)?.into()),
            VariableKind::Boolean => Some(Value::Bool(match self.version() {
                FmiVersion::V2 => self.read::<Flag2>(reference)?.is_set(),
                FmiVersion::V3 => self.read::<Flag3>(reference)?.is_set(),
            })),
            VariableKind::String => Some(Value::text(&self.read_text(reference)?)),
            VariableKind::Enumeration(_) if self.version() == FmiVersion::V2 => self.whole::<i32>(reference)?,
            VariableKind::Int8 => self.whole::<i8>(reference)?,
            VariableKind::UInt8 => self.whole::<u8>(reference)?,
            VariableKind::Int16 => self.whole::<i16>(reference)?,
            VariableKind::UInt16 => self.whole::<u16>(reference)?,
            VariableKind::Int32 => self.whole::<i32>(reference)?,
            VariableKind::UInt32 => self.whole::<u32>(reference)?,
            VariableKind::Int64 | VariableKind::Enumeration(_) => self.whole::<i64>(reference)?,
            VariableKind::UInt64 => self.whole::<u64>(reference)?,
        })
    }

    /// Sets a variable to a value that [`VariableKind::fit`] found to fit.
    ///
    /// # Errors
    /// When the binary refuses, or the value does not fit.
    pub fn set(&mut self, kind: &VariableKind, reference: u32, value: &Value) -> Result<(), Fault> {
        match (kind, value) {
            (VariableKind::Float64, Value::Real(number)) => self.write(reference, *number),
            (VariableKind::Float32, Value::Real(number)) => self.write(reference, *number as f32),
            (VariableKind::Boolean, Value::Bool(flag)) => match self.version() {
                FmiVersion::V2 => self.write(reference, Flag2::from(*flag)),
                FmiVersion::V3 => self.write(reference, Flag3::from(*flag)),
            },
            (VariableKind::String, Value::Text(text)) => self.write_text(reference, text),
            (VariableKind::Enumeration(_), Value::Int(number)) if self.version() == FmiVersion::V2 => {
                self.set_whole::<i32>(reference, *number)
            }
            (VariableKind::Int8, Value::Int(number)) => self.set_whole::<i8>(reference, *number),
            (VariableKind::UInt8, Value::Int(number)) => self.set_whole::<u8>(reference, *number),
            (VariableKind::Int16, Value::Int(number)) => self.set_whole::<i16>(reference, *number),
            (VariableKind::UInt16, Value::Int(number)) => self.set_whole::<u16>(reference, *number),
            (VariableKind::Int32, Value::Int(number)) => self.set_whole::<i32>(reference, *number),
            (VariableKind::UInt32, Value::Int(number)) => self.set_whole::<u32>(reference, *number),
            (VariableKind::Int64 | VariableKind::Enumeration(_), Value::Int(number)) => self.write(reference, *number),
            (VariableKind::UInt64, Value::Int(number)) => self.set_whole::<u64>(reference, *number),
            (kind, value) => Err(format!("{value} is not {kind}")),
        }
    }

    fn whole<T: Held + TryInto<i64> + ToString>(&mut self, reference: u32) -> Result<Option<Value>, Fault> {
        let number = self.read::<T>(reference)?;
        let beyond = || format!("{} is beyond what a sample holds", number.to_string());
        number.try_into().map(|number| Some(Value::Int(number))).map_err(|_| beyond())
    }

    fn set_whole<T: Held + TryFrom<i64>>(&mut self, reference: u32, number: i64) -> Result<(), Fault> {
        let number = T::try_from(number).map_err(|_| format!("{number} is beyond its type"))?;
        self.write(reference, number)
    }
}
