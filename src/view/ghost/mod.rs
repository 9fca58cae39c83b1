//! The other side of a comparison, as a ghost in the scene.
//!
//! `app` evaluates the bindings a second time, for the other origin at the same moment. Where a node
//! stands elsewhere there, translucent copies of its meshes stand in that place; where it is in
//! another state, the mesh itself bears thin lines. Where both sides agree nothing is drawn, and
//! without a comparison there is neither entity nor work. Whether the other side was recorded,
//! measured or computed shows in the colour alone.

mod cast;
mod geometry;
mod pair;
mod show;

use bevy::prelude::*;

use self::cast::Cast;
use self::pair::Pair;
use super::TwinSystems;
use super::indicator::flow;
use super::look::hide;
use super::motion::drive;
use super::overlay::Side;
use super::present::{Applied, Presentation, Trust, present};
use super::stage::Stage;
use crate::domain::binding::{Binding, Drive};
use crate::domain::signal::Origin;
use crate::project::Project;

/// A mesh of the other side. It can be neither picked nor selected.
#[derive(Component)]
pub struct Ghost;

/// What is compared, and outcomes of the other side on their way to the screen.
#[derive(Resource, Default)]
pub struct GhostPresentation {
    other: Option<Origin>,
    /// Goes up whenever something else is compared.
    round: u32,
    pending: Vec<(u32, Applied, Trust)>,
}

impl GhostPresentation {
    /// Says whose ghost is shown; none ends it. All bindings of both sides have to be pushed anew
    /// when it is another one than before.
    pub fn compare(&mut self, other: Option<Origin>) {
        if self.other != other {
            self.other = other;
            self.round += 1;
            self.pending.clear();
        }
    }

    /// Says what a binding of the project, by its number, comes to on the other side.
    pub fn push(&mut self, binding: usize, applied: Applied, trust: Trust) {
        self.pending.push((binding as u32, applied, trust));
    }

    fn side(&self) -> Option<Side> {
        self.other.map(|origin| match origin {
            Origin::Measured => Side::Measured,
            Origin::Recorded(_) => Side::Recorded,
            Origin::Simulated(_) | Origin::Predicted(_) => Side::Computed,
        })
    }
}

/// What both sides say of each binding.
#[derive(Resource, Default)]
struct Pairs {
    /// Round of the comparison and generation of the stage that they belong to; none without a
    /// comparison.
    of: Option<(u32, u32)>,
    pairs: Vec<Pair>,
    /// One of them is another than in the last frame.
    changed: bool,
    /// Labels whose text is to be looked at again.
    labels: Vec<u32>,
}

impl Pairs {
    fn begin(&mut self, of: Option<(u32, u32)>, bindings: usize) {
        let pairs = if of.is_some() { vec![Pair::default(); bindings] } else { Vec::new() };
        *self = Self { of, pairs, changed: true, labels: Vec::new() };
    }

    fn note(&mut self, project: &Project, binding: u32, note: impl FnOnce(&mut Pair, &Drive) -> bool) {
        let index = binding as usize;
        let (Some(pair), Some(Binding { drive, .. })) = (self.pairs.get_mut(index), project.bindings.get(index)) else {
            return;
        };
        if note(pair, drive) {
            self.changed = true;
            if *drive == Drive::Label {
                self.labels.push(binding);
            }
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<GhostPresentation>().init_resource::<Pairs>().init_resource::<Cast>().add_systems(
        Update,
        (take.before(present), (cast::cast, show::show, show::join_texts).chain().after(drive).after(flow).after(hide))
            .in_set(TwinSystems::Present),
    );
}

/// Takes in what both sides say, while something is compared.
fn take(
    stage: Res<Stage>,
    presentation: Res<Presentation>,
    mut ghosts: ResMut<GhostPresentation>,
    mut pairs: ResMut<Pairs>,
) {
    let standing = stage.generation > 0 && !stage.unresolved();
    let of = ghosts.other.filter(|_| standing).map(|_| (ghosts.round, stage.generation));
    let project = stage.project.as_ref();
    if pairs.of != of {
        pairs.begin(of, project.map_or(0, |project| project.bindings.len()));
    }
    let Some(project) = project.filter(|_| of.is_some()) else { return };
    for (binding, applied, _) in presentation.pending() {
        pairs.note(project, *binding, |pair, drive| pair.set_shown(drive, applied));
    }
    for (binding, applied, trust) in ghosts.pending.drain(..) {
        pairs.note(project, binding, |pair, drive| pair.set_other(drive, applied, trust));
    }
}
