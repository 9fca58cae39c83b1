//! What an FMU says of itself: modelDescription.xml of FMI 2.0 and 3.0, validated.
//!
//! One vocabulary for both versions (FMI 2.0.5, 2.2 and 4.3; FMI 3.0.2, 2.4 and 4.3). Reading tells
//! every fault at once, with its line. What an FMU may have and this program cannot use (arrays,
//! binary variables, clocks) is left out and named.

mod problems;
mod read;
#[cfg(test)]
mod tests;
mod variables;

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use super::FmuError;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};

/// Name of the file in an FMU.
pub const FILE: &str = "modelDescription.xml";
/// Largest file that is read.
const MOST_BYTES: u64 = 64 << 20;

/// What an FMU is, as far as it can be used.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelDescription {
    pub version: FmiVersion,
    pub name: String,
    /// GUID (FMI 2) or instantiation token (FMI 3): what the binary must agree with.
    pub token: String,
    /// Base name of the binary; letters, digits and underscores only.
    pub identifier: String,
    pub description: String,
    pub tool: String,
    pub experiment: DefaultExperiment,
    pub capabilities: Capabilities,
    /// In the order of the file; names are unique.
    pub variables: Vec<Variable>,
    /// Variables that this program cannot use.
    pub left_out: Vec<Problem>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FmiVersion {
    V2,
    V3,
}

/// What the maker of the model proposes, in seconds of the model.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct DefaultExperiment {
    pub start_secs: Option<f64>,
    pub stop_secs: Option<f64>,
    pub step_secs: Option<f64>,
    /// Relative.
    pub tolerance: Option<f64>,
}

/// What the binary offers beyond stepping.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Capabilities {
    pub get_and_set_state: bool,
    pub serialise_state: bool,
    pub variable_step: bool,
    /// A process can hold one instance, once.
    pub once_per_process: bool,
    /// Works only where the tool that exported it is installed.
    pub needs_tool: bool,
}

/// A scalar variable of the model.
#[derive(Clone, PartialEq, Debug)]
pub struct Variable {
    pub name: String,
    /// Several names may share one reference: they are aliases.
    pub reference: u32,
    pub kind: VariableKind,
    pub causality: Causality,
    pub variability: Variability,
    pub initial: Option<Initial>,
    pub start: Option<Value>,
    pub unit: Unit,
    /// In `unit`, as are `max` and `nominal`.
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub nominal: Option<f64>,
    pub description: String,
}

/// How the binary holds a variable. FMI 2 has of the numbers only `Float64` and `Int32`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum VariableKind {
    Float32,
    Float64,
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Boolean,
    String,
    /// Names of the numbers that it can hold; any number where none is named.
    Enumeration(Arc<[(String, i64)]>),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Causality {
    StructuralParameter,
    Parameter,
    CalculatedParameter,
    Input,
    Output,
    Local,
    Independent,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Variability {
    Constant,
    Fixed,
    Tunable,
    Discrete,
    Continuous,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Initial {
    Exact,
    Approx,
    Calculated,
}

/// One thing wrong with the file, or not usable in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// From 1.
    pub line: Option<u32>,
    pub message: String,
}

impl ModelDescription {
    /// Reads the description of an unpacked FMU.
    ///
    /// # Errors
    /// When the file is missing or too large, or with all of its faults.
    pub fn of_folder(folder: &Path) -> Result<Self, FmuError> {
        let file = folder.join(FILE);
        let failed = |cause| FmuError::Read { file: file.clone(), cause };
        let mut bytes = Vec::new();
        File::open(&file).map_err(failed)?.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MOST_BYTES {
            let message = format!("the file is larger than {} MiB", MOST_BYTES >> 20);
            return Err(FmuError::Description(vec![Problem { line: None, message }]));
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            let message = "the file is not UTF-8 text".to_owned();
            FmuError::Description(vec![Problem { line: None, message }])
        })?;
        Self::parse(&text).map_err(FmuError::Description)
    }

    /// Reads the text of a modelDescription.xml.
    ///
    /// # Errors
    /// With everything that is wrong, in the order of the file.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        read::read(text.strip_prefix('\u{feff}').unwrap_or(text))
    }

    /// Place and variable of a name.
    pub fn find(&self, name: &str) -> Option<(usize, &Variable)> {
        self.variables.iter().enumerate().find(|(_, variable)| variable.name == name)
    }
}

impl VariableKind {
    /// What a sample of such a variable holds; an enumeration gives its numbers.
    pub fn value_kind(&self) -> ValueKind {
        match self {
            Self::Float32 | Self::Float64 => ValueKind::Real,
            Self::Boolean => ValueKind::Bool,
            Self::String => ValueKind::Text,
            _ => ValueKind::Int,
        }
    }

    /// A value as such a variable can hold it; names of an enumeration become their numbers.
    ///
    /// # Errors
    /// In words, when it cannot hold the value.
    pub fn fit(&self, value: Value) -> Result<Value, String> {
        let wrong = |value: &Value| format!("\"{value}\" is not {self}");
        if let (Self::Enumeration(items), Value::Text(text)) = (self, &value)
            && let Some((_, number)) = items.iter().find(|(name, _)| **name == **text)
        {
            return Ok(Value::Int(*number));
        }
        let fitted = value.clone().coerced(self.value_kind()).ok_or_else(|| wrong(&value))?;
        let holds = match (self, &fitted) {
            (Self::Float32, Value::Real(number)) => (*number as f32).is_finite(),
            (Self::Int8, Value::Int(number)) => i8::try_from(*number).is_ok(),
            (Self::UInt8, Value::Int(number)) => u8::try_from(*number).is_ok(),
            (Self::Int16, Value::Int(number)) => i16::try_from(*number).is_ok(),
            (Self::UInt16, Value::Int(number)) => u16::try_from(*number).is_ok(),
            (Self::Int32, Value::Int(number)) => i32::try_from(*number).is_ok(),
            (Self::UInt32, Value::Int(number)) => u32::try_from(*number).is_ok(),
            (Self::UInt64, Value::Int(number)) => u64::try_from(*number).is_ok(),
            (Self::Enumeration(items), Value::Int(number)) => {
                items.is_empty() || items.iter().any(|(_, known)| known == number)
            }
            (Self::String, Value::Text(text)) => !text.contains('\0'),
            _ => true,
        };
        if holds { Ok(fitted) } else { Err(wrong(&value)) }
    }
}

/// With its article, to stand after "is" or "is not".
impl fmt::Display for VariableKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::Float32 => "a real number of 32 bit",
            Self::Float64 => "a real number",
            Self::Int8 => "a whole number from -128 to 127",
            Self::UInt8 => "a whole number from 0 to 255",
            Self::Int16 => "a whole number from -32768 to 32767",
            Self::UInt16 => "a whole number from 0 to 65535",
            Self::Int32 => "a whole number of 32 bit",
            Self::UInt32 => "a whole number of 32 bit without sign",
            Self::Int64 => "a whole number",
            Self::UInt64 => "a whole number without sign",
            Self::Boolean => "true or false",
            Self::String => "a text",
            Self::Enumeration(items) => {
                const SHOWN: usize = 10;
                let names: Vec<&str> = items.iter().take(SHOWN).map(|(name, _)| name.as_str()).collect();
                return write!(f, "one of {}{}", names.join(", "), if items.len() > SHOWN { ", …" } else { "" });
            }
        };
        f.write_str(words)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
