//! Long work in the background: how far it is, cancelling it, and what came of it.

use egui::{Align, Label, Layout, ProgressBar, RichText, Ui};

use super::Console;
use crate::domain::command::Command;
use crate::domain::recording::{Job, JobState};

pub fn jobs_ui(ui: &mut Ui, console: &Console, commands: &mut Vec<Command>) {
    for job in console.jobs {
        job_ui(ui, job, commands);
    }
}

fn job_ui(ui: &mut Ui, job: &Job, commands: &mut Vec<Command>) {
    ui.add(Label::new(&job.title).wrap());
    match &job.state {
        JobState::Running => {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Cancel").clicked() {
                    commands.push(Command::CancelJob(job.id));
                }
                ui.add(ProgressBar::new(job.progress).show_percentage());
            });
        }
        JobState::Done(words) => _ = ui.add(Label::new(RichText::new(words).small().weak()).wrap()),
        JobState::Failed(words) => _ = ui.add(Label::new(RichText::new(format!("Failed: {words}")).small()).wrap()),
        JobState::Cancelled => _ = ui.label(RichText::new("Cancelled").small().weak()),
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant};

    #[test]
    fn a_job_can_be_cancelled_and_says_what_came_of_it() {
        let job = |id, state| Job { id, title: format!("Export {id}"), progress: 0.4, state };
        let jobs = vec![
            job(3, JobState::Running),
            job(4, JobState::Done("Written to early.csv".into())),
            job(5, JobState::Failed("The disk is full. Choose another folder.".into())),
            job(6, JobState::Cancelled),
        ];
        let plant = Plant { jobs, ..fixture::plant() };
        let mut harness = fixture::harness(plant, |ui, console, _, commands| jobs_ui(ui, console, commands));
        harness.run_steps(2);
        for words in
            ["Export 4", "Written to early.csv", "Failed: The disk is full. Choose another folder.", "Cancelled"]
        {
            harness.get_by_label(words);
        }
        harness.get_by_label("Cancel").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::CancelJob(3)]);
    }
}
