//! Colours for amounts, from little to much, in the hue of what is simulated.
//!
//! A straight way through OKLab is even for the eye. Its lightness alone tells the order, so it is
//! read without seeing hues, and it comes near no colour of an alarm.

use egui::Color32;

/// Ends of the way: lightness, green to red, blue to yellow.
const LITTLE: [f64; 3] = [0.27, 0.03, -0.10];
const MUCH: [f64; 3] = [0.96, 0.01, -0.02];

/// The colour of a part, 0..=1; what lies outside counts as the nearer end.
pub fn colour(part: f64) -> Color32 {
    let [r, g, b] = srgb_from_oklab(way(part.clamp(0.0, 1.0)));
    Color32::from_rgb(r, g, b)
}

fn way(part: f64) -> [f64; 3] {
    let along = |from: f64, to: f64| from + (to - from) * part;
    let ([l0, a0, b0], [l1, a1, b1]) = (LITTLE, MUCH);
    [along(l0, l1), along(a0, a1), along(b0, b1)]
}

/// Ottosson, "A perceptual color space for image processing", 2020; transfer function of IEC 61966-2-1.
fn srgb_from_oklab([l, a, b]: [f64; 3]) -> [u8; 3] {
    let long = (l + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let middle = (l - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (l - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    let linear = [
        4.076_741_662_1 * long - 3.307_711_591_3 * middle + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * middle - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * middle + 1.707_614_701 * short,
    ];
    linear.map(|channel| {
        let curved = if channel <= 0.003_130_8 { 12.92 * channel } else { 1.055 * channel.powf(1.0 / 2.4) - 0.055 };
        (curved.clamp(0.0, 1.0) * 255.0).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_published_space() {
        // Coordinates of sRGB red and white from the paper's reference implementation, to five digits.
        assert_eq!(srgb_from_oklab([0.627_96, 0.224_86, 0.125_85]), [255, 0, 0]);
        assert_eq!(srgb_from_oklab([1.0, 0.0, 0.0]), [255, 255, 255]);
    }

    #[test]
    fn more_is_lighter_and_ends_hold() {
        // WCAG 2.2, relative luminance.
        let luminance = |part: f64| {
            let colour = colour(part);
            let [r, g, b] = [colour.r(), colour.g(), colour.b()].map(|channel| (f64::from(channel) / 255.0).powf(2.2));
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let lights: Vec<f64> = (0..=20).map(|step| luminance(f64::from(step) / 20.0)).collect();
        assert!(lights.windows(2).all(|pair| pair[0] < pair[1]), "{lights:?}");
        assert_eq!([colour(-1.0), colour(2.0)], [colour(0.0), colour(1.0)]);
    }
}
