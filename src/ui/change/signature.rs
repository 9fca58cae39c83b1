//! Giving name and password once more, where it is needed. Nothing is filled in ahead, and what was
//! typed is forgotten as soon as it was used.

use std::mem;

use egui::text_edit::TextEditState;
use egui::{ComboBox, Response, RichText, TextEdit, Ui, WidgetInfo, WidgetType};

use crate::domain::change_command::Password;
use crate::domain::person::{Role, UserName};
use crate::ui::Console;

/// Longest password that can be typed, letters.
const LONGEST: usize = 256;

/// Who signs, and with what. It has no debug output: it holds a password.
#[derive(Default)]
pub struct Signature {
    pub user: Option<UserName>,
    password: String,
    pub reason: String,
}

impl Signature {
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// # Errors
    /// What is missing, in words.
    pub fn ready(&self) -> Result<(), String> {
        match (&self.user, self.password.is_empty()) {
            (None, _) => Err("Choose who signs.".to_owned()),
            (Some(user), true) => Err(format!("{user} has to give the password.")),
            (Some(_), false) => Ok(()),
        }
    }

    /// Name, password and reason, which are forgotten here; none where something is missing.
    pub fn sign(&mut self) -> Option<(UserName, Password, String)> {
        self.ready().ok()?;
        let signed = mem::take(self);
        Some((signed.user?, Password::new(signed.password), signed.reason.trim().to_owned()))
    }
}

/// Choice of the person, from those of at least this role, and password.
pub fn signature_ui(
    ui: &mut Ui,
    console: &Console,
    (least, except): (Role, Option<&UserName>),
    signature: &mut Signature,
) {
    let may = |(name, role): &&(UserName, Role)| *role >= least && except != Some(name);
    let mut people = console.accounts.iter().filter(may).peekable();
    if people.peek().is_none() {
        let words = format!("Nobody else here is {}. Have an account with this role made.", least.name());
        ui.label(RichText::new(words).small());
        signature.user = None;
        return;
    }
    ui.horizontal(|ui| {
        let shown = signature.user.as_ref().map_or("Who signs", UserName::as_str).to_owned();
        let combo = ComboBox::from_id_salt("who signs").width(110.0).selected_text(&shown).show_ui(ui, |ui| {
            for (name, role) in people {
                let chosen = signature.user.as_ref() == Some(name);
                if ui.selectable_label(chosen, format!("{name}, {}", role.name())).clicked() && !chosen {
                    signature.user = Some(name.clone());
                    signature.password.clear();
                }
            }
        });
        combo.response.widget_info(|| {
            let mut info = WidgetInfo::labeled(WidgetType::ComboBox, true, "Who signs");
            info.current_text_value = Some(shown.clone());
            info
        });
        password_ui(ui, "Password to sign with", &mut signature.password);
    });
}

/// Shows dots for letters. What a field keeps to undo would hold the password: it is dropped.
pub fn password_ui(ui: &mut Ui, name: &str, password: &mut String) -> Response {
    let width = ui.available_width().min(180.0);
    let field = TextEdit::singleline(password).password(true).hint_text("Password").char_limit(LONGEST);
    let response = ui.add(field.desired_width(width));
    response.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, name));
    if let Some(mut kept) = TextEditState::load(ui.ctx(), response.id) {
        kept.clear_undoer();
        kept.store(ui.ctx(), response.id);
    }
    response
}

#[cfg(test)]
mod tests {
    use egui::{Key, Modifiers};
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::domain::change::State;
    use crate::ui::fixture;

    fn name(text: &str) -> UserName {
        UserName::new(text).expect("a name")
    }

    #[test]
    fn the_requester_is_no_choice_for_the_approver_and_nothing_is_filled_in() {
        let mut harness = fixture::harness(fixture::with_change(State::Compared), |ui, console, state, _| {
            let signature = &mut state.changes.signature;
            signature_ui(ui, console, (Role::Operator, Some(&name("ann"))), signature);
        });
        harness.run_steps(2);
        assert!(harness.state().state.changes.signature.user.is_none());
        harness.get_by_label("Who signs").click();
        harness.run_steps(3);
        assert!(harness.query_by_label_contains("ann,").is_none());
        assert!(harness.query_by_label_contains("vera,").is_none(), "a viewer signs nothing");
        harness.get_by_label("carl, operator");
        harness.get_by_label("bob, approver").click();
        harness.run_steps(3);
        assert_eq!(harness.state().state.changes.signature.user, Some(name("bob")));
    }

    #[test]
    fn signing_forgets_what_was_typed() {
        let mut signature =
            Signature { user: Some(name("bob")), password: "hunter2".into(), reason: " Looks right ".into() };
        let signed = signature.sign();
        let expected = (name("bob"), Password::new("hunter2".into()), "Looks right".to_owned());
        assert_eq!(signed, Some(expected));
        assert!(signature.user.is_none() && signature.password.is_empty() && signature.reason.is_empty());
        assert_eq!(signature.sign(), None);
    }

    #[test]
    fn a_password_cannot_be_brought_back_by_undo() {
        let mut harness = fixture::harness(fixture::plant(), |ui, _, state, _| {
            password_ui(ui, "Password", &mut state.changes.signature.password);
        });
        harness.get_by_label("Password").focus();
        harness.run_steps(2);
        harness.get_by_label("Password").type_text("hunter2");
        harness.run_steps(2);
        assert_eq!(harness.state().state.changes.signature.password, "hunter2");
        harness.state_mut().state.changes.signature.clear();
        harness.run_steps(90);
        harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        harness.run_steps(3);
        assert_eq!(harness.state().state.changes.signature.password, "");
    }
}
