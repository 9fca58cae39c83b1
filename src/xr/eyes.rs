//! The two cameras that see for the wearer.
//!
//! Each draws into a picture of its own, which is copied to the headset when the frame is done: so the desk
//! can show it too, it can be written to a file, and it stays when the headset goes.

use bevy::camera::visibility::RenderLayers;
use bevy::camera::{CameraProjection, ImageRenderTarget, RenderTarget, SubCameraView, Viewport};
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::math::Vec3A;
use bevy::post_process::effect_stack::Vignette;
use bevy::prelude::*;
use bevy::render::view::Msaa;

use super::panel;
use super::rig::Rig;
use super::runtime::HeadsetSession;
use super::wearer::{Sight, Wearer};
use crate::view::camera::SceneView;
use crate::view::quality::QualityLevel;
use crate::view::target::picture;

/// One of the wearer's eyes: 0 is the left one.
#[derive(Component, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Eye(pub usize);

/// What only the wearer sees: their hands, rays and signs are no part of the plant.
pub const WEARER_LAYER: usize = 3;

/// Nothing nearer than this is drawn: metres of the wearer.
const NEAR_M: f32 = 0.05;
/// As far as anything matters: metres of the wearer at full size.
const FAR_M: f32 = 2000.0;

/// The pictures that the eyes see.
#[derive(Resource, Default, Debug)]
pub struct EyePictures(pub Option<[Handle<Image>; 2]>);

/// How much of its picture an eye fills, along each side.
#[derive(Resource, Clone, Copy, PartialEq, Debug)]
pub struct EyeResolution(pub f32);

impl EyeResolution {
    /// Pixels of a picture of this size that are drawn: its upper left part.
    pub fn drawn(self, size: UVec2) -> UVec2 {
        (size.as_vec2() * self.0).as_uvec2().clamp(UVec2::splat(16).min(size), size)
    }
}

impl Default for EyeResolution {
    fn default() -> Self {
        Self(1.0)
    }
}

/// Lines that only the wearer sees.
#[derive(GizmoConfigGroup, Default, Reflect)]
pub struct WearerGizmos;

pub(super) fn plugin(app: &mut App) {
    let lines = GizmoConfig {
        render_layers: RenderLayers::layer(WEARER_LAYER),
        line: GizmoLineConfig { width: 3.0, ..default() },
        ..default()
    };
    app.insert_gizmo_config(WearerGizmos, lines)
        .init_resource::<EyePictures>()
        .init_resource::<EyeResolution>()
        .init_resource::<Rig>()
        .add_systems(PreUpdate, open)
        .add_systems(PostUpdate, place.before(panel::place));
}

/// Opens the eyes when there is a headset, and closes them when it is gone.
fn open(
    wearer: Res<Wearer>,
    session: Res<HeadsetSession>,
    quality: Res<QualityLevel>,
    mut pictures: ResMut<EyePictures>,
    mut images: ResMut<Assets<Image>>,
    eyes: Query<Entity, With<Eye>>,
    mut commands: Commands,
    mut opened: Local<Option<super::wearer::PictureKind>>,
) {
    if *opened == wearer.picture {
        return;
    }
    *opened = wearer.picture;
    eyes.iter().for_each(|eye| commands.entity(eye).despawn());
    let Some(kind) = wearer.picture else {
        pictures.0 = None;
        session.drawn_into(None);
        return;
    };
    let handles = [0, 1].map(|index| {
        let mut image = picture(kind.size);
        image.texture_descriptor.format = kind.format;
        let handle = images.add(image);
        commands.spawn((
            Name::new(["left eye", "right eye"][index]),
            Eye(index),
            SceneView,
            Camera3d::default(),
            Camera { order: -3 + index as isize, is_active: false, ..default() },
            RenderTarget::Image(ImageRenderTarget { handle: handle.clone(), scale_factor: 1.0 }),
            Projection::custom(EyeProjection::default()),
            Tonemapping::KhronosPbrNeutral,
            if quality.anti_aliasing { Msaa::Sample4 } else { Msaa::Off },
            RenderLayers::from_layers(&[0, WEARER_LAYER]),
            Vignette { intensity: 0.0, ..default() },
            Transform::default(),
        ));
        handle
    });
    session.drawn_into(Some((handles.each_ref().map(Handle::id), kind.size)));
    pictures.0 = Some(handles);
}

/// Puts the eyes where the wearer's are.
fn place(
    wearer: Res<Wearer>,
    rig: Res<Rig>,
    resolution: Res<EyeResolution>,
    session: Res<HeadsetSession>,
    pictures: Res<EyePictures>,
    mut eyes: Query<(&Eye, &mut Transform, &mut Projection, &mut Camera)>,
) {
    let Some(kind) = wearer.picture else { return };
    let size = resolution.drawn(kind.size);
    for (eye, mut transform, mut projection, mut camera) in &mut eyes {
        let Some(view) = wearer.eyes.map(|eyes| eyes[eye.0]) else {
            camera.is_active = false;
            continue;
        };
        let pose = rig.pose(view.pose);
        *transform = Transform::from_translation(pose.position).with_rotation(pose.rotation);
        *projection = Projection::custom(EyeProjection::new(view.sight, rig.scale));
        camera.is_active = true;
        let whole = size == kind.size;
        camera.viewport = (!whole).then(|| Viewport { physical_size: size, ..default() });
    }
    if let Some(handles) = &pictures.0 {
        session.drawn_into(Some((handles.each_ref().map(Handle::id), size)));
    }
}

/// The lens of an eye: looks to each side as far as the headset's own, which is not the same to the left
/// and to the right. No far plane; near is 1 and far is 0, as everywhere in Bevy.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EyeProjection {
    /// Tangents of the angles, signed.
    left: f32,
    right: f32,
    up: f32,
    down: f32,
    near: f32,
    far: f32,
}

impl Default for EyeProjection {
    fn default() -> Self {
        Self { left: -1.0, right: 1.0, up: 1.0, down: -1.0, near: NEAR_M, far: FAR_M }
    }
}

impl EyeProjection {
    /// `scale`: metres of the plant for one of the wearer.
    pub fn new(sight: Sight, scale: f32) -> Self {
        let Sight { left, right, up, down } = sight;
        Self {
            left: left.tan(),
            right: right.tan(),
            up: up.tan(),
            down: down.tan(),
            near: NEAR_M * scale,
            far: FAR_M * scale.max(1.0),
        }
    }

    fn matrix(&self) -> Mat4 {
        let (width, height) = (self.right - self.left, self.up - self.down);
        Mat4::from_cols(
            Vec4::new(2.0 / width, 0.0, 0.0, 0.0),
            Vec4::new(0.0, 2.0 / height, 0.0, 0.0),
            Vec4::new((self.right + self.left) / width, (self.up + self.down) / height, 0.0, -1.0),
            Vec4::new(0.0, 0.0, self.near, 0.0),
        )
    }
}

impl CameraProjection for EyeProjection {
    fn get_clip_from_view(&self) -> Mat4 {
        self.matrix()
    }

    /// Nobody looks through a part of an eye: the whole one.
    fn get_clip_from_view_for_sub(&self, _: &SubCameraView) -> Mat4 {
        self.matrix()
    }

    fn update(&mut self, _width: f32, _height: f32) {}

    fn far(&self) -> f32 {
        self.far
    }

    /// In the order that Bevy's own lenses have: right bottom, right top, left top, left bottom; near, then far.
    fn get_frustum_corners(&self, z_near: f32, z_far: f32) -> [Vec3A; 8] {
        let corner = |x: f32, y: f32, z: f32| Vec3A::new(x * z.abs(), y * z.abs(), z);
        let Self { left, right, up, down, .. } = *self;
        let at = |z: f32| [corner(right, down, z), corner(right, up, z), corner(left, up, z), corner(left, down, z)];
        let ([a, b, c, d], [e, f, g, h]) = (at(z_near), at(z_far));
        [a, b, c, d, e, f, g, h]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight() -> Sight {
        Sight { left: -0.9, right: 0.7, up: 0.75, down: -0.85 }
    }

    #[test]
    fn the_edges_of_sight_are_the_edges_of_the_picture() {
        let matrix = EyeProjection::new(sight(), 1.0).matrix();
        let on_picture = |x: f32, y: f32| matrix.project_point3(Vec3::new(x, y, -1.0) * 3.0).truncate();
        let Sight { left, right, up, down } = sight();
        assert!(on_picture(left.tan(), up.tan()).distance(Vec2::new(-1.0, 1.0)) < 1e-5);
        assert!(on_picture(right.tan(), down.tan()).distance(Vec2::new(1.0, -1.0)) < 1e-5);
        // Straight ahead is not the middle of such a picture.
        let ahead = on_picture(0.0, 0.0);
        let expected = -(right.tan() + left.tan()) / (right.tan() - left.tan());
        assert!((ahead.x - expected).abs() < 1e-6 && expected > 0.1);
    }

    #[test]
    fn near_is_one_and_far_goes_to_zero() {
        let matrix = EyeProjection::new(sight(), 20.0).matrix();
        let depth = |metres: f32| matrix.project_point3(Vec3::new(0.0, 0.0, -metres)).z;
        assert!((depth(1.0) - 1.0).abs() < 1e-6, "near is 5 cm of a wearer twenty times as large");
        assert!((depth(4.0) - 0.25).abs() < 1e-6);
        assert!(depth(1e7) < 1e-6);
    }

    #[test]
    fn corners_of_what_is_seen_stand_as_those_of_bevys_lens() {
        let even = Sight { left: -0.6, right: 0.6, up: 0.5, down: -0.5 };
        let ours = EyeProjection::new(even, 1.0);
        let bevys =
            PerspectiveProjection { fov: 1.0, aspect_ratio: 0.6_f32.tan() / 0.5_f32.tan(), near: NEAR_M, ..default() };
        let pairs = ours.get_frustum_corners(-0.5, -40.0).into_iter().zip(bevys.get_frustum_corners(-0.5, -40.0));
        for (ours, bevys) in pairs {
            assert!(ours.distance(bevys) < 1e-4, "{ours} {bevys}");
        }
        let matrices = (ours.get_clip_from_view(), bevys.get_clip_from_view());
        assert!(matrices.0.abs_diff_eq(matrices.1, 1e-5), "{matrices:?}");
    }
}
