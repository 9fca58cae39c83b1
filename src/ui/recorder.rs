//! The recorder in the top bar: whether a file is being written, how much, and what keeps it from it.
//!
//! Neutral in colour, for red belongs to alarms: a ring stands for idle, a filled disc and the word
//! REC for recording that reaches the disk. Trouble is told in words beside a sign.

use egui::{Button, Response, RichText, Sense, Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, WidgetType, pos2, vec2};

use super::drawer::Tab;
use super::icons::focus_ring;
use super::marks::paint_tag_icon;
use super::{Console, ConsoleState, format};
use crate::domain::command::Command;
use crate::domain::recording::RecorderStatus;
use crate::domain::rule::IconKind;
use crate::domain::time::{Span, Timestamp};

/// Less free space than this is little.
const LITTLE_BYTES: u64 = 2 << 30;
/// Room for less time than this is little.
const LITTLE_TIME: Span = Span::from_secs(600);
/// The rate of a recording is believed after this.
const SETTLED: Span = Span::from_secs(10);
/// With less room, points, only the time that was recorded is written on the button.
const NARROW: f32 = 760.0;
/// Stretches of the ring that can be saved by name.
const STRETCHES: [(Span, &str); 2] =
    [(Span::from_secs(300), "Save the last 5 min"), (Span::from_secs(1800), "Save the last 30 min")];

/// Right to left: the menu, the button, and what is wrong.
pub fn recorder_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    let recorder = console.recorder;
    ui.menu_button("…", |ui| menu_ui(ui, recorder, state, commands))
        .response
        .on_hover_text("Save what was kept, see recordings");
    let response = ui.add_enabled_ui(recordable(console), |ui| button_ui(ui, console)).inner;
    if response.clicked() {
        commands.push(toggled(recorder));
    }
    response.on_hover_text(told(console)).on_disabled_hover_text("There is nothing to record: no source is connected");
    if let Some(failure) = &recorder.failure {
        trouble_ui(ui, console, "Not recorded", failure);
    } else if let Some(words) = little_space(recorder, console.wall_now) {
        let meaning = "When the disk is full, recording stops. Delete what is not needed, or stop recording.";
        trouble_ui(ui, console, &words, meaning);
    }
}

/// True while there is a source, or a recording that can be ended.
pub fn recordable(console: &Console) -> bool {
    !console.links.is_empty() || console.recorder.recording()
}

/// What the button and its key ask for.
pub fn toggled(recorder: &RecorderStatus) -> Command {
    if recorder.recording() { Command::StopRecording } else { Command::StartRecording }
}

fn button_ui(ui: &mut Ui, console: &Console) -> Response {
    let recorder = console.recorder;
    let recording = recorder.recording();
    let (text, spoken) = if recording {
        let much = written(recorder, console.wall_now);
        let shown = much.iter().take(if ui.available_width() < NARROW { 1 } else { much.len() });
        let text = shown.fold("REC".to_owned(), |text, part| text + "  " + part);
        (text, format!("Recording, {}. Stop (Ctrl+R)", much.join(", ")))
    } else {
        ("Rec".to_owned(), "Start recording (Ctrl+R)".to_owned())
    };
    let ink = console.palette().text;
    let galley = ui.painter().layout_no_wrap(text, TextStyle::Button.resolve(ui.style()), ink);
    let size = vec2(galley.size().x + 29.0, ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, recording, &spoken));
    let visuals = ui.style().interact(&response);
    let painter = ui.painter();
    painter.rect(rect, visuals.corner_radius, visuals.weak_bg_fill, focus_ring(ui, &response), StrokeKind::Inside);
    let disc = pos2(rect.left() + 13.0, rect.center().y);
    if recording && recorder.failure.is_none() {
        painter.circle_filled(disc, 5.0, ink);
    } else {
        painter.circle_stroke(disc, 4.3, Stroke::new(1.4, ink));
    }
    painter.galley(pos2(rect.left() + 22.0, rect.center().y - galley.size().y / 2.0), galley, ink);
    response
}

/// Time, size and losses of the recording under way, and the space that is left; what matters most
/// comes first.
fn written(recorder: &RecorderStatus, wall_now: Timestamp) -> Vec<String> {
    let time = recorder.since.map(|since| format::rough_age(wall_now - since));
    let parts = [
        time,
        (recorder.lost > 0).then(|| format!("{} lost", format::count(recorder.lost))),
        Some(format::bytes(recorder.bytes)),
        recorder.free_bytes.map(|free| format!("{} free", format::bytes(free))),
    ];
    parts.into_iter().flatten().collect()
}

fn told(console: &Console) -> String {
    let recorder = console.recorder;
    let Some(file) = &recorder.file else {
        return format!("Start recording (Ctrl+R) into {}", console.library_folder);
    };
    let mut words = format!(
        "Stop recording (Ctrl+R)\n{} samples in {}",
        format::count(recorder.samples),
        file.file_name().unwrap_or(file.as_os_str()).to_string_lossy()
    );
    if recorder.lost > 0 {
        words += &format!("\n{} samples were lost: the gaps are marked on the timeline", format::count(recorder.lost));
    }
    words
}

fn trouble_ui(ui: &mut Ui, console: &Console, words: &str, meaning: &str) {
    let palette = console.palette();
    ui.label(RichText::new(words).strong()).on_hover_text(meaning);
    let (rect, response) = ui.allocate_exact_size(vec2(16.0, 18.0), Sense::hover());
    paint_tag_icon(ui.painter(), rect.center(), 13.0, IconKind::Warning, Some(palette.text), palette);
    response.on_hover_text(meaning);
}

/// Says that the disk is nearly full; none while there is room enough.
fn little_space(recorder: &RecorderStatus, wall_now: Timestamp) -> Option<String> {
    let free = recorder.free_bytes?;
    let time = lasting(recorder, free, wall_now);
    if let Some(time) = time.filter(|time| *time < LITTLE_TIME) {
        return Some(format!("Disk full in {}", format::rough_age(time)));
    }
    (free < LITTLE_BYTES).then(|| format!("Only {} free", format::bytes(free)))
}

/// How long the free space lasts at the rate of the recording so far.
fn lasting(recorder: &RecorderStatus, free: u64, wall_now: Timestamp) -> Option<Span> {
    let gone = wall_now - recorder.since.filter(|_| recorder.recording())?;
    (gone >= SETTLED && recorder.bytes > 0).then(|| gone.scaled(free as f64 / recorder.bytes as f64))
}

fn menu_ui(ui: &mut Ui, recorder: &RecorderStatus, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    let held = recorder.ring.map_or(Span::ZERO, |(from, to)| to - from);
    let empty = held <= Span::ZERO;
    for (stretch, words) in STRETCHES {
        let reason = match empty {
            true => "Nothing is held yet: no samples came".to_owned(),
            false => format!("Only the last {} are held", format::rough_age(held)),
        };
        let response = ui.add_enabled(held >= stretch, Button::new(words)).on_disabled_hover_text(reason);
        if response.clicked() {
            commands.push(Command::SaveLast(stretch));
        }
    }
    let words =
        if empty { "Save all that is held".to_owned() } else { format!("Save all {}", format::rough_age(held)) };
    let response = ui.add_enabled(!empty, Button::new(words));
    if response.on_disabled_hover_text("Nothing is held yet: no samples came").clicked() {
        commands.push(Command::SaveLast(held));
    }
    let words = match recorder.ring.filter(|_| !empty) {
        Some((from, to)) => format!("Held without recording: {} to {}", format::clock(from), format::clock(to)),
        None => "Nothing is held yet".to_owned(),
    };
    ui.label(RichText::new(words).small().weak());
    ui.separator();
    if ui.button("Show the recordings").clicked() {
        state.drawer.tab = Tab::Recordings;
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage, at};

    fn bar(recorder: RecorderStatus) -> Harness<'static, Stage> {
        let plant = Plant { recorder, ..fixture::plant() };
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            ui.horizontal(|ui| recorder_ui(ui, console, state, commands));
        });
        harness.run_steps(2);
        harness
    }

    fn running() -> RecorderStatus {
        RecorderStatus {
            file: Some("/home/anna/recordings/late.mcap".into()),
            since: Some(at(-724)),
            bytes: 38_200_000,
            samples: 897_760,
            free_bytes: Some(210_000_000_000),
            ..RecorderStatus::default()
        }
    }

    #[test]
    fn idle_it_starts_and_running_it_stops() {
        let mut idle = bar(RecorderStatus::default());
        idle.get_by_label("Start recording (Ctrl+R)").click();
        idle.run_steps(2);
        assert_eq!(idle.state().commands, [Command::StartRecording]);
        let mut harness = bar(running());
        let words = "Recording, 12\u{2009}min\u{2009}04\u{2009}s, 38.2\u{2009}MB, 210\u{2009}GB free. Stop (Ctrl+R)";
        harness.get_by_label(words).click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::StopRecording]);
    }

    #[test]
    fn without_a_source_there_is_nothing_to_record() {
        let plant = Plant { links: Vec::new(), ..fixture::plant() };
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            ui.horizontal(|ui| recorder_ui(ui, console, state, commands));
        });
        harness.run_steps(2);
        harness.get_by_label("Start recording (Ctrl+R)").click();
        harness.run_steps(2);
        assert!(harness.state().commands.is_empty());
    }

    #[test]
    fn a_failure_and_losses_are_told_in_words() {
        let failure = Some("The disk is full. Nothing is recorded. Delete what is not needed.".into());
        let harness = bar(RecorderStatus { failure, lost: 1200, ..running() });
        harness.get_by_label("Not recorded");
        harness.get_by_label_contains("1200 lost");
    }

    #[test]
    fn little_space_is_marked_by_size_and_by_time() {
        let words = |recorder: RecorderStatus| little_space(&recorder, at(0));
        assert_eq!(words(running()), None);
        let few = RecorderStatus { free_bytes: Some(1_200_000_000), ..RecorderStatus::default() };
        assert_eq!(words(few).as_deref(), Some("Only 1.2\u{2009}GB free"));
        // 10 GB in 724 s leave 4 GB for 290 s.
        let fast = RecorderStatus { bytes: 10_000_000_000, free_bytes: Some(4_000_000_000), ..running() };
        assert_eq!(words(fast).as_deref(), Some("Disk full in 4\u{2009}min\u{2009}49\u{2009}s"));
    }

    #[test]
    fn the_menu_saves_what_the_ring_holds_and_leads_to_the_recordings() {
        let mut harness = bar(RecorderStatus { ring: Some((at(-700), at(0))), ..RecorderStatus::default() });
        let mut press = |label: &str| {
            harness.get_by_label("…").click();
            harness.run_steps(3);
            harness.get_by_label(label).click();
            harness.run_steps(3);
            harness.state_mut().commands.drain(..).collect::<Vec<_>>()
        };
        assert_eq!(press("Save the last 5 min"), [Command::SaveLast(Span::from_secs(300))]);
        assert_eq!(press("Save the last 30 min"), [], "only 700 s are held");
        assert_eq!(press("Show the recordings"), []);
        assert_eq!(harness.state().state.drawer.tab, Tab::Recordings);
    }

    #[test]
    fn an_empty_ring_saves_nothing() {
        let mut harness = bar(RecorderStatus::default());
        harness.get_by_label("…").click();
        harness.run_steps(3);
        harness.get_by_label("Nothing is held yet");
        harness.get_by_label("Save all that is held").click();
        harness.run_steps(3);
        assert!(harness.state().commands.is_empty());
    }
}
