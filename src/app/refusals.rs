//! What Bevy and its drivers answer with a panic, told in words.
//!
//! A missing graphics driver or display is no error of the program, and a person can mend it; the
//! engine reports both by panicking while it starts. Other panics keep their report.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;

use anyhow::bail;

/// Runs `work`; a panic becomes an error in words.
///
/// # Errors
/// Those of `work`, and its panics.
pub fn in_words(work: impl FnOnce() -> anyhow::Result<ExitCode>) -> anyhow::Result<ExitCode> {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
        if known(&info.to_string()).is_none() {
            usual(info);
        }
    }));
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    _ = panic::take_hook();
    let payload = match done {
        Ok(outcome) => return outcome,
        Err(payload) => payload,
    };
    let said = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or_default();
    match known(said) {
        Some(words) => bail!("{words}"),
        None => bail!("The program stopped on an error of its own: {said}. Please report it with the lines above."),
    }
}

/// What a person can do about a panic of the engine.
fn known(said: &str) -> Option<&'static str> {
    const REFUSALS: &[(&str, &str)] = &[
        (
            "Unable to find a GPU",
            "No graphics driver was found, so nothing can be drawn. Install a Vulkan driver; on Debian and Ubuntu \
             `apt-get install mesa-vulkan-drivers` draws in software.",
        ),
        (
            "event loop",
            "There is no display to open a window on. Start from a desktop session, or run with --off-screen to \
             get pictures and a report.",
        ),
    ];
    REFUSALS.iter().find(|(mark, _)| said.contains(mark)).map(|(_, words)| *words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_driver_is_told_in_words() {
        let outcome = in_words(|| panic!("Unable to find a GPU! Make sure you have installed required drivers!"));
        let words = outcome.map_err(|error| error.to_string()).expect_err("a refusal");
        assert!(words.contains("mesa-vulkan-drivers"), "{words}");
    }

    #[test]
    fn work_that_goes_well_is_left_alone() {
        assert!(in_words(|| Ok(ExitCode::SUCCESS)).is_ok());
    }
}
