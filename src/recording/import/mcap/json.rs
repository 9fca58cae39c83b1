//! Messages in JSON, read value by value: no document is built in memory.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::fields::{FieldId, Fields, List, Scalar};

/// Notes the values of a message.
///
/// # Errors
/// With what is wrong at which place.
pub(super) fn decode(data: &[u8], fields: &mut Fields, root: FieldId) -> Result<(), String> {
    let mut document = serde_json::Deserializer::from_slice(data);
    let read = Part { fields, field: root }.deserialize(&mut document);
    read.and_then(|()| document.end()).map_err(|error| format!("it is not JSON ({error})"))
}

/// A part of the document, and the field that it is.
struct Part<'a> {
    fields: &'a mut Fields,
    field: FieldId,
}

impl Part<'_> {
    fn put<E>(self, scalar: Scalar) -> Result<(), E> {
        self.fields.put(self.field, scalar);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.put(Scalar::Bool(flag))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.put(Scalar::Int(number))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.put(whole(number))
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.put(Scalar::Real(number))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.put(Scalar::Text(text.as_bytes()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut list = List::default();
        while items.next_element_seed(Item(&mut list))?.is_some() {}
        list.put(self.fields, self.field);
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = members.next_key()? {
            match self.fields.child(self.field, &name) {
                Some(field) => members.next_value_seed(Part { fields: &mut *self.fields, field })?,
                None => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// JSON does not tell whole numbers from others; those beyond `i64` are real.
fn whole(number: u64) -> Scalar<'static> {
    i64::try_from(number).map_or(Scalar::Real(number as f64), Scalar::Int)
}

/// One item of a list.
struct Item<'a>(&'a mut List);

impl Item<'_> {
    fn put<E>(self, scalar: Scalar<'static>) -> Result<(), E> {
        self.0.push(scalar);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.0.push_other();
        Ok(())
    }
    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.put(Scalar::Bool(flag))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.put(Scalar::Int(number))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.put(whole(number))
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.put(Scalar::Real(number))
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        self.0.push_other();
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.push_other();
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.0.push_other();
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The name of a member, borrowed where it holds no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}
