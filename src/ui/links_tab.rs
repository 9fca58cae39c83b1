//! The list of links to data sources: state, what they carried, what went wrong.

use egui::{Align, Grid, Label, Layout, RichText, ScrollArea, Sense, Ui, vec2};

use super::marks::paint_link_mark;
use super::theme::SMALL;
use super::{Console, format};
use crate::domain::link::{LinkState, LinkStatus};
use crate::domain::time::Timestamp;

pub fn links_tab_ui(ui: &mut Ui, console: &Console) {
    if console.links.is_empty() {
        ui.label("No links: the project names no source of data.");
        ui.label(
            RichText::new("Add a source to twin.toml: a broker, a web address, a file or the built-in plant emulator.")
                .weak(),
        );
        return;
    }
    ScrollArea::vertical().id_salt("links").auto_shrink(false).show(ui, |ui| {
        for (index, link) in console.links.iter().enumerate() {
            if index > 0 {
                ui.separator();
            }
            link_ui(ui, console, link);
        }
    });
}

fn link_ui(ui: &mut Ui, console: &Console, link: &LinkStatus) {
    ui.spacing_mut().item_spacing.y = 2.0;
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(14.0, 18.0), Sense::hover());
        paint_link_mark(ui.painter(), rect.center(), 11.0, &link.state, console.palette());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(&link.kind).small().weak());
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(&link.name).strong()).truncate());
            });
        });
    });
    ui.label(super::reading::sentence(&state_words(link, console.wall_now)));
    if let Some(error) = &link.last_error {
        let recovered = if link.connected() { "Earlier trouble" } else { "Reason" };
        ui.label(RichText::new(format!("{recovered}, {}: {}", format::clock(error.at), error.message)));
    }
    Grid::new(("link", &link.name)).num_columns(2).min_row_height(14.0).spacing([10.0, 1.0]).show(ui, |ui| {
        let mut row = |what: &str, much: String| {
            ui.label(RichText::new(what).small().weak());
            ui.label(RichText::new(much).monospace().size(SMALL));
            ui.end_row();
        };
        row("Samples a second", format::number(link.rate_per_sec, if link.rate_per_sec < 100.0 { 1 } else { 0 }));
        row("Samples", format::count(link.samples));
        for (what, count) in [
            ("Not readable", link.rejected),
            ("Not used", link.unused),
            ("Left out", link.dropped),
            ("Reconnects", link.reconnects),
        ] {
            if count > 0 {
                row(what, format::count(count));
            }
        }
    });
    if let Some(rejected) = &link.last_rejected {
        ui.label(RichText::new(format!("Last not readable: {rejected}")).small());
    }
    if let Some(unused) = &link.last_unused {
        let words = RichText::new(format!("No signal takes {unused}")).small().weak();
        ui.add(Label::new(words).truncate()).on_hover_text(unused);
    }
    ui.add(Label::new(RichText::new(&link.address).small().weak()).truncate());
}

/// Where a link stands, with times.
pub fn state_words(link: &LinkStatus, now: Timestamp) -> String {
    match link.state {
        LinkState::Connecting => "connecting".to_owned(),
        LinkState::Up { since } => format!("connected for {}", format::rough_age(now - since)),
        LinkState::Finished => "read to the end".to_owned(),
        LinkState::Down { since, retry_at } => {
            let down = format!("down for {}", format::rough_age(now - since));
            match retry_at {
                Some(at) if at > now => format!("{down}, next try in {}", format::rough_age(at - now)),
                Some(_) => format!("{down}, trying again"),
                None => format!("{down}, no further try: the cause must be mended first"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant};

    #[test]
    fn a_link_that_is_down_shows_why_and_when_it_is_tried_again() {
        let mut harness = fixture::harness(fixture::plant(), |ui, console, _, _| links_tab_ui(ui, console));
        harness.run_steps(2);
        harness.get_by_label_contains("next try in 8\u{2009}s");
        harness.get_by_label_contains("The broker refused the login");
        harness.get_by_label_contains("Last not readable: ");
        harness.get_by_label_contains("Connected for");
    }

    #[test]
    fn without_links_it_says_how_to_get_one() {
        let plant = Plant { links: Vec::new(), ..fixture::plant() };
        let mut harness = fixture::harness(plant, |ui, console, _, _| links_tab_ui(ui, console));
        harness.run_steps(2);
        harness.get_by_label_contains("Add a source to twin.toml");
    }
}
