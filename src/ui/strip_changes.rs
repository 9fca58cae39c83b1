//! What happened to changes of the plant on the strip of time, as small flags at its foot: what, by whom and why,
//! and going there.

use egui::{
    Align2, CornerRadius, CursorIcon, FontId, Id, Painter, Rect, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};

use super::sparkline::x_of;
use super::strip_flags::heaps;
use super::{Console, format, touch};
use crate::domain::audit::AuditKind;
use crate::domain::change_record::ChangeRecord;
use crate::domain::command::Command;
use crate::domain::playhead::PlayheadCommand;
use crate::domain::time::Timestamp;

/// Flags closer than this become one.
const NEAR: f32 = 15.0;
const SIZE: f32 = 12.0;
/// Steps that are read out where several stand in one place: the last, because they say where it got to.
const TOLD: usize = 8;
/// Most letters of a step that are read out.
const LONGEST: usize = 240;

/// Paints flags at the foot of `bars`; a click moves the playhead to the last step of its flag.
pub fn changes_ui(ui: &Ui, bars: Rect, window: (Timestamp, Timestamp), console: &Console, commands: &mut Vec<Command>) {
    let all = console.shown_changes();
    let from = all.partition_point(|record| record.at < window.0);
    let inside = all.iter().skip(from).take_while(|record| record.at <= window.1);
    let steps: Vec<&ChangeRecord> = inside.filter(|record| record.step()).collect();
    let painter = ui.painter_at(bars);
    for (left, heap) in heaps(&steps, NEAR, |record| x_of(record.at, window, bars)) {
        flag_ui(ui, &painter, (bars, left), heap, console, commands);
    }
}

fn flag_ui(
    ui: &Ui,
    painter: &Painter,
    (bars, x): (Rect, f32),
    heap: &[&ChangeRecord],
    console: &Console,
    commands: &mut Vec<Command>,
) {
    // The gravest of them gives the sign, the last one the place to go to.
    let Some((worst, last)) = heap.iter().rev().max_by_key(|record| grave(record.what)).zip(heap.last()) else {
        return;
    };
    let palette = console.palette();
    let place = Rect::from_min_size(pos2(x, bars.bottom() - SIZE), vec2(SIZE, SIZE));
    let response = ui.interact(place, Id::new(("change", last.entry, last.at)), touch::small_click(ui));
    let label = || format!("Change {}: {}", worst.name(), format::shortened(&worst.title, 60));
    response.widget_info(|| WidgetInfo::labeled(touch::small_kind(ui), true, label()));
    let ink = if response.hovered() { palette.selection } else { palette.text };
    painter.vline(x, bars.y_range(), Stroke::new(1.0, ink.gamma_multiply(0.5)));
    // Where someone has to look, filled: it stands out without a colour of its own.
    let (fill, letter) = if grave(worst.what) { (ink, palette.ground) } else { (palette.ground, ink) };
    painter.rect(place, CornerRadius::ZERO, fill, Stroke::new(1.0, ink), StrokeKind::Inside);
    painter.text(place.center(), Align2::CENTER_CENTER, sign(worst.what), FontId::proportional(9.0), letter);
    if heap.len() > 1 {
        let place = pos2(place.right() + 2.0, place.center().y);
        let words = format!("+{}", heap.len() - 1);
        painter.text(place, Align2::LEFT_CENTER, words, FontId::proportional(9.0), palette.quiet);
    }
    if response.clicked() {
        commands.push(Command::Playhead(PlayheadCommand::Seek(last.at)));
    }
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_ui(|ui| {
        let earlier = heap.len().saturating_sub(TOLD);
        if earlier > 0 {
            ui.label(format!("{earlier} earlier, and"));
        }
        for record in heap.iter().skip(earlier) {
            ui.label(format!("{}  {}", format::clock(record.at), format::shortened(&record.words(), LONGEST)));
        }
    });
}

/// What a person has to know of before all others.
fn grave(what: AuditKind) -> bool {
    use AuditKind::{Mismatch, PushFailed, RevertBegun, RevertFailed, Unverified};
    matches!(what, Mismatch | Unverified | PushFailed | RevertBegun | RevertFailed)
}

/// The letter on a flag.
fn sign(what: AuditKind) -> &'static str {
    match what {
        AuditKind::Drafted | AuditKind::Edited => "D",
        AuditKind::SimulationBegun | AuditKind::Simulated => "S",
        AuditKind::Approved => "A",
        AuditKind::PushBegun => "P",
        AuditKind::ReadBack => "R",
        AuditKind::TrialBegun => "T",
        AuditKind::Kept => "K",
        AuditKind::RevertBegun | AuditKind::Reverted => "\u{2190}",
        AuditKind::Rejected | AuditKind::Expired | AuditKind::PolicyRefused => "\u{d7}",
        _ => "!",
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn flags(plant: Plant, window: (Timestamp, Timestamp)) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, move |ui, console, _, commands| {
            let bars = Rect::from_min_size(ui.max_rect().min, vec2(1200.0, 48.0));
            changes_ui(ui, bars, window, console, commands);
        });
        harness.run_steps(2);
        harness
    }

    #[test]
    fn steps_of_a_recorded_change_stand_on_the_strip_and_lead_there() {
        let plant = fixture::replay();
        let kept = plant.recordings[0].changes.last().expect("kept").clone();
        let mut harness = flags(plant, (at(-1200), at(0)));
        harness.get_by_label("Change requested: Faster filler");
        harness.get_by_label("Change approved: Faster filler");
        assert!(harness.query_by_label_contains("write").is_none(), "single writes are no steps");
        harness.get_by_label("Change kept: Faster filler").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::Playhead(PlayheadCommand::Seek(kept.at))]);
    }

    #[test]
    fn steps_in_one_place_share_a_flag_that_tells_of_all() {
        let mut harness = flags(fixture::replay(), (at(-1_000_000), at(1_000_000)));
        harness.get_by_label("Change requested: Faster filler").hover();
        harness.run_steps(40);
        harness.get_by_label_contains("requested: Faster filler (C-2026-11-24-0001), by otto (operator)");
        harness.get_by_label_contains("kept: Faster filler");
    }

    #[test]
    fn of_many_steps_in_one_place_the_last_are_told() {
        let mut plant = fixture::replay();
        let kept = plant.recordings[0].changes.last().expect("kept").clone();
        plant.recordings[0].changes = (1..=10).map(|entry| ChangeRecord { entry, ..kept.clone() }).collect();
        let mut harness = flags(plant, (at(-1200), at(0)));
        harness.get_by_label("Change kept: Faster filler").hover();
        harness.run_steps(40);
        harness.get_by_label("2 earlier, and");
    }

    #[test]
    fn live_shows_what_happens_now_and_a_simulation_nothing_of_it() {
        let mut plant = fixture::with_recordings();
        plant.change_log = plant.recordings[0].changes.clone();
        plant.recordings.clear();
        let harness = flags(plant, (at(-1200), at(0)));
        harness.get_by_label("Change on trial: Faster filler");
        let mut plant = fixture::simulation();
        plant.change_log = fixture::with_recordings().recordings.remove(0).changes;
        assert!(flags(plant, (at(-1200), at(0))).query_by_label_contains("Change").is_none());
    }

    #[test]
    fn what_someone_has_to_look_at_gives_the_sign() {
        let mut plant = fixture::replay();
        let mut failed = plant.recordings[0].changes[0].clone();
        (failed.what, failed.at) = (AuditKind::RevertFailed, at(-600));
        plant.recordings[0].changes = vec![failed.clone(), ChangeRecord { what: AuditKind::Drafted, ..failed }];
        flags(plant, (at(-1200), at(0))).get_by_label("Change not gone back: Faster filler");
    }
}
