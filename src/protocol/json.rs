//! A JSON document that borrows its text from the payload, and JSON pointers (RFC 6901).
//!
//! `serde_json::Value` would copy every name and text of every message; here only texts with
//! escapes are copied. Depth is limited by serde_json (128 levels), size by who calls.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A parsed document or a part of it.
#[derive(Clone, PartialEq, Debug)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Also whole numbers beyond `i64`.
    Real(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Object<'a>),
}

/// Members by name. Of members with the same name the last counts, as in most readers.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

/// Objects with more members than this are sorted, so that a thousand routes on one big document
/// do not each walk it.
const SORTED_FROM: usize = 16;

impl<'a> Json<'a> {
    /// Reads a whole document.
    ///
    /// # Errors
    /// With line, column and what was expected there.
    pub fn parse(payload: &'a [u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(payload)
    }

    /// The part at a JSON pointer; the empty pointer is the whole. None where there is no such
    /// part.
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |part, token| match part {
            Self::Object(members) if token.contains('~') => members.get(&unescaped(token)),
            Self::Object(members) => members.get(token),
            Self::List(items) => items.get(list_index(token)?),
            _ => None,
        })
    }

    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Real(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl<'a> Object<'a> {
    fn get(&self, name: &str) -> Option<&Json<'a>> {
        let member = if self.0.len() < SORTED_FROM {
            self.0.iter().rfind(|(key, _)| key == name)
        } else {
            let after = self.0.partition_point(|(key, _)| key.as_ref() <= name);
            self.0.get(after.checked_sub(1)?).filter(|(key, _)| key == name)
        };
        member.map(|(_, value)| value)
    }
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// RFC 6901, 4: digits without leading zero.
fn list_index(token: &str) -> Option<usize> {
    let plain = token.bytes().all(|byte| byte.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    if plain { token.parse().ok() } else { None }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Json<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }
            fn visit_unit<E>(self) -> Result<Json<'de>, E> {
                Ok(Json::Null)
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Json<'de>, E> {
                Ok(Json::Bool(flag))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Json<'de>, E> {
                Ok(Json::Int(number))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Json<'de>, E> {
                Ok(i64::try_from(number).map_or(Json::Real(number as f64), Json::Int))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Json<'de>, E> {
                Ok(Json::Real(number))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
                Ok(Json::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
                Ok(Json::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json<'de>, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Json::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json<'de>, A::Error> {
                let mut object = Vec::new();
                while let Some((Name(name), value)) = members.next_entry()? {
                    object.push((name, value));
                }
                if object.len() >= SORTED_FROM {
                    object.sort_by(|(left, _), (right, _)| left.cmp(right));
                }
                Ok(Json::Object(Object(object)))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// The name of a member. `Cow` itself would always be read as a copy.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6901, section 5.
    #[test]
    fn pointers_find_what_the_standard_says() {
        let text = br#"{"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
            "k\"l": 6, " ": 7, "m~n": 8}"#;
        let document = Json::parse(text).unwrap_or(Json::Null);
        assert!(matches!(document.at(""), Some(Json::Object(_))));
        assert_eq!(document.at("/foo/0"), Some(&Json::Text("bar".into())));
        for (pointer, expected) in [
            ("/", 0),
            ("/a~1b", 1),
            ("/c%d", 2),
            ("/e^f", 3),
            ("/g|h", 4),
            ("/i\\j", 5),
            ("/k\"l", 6),
            ("/ ", 7),
            ("/m~0n", 8),
        ] {
            assert_eq!(document.at(pointer), Some(&Json::Int(expected)), "{pointer}");
        }
        for pointer in ["foo", "/foo/2", "/foo/-", "/foo/01", "/bar", "/foo/0/x"] {
            assert_eq!(document.at(pointer), None, "{pointer}");
        }
    }

    #[test]
    fn big_objects_are_found_by_name_and_the_last_of_a_name_counts() {
        for count in [3, 15, 16, 400] {
            let members: Vec<String> = (0..count).map(|index| format!("\"m{index}\":{index}")).collect();
            let text = format!("{{{},\"m1\":-1}}", members.join(","));
            let document = Json::parse(text.as_bytes()).unwrap_or(Json::Null);
            assert_eq!(document.at("/m1"), Some(&Json::Int(-1)), "{count}");
            assert_eq!(document.at("/m2"), Some(&Json::Int(2)), "{count}");
            assert_eq!(document.at("/m"), None, "{count}");
        }
    }

    #[test]
    fn depth_is_limited() {
        let deep = "[".repeat(100_000);
        assert!(Json::parse(deep.as_bytes()).is_err_and(|error| error.to_string().contains("recursion limit")));
    }
}
