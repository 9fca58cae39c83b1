//! Models that are made here: boxes and cylinders with named nodes, as a GLB.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::f32::consts::{FRAC_1_SQRT_2, TAU};

use gltf::binary::{Glb, Header};
use gltf::json::accessor::{ComponentType, GenericComponentType, Type};
use gltf::json::buffer::{Target, View};
use gltf::json::material::{AlphaMode, PbrBaseColorFactor, PbrMetallicRoughness, StrengthFactor};
use gltf::json::mesh::{Mode, Primitive, Semantic};
use gltf::json::scene::UnitQuaternion;
use gltf::json::validation::{Checked, USize64};
use gltf::json::{Accessor, Buffer, Index, Material, Mesh, Node, Root, Scene, Value};

pub const STEEL: [f32; 4] = [0.55, 0.58, 0.62, 1.0];
pub const DARK: [f32; 4] = [0.12, 0.13, 0.15, 1.0];
pub const GLASS: [f32; 4] = [0.75, 0.82, 0.88, 0.25];
pub const BLUE: [f32; 4] = [0.06, 0.22, 0.75, 1.0];
pub const CARDBOARD: [f32; 4] = [0.58, 0.40, 0.22, 1.0];

#[derive(Clone, Copy)]
pub enum Form {
    Box,
    Cylinder,
}

/// Where the height of a shape points.
#[derive(Clone, Copy)]
pub enum Along {
    X,
    Y,
    Z,
}

/// A box or cylinder of a size, standing on a place, in a colour with opacity.
pub struct Part {
    pub name: Cow<'static, str>,
    pub form: Form,
    pub along: Along,
    /// Middle of its foot.
    pub place: [f32; 3],
    /// Width, height and depth before it was turned [m].
    pub size: [f32; 3],
    pub colour: [f32; 4],
}

/// Equipment: parts and groups in its own space.
pub struct Group {
    pub name: Cow<'static, str>,
    pub place: [f32; 3],
    pub parts: Vec<Part>,
    pub groups: Vec<Group>,
}

/// A part that stands upright.
pub fn part(name: impl Into<Cow<'static, str>>, form: Form, place: [f32; 3], size: [f32; 3], colour: [f32; 4]) -> Part {
    Part { name: name.into(), form, along: Along::Y, place, size, colour }
}

/// A pipe from a place on, of a length and a diameter [m].
pub fn pipe(name: impl Into<Cow<'static, str>>, along: Along, place: [f32; 3], length: f32, diameter: f32) -> Part {
    let size = [diameter, length, diameter];
    Part { name: name.into(), form: Form::Cylinder, along, place, size, colour: STEEL }
}

/// Equipment without groups in it.
pub fn group(name: impl Into<Cow<'static, str>>, place: [f32; 3], parts: Vec<Part>) -> Group {
    Group { name: name.into(), place, parts, groups: Vec::new() }
}

/// Triangles of a unit shape: base at y = 0, top at y = 1, centred in x and z.
struct Shape {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    indices: Vec<u16>,
}

/// The file.
///
/// # Errors
/// When the description cannot be written as JSON.
pub fn glb(groups: &[Group]) -> Result<Vec<u8>, gltf::Error> {
    let mut made = Model::default();
    let roots = groups.iter().map(|group| made.group(group)).collect();
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

impl Along {
    /// A quarter turn that leads y there.
    fn rotation(self) -> UnitQuaternion {
        UnitQuaternion(match self {
            Self::X => [0.0, 0.0, -FRAC_1_SQRT_2, FRAC_1_SQRT_2],
            Self::Y => [0.0, 0.0, 0.0, 1.0],
            Self::Z => [FRAC_1_SQRT_2, 0.0, 0.0, FRAC_1_SQRT_2],
        })
    }
}

#[derive(Default)]
struct Model {
    root: Root,
    bytes: Vec<u8>,
    /// Accessors of positions, normals and indices of the shapes made so far.
    shapes: [Option<[Index<Accessor>; 3]>; 2],
}

impl Model {
    fn group(&mut self, group: &Group) -> Index<Node> {
        let mut children: Vec<Index<Node>> = group.parts.iter().map(|part| self.part(part)).collect();
        children.extend(group.groups.iter().map(|inner| self.group(inner)));
        self.root.push(Node {
            name: Some(group.name.to_string()),
            translation: Some(group.place),
            children: Some(children),
            ..Node::default()
        })
    }

    fn part(&mut self, part: &Part) -> Index<Node> {
        let [positions, normals, indices] = self.shape(part.form);
        let clear = part.colour[3] < 1.0;
        let material = self.root.push(Material {
            name: Some(part.name.to_string()),
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
            name: Some(part.name.to_string()),
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
            name: Some(part.name.to_string()),
            mesh: Some(mesh),
            translation: Some(part.place),
            rotation: Some(part.along.rotation()),
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
