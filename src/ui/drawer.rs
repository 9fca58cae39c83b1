//! The tabs under the list of equipment: alarms, links, recordings, differences, what if, changes,
//! notices, project.

use egui::{Button, RichText, Ui};

use super::{
    Console, ConsoleState, alarms_tab, change, differences_tab, links_tab, notices_tab, problems_tab, recordings_tab,
    what_if_tab,
};
use crate::domain::command::Command;

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

/// What the tabs remember.
#[derive(Default)]
pub struct DrawerState {
    pub tab: Tab,
}

pub fn drawer_ui(ui: &mut Ui, console: &Console, state: &mut ConsoleState, commands: &mut Vec<Command>) {
    let down = console.links.iter().filter(|link| !link.connected()).count();
    if state.drawer.tab == Tab::Differences && console.compared.is_none() {
        state.drawer.tab = Tab::Recordings;
    }
    if state.drawer.tab == Tab::WhatIf && console.askable.is_empty() {
        state.drawer.tab = Tab::Alarms;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding.x = 4.0;
        for (tab, name, count) in [
            (Tab::Alarms, "Alarms", state.alarms.rows().len()),
            (Tab::Links, "Links", down),
            (Tab::Recordings, "Recordings", console.recordings.len()),
            (Tab::Differences, "Differences", 0),
            (Tab::WhatIf, "What if", state.what_if.chosen().len()),
            (Tab::Changes, "Changes", change::waiting(console)),
            (Tab::Notices, "Notices", console.notices.len()),
            (Tab::Project, "Project", console.problems.len()),
        ] {
            let hidden = match tab {
                Tab::Differences => console.compared.is_none(),
                Tab::WhatIf => console.askable.is_empty(),
                _ => false,
            };
            if hidden {
                continue;
            }
            let text = if count == 0 { name.to_owned() } else { format!("{name} ({count})") };
            if ui.add(Button::selectable(state.drawer.tab == tab, RichText::new(text).size(12.0))).clicked() {
                state.drawer.tab = tab;
            }
        }
    });
    ui.separator();
    match state.drawer.tab {
        Tab::Alarms => alarms_tab::alarms_tab_ui(ui, console, &state.alarms, commands),
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
        assert!(harness.query_by_label("What if").is_none(), "there is no model");
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
