//! Flat panels in the world: egui pictures on rectangles, operated by rays and fingers.
//!
//! Each panel has a picture, a context of egui that draws into it, and a rectangle in the scene. What is
//! drawn, `app` says, in the panel's own schedule.

use bevy::camera::visibility::RenderLayers;
use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::ecs::schedule::ScheduleLabel;
use bevy::light::{NotShadowCaster, NotShadowReceiver};
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{MaterialPipeline, MaterialPipelineKey};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError};
use bevy::shader::ShaderRef;
use bevy_egui::input::EguiInputEvent;
use bevy_egui::{EguiInput, EguiInputSet, EguiPreUpdateSet, EguiSchedule, egui};

use super::eyes::WEARER_LAYER;
use super::rig::{PlantPose, Rig};
use crate::domain::asset::AssetId;
use crate::ui::headset::{BADGE, KEYBOARD, NAME, PINNED, PIXELS_PER_POINT, PanelSize, SIGNS, TABLET, WRIST};
use crate::view::target::picture;

/// Cards that can hang beside equipment at a time.
pub const PINS: usize = 4;

/// Which panel.
#[derive(Component, Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PanelKind {
    Tablet,
    Wrist,
    Keyboard,
    /// Name of what a ray is on.
    Name,
    /// Live, replay, simulation or trial: always in sight.
    Badge,
    /// Signs of the plant, which are cut out and hung up one by one: see `plant_signs`.
    Signs,
    /// One of the cards beside equipment.
    Pinned(usize),
}

impl PanelKind {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        use PanelKind::{Badge, Keyboard, Name, Signs, Tablet, Wrist};
        [Tablet, Wrist, Keyboard, Name, Badge, Signs].into_iter().chain((0..PINS).map(Self::Pinned))
    }

    pub fn size(self) -> PanelSize {
        match self {
            Self::Tablet => TABLET,
            Self::Wrist => WRIST,
            Self::Keyboard => KEYBOARD,
            Self::Name => NAME,
            Self::Badge => BADGE,
            Self::Signs => SIGNS,
            Self::Pinned(_) => PINNED,
        }
    }

    /// Rays and fingers act on it; the others only tell.
    pub fn operable(self) -> bool {
        !matches!(self, Self::Name | Self::Badge | Self::Signs)
    }

    /// As the log of the wearer calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tablet => "tablet",
            Self::Wrist => "wrist",
            Self::Keyboard => "keyboard",
            Self::Name => "name",
            Self::Badge => "badge",
            Self::Signs => "signs",
            Self::Pinned(_) => "pinned",
        }
    }
}

/// The schedule in which a panel is drawn.
#[derive(ScheduleLabel, Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PanelPass(pub PanelKind);

/// The picture of all signs.
#[derive(Resource)]
pub(super) struct SignPicture(pub(super) Handle<Image>);

/// The picture of a panel, as it is.
#[derive(Asset, AsBindGroup, TypePath, Debug, Clone)]
pub(super) struct PanelMaterial {
    #[texture(0)]
    #[sampler(1)]
    pub(super) picture: Handle<Image>,
    pub(super) lie: Lie,
}

/// How a panel lies in the scene.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lie {
    /// A thing among things.
    Solid,
    /// See-through where nothing is written; what stands before it covers it.
    Clear,
    /// The same, over whatever stands there: it tells what one points at, and of when it is.
    Over,
}

impl Material for PanelMaterial {
    fn fragment_shader() -> ShaderRef {
        "embedded://twinscope/panel.wgsl".into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        // egui multiplies colours by their opacity.
        if self.lie == Lie::Solid { AlphaMode::Opaque } else { AlphaMode::Premultiplied }
    }

    fn depth_bias(&self) -> f32 {
        if self.lie == Lie::Over { 1.0e6 } else { 0.0 }
    }

    /// From behind one sees that something hangs there.
    fn specialize(
        _: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _: &MeshVertexBufferLayoutRef,
        _: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        descriptor.primitive.cull_mode = None;
        Ok(())
    }

    fn enable_shadows() -> bool {
        false
    }

    fn enable_prepass() -> bool {
        false
    }
}

/// Where a panel hangs; hidden where that is nowhere.
#[derive(Component, Clone, Copy, PartialEq, Default, Debug)]
pub struct Hung {
    /// In the plant: the middle of the panel, its front towards +Z.
    pub pose: Option<PlantPose>,
    /// Metres of the plant for a metre of the panel.
    pub scale: f32,
}

/// The camera whose context draws the panel.
#[derive(Component, Clone, Copy, Debug)]
pub struct DrawnBy(pub Entity);

/// The context that draws a panel.
#[derive(Component, Clone, Copy, Debug)]
pub struct Draws(pub PanelKind);

/// Where a ray or a finger meets a panel.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Touch {
    pub kind: PanelKind,
    /// Points of the panel, from its upper left corner.
    pub place: Vec2,
    /// In the plant.
    pub point: Vec3,
    /// From the beginning of the ray, metres of the plant.
    pub distance: f32,
}

/// The equipment that each card hangs before; none for a card that is free.
#[derive(Resource, Clone, PartialEq, Default, Debug)]
pub struct Pins(pub [Option<AssetId>; PINS]);

/// What is sent to a panel.
#[derive(Message, Clone, PartialEq, Debug)]
pub struct PanelInput {
    pub kind: PanelKind,
    pub event: egui::Event,
}

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(MaterialPlugin::<PanelMaterial>::default())
        .init_resource::<Pins>()
        .add_message::<PanelInput>()
        .add_systems(Startup, spawn)
        .add_systems(
            PreUpdate,
            (
                feed.before(EguiInputSet::WriteEguiEvents).in_set(EguiPreUpdateSet::ProcessInput),
                focus.after(EguiInputSet::WriteEguiEvents).in_set(EguiPreUpdateSet::ProcessInput),
            ),
        )
        .add_systems(PostUpdate, place.before(TransformSystems::Propagate));
}

pub(super) fn spawn(
    mut images: ResMut<Assets<Image>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<PanelMaterial>>,
    mut commands: Commands,
) {
    for (index, kind) in PanelKind::all().enumerate() {
        let size = kind.size();
        let image = images.add(picture(UVec2::from_array(size.pixels)));
        if kind == PanelKind::Signs {
            commands.insert_resource(SignPicture(image.clone()));
        }
        let camera = commands
            .spawn((
                Name::new(format!("{kind:?} camera")),
                Draws(kind),
                Camera2d,
                // Before the eyes, which see what is drawn here.
                Camera {
                    order: -20 - index as isize,
                    is_active: false,
                    clear_color: ClearColorConfig::Custom(Color::NONE),
                    ..default()
                },
                Msaa::Off,
                RenderTarget::Image(ImageRenderTarget { handle: image.clone(), scale_factor: PIXELS_PER_POINT }),
                RenderLayers::none(),
                EguiSchedule::new(PanelPass(kind)),
            ))
            .id();
        let [width, height] = size.metres;
        commands.spawn((
            Name::new(format!("{kind:?}")),
            kind,
            Hung::default(),
            DrawnBy(camera),
            Mesh3d(meshes.add(Rectangle::new(width, height))),
            MeshMaterial3d(
                materials
                    .add(PanelMaterial { picture: image, lie: if kind.operable() { Lie::Solid } else { Lie::Over } }),
            ),
            RenderLayers::layer(WEARER_LAYER),
            NotShadowCaster,
            NotShadowReceiver,
            Transform::default(),
            Visibility::Hidden,
        ));
    }
}

/// Shows what hangs somewhere; the rest is not drawn.
pub(super) fn place(
    mut panels: Query<(&PanelKind, &Hung, &DrawnBy, &mut Transform, &mut Visibility), Changed<Hung>>,
    mut cameras: Query<&mut Camera>,
) {
    for (kind, hung, drawn_by, mut transform, mut visibility) in &mut panels {
        let shown = hung.pose.is_some();
        if let Some(pose) = hung.pose {
            *transform = Transform {
                translation: pose.position,
                rotation: pose.rotation,
                scale: Vec3::splat(hung.scale.max(1e-3)),
            };
        }
        let whole = shown && *kind != PanelKind::Signs;
        visibility.set_if_neq(if whole { Visibility::Visible } else { Visibility::Hidden });
        if let Ok(mut camera) = cameras.get_mut(drawn_by.0)
            && camera.is_active != shown
        {
            camera.is_active = shown;
        }
    }
}

fn feed(
    mut inputs: MessageReader<PanelInput>,
    contexts: Query<(Entity, &Draws)>,
    mut events: MessageWriter<EguiInputEvent>,
) {
    for input in inputs.read() {
        if let Some((context, _)) = contexts.iter().find(|(_, draws)| draws.0 == input.kind) {
            events.write(EguiInputEvent { context, event: input.event.clone() });
        }
    }
}

/// A panel takes text although the window, which nobody looks at, may not have the keyboard.
fn focus(mut contexts: Query<&mut EguiInput, With<Draws>>) {
    for mut input in &mut contexts {
        input.focused = true;
    }
}

/// Where a ray meets a panel from its front.
pub fn strike(ray: Ray3d, kind: PanelKind, hung: &Hung) -> Option<Touch> {
    let pose = hung.pose?;
    let normal = pose.rotation * Vec3::Z;
    let slope = normal.dot(*ray.direction);
    // From behind there is nothing to operate.
    if slope > -1e-3 {
        return None;
    }
    let distance = normal.dot(pose.position - ray.origin) / slope;
    let point = ray.origin + ray.direction * distance;
    let place = place_on(point, kind, hung)?;
    (distance > 0.0).then_some(Touch { kind, place, point, distance })
}

/// A finger near a panel: where it points to, and how far before it is, in metres of the wearer; behind it
/// is negative.
pub fn near(finger: Vec3, kind: PanelKind, hung: &Hung, rig: &Rig) -> Option<(Touch, f32)> {
    let pose = hung.pose?;
    let normal = pose.rotation * Vec3::Z;
    let before = (finger - pose.position).dot(normal);
    let depth = before / rig.scale;
    let touch = Touch { kind, place: place_on(finger, kind, hung)?, point: finger - normal * before, distance: before };
    (-0.03..0.05).contains(&depth).then_some((touch, depth))
}

/// A point of the plant, seen straight onto the panel, in points of it; none beside it.
fn place_on(point: Vec3, kind: PanelKind, hung: &Hung) -> Option<Vec2> {
    let pose = hung.pose?;
    let size = kind.size();
    let local = pose.rotation.inverse() * (point - pose.position) / hung.scale;
    let across = local.truncate() / Vec2::from_array(size.metres) * Vec2::new(1.0, -1.0) + Vec2::splat(0.5);
    let inside = across.cmpge(Vec2::ZERO).all() && across.cmple(Vec2::ONE).all();
    inside.then(|| across * Vec2::from_array(size.points))
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_PI_2;

    use super::*;

    fn hung() -> Hung {
        // Hangs at 1.5 m and looks to +X.
        let pose = PlantPose { position: Vec3::new(2.0, 1.5, 0.0), rotation: Quat::from_rotation_y(FRAC_PI_2) };
        Hung { pose: Some(pose), scale: 2.0 }
    }

    fn ray(from: Vec3, to: Vec3) -> Ray3d {
        Ray3d::new(from, Dir3::new(to - from).expect("a direction"))
    }

    #[test]
    fn a_ray_meets_a_panel_where_it_points() {
        let eye = Vec3::new(5.0, 1.5, 0.0);
        let touch = strike(ray(eye, Vec3::new(2.0, 1.5, 0.0)), PanelKind::Tablet, &hung()).expect("the middle");
        assert!((touch.distance - 3.0).abs() < 1e-5);
        assert!(touch.place.distance(Vec2::new(256.0, 341.5)) < 1e-3, "{touch:?}");
        // The panel's right is towards -Z here, and it hangs twice as large: 0.72 m wide.
        let corner = Vec3::new(2.0, 1.5 + 0.48, -0.36) + Vec3::new(0.0, -0.001, 0.001);
        let touch = strike(ray(eye, corner), PanelKind::Tablet, &hung()).expect("the corner");
        assert!(touch.place.distance(Vec2::new(512.0, 0.0)) < 2.0, "{touch:?}");
    }

    #[test]
    fn beside_behind_and_away_there_is_nothing_to_operate() {
        let panel = hung();
        let eye = Vec3::new(5.0, 1.5, 0.0);
        assert_eq!(strike(ray(eye, Vec3::new(2.0, 1.5, 0.5)), PanelKind::Tablet, &panel), None);
        assert_eq!(strike(ray(Vec3::new(-1.0, 1.5, 0.0), Vec3::new(2.0, 1.5, 0.0)), PanelKind::Tablet, &panel), None);
        assert_eq!(strike(ray(eye, Vec3::new(8.0, 1.5, 0.0)), PanelKind::Tablet, &panel), None);
        assert_eq!(strike(ray(eye, Vec3::new(2.0, 1.5, 0.0)), PanelKind::Tablet, &Hung::default()), None);
    }

    #[test]
    fn a_finger_is_near_within_five_centimetres_of_the_wearer() {
        let rig = Rig { scale: 2.0, ..Rig::default() };
        let at = |depth: f32| near(Vec3::new(2.0 + depth * 2.0, 1.5, 0.1), PanelKind::Tablet, &hung(), &rig);
        let (touch, depth) = at(0.02).expect("near");
        assert!((depth - 0.02).abs() < 1e-5);
        assert!(touch.place.x < 256.0, "towards +Z is to the left: {touch:?}");
        assert!(at(0.06).is_none() && at(-0.04).is_none());
        assert!(at(-0.01).is_some_and(|(_, depth)| depth < 0.0), "pressed through");
    }
}
