//! Flow: TwinMaker motion indicators, and arrows over the surface of a model's part.
//!
//! The arrows' way is integrated here from speed and plant time and read by the shaders from the
//! slot, so that a replay moves them as the plant did.

use std::f32::consts::TAU;

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, MeshTag, PrimitiveTopology};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::ShaderRef;

use super::TwinSystems;
use super::look::mark_slots;
use super::motion::PlantStep;
use super::overlay::{Slot, SlotFlags, Slots};
use crate::domain::colour::Rgba;
use crate::domain::scene::{MotionIndicator, MotionShape};

/// Unlit arrows on a transparent shape; see `shaders/indicator.wgsl`.
#[derive(Asset, AsBindGroup, TypePath, Debug, Clone)]
pub struct IndicatorMaterial {
    #[storage(0, read_only)]
    slots: Handle<ShaderBuffer>,
    #[uniform(1)]
    shape: IndicatorShape,
}

/// `Indicator` in the shader.
#[derive(ShaderType, Debug, Clone, Copy)]
struct IndicatorShape {
    /// Metres along the flow from u = 0 to u = 1.
    length_m: f32,
    /// Rows of arrows from v = 0 to v = 1.
    rows: f32,
    background_opacity: f32,
    padding: f32,
}

impl Material for IndicatorMaterial {
    fn fragment_shader() -> ShaderRef {
        "embedded://twinscope/indicator.wgsl".into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Blend
    }

    fn enable_shadows() -> bool {
        false
    }
}

/// Something over which arrows run.
#[derive(Component)]
pub struct Indicator {
    slots: Vec<u32>,
    pub speed_m_per_s: f64,
    travelled_m: f64,
    /// The arrows belong to a shape of their own rather than to the surface of a model.
    own_shape: bool,
    /// Foreground and background where no rule gives them.
    defaults: [Option<Rgba>; 2],
    driven: [Option<Rgba>; 2],
}

impl Indicator {
    /// Arrows over meshes of a model, by their slots.
    pub fn on_surface(slots: Vec<u32>, speed_m_per_s: f64) -> Self {
        Self { slots, speed_m_per_s, travelled_m: 0.0, own_shape: false, defaults: [None; 2], driven: [None; 2] }
    }

    /// Colour that a rule gives the arrows or their ground; none falls back to the default.
    pub fn set_colour(&mut self, background: bool, colour: Option<Rgba>) {
        self.driven[usize::from(background)] = colour;
    }
}

/// The pattern repeats well before this; keeps the phase exact in single precision.
const WRAP_M: f64 = 4096.0;

pub(super) fn plugin(app: &mut App) {
    app.add_plugins(MaterialPlugin::<IndicatorMaterial>::default())
        .add_systems(Update, flow.after(mark_slots).in_set(TwinSystems::Present));
}

/// Adds the shape of a motion indicator to its node. `scale` is the node's own.
pub(super) fn spawn(
    commands: &mut Commands,
    node: Entity,
    motion: &MotionIndicator,
    scale: [f32; 3],
    (meshes, materials, slots): (&mut Assets<Mesh>, &mut Assets<IndicatorMaterial>, &mut Slots),
) {
    let [x, _, z] = scale.map(f32::abs);
    let across = motion.repeat_across.max(1) as f32;
    let (mesh, length_m) = match motion.shape {
        MotionShape::LinearPlane => (plane(), x),
        MotionShape::LinearCylinder => (tube_along_x(), x),
        MotionShape::CircularCylinder => (tube_around_y(), TAU * ((x * x + z * z) / 8.0).sqrt()),
    };
    let first = slots.allocate(2);
    let shape = IndicatorShape { length_m, rows: across, background_opacity: motion.background_opacity, padding: 0.0 };
    let material = materials.add(IndicatorMaterial { slots: slots.buffer(), shape });
    commands.entity(node).insert((
        Mesh3d(meshes.add(mesh)),
        MeshMaterial3d(material),
        MeshTag(first),
        Indicator {
            slots: vec![first],
            speed_m_per_s: f64::from(motion.default_speed),
            travelled_m: 0.0,
            own_shape: true,
            defaults: [motion.foreground, motion.background],
            driven: [None; 2],
        },
    ));
}

pub(super) fn flow(step: Res<PlantStep>, mut indicators: Query<&mut Indicator>, mut slots: ResMut<Slots>) {
    let seconds = step.0.as_secs_f64();
    for mut indicator in &mut indicators {
        // Negative speeds stand still, as in TwinMaker, where the shape has a direction of its own.
        let speed = if indicator.own_shape { indicator.speed_m_per_s.max(0.0) } else { indicator.speed_m_per_s };
        if speed != 0.0 && seconds != 0.0 {
            indicator.travelled_m = (indicator.travelled_m + speed * seconds).rem_euclid(WRAP_M);
        }
        let (travelled, own) = (indicator.travelled_m as f32, indicator.own_shape);
        let colours = [0, 1].map(|place| indicator.driven[place].or(indicator.defaults[place]));
        for &slot in &indicator.slots {
            slots.update(slot, |slot| {
                slot.flow = travelled;
                slot.flags = if speed == 0.0 && !own {
                    slot.flags.without(SlotFlags::FLOW)
                } else {
                    slot.flags.with(SlotFlags::FLOW)
                };
                if own {
                    slot.colour = colours[0].map_or([0.0; 4], Slot::colour_from);
                }
            });
            if own {
                slots.update(slot + 1, |slot| slot.colour = colours[1].map_or([0.0; 4], Slot::colour_from));
            }
        }
    }
}

/// 1 x 1 in XZ, facing up; u along +X.
fn plane() -> Mesh {
    let corners = [[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]];
    let positions = corners.map(|[x, z]| [x, 0.0, z]).to_vec();
    let uvs = corners.map(|[x, z]| [x + 0.5, z + 0.5]).to_vec();
    double_sided(positions, uvs, vec![0, 2, 1, 0, 3, 2])
}

/// Open tube of radius 0.5 and length 1 along X; u along X, v around.
fn tube_along_x() -> Mesh {
    ring(|turn, along| {
        let (sin, cos) = (turn * TAU).sin_cos();
        ([along - 0.5, 0.5 * cos, 0.5 * sin], [along, turn])
    })
}

/// Open tube of radius 0.5 and height 1 around Y; u around, v along Y.
fn tube_around_y() -> Mesh {
    ring(|turn, along| {
        let (sin, cos) = (turn * TAU).sin_cos();
        ([0.5 * cos, along - 0.5, -0.5 * sin], [turn, along])
    })
}

fn ring(vertex: impl Fn(f32, f32) -> ([f32; 3], [f32; 2])) -> Mesh {
    const SEGMENTS: u32 = 48;
    let rim = (0..=SEGMENTS).flat_map(|step| {
        let turn = step as f32 / SEGMENTS as f32;
        [vertex(turn, 0.0), vertex(turn, 1.0)]
    });
    let (positions, uvs) = rim.unzip();
    let indices = (0..SEGMENTS).flat_map(|step| [0, 1, 2, 2, 1, 3].map(|corner| step * 2 + corner)).collect();
    double_sided(positions, uvs, indices)
}

/// Both faces as triangles of their own: the material culls back faces.
fn double_sided(positions: Vec<[f32; 3]>, uvs: Vec<[f32; 2]>, mut indices: Vec<u32>) -> Mesh {
    let back: Vec<u32> = indices.chunks_exact(3).flat_map(|face| [face[0], face[2], face[1]]).collect();
    indices.extend(back);
    let normals = vec![[0.0, 1.0, 0.0]; positions.len()];
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::default())
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, uvs)
        .with_inserted_indices(Indices::U32(indices))
}
