//! The line at the bottom: how the program is doing, and what time it is here.

use egui::{Align, Label, Layout, RichText, Ui};

use super::theme::SMALL;
use super::{Console, format};

pub fn status_bar_ui(ui: &mut Ui, console: &Console) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        let performance = &console.performance;
        let quiet = |ui: &mut Ui, text: String| ui.label(RichText::new(text).small().weak());
        if let Some(latency) = performance.latency {
            let text = format!("Age p50 {}  p99 {}", format::age(latency.p50), format::age(latency.p99));
            quiet(ui, text)
                .on_hover_text("Time from the plant to the screen: half of the samples, and 99 of 100, are faster");
        }
        quiet(ui, format!("{} samples/s", format::number(performance.samples_per_sec, 0)));
        match performance.dropped {
            0 => _ = quiet(ui, "0 dropped".to_owned()),
            dropped => {
                ui.label(RichText::new(format!("{} dropped", format::count(dropped))).small().strong()).on_hover_text(
                    "Samples came faster than the screen could take them. The latest value of each signal was shown",
                );
            }
        }
        quiet(ui, format!("{}{}ms a frame", format::number(f64::from(performance.frame_ms), 1), format::THIN));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let now = console.wall_now;
            let clock = format!("{} local  {}", format::clock(now), format::utc_offset(now));
            ui.label(RichText::new(clock).monospace().size(SMALL).weak());
            if let Some(note) = performance.quality_note {
                ui.add(Label::new(RichText::new(note).small().weak()).truncate());
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    #[test]
    fn tells_latency_losses_and_reduced_quality() {
        let mut harness = fixture::harness(fixture::plant(), |ui, console, _, _| status_bar_ui(ui, console));
        harness.run_steps(2);
        harness.get_by_label("Age p50 40\u{2009}ms  p99 90\u{2009}ms");
        harness.get_by_label("0 dropped");
        harness.get_by_label_contains("Reduced");
    }
}
