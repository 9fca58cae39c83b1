//! How large things are and where they stand, as they are drawn.

use bevy::camera::primitives::Aabb;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

use super::environment::Ground;
use super::parts::Targets;
use super::stage::Stage;
use crate::domain::asset::AssetId;

/// A box along the axes of the plant, metres.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Extent {
    pub low: Vec3,
    pub high: Vec3,
}

impl Extent {
    pub fn centre(&self) -> Vec3 {
        (self.low + self.high) / 2.0
    }

    /// Of the ball around the box.
    pub fn radius(&self) -> f32 {
        (self.high - self.low).length() / 2.0
    }

    /// Highest point over the middle.
    pub fn top(&self) -> Vec3 {
        self.centre().with_y(self.high.y)
    }

    pub fn corners(&self) -> [Vec3; 8] {
        std::array::from_fn(|index| {
            let pick = |bit: usize, axis: usize| if index & bit == 0 { self.low[axis] } else { self.high[axis] };
            Vec3::new(pick(1, 0), pick(2, 1), pick(4, 2))
        })
    }

    fn around(boxes: impl Iterator<Item = Self>) -> Option<Self> {
        let nothing = Self { low: Vec3::INFINITY, high: Vec3::NEG_INFINITY };
        let all = boxes.fold(nothing, |all, one| Self { low: all.low.min(one.low), high: all.high.max(one.high) });
        (all.low.is_finite() && all.high.is_finite()).then_some(all)
    }

    /// The box around a turned box.
    fn of(aabb: &Aabb, place: &GlobalTransform) -> Self {
        let centre = place.transform_point(aabb.center.into());
        let matrix = place.affine().matrix3;
        let half = Vec3::from(aabb.half_extents);
        let reach = matrix.x_axis.abs() * half.x + matrix.y_axis.abs() * half.y + matrix.z_axis.abs() * half.z;
        let reach = Vec3::from(reach);
        Self { low: centre - reach, high: centre + reach }
    }
}

/// Asks how large things are. What the plant stands on is left out.
#[derive(SystemParam)]
pub struct Extents<'w, 's> {
    targets: Res<'w, Targets>,
    children: Query<'w, 's, &'static Children>,
    bounds: Query<'w, 's, (&'static Aabb, &'static GlobalTransform), Without<Ground>>,
}

impl Extents<'_, '_> {
    /// Of an entity with everything below it.
    pub fn of(&self, entity: Entity) -> Option<Extent> {
        Extent::around(self.boxes(entity))
    }

    /// Of equipment without what is listed below it.
    pub fn of_asset(&self, asset: AssetId) -> Option<Extent> {
        Extent::around(self.targets.entities_of(asset).iter().flat_map(|entity| self.boxes(*entity)))
    }

    /// Of equipment with everything below it.
    pub fn of_subtree(&self, stage: &Stage, asset: AssetId) -> Option<Extent> {
        let assets = &stage.project.as_ref()?.assets;
        let extents = assets.subtree(asset).into_iter().filter_map(|asset| self.of_asset(asset));
        Extent::around(extents)
    }

    /// Of everything on the stage.
    pub fn of_all(&self, stage: &Stage) -> Option<Extent> {
        self.of(stage.root?)
    }

    fn boxes(&self, entity: Entity) -> impl Iterator<Item = Extent> + '_ {
        let all = std::iter::once(entity).chain(self.children.iter_descendants(entity));
        all.filter_map(|entity| self.bounds.get(entity).ok()).map(|(aabb, place)| Extent::of(aabb, place))
    }
}

#[cfg(test)]
mod tests {
    use std::f32::consts::FRAC_PI_4;

    use super::*;

    #[test]
    fn a_box_around_a_turned_box_holds_its_corners() {
        let aabb = Aabb::from_min_max(Vec3::new(-1.0, 0.0, -1.0), Vec3::new(1.0, 3.0, 1.0));
        let place = Transform::from_xyz(10.0, 1.0, 0.0).with_rotation(Quat::from_rotation_y(FRAC_PI_4));
        let extent = Extent::of(&aabb, &place.into());
        let side = 2.0_f32.sqrt();
        assert!(extent.low.distance(Vec3::new(10.0 - side, 1.0, -side)) < 1e-5, "{extent:?}");
        assert!(extent.high.distance(Vec3::new(10.0 + side, 4.0, side)) < 1e-5, "{extent:?}");
        assert!(extent.top().distance(Vec3::new(10.0, 4.0, 0.0)) < 1e-5);
        assert!(extent.corners().contains(&extent.low) && extent.corners().contains(&extent.high));
    }

    #[test]
    fn around_nothing_there_is_nothing() {
        assert_eq!(Extent::around(std::iter::empty()), None);
    }
}
