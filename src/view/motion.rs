//! Turning, moving and filling: transforms that signals drive.
//!
//! A driven node keeps the transform that it was modelled with; what the signals say is composed
//! onto it. Speeds are integrated over the plant time that the playhead passes.

use bevy::prelude::*;

use super::TwinSystems;
use super::camera::SceneCamera;
use super::present::present;
use crate::domain::binding::{Drive, Motion};
use crate::domain::time::Span;

/// Plant time that went by since the last frame; negative when scrubbed backwards. Written by `app`.
#[derive(Resource, Default)]
pub struct PlantStep(pub Span);

/// A node whose transform signals drive.
#[derive(Component, Clone)]
pub struct Driven {
    modelled: Transform,
    drives: Vec<DriveState>,
    stale: bool,
}

#[derive(Clone)]
struct DriveState {
    binding: u32,
    drive: Drive,
    /// Place, or speed.
    number: Option<f64>,
    /// Integral of the speed, in degrees or metres.
    travelled: f64,
}

impl Driven {
    /// A command that makes the entity driven by its first drive.
    pub fn begin(binding: u32, drive: Drive, number: Option<f64>) -> impl EntityCommand {
        move |mut entity: EntityWorldMut| {
            let state = DriveState { binding, drive, number, travelled: 0.0 };
            match entity.get_mut::<Self>() {
                Some(mut driven) => {
                    driven.drives.push(state);
                    driven.stale = true;
                }
                None => {
                    let Some(modelled) = entity.get::<Transform>().copied() else { return };
                    entity.insert(Self { modelled, drives: vec![state], stale: true });
                }
            }
        }
    }

    /// Nothing drives it yet.
    pub(super) fn standing(modelled: Transform) -> Self {
        Self { modelled, drives: Vec::new(), stale: false }
    }

    /// New number for the drive of a binding; none puts it back to as modelled.
    pub fn set(&mut self, binding: u32, drive: &Drive, number: Option<f64>) {
        match self.drives.iter_mut().find(|state| state.binding == binding) {
            Some(state) => {
                self.stale |= state.number != number;
                state.number = number;
            }
            None => {
                self.drives.push(DriveState { binding, drive: drive.clone(), number, travelled: 0.0 });
                self.stale = true;
            }
        }
    }

    /// Lets plant time go by.
    pub(super) fn step(&mut self, seconds: f64) {
        for state in &mut self.drives {
            let (Drive::Rotation { motion: Motion::Rate, .. } | Drive::Translation { motion: Motion::Rate, .. }) =
                state.drive
            else {
                continue;
            };
            let Some(rate) = state.number.filter(|rate| *rate != 0.0 && seconds != 0.0) else { continue };
            state.travelled += rate * seconds;
            if matches!(state.drive, Drive::Rotation { .. }) {
                state.travelled = state.travelled.rem_euclid(360.0);
            }
            self.stale = true;
        }
    }

    /// Has come as far as `shown` by every speed in which both agree: of a speed it is known how fast
    /// something goes, not how far it is.
    pub(super) fn follow(&mut self, shown: &Self) {
        for state in &mut self.drives {
            let Some(same) = shown.drives.iter().find(|same| same.binding == state.binding) else { continue };
            let as_fast = agree(same.number.unwrap_or_default(), state.number.unwrap_or_default());
            if as_fast && state.travelled != same.travelled {
                state.travelled = same.travelled;
                self.stale = true;
            }
        }
    }

    /// The transform, where it is another than when it was asked for last.
    pub(super) fn news(&mut self) -> Option<Transform> {
        std::mem::take(&mut self.stale).then(|| self.transform())
    }

    fn transform(&self) -> Transform {
        self.drives.iter().fold(self.modelled, |transform, state| state.compose(transform))
    }
}

impl DriveState {
    fn compose(&self, mut transform: Transform) -> Transform {
        let Some(number) = self.number else { return transform };
        let place = |motion| if motion == Motion::Rate { self.travelled } else { number };
        match &self.drive {
            Drive::Rotation { axis, motion } => {
                let Some(axis) = Vec3::from_array(*axis).try_normalize() else { return transform };
                let angle = (place(*motion).rem_euclid(360.0) as f32).to_radians();
                transform.rotation *= Quat::from_axis_angle(axis, angle);
            }
            Drive::Translation { axis, motion } => {
                transform.translation += Vec3::from_array(*axis).normalize_or_zero() * place(*motion) as f32;
            }
            Drive::Level { axis } => {
                // A scale of zero has no inverse normal matrix: an empty tank is very flat instead.
                let level = number.clamp(0.001, 1.0) as f32;
                let along = Vec3::from_array(*axis).normalize_or_zero().abs();
                transform.scale *= Vec3::ONE + along * (level - 1.0);
            }
            _ => {}
        }
        transform
    }
}

/// True for numbers that nobody tells apart by looking: nearer than half a percent.
pub(super) fn agree(one: f64, other: f64) -> bool {
    (one - other).abs() <= 0.005 * one.abs().max(other.abs())
}

/// Smaller changes are not written: they would be propagated down the tree for nothing.
const EPSILON: f32 = 1e-5;

/// True when a node at `here` stands at `there` already.
pub(super) fn stands(here: &Transform, there: &Transform) -> bool {
    there.translation.abs_diff_eq(here.translation, EPSILON)
        && there.rotation.abs_diff_eq(here.rotation, EPSILON)
        && there.scale.abs_diff_eq(here.scale, EPSILON)
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<PlantStep>().add_systems(Update, drive.after(present).in_set(TwinSystems::Present));
}

pub(super) fn drive(step: Res<PlantStep>, mut driven: Query<(&mut Driven, &mut Transform), Without<SceneCamera>>) {
    let seconds = step.0.as_secs_f64();
    for (mut driven, mut transform) in &mut driven {
        let state = driven.bypass_change_detection();
        state.step(seconds);
        if let Some(next) = state.news().filter(|next| !stands(&transform, next)) {
            *transform = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driven(drive: Drive, number: f64) -> Driven {
        let drives = vec![DriveState { binding: 0, drive, number: Some(number), travelled: 0.0 }];
        Driven { modelled: Transform::from_xyz(1.0, 2.0, 3.0), drives, stale: true }
    }

    #[test]
    fn a_rate_turns_with_plant_time_both_ways() {
        let mut wheel = driven(Drive::Rotation { axis: [0.0, 1.0, 0.0], motion: Motion::Rate }, 90.0);
        wheel.step(1.0);
        assert!(wheel.transform().rotation.abs_diff_eq(Quat::from_rotation_y(90_f32.to_radians()), 1e-6));
        wheel.step(-1.0);
        assert!(wheel.transform().rotation.abs_diff_eq(Quat::IDENTITY, 1e-6));
    }

    #[test]
    fn a_speed_in_which_both_agree_has_gone_as_far() {
        let spin = Drive::Rotation { axis: [0.0, 1.0, 0.0], motion: Motion::Rate };
        let mut shown = driven(spin.clone(), 90.0);
        let mut other = shown.clone();
        let mut turn = |other: &mut Driven, number: f64| {
            other.set(0, &spin, Some(number));
            shown.step(0.5);
            other.step(0.5);
            other.follow(&shown);
            shown.transform().rotation.angle_between(other.transform().rotation).to_degrees().round()
        };
        assert_eq!([60.0, 60.0, 90.2].map(|number| turn(&mut other, number)), [15.0, 30.0, 0.0]);
    }

    #[test]
    fn a_position_is_where_the_signal_says() {
        let lift = driven(Drive::Translation { axis: [0.0, 1.0, 0.0], motion: Motion::Position }, 0.5);
        assert_eq!(lift.transform().translation, Vec3::new(1.0, 2.5, 3.0));
        let tank = driven(Drive::Level { axis: [0.0, 1.0, 0.0] }, 0.25);
        assert_eq!(tank.transform().scale, Vec3::new(1.0, 0.25, 1.0));
        let overfull = driven(Drive::Level { axis: [0.0, 1.0, 0.0] }, 7.0);
        assert_eq!(overfull.transform().scale, Vec3::ONE);
    }

    #[test]
    fn without_a_number_it_stands_as_modelled() {
        let mut lift = driven(Drive::Translation { axis: [0.0, 1.0, 0.0], motion: Motion::Position }, 0.5);
        lift.set(0, &Drive::Colour, None);
        assert_eq!(lift.transform(), Transform::from_xyz(1.0, 2.0, 3.0));
    }
}
