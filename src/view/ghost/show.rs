//! One frame of a comparison: copies go where the other side has their originals, and what is in
//! another state is marked.

use bevy::math::Affine3A;
use bevy::prelude::*;

use super::cast::{Cast, Link, MeshCopy, Node, Part, Transforms};
use super::geometry::{Original, inwards, stands_to};
use super::pair::{Difference, Pair};
use super::{Ghost, GhostPresentation, Pairs};
use crate::domain::asset::AssetId;
use crate::domain::binding::Binding;
use crate::domain::deviation::Degree;
use crate::project::Project;
use crate::view::camera::SceneCamera;
use crate::view::look::{Look, visible_assets};
use crate::view::motion::{Driven, PlantStep, stands};
use crate::view::overlay::{Side, SlotFlags, Slots};
use crate::view::parts::Targets;
use crate::view::present::{Applied, Signs, revealed, shows};
use crate::view::stage::Stage;

/// Carries what both sides say to copies and marks.
pub fn show(
    stage: Res<Stage>,
    targets: Res<Targets>,
    look: Res<Look>,
    step: Res<PlantStep>,
    ghosts: Res<GhostPresentation>,
    mut pairs: ResMut<Pairs>,
    mut cast: ResMut<Cast>,
    mut slots: ResMut<Slots>,
    originals: Transforms,
    mut copies: Query<(&mut Transform, &mut Visibility), (With<Ghost>, Without<SceneCamera>)>,
) {
    let (Some(project), Some(side)) = (&stage.project, cast.side) else { return };
    let cast = &mut *cast;
    let changed = std::mem::take(&mut pairs.changed);
    if changed {
        cast.hear(project, &targets, &pairs.pairs, &ghosts.degrees);
    }
    if changed || look.is_changed() {
        let visible = visible_assets(&project.assets, &look.hidden, look.isolated);
        for copy in &mut cast.copies {
            copy.in_sight = match copy.owner {
                Some(asset) => visible.get(asset.index()).copied().unwrap_or(true),
                None => look.isolated.is_none(),
            };
        }
    }
    for node in &mut cast.nodes {
        if let Ok((transform, driven)) = originals.get(node.entity) {
            node.step(step.0.as_secs_f64(), transform, driven);
        }
    }
    let mut restated = changed;
    for copy in &mut cast.copies {
        let links = cast.links.get(copy.links.clone()).unwrap_or_default();
        let (original_is, place) = copy.compare(links, &cast.nodes, &originals);
        restated |= original_is != copy.original_is;
        copy.original_is = original_is;
        let place = place.filter(|_| copy.in_sight);
        if !copy.shown && place.is_none() {
            continue;
        }
        copy.shown = place.is_some();
        if let Ok((mut transform, mut visibility)) = copies.get_mut(copy.entity) {
            visibility.set_if_neq(if copy.shown { Visibility::Inherited } else { Visibility::Hidden });
            if let Some(place) = place {
                transform.set_if_neq(place);
            }
        }
    }
    if restated {
        cast.mark(&mut slots, side);
    }
}

/// Joins both values of labels that differ.
pub fn join_texts(stage: Res<Stage>, targets: Res<Targets>, mut pairs: ResMut<Pairs>, mut signs: ResMut<Signs>) {
    if pairs.labels.is_empty() || stage.project.is_none() {
        return;
    }
    let Pairs { pairs, labels, .. } = &mut *pairs;
    for binding in labels.drain(..) {
        let (Some(pair), Some(Some(target))) = (pairs.get(binding as usize), targets.bindings.get(binding as usize))
        else {
            continue;
        };
        match pair.texts() {
            Some(both) => _ = signs.compared.insert(target.entity, both.into()),
            None => _ = signs.compared.remove(&target.entity),
        }
    }
}

impl Cast {
    /// Takes in what both sides say of each binding, and how far equipment is apart.
    fn hear(&mut self, project: &Project, targets: &Targets, pairs: &[Pair], degrees: &[(AssetId, Degree)]) {
        self.nodes.iter_mut().for_each(|node| node.visible = [true; 2]);
        for role in &self.roles {
            let binding = role.binding as usize;
            let (Some(node), Some(pair), Some(binding)) =
                (self.nodes.get_mut(role.node as usize), pairs.get(binding), project.bindings.get(binding))
            else {
                continue;
            };
            node.play(role.binding, &role.part, binding, pair);
        }
        self.degrees.fill(Degree::None);
        // Children come after their parents: what is known of a part counts more than what is known of the
        // whole.
        for (asset, degree) in degrees {
            for &slot in targets.slots_of(*asset) {
                if let Some(place) = self.degrees.get_mut(slot as usize) {
                    *place = *degree;
                }
            }
        }
        self.states.fill(Difference::None);
        for ((pair, binding), target) in pairs.iter().zip(&project.bindings).zip(&targets.bindings) {
            let difference = pair.difference();
            if matches!(difference, Difference::None | Difference::Place) {
                continue;
            }
            let own = target.as_ref().map_or(&[] as &[u32], |target| &target.slots);
            // A sign has no mesh: its equipment tells that it differs.
            let bearing = match binding.asset {
                Some(asset) if own.is_empty() => targets.slots_of(asset),
                _ => own,
            };
            for &slot in bearing {
                if let Some(state) = self.states.get_mut(slot as usize) {
                    *state = difference.max(*state);
                }
            }
        }
    }

    /// Marks meshes whose equipment deviates, that are in another state, or not there on the other side.
    fn mark(&mut self, slots: &mut Slots, side: Side) {
        // What looks different is marked, however near its signals are.
        let lines = |degree: Degree| SlotFlags::beside(side).with(SlotFlags::deviation(degree.max(Degree::Slight)));
        for ((mark, state), degree) in self.marks.iter_mut().zip(&self.states).zip(&self.degrees) {
            let differs = *state != Difference::None || *degree != Degree::None;
            *mark = if differs { lines(*degree) } else { SlotFlags::default() };
        }
        for copy in &self.copies {
            let slot = copy.original as usize;
            let (Some(mark), Some(state), Some(degree)) =
                (self.marks.get_mut(slot), self.states.get(slot), self.degrees.get(slot))
            else {
                continue;
            };
            // The copy tells already that it stands elsewhere, or moves at another speed.
            let told = || if *state == Difference::State { lines(*degree) } else { SlotFlags::default() };
            match copy.original_is {
                Original::Alike => {}
                Original::Apart => *mark = told(),
                Original::Around => *mark = told().with(SlotFlags::ENCLOSES),
                Original::Alone => *mark = lines(*degree),
            }
        }
        for (slot, mark) in self.marks.iter().enumerate() {
            slots.update(slot as u32, |slot| slot.flags = slot.flags.without(SlotFlags::COMPARED).with(*mark));
        }
    }
}

impl MeshCopy {
    /// How its original stands to it, and where it is to be drawn, if it is. `links` lead to it.
    fn compare(&self, links: &[Link], nodes: &[Node], originals: &Transforms) -> (Original, Option<Transform>) {
        let on_way = || links.iter().filter_map(|link| nodes.get(link.node? as usize));
        let [ours, theirs] = [0, 1].map(|side| on_way().all(|node| node.visible[side]));
        match (ours, theirs) {
            (_, false) => return (if ours { Original::Alone } else { Original::Alike }, None),
            (true, true) if !on_way().any(|node| node.moved) => return (Original::Alike, None),
            _ => {}
        }
        // None where the model was read again.
        let Some((here, there)) = worlds(links, nodes, originals) else { return (Original::Alike, None) };
        let original_is = if ours { stands_to(&self.bounds, &here, &there) } else { Original::Apart };
        let place =
            (original_is != Original::Alike).then(|| Transform::from_matrix((there * inwards(&self.bounds)).into()));
        (original_is, place)
    }
}

impl Node {
    fn play(&mut self, index: u32, part: &Part, binding: &Binding, pair: &Pair) {
        let sides = [pair.shown(), pair.other()];
        match part {
            Part::Moves => {
                let number = match pair.other() {
                    Some(Applied::Number(number)) => Some(*number),
                    _ => None,
                };
                if let Some(driven) = &mut self.driven {
                    driven.set(index, &binding.drive, number);
                }
            }
            Part::Shows => {
                for (visible, applied) in self.visible.iter_mut().zip(sides) {
                    *visible &= applied.is_none_or(shows);
                }
            }
            Part::Reveals { place, of } => {
                for (visible, applied) in self.visible.iter_mut().zip(sides) {
                    *visible &= applied.is_none_or(|applied| *place < revealed(applied, *of));
                }
            }
        }
    }

    /// Lets plant time go by on the other side. `transform` and `shown` are of the playhead's side.
    fn step(&mut self, seconds: f64, transform: &Transform, shown: Option<&Driven>) {
        let Some(driven) = &mut self.driven else { return };
        driven.step(seconds);
        if let Some(shown) = shown {
            driven.follow(shown);
        }
        if let Some(next) = driven.news() {
            self.place = next;
        }
        self.moved = !stands(transform, &self.place);
    }
}

/// Where a mesh stands on the playhead's side and on the other.
fn worlds(links: &[Link], nodes: &[Node], originals: &Transforms) -> Option<(Affine3A, Affine3A)> {
    links.iter().try_fold((Affine3A::IDENTITY, Affine3A::IDENTITY), |(ours, theirs), link| {
        let own = originals.get(link.entity).ok()?.0.compute_affine();
        let node = link.node.and_then(|node| nodes.get(node as usize)).filter(|node| node.moved);
        let other = node.map_or(own, |node| node.place.compute_affine());
        Some((ours * own, theirs * other))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bevy::camera::primitives::Aabb;
    use bevy::ecs::system::SystemState;

    use super::*;
    use crate::domain::binding::Drive;
    use crate::domain::rule::Rule;
    use crate::domain::scene::{NodeRef, SceneNodeId};
    use crate::view::present::Trust;

    const LEVEL: Drive = Drive::Level { axis: [0.0, 1.0, 0.0] };

    fn node(entity: Entity) -> Node {
        let driven = Some(Driven::standing(Transform::default()));
        Node { entity, driven, place: Transform::default(), moved: false, visible: [true; 2] }
    }

    fn play(node: &mut Node, part: &Part, drive: Drive, shown: f64, other: f64) {
        let rule = Arc::new(Rule::new("rule", []));
        let binding = Binding { node: NodeRef::whole(SceneNodeId(0)), asset: None, drive, rule, inputs: Vec::new() };
        let mut pair = Pair::default();
        pair.set_shown(&binding.drive, &Applied::Number(shown));
        pair.set_other(&binding.drive, Applied::Number(other), Trust::default());
        node.play(0, part, &binding, &pair);
    }

    #[test]
    fn a_node_is_moved_and_seen_on_each_side_as_that_side_says() {
        let mut tank = node(Entity::PLACEHOLDER);
        play(&mut tank, &Part::Moves, LEVEL, 0.8, 0.5);
        tank.step(0.0, &Transform::from_scale(Vec3::new(1.0, 0.8, 1.0)), None);
        assert_eq!((tank.place.scale, tank.moved), (Vec3::new(1.0, 0.5, 1.0), true));
        tank.step(0.0, &Transform::from_scale(Vec3::new(1.0, 0.5, 1.0)), None);
        assert!(!tank.moved);

        let seen = |part, drive, shown, other| {
            let mut node = node(Entity::PLACEHOLDER);
            play(&mut node, &part, drive, shown, other);
            node.visible
        };
        assert_eq!(seen(Part::Shows, Drive::Visibility, 0.0, 1.0), [false, true]);
        let third = |shown, other| seen(Part::Reveals { place: 2, of: 4 }, Drive::Reveal, shown, other);
        assert_eq!([third(0.5, 0.75), third(1.0, 0.25)], [[false, true], [true, false]]);
    }

    #[test]
    fn a_copy_is_drawn_where_the_original_is_elsewhere_or_not_seen() {
        let mut world = World::new();
        let entity = world.spawn(Transform::from_xyz(3.0, 0.0, 0.0)).id();
        let mut state = SystemState::<Transforms>::new(&mut world);
        let originals = state.get(&world).expect("a query");
        let links = [Link { entity, node: Some(0) }];
        let bounds = Aabb::from_min_max(Vec3::splat(-0.5), Vec3::splat(0.5));
        let copy = MeshCopy {
            entity: Entity::PLACEHOLDER,
            original: 1,
            links: 0..1,
            bounds,
            owner: None,
            in_sight: true,
            shown: false,
            original_is: Original::Alike,
        };
        let compare = |visible, metres: f32| {
            let place = Transform::from_xyz(3.0 + metres, 0.0, 0.0);
            let node = Node { visible, place, moved: metres != 0.0, ..node(entity) };
            let (original_is, place) = copy.compare(&links, &[node], &originals);
            (original_is, place.map(|place| place.translation.x.round()))
        };
        assert_eq!(compare([true, true], 0.0), (Original::Alike, None));
        assert_eq!(compare([true, true], 2.0), (Original::Apart, Some(5.0)));
        assert_eq!(compare([true, false], 2.0), (Original::Alone, None));
        assert_eq!(compare([false, true], 0.0), (Original::Apart, Some(3.0)));
        assert_eq!(compare([false, false], 2.0), (Original::Alike, None));
    }
}
