//! Which versions of the scene format are read.

use serde_json::Value;

use super::document::Place;

/// True when the document's version does not forbid to read it.
pub fn readable(scene: &Value) -> bool {
    scene.get("specVersion").and_then(Value::as_str).and_then(parse).is_some_and(|(major, _)| major <= 1)
}

/// Reports what is to be said about the version; false where nothing must be loaded.
pub fn check(scene: &Place) -> bool {
    const EXAMPLE: &str = "\"specVersion\": \"1.0\"";
    const MEANING: &str = "The scene is not loaded, because it may mean something else than is read here.";
    let Some(place) = scene.get("specVersion") else {
        scene.error("the scene document has no specVersion", MEANING, EXAMPLE);
        return false;
    };
    let Some(text) = place.value().as_str() else {
        place.error(format!("expected a text like \"1.0\", found {}", place.value()), MEANING, EXAMPLE);
        return false;
    };
    match parse(text) {
        None if text == "1" => {
            place.error("version \"1\" is TwinMaker's private beta, which is not read", MEANING, EXAMPLE);
            false
        }
        None => {
            place.error(format!("expected a version like \"1.0\", found \"{text}\""), MEANING, EXAMPLE);
            false
        }
        Some((major, _)) if major > 1 => {
            place.error(format!("version {text} is newer than the versions 1.x that are read"), MEANING, EXAMPLE);
            false
        }
        Some((_, minor)) if minor > 0 => {
            let meaning = "The scene is shown; what is new in that version is missing.";
            place.warn(format!("version {text} is newer than 1.0"), meaning, EXAMPLE);
            true
        }
        Some(_) => true,
    }
}

fn parse(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    Some((number(major)?, number(minor)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_versions_1_x_are_readable() {
        let readable = |version: Value| readable(&json!({ "specVersion": version, "nodes": [] }));
        assert_eq!(["1.0", "1.7", "0.9"].map(|version| readable(version.into())), [true; 3]);
        assert_eq!(["1", "2.0", "1.0.0", "1.x", "", "+1.0"].map(|version| readable(version.into())), [false; 6]);
        assert!(!readable(json!(1.0)));
    }
}
