//! With a headset on, played by the test: no runtime is there, and eyes and hands are put where a runtime
//! would. The way through a runtime is shown by tests/vr.

use std::path::Path;
use std::time::Duration;

use bevy::prelude::*;
use bevy::render::render_resource::TextureFormat;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy_egui::EguiOutput;
use twinscope::app::args::HeadsetWish;
use twinscope::app::headset::HeadsetDesk;
use twinscope::app::plant::Plant;
use twinscope::app::{self, Opened};
use twinscope::domain::asset::AssetId;
use twinscope::domain::command::Command;
use twinscope::domain::headset::{HeadsetCommand, HeadsetLink, TourStep};
use twinscope::domain::recording::{Mark, Pose};
use twinscope::view::extent::{Extent, Extents};
use twinscope::view::labels::{Meaning, PlantSign};
use twinscope::view::look::Look;
use twinscope::xr::eyes::EyePictures;
use twinscope::xr::hands::{Hand, Hands};
use twinscope::xr::panel::{Hung, PanelKind};
use twinscope::xr::plant_signs::ShownSigns;
use twinscope::xr::rig::{Rig, TrackedPose};
use twinscope::xr::wearer::{EyeView, PictureKind, Sight, Wearer, head_of};

use super::stage::{self, Scene};

const EYES: UVec2 = UVec2::new(240, 200);
const EYES_APART_M: f32 = 0.064;

/// The demo factory, worn.
struct Worn {
    scene: Scene,
    /// What stood in fields of panels when it changed.
    written: Vec<String>,
}

impl Worn {
    fn new() -> Self {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let headset = HeadsetWish { vr: true, ..HeadsetWish::default() };
        let opened = Opened { headset, ..app::read(demo).expect("the demo") };
        let mut worn = Self { scene: stage::show(opened, (320, 240)), written: Vec::new() };
        worn.wear(Vec3::new(0.0, 1.7, 0.0), Quat::IDENTITY);
        // The wearer is placed once the scene stands, after a blink.
        worn.until("a place in the plant", |world| *world.resource::<Rig>() != Rig::default());
        worn.rest();
        worn
    }

    fn world(&mut self) -> &mut World {
        self.scene.studio.world()
    }

    #[track_caller]
    fn until(&mut self, what: &str, holds: impl FnMut(&mut World) -> bool) {
        self.scene.wait_for(what, holds);
    }

    /// Longer than a blink lasts.
    fn rest(&mut self) {
        self.scene.studio.run_until(Duration::from_millis(500), |_| false);
    }

    /// Puts the head there, in the wearer's room.
    fn wear(&mut self, position: Vec3, rotation: Quat) {
        wear(self.world(), position, rotation);
    }

    /// Puts the head to a place of the plant.
    fn look(&mut self, eye: Vec3, target: Vec3) {
        let rig = *self.world().resource::<Rig>();
        let (position, focus) = (rig.tracked_point(eye), rig.tracked_point(target));
        self.wear(position, Transform::from_translation(position).looking_at(focus, Vec3::Y).rotation);
        self.scene.studio.frames(2);
    }

    /// Points the right hand from one place of the plant to another.
    fn point(&mut self, from: Vec3, target: Vec3) {
        let rig = *self.world().resource::<Rig>();
        let (position, focus) = (rig.tracked_point(from), rig.tracked_point(target));
        let rotation = Transform::from_translation(position).looking_at(focus, Vec3::Y).rotation;
        let pose = TrackedPose { position, rotation };
        self.world().resource_mut::<Hands>().right = Hand { aim: Some(pose), grip: Some(pose), ..default() };
        self.scene.studio.frames(2);
    }

    /// Stands before equipment, and points at its middle.
    fn look_and_point_at(&mut self, asset: AssetId) {
        let centre = self.extent(asset).centre();
        let eye = centre + Vec3::new(0.0, 0.3, 3.5);
        self.look(eye, centre);
        self.point(eye + Vec3::new(0.2, -0.3, -0.3), centre);
    }

    fn pull(&mut self) {
        self.world().resource_mut::<Hands>().right.trigger = 1.0;
        self.scene.studio.frames(2);
        self.world().resource_mut::<Hands>().right.trigger = 0.0;
        self.scene.studio.frames(2);
    }

    /// Points at a place of a panel, in its points, and pulls the trigger.
    fn press(&mut self, kind: PanelKind, place: Vec2) {
        let hung = self.hung(kind);
        let pose = hung.pose.expect("it hangs");
        let size = kind.size();
        let share = place / Vec2::from_array(size.points) - Vec2::splat(0.5);
        let local = share * Vec2::from_array(size.metres) * Vec2::new(1.0, -1.0) * hung.scale;
        let target = pose.position + pose.rotation * local.extend(0.0);
        self.point(target + pose.rotation * Vec3::Z * 0.4, target);
        self.pull();
        for _ in 0..3 {
            self.scene.studio.update();
            let mut outputs = self.world().query::<&EguiOutput>();
            let world = self.scene.studio.world();
            let events = outputs.iter(world).flat_map(|output| output.platform_output.events.clone());
            let written: Vec<String> =
                events.filter_map(|event| event.widget_info().current_text_value.clone()).collect();
            self.written.extend(written);
        }
    }

    fn asset(&mut self, name: &str) -> AssetId {
        let plant = self.world().resource::<Plant>();
        plant.project.assets.iter().find(|(_, asset)| asset.name == name).map(|(id, _)| id).expect("equipment")
    }

    fn extent(&mut self, asset: AssetId) -> Extent {
        self.world()
            .run_system_cached_with(|In(asset): In<AssetId>, extents: Extents| extents.of_asset(asset), asset)
            .expect("a system")
            .expect("something to see")
    }

    fn hung(&mut self, wanted: PanelKind) -> Hung {
        let mut panels = self.world().query::<(&PanelKind, &Hung)>();
        let world = self.scene.studio.world();
        *panels.iter(world).find(|(kind, _)| **kind == wanted).expect("a panel").1
    }

    fn ask(&mut self, command: HeadsetCommand) {
        self.scene.studio.ask(Command::Headset(command));
        self.scene.studio.frames(2);
        self.rest();
    }

    /// Where the wearer's head is in the plant.
    fn head(&mut self) -> Vec3 {
        let head = self.world().resource::<Wearer>().head;
        self.world().resource::<Rig>().pose(head).position
    }

    /// Pixels of an eye, as they are drawn.
    fn picture(&mut self, eye: usize) -> Vec<[u8; 4]> {
        let handle = self.world().resource::<EyePictures>().0.clone().expect("pictures")[eye].clone();
        let (sender, receiver) = std::sync::mpsc::channel();
        self.world().spawn(Screenshot::image(handle)).observe(move |captured: On<ScreenshotCaptured>| {
            _ = sender.send(captured.image.data.clone());
        });
        for _ in 0..20 {
            self.scene.studio.update();
            if let Ok(data) = receiver.try_recv() {
                let pixels = data.expect("pixels");
                return pixels.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2], pixel[3]]).collect();
            }
        }
        panic!("no picture came back");
    }
}

/// As if a runtime had said that the wearer's head is there in their room.
pub fn wear(world: &mut World, position: Vec3, rotation: Quat) {
    let eye = |aside: f32| EyeView {
        pose: TrackedPose { position: position + rotation * Vec3::X * aside, rotation },
        sight: Sight { left: -0.75, right: 0.75, up: 0.7, down: -0.7 },
    };
    let eyes = [eye(-EYES_APART_M / 2.0), eye(EYES_APART_M / 2.0)];
    let mut wearer = world.resource_mut::<Wearer>();
    wearer.picture = Some(PictureKind { size: EYES, format: TextureFormat::Rgba8UnormSrgb });
    wearer.head = head_of(&eyes);
    wearer.eyes = Some(eyes);
}

#[test]
fn without_a_runtime_the_desk_says_so_and_goes_on() {
    let mut worn = Worn::new();
    let status = worn.world().resource::<HeadsetDesk>().status.clone().expect("it was asked for");
    let HeadsetLink::Searching { why } = status.link else { panic!("{:?}", status.link) };
    assert!(!why.is_empty() && why.ends_with('.'), "{why}");
}

#[test]
fn each_eye_sees_from_its_own_place() {
    let mut worn = Worn::new();
    let filler = worn.asset("Filler");
    let extent = worn.extent(filler);
    worn.look(extent.centre() + Vec3::new(0.0, 0.3, 3.0), extent.centre());
    let (left, right) = (worn.picture(0), worn.picture(1));
    assert_eq!(left.len(), (EYES.x * EYES.y) as usize);
    // How far the right picture has to be shifted so that it is most like the left one: what is about 3 m away is
    // seen 240 / (2 tan 0.75) * 0.064 / 3 = 2.7 pixels apart.
    let unlike = |shift: usize| -> u64 {
        let width = EYES.x as usize;
        let mut sum = 0;
        for row in left.chunks_exact(width).zip(right.chunks_exact(width)).skip(60).take(80) {
            for column in 40..width - 40 {
                let (one, other) = (row.0[column + shift], row.1[column]);
                sum += (0..3).map(|part| u64::from(one[part].abs_diff(other[part]))).sum::<u64>();
            }
        }
        sum
    };
    let best = (0..12).min_by_key(|shift| unlike(*shift)).expect("shifts");
    assert!((1..=6).contains(&best), "{best}: {:?}", (0..12).map(unlike).collect::<Vec<_>>());
    assert!(worn.world().resource::<HeadsetDesk>().mirror.is_some(), "the desk can show it");
}

#[test]
fn what_is_pointed_at_is_named_selected_and_shown_on_the_tablet() {
    let mut worn = Worn::new();
    let filler = worn.asset("Filler");
    worn.look_and_point_at(filler);
    let hovered = worn.world().resource::<Look>().hovered.expect("something is named");
    let plant = worn.world().resource::<Plant>();
    let path = |asset: AssetId| plant.project.assets.get(asset).expect("equipment").path.clone();
    assert!(path(hovered).starts_with(&path(filler)), "{}", path(hovered));
    assert!(worn.hung(PanelKind::Name).pose.is_some());
    assert_eq!(worn.hung(PanelKind::Tablet).pose, None);
    worn.pull();
    assert_eq!(worn.world().resource::<Look>().selection, Some(hovered));
    let tablet = worn.hung(PanelKind::Tablet).pose.expect("the tablet opens");
    let head = worn.head();
    let way = tablet.position - head;
    assert!((0.4..0.7).contains(&way.length()), "within reach: {way}");
    assert!((tablet.rotation * Vec3::Z).dot(-way.normalize()) > 0.9, "it faces the wearer");
}

#[test]
fn the_wearer_goes_where_the_trigger_points_and_where_the_desk_sends_them() {
    let mut worn = Worn::new();
    let before = *worn.world().resource::<Rig>();
    let head = worn.head();
    // On the floor behind the plant nothing stands.
    let away = worn
        .world()
        .run_system_cached(|extents: Extents, stage: Res<twinscope::view::stage::Stage>| extents.of_all(&stage));
    let all = away.expect("a system").expect("a plant");
    let place = Vec3::new(all.centre().x, 0.0, all.high.z + 4.0);
    worn.point(place + Vec3::new(0.0, 1.4, 1.0), place);
    worn.pull();
    worn.rest();
    let now = worn.head();
    assert!((now - place).with_y(0.0).length() < 0.05, "{now} {place}");
    assert!((now.y - 1.7).abs() < 0.05 && worn.world().resource::<Rig>().scale == before.scale, "{head} {now}");

    worn.world().resource_mut::<Hands>().right = Hand::default();
    let filler = worn.asset("Filler");
    let extent = worn.extent(filler);
    worn.ask(HeadsetCommand::Visit(filler));
    let there = worn.head();
    let distance = (there - extent.centre()).with_y(0.0).length();
    assert!((1.5..6.0).contains(&distance), "{distance}");

    worn.ask(HeadsetCommand::TableTop(true));
    let scale = worn.world().resource::<Rig>().scale;
    let longest = (all.high.x - all.low.x).max(all.high.z - all.low.z);
    assert!((longest / scale - 1.2).abs() < 0.2, "{longest} m at 1:{scale}");
    worn.ask(HeadsetCommand::TableTop(false));
    assert!(worn.head().distance(there) < 0.01, "back where they were");
}

#[test]
fn cards_hang_beside_equipment_and_the_desk_points() {
    let mut worn = Worn::new();
    let filler = worn.asset("Filler");
    let extent = worn.extent(filler);
    worn.ask(HeadsetCommand::Visit(filler));
    worn.ask(HeadsetCommand::Pin(filler));
    let card = worn.hung(PanelKind::Pinned(0)).pose.expect("a card");
    let beside = (card.position - extent.centre()).with_y(0.0).length();
    assert!(beside < extent.radius() + 2.5, "{beside}");
    worn.ask(HeadsetCommand::Point(Some(filler)));
    let status = worn.world().resource::<HeadsetDesk>().status.clone().expect("a headset");
    assert_eq!((status.pinned, status.pointing), (vec![filler], Some(filler)));
    worn.ask(HeadsetCommand::Unpin(filler));
    assert_eq!(worn.hung(PanelKind::Pinned(0)).pose, None);
}

#[test]
fn a_tour_goes_from_mark_to_mark() {
    let mut worn = Worn::new();
    let now = worn.world().resource::<Plant>().playhead().moment();
    let mark = |secs: i64, x: f32| Mark {
        at: now - twinscope::domain::time::Span::from_secs(secs),
        text: format!("{secs} s before"),
        pose: Some(Pose { eye: [x, 1.7, 12.0], focus: [x, 1.0, 0.0] }),
        selection: None,
    };
    worn.world().resource_mut::<Plant>().marks = vec![mark(60, 3.0), mark(120, -3.0)];
    worn.scene.studio.frames(2);
    worn.ask(HeadsetCommand::Tour(TourStep::Begin));
    let first = worn.head();
    assert!((first - Vec3::new(-3.0, 1.7, 12.0)).with_y(0.0).length() < 0.05, "the earlier mark: {first}");
    assert_eq!(worn.world().resource::<Plant>().playhead().moment(), mark(120, 0.0).at);
    worn.ask(HeadsetCommand::Tour(TourStep::Next));
    let second = worn.head();
    assert!((second - Vec3::new(3.0, 1.7, 12.0)).with_y(0.0).length() < 0.05, "{second}");
    worn.ask(HeadsetCommand::Tour(TourStep::End));
    let status = worn.world().resource::<HeadsetDesk>().status.clone().expect("a headset");
    assert_eq!(status.tour, None);
}

#[test]
fn a_field_of_the_tablet_is_written_into_on_a_keyboard_in_the_scene() {
    let mut worn = Worn::new();
    let filler = worn.asset("Filler");
    worn.look_and_point_at(filler);
    worn.pull();
    // The page of what-if is the fourth of six; its search for parameters lies somewhere below its head.
    worn.press(PanelKind::Tablet, Vec2::new(300.0, 655.0));
    assert_eq!(worn.hung(PanelKind::Keyboard).pose, None);
    let mut height = 60.0;
    while worn.hung(PanelKind::Keyboard).pose.is_none() {
        assert!(height < 600.0, "no field takes text");
        worn.press(PanelKind::Tablet, Vec2::new(200.0, height));
        height += 22.0;
    }
    // The left hand waits; the first letter of the first row, below the digits.
    worn.press(PanelKind::Keyboard, Vec2::new(32.0, 80.0));
    let written = worn.written.clone();
    assert!(written.iter().any(|text| text == "q"), "{written:?}");
}

#[test]
fn signs_of_the_plant_stand_in_the_scene_and_face_the_wearer() {
    let mut worn = Worn::new();
    let filler = worn.asset("Filler");
    worn.scene.studio.ask(Command::Select(Some(filler)));
    worn.look_and_point_at(filler);
    worn.world().resource_mut::<Hands>().right = Hand::default();
    worn.scene.studio.frames(3);
    let signs = worn.world().resource::<ShownSigns>().0.clone();
    let named = |sign: &PlantSign| matches!(&sign.meaning, Meaning::Name { text, .. } if &**text == "Filler");
    let index = signs.iter().position(named).expect("its name hangs over what is selected");
    let top = worn.extent(filler).top();
    assert!(signs[index].place.distance(top) < 0.5);
    // Dark letters' ground where the sign is seen: its cell is drawn and hung up.
    let head = worn.head();
    let mut hung = worn.world().query::<(&Name, &Transform, &ViewVisibility)>();
    let world = worn.scene.studio.world();
    let wanted = format!("sign {index}");
    let (_, place, seen) = hung.iter(world).find(|(name, ..)| name.as_str() == wanted).expect("its rectangle");
    assert!(seen.get(), "an eye sees it");
    assert!((place.translation - signs[index].place).with_y(0.0).length() < 0.5, "before its place");
    assert!((0.0..2.0).contains(&(place.translation.y - signs[index].place.y)), "over the beacon");
    assert!((place.rotation * Vec3::Z).dot((head - place.translation).normalize()) > 0.999);
}
