//! Colours as scene documents write them: CSS text, or a whole number 0xRRGGBB.

use serde_json::Value;

use super::document::{Place, excerpt};
use crate::domain::colour::Rgba;

/// A CSS colour; its alpha is kept.
pub fn css(text: &str) -> Option<Rgba> {
    let colour = csscolorparser::parse(text.trim()).ok()?;
    let [r, g, b, a] = [colour.r, colour.g, colour.b, colour.a].map(|channel| channel.clamp(0.0, 1.0));
    [r, g, b, a].iter().all(|channel| channel.is_finite()).then_some(Rgba::new(r, g, b, a))
}

/// The colour of that name; none where there is none, or (reported) none that can be read.
pub fn colour<'a>(place: &Place<'a>, key: &'a str) -> Option<Rgba> {
    let place = place.get(key)?;
    let colour = match place.value() {
        Value::String(text) => css(text),
        Value::Number(number) => number.as_u64().and_then(|rgb| u32::try_from(rgb).ok()).map(Rgba::from_hex),
        _ => None,
    };
    if colour.is_none() {
        let message = format!("expected a CSS colour, found {}", excerpt(place.value()));
        place.warn(message, "The usual colour is shown.", "\"#d13212\"");
    }
    colour
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn css_colours_keep_their_alpha() {
        assert_eq!(css("red"), Some(Rgba::from_hex(0xff0000)));
        assert_eq!(css(" #01FF33 "), Some(Rgba::from_hex(0x01ff33)));
        assert_eq!(css("rgba(255, 0, 0, 0.5)"), Some(Rgba::from_hex(0xff0000).with_alpha(0.5)));
        assert_eq!(css("hsl(120, 100%, 50%)"), Some(Rgba::from_hex(0x00ff00)));
        assert_eq!(css("reddish"), None);
        assert_eq!(css(""), None);
    }
}
