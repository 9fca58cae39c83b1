//! The other side of a comparison, as a ghost in the scene.
//!
//! `app` evaluates the bindings a second time, for the other origin at the same moment. Where a node
//! stands elsewhere there, translucent copies of its meshes stand in that place; where it is in
//! another state, or a signal of its equipment deviates, the mesh itself bears lines, which are wider
//! and closer together the farther off the equipment is. Where both sides agree nothing is drawn, and
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
use crate::domain::asset::AssetId;
use crate::domain::binding::{Binding, Drive};
use crate::domain::deviation::Degree;
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
    /// How far equipment is from the other side, in order of the equipment.
    degrees: Vec<(AssetId, Degree)>,
    /// Those are others than in the last frame.
    restated: bool,
}

impl GhostPresentation {
    /// Says whose ghost is shown; none ends it. All bindings of both sides have to be pushed anew
    /// when it is another one than before.
    pub fn compare(&mut self, other: Option<Origin>) {
        if self.other != other {
            self.other = other;
            self.round += 1;
            self.pending.clear();
            self.degrees.clear();
        }
    }

    /// Says what a binding of the project, by its number, comes to on the other side.
    pub fn push(&mut self, binding: usize, applied: Applied, trust: Trust) {
        self.pending.push((binding as u32, applied, trust));
    }

    /// Says how far all equipment of which that is known is from the other side, parents before their
    /// children.
    pub fn set_degrees(&mut self, degrees: impl Iterator<Item = (AssetId, Degree)>) {
        let degrees: Vec<_> = degrees.collect();
        if self.degrees != degrees {
            self.degrees = degrees;
            self.restated = true;
        }
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
    pairs.changed |= std::mem::take(&mut ghosts.restated);
    for (binding, applied, _) in presentation.pending() {
        pairs.note(project, *binding, |pair, drive| pair.set_shown(drive, applied));
    }
    for (binding, applied, trust) in ghosts.pending.drain(..) {
        pairs.note(project, binding, |pair, drive| pair.set_other(drive, applied, trust));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_side_has_one_hue_whose_lightness_falls_in_even_steps() {
        let shader = include_str!("../../../shaders/ghost.wgsl");
        let table = |name: &str| -> Vec<[f64; 3]> {
            let table = shader.split(name).nth(1).and_then(|rest| rest.split(");\n\n").next()).expect("a table");
            let colours = table.split("vec3<f32>(").skip(1).filter_map(|colour| colour.split_once(')'));
            colours.map(|(numbers, _)| oklab(numbers)).collect()
        };
        let (sides, ramps) = (table("SIDE_COLOURS = array<vec3<f32>, 3>"), table("RAMPS = array<vec3<f32>, 9>"));
        assert_eq!((sides.len(), ramps.len()), (3, 9));
        for (side, ramp) in sides.iter().zip(ramps.chunks(3)) {
            for ((colour, lightness), chroma) in ramp.iter().zip([0.80, 0.62, 0.44]).zip([0.60, 0.95, 1.30]) {
                let expected = [lightness, side[1] * chroma, side[2] * chroma];
                let off = colour.iter().zip(expected).map(|(found, expected)| (found - expected).abs());
                assert!(off.fold(0.0, f64::max) < 2e-3, "{colour:?}, not {expected:?}");
            }
        }
    }

    /// A colour of a shader in Ottosson's OKLab, from his matrices for linear sRGB
    /// (https://bottosson.github.io/posts/oklab/).
    fn oklab(linear: &str) -> [f64; 3] {
        let rgb: Vec<f64> = linear.split(',').map(|number| number.trim().parse().expect("a number")).collect();
        let times =
            |rows: [[f64; 3]; 3], by: &[f64]| rows.map(|row| row.iter().zip(by).map(|(a, b)| a * b).sum::<f64>());
        let cones = times(
            [
                [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
                [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
                [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
            ],
            &rgb,
        );
        times(
            [
                [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
                [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
                [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
            ],
            &cones.map(f64::cbrt),
        )
    }
}
