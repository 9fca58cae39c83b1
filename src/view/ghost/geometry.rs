//! How a mesh and its copy lie to each other.

use bevy::camera::primitives::Aabb;
use bevy::math::{Affine3A, Vec3A};
use bevy::prelude::*;

/// A mesh agrees with its copy that lies nearer than this part of its own size.
const DISPLACED: f32 = 0.005;
/// A copy is smaller than its original by this part of its size.
const MARGIN: f32 = 0.003;

/// How a mesh stands to its copy.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Original {
    #[default]
    Alike,
    /// The copy stands elsewhere.
    Apart,
    /// The copy stands inside of it, and would not be seen.
    Around,
    /// It is seen, but is not there on the other side.
    Alone,
}

/// Makes a copy a little smaller, so that where its surface is that of its original, the original is
/// seen.
pub fn inwards(bounds: &Aabb) -> Affine3A {
    let margin = MARGIN * bounds.half_extents.length();
    let scale = Vec3::ONE - (Vec3::splat(margin) / Vec3::from(bounds.half_extents).max(Vec3::splat(margin * 2.0)));
    let centre = Vec3::from(bounds.center);
    Affine3A::from_scale_rotation_translation(scale, Quat::IDENTITY, centre - scale * centre)
}

/// How a mesh that stands `here` is to its copy that stands `there`, by the corners of its bounds.
pub fn stands_to(bounds: &Aabb, here: &Affine3A, there: &Affine3A) -> Original {
    let corners = (0..8).map(|index| {
        let pick = |axis: usize| if index & (1 << axis) == 0 { -1.0 } else { 1.0 };
        bounds.center + bounds.half_extents * Vec3A::new(pick(0), pick(1), pick(2))
    });
    let size = |world: &Affine3A| (world.matrix3 * bounds.half_extents).length() * 2.0;
    let limit = DISPLACED * size(here).max(size(there));
    let way = |corner: Vec3A| here.transform_point3a(corner).distance(there.transform_point3a(corner));
    if corners.clone().all(|corner| way(corner) <= limit) {
        return Original::Alike;
    }
    let here_from_there = here.inverse() * *there;
    let reach = bounds.half_extents * 1.001;
    let inside = |corner: Vec3A| (here_from_there.transform_point3a(corner) - bounds.center).abs().cmple(reach).all();
    if corners.clone().all(inside) { Original::Around } else { Original::Apart }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds() -> Aabb {
        Aabb::from_min_max(Vec3::new(-1.0, 0.0, -1.0), Vec3::new(1.0, 2.0, 1.0))
    }

    fn stands(there: Affine3A) -> Original {
        let here = Affine3A::from_rotation_translation(Quat::from_rotation_y(0.3), Vec3::new(5.0, 0.0, 3.0));
        stands_to(&bounds(), &here, &(here * there))
    }

    #[test]
    fn a_copy_is_alike_apart_or_inside() {
        let moved = |metres| stands(Affine3A::from_translation(Vec3::X * metres));
        assert_eq!([0.0, 0.01, 0.1].map(moved), [Original::Alike, Original::Alike, Original::Apart]);
        let filled = |level| stands(Affine3A::from_scale(Vec3::new(1.0, level, 1.0)));
        assert_eq!([0.5, 0.999, 1.5].map(filled), [Original::Around, Original::Alike, Original::Apart]);
        assert_eq!(stands(Affine3A::from_rotation_y(0.5)), Original::Apart);
    }

    #[test]
    fn a_copy_shrinks_towards_its_middle() {
        let bounds = bounds();
        let smaller = inwards(&bounds);
        assert!(smaller.transform_point3a(bounds.center).abs_diff_eq(bounds.center, 1e-6));
        let corner = smaller.transform_point3a(bounds.max()) - bounds.center;
        assert!(corner.cmplt(bounds.half_extents).all() && corner.cmpgt(bounds.half_extents * 0.99).all(), "{corner}");
        let flat = Aabb::from_min_max(Vec3::new(-1.0, 0.0, -1.0), Vec3::new(1.0, 0.0, 1.0));
        assert!(inwards(&flat).matrix3.y_axis.y > 0.4, "a flat mesh does not vanish");
    }
}
