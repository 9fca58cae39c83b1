//! Running the whole program off screen in tests.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bevy::prelude::World;
use twinscope::app::studio::{Screen, Studio};
use twinscope::app::{self, Opened};
use twinscope::view::quality::QualityLevel;

/// Longest wait for something that must come.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A studio that has the machine to itself: software rendering takes every core.
pub struct Scene {
    pub studio: Studio,
    _alone: MutexGuard<'static, ()>,
}

/// Opens a project and waits until it stands.
pub fn open(path: &Path, size: (u32, u32)) -> Scene {
    show(app::read(path.to_owned()).expect("a project"), size)
}

/// Runs what was opened and waits until it stands.
pub fn show(opened: Opened, (width, height): (u32, u32)) -> Scene {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let screen = Screen { width, height, panels: false, best_quality: false };
    let mut studio = Studio::open(opened, screen).expect("a studio; software rendering needs a Vulkan driver");
    studio.settle().expect("models and files");
    // As in a window on this adapter, but pictures stay comparable: the resolution does not follow the load.
    let mut quality = studio.world().resource_mut::<QualityLevel>();
    (quality.fixed, quality.resolution_scale) = (true, 1.0);
    Scene { studio, _alone: alone }
}

impl Scene {
    #[track_caller]
    pub fn wait_for(&mut self, what: &str, holds: impl FnMut(&mut World) -> bool) {
        assert!(self.studio.run_until(DEADLINE, holds), "waited in vain for {what}");
    }
}

/// Where the Cookie Factory of AWS lies, which is not part of this repository; none, and a printed
/// line, where it does not.
pub fn cookie_factory() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cookiefactory");
    let folder = std::env::var_os("TWINSCOPE_COOKIEFACTORY").map_or_else(beside, PathBuf::from);
    if folder.join("CookieFactory.json").is_file() {
        return Some(folder);
    }
    println!("skipped: no Cookie Factory in {} (set TWINSCOPE_COOKIEFACTORY)", folder.display());
    None
}
