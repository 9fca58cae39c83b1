//! MCAP files of other programs: messages in JSON, protobuf and ROS 2 become signals and samples.
//!
//! The field `motor.speed` of topic `/plant/mixer1` becomes the signal `plant/mixer1/motor/speed`.
//! Numbers, flags, texts and short lists of numbers are kept; moments, bytes and long lists are
//! not. The file is read once from start to end, a chunk at a time. A file that was not finished is
//! read as far as it goes, a damaged chunk is passed over, and both are told.

mod channel;
mod chunk;
mod decoder;
mod fields;
mod json;
mod json_schema;
mod proto_schema;
mod protobuf;
mod records;
mod ros2;
mod ros2_schema;
mod walk;
mod wire;

use std::io;
use std::path::Path;

use mcap::records::op;

use self::channel::Channels;
use self::chunk::{ChunkError, MOST_CHUNK};
use self::records::Cursor;
use self::walk::{Head, Step, Walk};
use super::{ImportError, Intake, Stopped};

/// A message that is larger is not read [bytes].
const MOST_MESSAGE: u64 = 64 << 20;
/// A schema or channel that is larger is not read [bytes].
const MOST_DEFINITION: u64 = 1 << 20;
/// Of a footer's body [bytes].
const FOOTER_BODY: u64 = 20;

/// Reads an MCAP file to its end.
///
/// # Errors
/// When it cannot be read or is no MCAP file, and when the receiver wants no more.
pub fn read(path: &Path, intake: &mut Intake) -> Result<(), ImportError> {
    Reading::of(path, intake).map_err(|failure| match failure {
        Failure::Read(cause) => ImportError::Read { path: path.to_owned(), cause },
        Failure::NoMcap => ImportError::Content {
            path: path.to_owned(),
            what: "is not an MCAP file: it does not begin as one".to_owned(),
            action: "Choose a recording in MCAP; a bag of ROS 1 can be converted with \"mcap convert\"".to_owned(),
        },
        Failure::Stopped => ImportError::Stopped,
    })
}

enum Failure {
    Read(io::Error),
    NoMcap,
    Stopped,
}

impl From<io::Error> for Failure {
    fn from(cause: io::Error) -> Self {
        Self::Read(cause)
    }
}

impl From<Stopped> for Failure {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// A file on its way into the intake.
struct Reading<'a, 'b> {
    walk: Walk,
    channels: Channels,
    intake: &'a mut Intake<'b>,
    /// The end of the file was asked for channels.
    summary_seen: bool,
    /// How many messages the file says that it holds.
    claimed: Option<u64>,
}

impl<'a, 'b> Reading<'a, 'b> {
    fn of(path: &Path, intake: &'a mut Intake<'b>) -> Result<(), Failure> {
        let mut walk = Walk::open(path)?;
        if walk.length() < mcap::MAGIC.len() as u64 || walk.array::<8>()? != *mcap::MAGIC {
            return Err(Failure::NoMcap);
        }
        let mut reading = Self { walk, channels: Channels::default(), intake, summary_seen: false, claimed: None };
        reading.run()?;
        reading.intake.progress = 1.0;
        Ok(())
    }

    /// Reads record by record to the footer, or as far as the file goes.
    fn run(&mut self) -> Result<(), Failure> {
        loop {
            let step = self.walk.step()?;
            self.intake.progress = self.walk.progress();
            match step {
                Step::Record(Head { opcode: op::FOOTER, length: FOOTER_BODY, .. }) => {
                    self.compare_count();
                    return Ok(());
                }
                Step::Record(Head { offset, opcode: 0 | op::FOOTER, .. }) => {
                    self.intake.problem(format!("At byte {offset} stands no record; what came before is used"));
                    return Ok(());
                }
                Step::Record(head) => self.record(head)?,
                Step::Cut(head) => {
                    let (name, offset) = (name_of(head.opcode), head.offset);
                    self.intake.problem(format!(
                        "The file ends in the middle of {name} that begins at byte {offset}; what came before is used"
                    ));
                    return Ok(());
                }
                Step::End => {
                    self.intake.problem("The file was not finished; all that is there is used".to_owned());
                    return Ok(());
                }
            }
        }
    }

    fn record(&mut self, head: Head) -> Result<(), Failure> {
        let most = match head.opcode {
            op::SCHEMA | op::CHANNEL | op::STATISTICS => MOST_DEFINITION,
            op::MESSAGE => MOST_MESSAGE,
            op::CHUNK => MOST_CHUNK,
            _ => return Ok(()),
        };
        if head.length > most {
            self.intake.problem(words_too_large(head.opcode, head.offset, head.length));
            return Ok(());
        }
        let body = self.walk.body(head)?;
        match head.opcode {
            op::CHUNK => self.chunk(&body, head.offset),
            op::STATISTICS => {
                self.claimed = Cursor::new(&body).u64();
                Ok(())
            }
            _ => Ok(self.channels.take(head.opcode, &body, head.offset, self.intake)?),
        }
    }

    /// The statistics at the end of a file show whether records were lost that nothing else tells of.
    fn compare_count(&mut self) {
        let found = self.channels.messages();
        if let Some(claimed) = self.claimed.filter(|claimed| *claimed != found) {
            self.intake.problem(format!("The file says that it holds {claimed} messages, but {found} were found"));
        }
    }

    fn chunk(&mut self, body: &[u8], offset: u64) -> Result<(), Failure> {
        let (channels, intake) = (&mut self.channels, &mut *self.intake);
        let read = chunk::records(body, |opcode, body| {
            let most = if opcode == op::MESSAGE { MOST_MESSAGE } else { MOST_DEFINITION };
            if body.len() as u64 > most {
                intake.problem(words_too_large(opcode, offset, body.len() as u64));
                return Ok(());
            }
            channels.take(opcode, body, offset, intake)
        });
        match read {
            Ok(()) => Ok(()),
            Err(ChunkError::Refused(Stopped)) => Err(Failure::Stopped),
            Err(error) => {
                self.intake.problem(format!("The chunk at byte {offset} is passed over: {error}"));
                self.summary()
            }
        }
    }

    /// Reads schemas and channels from the end of the file: those of a lost chunk stand there too.
    fn summary(&mut self) -> Result<(), Failure> {
        if std::mem::replace(&mut self.summary_seen, true) {
            return Ok(());
        }
        let back = self.walk.place();
        if let Some(start) = self.walk.summary_start()? {
            self.walk.go_to(start)?;
            while let Step::Record(head) = self.walk.step()? {
                match head.opcode {
                    op::FOOTER => break,
                    op::SCHEMA | op::CHANNEL => self.record(head)?,
                    _ => {}
                }
            }
        }
        self.walk.go_to(back)?;
        Ok(())
    }
}

fn words_too_large(opcode: u8, offset: u64, length: u64) -> String {
    format!("At byte {offset} {} is passed over: its {length} bytes are more than this program takes", name_of(opcode))
}

fn name_of(opcode: u8) -> &'static str {
    match opcode {
        op::SCHEMA => "a schema",
        op::CHANNEL => "a channel",
        op::MESSAGE => "a message",
        op::CHUNK => "a chunk",
        op::ATTACHMENT => "an attachment",
        _ => "a record",
    }
}

#[cfg(test)]
mod tests;
