//! Tags, texts and names of the plant as signs in the scene: those that the desk draws over its picture.
//!
//! All of them are drawn by one context into one picture, each into a cell; a rectangle for each cell shows its part
//! where the sign stands.

use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::RenderLayers;
use bevy::light::{NotShadowCaster, NotShadowReceiver};
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;
use bevy_egui::EguiPreUpdateSet;

use super::eyes::WEARER_LAYER;
use super::hang::{self, facing};
use super::panel::{self, Hung, Lie, PanelKind, PanelMaterial, SignPicture};
use super::pointer::Pointers;
use super::rig::{PlantPose, Rig};
use super::signs::beacon_size;
use super::wearer::Wearer;
use crate::domain::rule::IconKind;
use crate::ui::headset::SIGNS;
use crate::view::labels::{Meaning, PlantSign, PlantSigns};

const COLUMNS: usize = 4;
const ROWS: usize = 8;
const CELLS: usize = COLUMNS * ROWS;
/// What is farther is not read: metres of the wearer.
const FARTHEST_M: f32 = 60.0;
/// Width of a cell for a metre of distance: 7.1 degrees for 128 points, so that the x-height of a text of 12
/// points covers 20 arc minutes.
const WIDTH_PER_METRE: f32 = 0.124;

/// The signs that have a cell in this frame, in order of the cells.
#[derive(Resource, Default)]
pub struct ShownSigns(pub Vec<PlantSign>);

/// The rectangle that shows a cell.
#[derive(Component)]
struct Cell(usize);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<ShownSigns>()
        .add_systems(Startup, spawn.after(panel::spawn))
        .add_systems(PreUpdate, show.after(hang::hang_own).before(EguiPreUpdateSet::InitContexts));
}

fn spawn(
    picture: Res<SignPicture>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<PanelMaterial>>,
    mut commands: Commands,
) {
    let material = materials.add(PanelMaterial { picture: picture.0.clone(), lie: Lie::Clear });
    for index in 0..CELLS {
        commands.spawn((
            Name::new(format!("sign {index}")),
            Cell(index),
            Mesh3d(meshes.add(cell_mesh(index))),
            MeshMaterial3d(material.clone()),
            RenderLayers::layer(WEARER_LAYER),
            NotShadowCaster,
            NotShadowReceiver,
            Transform::default(),
            Visibility::Hidden,
        ));
    }
}

/// A rectangle one metre wide that shows one cell.
fn cell_mesh(index: usize) -> Mesh {
    let cell = cell(index);
    let half = Vec2::new(0.5, 0.5 * cell.height() / cell.width());
    let (low, high) = (cell.min / Vec2::from_array(SIGNS.points), cell.max / Vec2::from_array(SIGNS.points));
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD | RenderAssetUsages::MAIN_WORLD)
        .with_inserted_attribute(
            Mesh::ATTRIBUTE_POSITION,
            vec![[-half.x, half.y, 0.0], [-half.x, -half.y, 0.0], [half.x, -half.y, 0.0], [half.x, half.y, 0.0]],
        )
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, vec![[0.0, 0.0, 1.0]; 4])
        .with_inserted_attribute(
            Mesh::ATTRIBUTE_UV_0,
            vec![[low.x, low.y], [low.x, high.y], [high.x, high.y], [high.x, low.y]],
        )
        .with_inserted_indices(Indices::U16(vec![0, 1, 2, 0, 2, 3]))
}

/// The place of a cell on the picture of all signs, in points.
pub fn cell(index: usize) -> Rect {
    let size = Vec2::from_array(SIGNS.points) / Vec2::new(COLUMNS as f32, ROWS as f32);
    let corner = Vec2::new((index % COLUMNS) as f32, (index / COLUMNS) as f32) * size;
    Rect::from_corners(corner, corner + size)
}

/// Chooses the signs that matter most from where the wearer stands, and hangs them up.
fn show(
    wearer: Res<Wearer>,
    rig: Res<Rig>,
    signs: Res<PlantSigns>,
    pointers: Res<Pointers>,
    mut shown: ResMut<ShownSigns>,
    mut cells: Query<(&Cell, &mut Transform, &mut Visibility)>,
    mut panels: Query<(&PanelKind, &mut Hung)>,
) {
    let worn = wearer.eyes.is_some();
    let eye = rig.point(wearer.head.position);
    // The name of what is pointed at hangs there already.
    let named = pointers.hovered().map(|(asset, _)| asset);
    shown.0.clear();
    if worn {
        let matters = |sign: &&PlantSign| {
            let double = matches!(sign.meaning, Meaning::Name { .. }) && sign.asset == named;
            !double && sign.place.distance(eye) < FARTHEST_M * rig.scale
        };
        let mut chosen: Vec<&PlantSign> = signs.0.iter().filter(matters).collect();
        chosen.sort_by_key(|sign| (class(&sign.meaning), (sign.place.distance(eye) * 100.0) as u32));
        shown.0.extend(chosen.into_iter().take(CELLS).cloned());
    }
    for (cell, mut transform, mut visibility) in &mut cells {
        let hung = shown.0.get(cell.0).map(|sign| hang_up(sign, eye, &rig));
        let hung = hung.and_then(|place| Some((place, facing(place, eye)?)));
        visibility.set_if_neq(if hung.is_some() { Visibility::Visible } else { Visibility::Hidden });
        if let Some((translation, rotation)) = hung {
            let width = translation.distance(eye).max(0.3 * rig.scale) * WIDTH_PER_METRE;
            *transform = Transform { translation, rotation, scale: Vec3::splat(width) };
        }
    }
    for (kind, mut hung) in &mut panels {
        if *kind == PanelKind::Signs {
            let pose = PlantPose { position: eye, rotation: Quat::IDENTITY };
            let pose = (!shown.0.is_empty()).then_some(pose);
            // Only whether it is drawn matters: it hangs nowhere as a whole.
            if hung.pose.is_some() != pose.is_some() {
                *hung = Hung { pose, scale: 1.0 };
            }
        }
    }
}

/// A little before its place, so that it does not stand in what it belongs to, and over the beacon where there is one.
fn hang_up(sign: &PlantSign, eye: Vec3, rig: &Rig) -> Vec3 {
    let distance = sign.place.distance(eye);
    let beacon = matches!(sign.meaning, Meaning::Name { alarm: Some(_), .. });
    let lift = if beacon { beacon_size(distance, rig) } else { 0.0 };
    sign.place.lerp(eye, 0.04) + Vec3::Y * lift
}

/// What is shown first where there are more signs than cells.
fn class(meaning: &Meaning) -> u8 {
    match meaning {
        Meaning::Name { alarm: Some(_), .. } => 0,
        Meaning::Name { selected: true, .. } => 1,
        Meaning::Sign { icon, .. } if icon.kind == IconKind::Error => 2,
        Meaning::Sign { icon, .. } if icon.kind == IconKind::Warning => 3,
        Meaning::Name { .. } | Meaning::Text(_) => 4,
        Meaning::Sign { .. } => 5,
        Meaning::Missing(_) => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_fill_the_picture_without_touching_each_other() {
        let whole = Rect::from_corners(Vec2::ZERO, Vec2::from_array(SIGNS.points));
        for one in 0..CELLS {
            assert!(whole.contains(cell(one).min) && whole.contains(cell(one).max));
            for other in 0..one {
                assert!(cell(one).intersect(cell(other)).is_empty(), "{one} and {other}");
            }
        }
        let area: f32 = (0..CELLS).map(|index| cell(index).width() * cell(index).height()).sum();
        assert!((area - whole.width() * whole.height()).abs() < 1.0);
    }
}
