//! The types in which a binary holds values, each with the word that names it in the functions of FMI.
//!
//! FMI 2.0.5, 2.1.2 and FMI 3.0.2, 2.2.2. Only types of which any bytes are a value may stand here.

use std::ffi::{c_char, c_int};
use std::ptr;

use super::description::FmiVersion;
use super::library::Fault;

/// Types that the binary reads and writes in place. Any bytes are a value of them.
pub(super) trait Held: Copy {
    const ZERO: Self;
    /// In the names of FMI 2: `Real` of fmi2GetReal.
    const WORD_2: Option<&str>;
    const WORD_3: Option<&str>;

    /// # Errors
    /// Where the version has no such type.
    fn word(version: FmiVersion) -> Result<&'static str, Fault> {
        let word = if version == FmiVersion::V2 { Self::WORD_2 } else { Self::WORD_3 };
        word.ok_or_else(|| "its version of FMI has no such type".to_owned())
    }
}

/// fmi2Boolean.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Flag2(c_int);

/// fmi3Boolean, as the byte that it is: a foreign byte may be neither true nor false.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Flag3(u8);

/// fmi2String and fmi3String.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct Text(pub(super) *const c_char);

macro_rules! held {
    ($($kind:ty: $two:expr, $three:expr, $zero:expr;)*) => {
        $(impl Held for $kind {
            const ZERO: Self = $zero;
            const WORD_2: Option<&str> = $two;
            const WORD_3: Option<&str> = $three;
        })*
    };
}

held! {
    f64: Some("Real"), Some("Float64"), 0.0;
    f32: None, Some("Float32"), 0.0;
    i8: None, Some("Int8"), 0;
    u8: None, Some("UInt8"), 0;
    i16: None, Some("Int16"), 0;
    u16: None, Some("UInt16"), 0;
    i32: Some("Integer"), Some("Int32"), 0;
    u32: None, Some("UInt32"), 0;
    i64: None, Some("Int64"), 0;
    u64: None, Some("UInt64"), 0;
    Flag2: Some("Boolean"), None, Flag2(0);
    Flag3: None, Some("Boolean"), Flag3(0);
    Text: Some("String"), Some("String"), Text(ptr::null());
}

macro_rules! flag {
    ($($kind:ident($held:ty);)*) => {
        $(impl $kind {
            pub fn is_set(self) -> bool {
                self.0 != 0
            }
        }

        impl From<bool> for $kind {
            fn from(flag: bool) -> Self {
                Self(<$held>::from(flag))
            }
        })*
    };
}

flag! {
    Flag2(c_int);
    Flag3(u8);
}
