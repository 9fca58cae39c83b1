//! A broker of a few lines that keeps every packet and has the manners that a test wants.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

/// What it does about a PUBLISH.
#[derive(Clone, PartialEq, Debug)]
pub enum Manners {
    /// Acknowledges with this reason code (MQTT 5; nothing of it in 3.1.1).
    Acknowledge(u8),
    /// Acknowledges and answers with this text to the response topic.
    Answer(&'static str),
    /// Answers before it acknowledges, and with other correlation data before that.
    AnswerFirst(&'static str),
    /// Answers and never acknowledges.
    AnswerOnly(&'static str),
    Silent,
    HangUp,
    /// Does not even accept the login.
    Deaf,
    /// Refuses every subscription.
    RefuseSubscriptions,
}

/// A PUBLISH as it came.
#[derive(Clone, PartialEq, Debug)]
pub struct Publish {
    pub topic: String,
    pub payload: String,
    pub qos: u8,
    pub retain: bool,
    pub again: bool,
    /// Message expiry interval, in seconds (MQTT 5).
    pub expiry: Option<u32>,
    pub response_topic: Option<String>,
    pub correlation: Vec<u8>,
}

/// A CONNECT as it came.
#[derive(Clone, PartialEq, Debug)]
pub struct Login {
    pub clean: bool,
    pub client_id: String,
    pub user: Option<String>,
    pub password: Option<String>,
}

#[derive(Default)]
struct Seen {
    logins: Vec<Login>,
    publishes: Vec<Publish>,
    connection: Option<(TcpStream, bool)>,
}

pub struct Broker {
    pub port: u16,
    manners: Arc<Mutex<Manners>>,
    seen: Arc<Mutex<Seen>>,
}

impl Broker {
    pub fn start(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (manners, seen) = (Arc::new(Mutex::new(manners)), Arc::<Mutex<Seen>>::default());
        let (told, kept) = (Arc::clone(&manners), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (told, kept) = (Arc::clone(&told), Arc::clone(&kept));
                thread::spawn(move || serve(stream, &told, &kept));
            }
        });
        Self { port, manners, seen }
    }

    pub fn behave(&self, manners: Manners) {
        *lock(&self.manners) = manners;
    }

    pub fn publishes(&self) -> Vec<Publish> {
        lock(&self.seen).publishes.clone()
    }

    pub fn logins(&self) -> Vec<Login> {
        lock(&self.seen).logins.clone()
    }

    /// Sends a message to who is connected.
    pub fn say(&self, topic: &str, payload: &str, retained: bool) {
        let mut seen = lock(&self.seen);
        let (stream, v5) = seen.connection.as_mut().expect("a connection");
        stream.write_all(&message(topic, payload.as_bytes(), retained, *v5, None)).expect("it listens");
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().expect("nobody panics")
}

/// One connection, until it ends or is hung up.
fn serve(mut stream: TcpStream, manners: &Mutex<Manners>, seen: &Mutex<Seen>) -> io::Result<()> {
    let mut v5 = false;
    loop {
        let (head, body) = packet(&mut stream)?;
        let manners = lock(manners).clone();
        let mut part = Part(&body);
        match head >> 4 {
            1 => {
                part.text();
                v5 = part.byte() == 5;
                let flags = part.byte();
                part.number(2);
                if v5 {
                    part.properties(|_, _| ());
                }
                let client_id = part.text();
                let user = (flags & 0x80 != 0).then(|| part.text());
                let password = (flags & 0x40 != 0).then(|| part.text());
                let mut seen = lock(seen);
                seen.logins.push(Login { clean: flags & 2 != 0, client_id, user, password });
                seen.connection = Some((stream.try_clone()?, v5));
                if manners != Manners::Deaf {
                    stream.write_all(if v5 { &[0x20, 3, 0, 0, 0] } else { &[0x20, 2, 0, 0] })?;
                }
            }
            3 => {
                let (again, qos, retain) = (head & 8 != 0, (head >> 1) & 3, head & 1 != 0);
                let topic = part.text();
                let id = if qos > 0 { part.number(2) as u16 } else { 0 };
                let (mut expiry, mut response_topic, mut correlation) = (None, None, Vec::new());
                if v5 {
                    part.properties(|id, value| match id {
                        0x02 => expiry = Some(u32::from_be_bytes(value.try_into().expect("four bytes"))),
                        0x08 => response_topic = Some(String::from_utf8_lossy(value).into_owned()),
                        0x09 => correlation = value.to_vec(),
                        _ => {}
                    });
                }
                let payload = String::from_utf8_lossy(part.0).into_owned();
                let answer = |correlation: &[u8], text: &str| {
                    let topic = response_topic.as_deref().expect("a response topic");
                    message(topic, text.as_bytes(), false, v5, Some(correlation))
                };
                let (answered, first) = match manners {
                    Manners::Answer(text) => (Some(answer(&correlation, text)), None),
                    Manners::AnswerOnly(text) => (None, Some(answer(&correlation, text))),
                    Manners::AnswerFirst(text) => {
                        let other = answer(b"another", r#"{"status":"rejected"}"#);
                        (None, Some([other, answer(&correlation, text)].concat()))
                    }
                    _ => (None, None),
                };
                let mut seen = lock(seen);
                seen.publishes.push(Publish {
                    topic,
                    payload,
                    qos,
                    retain,
                    again,
                    expiry,
                    response_topic,
                    correlation,
                });
                drop(seen);
                match manners {
                    Manners::HangUp => return stream.shutdown(std::net::Shutdown::Both),
                    Manners::Silent => continue,
                    _ => {}
                }
                stream.write_all(&first.unwrap_or_default())?;
                if matches!(manners, Manners::AnswerOnly(_)) {
                    continue;
                }
                let reason = if let Manners::Acknowledge(reason) = manners { reason } else { 0 };
                let [high, low] = id.to_be_bytes();
                match (qos, v5) {
                    (0, _) => {}
                    (1, false) => stream.write_all(&[0x40, 2, high, low])?,
                    (1, true) => stream.write_all(&[0x40, 3, high, low, reason])?,
                    (_, false) => stream.write_all(&[0x50, 2, high, low])?,
                    (_, true) => stream.write_all(&[0x50, 3, high, low, reason])?,
                }
                stream.write_all(&answered.unwrap_or_default())?;
            }
            6 => stream.write_all(&[0x70, 2, body[0], body[1]])?,
            8 => {
                let id = part.number(2).to_be_bytes();
                if v5 {
                    part.properties(|_, _| ());
                }
                let mut codes = Vec::new();
                while !part.0.is_empty() {
                    part.text();
                    part.byte();
                    codes.push(if manners == Manners::RefuseSubscriptions { 0x80 } else { 1 });
                }
                let properties: &[u8] = if v5 { &[0] } else { &[] };
                let rest = [&id[2..], properties, &codes].concat();
                stream.write_all(&[&[0x90, rest.len() as u8], rest.as_slice()].concat())?;
            }
            12 => stream.write_all(&[0xd0, 0])?,
            _ => return Ok(()),
        }
    }
}

/// A PUBLISH with QoS 0, shorter than 16 KiB.
fn message(topic: &str, payload: &[u8], retained: bool, v5: bool, correlation: Option<&[u8]>) -> Vec<u8> {
    let text = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes(), bytes].concat();
    let properties = correlation.map_or_else(Vec::new, |data| [&[0x09], text(data).as_slice()].concat());
    let length: &[u8] = if v5 { &[properties.len() as u8] } else { &[] };
    let body = [text(topic.as_bytes()).as_slice(), length, properties.as_slice(), payload].concat();
    let length = match body.len() {
        short @ ..128 => vec![short as u8],
        long => vec![(long % 128) as u8 | 0x80, (long / 128) as u8],
    };
    [&[0x30 | u8::from(retained)], length.as_slice(), body.as_slice()].concat()
}

fn packet(stream: &mut TcpStream) -> io::Result<(u8, Vec<u8>)> {
    let mut one = || {
        let mut byte = [0];
        stream.read_exact(&mut byte).map(|()| byte[0])
    };
    let head = one()?;
    let (mut length, mut shift) = (0, 0);
    loop {
        let byte = one()?;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok((head, body))
}

/// What is left of a packet.
struct Part<'a>(&'a [u8]);

impl<'a> Part<'a> {
    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes
    }

    fn byte(&mut self) -> u8 {
        self.bytes(1)[0]
    }

    fn number(&mut self, count: usize) -> u32 {
        self.bytes(count).iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
    }

    fn text(&mut self) -> String {
        let length = self.number(2) as usize;
        String::from_utf8_lossy(self.bytes(length)).into_owned()
    }

    /// Properties shorter than 16 KiB (MQTT 5, 2.2.2).
    fn properties(&mut self, mut each: impl FnMut(u8, &'a [u8])) {
        let low = usize::from(self.byte());
        let length = if low & 0x80 == 0 { low } else { low & 0x7f | usize::from(self.byte()) << 7 };
        let mut part = Part(self.bytes(length));
        while !part.0.is_empty() {
            let id = part.byte();
            let count = match id {
                0x01 | 0x17 | 0x19 => 1,
                0x13 | 0x21 | 0x22 => 2,
                0x02 | 0x11 | 0x18 | 0x27 => 4,
                _ => part.number(2) as usize,
            };
            each(id, part.bytes(count));
        }
    }
}
