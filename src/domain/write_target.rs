//! Where and as whom settings are written, as a project declares it. Does not write.

use super::signal::SignalId;
use super::source::Secret;
use super::unit::Unit;

/// The way of one setting to the plant.
#[derive(Clone, PartialEq, Debug)]
pub struct WriteAddress {
    pub signal: SignalId,
    /// Name of the source that it is written through.
    pub source: String,
    pub identity: WriteIdentity,
    pub target: WriteTarget,
    /// Unit of the signal and unit that the plant takes, where they differ: values are converted.
    pub convert: Option<(Unit, Unit)>,
    /// Writing a value twice does what writing it once does. If not, a write without answer is never
    /// repeated.
    pub idempotent: bool,
}

/// Who writes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub enum WriteIdentity {
    /// The one who reads.
    #[default]
    Reader,
    User {
        name: String,
        password: Secret,
    },
    /// Value of an `Authorization: Bearer` header.
    Token(Secret),
}

#[derive(Clone, PartialEq, Debug)]
pub enum WriteTarget {
    Opcua {
        /// As in [`OpcuaNode::node`](super::source::OpcuaNode::node).
        node: String,
    },
    Mqtt {
        topic: String,
        /// 0, 1 or 2.
        qos: u8,
        body: WriteBody,
        /// Where the plant answers (MQTT 5.0, 4.10) with `{"status": "accepted" | "clamped" | "rejected",
        /// "reason": "…"}`; none: only the read-back tells.
        response_topic: Option<String>,
    },
    Http {
        url: String,
        method: HttpMethod,
        body: WriteBody,
        /// Asked after a write for what the plant holds now, which stands there as in `body`.
        readback_url: Option<String>,
    },
    /// A variable of the model that plays the plant.
    Emulator { parameter: String },
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum HttpMethod {
    #[default]
    Put,
    Post,
}

/// What is sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WriteBody {
    /// A text in which `{value}` stands for the value.
    Template(String),
    /// A JSON document with nothing but the value, at this JSON pointer (RFC 6901).
    Member(String),
}

impl WriteBody {
    /// What stands for the value in a template.
    pub const VALUE: &str = "{value}";

    /// What is sent for a value, as a JSON number of the fewest digits that read as the same number; none where
    /// it is not finite.
    pub fn text(&self, value: f64) -> Option<String> {
        let number = value.is_finite().then(|| value.to_string())?;
        Some(match self {
            Self::Template(template) => template.replace(Self::VALUE, &number),
            Self::Member(pointer) => {
                let names: Vec<String> = pointer.split('/').skip(1).map(name).collect();
                let open: String = names.iter().map(|name| format!("{{{name}:")).collect();
                format!("{open}{number}{}", "}".repeat(names.len()))
            }
        })
    }
}

/// A part of a JSON pointer as the name of a member (RFC 8259, 7).
fn name(token: &str) -> String {
    let mut name = String::from("\"");
    for c in token.replace("~1", "/").replace("~0", "~").chars() {
        match c {
            '"' | '\\' => name.extend(['\\', c]),
            c if u32::from(c) < 0x20 => name.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => name.push(c),
        }
    }
    name + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        let whole = WriteBody::Template(WriteBody::VALUE.to_owned());
        for (value, text) in [(570.0, "570"), (0.1, "0.1"), (-2.5e-7, "-0.00000025"), (1.0 / 3.0, "0.3333333333333333")]
        {
            assert_eq!(whole.text(value).as_deref(), Some(text));
        }
        for value in [1e300, f64::MIN_POSITIVE, f64::MAX, 123_456_789.125] {
            assert_eq!(whole.text(value).and_then(|text| text.parse().ok()), Some(value));
        }
        assert_eq!([f64::NAN, f64::INFINITY].map(|value| whole.text(value)), [None, None]);
    }

    #[test]
    fn a_template_keeps_its_words_and_a_member_stands_where_it_is_to() {
        let template = WriteBody::Template(r#"{"to":{value},"was":{value}}"#.into());
        assert_eq!(template.text(5.5).as_deref(), Some(r#"{"to":5.5,"was":5.5}"#));
        for (pointer, text) in [
            ("/speed", r#"{"speed":7}"#),
            ("/filler/speed/to", r#"{"filler":{"speed":{"to":7}}}"#),
            ("/a~1b/m~0n/", r#"{"a/b":{"m~n":{"":7}}}"#),
            ("/q\"\\/\n", r#"{"q\"\\":{"\u000a":7}}"#),
        ] {
            assert_eq!(WriteBody::Member(pointer.into()).text(7.0).as_deref(), Some(text));
        }
    }
}
