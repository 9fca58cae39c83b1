//! What can be done with a change where it stands. A button that cannot be pressed says on hover why.

use egui::{Button, CollapsingHeader, Label, RichText, TextEdit, Ui, WidgetInfo, WidgetType, vec2};

use super::signature::signature_ui;
use super::{ChangeView, ChangesState};
use crate::domain::change::{ChangeRequest, Guard, State};
use crate::domain::change_command::ChangeCommand;
use crate::domain::command::Command;
use crate::domain::person::Role;
use crate::ui::change::draft::{DraftForm, refreshed};
use crate::ui::change::words;
use crate::ui::{Console, touch};

/// What is said of a change that goes back where nobody wrote why.
const ASKED: &str = "Asked for at the desk.";
/// Height of the two buttons that end a trial, points.
const LARGE: f32 = 28.0;

type May = Result<(), String>;

pub fn act_ui(
    ui: &mut Ui,
    console: &Console,
    view: &ChangeView,
    state: &mut ChangesState,
    commands: &mut Vec<Command>,
) {
    if let Some(why) = console.desk.view_only {
        ui.label(RichText::new("View only").strong());
        ui.add(Label::new(why).wrap());
        return;
    }
    let (request, standing) = (view.request, view.request.state());
    let mut asked = Vec::new();
    match standing {
        State::Draft => simulate_ui(ui, console, view, &mut asked),
        State::Compared => approve_ui(ui, console, view, state, &mut asked),
        State::Approved => push_ui(ui, console, view, state, &mut asked),
        State::Pushing | State::ReadingBack | State::OnTrial => end_ui(ui, console, request, state, &mut asked),
        State::Kept => rollback_ui(ui, console, request, &mut asked),
        _ if standing.needs_person() => end_ui(ui, console, request, state, &mut asked),
        _ => {}
    }
    if standing.editable() {
        edit_ui(ui, console, request, state);
    }
    commands.extend(asked.into_iter().map(Command::Change));
}

/// True when it was pressed. Without permission it says why it cannot be.
pub fn button_ui(ui: &mut Ui, button: Button, may: &May, told: &str) -> bool {
    let response = ui.add_enabled(may.is_ok(), button).on_hover_text(told);
    response.on_disabled_hover_text(may.as_ref().err().map_or("", String::as_str)).clicked()
}

/// A line to write in, with a name for those who do not see it.
pub fn line_ui(ui: &mut Ui, name: &str, hint: &str, text: &mut String) {
    let field = TextEdit::singleline(text).hint_text(hint).char_limit(500).desired_width(f32::INFINITY);
    ui.add(touch::sized(ui, field)).widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, name));
}

/// Whether the policy lets it pass, but for guards that are not asked of this person.
fn passed(view: &ChangeView, leave_out: &[Guard]) -> May {
    let Some(report) = view.guards else {
        return Err("The policy was not asked yet. Wait a moment.".to_owned());
    };
    let counts = |(guard, _): &&(Guard, May)| !leave_out.contains(guard);
    report.answers().iter().filter(counts).try_for_each(|(_, answer)| answer.clone())
}

pub fn simulate_ui(ui: &mut Ui, console: &Console, view: &ChangeView, asked: &mut Vec<ChangeCommand>) {
    let allowed = console.desk.may(Role::Operator).and_then(|()| passed(view, &[]));
    let told = "Run it on the simulated copy from now on. Nothing is sent to the plant";
    if button_ui(ui, Button::new("Simulate the change"), &allowed, told) {
        asked.push(ChangeCommand::Simulate(view.request.id.clone()));
    }
}

/// A second person decides, here or on another computer.
fn approve_ui(
    ui: &mut Ui,
    console: &Console,
    view: &ChangeView,
    state: &mut ChangesState,
    asked: &mut Vec<ChangeCommand>,
) {
    let (id, requester) = (&view.request.id, &view.request.requester);
    let words = format!("A second person decides. {requester} asked for the change and cannot approve it.");
    ui.add(Label::new(RichText::new(words).small()).wrap());
    signature_ui(ui, console, (Role::Approver, Some(requester)), &mut state.signature);
    line_ui(ui, "Reason of the decision", "Reason", &mut state.signature.reason);
    let decided = decided(state);
    // Who may approve is known by the list; the policy judges the person again who then signs.
    let approvable = passed(view, &[Guard::Person]).and_then(|()| decided.clone());
    ui.horizontal(|ui| {
        let told = "It may then be pushed, until the approval expires";
        if button_ui(ui, Button::new("Approve"), &approvable, told)
            && let Some((user, password, reason)) = state.signature.sign()
        {
            asked.push(ChangeCommand::Approve { id: id.clone(), user, password, reason });
        }
        reject_ui(ui, "Reject", &decided, view.request, state, asked);
    });
    CollapsingHeader::new("Approve on another computer").id_salt("elsewhere").show(ui, |ui| {
        line_ui(ui, "Path of the file", "Path of the file", &mut state.path);
        let path = state.path.trim();
        let named = if path.is_empty() { Err("Give the path of a file.".to_owned()) } else { Ok(()) };
        let may = console.desk.may(Role::Operator).and(named);
        ui.horizontal_wrapped(|ui| {
            let told = "What the approver has to see, for another computer";
            if button_ui(ui, Button::new("Write the change file"), &may, told) {
                asked.push(ChangeCommand::WriteChangeFile { id: id.clone(), path: path.into() });
            }
            if button_ui(ui, Button::new("Take an approval file"), &may, "Read what the approver gave there") {
                asked.push(ChangeCommand::TakeApprovalFile(path.into()));
            }
        });
    });
}

/// The name, the password and the reason are there.
fn decided(state: &ChangesState) -> May {
    state.signature.ready()?;
    let reason = state.signature.reason.trim();
    if reason.is_empty() { Err("Write the reason of the decision.".to_owned()) } else { Ok(()) }
}

fn reject_ui(
    ui: &mut Ui,
    words: &str,
    may: &May,
    request: &ChangeRequest,
    state: &mut ChangesState,
    asked: &mut Vec<ChangeCommand>,
) {
    if button_ui(ui, Button::new(words), may, "It is not written. The requester may edit it and ask again")
        && let Some((user, password, why)) = state.signature.sign()
    {
        asked.push(ChangeCommand::Reject { id: request.id.clone(), user, password, why });
    }
}

fn push_ui(
    ui: &mut Ui,
    console: &Console,
    view: &ChangeView,
    state: &mut ChangesState,
    asked: &mut Vec<ChangeCommand>,
) {
    let request = view.request;
    if !view.link.is_empty() {
        ui.label(RichText::new(view.link).small().weak());
    }
    signature_ui(ui, console, (Role::Operator, None), &mut state.signature);
    line_ui(ui, "Reason of the decision", "Reason, to take the approval back", &mut state.signature.reason);
    // The report is about who is logged in. Of somebody else these two are asked when they sign.
    let here = console.desk.person.as_ref().is_some_and(|person| state.signature.user.as_ref() == Some(&person.name));
    let leave_out: &[Guard] = if here { &[] } else { &[Guard::Person, Guard::Owner] };
    let pushable = passed(view, leave_out).and_then(|()| state.signature.ready());
    ui.horizontal_wrapped(|ui| {
        let button = Button::new(format!("Push {}", words::pushed(console, request)));
        let told = "Write it to the plant along its ramp, read it back, and begin the trial";
        if button_ui(ui, button, &pushable, told)
            && let Some((user, password, _)) = state.signature.sign()
        {
            asked.push(ChangeCommand::Push { id: request.id.clone(), user, password });
        }
        let may = approver(console, request, state).and_then(|()| decided(state));
        reject_ui(ui, "Take the approval back", &may, request, state, asked);
    });
}

/// Who signs is one of those who may decide about this change.
fn approver(console: &Console, request: &ChangeRequest, state: &ChangesState) -> May {
    let signer = state.signature.user.as_ref();
    let may = |(name, role): &(_, Role)| signer == Some(name) && *role >= Role::Approver && *name != request.requester;
    let words = || format!("This takes an approver other than {}.", request.requester);
    if console.accounts.iter().any(may) { Ok(()) } else { Err(words()) }
}

/// Keep or go back: two buttons of the same weight. Without a trial there is nothing to keep.
fn end_ui(
    ui: &mut Ui,
    console: &Console,
    request: &ChangeRequest,
    state: &mut ChangesState,
    asked: &mut Vec<ChangeCommand>,
) {
    let id = &request.id;
    let may = console.desk.may(Role::Operator);
    line_ui(ui, "Why it goes back", "Why it goes back (may stay empty)", &mut state.why);
    let size = vec2((ui.available_width() - ui.spacing().item_spacing.x) / 2.0, LARGE);
    ui.horizontal(|ui| {
        if request.state() == State::OnTrial {
            let button = Button::new(format!("Keep {}", words::values(console, request, true))).min_size(size);
            let may = may.clone().and_then(|()| shown(request));
            if button_ui(ui, button, &may, "End the trial; the plant holds the new values") {
                asked.push(ChangeCommand::Keep { id: id.clone() });
            }
        }
        let button = Button::new(format!("Go back to {}", words::values(console, request, false))).min_size(size);
        if button_ui(ui, button, &may, "Write the old values again, along the same ramp") {
            let why = state.why.trim();
            let why = if why.is_empty() { ASKED } else { why }.to_owned();
            asked.push(ChangeCommand::Revert { id: id.clone(), why });
            state.why.clear();
        }
    });
}

/// The plant showed all new values after they were written.
fn shown(request: &ChangeRequest) -> May {
    let mut pairs =
        request.progress().into_iter().flat_map(|progress| request.wish().settings.iter().zip(&progress.writes));
    let all = pairs.all(|(setting, write)| {
        write.read.is_some_and(|read| (read.value - setting.to).abs() <= write.terms.tolerance)
    });
    if all { Ok(()) } else { Err("The plant does not show all new values at present. Wait, or go back.".to_owned()) }
}

fn rollback_ui(ui: &mut Ui, console: &Console, request: &ChangeRequest, asked: &mut Vec<ChangeCommand>) {
    let button = Button::new(format!("Roll back to {}", words::values(console, request, false)));
    let told = "Draft a change with the old values. It goes the same way as every change";
    if button_ui(ui, button, &console.desk.may(Role::Operator), told) {
        asked.push(ChangeCommand::Rollback(request.id.clone()));
    }
}

fn edit_ui(ui: &mut Ui, console: &Console, request: &ChangeRequest, state: &mut ChangesState) {
    let requester = &request.requester;
    let mine = console.desk.person.as_ref().is_some_and(|person| person.name == *requester);
    let mine = if mine { Ok(()) } else { Err(format!("Only {requester} may edit this change. Draft another one.")) };
    let may = console.desk.may(Role::Operator).and(mine);
    let told = "Write it anew. What was simulated and approved then counts no more";
    if button_ui(ui, Button::new("Edit"), &may, told) {
        state.signature.clear();
        state.form = Some(DraftForm::of(refreshed(console, request.wish()), Some(request.id.clone())));
    }
}

#[cfg(test)]
mod tests;
