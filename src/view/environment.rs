//! Light, background, fog and ground of the scene.

use bevy::light::EnvironmentMapLight;
use bevy::prelude::*;

use super::TwinSystems;
use super::camera::SceneView;
use super::look::Look;
use super::overlay::Slots;
use super::quality::QualityLevel;
use super::stage::Stage;
use crate::domain::colour::Rgba;
use crate::domain::command::Theme;
use crate::domain::scene::{Ambience, Light, LightKind};

/// Whether a light should cast shadows where the adapter can afford them.
#[derive(Component)]
pub struct WantsShadows(pub bool);

/// Light units of TwinMaker scenes are relative: 1 is the usual light of its kind. These are the
/// photometric values that look so at the default exposure.
const SUN_LUX: f32 = 2_600.0;
const POINT_LUMENS: f32 = 400_000.0;
const AMBIENT: f32 = 520.0;

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, furnish.after(TwinSystems::Evaluate).before(TwinSystems::Present));
}

/// Adds a light of the scene to its node. `position` is the node's place in the world.
pub(super) fn spawn_light(commands: &mut Commands, node: Entity, light: &Light, position: Vec3) {
    let color = color(light.colour);
    match light.kind {
        // Light from everywhere belongs to the cameras, see `furnish`.
        LightKind::Ambient | LightKind::Hemisphere { .. } => {}
        LightKind::Directional => {
            let mut sun = commands.spawn((
                DirectionalLight { color, illuminance: SUN_LUX * light.intensity, ..default() },
                WantsShadows(light.cast_shadows),
                ChildOf(node),
            ));
            // It shines from the node to the origin of the world, whatever the node's rotation.
            if let Some(from) = position.try_normalize() {
                let up = if from.y.abs() > 0.99 { Vec3::X } else { Vec3::Y };
                sun.insert(Transform::default().looking_to(-from, up));
            }
        }
        LightKind::Point => {
            commands.spawn((
                PointLight { color, intensity: POINT_LUMENS * light.intensity, range: 200.0, ..default() },
                WantsShadows(light.cast_shadows),
                ChildOf(node),
            ));
        }
    }
}

/// Sets what belongs to the whole scene, when a project was opened or the theme changed.
fn furnish(
    stage: Res<Stage>,
    look: Res<Look>,
    quality: Res<QualityLevel>,
    mut slots: ResMut<Slots>,
    mut images: ResMut<Assets<Image>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    mut cameras: Query<(Entity, &mut Camera), With<SceneView>>,
    opened: Query<(), Added<SceneView>>,
    mut commands: Commands,
    mut furnished: Local<Option<(Entity, Theme)>>,
) {
    let (Some(project), Some(root)) = (&stage.project, stage.root) else { return };
    let state = (root, look.theme);
    if *furnished == Some(state) && opened.is_empty() {
        return;
    }
    let new_stage = furnished.is_none_or(|(before, _)| before != root);
    *furnished = Some(state);
    let environment = &project.scene.environment;
    let background = environment.background.unwrap_or(match look.theme {
        Theme::Dark => Rgba::from_hex(0x2b2f34),
        Theme::Light => Rgba::from_hex(0xc9cdd2),
    });
    slots.set_background(background);
    for (camera, mut settings) in &mut cameras {
        settings.clear_color = ClearColorConfig::Custom(color(background));
        let mut camera = commands.entity(camera);
        match environment.fog {
            Some((fog, start, end)) => camera.insert(DistanceFog {
                color: color(fog),
                falloff: FogFalloff::Linear { start, end },
                ..default()
            }),
            None => camera.remove::<DistanceFog>(),
        };
        match sky(environment.ambience, project.scene.nodes.iter().filter_map(|node| node.light.as_ref())) {
            // Plain light does not look up the surroundings: their mean is all that it knows.
            Some([above, around, below]) if quality.plain_light => camera.insert(AmbientLight {
                color: above.mix(&around, 0.5).mix(&below, 0.25),
                brightness: AMBIENT,
                ..default()
            }),
            Some(sky) => camera.insert(EnvironmentMapLight {
                intensity: AMBIENT,
                ..EnvironmentMapLight::hemispherical_gradient(&mut images, sky[0], sky[1], sky[2])
            }),
            None => camera.remove::<(EnvironmentMapLight, AmbientLight)>(),
        };
    }
    if !new_stage {
        return;
    }
    let lit = project.scene.nodes.iter().any(|node| node.light.is_some());
    if environment.ambience == Ambience::Directional && !lit {
        commands.spawn((
            DirectionalLight { illuminance: SUN_LUX, ..default() },
            WantsShadows(true),
            Transform::from_xyz(-8.0, 18.0, 12.0).looking_at(Vec3::ZERO, Vec3::Y),
            bevy::light::CascadeShadowConfigBuilder {
                maximum_distance: 80.0,
                first_cascade_far_bound: 20.0,
                ..default()
            }
            .build(),
            ChildOf(root),
        ));
    }
    if let Some(ground) = environment.ground {
        const SIDE_M: f32 = 1000.0;
        let material = StandardMaterial {
            base_color: color(ground),
            perceptual_roughness: 1.0,
            double_sided: true,
            cull_mode: None,
            alpha_mode: if ground.a < 1.0 { AlphaMode::Blend } else { AlphaMode::Opaque },
            ..default()
        };
        commands.spawn((
            Mesh3d(meshes.add(Plane3d::new(Vec3::Y, Vec2::splat(SIDE_M / 2.0)))),
            MeshMaterial3d(materials.add(material)),
            Ground,
            ChildOf(root),
        ));
    }
}

/// What the plant stands on. It is no part of the plant: to show all of the plant is not to show all of this.
#[derive(Component)]
pub struct Ground;

/// Colours of the light from above, from the sides and from below; none is darkness.
fn sky<'a>(ambience: Ambience, lights: impl Iterator<Item = &'a Light>) -> Option<[Color; 3]> {
    let mut sky = match ambience {
        Ambience::Dark => [Vec3::ZERO; 3],
        Ambience::Neutral => [Vec3::splat(1.6), Vec3::splat(1.1), Vec3::splat(0.6)],
        Ambience::Directional => [Vec3::splat(0.8), Vec3::splat(0.5), Vec3::splat(0.3)],
        Ambience::Chromatic => [Vec3::new(0.75, 0.85, 1.0), Vec3::new(0.7, 0.65, 0.75), Vec3::new(0.6, 0.42, 0.35)],
    };
    for light in lights {
        let [r, g, b, _] = light.colour.to_linear();
        let above = Vec3::new(r, g, b) * light.intensity * 0.5;
        match light.kind {
            LightKind::Ambient => sky = sky.map(|side| side + above),
            LightKind::Hemisphere { ground } => {
                let [r, g, b, _] = ground.to_linear();
                let below = Vec3::new(r, g, b) * light.intensity * 0.5;
                sky = [sky[0] + above, sky[1] + (above + below) / 2.0, sky[2] + below];
            }
            LightKind::Directional | LightKind::Point => {}
        }
    }
    let lit = sky.iter().any(|side| *side != Vec3::ZERO);
    lit.then(|| sky.map(|side| Color::linear_rgb(side.x, side.y, side.z)))
}

fn color(colour: Rgba) -> Color {
    Color::srgba(colour.r, colour.g, colour.b, colour.a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn light(kind: LightKind) -> Light {
        Light { kind, colour: Rgba::WHITE, intensity: 1.0, cast_shadows: false }
    }

    #[test]
    fn darkness_is_dark_until_a_light_is_set() {
        assert!(sky(Ambience::Dark, [light(LightKind::Point)].iter()).is_none());
        assert_eq!(
            sky(Ambience::Dark, [light(LightKind::Ambient)].iter()),
            Some([Color::linear_rgb(0.5, 0.5, 0.5); 3])
        );
    }
}
