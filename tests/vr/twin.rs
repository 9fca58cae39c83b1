//! The program with the Cookie Factory, worn: started under the runtime, watched through its diary, moved
//! through the runtime's remote driver.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bevy::math::{Quat, Vec2, Vec3};
use serde_json::Value;
use tempfile::TempDir;

use crate::diary::Diary;
use crate::monado::{Monado, Running};
use crate::remote::{Hand, Remote};

/// Software draws three pictures a frame here.
pub const LIMIT: Duration = Duration::from_secs(90);

/// Where the program says that tracking space stands in the plant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Standing {
    pub origin: Vec3,
    pub yaw: f32,
    pub scale: f32,
    pub lift: f32,
}

impl Standing {
    pub fn of(entry: &Value) -> Self {
        let number = |name: &str| entry[name].as_f64().expect("a number") as f32;
        Self {
            origin: vec3(&entry["origin"]),
            yaw: number("yaw_deg").to_radians(),
            scale: number("scale"),
            lift: number("lift"),
        }
    }

    /// Where in the wearer's room a place of the plant is.
    pub fn in_room(&self, plant: Vec3) -> Vec3 {
        Quat::from_rotation_y(-self.yaw) * (plant - self.origin) / self.scale - self.lift * Vec3::Y
    }
}

pub fn vec3(value: &Value) -> Vec3 {
    let number = |index: usize| value[index].as_f64().unwrap_or_else(|| panic!("a number in {value}")) as f32;
    Vec3::new(number(0), number(1), number(2))
}

/// The program, its runtime and its wearer.
pub struct Twin {
    pub diary: Diary,
    pub pictures: PathBuf,
    // The program ends before the runtime.
    pub program: Running,
    pub remote: Remote,
    pub monado: Monado,
    _folder: TempDir,
}

impl Twin {
    /// Started on the Cookie Factory, and worn.
    #[track_caller]
    pub fn start() -> Self {
        let monado = Monado::start();
        let remote = monado.remote();
        let (program, diary, folder) = start(&monado);
        let pictures = folder.path().join("pictures");
        let twin = Self { diary, pictures, program, remote, monado, _folder: folder };
        twin.diary.wait_for(LIMIT, |entry| entry["event"] == "link" && entry["state"] == "focused");
        twin.diary.wait_for(LIMIT, |entry| entry["event"] == "moved" && entry["how"] == "place");
        twin
    }

    /// Started on the Cookie Factory while there is no runtime. With the mark of where the diary stood then.
    #[track_caller]
    pub fn start_without_runtime() -> (Self, usize) {
        let mut monado = Monado::start();
        let remote = monado.remote();
        monado.kill();
        let (program, diary, folder) = start(&monado);
        let pictures = folder.path().join("pictures");
        diary.wait_for(LIMIT, |entry| entry["event"] == "link");
        let mark = diary.mark();
        (Self { diary, pictures, program, remote, monado, _folder: folder }, mark)
    }

    pub fn standing(&self) -> Standing {
        Standing::of(&self.diary.last("moved").expect("the wearer was placed"))
    }

    /// Puts the head to a place of the plant and waits until the program has it there.
    #[track_caller]
    pub fn look(&mut self, eye: Vec3, target: Vec3) {
        let standing = self.standing();
        self.remote.look_from(standing.in_room(eye), standing.in_room(target));
        let there = |entry: &Value| {
            let way = (target - eye).normalize();
            entry["event"] == "head"
                && vec3(&entry["position"]).distance(eye) < 0.02
                && vec3(&entry["forward"]).dot(way) > 0.999
        };
        // It may have stood so before.
        if !self.diary.last("head").is_some_and(|entry| there(&entry)) {
            let mark = self.diary.mark().saturating_sub(3);
            self.diary.wait_after(mark, LIMIT, there);
        }
    }

    /// Points a hand from a place of the plant to another.
    pub fn point(&mut self, hand: Hand, from: Vec3, target: Vec3) {
        let standing = self.standing();
        self.remote.point(hand, standing.in_room(from), standing.in_room(target));
    }

    /// Pulls the trigger and lets it go, each long enough to be seen.
    #[track_caller]
    pub fn pull(&mut self, hand: Hand) {
        self.remote.trigger(hand, 1.0);
        std::thread::sleep(self.frame() * 3);
        self.remote.trigger(hand, 0.0);
        std::thread::sleep(self.frame() * 3);
    }

    /// What a frame takes at present.
    pub fn frame(&self) -> Duration {
        let taken = self.diary.last("frame").and_then(|entry| entry["taken_ms"].as_f64()).unwrap_or(500.0);
        Duration::from_secs_f64((taken * 1.5 / 1e3).clamp(0.1, 3.0))
    }

    /// Points at a place of an open panel, in points from its upper left corner, from half a metre away.
    #[track_caller]
    pub fn point_at_panel(&mut self, hand: Hand, panel: &str, place: Vec2) {
        let all = self.diary.all();
        let open = all.iter().rfind(|entry| entry["event"] == "panel" && entry["panel"] == panel);
        let hung = &open.unwrap_or_else(|| panic!("no {panel}"))["place"];
        assert!(!hung.is_null(), "the {panel} is closed");
        let [upper_left, upper_right, lower_left] =
            ["upper_left", "upper_right", "lower_left"].map(|corner| vec3(&hung[corner]));
        let points = |index: usize| hung["points"][index].as_f64().expect("a size") as f32;
        let size = Vec2::new(points(0), points(1));
        let share = place / size;
        let target = upper_left + (upper_right - upper_left) * share.x + (lower_left - upper_left) * share.y;
        let front = (lower_left - upper_left).cross(upper_right - upper_left).normalize();
        self.point(hand, target + front * 0.5, target);
    }
}

/// The program in a window, with everything of its own in a folder.
fn start(monado: &Monado) -> (Running, Diary, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let diary = folder.path().join("diary.jsonl");
    let mut command = monado.command(env!("CARGO_BIN_EXE_twinscope"));
    command
        .arg("--vr")
        .arg(cookie_factory())
        .arg("--vr-log")
        .arg(&diary)
        .arg("--vr-pictures")
        .arg(folder.path().join("pictures"))
        .env("TWINSCOPE_HOME", folder.path().join("home"))
        .env("TWINSCOPE_RECORDINGS", folder.path().join("recordings"));
    (monado.spawn("twinscope", command), Diary::new(diary), folder)
}

/// # Panics
/// Where the workspace is not there: what is not tested must not look tested.
fn cookie_factory() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cookiefactory");
    let folder = std::env::var_os("TWINSCOPE_COOKIEFACTORY").map_or_else(beside, PathBuf::from);
    assert!(folder.is_dir(), "no Cookie Factory in {}; name it by TWINSCOPE_COOKIEFACTORY", folder.display());
    folder
}
