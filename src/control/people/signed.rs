//! The bytes that people sign, the same for whoever has the fields.
//!
//! They are a first line that names the kind of the statement and its version, and then, for each field in the
//! order of the type, the number of its bytes, a colon, the field and a line feed. So no two statements have the
//! same bytes, and one of one kind is none of another.

/// The bytes of a statement. Moments are given as nanoseconds since the epoch.
pub(super) fn signed_bytes<const N: usize>(kind: &str, fields: [&str; N]) -> Vec<u8> {
    let fields = fields.map(|field| format!("{}:{field}\n", field.len())).concat();
    format!("{kind}\n{fields}").into_bytes()
}
