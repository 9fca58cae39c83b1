//! `twinscope user`: the accounts of this computer.

use std::io::{self, BufRead, IsTerminal};
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::app::args::{UserTask, UserWish};
use crate::app::change::files;
use crate::app::random::system_random;
use crate::app::wall_now;
use crate::control::people::{Accounts, Cost, Door, Permission, SHORTEST_PASSWORD, may};
use crate::domain::person::{Role, UserName};

/// Lists or changes accounts. Beyond the first, changes need somebody who may manage accounts.
///
/// # Errors
/// In words, when the file cannot be used, the person may not do it or a password does not do.
pub fn user(wish: &UserWish) -> anyhow::Result<ExitCode> {
    let file = files::accounts();
    let mut accounts = match file.is_file() {
        true => Accounts::load(&file, Cost::OWASP)?,
        false => Accounts::new(Cost::OWASP),
    };
    if let UserTask::List = wish.task {
        for account in accounts.list() {
            let disabled = if account.disabled { ", disabled" } else { "" };
            println!("{:<20} {:<10} {}{disabled}", account.name, account.role.name(), account.full_name);
        }
        if accounts.list().next().is_none() {
            println!(
                "Nobody has an account yet. Begin with: twinscope user add NAME --role approver --full-name \"…\""
            );
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut passwords = Passwords::default();
    if let UserTask::Password { name } = &wish.task {
        let name = named(name)?;
        let old = passwords.ask("Present password")?;
        // Counts wrong guesses and takes as long for names that nobody has.
        Door::default().login(&accounts, name.as_str(), &old, wall_now())?;
        let new = passwords.new_one()?;
        accounts.change_password(&name, &old, &new, &mut system_random())?;
    } else {
        allowed(&accounts, wish, &mut passwords)?;
        match &wish.task {
            UserTask::Add { name, role, full_name } => {
                let role = role_of(role)?;
                if accounts.list().next().is_none() && !may(role, Permission::ManageAccounts) {
                    bail!("The first account has to be an approver, or nobody could add others. Nothing was changed.");
                }
                let name = named(name)?;
                let password = passwords.new_one()?;
                accounts.add(name, full_name, role, &password, &mut system_random())?;
            }
            UserTask::Role { name, role } => accounts.set_role(&named(name)?, role_of(role)?)?,
            UserTask::Disable { name } => accounts.set_disabled(&named(name)?, true)?,
            UserTask::Enable { name } => accounts.set_disabled(&named(name)?, false)?,
            UserTask::Reset { name } => {
                let password = passwords.new_one()?;
                accounts.reset_password(&named(name)?, &password, &mut system_random())?;
            }
            UserTask::List | UserTask::Password { .. } => {}
        }
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made.", folder.display()))?;
    }
    accounts.save(&file)?;
    println!("{} was written. A desk that is open takes it over within a second.", file.display());
    Ok(ExitCode::SUCCESS)
}

/// # Errors
/// When there are accounts and nobody who may manage them gave the password.
fn allowed(accounts: &Accounts, wish: &UserWish, passwords: &mut Passwords) -> anyhow::Result<()> {
    if accounts.list().next().is_none() {
        return Ok(());
    }
    let by = wish.by.as_deref().context("Say who does this with --by NAME; it takes an approver.")?;
    let password = passwords.ask(&format!("Password of {by}"))?;
    let session = Door::default().login(accounts, by, &password, wall_now())?;
    if !may(session.role, Permission::ManageAccounts) {
        bail!("{} may not manage accounts. Nothing was changed. Ask an approver.", session.user);
    }
    Ok(())
}

fn named(name: &str) -> anyhow::Result<UserName> {
    UserName::new(name).map_err(anyhow::Error::msg)
}

fn role_of(text: &str) -> anyhow::Result<Role> {
    let found = Role::ALL.into_iter().find(|role| role.name() == text.to_lowercase());
    found.with_context(|| format!("\"{text}\" is no role. Write viewer, operator, engineer or approver."))
}

/// Passwords from the terminal, not shown, or from the lines of the standard input.
#[derive(Default)]
pub struct Passwords {
    lines: Option<io::Lines<io::StdinLock<'static>>>,
}

impl Passwords {
    /// # Errors
    /// When none is to be had.
    pub fn ask(&mut self, prompt: &str) -> anyhow::Result<String> {
        if io::stdin().is_terminal() {
            return rpassword::prompt_password(format!("{prompt}: ")).context("No password could be read.");
        }
        let lines = self.lines.get_or_insert_with(|| io::stdin().lock().lines());
        lines.next().with_context(|| format!("{prompt}: the standard input has no further line."))?.context("No text.")
    }

    fn new_one(&mut self) -> anyhow::Result<String> {
        let first = self.ask(&format!("New password, at least {SHORTEST_PASSWORD} characters"))?;
        if io::stdin().is_terminal() && self.ask("Once more")? != first {
            bail!("The two are not the same. Nothing was changed.");
        }
        Ok(first)
    }
}
