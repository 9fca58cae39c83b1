//! What the program told the person: what happened, what it means, what to do.

use egui::{Align, Frame, Label, Layout, Margin, RichText, ScrollArea, Sense, Ui, vec2};

use super::icons::{Glyph, glyph_button};
use super::marks::paint_tag_icon;
use super::{Console, format};
use crate::domain::command::Command;
use crate::domain::notice::{Notice, NoticeLevel};
use crate::domain::rule::IconKind;

pub fn notices_tab_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    if console.notices.is_empty() {
        ui.label(RichText::new("No notices. What the program has to tell you will be kept here.").weak());
        return;
    }
    ScrollArea::vertical().id_salt("notices").auto_shrink(false).show(ui, |ui| {
        for notice in console.notices.iter().rev() {
            notice_card_ui(ui, console, notice, commands);
        }
    });
}

/// A notice with its three parts.
pub fn notice_card_ui(ui: &mut Ui, console: &Console, notice: &Notice, commands: &mut Vec<Command>) {
    let palette = console.palette();
    Frame::new().fill(palette.raised).corner_radius(3).inner_margin(Margin::symmetric(8, 6)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
            let kind = match notice.level {
                NoticeLevel::Info => IconKind::Info,
                NoticeLevel::Warning => IconKind::Warning,
                NoticeLevel::Error => IconKind::Error,
            };
            // Quiet: the colours of alarms are for the plant.
            let colour = if notice.level == NoticeLevel::Error { palette.text } else { palette.quiet };
            paint_tag_icon(ui.painter(), rect.center(), 15.0, kind, Some(colour), palette);
            let room = vec2(ui.available_width() - 24.0, 0.0);
            ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
                ui.set_width(room.x);
                ui.add(Label::new(RichText::new(&notice.what).strong()).wrap());
            });
            let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
            let id = ui.id().with(("dismiss", notice.id));
            if glyph_button(ui, rect, id, Glyph::Close, "Dismiss", palette.quiet).clicked() {
                commands.push(Command::DismissNotice(notice.id));
            }
        });
        for part in [&notice.meaning, &notice.action].into_iter().filter(|part| !part.is_empty()) {
            ui.add(Label::new(part).wrap());
        }
        ui.label(RichText::new(format::clock(notice.at)).small().weak());
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    #[test]
    fn a_notice_has_three_parts_and_can_be_dismissed() {
        let mut harness =
            fixture::harness(fixture::plant(), |ui, console, _, commands| notices_tab_ui(ui, console, commands));
        harness.run_steps(2);
        for part in [
            "The broker at Packing hall refused the login.",
            "Values from the packer are frozen since 14:01.",
            "Check user name in twin.toml, line 12.",
        ] {
            harness.get_by_label(part);
        }
        harness.get_by_label("Dismiss").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::DismissNotice(7)]);
    }
}
