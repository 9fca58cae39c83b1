//! The model of the starter: boxes and cylinders with named nodes, as a GLB.

use std::collections::BTreeMap;
use std::f32::consts::TAU;

use gltf::binary::{Glb, Header};
use gltf::json::accessor::{ComponentType, GenericComponentType, Type};
use gltf::json::buffer::{Target, View};
use gltf::json::material::{AlphaMode, PbrBaseColorFactor, PbrMetallicRoughness, StrengthFactor};
use gltf::json::mesh::{Mode, Primitive, Semantic};
use gltf::json::scene::UnitQuaternion;
use gltf::json::validation::{Checked, USize64};
use gltf::json::{Accessor, Buffer, Index, Material, Mesh, Node, Root, Scene, Value};

/// Triangles of a unit shape: base at y = 0, top at y = 1, centred in x and z.
struct Shape {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    indices: Vec<u16>,
}

#[derive(Clone, Copy)]
enum Form {
    Box,
    Cylinder,
}

/// A box or cylinder of a size, standing on a place, in a colour with opacity.
struct Part {
    name: &'static str,
    form: Form,
    place: [f32; 3],
    size: [f32; 3],
    colour: [f32; 4],
}

const STEEL: [f32; 4] = [0.55, 0.58, 0.62, 1.0];
const DARK: [f32; 4] = [0.12, 0.13, 0.15, 1.0];
const GLASS: [f32; 4] = [0.75, 0.82, 0.88, 0.25];
const BLUE: [f32; 4] = [0.06, 0.22, 0.75, 1.0];
const CARDBOARD: [f32; 4] = [0.58, 0.40, 0.22, 1.0];

const fn part(name: &'static str, form: Form, place: [f32; 3], size: [f32; 3], colour: [f32; 4]) -> Part {
    Part { name, form, place, size, colour }
}

/// Equipment with its parts, each in the space of the equipment.
const EQUIPMENT: [(&str, [f32; 3], &[Part]); 3] = [
    (
        "Tank",
        [-3.0, 0.0, 0.0],
        &[
            part("TankBase", Form::Cylinder, [0.0, 0.0, 0.0], [1.7, 0.2, 1.7], STEEL),
            part("Liquid", Form::Cylinder, [0.0, 0.2, 0.0], [1.4, 2.0, 1.4], BLUE),
            part("TankShell", Form::Cylinder, [0.0, 0.2, 0.0], [1.5, 2.1, 1.5], GLASS),
            part("TankLid", Form::Cylinder, [0.0, 2.3, 0.0], [1.6, 0.08, 1.6], STEEL),
        ],
    ),
    (
        "Pump",
        [-0.6, 0.0, 0.0],
        &[
            part("PumpFoot", Form::Box, [0.0, 0.0, 0.0], [0.9, 0.12, 0.7], DARK),
            part("PumpBody", Form::Cylinder, [0.0, 0.12, 0.0], [0.6, 0.6, 0.6], STEEL),
            part("PumpPipe", Form::Box, [-0.85, 0.3, 0.0], [1.3, 0.16, 0.16], STEEL),
        ],
    ),
    (
        "Conveyor",
        [2.4, 0.0, 0.0],
        &[
            part("BeltBed", Form::Box, [0.0, 0.6, 0.0], [4.0, 0.12, 0.7], DARK),
            part("LegLeft", Form::Box, [-1.7, 0.0, 0.0], [0.12, 0.6, 0.6], STEEL),
            part("LegRight", Form::Box, [1.7, 0.0, 0.0], [0.12, 0.6, 0.6], STEEL),
            part("Carton", Form::Box, [-1.5, 0.72, 0.0], [0.45, 0.35, 0.4], CARDBOARD),
        ],
    ),
];

/// Blades on top of the pump, in the space of the impeller.
const BLADES: [Part; 2] = [
    part("BladeA", Form::Box, [0.0, 0.0, 0.0], [0.55, 0.08, 0.08], BLUE),
    part("BladeB", Form::Box, [0.0, 0.0, 0.0], [0.08, 0.08, 0.55], BLUE),
];

/// The file.
///
/// # Errors
/// When the description cannot be written as JSON.
pub fn glb() -> Result<Vec<u8>, gltf::Error> {
    let mut made = Model::default();
    let mut roots = Vec::new();
    for (name, place, parts) in &EQUIPMENT {
        let mut children: Vec<Index<Node>> = parts.iter().map(|part| made.part(part)).collect();
        if *name == "Pump" {
            let blades = BLADES.iter().map(|part| made.part(part)).collect();
            children.push(made.group("Impeller", [0.0, 0.74, 0.0], blades));
        }
        roots.push(made.group(name, *place, children));
    }
    let Model { mut root, bytes, .. } = made;
    root.asset.generator = Some("twinscope".to_owned());
    root.buffers.push(Buffer {
        byte_length: USize64::from(bytes.len()),
        name: None,
        uri: None,
        extensions: None,
        extras: None,
    });
    root.scenes.push(Scene { extensions: None, extras: None, name: None, nodes: roots });
    root.scene = Some(Index::new(0));
    let json = root.to_vec().map_err(gltf::Error::Deserialize)?;
    let header = Header { magic: *b"glTF", version: 2, length: 0 };
    Glb { header, json: json.into(), bin: Some(bytes.into()) }.to_vec()
}

#[derive(Default)]
struct Model {
    root: Root,
    bytes: Vec<u8>,
    /// Accessors of positions, normals and indices of the shapes made so far.
    shapes: [Option<[Index<Accessor>; 3]>; 2],
}

impl Model {
    fn group(&mut self, name: &str, place: [f32; 3], children: Vec<Index<Node>>) -> Index<Node> {
        let node =
            Node { name: Some(name.to_owned()), translation: Some(place), children: Some(children), ..Node::default() };
        self.root.push(node)
    }

    fn part(&mut self, part: &Part) -> Index<Node> {
        let [positions, normals, indices] = self.shape(part.form);
        let clear = part.colour[3] < 1.0;
        let material = self.root.push(Material {
            name: Some(part.name.to_owned()),
            alpha_mode: Checked::Valid(if clear { AlphaMode::Blend } else { AlphaMode::Opaque }),
            pbr_metallic_roughness: PbrMetallicRoughness {
                base_color_factor: PbrBaseColorFactor(part.colour),
                metallic_factor: StrengthFactor(0.1),
                roughness_factor: StrengthFactor(0.6),
                ..PbrMetallicRoughness::default()
            },
            ..Material::default()
        });
        let attributes = BTreeMap::from([
            (Checked::Valid(Semantic::Positions), positions),
            (Checked::Valid(Semantic::Normals), normals),
        ]);
        let mesh = self.root.push(Mesh {
            extensions: None,
            extras: None,
            name: Some(part.name.to_owned()),
            primitives: vec![Primitive {
                attributes,
                extensions: None,
                extras: None,
                indices: Some(indices),
                material: Some(material),
                mode: Checked::Valid(Mode::Triangles),
                targets: None,
            }],
            weights: None,
        });
        self.root.push(Node {
            name: Some(part.name.to_owned()),
            mesh: Some(mesh),
            translation: Some(part.place),
            rotation: Some(UnitQuaternion::default()),
            scale: Some(part.size),
            ..Node::default()
        })
    }

    fn shape(&mut self, form: Form) -> [Index<Accessor>; 3] {
        let slot = form as usize;
        if let Some(known) = self.shapes[slot] {
            return known;
        }
        let shape = match form {
            Form::Box => unit_box(),
            Form::Cylinder => unit_cylinder(),
        };
        let limits = Some((limit(&shape.positions, f32::min), limit(&shape.positions, f32::max)));
        let vectors = |list: &[[f32; 3]]| list.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        let indices: Vec<u8> = shape.indices.iter().flat_map(|index| index.to_le_bytes()).collect();
        let (vec3, scalar) = ((ComponentType::F32, Type::Vec3), (ComponentType::U16, Type::Scalar));
        let positions = self.accessor(vectors(&shape.positions), shape.positions.len(), vec3, limits);
        let normals = self.accessor(vectors(&shape.normals), shape.normals.len(), vec3, None);
        let indices = self.accessor(indices, shape.indices.len(), scalar, None);
        self.shapes[slot] = Some([positions, normals, indices]);
        [positions, normals, indices]
    }

    fn accessor(
        &mut self,
        bytes: Vec<u8>,
        count: usize,
        (component, type_): (ComponentType, Type),
        limits: Option<(Value, Value)>,
    ) -> Index<Accessor> {
        let target = if type_ == Type::Vec3 { Target::ArrayBuffer } else { Target::ElementArrayBuffer };
        let view = self.root.push(View {
            buffer: Index::new(0),
            byte_length: USize64::from(bytes.len()),
            byte_offset: Some(USize64::from(self.bytes.len())),
            byte_stride: None,
            name: None,
            target: Some(Checked::Valid(target)),
            extensions: None,
            extras: None,
        });
        self.bytes.extend(bytes);
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let (min, max) = limits.unzip();
        self.root.push(Accessor {
            buffer_view: Some(view),
            byte_offset: None,
            count: USize64::from(count),
            component_type: Checked::Valid(GenericComponentType(component)),
            extensions: None,
            extras: None,
            type_: Checked::Valid(type_),
            min,
            max,
            name: None,
            normalized: false,
            sparse: None,
        })
    }
}

fn limit(positions: &[[f32; 3]], pick: fn(f32, f32) -> f32) -> Value {
    let first = positions.first().copied().unwrap_or_default();
    let end = positions.iter().fold(first, |end, point| std::array::from_fn(|axis| pick(end[axis], point[axis])));
    Value::from(end.map(f64::from).to_vec())
}

fn unit_box() -> Shape {
    let mut shape = Shape { positions: Vec::new(), normals: Vec::new(), indices: Vec::new() };
    for axis in 0..3 {
        for side in [-1.0_f32, 1.0] {
            let start = shape.positions.len() as u16;
            let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
            for (a, b) in [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)] {
                let mut point = [0.0; 3];
                (point[axis], point[u], point[v]) = (side * 0.5, a, b);
                point[1] += 0.5;
                let mut normal = [0.0; 3];
                normal[axis] = side;
                shape.positions.push(point);
                shape.normals.push(normal);
            }
            let corners: [u16; 6] = if side > 0.0 { [0, 1, 2, 0, 2, 3] } else { [0, 2, 1, 0, 3, 2] };
            shape.indices.extend(corners.map(|corner| start + corner));
        }
    }
    shape
}

fn unit_cylinder() -> Shape {
    const SIDES: u16 = 32;
    let mut shape = Shape { positions: Vec::new(), normals: Vec::new(), indices: Vec::new() };
    let around = |side: u16| {
        let (sin, cos) = (f32::from(side) / f32::from(SIDES) * TAU).sin_cos();
        [cos, sin]
    };
    for side in 0..=SIDES {
        let [x, z] = around(side);
        for y in [0.0, 1.0] {
            shape.positions.push([x / 2.0, y, z / 2.0]);
            shape.normals.push([x, 0.0, z]);
        }
    }
    for side in 0..SIDES {
        let first = side * 2;
        shape.indices.extend([first, first + 1, first + 3, first, first + 3, first + 2]);
    }
    for (y, up) in [(0.0, -1.0), (1.0, 1.0)] {
        let centre = shape.positions.len() as u16;
        shape.positions.push([0.0, y, 0.0]);
        shape.normals.push([0.0, up, 0.0]);
        for side in 0..=SIDES {
            let [x, z] = around(side);
            shape.positions.push([x / 2.0, y, z / 2.0]);
            shape.normals.push([0.0, up, 0.0]);
        }
        for side in 0..SIDES {
            let (here, next) = (centre + 1 + side, centre + 2 + side);
            shape.indices.extend(if up > 0.0 { [centre, next, here] } else { [centre, here, next] });
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The normal of each triangle, by its winding, agrees with the normals of its corners.
    #[test]
    fn triangles_face_outwards() {
        for shape in [unit_box(), unit_cylinder()] {
            for corners in shape.indices.chunks(3) {
                let [a, b, c] = [0, 1, 2].map(|corner| shape.positions[usize::from(corners[corner])]);
                let edge =
                    |from: [f32; 3], to: [f32; 3]| -> [f32; 3] { std::array::from_fn(|axis| to[axis] - from[axis]) };
                let (u, v) = (edge(a, b), edge(a, c));
                let normal: [f32; 3] = std::array::from_fn(|axis| {
                    u[(axis + 1) % 3] * v[(axis + 2) % 3] - u[(axis + 2) % 3] * v[(axis + 1) % 3]
                });
                let stated = shape.normals[usize::from(corners[0])];
                let along: f32 = (0..3).map(|axis| normal[axis] * stated[axis]).sum();
                assert!(along > 0.0, "{corners:?}");
            }
        }
    }
}
