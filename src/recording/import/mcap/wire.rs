//! The wire format of protobuf (protobuf.dev/programming-guides/encoding), out of bytes that are
//! not trusted.

/// What stands behind a tag.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wire<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    /// A group: it is passed over.
    Group,
    Fixed32([u8; 4]),
}

/// Reads a message field by field.
pub(super) struct WireReader<'a>(&'a [u8]);

/// The bytes are no message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct NotWire;

impl<'a> WireReader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of the next field and what it holds; none at the end.
    pub fn field(&mut self) -> Result<Option<(u32, Wire<'a>)>, NotWire> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let (number, wire) = self.any()?;
        match wire {
            Some(wire) => Ok(Some((number, wire))),
            None => {
                self.pass_group()?;
                Ok(Some((number, Wire::Group)))
            }
        }
    }

    /// A field, or none behind the number where a group begins. Where one ends, the number is 0.
    fn any(&mut self) -> Result<(u32, Option<Wire<'a>>), NotWire> {
        const GROUP_END: u64 = 4;
        let tag = self.varint()?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0).ok_or(NotWire)?;
        let wire = match tag & 7 {
            0 => Wire::Varint(self.varint()?),
            1 => Wire::Fixed64(self.array()?),
            2 => Wire::Bytes(self.bytes()?),
            3 => return Ok((number, None)),
            GROUP_END => return Ok((0, None)),
            5 => Wire::Fixed32(self.array()?),
            _ => return Err(NotWire),
        };
        Ok((number, Some(wire)))
    }

    fn pass_group(&mut self) -> Result<(), NotWire> {
        let mut open = 1_u64;
        while open > 0 {
            match self.any()? {
                (0, None) => open -= 1,
                (_, None) => open += 1,
                (_, Some(_)) => {}
            }
        }
        Ok(())
    }

    pub fn varint(&mut self) -> Result<u64, NotWire> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let [byte] = self.array()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(NotWire)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], NotWire> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(NotWire)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn bytes(&mut self) -> Result<&'a [u8], NotWire> {
        let length = usize::try_from(self.varint()?).map_err(|_| NotWire)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(NotWire)?;
        self.0 = rest;
        Ok(taken)
    }
}
