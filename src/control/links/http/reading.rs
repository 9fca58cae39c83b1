//! Where a document says what a setting holds, and when.

use std::collections::HashMap;

use chrono::DateTime;
use serde_json::Value;

use crate::control::links::ReadBack;
use crate::control::links::way::Way;
use crate::domain::signal::SignalId;
use crate::domain::source::{HttpSpec, Payload, Route};
use crate::domain::time::Timestamp;
use crate::domain::value::ValueKind;
use crate::domain::write_target::{WriteBody, WriteTarget};
use crate::protocol::decode::{self, DecodeError, Message};

/// One document and the place in it.
#[derive(Clone, PartialEq, Debug)]
pub struct Reading {
    pub url: String,
    /// Tag path of the setting that is written beside it, where the project says so.
    pub way: Option<String>,
    route: Route,
    /// What stands before and after the value in a text.
    around: Option<(String, String)>,
    /// The document is another than that of the source, and may have its time elsewhere.
    elsewhere: bool,
}

/// By tag paths.
pub fn all(spec: &HttpSpec, ways: &[Way], shown: &HashMap<SignalId, String>) -> HashMap<String, Reading> {
    let mut readings = HashMap::new();
    for route in &spec.routes {
        // A setting itself is read where `readback_url` says, or not at all: the document of the source may be that
        // of a historian.
        let Some(path) = shown.get(&route.signal).filter(|path| ways.iter().all(|way| way.signal != **path)) else {
            continue;
        };
        let reading =
            Reading { url: spec.url.clone(), way: None, route: route.clone(), around: None, elsewhere: false };
        readings.insert(path.clone(), reading);
    }
    for way in ways {
        let WriteTarget::Http { body, readback_url: Some(url), .. } = &way.address.target else { continue };
        let reading = of_way(spec, way, body, url);
        let path = way.readback.as_ref().unwrap_or(&way.signal);
        readings.insert(path.clone(), reading);
    }
    readings
}

fn of_way(spec: &HttpSpec, way: &Way, body: &WriteBody, url: &str) -> Reading {
    let own = spec.routes.iter().find(|route| route.signal == way.address.signal);
    let (time, quality) = match own.map(|route| &route.payload) {
        Some(Payload::Json { time, quality, .. }) => (time.clone(), quality.clone()),
        _ => (None, None),
    };
    let (payload, around) = match place(body) {
        Place::At(value) => (Payload::Json { value, time, quality }, None),
        Place::Between(before, after) => (Payload::Plain, Some((before, after))),
    };
    let route = Route {
        topic: String::new(),
        only_if: Vec::new(),
        signal: way.address.signal,
        kind: ValueKind::Real,
        payload,
        convert: way.address.convert.clone().map(|(here, there)| (there, here)),
    };
    Reading { url: url.to_owned(), way: Some(way.signal.clone()), route, around, elsewhere: url != spec.url }
}

impl Reading {
    /// What a document with this `Date` says.
    ///
    /// # Errors
    /// In words, when it does not say it, or not when.
    pub fn value(&self, body: &[u8], date: Option<String>, arrival: Timestamp) -> Result<ReadBack, String> {
        let failed = |error: DecodeError| format!("the answer of the server cannot be read: {error}");
        let message = Message::new(self.inner(body)?, arrival).map_err(failed)?;
        let mut route = self.route.clone();
        let mut own_time = matches!(&route.payload, Payload::Json { time: Some(_), .. });
        let mut sample = message.decode(&route);
        if let (Payload::Json { time, .. }, Err(DecodeError::Missing { pointer })) = (&mut route.payload, &sample)
            && self.elsewhere
            && time.as_ref().is_some_and(|(place, _)| place == pointer)
        {
            (*time, own_time) = (None, false);
            sample = message.decode(&route);
        }
        let sample = sample.map_err(failed)?.ok_or("the answer of the server is about something else")?;
        let source_time = match own_time {
            true => sample.source_time,
            false => {
                let date = date.and_then(|date| DateTime::parse_from_rfc2822(&date).ok());
                let date = date.and_then(|date| date.timestamp_nanos_opt()).map(Timestamp::from_nanos);
                date.ok_or("the answer of the server does not say of when it is")?
            }
        };
        let value = sample.value.as_f64().ok_or("the answer of the server holds no number")?;
        Ok(ReadBack { value, source_time, quality: sample.quality })
    }

    /// The part of a text in which the value stands alone.
    fn inner<'a>(&self, body: &'a [u8]) -> Result<&'a [u8], String> {
        let Some((before, after)) = &self.around else { return Ok(body) };
        let text = decode::text(body).map_err(|error| format!("the answer of the server is {error}"))?;
        let inner = text.trim().strip_prefix(before.trim_start()).and_then(|rest| rest.strip_suffix(after.trim_end()));
        inner.map(str::as_bytes).ok_or_else(|| {
            format!("the answer of the server is \"{}\" and not {before}…{after}", decode::excerpt(text))
        })
    }
}

/// Where a value stands in what is written.
#[derive(PartialEq, Eq, Debug)]
enum Place {
    /// At this JSON pointer.
    At(String),
    /// After and before these texts.
    Between(String, String),
}

fn place(body: &WriteBody) -> Place {
    let template = match body {
        WriteBody::Member(pointer) => return Place::At(pointer.clone()),
        WriteBody::Template(template) => template,
    };
    // A number that stands nowhere else in it.
    let mark = (918_273_645_u64..).find(|mark| !template.contains(&mark.to_string())).unwrap_or_default();
    let marked = serde_json::from_str(&template.replace(WriteBody::VALUE, &mark.to_string())).unwrap_or(Value::Null);
    match find(&marked, mark) {
        Some(pointer) if !pointer.is_empty() => Place::At(pointer),
        _ => {
            let (before, after) = template.split_once(WriteBody::VALUE).unwrap_or_default();
            Place::Between(before.to_owned(), after.to_owned())
        }
    }
}

fn find(part: &Value, mark: u64) -> Option<String> {
    let below = |step: String, part| find(part, mark).map(|rest| format!("/{step}{rest}"));
    match part {
        Value::Number(number) => (number.as_u64() == Some(mark)).then(String::new),
        Value::String(text) => (*text == mark.to_string()).then(String::new),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, part)| below(index.to_string(), part)),
        Value::Object(members) => {
            members.iter().find_map(|(name, part)| below(name.replace('~', "~0").replace('/', "~1"), part))
        }
        Value::Null | Value::Bool(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_says_where_to_read() {
        let at = |template: &str| place(&WriteBody::Template(template.into()));
        assert_eq!(place(&WriteBody::Member("/a/b".into())), Place::At("/a/b".into()));
        assert_eq!(at(r#"{"id":7,"set":[{"a/b":"{value}"}]}"#), Place::At("/set/0/a~1b".into()));
        assert_eq!(at(r#"{"was":918273645,"to":{value}}"#), Place::At("/to".into()));
        assert_eq!(at("{value}"), Place::Between(String::new(), String::new()));
        assert_eq!(at("SP={value};"), Place::Between("SP=".into(), ";".into()));
    }
}
