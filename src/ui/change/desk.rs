//! Who is at the desk: name and role, logging in and out, and why nothing can be written where it
//! cannot.

use std::mem;

use egui::{Button, Key, Label, Popup, PopupCloseBehavior, RichText, TextEdit, Ui, WidgetInfo, WidgetType};

use super::signature::password_ui;
use crate::domain::change_command::{ChangeCommand, Password};
use crate::domain::command::Command;
use crate::domain::person::{Desk, UserName};
use crate::ui::{Console, format};

/// Letters of a name in the top bar.
const NAME: usize = 16;

/// What is typed to log in. It has no debug output: it holds a password.
#[derive(Default)]
pub struct LoginState {
    name: String,
    password: String,
}

pub fn desk_menu_ui(ui: &mut Ui, console: &Console, state: &mut LoginState, commands: &mut Vec<Command>) {
    let button = ui.button(title(console.desk));
    // Fields are clicked into: only a click elsewhere closes it.
    let menu = Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(220.0);
        if let Some(why) = console.desk.view_only {
            ui.label(RichText::new("Nothing can be written from here").strong());
            ui.add(Label::new(why).wrap());
            ui.separator();
        }
        match &console.desk.person {
            Some(person) => {
                let full = if person.full_name.is_empty() { person.name.as_str() } else { &person.full_name };
                ui.label(format!("{full}, {}", person.role.name()));
                if ui.button("Log out").clicked() {
                    commands.push(Command::Change(ChangeCommand::Logout));
                    ui.close();
                }
            }
            None if console.accounts.is_empty() => _ = ui.label("Nobody has an account here yet."),
            None => login_ui(ui, state, commands),
        }
    });
    if menu.is_none() {
        *state = LoginState::default();
    }
}

/// "ann, operator", "View only", "Log in".
fn title(desk: &Desk) -> String {
    let person = desk.person.as_ref();
    let person = person.map(|it| format!("{}, {}", format::shortened(it.name.as_str(), NAME), it.role.name()));
    let view_only = desk.view_only.map(|_| "View only".to_owned());
    match (person, view_only) {
        (None, None) => "Log in".to_owned(),
        (person, view_only) => [person, view_only].into_iter().flatten().collect::<Vec<_>>().join(", "),
    }
}

fn login_ui(ui: &mut Ui, state: &mut LoginState, commands: &mut Vec<Command>) {
    let field = TextEdit::singleline(&mut state.name).hint_text("User name").desired_width(180.0);
    ui.add(field).widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "User name"));
    let password = password_ui(ui, "Password to log in", &mut state.password);
    let entered = password.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let name = match UserName::new(&state.name) {
        Ok(name) if !state.password.is_empty() => Ok(name),
        Ok(_) => Err("Give the password.".to_owned()),
        Err(_) if state.name.trim().is_empty() => Err("Give name and password.".to_owned()),
        Err(why) => Err(why),
    };
    let button = ui.add_enabled(name.is_ok(), Button::new("Log in now"));
    let button = button.on_disabled_hover_text(name.as_ref().err().map_or("", String::as_str));
    if (button.clicked() || entered)
        && let Ok(user) = name
    {
        let password = Password::new(mem::take(&mut state.password));
        commands.push(Command::Change(ChangeCommand::Login { user, password }));
        ui.close();
    }
}

#[cfg(test)]
mod tests {
    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable;

    use super::*;
    use crate::ui::fixture::{self, Plant, Stage};

    fn menu(plant: Plant, open: &str) -> Harness<'static, Stage> {
        let mut harness = fixture::harness(plant, |ui, console, state, commands| {
            desk_menu_ui(ui, console, &mut state.login, commands);
        });
        harness.run_steps(2);
        harness.get_by_label(open).click();
        harness.run_steps(3);
        harness
    }

    fn nobody() -> Plant {
        Plant { desk: Desk::default(), ..fixture::with_people() }
    }

    fn write(harness: &mut Harness<Stage>, field: &str, text: &str) {
        harness.get_by_label(field).focus();
        harness.run_steps(2);
        harness.get_by_label(field).type_text(text);
        harness.run_steps(2);
    }

    #[test]
    fn logging_in_takes_name_and_password_and_forgets_them() {
        let mut harness = menu(nobody(), "Log in");
        harness.get_by_label("Log in now").click();
        harness.run_steps(2);
        assert!(harness.state().commands.is_empty());
        write(&mut harness, "User name", "Ann");
        write(&mut harness, "Password to log in", "hunter2");
        harness.key_press(Key::Enter);
        harness.run_steps(4);
        let user = UserName::new("ann").expect("a name");
        let login = ChangeCommand::Login { user, password: Password::new("hunter2".into()) };
        assert_eq!(harness.state().commands, [Command::Change(login)]);
        assert!(!format!("{:?}", harness.state().commands).contains("hunter2"));
        let login = &harness.state().state.login;
        assert!(login.name.is_empty() && login.password.is_empty());
    }

    #[test]
    fn who_is_logged_in_is_named_with_the_role_and_can_log_out() {
        let mut harness = menu(fixture::with_people(), "carl, operator");
        harness.get_by_label("Carl Ek, operator");
        harness.get_by_label("Log out").click();
        harness.run_steps(2);
        assert_eq!(harness.state().commands, [Command::Change(ChangeCommand::Logout)]);
    }

    #[test]
    fn view_only_says_why() {
        let why = "The program was started with --view-only.";
        let desk = Desk { view_only: Some(why), person: None };
        let harness = menu(Plant { desk, ..nobody() }, "View only");
        harness.get_by_label(why);
    }
}
