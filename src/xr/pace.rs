//! Keeps frames in time: draws more plainly before one is missed, and better again when there is room.

use std::any::TypeId;

use bevy::camera::primitives::Aabb;
use bevy::camera::visibility::{VisibilitySystems, VisibleEntities};
use bevy::prelude::*;

use super::WearerRead;
use super::eyes::{Eye, EyeResolution};
use super::governor::Governor;
use super::rig::Rig;
use super::wearer::{FrameCount, Wearer};
use crate::view::quality::QualityLevel;

/// Share of its time that a frame took at least where the headset waited for it.
const LATE: f32 = 1.1;

/// The governor of the frames that the wearer sees.
#[derive(Resource, Deref, Default)]
pub struct Paced(Governor);

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Paced>()
        .add_systems(First, govern.after(WearerRead))
        .add_systems(PostUpdate, draw_near.after(VisibilitySystems::CheckVisibility));
}

fn govern(
    time: Res<Time<Real>>,
    wearer: Res<Wearer>,
    mut paced: ResMut<Paced>,
    mut resolution: ResMut<EyeResolution>,
    mut quality: ResMut<QualityLevel>,
    mut before: Local<FrameCount>,
) {
    let frame = wearer.frame;
    let last = std::mem::replace(&mut *before, frame);
    if !wearer.link.shown() || frame.shown == last.shown {
        return;
    }
    // The clock of the processor does not see how long the graphics card draws; the headset does.
    let late = frame.missed > last.missed;
    let taken = if late { frame.taken.max(frame.budget.mul_f32(LATE)) } else { frame.taken };
    if !paced.0.frame(taken, frame.budget, time.elapsed()) {
        return;
    }
    let level = paced.0.level();
    resolution.set_if_neq(EyeResolution(level.resolution));
    // A processor that draws has none to give up.
    if !quality.software && !quality.fixed && quality.shadows != level.shadows {
        quality.shadows = level.shadows;
    }
}

/// Leaves out what is farther than the eyes are to see at present.
fn draw_near(
    paced: Res<Paced>,
    rig: Res<Rig>,
    mut eyes: Query<(&GlobalTransform, &mut VisibleEntities), With<Eye>>,
    bounds: Query<(&Aabb, &GlobalTransform)>,
) {
    let Some(farthest) = paced.level().draw_distance.map(|metres| metres * rig.scale) else { return };
    for (eye, mut visible) in &mut eyes {
        let eye = eye.translation();
        visible.get_mut(TypeId::of::<Mesh3d>()).retain(|entity| {
            bounds.get(*entity).is_ok_and(|(aabb, place)| {
                let centre = place.transform_point(aabb.center.into());
                centre.distance(eye) - place.radius_vec3a(aabb.half_extents) < farthest
            })
        });
    }
}
