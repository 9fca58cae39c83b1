//! The panels of a person in a headset, and the desk's panel about them.
//!
//! Each panel is drawn by a context of its own, onto a surface that hangs in the scene: a tablet, a
//! menu at the wrist, cards beside equipment, a keyboard. They read the console and say what the
//! wearer wants as commands. Nothing here signs, approves or writes to the plant: that is done at a desk.

mod alarms;
mod desk;
mod equipment;
mod keyboard;
mod mirror;
mod panels;
mod pinned;
mod places;
mod size;
mod tablet;
#[cfg(test)]
mod testing;
mod time;
mod told;
mod tour;
mod what_if;
mod wrist;

pub(super) use desk::desk_chip_ui;
pub use keyboard::{Key, KeyboardState, keyboard_ui};
pub use mirror::mirror_ui;
pub use panels::{HeadsetPanels, Page};
pub use pinned::pinned_ui;
pub use size::{BADGE, KEYBOARD, NAME, PINNED, PIXELS_PER_POINT, PanelSize, SIGNS, TABLET, WRIST};
pub use tablet::tablet_ui;
pub use told::{badge_panel_ui, name_ui};
pub use tour::stops;
pub use wrist::{WristWish, wrist_ui};
