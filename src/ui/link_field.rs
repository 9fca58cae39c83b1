//! Where links to moments are opened: a field in the project's menu, and pasting anywhere.

use egui::{Context, Event, RichText, TextEdit, Ui, WidgetInfo, WidgetType};

use crate::domain::command::Command;

/// How a link to a moment begins.
const SCHEME: &str = "twinscope://";

pub fn link_field_ui(ui: &mut Ui, text: &mut String, commands: &mut Vec<Command>) {
    let field = TextEdit::singleline(text).hint_text("Paste a twinscope:// link").desired_width(190.0);
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Link to open"));
    if let Some(link) = link(text) {
        commands.push(Command::OpenLink(link));
        text.clear();
        ui.close();
    } else if !text.trim().is_empty() && !SCHEME.starts_with(text.trim()) {
        ui.label(RichText::new("A link begins with twinscope://").small().weak());
    }
}

/// Takes a link that is pasted while nobody types.
pub fn pasted_link(ctx: &Context, commands: &mut Vec<Command>) {
    ctx.input(|input| {
        let pasted = input.events.iter().filter_map(|event| match event {
            Event::Paste(text) => link(text),
            _ => None,
        });
        commands.extend(pasted.map(Command::OpenLink));
    });
}

/// A whole link: what stands after the scheme was typed or pasted too.
fn link(text: &str) -> Option<String> {
    let text = text.trim();
    (text.len() > SCHEME.len() && text.starts_with(SCHEME)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture;

    const LINK: &str = "twinscope://riverside?at=2026-11-24T13:03:22Z";

    #[test]
    fn a_link_is_opened_from_the_field_and_from_anywhere() {
        let mut harness = fixture::harness(fixture::plant(), |ui, _, state, commands| {
            pasted_link(ui.ctx(), commands);
            link_field_ui(ui, &mut state.link, commands);
        });
        harness.run_steps(2);
        harness.event(Event::Paste(format!(" {LINK}\n")));
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::OpenLink(LINK.into())]);
        harness.state_mut().commands.clear();
        harness.event(Event::Paste("somewhere else".into()));
        harness.get_by_label("Link to open").focus();
        harness.run_steps(2);
        harness.get_by_label("Link to open").type_text("http");
        harness.run_steps(2);
        harness.get_by_label("A link begins with twinscope://");
        assert!(harness.state().commands.is_empty());
    }
}
