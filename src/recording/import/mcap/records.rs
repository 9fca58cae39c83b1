//! The records of MCAP that an import needs, out of bytes that are not trusted (mcap.dev/spec).

/// Reads numbers and texts one after the other; none where they do not fit any more.
pub(super) struct Cursor<'a>(&'a [u8]);

/// How the messages of some channels are laid out.
pub(super) struct SchemaRecord<'a> {
    /// Zero is not a schema.
    pub id: u16,
    pub name: &'a str,
    pub encoding: &'a str,
    pub data: &'a [u8],
}

/// Where messages of one kind belong.
pub(super) struct ChannelRecord<'a> {
    pub id: u16,
    /// Zero where there is none.
    pub schema: u16,
    pub topic: &'a str,
    pub encoding: &'a str,
}

pub(super) struct MessageRecord<'a> {
    pub channel: u16,
    /// Nanoseconds since the epoch.
    pub log_time: u64,
    pub publish_time: u64,
    pub data: &'a [u8],
}

/// A stretch of records, packed.
pub(super) struct ChunkRecord<'a> {
    /// Of the records [bytes].
    pub unpacked: u64,
    /// Of the unpacked records; zero where none was made.
    pub crc: u32,
    pub compression: &'a str,
    pub data: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn take(&mut self, count: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(count).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes with their length before them.
    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()?;
        self.take(length.into())
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// A record: opcode and body.
    pub fn record(&mut self) -> Option<(u8, &'a [u8])> {
        let [opcode] = self.array()?;
        let length = self.u64()?;
        Some((opcode, self.take(length)?))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> SchemaRecord<'a> {
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(body);
        let (id, name, encoding) = (cursor.u16()?, cursor.text()?, cursor.text()?);
        Some(Self { id, name, encoding, data: cursor.bytes()? })
    }
}

impl<'a> ChannelRecord<'a> {
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(body);
        Some(Self { id: cursor.u16()?, schema: cursor.u16()?, topic: cursor.text()?, encoding: cursor.text()? })
    }
}

impl<'a> MessageRecord<'a> {
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(body);
        let (channel, _sequence) = (cursor.u16()?, cursor.u32()?);
        Some(Self { channel, log_time: cursor.u64()?, publish_time: cursor.u64()?, data: cursor.0 })
    }
}

impl<'a> ChunkRecord<'a> {
    pub fn parse(body: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(body);
        let (_start, _end) = (cursor.u64()?, cursor.u64()?);
        let (unpacked, crc, compression) = (cursor.u64()?, cursor.u32()?, cursor.text()?);
        let length = cursor.u64()?;
        Some(Self { unpacked, crc, compression, data: cursor.take(length)? })
    }
}
