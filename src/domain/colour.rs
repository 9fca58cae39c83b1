//! Colours as people write them: sRGB with opacity.

use serde::{Deserialize, Serialize};

/// An sRGB colour with straight opacity, each 0..=1.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rgba {
    pub r: f32,
    pub g: f32,
    pub b: f32,
    pub a: f32,
}

impl Rgba {
    pub const WHITE: Self = Self::new(1.0, 1.0, 1.0, 1.0);

    pub const fn new(r: f32, g: f32, b: f32, a: f32) -> Self {
        Self { r, g, b, a }
    }

    /// From 0xRRGGBB, opaque.
    pub const fn from_hex(rgb: u32) -> Self {
        let [_, r, g, b] = rgb.to_be_bytes();
        Self::new(r as f32 / 255.0, g as f32 / 255.0, b as f32 / 255.0, 1.0)
    }

    pub const fn with_alpha(self, a: f32) -> Self {
        Self { a, ..self }
    }

    /// On the way to `other` by `t` in 0..=1, mixed in sRGB as colour scales are drawn.
    pub fn lerp(self, other: Self, t: f32) -> Self {
        let mix = |from: f32, to: f32| from + (to - from) * t.clamp(0.0, 1.0);
        Self::new(mix(self.r, other.r), mix(self.g, other.g), mix(self.b, other.b), mix(self.a, other.a))
    }

    /// The linear-light channels that a renderer works with; opacity as it is.
    pub fn to_linear(self) -> [f32; 4] {
        [linear_from_srgb(self.r), linear_from_srgb(self.g), linear_from_srgb(self.b), self.a]
    }
}

/// IEC 61966-2-1 transfer function.
fn linear_from_srgb(channel: f32) -> f32 {
    if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_and_linear_agree_with_published_values() {
        let grey = Rgba::from_hex(0x808080).to_linear();
        assert!((grey[0] - 0.215_861).abs() < 1e-5, "{grey:?}");
        assert_eq!(Rgba::from_hex(0xff0000), Rgba::new(1.0, 0.0, 0.0, 1.0));
    }
}
