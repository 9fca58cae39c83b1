//! Rotations and places in the world, as scene documents mean them.

use crate::domain::scene::Transform;

/// Unit quaternion (x, y, z, w) of Euler angles in radians, intrinsic order XYZ (the matrix
/// Rx·Ry·Rz), as three.js `Euler(…, 'XYZ')` and glam `EulerRot::XYZ` have it.
pub fn quaternion_from_euler_xyz(radians: [f32; 3]) -> [f32; 4] {
    let [(s1, c1), (s2, c2), (s3, c3)] = radians.map(|angle| (f64::from(angle) / 2.0).sin_cos());
    let quaternion = [
        s1 * c2 * c3 + c1 * s2 * s3,
        c1 * s2 * c3 - s1 * c2 * s3,
        c1 * c2 * s3 + s1 * s2 * c3,
        c1 * c2 * c3 - s1 * s2 * s3,
    ];
    quaternion.map(|part| part as f32)
}

/// An affine map, as the images of the three axes and of the origin.
#[derive(Clone, Copy, Debug)]
pub struct Affine {
    axes: [[f32; 3]; 3],
    origin: [f32; 3],
}

impl Affine {
    pub const IDENTITY: Self = Self { axes: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]], origin: [0.0; 3] };

    /// parent_from_node.
    pub fn new(transform: &Transform) -> Self {
        let [x, y, z, w] = transform.rotation;
        let [sx, sy, sz] = transform.scale;
        let axes = [
            [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y + w * z), 2.0 * (x * z - w * y)].map(|part| part * sx),
            [2.0 * (x * y - w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z + w * x)].map(|part| part * sy),
            [2.0 * (x * z + w * y), 2.0 * (y * z - w * x), 1.0 - 2.0 * (x * x + y * y)].map(|part| part * sz),
        ];
        Self { axes, origin: transform.translation }
    }

    pub fn then(self, inner: Self) -> Self {
        Self { axes: inner.axes.map(|axis| self.direction(axis)), origin: self.point(inner.origin) }
    }

    pub fn direction(&self, v: [f32; 3]) -> [f32; 3] {
        let [a, b, c] = self.axes;
        [0, 1, 2].map(|row| a[row] * v[0] + b[row] * v[1] + c[row] * v[2])
    }

    pub fn point(&self, v: [f32; 3]) -> [f32; 3] {
        let turned = self.direction(v);
        [0, 1, 2].map(|row| turned[row] + self.origin[row])
    }
}

/// The vector at length `length`; none where it has no direction.
pub fn with_length(v: [f32; 3], length: f32) -> Option<[f32; 3]> {
    let own = v.iter().map(|part| part * part).sum::<f32>().sqrt();
    (own.is_finite() && own > f32::EPSILON).then(|| v.map(|part| part / own * length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: &[f32], b: &[f32]) -> bool {
        a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
    }

    /// Expected: Rx·Ry·Rz multiplied out as matrices in Python, then made a quaternion by trace.
    #[test]
    fn euler_angles_are_intrinsic_xyz() {
        let quaternion = quaternion_from_euler_xyz([0.3, -1.1, 2.0]);
        assert!(close(&quaternion, &[-0.366_053, -0.386_441, 0.667_117, 0.521_175]), "{quaternion:?}");
        let map = Affine::new(&Transform { rotation: quaternion, ..Transform::default() });
        assert!(close(&map.direction([1.0, 0.0, 0.0]), &[-0.188_763, 0.978_286, -0.085_593]));
        assert!(close(&map.direction([0.0, 0.0, 1.0]), &[-0.891_207, -0.134_047, 0.433_337]));
    }

    /// A quarter turn about X after one about Y is a third of a turn about (1, 1, 1).
    #[test]
    fn two_quarter_turns_make_a_third_of_a_turn() {
        let quarter = std::f32::consts::FRAC_PI_2;
        assert!(close(&quaternion_from_euler_xyz([quarter, quarter, 0.0]), &[0.5; 4]));
    }

    #[test]
    fn maps_compose_from_the_outside_in() {
        let quarter = std::f32::consts::FRAC_PI_2;
        let turned = Transform {
            rotation: quaternion_from_euler_xyz([0.0, quarter, 0.0]),
            translation: [10.0, 0.0, 0.0],
            ..Transform::default()
        };
        let scaled = Transform { translation: [0.0, 0.0, 2.0], scale: [3.0; 3], ..Transform::default() };
        let map = Affine::new(&turned).then(Affine::new(&scaled));
        assert!(close(&map.point([0.0, 1.0, 1.0]), &[15.0, 3.0, 0.0]), "{:?}", map.point([0.0, 1.0, 1.0]));
    }
}
