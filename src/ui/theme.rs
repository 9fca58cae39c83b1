//! Colours, sizes and fonts of the console, in one place.
//!
//! After ISA-101: muted greys for what is normal, saturated colour for what is not. Meanings are
//! those of the design's table; each colour that says something is paired with a shape or a word.

use egui::style::ScrollStyle;
use egui::{Color32, Context, CornerRadius, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Visuals, vec2};

use crate::domain::alarm::Priority;
use crate::domain::command::Theme;

/// Text sizes in points.
pub const SMALL: f32 = 11.0;
pub const BODY: f32 = 13.0;
pub const HEAD: f32 = 15.0;

/// Every colour that the console uses.
#[derive(Clone, PartialEq, Debug)]
pub struct Palette {
    /// Behind everything, and the inside of fields and plots.
    pub ground: Color32,
    pub panel: Color32,
    /// Buttons, rows under the pointer, cards.
    pub raised: Color32,
    /// A button under the pointer.
    pub lifted: Color32,
    /// Separators and outlines.
    pub line: Color32,
    pub text: Color32,
    pub quiet: Color32,
    /// Selection and focus; never an alarm colour.
    pub selection: Color32,
    /// Behind a selected row.
    pub selection_fill: Color32,
    /// By priority, most urgent first.
    pub alarm: [Color32; 4],
    /// Numbers on an alarm colour, by priority.
    pub alarm_ink: [Color32; 4],
    /// Values that must not be used.
    pub bad: Color32,
    pub replay: Color32,
    pub simulation: Color32,
    /// A change that acts on the plant.
    pub trial: Color32,
    pub trial_ink: Color32,
    /// Words on the colours of replay and simulation.
    pub tense_ink: Color32,
    /// Curves.
    pub curve: Color32,
    /// Bars of the data strip.
    pub strip: Color32,
}

const fn hex(rgb: u32) -> Color32 {
    let [_, r, g, b] = rgb.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

static DARK: Palette = Palette {
    ground: hex(0x1b1d20),
    panel: hex(0x24272b),
    raised: hex(0x2f3338),
    lifted: hex(0x3b4047),
    line: hex(0x3a3f45),
    text: hex(0xd7dade),
    quiet: hex(0x949aa3),
    selection: hex(0x7aa7d9),
    selection_fill: hex(0x2c3d50),
    alarm: [hex(0xe5484d), hex(0xf0883e), hex(0xe3c341), hex(0x4fb3bf)],
    alarm_ink: [hex(0xffffff), hex(0x1b1d20), hex(0x1b1d20), hex(0x1b1d20)],
    bad: hex(0x8a9099),
    replay: hex(0x5b7c99),
    simulation: hex(0x8e6fc1),
    trial: hex(0xe3c341),
    trial_ink: hex(0x1b1d20),
    tense_ink: hex(0xffffff),
    curve: hex(0xb4bac2),
    strip: hex(0x444a52),
};

static LIGHT: Palette = Palette {
    ground: hex(0xffffff),
    panel: hex(0xf3f4f5),
    raised: hex(0xe4e6e9),
    lifted: hex(0xd6d9dd),
    line: hex(0xcbcfd4),
    text: hex(0x22262b),
    quiet: hex(0x5b626b),
    selection: hex(0x2f6aa8),
    selection_fill: hex(0xcfe0f1),
    alarm: [hex(0xc92a30), hex(0xd9660f), hex(0xe0b400), hex(0x1f8a98)],
    alarm_ink: [hex(0xffffff), hex(0xffffff), hex(0x22262b), hex(0xffffff)],
    bad: hex(0x6b7078),
    replay: hex(0x4a6f8f),
    simulation: hex(0x7553b0),
    trial: hex(0xe0b400),
    trial_ink: hex(0x22262b),
    tense_ink: hex(0xffffff),
    curve: hex(0x4a5159),
    strip: hex(0xb4bac1),
};

impl Palette {
    pub fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Dark => &DARK,
            Theme::Light => &LIGHT,
        }
    }

    pub fn alarm(&self, priority: Priority) -> Color32 {
        let [p1, p2, p3, p4] = self.alarm;
        match priority {
            Priority::P1 => p1,
            Priority::P2 => p2,
            Priority::P3 => p3,
            Priority::P4 => p4,
        }
    }

    pub fn alarm_ink(&self, priority: Priority) -> Color32 {
        let [p1, p2, p3, p4] = self.alarm_ink;
        match priority {
            Priority::P1 => p1,
            Priority::P2 => p2,
            Priority::P3 => p3,
            Priority::P4 => p4,
        }
    }
}

/// Dresses egui in a theme. Costs little, but is meant for when the theme changes.
pub fn apply(ctx: &Context, theme: Theme) {
    apply_style(ctx, theme, style(theme, Palette::of(theme)));
}

/// Dresses egui in a theme whose sizes were changed.
pub(super) fn apply_style(ctx: &Context, theme: Theme, style: Style) {
    let egui_theme = match theme {
        Theme::Dark => egui::Theme::Dark,
        Theme::Light => egui::Theme::Light,
    };
    ctx.set_theme(egui_theme);
    let sizes: Vec<FontId> = style.text_styles.values().cloned().collect();
    ctx.set_style_of(egui_theme, style);
    draw_glyphs_ahead(ctx, sizes);
}

/// Puts the usual glyphs into the font atlas at once: on a slow adapter a glyph that is met later is
/// missing for a frame or two.
fn draw_glyphs_ahead(ctx: &Context, sizes: Vec<FontId>) {
    let usual: String = (' '..='~').chain("°·²³µ–×±…\u{2009}".chars()).collect();
    let painted = [9.5, SMALL, 12.0, BODY, HEAD].map(FontId::proportional);
    let fonts = painted.into_iter().chain([FontId::monospace(BODY - 0.5), FontId::monospace(SMALL)]).chain(sizes);
    ctx.fonts_mut(|all| {
        for font in fonts {
            all.layout_no_wrap(usual.clone(), font, Color32::WHITE);
        }
    });
}

pub(super) fn style(theme: Theme, palette: &Palette) -> Style {
    let mut style = Style { visuals: visuals(theme, palette), ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, FontId::new(SMALL, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(BODY, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(BODY, FontFamily::Proportional)),
        (TextStyle::Heading, FontId::new(HEAD, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(BODY - 0.5, FontFamily::Monospace)),
    ]
    .into();
    style.spacing.item_spacing = vec2(6.0, 4.0);
    style.spacing.button_padding = vec2(7.0, 2.0);
    style.spacing.interact_size = vec2(32.0, 22.0);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.tooltip_width = 320.0;
    style.spacing.scroll = ScrollStyle { floating_allocated_width: 8.0, ..ScrollStyle::floating() };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.3;
    style.animation_time = 0.08;
    style
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let mut visuals = match theme {
        Theme::Dark => Visuals::dark(),
        Theme::Light => Visuals::light(),
    };
    let corner = CornerRadius::same(3);
    visuals.weak_text_color = Some(palette.quiet);
    visuals.hyperlink_color = palette.selection;
    visuals.panel_fill = palette.panel;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = corner;
    visuals.menu_corner_radius = corner;
    visuals.extreme_bg_color = palette.ground;
    visuals.text_edit_bg_color = Some(palette.ground);
    visuals.faint_bg_color = palette.raised;
    visuals.selection.bg_fill = palette.selection_fill;
    visuals.selection.stroke = Stroke::new(1.0, palette.selection);
    visuals.widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.line);
    visuals.widgets.noninteractive.fg_stroke = Stroke::new(1.0, palette.text);
    let fills = [palette.raised, palette.lifted, palette.lifted, palette.raised];
    let widgets = &mut visuals.widgets;
    let states = [&mut widgets.inactive, &mut widgets.hovered, &mut widgets.active, &mut widgets.open];
    for (state, fill) in states.into_iter().zip(fills) {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::NONE;
        state.fg_stroke = Stroke::new(1.0, palette.text);
        state.corner_radius = corner;
        state.expansion = 0.0;
    }
    visuals.widgets.active.bg_stroke = Stroke::new(1.0, palette.selection);
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, relative luminance and contrast ratio.
    fn contrast(one: Color32, other: Color32) -> f64 {
        let luminance = |colour: Color32| {
            let [r, g, b] = [colour.r(), colour.g(), colour.b()].map(|channel| {
                let channel = f64::from(channel) / 255.0;
                if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_ground() {
        for palette in [&DARK, &LIGHT] {
            for ground in [palette.ground, palette.panel, palette.raised, palette.selection_fill] {
                assert!(contrast(palette.text, ground) >= 7.0, "text on {ground:?}");
            }
            for ground in [palette.ground, palette.panel, palette.raised] {
                assert!(contrast(palette.quiet, ground) >= 4.0, "quiet text on {ground:?}");
            }
        }
    }

    #[test]
    fn alarm_marks_stand_out_from_the_panels_and_their_numbers_from_them() {
        for palette in [&DARK, &LIGHT] {
            for (fill, ink) in palette.alarm.into_iter().zip(palette.alarm_ink) {
                assert!(contrast(fill, ink) >= 3.0, "{ink:?} on {fill:?}");
            }
        }
        assert!([&DARK, &LIGHT].iter().all(|palette| contrast(palette.trial_ink, palette.trial) >= 7.0));
        assert!(DARK.alarm.iter().all(|fill| contrast(*fill, DARK.panel) >= 3.0));
    }
}
