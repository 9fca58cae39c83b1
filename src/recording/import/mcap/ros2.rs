//! Messages of ROS 2, written in CDR (OMG DDSI-RTPS 2.5, 10 and DDS-XTypes 1.3, 7.4).
//!
//! Numbers stand at multiples of their size, counted from behind the four bytes at the head. Lists
//! are never taken into memory: what is not kept is passed over, and a length is believed only as
//! far as the message has bytes.

use super::fields::{Fault, FieldId, Fields, List, MOST_ITEMS, MOST_LEVELS, Scalar};
use super::ros2_schema::{Count, Kind, Member, RosSchema};

/// Notes the values of a message. Those before a field of unknown length stay.
///
/// # Errors
/// With what is wrong with the message.
pub(super) fn decode(schema: &RosSchema, data: &[u8], fields: &mut Fields, root: FieldId) -> Result<(), String> {
    let Some((&[_, kind, _, _], body)) = data.split_first_chunk() else {
        return Err("it is shorter than the head of a CDR message".to_owned());
    };
    let (little, most_align) = match kind {
        0x00 => (false, 8),
        0x01 => (true, 8),
        0x06 => (false, 4),
        0x07 => (true, 4),
        _ => return Err(format!("it is not plain CDR (its kind is 0x{kind:02x})")),
    };
    let mut walk = Walk { schema, fields, cdr: Cdr { bytes: body, at: 0, little, most_align } };
    match walk.structure(schema.root(), Some(root), 0) {
        Ok(()) | Err(Stop::NoPlace) => Ok(()),
        Err(Stop::Cut) => Err("it ends before its last field".to_owned()),
        Err(Stop::TooDeep) => Err(format!("it nests deeper than {MOST_LEVELS} levels")),
    }
}

/// Why the reading of a message ends before its end.
enum Stop {
    Cut,
    TooDeep,
    /// Nothing behind this place can be found.
    NoPlace,
}

struct Walk<'a> {
    schema: &'a RosSchema,
    fields: &'a mut Fields,
    cdr: Cdr<'a>,
}

impl<'a> Walk<'a> {
    /// Without a target the structure is passed over.
    fn structure(&mut self, index: usize, target: Option<FieldId>, level: u8) -> Result<(), Stop> {
        if level > MOST_LEVELS {
            return Err(Stop::TooDeep);
        }
        let Some(structure) = self.schema.structure(index) else { return Err(Stop::NoPlace) };
        if structure.members.is_empty() {
            // rosidl writes a byte for a structure that has none.
            return self.cdr.pass(1, 1);
        }
        let target = target.filter(|_| !structure.left_out);
        for member in &structure.members {
            let target = target.and_then(|target| self.fields.child(target, &member.name));
            self.member(member, target, level)?;
        }
        Ok(())
    }

    fn member(&mut self, member: &Member, target: Option<FieldId>, level: u8) -> Result<(), Stop> {
        let count = match member.count {
            Count::One => return self.one(member.kind, target, level),
            Count::Fixed(count) => count,
            Count::Counted => u32::from_ne_bytes(self.cdr.number()?).into(),
        };
        match member.kind.size() {
            Some(size) => self.numbers(member.kind, size, count, target),
            None => {
                // An item takes a byte at least: more cannot be there.
                if count > self.cdr.rest() {
                    return Err(Stop::Cut);
                }
                if let Some(target) = target.filter(|_| count > 0) {
                    self.fields.note_once(target, Fault::OtherList);
                }
                (0..count).try_for_each(|_| self.one(member.kind, None, level))
            }
        }
    }

    fn numbers(&mut self, kind: Kind, size: u64, count: u64, target: Option<FieldId>) -> Result<(), Stop> {
        // Lists of `byte` are bytes and no numbers.
        let Some(target) = target.filter(|_| kind != Kind::Byte) else { return self.cdr.pass(size, count) };
        if count > MOST_ITEMS as u64 {
            self.fields.note_once(target, Fault::LongList);
            return self.cdr.pass(size, count);
        }
        let mut list = List::default();
        for _ in 0..count {
            list.push(self.cdr.scalar(kind)?);
        }
        list.put(self.fields, target);
        Ok(())
    }

    fn one(&mut self, kind: Kind, target: Option<FieldId>, level: u8) -> Result<(), Stop> {
        match kind {
            Kind::Structure(index) => self.structure(index, target, level + 1),
            Kind::Text => {
                let text = self.cdr.text()?;
                if let Some(target) = target {
                    self.fields.put(target, Scalar::Text(text));
                }
                Ok(())
            }
            Kind::Opaque => {
                if let Some(target) = target {
                    self.fields.note_once(target, Fault::NoPlace);
                }
                Err(Stop::NoPlace)
            }
            _ => {
                let scalar = self.cdr.scalar(kind)?;
                if let Some(target) = target {
                    self.fields.put(target, scalar);
                }
                Ok(())
            }
        }
    }
}

/// The bytes of a message behind its head.
struct Cdr<'a> {
    bytes: &'a [u8],
    at: usize,
    little: bool,
    /// Numbers stand at no larger multiples.
    most_align: usize,
}

impl<'a> Cdr<'a> {
    fn rest(&self) -> u64 {
        self.bytes.len().saturating_sub(self.at) as u64
    }

    fn take(&mut self, align: usize, count: usize) -> Result<&'a [u8], Stop> {
        let start = self.at.next_multiple_of(align.min(self.most_align));
        let end = start.checked_add(count).ok_or(Stop::Cut)?;
        let taken = self.bytes.get(start..end).ok_or(Stop::Cut)?;
        self.at = end;
        Ok(taken)
    }

    /// Passes numbers over. Before none there is no gap.
    fn pass(&mut self, size: u64, count: u64) -> Result<(), Stop> {
        if count == 0 {
            return Ok(());
        }
        let bytes = size.checked_mul(count).and_then(|bytes| usize::try_from(bytes).ok()).ok_or(Stop::Cut)?;
        self.take(size as usize, bytes).map(|_| ())
    }

    /// The bytes of a number in the order of this machine.
    fn number<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut bytes: [u8; N] = self.take(N, N)?.try_into().map_err(|_| Stop::Cut)?;
        if self.little != cfg!(target_endian = "little") {
            bytes.reverse();
        }
        Ok(bytes)
    }

    /// Without the zero at its end.
    fn text(&mut self) -> Result<&'a [u8], Stop> {
        let length = u32::from_ne_bytes(self.number()?);
        let bytes = self.take(1, usize::try_from(length).map_err(|_| Stop::Cut)?)?;
        Ok(bytes.strip_suffix(b"\0").unwrap_or(bytes))
    }

    fn scalar(&mut self, kind: Kind) -> Result<Scalar<'static>, Stop> {
        Ok(match kind {
            Kind::Bool => Scalar::Bool(self.number()? != [0]),
            Kind::Int8 => Scalar::Int(i8::from_ne_bytes(self.number()?).into()),
            Kind::Byte | Kind::Uint8 => Scalar::Int(u8::from_ne_bytes(self.number()?).into()),
            Kind::Int16 => Scalar::Int(i16::from_ne_bytes(self.number()?).into()),
            Kind::Uint16 => Scalar::Int(u16::from_ne_bytes(self.number()?).into()),
            Kind::Int32 => Scalar::Int(i32::from_ne_bytes(self.number()?).into()),
            Kind::Uint32 => Scalar::Int(u32::from_ne_bytes(self.number()?).into()),
            Kind::Int64 => Scalar::Int(i64::from_ne_bytes(self.number()?)),
            Kind::Uint64 => Scalar::Unsigned(u64::from_ne_bytes(self.number()?)),
            Kind::Float32 => Scalar::Real(f32::from_ne_bytes(self.number()?).into()),
            Kind::Float64 => Scalar::Real(f64::from_ne_bytes(self.number()?)),
            Kind::Text | Kind::Structure(_) | Kind::Opaque => return Err(Stop::NoPlace),
        })
    }
}

impl Kind {
    /// Of a number or flag [bytes]; none for what has no fixed size.
    fn size(self) -> Option<u64> {
        match self {
            Self::Bool | Self::Byte | Self::Int8 | Self::Uint8 => Some(1),
            Self::Int16 | Self::Uint16 => Some(2),
            Self::Int32 | Self::Uint32 | Self::Float32 => Some(4),
            Self::Int64 | Self::Uint64 | Self::Float64 => Some(8),
            Self::Text | Self::Structure(_) | Self::Opaque => None,
        }
    }
}
