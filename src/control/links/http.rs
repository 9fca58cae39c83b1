//! Settings that are written by a request to an HTTP server.
//!
//! Each request has a connection of its own: a client that finds a kept connection closed may send again, and nobody
//! could tell. Nothing is repeated and no redirect is followed.
//!
//! | what comes | outcome |
//! |---|---|
//! | 2xx | accepted, or what an answer as in `answer` says |
//! | 4xx | rejected |
//! | 412 to a request that named what we had read (`If-Match`) | rejected: somebody else changed it |
//! | 301, 307, 308 | rejected: the server did nothing and sends elsewhere |
//! | 5xx and all others | unknown: it may have been done |
//! | no connection within half of the deadline | rejected: nothing was sent |
//! | the connection breaks, or no answer before the deadline | unknown |
//!
//! What is read back stands where the project says that the plant shows it. Its time is that of the document, where
//! the source says where that stands; else the `Date` at which the server made the answer, since it says what it
//! holds then. The time of arrival is never taken: an answer from a cache would pass for new.

mod reach;
mod reading;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MATCH};
use reqwest::{Client, RequestBuilder, Response, StatusCode};

use self::reach::Reach;
use self::reading::Reading;
use super::answer::{self, LARGEST_ANSWER_BYTES};
use super::io::Io;
use super::way::{Clock, Way, duration, not_sent};
use super::{PlantLink, ReadBack, WriteOutcome, WriteRequest};
use crate::domain::signal::SignalId;
use crate::domain::source::{HttpSpec, Secret};
use crate::domain::time::Span;
use crate::domain::write_target::{HttpMethod, WriteIdentity, WriteTarget};
use crate::protocol::decode::LARGEST_PAYLOAD_BYTES;
use crate::protocol::http::{self, BodyError};
use crate::protocol::secret;

/// Longest tag of a version that is kept.
const LONGEST_TAG: usize = 1_000;

/// The way to a plant behind an HTTP server.
pub struct HttpLink {
    io: Io,
    spec: HttpSpec,
    now: Clock,
    reach: Reach,
    ways: HashMap<String, Way>,
    /// By tag paths.
    readings: HashMap<String, Reading>,
    client: Option<Client>,
    /// Tag path of a setting -> the version of it that was read last.
    versions: HashMap<String, String>,
    /// The shortest that any setting has.
    deadline: Span,
}

impl HttpLink {
    /// `shown` are the signals, with their tag paths, that are read back: those that the source gets can be read.
    pub fn start(io: &Io, spec: &HttpSpec, ways: Vec<Way>, shown: &HashMap<SignalId, String>, now: Clock) -> Self {
        let readings = reading::all(spec, &ways, shown);
        let urls = ways.iter().filter_map(|way| match &way.address.target {
            WriteTarget::Http { url, .. } => Some(url.as_str()),
            _ => None,
        });
        let reach = Reach::watch(io, urls.chain(readings.values().map(|reading| reading.url.as_str())));
        let deadline = ways.iter().map(|way| way.deadline).min().unwrap_or(Span::from_secs(5));
        let ways = ways.into_iter().map(|way| (way.signal.clone(), way)).collect();
        let (io, spec, client, versions) = (io.clone(), spec.clone(), None, HashMap::new());
        Self { io, spec, now, reach, ways, readings, client, versions, deadline }
    }

    /// Tag paths of all that is written and read back over it.
    pub fn signals(&self) -> BTreeSet<String> {
        self.ways.keys().chain(self.readings.keys()).cloned().collect()
    }

    /// # Errors
    /// In words, when the file with the authorities is of no use.
    fn client(&mut self) -> Result<Client, String> {
        if let Some(client) = &self.client {
            return Ok(client.clone());
        }
        let half = duration(self.deadline) / 2;
        let builder = http::client(self.spec.ca_file.as_deref()).map_err(|error| error.to_string())?;
        let built = builder
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(0)
            .connect_timeout(half)
            .build();
        let client = built.map_err(http::cause)?;
        Ok(self.client.insert(client).clone())
    }

    /// What is to be sent.
    ///
    /// # Errors
    /// In words, when nothing can be.
    fn request(&mut self, request: &WriteRequest) -> Result<RequestBuilder, String> {
        let client = self.client()?;
        let signal = request.signal();
        let way = self.ways.get(signal).ok_or_else(|| format!("no address is known for {signal}"))?;
        let WriteTarget::Http { url, method, body, readback_url } = &way.address.target else {
            return Err(format!("{signal} is not written over HTTP"));
        };
        let text = body.text(way.value(request)?).ok_or_else(|| format!("{} is no number", request.value()))?;
        let json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        let content = if json { "application/json" } else { "text/plain; charset=utf-8" };
        let mut sent = match method {
            HttpMethod::Put => client.put(url),
            HttpMethod::Post => client.post(url),
        };
        sent = authorized(sent.header(CONTENT_TYPE, content).body(text), writer(&self.spec, way))?;
        // The version is one of this very document, and good for one write.
        let version = self.versions.remove(signal);
        if let (HttpMethod::Put, Some(version)) = (method, version)
            && readback_url.as_ref() == Some(url)
        {
            sent = sent.header(IF_MATCH, version);
        }
        Ok(sent)
    }
}

impl PlantLink for HttpLink {
    fn connected(&self) -> Result<(), String> {
        self.reach.now()
    }

    fn write(&mut self, request: &WriteRequest) -> WriteOutcome {
        let sent = match self.request(request) {
            Ok(sent) => sent,
            Err(words) => return not_sent(&words),
        };
        let within = duration(request.deadline());
        // What the first line of the answer says holds, also where the rest does not come.
        let first = RefCell::new(None);
        let sending = async {
            let response = match sent.send().await {
                Ok(response) => response,
                Err(error) if error.is_connect() || error.is_builder() => {
                    let cause = http::cause(error);
                    return not_sent(&format!("the server cannot be reached ({cause})"));
                }
                Err(error) => {
                    let cause = http::cause(error);
                    return WriteOutcome::Unknown(format!("the connection broke before an answer came ({cause})"));
                }
            };
            let status = response.status();
            first.replace(Some(outcome(status, &[])));
            let body = http::beginning(response, LARGEST_ANSWER_BYTES).await;
            outcome(status, &body)
        };
        let answered = self.io.wait(within, sending);
        answered.or_else(|| first.take()).unwrap_or_else(|| {
            WriteOutcome::Unknown(format!("the server did not answer within {} s", within.as_secs_f64()))
        })
    }

    fn read(&mut self, signal: &str) -> Result<ReadBack, String> {
        let client = self.client()?;
        let reading = self.readings.get(signal).ok_or_else(|| format!("no address says what {signal} holds"))?;
        let token = match &reading.way {
            Some(way) => self.ways.get(way).map_or(self.spec.token.as_ref(), |way| writer(&self.spec, way)),
            None => self.spec.token.as_ref(),
        };
        let asked = client.get(&reading.url).header("accept", "application/json, text/plain;q=0.5, */*;q=0.1");
        let asked = authorized(asked.header(CACHE_CONTROL, "no-cache"), token)?;
        let within = duration(self.deadline);
        let (version, date, body) = self
            .io
            .wait(within, document(asked))
            .unwrap_or_else(|| Err(format!("the server did not answer within {} s", within.as_secs_f64())))?;
        let told = reading.value(&body, date, (self.now)())?;
        if let (Some(way), Some(version)) = (&reading.way, version) {
            self.versions.insert(way.clone(), version);
        }
        Ok(told)
    }

    fn reads_back(&self, signal: &str) -> bool {
        self.readings.contains_key(signal)
    }

    fn watchdog(&self, _: &str) -> bool {
        false
    }

    fn arm(&mut self, _: &str, _: f64) -> Result<(), String> {
        Err("there is no watchdog behind an HTTP server".to_owned())
    }

    fn feed(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn release(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

/// Whose token a setting is written with.
fn writer<'a>(spec: &'a HttpSpec, way: &'a Way) -> Option<&'a Secret> {
    match &way.address.identity {
        WriteIdentity::Token(token) => Some(token),
        WriteIdentity::Reader | WriteIdentity::User { .. } => spec.token.as_ref(),
    }
}

fn authorized(request: RequestBuilder, token: Option<&Secret>) -> Result<RequestBuilder, String> {
    let Some(token) = token else { return Ok(request) };
    let token = secret::read(token).map_err(|error| format!("the token cannot be had: {error}"))?;
    Ok(request.bearer_auth(token))
}

/// Version, date and content of a document.
async fn document(asked: RequestBuilder) -> Result<(Option<String>, Option<String>, Vec<u8>), String> {
    let response =
        asked.send().await.map_err(|error| format!("the server cannot be asked ({})", http::cause(error)))?;
    let status = response.status();
    if status != StatusCode::OK {
        return Err(format!("the server was asked what it holds and answered {}", named(status)));
    }
    let text = |response: &Response, name| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    // RFC 9110, 13.1.1: a weak version never matches.
    let strong = |tag: &String| tag.starts_with('"') && tag.len() <= LONGEST_TAG;
    let version = text(&response, ETAG).filter(strong);
    let date = text(&response, reqwest::header::DATE);
    match http::body(response, LARGEST_PAYLOAD_BYTES).await {
        Ok(body) => Ok((version, date, body)),
        Err(BodyError::TooLarge) => Err(format!("the answer is larger than {LARGEST_PAYLOAD_BYTES} bytes")),
        Err(BodyError::Network(error)) => Err(format!("the answer broke off ({})", http::cause(error))),
    }
}

/// What an answer means for the write.
fn outcome(status: StatusCode, body: &[u8]) -> WriteOutcome {
    let own_words = if body.trim_ascii().is_empty() { String::new() } else { format!(": {}", answer::quoted(body)) };
    let named = named(status);
    match status.as_u16() {
        200..=299 => answer::outcome(body).unwrap_or(WriteOutcome::Accepted),
        412 => WriteOutcome::Rejected(format!("somebody else changed it since it was read ({named})")),
        401 | 403 => {
            WriteOutcome::Rejected(format!("the server refuses our token or asks for one ({named}){own_words}"))
        }
        400..=499 => WriteOutcome::Rejected(format!("the server answered {named}{own_words}")),
        301 | 307 | 308 => {
            WriteOutcome::Rejected(format!("the server sends elsewhere ({named}), where a write does not follow"))
        }
        500..=599 => WriteOutcome::Unknown(format!("the server failed and may have done it ({named}){own_words}")),
        _ => WriteOutcome::Unknown(format!("the server answered {named}, which does not say whether it did it")),
    }
}

fn named(status: StatusCode) -> String {
    status.canonical_reason().map_or_else(|| status.as_str().to_owned(), |words| format!("{} {words}", status.as_u16()))
}
