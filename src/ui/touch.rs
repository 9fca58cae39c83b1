//! Sizes where a ray or a finger points instead of a mouse, and what the panels ask about it.
//!
//! The panels are those of the desk: they take their sizes from the style, and ask here where the
//! style does not say enough.

use egui::{
    Align, Button, FontFamily, FontId, Id, ScrollArea, Sense, Style, TextEdit, TextStyle, Ui, Vec2, WidgetType,
    scroll_area::ScrollSource, vec2,
};

use super::theme::{self, Palette};
use crate::domain::command::Theme;

/// Text sizes in points.
pub const SMALL: f32 = 14.0;
pub const BODY: f32 = 17.0;
pub const HEAD: f32 = 20.0;
/// Least height of what has to be hit, points.
pub const TARGET: f32 = 44.0;
/// What is pressed and let go within these counts as pressed, and not as drawn or held: points, seconds.
const TREMBLE: f32 = 20.0;
const LONGEST_PRESS_SECS: f64 = 3.0;

/// Dresses a context in a theme with the sizes of this module, where it is not dressed yet.
pub fn dress(ui: &mut Ui, theme: Theme) {
    let id = Id::new("dressed for touch");
    if ui.ctx().data(|data| data.get_temp::<Option<Theme>>(id)).flatten() == Some(theme) {
        return;
    }
    theme::apply_style(ui.ctx(), theme, enlarged(theme::style(theme, Palette::of(theme))));
    ui.set_style(ui.ctx().global_style());
    // A hand in the air trembles, and nobody who waits for a menu to answer lets go at once.
    ui.ctx().options_mut(|options| {
        options.input_options.max_click_dist = TREMBLE;
        options.input_options.max_click_duration = LONGEST_PRESS_SECS;
    });
    ui.ctx().data_mut(|data| data.insert_temp(id, Some(theme)));
}

fn enlarged(mut style: Style) -> Style {
    for (name, size) in
        [(TextStyle::Small, SMALL), (TextStyle::Body, BODY), (TextStyle::Button, BODY), (TextStyle::Heading, HEAD)]
    {
        style.text_styles.insert(name, FontId::new(size, FontFamily::Proportional));
    }
    style.text_styles.insert(TextStyle::Monospace, FontId::new(BODY - 0.5, FontFamily::Monospace));
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(6.0, 6.0);
    spacing.button_padding = vec2(10.0, 4.0);
    spacing.interact_size = Vec2::splat(TARGET);
    spacing.icon_width = 24.0;
    spacing.icon_width_inner = 14.0;
    spacing.icon_spacing = 8.0;
    spacing.combo_height = 6.0 * TARGET;
    spacing.scroll.floating_width = 8.0;
    style
}

/// True where a ray or a finger points.
pub fn pointed(ui: &Ui) -> bool {
    ui.spacing().interact_size.y >= TARGET
}

/// How much larger text is than at the desk: 1 there.
pub fn scale(ui: &Ui) -> f32 {
    TextStyle::Body.resolve(ui.style()).size / theme::BODY
}

/// A name with the key that does the same, where there are keys.
pub fn keyed(ui: &Ui, name: &str, key: &str) -> String {
    if pointed(ui) { name.to_owned() } else { format!("{name} ({key})") }
}

/// A small button, where small ones can be hit.
pub fn small<'a>(ui: &Ui, button: Button<'a>) -> Button<'a> {
    if pointed(ui) { button } else { button.small() }
}

/// A button with one sign on it, as wide as it is high where a ray points.
pub fn square<'a>(ui: &Ui, button: Button<'a>) -> Button<'a> {
    if pointed(ui) { button.min_size(Vec2::splat(TARGET)) } else { button }
}

/// What a sign that is too small for a ray answers to.
pub fn small_click(ui: &Ui) -> Sense {
    if pointed(ui) { Sense::hover() } else { Sense::click() }
}

/// What such a sign is, for those who do not see it.
pub fn small_kind(ui: &Ui) -> WidgetType {
    if pointed(ui) { WidgetType::Image } else { WidgetType::Button }
}

/// A field to write in that can be hit.
pub fn sized<'a>(ui: &Ui, field: TextEdit<'a>) -> TextEdit<'a> {
    if pointed(ui) { field.min_size(vec2(0.0, TARGET)).vertical_align(Align::Center) } else { field }
}

/// What moves a list: a ray takes hold of its content.
pub fn scrolling(ui: &Ui) -> ScrollSource {
    if pointed(ui) { ScrollSource::ALL } else { ScrollSource::default() }
}

/// A list of a page that takes the room there is.
pub fn page(name: &str) -> ScrollArea {
    ScrollArea::vertical().id_salt(name).auto_shrink(false).scroll_source(ScrollSource::ALL)
}
