//! Where the nodes of a model stand and how far up they reach.

use gltf::json::{Root, mesh::Semantic, validation::Checked};

/// 4 x 4, column by column.
pub type Matrix = [f32; 16];
pub const IDENTITY: Matrix = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];

pub fn local(node: &gltf::json::Node) -> Matrix {
    if let Some(matrix) = node.matrix {
        return matrix;
    }
    let transform = gltf::scene::Transform::Decomposed {
        translation: node.translation.unwrap_or([0.0; 3]),
        rotation: node.rotation.unwrap_or_default().0,
        scale: node.scale.unwrap_or([1.0; 3]),
    };
    let mut matrix = IDENTITY;
    for (cell, value) in matrix.iter_mut().zip(transform.matrix().iter().flatten()) {
        *cell = *value;
    }
    matrix
}

pub fn product(a: &Matrix, b: &Matrix) -> Matrix {
    std::array::from_fn(|cell| (0..4).map(|k| a[k * 4 + cell % 4] * b[cell / 4 * 4 + k]).sum())
}

#[derive(Clone, Copy)]
pub struct Bounds {
    min: [f32; 3],
    max: [f32; 3],
}

impl Bounds {
    pub fn union(self, other: Self) -> Self {
        let pick = |a: [f32; 3], b: [f32; 3], f: fn(f32, f32) -> f32| std::array::from_fn(|axis| f(a[axis], b[axis]));
        Self { min: pick(self.min, other.min, f32::min), max: pick(self.max, other.max, f32::max) }
    }

    pub fn top(self) -> [f32; 3] {
        [(self.min[0] + self.max[0]) / 2.0, self.max[1], (self.min[2] + self.max[2]) / 2.0]
    }

    /// Of the corners after a transform.
    fn transformed(self, by: &Matrix) -> Self {
        let corner = |number: usize| {
            let point: [f32; 3] =
                std::array::from_fn(|axis| if number >> axis & 1 == 0 { self.min[axis] } else { self.max[axis] });
            std::array::from_fn(|row| (0..3).map(|axis| by[axis * 4 + row] * point[axis]).sum::<f32>() + by[12 + row])
        };
        let corners = (1..8).map(corner).map(|point| Self { min: point, max: point });
        let first = corner(0);
        corners.fold(Self { min: first, max: first }, Self::union)
    }
}

/// Box of what each node shows with everything below it.
pub fn boxes(root: &Root, order: &[(usize, Option<usize>)], worlds: &[Matrix]) -> Vec<Option<Bounds>> {
    let mut boxes: Vec<Option<Bounds>> = root
        .nodes
        .iter()
        .zip(worlds)
        .map(|(node, world)| {
            let mesh = root.meshes.get(node.mesh?.value())?;
            let bounds = mesh.primitives.iter().filter_map(|primitive| primitive_bounds(root, primitive));
            bounds.reduce(Bounds::union).map(|bounds| bounds.transformed(world))
        })
        .collect();
    for &(node, parent) in order.iter().rev() {
        let below = boxes.get(node).copied().flatten();
        if let (Some(below), Some(above)) = (below, parent.and_then(|parent| boxes.get_mut(parent))) {
            *above = Some(above.map_or(below, |above| above.union(below)));
        }
    }
    boxes
}

/// The limits that glTF demands of every POSITION accessor.
fn primitive_bounds(root: &Root, primitive: &gltf::json::mesh::Primitive) -> Option<Bounds> {
    let accessor = root.accessors.get(primitive.attributes.get(&Checked::Valid(Semantic::Positions))?.value())?;
    let corner = |value: &Option<gltf::json::Value>| -> Option<[f32; 3]> {
        let numbers: Vec<f32> = value.as_ref()?.as_array()?.iter().filter_map(|n| Some(n.as_f64()? as f32)).collect();
        numbers.try_into().ok()
    };
    Some(Bounds { min: corner(&accessor.min)?, max: corner(&accessor.max)? })
}
