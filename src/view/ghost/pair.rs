//! What both sides of a comparison say of one binding, and whether that looks different.

use crate::domain::binding::{Drive, Motion};
use crate::domain::colour::Rgba;
use crate::view::motion::agree;
use crate::view::present::{Applied, Trust, text_of};

/// The last outcomes of one binding.
#[derive(Clone, Default, Debug)]
pub struct Pair {
    shown: Option<Applied>,
    /// None where the other side knows nothing that can be trusted: that is no difference.
    other: Option<Applied>,
    difference: Difference,
}

/// How the look of a node differs, and so how that is drawn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug)]
pub enum Difference {
    /// Nothing is drawn.
    #[default]
    None,
    /// It stands elsewhere, has another size, or is not there: a copy stands where the other side
    /// has it.
    Place,
    /// It moves at another speed: a copy drifts away, and until then the mesh is marked.
    Speed,
    /// The same thing at the same place in another state: the mesh is marked.
    State,
}

/// Colours and opacities that are nearer than this, of 0..=1, look alike.
const ALIKE: f32 = 8.0 / 255.0;

impl Pair {
    /// Notes what the playhead's side says; true where that is news.
    pub fn set_shown(&mut self, drive: &Drive, applied: &Applied) -> bool {
        let news = self.shown.as_ref() != Some(applied);
        if news {
            self.shown = Some(applied.clone());
            self.difference = self.compare(drive);
        }
        news
    }

    /// Notes what the other side says; true where that is news.
    pub fn set_other(&mut self, drive: &Drive, applied: Applied, trust: Trust) -> bool {
        let known = Some(applied).filter(|_| !trust.stale && !trust.bad);
        let news = self.other != known;
        if news {
            self.other = known;
            self.difference = self.compare(drive);
        }
        news
    }

    pub fn shown(&self) -> Option<&Applied> {
        self.shown.as_ref()
    }

    /// What the other side says; where it knows nothing, it stands as what is shown.
    pub fn other(&self) -> Option<&Applied> {
        self.other.as_ref().or(self.shown.as_ref())
    }

    pub fn difference(&self) -> Difference {
        self.difference
    }

    fn compare(&self, drive: &Drive) -> Difference {
        let (Some(shown), Some(other)) = (&self.shown, &self.other) else { return Difference::None };
        let same = match drive {
            Drive::Label => text_of(shown) == text_of(other),
            _ => alike(shown, other),
        };
        match drive {
            _ if same => Difference::None,
            Drive::Rotation { motion: Motion::Rate, .. } | Drive::Translation { motion: Motion::Rate, .. } => {
                Difference::Speed
            }
            Drive::Rotation { .. }
            | Drive::Translation { .. }
            | Drive::Level { .. }
            | Drive::Visibility
            | Drive::Reveal => Difference::Place,
            Drive::Colour
            | Drive::Opacity
            | Drive::Icon
            | Drive::Label
            | Drive::Flow
            | Drive::FlowForeground
            | Drive::FlowBackground
            | Drive::Animation { .. } => Difference::State,
        }
    }

    /// Both texts of a label that differs, the shown one first.
    pub fn texts(&self) -> Option<String> {
        let (shown, other) = (text_of(self.shown.as_ref()?)?, text_of(self.other.as_ref()?)?);
        (shown != other).then(|| format!("{shown} | {other}"))
    }
}

fn alike(one: &Applied, other: &Applied) -> bool {
    let near = |one: f32, other: f32| (one - other).abs() < ALIKE;
    match (one, other) {
        (Applied::Number(one), Applied::Number(other)) => agree(*one, *other),
        (Applied::Opacity(one), Applied::Opacity(other)) => near(*one, *other),
        (Applied::Colour(one), Applied::Colour(other)) => {
            let channels = |colour: &Rgba| [colour.r, colour.g, colour.b, colour.a];
            channels(one).into_iter().zip(channels(other)).all(|(one, other)| near(one, other))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURN: Drive = Drive::Rotation { axis: [0.0, 1.0, 0.0], motion: Motion::Position };
    const SPIN: Drive = Drive::Rotation { axis: [0.0, 1.0, 0.0], motion: Motion::Rate };

    fn pair(drive: &Drive, shown: Applied, other: Applied) -> Pair {
        let mut pair = Pair::default();
        assert!(pair.set_shown(drive, &shown) && pair.set_other(drive, other, Trust::default()));
        pair
    }

    fn numbers(drive: &Drive, shown: f64, other: f64) -> Pair {
        pair(drive, Applied::Number(shown), Applied::Number(other))
    }

    #[test]
    fn each_drive_differs_in_its_own_way() {
        let clip = Drive::Animation { clip: "open".to_owned(), motion: Motion::Position };
        let found =
            [TURN, Drive::Level { axis: [0.0, 1.0, 0.0] }, Drive::Reveal, SPIN, Drive::Flow, clip, Drive::Label]
                .map(|drive| numbers(&drive, 10.0, 20.0).difference());
        use Difference::{Place, Speed, State};
        assert_eq!(found, [Place, Place, Place, Speed, State, State, State]);
    }

    #[test]
    fn what_nobody_would_see_is_no_difference() {
        assert_eq!(numbers(&SPIN, 600.0, 601.0).difference(), Difference::None);
        assert_eq!(numbers(&SPIN, 600.0, 612.0).difference(), Difference::Speed);
        assert_eq!(numbers(&SPIN, 0.0, 0.0).difference(), Difference::None);
        let colours = |one, other| {
            let [one, other] = [one, other].map(|hex| Applied::Colour(Rgba::from_hex(hex)));
            pair(&Drive::Colour, one, other).difference()
        };
        assert_eq!(colours(0x808080, 0x828080), Difference::None);
        assert_eq!(colours(0x808080, 0x908080), Difference::State);
        let as_modelled = pair(&Drive::Colour, Applied::Nothing, Applied::Colour(Rgba::WHITE));
        assert_eq!(as_modelled.difference(), Difference::State);
    }

    #[test]
    fn a_side_that_knows_nothing_does_not_differ() {
        let unknown = Trust { stale: true, fade: 1.0, ..Trust::default() };
        let mut pair = numbers(&TURN, 10.0, 20.0);
        assert!(pair.set_other(&TURN, Applied::Number(30.0), unknown));
        let bad = Trust { bad: true, ..Trust::default() };
        assert!(!pair.set_other(&TURN, Applied::Nothing, bad), "unknown as before");
        assert_eq!(pair.difference(), Difference::None);
        assert_eq!(pair.other(), Some(&Applied::Number(10.0)), "it stands as what is shown");
        assert_eq!(Pair::default().difference(), Difference::None);
    }

    #[test]
    fn labels_show_both_values_where_they_read_differently() {
        assert_eq!(numbers(&Drive::Label, 612.0, 598.0).texts().as_deref(), Some("612.0 | 598.0"));
        assert_eq!(numbers(&Drive::Label, 612.01, 612.02).texts(), None);
        assert_eq!(numbers(&Drive::Label, 612.01, 612.02).difference(), Difference::None);
        assert_eq!(numbers(&Drive::Label, 0.1, 0.2).difference(), Difference::State);
    }
}
