//! The camera of the desk: orbit around equipment or fly through the hall, go to equipment and to
//! saved viewpoints.

use std::f32::consts::FRAC_PI_2;

use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::camera_controller::free_camera::{FreeCamera, FreeCameraPlugin};
use bevy::core_pipeline::tonemapping::Tonemapping;
use bevy::prelude::*;
use bevy::render::view::Msaa;
use bevy_panorbit_camera::{ActiveCameraData, PanOrbitCamera, PanOrbitCameraPlugin};

use super::TwinSystems;
use super::extent::Extents;
use super::stage::Stage;
use super::target::{ScenePicture, Viewport};
use crate::domain::asset::AssetId;
use crate::domain::command::CameraMode;
use crate::domain::recording::Pose;
use crate::domain::scene::Viewpoint;

/// The camera of the desk: it draws the scene between the panels.
#[derive(Component)]
#[require(SceneView)]
pub struct SceneCamera;

/// Any camera that shows the scene: that of the desk, and the eyes of someone who stands in it.
#[derive(Component, Default)]
pub struct SceneView;

/// What the camera is asked to do. Written by `app/commands.rs`.
#[derive(Message, Clone, PartialEq, Debug)]
pub enum CameraRequest {
    /// Fill the picture with an asset.
    Focus(AssetId),
    /// Show everything.
    FrameAll,
    /// Stand at a saved viewpoint of the project.
    GoTo(usize),
    /// Stand and look as noted.
    Pose(Pose),
    Mode(CameraMode),
    /// Arrive at once at wherever the last request leads.
    Hurry,
}

/// Whether the person's mouse and keys move the camera. Written by `app` from what egui wants.
#[derive(Resource, Default)]
pub struct CameraInput {
    pub pointer: bool,
    pub keyboard: bool,
}

/// Whether the camera orbits or flies.
#[derive(Resource, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct CurrentCameraMode(pub CameraMode);

/// Where the camera is on its way to, or stands; none before there is one.
#[derive(Resource, Clone, Copy, PartialEq, Default, Debug)]
pub struct CurrentPose(pub Option<Pose>);

/// Where the camera stands when the first stage is set; the first viewpoint where nothing is said.
#[derive(Resource, Clone, Copy, PartialEq, Default, Debug)]
pub struct FirstView(pub Option<Pose>);

const DEFAULT_FOV_DEG: f32 = 45.0;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((PanOrbitCameraPlugin, FreeCameraPlugin))
        .init_resource::<CameraInput>()
        .init_resource::<CurrentCameraMode>()
        .init_resource::<CurrentPose>()
        .init_resource::<FirstView>()
        .add_message::<CameraRequest>()
        .add_systems(Startup, spawn)
        .add_systems(
            Update,
            (carry_out, take_input, arrive_at_new_stage, note_pose).chain().in_set(TwinSystems::Present),
        );
}

fn spawn(picture: Res<ScenePicture>, mut commands: Commands) {
    commands.spawn((
        SceneCamera,
        Camera3d::default(),
        Camera { order: -1, ..default() },
        RenderTarget::Image(ImageRenderTarget { handle: picture.image.clone(), scale_factor: 1.0 }),
        // Keeps status colours what they are; needs no look-up texture.
        Tonemapping::KhronosPbrNeutral,
        Msaa::Sample4,
        Projection::Perspective(PerspectiveProjection {
            fov: DEFAULT_FOV_DEG.to_radians(),
            near: 0.05,
            far: 2000.0,
            ..default()
        }),
        Transform::from_xyz(5.0, 5.0, 5.0).looking_at(Vec3::ZERO, Vec3::Y),
        orbit(),
    ));
}

fn orbit() -> PanOrbitCamera {
    PanOrbitCamera {
        // The camera stays above the floor that it looks at.
        pitch_lower_limit: Some(-0.1),
        pitch_upper_limit: Some(FRAC_PI_2 - 0.01),
        zoom_lower_limit: 0.3,
        zoom_upper_limit: Some(1500.0),
        button_pan: MouseButton::Right,
        use_real_time: true,
        ..default()
    }
}

/// A new project is seen whole, or from its first viewpoint.
fn arrive_at_new_stage(
    stage: Res<Stage>,
    mut first: ResMut<FirstView>,
    mut seen: Local<Option<Entity>>,
    mut requests: MessageWriter<CameraRequest>,
) {
    let Some(project) =
        stage.project.as_ref().filter(|_| stage.generation > 0 && !stage.unresolved && *seen != stage.root)
    else {
        return;
    };
    *seen = stage.root;
    let usual = if project.scene.viewpoints.is_empty() { CameraRequest::FrameAll } else { CameraRequest::GoTo(0) };
    requests.write(first.0.take().map_or(usual, CameraRequest::Pose));
    requests.write(CameraRequest::Hurry);
}

fn carry_out(
    mut requests: MessageReader<CameraRequest>,
    stage: Res<Stage>,
    extents: Extents,
    mut mode: ResMut<CurrentCameraMode>,
    mut cameras: Query<(Entity, &mut Transform, &mut Projection, Option<&mut PanOrbitCamera>), With<SceneCamera>>,
    mut commands: Commands,
) {
    for request in requests.read() {
        for (entity, mut transform, mut projection, orbiting) in &mut cameras {
            let Projection::Perspective(lens) = &mut *projection else { continue };
            let place = match request {
                CameraRequest::Focus(asset) => extents
                    .of_asset(*asset)
                    .map(|extent| looking_from_here(&transform, extent.centre(), extent.radius(), lens.fov)),
                CameraRequest::FrameAll => extents.of_all(&stage).map(|extent| {
                    let from = Transform::from_xyz(0.6, 0.45, 1.0).looking_at(Vec3::ZERO, Vec3::Y);
                    looking_from_here(&from, extent.centre(), extent.radius() * 0.85, lens.fov)
                }),
                CameraRequest::GoTo(index) => {
                    let viewpoint = stage.project.as_ref().and_then(|project| project.scene.viewpoints.get(*index));
                    viewpoint.map(|viewpoint| {
                        lens.fov = viewpoint.fov_deg.clamp(5.0, 120.0).to_radians();
                        place_of(viewpoint)
                    })
                }
                CameraRequest::Pose(pose) => {
                    let finite = pose.eye.iter().chain(&pose.focus).all(|number| number.is_finite());
                    finite.then(|| place_from(Vec3::from_array(pose.eye), Vec3::from_array(pose.focus)))
                }
                CameraRequest::Mode(wanted) => {
                    set_mode(*wanted, entity, &transform, &mut commands);
                    mode.0 = *wanted;
                    None
                }
                CameraRequest::Hurry => {
                    if let Some(mut orbiting) = orbiting {
                        orbiting.yaw = Some(orbiting.target_yaw);
                        orbiting.pitch = Some(orbiting.target_pitch);
                        orbiting.radius = Some(orbiting.target_radius);
                        orbiting.focus = orbiting.target_focus;
                        orbiting.force_update = true;
                    }
                    continue;
                }
            };
            let Some(place) = place else { continue };
            match orbiting {
                Some(mut orbiting) => place.apply(&mut orbiting),
                None => *transform = Transform::from_translation(place.eye()).looking_at(place.focus, Vec3::Y),
            }
        }
    }
}

/// A place of an orbiting camera.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Place {
    focus: Vec3,
    yaw: f32,
    pitch: f32,
    radius: f32,
}

impl Place {
    fn eye(&self) -> Vec3 {
        let (yaw_sin, yaw_cos) = self.yaw.sin_cos();
        let (pitch_sin, pitch_cos) = self.pitch.sin_cos();
        self.focus + self.radius * Vec3::new(yaw_sin * pitch_cos, pitch_sin, yaw_cos * pitch_cos)
    }

    /// The short way round.
    fn apply(&self, orbit: &mut PanOrbitCamera) {
        let turns = ((orbit.target_yaw - self.yaw) / std::f32::consts::TAU).round();
        orbit.target_focus = self.focus;
        orbit.target_yaw = self.yaw + turns * std::f32::consts::TAU;
        orbit.target_pitch = self.pitch;
        orbit.target_radius = self.radius;
    }
}

fn place_from(eye: Vec3, focus: Vec3) -> Place {
    let offset = eye - focus;
    let radius = offset.length().max(0.1);
    Place { focus, yaw: offset.x.atan2(offset.z), pitch: (offset.y / radius).clamp(-1.0, 1.0).asin(), radius }
}

fn place_of(viewpoint: &Viewpoint) -> Place {
    place_from(Vec3::from_array(viewpoint.eye), Vec3::from_array(viewpoint.target))
}

/// Keeps the direction and goes as near as shows the whole sphere.
fn looking_from_here(camera: &Transform, centre: Vec3, radius: f32, fov: f32) -> Place {
    let distance = (radius.max(0.2) / (fov / 2.0).sin()).max(0.5);
    let direction = camera.back().as_vec3();
    // Never from straight below or above: the view would lose its footing.
    let direction = Vec3::new(direction.x, direction.y.clamp(0.2, 0.9), direction.z).normalize_or(Vec3::Z);
    place_from(centre + direction * distance, centre)
}

fn set_mode(mode: CameraMode, camera: Entity, transform: &Transform, commands: &mut Commands) {
    let mut camera = commands.entity(camera);
    match mode {
        CameraMode::Orbit => {
            let focus = transform.translation + transform.forward() * 8.0;
            camera.remove::<FreeCamera>().insert(PanOrbitCamera { focus, target_focus: focus, ..orbit() });
        }
        CameraMode::Fly => {
            camera.remove::<PanOrbitCamera>().insert(FreeCamera {
                walk_speed: 3.0,
                run_speed: 12.0,
                // M marks a moment.
                keyboard_key_toggle_cursor_grab: KeyCode::F24,
                ..default()
            });
        }
    }
}

fn note_pose(
    cameras: Query<(&Transform, Option<&PanOrbitCamera>), With<SceneCamera>>,
    mut current: ResMut<CurrentPose>,
) {
    let pose = cameras.iter().next().map(|(transform, orbiting)| match orbiting {
        Some(orbit) => {
            let place = Place {
                focus: orbit.target_focus,
                yaw: orbit.target_yaw,
                pitch: orbit.target_pitch,
                radius: orbit.target_radius,
            };
            Pose { eye: place.eye().to_array(), focus: place.focus.to_array() }
        }
        None => {
            let focus = transform.translation + transform.forward() * 8.0;
            Pose { eye: transform.translation.to_array(), focus: focus.to_array() }
        }
    });
    current.set_if_neq(CurrentPose(pose));
}

/// Mouse and keys reach the camera only while the console does not want them.
fn take_input(
    input: Res<CameraInput>,
    viewport: Res<Viewport>,
    mut active: ResMut<ActiveCameraData>,
    mut orbiting: Query<(Entity, &mut PanOrbitCamera), With<SceneCamera>>,
    mut flying: Query<&mut bevy::camera_controller::free_camera::FreeCameraState, With<SceneCamera>>,
) {
    for (entity, mut camera) in &mut orbiting {
        active.set_if_neq(ActiveCameraData {
            entity: Some(entity),
            viewport_size: Some(viewport.size),
            window_size: Some(viewport.size),
            manual: true,
        });
        if camera.enabled != input.pointer {
            camera.enabled = input.pointer;
        }
    }
    for mut camera in &mut flying {
        let enabled = input.pointer && input.keyboard;
        if camera.enabled != enabled {
            camera.enabled = enabled;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_leads_back_to_its_eye() {
        let (eye, focus) = (Vec3::new(3.0, 4.0, -5.0), Vec3::new(1.0, 0.5, 0.0));
        assert!(place_from(eye, focus).eye().abs_diff_eq(eye, 1e-4));
    }

    #[test]
    fn focus_keeps_the_direction_and_shows_the_whole() {
        let camera = Transform::from_xyz(10.0, 5.0, 10.0).looking_at(Vec3::ZERO, Vec3::Y);
        let place = looking_from_here(&camera, Vec3::new(2.0, 1.0, 0.0), 1.5, 45_f32.to_radians());
        assert!((place.radius - 1.5 / 22.5_f32.to_radians().sin()).abs() < 1e-3);
        let direction = (place.eye() - place.focus).normalize();
        assert!(direction.dot(camera.back().as_vec3()) > 0.999);
    }
}
