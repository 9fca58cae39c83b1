//! The tabs under the list of equipment: alarms, changes, what if, differences, recordings, links,
//! notices, project.

use egui::{Button, RichText, Ui, vec2};

use super::{
    Console, ConsoleState, alarms_tab, change, differences_tab, links_tab, notices_tab, problems_tab, recordings_tab,
    what_if_tab,
};
use crate::domain::command::Command;
use alarms_tab::Way;

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Tab {
    #[default]
    Alarms,
    Links,
    Recordings,
    /// Only while something is compared.
    Differences,
    /// Only where there is a model to ask.
    WhatIf,
    Changes,
    Notices,
    Project,
}

impl Tab {
    /// Holds long cards, and not a list.
    pub fn tall(self) -> bool {
        matches!(self, Self::Changes | Self::WhatIf | Self::Differences)
    }
}

/// What the tabs remember.
#[derive(Default)]
pub struct DrawerState {
    pub tab: Tab,
}

pub fn drawer_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    if state.drawer.tab == Tab::Differences && console.compared.is_none() {
        state.drawer.tab = Tab::Recordings;
    }
    if state.drawer.tab == Tab::WhatIf && console.askable.is_empty() {
        state.drawer.tab = Tab::Alarms;
    }
    ui.scope(|ui| tabs_ui(ui, console, state));
    ui.separator();
    match state.drawer.tab {
        Tab::Alarms => alarms_tab::alarms_tab_ui(ui, console, &state.alarms, Way::CAMERA, commands),
        Tab::Links => links_tab::links_tab_ui(ui, console),
        Tab::Recordings => recordings_tab::recordings_tab_ui(ui, console, state, commands),
        Tab::Differences => differences_tab::differences_tab_ui(ui, console, &mut state.differences, commands),
        Tab::WhatIf => what_if_tab::what_if_tab_ui(ui, console, &mut state.what_if, commands),
        Tab::Changes => change::changes_tab_ui(ui, console, &mut state.changes, commands),
        Tab::Notices => notices_tab::notices_tab_ui(ui, console, commands),
        Tab::Project => problems_tab::problems_tab_ui(ui, console, commands),
    }
    if let Some(wish) = state.what_if.proposed.take() {
        state.changes.propose(wish);
        state.drawer.tab = Tab::Changes;
    }
    if state.drawer.tab != Tab::Changes {
        state.changes.close_signature();
    }
    ui.take_available_space();
}

/// Two rows whose places never move: above what the plant asks of people, below what the program holds.
fn tabs_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState) {
    const COLUMNS: usize = 4;
    let down = console.links.iter().filter(|link| !link.connected()).count();
    let (compared, model) = (console.compared.is_some(), !console.askable.is_empty());
    let tabs = [
        (Tab::Alarms, "Alarms", state.alarms.rows().len(), true, ""),
        (Tab::Changes, "Changes", change::waiting(console), true, ""),
        (Tab::WhatIf, "What if", state.what_if.chosen().len(), model, "The project has no model to ask."),
        (Tab::Differences, "Differences", 0, compared, "Nothing is compared. Choose two recordings."),
        (Tab::Recordings, "Recordings", 0, true, ""),
        (Tab::Links, "Links", down, true, ""),
        (Tab::Notices, "Notices", console.notices.len(), true, ""),
        (Tab::Project, "Project", console.problems.len(), true, ""),
    ];
    ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
    ui.spacing_mut().button_padding.x = 2.0;
    let width = (ui.available_width() - 2.0 * (COLUMNS - 1) as f32) / COLUMNS as f32;
    for row in tabs.chunks(COLUMNS) {
        ui.horizontal(|ui| {
            for &(tab, name, count, open, why_not) in row {
                let text = if count == 0 { name.to_owned() } else { format!("{name} ({count})") };
                let button = Button::selectable(state.drawer.tab == tab, RichText::new(text).size(12.0));
                let button = button.min_size(vec2(width, ui.spacing().interact_size.y));
                if ui.add_enabled(open, button).on_disabled_hover_text(why_not).clicked() {
                    state.drawer.tab = tab;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::change::State;
    use crate::ui::fixture;

    #[test]
    fn tabs_count_what_waits_in_them() {
        let mut harness = fixture::harness(fixture::plant(), |ui, console, state, commands| {
            crate::ui::refresh_alarms(ui.ctx(), console, state);
            drawer_ui(ui, console, state, commands);
        });
        harness.run_steps(2);
        harness.get_by_label("Alarms (3)");
        harness.get_by_label("Links (1)");
        harness.get_by_label("Recordings");
        harness.get_by_label("Notices (1)");
        harness.get_by_label("Project (2)").click();
        harness.run_steps(2);
        harness.get_by_label_contains("No rule is called");
        harness.get_by_label("What if").click();
        harness.run_steps(2);
        assert_eq!(harness.state().state.drawer.tab, Tab::Project, "there is no model");
    }

    #[test]
    fn what_is_proposed_in_what_if_is_drafted_among_the_changes() {
        let plant = fixture::Plant { desk: fixture::desk("carl"), ..fixture::answered() };
        let mut harness = fixture::harness(plant, drawer_ui);
        harness.run_steps(2);
        harness.get_by_label("What if").click();
        harness.run_steps(2);
        harness.get_by_label("Propose this change").click();
        harness.run_steps(3);
        assert_eq!(harness.state().state.drawer.tab, Tab::Changes);
        harness.get_by_label("Reason of the change");
    }

    #[test]
    fn a_password_is_forgotten_when_its_tab_is_left() {
        let mut harness = fixture::harness(fixture::with_change(State::Compared), drawer_ui);
        harness.run_steps(2);
        harness.get_by_label("Changes (1)").click();
        harness.run_steps(3);
        harness.get_by_label("Open Faster filler: compared").click();
        harness.run_steps(3);
        harness.get_by_label("Who signs").click();
        harness.run_steps(3);
        harness.get_by_label("bob, approver").click();
        harness.run_steps(3);
        harness.get_by_label("Alarms").click();
        harness.run_steps(2);
        harness.get_by_label("Changes (1)").click();
        harness.run_steps(3);
        let signs = harness.get_by_label("Who signs");
        assert_eq!(signs.value().as_deref(), Some("Who signs"));
    }

    #[test]
    fn a_model_can_be_asked_and_is_left_when_it_goes() {
        let mut harness = fixture::harness(fixture::with_model(), drawer_ui);
        harness.run_steps(2);
        harness.get_by_label("What if").click();
        harness.run_steps(2);
        harness.get_by_label("Search parameters");
        harness.state_mut().plant.askable.clear();
        harness.run_steps(2);
        assert_eq!(harness.state().state.drawer.tab, Tab::Alarms);
    }
}
