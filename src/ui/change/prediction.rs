//! What the simulated copy said of a change, in the dashed frame of all that is simulated.

use egui::{Label, RichText, Ui};

use crate::domain::change::{ChangeRequest, Evidence};
use crate::ui::what_if_alarms::alarms_ui;
use crate::ui::what_if_answer::simulated_ui;
use crate::ui::what_if_kpis::kpis_ui;
use crate::ui::{Console, format};

pub fn prediction_ui(ui: &mut Ui, console: &Console, request: &ChangeRequest) {
    let Some(evidence) = request.evidence() else { return };
    ui.separator();
    simulated_ui(ui, console, &evidence.scenario, |ui| {
        let words = format!(
            "Simulated at {} from the plant at {}",
            format::clock(evidence.simulated_at),
            format::clock(evidence.started)
        );
        ui.label(RichText::new(words).small().weak());
        if evidence.doubts.is_empty() {
            ui.label("The model is credible here.");
        } else {
            ui.label(RichText::new("The answer may be wrong").strong());
        }
        for doubt in &evidence.doubts {
            ui.add(Label::new(RichText::new(doubt).small()).wrap());
        }
        kpis_ui(ui, console, &evidence.kpis, &[]);
        alarms_ui(ui, console, &evidence.alarms, runs(evidence));
    });
}

/// How often it was simulated, as far as its figures tell.
fn runs(evidence: &Evidence) -> u32 {
    evidence.kpis.iter().filter_map(|kpi| Some(kpi.changed?.runs)).max().unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::change::State;
    use crate::ui::fixture;

    #[test]
    fn figures_alarms_and_doubts_are_there_to_be_weighed() {
        let mut harness = fixture::harness(fixture::with_change(State::Compared), |ui, console, _, _| {
            if let [view] = console.changes {
                prediction_ui(ui, console, view.request);
            }
        });
        harness.run_steps(2);
        harness.get_by_label("SIMULATION");
        harness.get_by_label("Throughput: 612.0 without, 626.2 with, +14.2 ± 3.5\u{2009}/min, better");
        harness.get_by_label("Packer: air pressure low");
        harness.get_by_label("The answer may be wrong");
        harness.get_by_label("680 lies outside of what was measured.");
    }
}
