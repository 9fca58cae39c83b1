//! A keyboard in the scene, for the fields of the tablet: in a panel of its own, so that a field keeps
//! the keyboard's attention while keys are pressed.

use egui::{Button, CentralPanel, Event, Frame, Margin, Modifiers, RichText, Ui, vec2};

use crate::domain::command::Theme;
use crate::ui::theme::Palette;
use crate::ui::touch;

/// What was pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Key {
    Letter(char),
    Backspace,
    Enter,
    Left,
    Right,
    /// Writing is over: the keyboard goes away.
    Done,
}

impl Key {
    /// What a context has to be told that the key was pressed and let go; nothing of [`Key::Done`].
    pub fn events(self) -> Vec<Event> {
        let key = match self {
            Self::Letter(letter) => return vec![Event::Text(letter.to_string())],
            Self::Backspace => egui::Key::Backspace,
            Self::Enter => egui::Key::Enter,
            Self::Left => egui::Key::ArrowLeft,
            Self::Right => egui::Key::ArrowRight,
            Self::Done => return Vec::new(),
        };
        let event =
            |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE };
        vec![event(true), event(false)]
    }
}

/// What the keyboard remembers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct KeyboardState {
    /// The next letter is a large one.
    shift: bool,
    symbols: bool,
}

const DIGITS: &str = "1234567890";
const LETTERS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
const SYMBOLS: [&str; 3] = ["@#%&*()-+=", "_/\\:;'\"!?", "`.,<>[]"];
/// Space between keys, points.
const SPACE: f32 = 4.0;

/// Draws the keyboard; returns what was pressed in this frame, in order.
pub fn keyboard_ui(ui: &mut Ui, theme: Theme, state: &mut KeyboardState) -> Vec<Key> {
    touch::dress(ui, theme);
    let frame = Frame::new().fill(Palette::of(theme).panel).inner_margin(Margin::same(8));
    let mut pressed = Vec::new();
    CentralPanel::default().frame(frame).show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(SPACE, SPACE);
        ui.spacing_mut().button_padding.x = 2.0;
        // Ten keys fill a row.
        let unit = (ui.available_width() + SPACE) / 10.0;
        let [first, second, third] = if state.symbols { SYMBOLS } else { LETTERS };
        letters_ui(ui, unit, DIGITS, state, &mut pressed);
        letters_ui(ui, unit, first, state, &mut pressed);
        ui.horizontal(|ui| {
            ui.add_space(unit / 2.0);
            letters_ui(ui, unit, second, state, &mut pressed);
        });
        ui.horizontal(|ui| {
            if key_ui(ui, unit * 1.5, "Shift", state.shift) {
                state.shift = !state.shift;
            }
            letters_ui(ui, unit, third, state, &mut pressed);
            if key_ui(ui, unit * 1.5, "Backspace", false) {
                pressed.push(Key::Backspace);
            }
        });
        ui.horizontal(|ui| {
            let page = if state.symbols { "Letters" } else { "Symbols" };
            if key_ui(ui, unit * 1.5, page, false) {
                state.symbols = !state.symbols;
            }
            let keys = [
                (1.0, "Left", Key::Left),
                (1.0, "Right", Key::Right),
                (3.5, "Space", Key::Letter(' ')),
                (1.5, "Enter", Key::Enter),
                (1.5, "Done", Key::Done),
            ];
            for (units, name, key) in keys {
                if key_ui(ui, unit * units, name, false) {
                    pressed.push(key);
                }
            }
        });
    });
    pressed
}

fn letters_ui(ui: &mut Ui, unit: f32, letters: &str, state: &mut KeyboardState, pressed: &mut Vec<Key>) {
    ui.horizontal(|ui| {
        for letter in letters.chars() {
            let letter = if state.shift { letter.to_ascii_uppercase() } else { letter };
            if key_ui(ui, unit, letter.encode_utf8(&mut [0; 4]), false) {
                pressed.push(Key::Letter(letter));
                state.shift = false;
            }
        }
    });
}

/// True when it was pressed. `width` is with the space after it.
fn key_ui(ui: &mut Ui, width: f32, name: &str, on: bool) -> bool {
    let text = if name.chars().count() > 1 { RichText::new(name).small() } else { RichText::new(name) };
    let size = vec2(width - SPACE, touch::TARGET);
    ui.add_sized(size, Button::new(text).selected(on)).clicked()
}

#[cfg(test)]
mod tests {
    use egui::{TextEdit, WidgetInfo, WidgetType};
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::headset::KEYBOARD;
    use crate::ui::headset::testing::assert_fits;
    use crate::ui::root_ui;

    type Board = (KeyboardState, Vec<Key>);

    fn board() -> Harness<'static, Board> {
        let builder = Harness::builder().with_size(KEYBOARD.size()).with_step_dt(1.0 / 60.0);
        let mut harness = builder.build_ui_state(
            |ui, (state, pressed): &mut Board| {
                let mut root = root_ui(ui.ctx());
                pressed.extend(keyboard_ui(&mut root, Theme::Dark, state));
            },
            Board::default(),
        );
        harness.run_steps(2);
        harness
    }

    fn press(harness: &mut Harness<Board>, key: &str) {
        harness.get_by_label(key).click();
        harness.run_steps(2);
    }

    /// Presses the keys of a text with letters and digits.
    fn write(harness: &mut Harness<Board>, text: &str) {
        for letter in text.chars() {
            if letter.is_uppercase() {
                press(harness, "Shift");
            }
            let name = if letter == ' ' { "Space".to_owned() } else { letter.to_string() };
            press(harness, &name);
        }
    }

    fn events(harness: &Harness<Board>) -> Vec<Event> {
        harness.state().1.iter().flat_map(|key| key.events()).collect()
    }

    #[test]
    fn writing_gives_one_text_event_for_each_letter() {
        let mut harness = board();
        write(&mut harness, "Faster filler 620");
        let expected: Vec<Event> = "Faster filler 620".chars().map(|letter| Event::Text(letter.to_string())).collect();
        assert_eq!(events(&harness), expected);
    }

    #[test]
    fn keys_that_are_no_letters_are_pressed_and_let_go() {
        let mut harness = board();
        for key in ["Backspace", "Enter", "Left", "Right"] {
            press(&mut harness, key);
        }
        let keys = [egui::Key::Backspace, egui::Key::Enter, egui::Key::ArrowLeft, egui::Key::ArrowRight];
        let expected: Vec<Event> = keys
            .into_iter()
            .flat_map(|key| [true, false].map(|pressed| (key, pressed)))
            .map(|(key, pressed)| Event::Key {
                key,
                physical_key: None,
                pressed,
                repeat: false,
                modifiers: Modifiers::NONE,
            })
            .collect();
        assert_eq!(events(&harness), expected);
        press(&mut harness, "Done");
        assert_eq!(harness.state().1.last(), Some(&Key::Done));
        assert_eq!(events(&harness), expected, "the field is told nothing of it");
    }

    #[test]
    fn the_symbols_that_a_condition_needs_are_on_the_other_page() {
        let mut harness = board();
        press(&mut harness, "Symbols");
        for symbol in ["`", "/", "<", ">", "."] {
            press(&mut harness, symbol);
        }
        press(&mut harness, "Letters");
        press(&mut harness, "q");
        let letters: Vec<Key> = "`/<>.q".chars().map(Key::Letter).collect();
        assert_eq!(harness.state().1, letters);
    }

    #[test]
    fn a_field_takes_what_is_pressed() {
        let mut keys = board();
        write(&mut keys, "Fasr");
        press(&mut keys, "Left");
        write(&mut keys, "te");
        press(&mut keys, "Right");
        write(&mut keys, "x");
        press(&mut keys, "Backspace");
        write(&mut keys, " 620");
        let mut field = Harness::builder().build_ui_state(
            |ui, text: &mut String| {
                let response = ui.add(TextEdit::singleline(text));
                response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Name"));
            },
            String::new(),
        );
        field.run_steps(1);
        field.get_by_label("Name").focus();
        field.run_steps(2);
        for event in events(&keys) {
            field.event(event);
            field.run_steps(1);
        }
        assert_eq!(field.state(), "Faster 620");
    }

    #[test]
    fn every_key_fits_on_both_pages() {
        let mut harness = board();
        for name in ["letters", "symbols"] {
            assert_fits(&harness, KEYBOARD.size(), name);
            let done = harness.get_by_label("Done").rect();
            assert!(done.bottom() <= KEYBOARD.size().y, "{done:?}");
            press(&mut harness, if name == "letters" { "Symbols" } else { "Letters" });
        }
    }
}
