//! How large the panels are in the scene and in pixels, and whether they can be read there.
//!
//! A panel is flat and is looked at straight: at its middle a degree covers the fewest pixels.

use egui::Vec2;

/// Pixels that a point of a panel is wide.
pub const PIXELS_PER_POINT: f32 = 2.0;

/// A panel of the headset.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PanelSize {
    /// Width and height of the layout, points.
    pub points: [f32; 2],
    /// Width and height of the picture.
    pub pixels: [u32; 2],
    /// Width and height in the scene [m].
    pub metres: [f32; 2],
    /// From where it is read [m].
    pub distance_m: f32,
}

/// In the hand, or where the wearer hung it.
pub const TABLET: PanelSize =
    PanelSize { points: [512.0, 683.0], pixels: [1024, 1366], metres: [0.36, 0.48], distance_m: 0.5 };
/// On the inside of the arm.
pub const WRIST: PanelSize =
    PanelSize { points: [240.0, 200.0], pixels: [480, 400], metres: [0.12, 0.1], distance_m: 0.35 };
/// Beside equipment.
pub const PINNED: PanelSize =
    PanelSize { points: [320.0, 300.0], pixels: [640, 600], metres: [0.6, 0.5625], distance_m: 1.5 };
/// Under the tablet, tilted towards the wearer.
pub const KEYBOARD: PanelSize =
    PanelSize { points: [640.0, 260.0], pixels: [1280, 520], metres: [0.36, 0.146_25], distance_m: 0.5 };

/// Over what a ray is on.
pub const NAME: PanelSize =
    PanelSize { points: [280.0, 64.0], pixels: [560, 128], metres: [0.42, 0.096], distance_m: 1.2 };
/// At the lower edge of sight.
pub const BADGE: PanelSize =
    PanelSize { points: [300.0, 80.0], pixels: [600, 160], metres: [0.42, 0.112], distance_m: 1.0 };

/// Signs of the plant, each in a cell of its own and hung up by itself.
pub const SIGNS: PanelSize =
    PanelSize { points: [512.0, 384.0], pixels: [1024, 768], metres: [2.0, 1.5], distance_m: 4.0 };

impl PanelSize {
    /// Size of the layout, points.
    pub fn size(&self) -> Vec2 {
        self.points.into()
    }

    /// Pixels that a degree of sight covers in the middle of the panel.
    pub fn pixels_per_degree(&self) -> f32 {
        let [pixels, _] = self.pixels;
        let [metres, _] = self.metres;
        pixels as f32 / metres * self.distance_m * 1.0_f32.to_radians().tan()
    }

    /// Angle that so many points cover in the middle of the panel [arc minutes].
    pub fn arc_minutes(&self, points: f32) -> f32 {
        60.0 * points * PIXELS_PER_POINT / self.pixels_per_degree()
    }
}

#[cfg(test)]
mod tests {
    use egui::{Color32, Context, FontId, RawInput};

    use super::*;
    use crate::ui::touch;

    const ALL: [PanelSize; 6] = [TABLET, WRIST, PINNED, KEYBOARD, NAME, BADGE];

    #[test]
    fn pictures_and_panels_have_the_same_shape() {
        for panel in ALL {
            for (pixels, points) in panel.pixels.into_iter().zip(panel.points) {
                assert!((pixels as f32 - points * PIXELS_PER_POINT).abs() <= 1.0, "{panel:?}");
            }
            let ([wide, high], [width, height]) = (panel.points, panel.metres);
            assert!((wide / high - width / height).abs() < 0.002, "{panel:?}");
        }
    }

    /// Less than 20 pixels a degree is not read with ease.
    #[test]
    fn a_degree_covers_at_least_twenty_pixels() {
        for panel in ALL {
            assert!(panel.pixels_per_degree() >= 20.0, "{panel:?}: {}", panel.pixels_per_degree());
        }
        // 1024 pixels over 0.36 m at 0.5 m: 1 degree is 8.728 mm wide there.
        assert!((TABLET.pixels_per_degree() - 24.826).abs() < 0.01);
    }

    /// ISO 9241-303 wants characters 16 arc minutes high at least, and 20 to 22 for reading with ease,
    /// measured at capital letters. Here small letters already keep to the 20.
    #[test]
    fn small_letters_of_body_text_are_twenty_arc_minutes_high() {
        for panel in ALL {
            let angle = panel.arc_minutes(x_height(touch::BODY));
            assert!(angle >= 20.0, "{panel:?}: {angle}");
            let angle = panel.arc_minutes(x_height(touch::SMALL));
            assert!(angle >= 20.0, "small text, {panel:?}: {angle}");
        }
    }

    /// Height of an x as the font draws it, points.
    fn x_height(size: f32) -> f32 {
        let ctx = Context::default();
        ctx.set_pixels_per_point(8.0);
        let mut height = 0.0;
        for _ in 0..2 {
            let mut output = ctx.run_ui(RawInput::default(), |ui| {
                let galley = ui.painter().layout_no_wrap("x".into(), FontId::proportional(size), Color32::WHITE);
                height = galley.mesh_bounds.height();
            });
            output.textures_delta.clear();
        }
        height
    }
}
