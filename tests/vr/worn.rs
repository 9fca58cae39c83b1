//! What a wearer does in the Cookie Factory, and what follows.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bevy::asset::RenderAssetUsages;
use bevy::image::{CompressedImageFormats, Image, ImageSampler, ImageType};
use bevy::math::{Vec2, Vec3};
use serde_json::Value;

use crate::remote::{Button, Hand};
use crate::twin::{LIMIT, Standing, Twin, vec3};

/// The middle of Mixer_1, and where somebody stands before it.
const MIXER_1: Vec3 = Vec3::new(19.54, 1.2, 76.4);
const BEFORE_IT: Vec3 = Vec3::new(22.6, 1.7, 76.4);
/// Pages at the foot of the tablet, in points from its upper left corner.
const PAGE_ALARMS: Vec2 = Vec2::new(128.0, 655.0);

fn is(event: &str) -> impl Fn(&Value) -> bool {
    move |entry| entry["event"] == event
}

/// Walks there on the wearer's own feet, half a metre a step.
#[track_caller]
fn walk(twin: &mut Twin, to: Vec3, target: Vec3) {
    let head = vec3(&twin.diary.last("head").expect("a head")["position"]);
    let steps = (head.distance(to) / 0.5).ceil().clamp(1.0, 8.0) as usize;
    for step in 1..=steps {
        twin.look(head.lerp(to, step as f32 / steps as f32), target);
    }
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn a_wearer_walks_looks_into_a_mixer_acknowledges_its_alarm_and_moves_on() {
    let mut twin = Twin::start();

    // Walks to the mixer, and points at it: it is named.
    let begin = BEFORE_IT + Vec3::new(3.0, 0.0, 0.0);
    twin.look(begin, MIXER_1);
    walk(&mut twin, BEFORE_IT, MIXER_1);
    let mark = twin.diary.mark();
    let hand = BEFORE_IT + Vec3::new(-0.3, -0.4, 0.2);
    twin.point(Hand::Right, hand, MIXER_1);
    let on_it = |entry: &Value| entry["asset"].as_str().is_some_and(|path| path.ends_with("/Mixer_1"));
    twin.diary.wait_after(mark, LIMIT, |entry| is("hover")(entry) && on_it(entry));

    // Pulls the trigger: it is selected, and its values and trends open on the tablet.
    let mark = twin.diary.mark();
    twin.pull(Hand::Right);
    twin.diary.wait_after(mark, LIMIT, |entry| is("select")(entry) && on_it(entry));
    let opened = |entry: &Value| is("panel")(entry) && entry["panel"] == "tablet" && entry["open"] == true;
    twin.diary.wait_after(mark, LIMIT, opened);
    // A signal that is pressed opens its trend; below the head of the page, one lies under the other.
    let trend = |twin: &Twin| twin.diary.last("page").is_some_and(|entry| entry["trends"] == 1);
    press_down(&mut twin, 200.0, (170.0, 560.0), trend);

    // Goes to the page of alarms and acknowledges one.
    let mark = twin.diary.mark();
    twin.point_at_panel(Hand::Right, "tablet", PAGE_ALARMS);
    twin.pull(Hand::Right);
    twin.diary.wait_after(mark, LIMIT, |entry| is("page")(entry) && entry["page"] == "Alarms");
    let acknowledged = |twin: &Twin| {
        twin.diary.all().into_iter().skip(mark).any(|entry| {
            is("command")(&entry) && entry["words"].as_str().is_some_and(|words| words.starts_with("Acknowledge("))
        })
    };
    // Cards lie under each other, each with its button on the right.
    press_down(&mut twin, 440.0, (110.0, 600.0), acknowledged);
    let waiting = |entry: &Value| entry["unacknowledged"].as_u64().expect("a number");
    let before = twin.diary.all().into_iter().take(mark).rfind(is("alarms")).expect("alarms were counted");
    twin.diary.wait_after(mark, LIMIT, |entry| is("alarms")(entry) && waiting(entry) < waiting(&before));

    // Turns by the stick: the head stays, the world turns by thirty degrees.
    let before = twin.standing();
    let head = vec3(&twin.diary.last("head").expect("a head")["position"]);
    let mark = twin.diary.mark();
    // Away from the tablet, where the stick would scroll.
    let floor = Vec3::new(BEFORE_IT.x + 0.4, 0.0, BEFORE_IT.z + 3.0);
    twin.point(Hand::Right, hand, floor);
    twin.remote.stick(Hand::Right, 1.0, 0.0);
    let turned = twin.diary.wait_after(mark, LIMIT, |entry| is("moved")(entry) && entry["how"] == "turn");
    twin.remote.stick(Hand::Right, 0.0, 0.0);
    let by = (Standing::of(&turned).yaw - before.yaw).to_degrees().rem_euclid(360.0);
    assert!((by - 330.0).abs() < 0.1, "to the right: {by}");
    assert!(vec3(&turned["head"]).distance(head) < 0.01);

    // Teleports by the stick: on the floor where the arc of the hand ends.
    std::thread::sleep(twin.frame() * 3);
    let mark = twin.diary.mark();
    twin.point(Hand::Right, hand, floor);
    twin.remote.stick(Hand::Right, 0.0, 1.0);
    std::thread::sleep(twin.frame() * 4);
    twin.remote.stick(Hand::Right, 0.0, 0.0);
    let landed = twin.diary.wait_after(mark, LIMIT, |entry| is("moved")(entry) && entry["how"] == "teleport");
    let there = vec3(&landed["head"]);
    let thrown = throw(hand, floor - hand);
    assert!((there.x - thrown.x).abs() < 0.05 && (there.z - thrown.z).abs() < 0.05, "{there} {thrown}");
    assert!((there.y - head.y).abs() < 0.01, "the floor is even");
}

/// Presses the tablet at one place below the other, until it has done what is wanted.
#[track_caller]
fn press_down(twin: &mut Twin, x: f32, (top, bottom): (f32, f32), done: impl Fn(&Twin) -> bool) {
    let mut y = top;
    while !done(twin) {
        assert!(y < bottom, "nothing on the tablet does it");
        twin.point_at_panel(Hand::Right, "tablet", Vec2::new(x, y));
        twin.pull(Hand::Right);
        y += 22.0;
    }
}

/// Where a ball that is thrown with 7 m/s comes to the floor.
fn throw(from: Vec3, along: Vec3) -> Vec3 {
    let velocity = along.normalize() * 7.0;
    let time = (velocity.y + (velocity.y * velocity.y + 2.0 * 9.81 * from.y).sqrt()) / 9.81;
    Vec3::new(from.x + velocity.x * time, 0.0, from.z + velocity.z * time)
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn both_eyes_see_the_mixer_yellow_and_red_each_from_its_own_place() {
    let mut twin = Twin::start();
    // Mixer_1 fills the middle. Its rules: yellow below 99 degrees, red above 100; it is both within a minute.
    twin.look(Vec3::new(23.5, 1.6, 76.4), MIXER_1);
    open_wrist_menu(&mut twin);
    let begin = Instant::now();
    let mut seen: [Option<[Picture; 2]>; 2] = [None, None];
    while seen.iter().any(Option::is_none) {
        assert!(begin.elapsed() < 3 * LIMIT, "yellow {}, red {}", seen[0].is_some(), seen[1].is_some());
        let eyes = take_picture(&mut twin);
        for (seen, is_ink) in seen.iter_mut().zip([is_yellow, is_red]) {
            if seen.is_none() && eyes.iter().all(|eye| share(eye, is_ink) > 0.02) {
                *seen = Some(eyes.clone());
            }
        }
    }
    for ([left, right], is_ink) in seen.into_iter().flatten().zip([is_yellow, is_red]) {
        // Eyes 63 mm apart, 320 pixels over 85 degrees: what is 2.5 to 5.5 m away is seen 2 to 4.4 pixels apart.
        let shift = middle(&left, is_ink) - middle(&right, is_ink);
        let per_tangent = f64::from(left.width as u32) / 2.0 / 0.7418_f64.tan();
        let (near, far) = (per_tangent * 0.063 / 2.5, per_tangent * 0.063 / 5.5);
        assert!((far..near).contains(&shift), "{shift} is not within {far} and {near}");
    }
}

/// Shows the menu at the left wrist, low before the face, where it hides nothing.
#[track_caller]
fn open_wrist_menu(twin: &mut Twin) {
    let mark = twin.diary.mark();
    let head = twin.diary.last("head").expect("a head");
    let (head, forward) = (vec3(&head["position"]), vec3(&head["forward"]));
    let left = head + forward * 0.3 - Vec3::Y * 0.45;
    twin.point(Hand::Left, left, left + forward);
    twin.remote.hold(Hand::Left, Button::A, true);
    let opened = |entry: &Value| is("panel")(entry) && entry["panel"] == "wrist" && entry["open"] == true;
    twin.diary.wait_after(mark, LIMIT, opened);
    twin.remote.hold(Hand::Left, Button::A, false);
}

/// Presses "Picture" on the menu at the wrist.
#[track_caller]
fn take_picture(twin: &mut Twin) -> [Picture; 2] {
    let mark = twin.diary.mark();
    // Three rows of two: the last is lower right.
    twin.point_at_panel(Hand::Right, "wrist", Vec2::new(175.0, 170.0));
    twin.pull(Hand::Right);
    twin.diary.wait_after(mark, LIMIT, |entry| is("command")(entry) && entry["words"] == "Headset(TakePicture)");
    let taken = ["left", "right"].map(|eye| {
        let picture = twin.diary.wait_after(mark, LIMIT, |entry| is("picture")(entry) && entry["eye"] == eye);
        PathBuf::from(picture["file"].as_str().expect("a file"))
    });
    assert!(taken.iter().all(|file| file.starts_with(&twin.pictures)), "{taken:?}");
    taken.map(|file| read(&file))
}

/// Pixels of a file, row by row.
#[derive(Clone)]
struct Picture {
    width: usize,
    pixels: Vec<[u8; 3]>,
}

fn read(file: &Path) -> Picture {
    let bytes = std::fs::read(file).expect("a picture");
    let image = Image::from_buffer(
        &bytes,
        ImageType::Extension("png"),
        CompressedImageFormats::NONE,
        true,
        ImageSampler::Default,
        RenderAssetUsages::MAIN_WORLD,
    );
    let image = image.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let width = image.width() as usize;
    let data = image.data.expect("pixels");
    Picture { width, pixels: data.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect() }
}

fn is_yellow([r, g, b]: [u8; 3]) -> bool {
    r > 80 && g > 80 && i32::from(b) * 2 < i32::from(g)
}

fn is_red([r, g, b]: [u8; 3]) -> bool {
    r > 90 && i32::from(r) > 2 * i32::from(g) && i32::from(r) > 2 * i32::from(b)
}

fn share(picture: &Picture, wanted: fn([u8; 3]) -> bool) -> f64 {
    let found = picture.pixels.iter().filter(|pixel| wanted(**pixel)).count();
    found as f64 / picture.pixels.len() as f64
}

/// Mean place from the left edge, pixels.
fn middle(picture: &Picture, wanted: fn([u8; 3]) -> bool) -> f64 {
    let all = picture.pixels.iter().enumerate().filter(|(_, pixel)| wanted(**pixel));
    let places: Vec<f64> = all.map(|(index, _)| (index % picture.width) as f64).collect();
    places.iter().sum::<f64>() / places.len() as f64
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn a_bare_hand_points_too() {
    let mut twin = Twin::start();
    twin.look(BEFORE_IT, MIXER_1);
    // The wearer looks towards -X, so that right is towards -Z: from the right shoulder, an arm's length to the mixer.
    let shoulder = BEFORE_IT + Vec3::new(0.0, -0.22, -0.17);
    let hand = shoulder + (MIXER_1 - shoulder).normalize() * 0.45;
    let mark = twin.diary.mark();
    twin.point(Hand::Right, hand, MIXER_1);
    // The controller is laid down; the hand itself is tracked on.
    twin.remote.change(Hand::Right, |hand| (hand.active, hand.joints) = (false, true));
    twin.remote.change(Hand::Left, |hand| (hand.active, hand.joints) = (false, false));
    let bare = |entry: &Value| is("hands")(entry) && entry["right"] == "bare" && entry["left"] == "none";
    twin.diary.wait_after(mark, LIMIT, bare);
    let on_it = |entry: &Value| entry["asset"].as_str().is_some_and(|path| path.ends_with("/Mixer_1"));
    twin.diary.wait_after(mark, LIMIT, |entry| is("hover")(entry) && on_it(entry));
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn a_runtime_that_is_killed_takes_nothing_with_it() {
    let mut twin = Twin::start();
    twin.look(BEFORE_IT, MIXER_1);
    let mark = twin.diary.mark();
    twin.point(Hand::Right, BEFORE_IT + Vec3::new(-0.3, -0.4, 0.2), MIXER_1);
    twin.diary.wait_after(mark, LIMIT, |entry| is("hover")(entry) && !entry["asset"].is_null());
    twin.pull(Hand::Right);
    let selected = twin.diary.wait_after(mark, LIMIT, is("select"));
    let stood = twin.standing();
    for round in [0.5, 1.0] {
        let mark = twin.diary.mark();
        twin.monado.kill();
        let gone = twin.diary.wait_after(mark, LIMIT, |entry| is("link")(entry) && entry["state"] == "searching");
        assert!(!gone["why"].as_str().unwrap_or("").is_empty(), "it says why: {gone}");
        assert_eq!(twin.program.ended(), None, "{}", twin.program.log());
        // The desk goes on: it looks for another and says how that goes.
        twin.diary
            .wait_after(mark, LIMIT, |entry| is("link")(entry) && entry["state"] == "searching" && *entry != gone);
        let mark = twin.diary.mark();
        twin.monado.restart();
        twin.remote = twin.monado.remote();
        twin.diary.wait_after(mark, LIMIT, |entry| is("link")(entry) && entry["state"] == "focused");
        twin.look(BEFORE_IT + Vec3::Z * round, MIXER_1);
        assert_eq!(twin.standing(), stood, "the wearer stands where they stood");
        assert_eq!(twin.diary.last("select"), Some(selected.clone()), "and has selected what they had");
    }
    assert_eq!(twin.program.ended(), None, "{}", twin.program.log());
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn a_runtime_that_hangs_does_not_hold_the_desk() {
    let mut twin = Twin::start();
    let stood = twin.standing();
    let mark = twin.diary.mark();
    twin.monado.freeze();
    let frozen = Instant::now();
    let gone = twin.diary.wait_after(mark, LIMIT, |entry| is("link")(entry) && entry["state"] == "searching");
    assert!(gone["why"].as_str().is_some_and(|why| why.contains("does not answer")), "{gone}");
    assert!(frozen.elapsed() < Duration::from_secs(20), "{:?}", frozen.elapsed());
    // The desk goes on while the runtime stands still: it looks for another, and says how that goes.
    twin.diary.wait_after(mark, LIMIT, |entry| {
        is("link")(entry) && entry["state"] == "searching" && entry["why"] != gone["why"]
    });
    let mark = twin.diary.mark();
    twin.monado.thaw();
    twin.diary.wait_after(mark, LIMIT, |entry| is("link")(entry) && entry["state"] == "focused");
    assert_eq!(twin.standing(), stood);
    assert_eq!(twin.program.ended(), None, "{}", twin.program.log());
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn a_headset_that_comes_later_is_found() {
    let (twin, mark) = Twin::start_without_runtime();
    let why = twin.diary.wait_for(LIMIT, |entry| is("link")(entry) && entry["state"] == "searching");
    assert!(!why["why"].as_str().unwrap_or("").is_empty(), "it says what is missing: {why}");
    let mut twin = twin;
    twin.monado.restart();
    twin.diary.wait_after(mark, LIMIT, |entry| is("link")(entry) && entry["state"] == "focused");
    twin.diary.wait_after(mark, LIMIT, |entry| is("moved")(entry) && entry["how"] == "place");
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn a_minute_passes_without_an_error() {
    let mut twin = Twin::start();
    let begin = Instant::now();
    let shown = |twin: &Twin| twin.diary.last("frame").and_then(|entry| entry["shown"].as_u64()).unwrap_or(0);
    let first = shown(&twin);
    let mut turn = 0.0_f32;
    while begin.elapsed() < Duration::from_secs(60) {
        turn += 0.3;
        twin.remote.look_from(Vec3::new(0.0, 1.7, 0.0), Vec3::new(turn.sin(), 1.5, -turn.cos()));
        std::thread::sleep(Duration::from_millis(250));
    }
    let count = shown(&twin) - first;
    assert!(count > 60, "only {count} pictures were shown in a minute");
    assert_eq!(twin.program.ended(), None, "{}", twin.program.log());
    let log = twin.program.log();
    // Monado complains of the software driver, and winit of the screen that is none.
    let of_ours = |line: &&str| {
        let plain = line.contains("ERROR") || line.contains("WARN") || line.contains("panicked");
        plain && !line.contains("winit::") && !line.contains("[fill_in_external_object_properties]")
    };
    let complaints: Vec<&str> = log.lines().filter(of_ours).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert!(
        !twin
            .diary
            .all()
            .iter()
            .any(|entry| is("link")(entry) && entry["state"] == "searching" && entry["t"].as_f64() > Some(5.0))
    );
}
