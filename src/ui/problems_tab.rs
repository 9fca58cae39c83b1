//! What is wrong with the project's files, told so that it can be mended.

use egui::{RichText, ScrollArea, Sense, Ui, vec2};

use super::Console;
use super::marks::paint_tag_icon;
use super::theme::SMALL;
use crate::domain::command::Command;
use crate::domain::rule::IconKind;
use crate::project::{Problem, Severity};

pub fn problems_tab_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    if console.problems.is_empty() {
        ui.label(RichText::new("The project was read without problems.").weak());
    }
    if ui.button("Read the project again").clicked() {
        commands.push(Command::Reload);
    }
    ScrollArea::vertical().id_salt("problems").auto_shrink(false).show(ui, |ui| {
        for problem in console.problems {
            problem_ui(ui, console, problem);
            ui.separator();
        }
    });
}

fn problem_ui(ui: &mut Ui, console: &Console, problem: &Problem) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let palette = console.palette();
    ui.horizontal_top(|ui| {
        let (rect, response) = ui.allocate_exact_size(vec2(16.0, 18.0), Sense::hover());
        let (kind, colour, word) = match problem.severity {
            Severity::Warning => (IconKind::Warning, palette.quiet, "Doubtful: the project runs"),
            Severity::Error => (IconKind::Error, palette.text, "Something will be missing"),
        };
        paint_tag_icon(ui.painter(), rect.center(), 13.0, kind, Some(colour), palette);
        response.on_hover_text(word);
        ui.vertical(|ui| {
            ui.label(&problem.message);
            if !problem.meaning.is_empty() {
                ui.label(RichText::new(&problem.meaning).small());
            }
            if !problem.example.is_empty() {
                ui.label(RichText::new("Write, for example:").small().weak());
                ui.label(RichText::new(&problem.example).monospace().size(SMALL));
            }
            ui.label(RichText::new(place(problem)).small().weak());
        });
    });
}

fn place(problem: &Problem) -> String {
    let file = problem.file.file_name().unwrap_or(problem.file.as_os_str()).to_string_lossy();
    let line = problem.line.map_or_else(String::new, |line| format!(", line {line}"));
    let key = if problem.key.is_empty() { String::new() } else { format!(": {}", problem.key) };
    format!("{file}{line}{key}")
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    #[test]
    fn a_problem_says_where_what_and_what_to_write() {
        let mut harness =
            fixture::harness(fixture::plant(), |ui, console, _, commands| problems_tab_ui(ui, console, commands));
        harness.run_steps(2);
        harness.get_by_label("twin.toml, line 41: binding[3].rule");
        harness.get_by_label("rule = \"speed-colour\"");
        harness.get_by_label("Read the project again").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::Reload]);
    }
}
