//! What people look at, as the view shows it: selection, hover, hiding, x-ray, ghosts, alarms.
//!
//! `app` writes the `Look`; here it becomes visibility of nodes and attention bits of slots.

use std::collections::{HashMap, HashSet};

use bevy::mesh::MeshTag;
use bevy::prelude::*;

use super::TwinSystems;
use super::ghost::Ghost;
use super::overlay::{SlotFlags, Slots};
use super::parts::Targets;
use super::present::present;
use super::stage::Stage;
use crate::domain::alarm::{AlarmState, Priority};
use crate::domain::asset::{AssetId, AssetTree};
use crate::domain::command::Theme;

/// What people look at. Written by `app/commands.rs` and the alarm step.
#[derive(Resource, Clone, PartialEq, Default, Debug)]
pub struct Look {
    pub selection: Option<AssetId>,
    pub hovered: Option<AssetId>,
    /// Hidden with everything below.
    pub hidden: HashSet<AssetId>,
    /// Only this and what is below is shown.
    pub isolated: Option<AssetId>,
    /// Walls fade and equipment is half see-through, but for the selection.
    pub xray: bool,
    /// Everything but the selection is a faint ghost; nothing happens without a selection.
    pub ghost_others: bool,
    pub labels: bool,
    /// Worst alarm of each asset that has one.
    pub alarms: HashMap<AssetId, (Priority, AlarmState)>,
    /// The playhead stands in a simulated future.
    pub simulated: bool,
    pub theme: Theme,
}

impl Look {
    /// Goes on looking at the same equipment in another tree, by path; what is not there any more is
    /// forgotten.
    pub fn follow(&mut self, before: &AssetTree, after: &AssetTree) {
        let same = |id: AssetId| after.by_path(&before.get(id)?.path);
        self.selection = self.selection.and_then(same);
        self.hovered = None;
        self.isolated = self.isolated.and_then(same);
        self.hidden = self.hidden.iter().copied().filter_map(same).collect();
        self.alarms.clear();
    }

    /// Brings an asset back: whatever hid it no longer does.
    pub fn show(&mut self, asset: AssetId, assets: &AssetTree) {
        let chain = std::iter::successors(Some(asset), |id| assets.get(*id)?.parent);
        chain.for_each(|id| _ = self.hidden.remove(&id));
        if !visible_assets(assets, &self.hidden, self.isolated).get(asset.index()).copied().unwrap_or(true) {
            self.isolated = None;
        }
    }

    /// Everything that is out of sight, by hiding or because something else is isolated. The way to
    /// what is isolated is not among it.
    pub fn out_of_sight(&self, assets: &AssetTree) -> HashSet<AssetId> {
        let visible = visible_assets(assets, &self.hidden, self.isolated);
        let above: HashSet<AssetId> =
            std::iter::successors(self.isolated, |id| assets.get(*id)?.parent).skip(1).collect();
        assets.iter().map(|(id, _)| id).filter(|id| !visible[id.index()] && !above.contains(id)).collect()
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Look>().add_systems(Update, (mark_slots, hide).after(present).in_set(TwinSystems::Present));
}

pub(super) fn mark_slots(look: Res<Look>, targets: Res<Targets>, stage: Res<Stage>, mut slots: ResMut<Slots>) {
    if !look.is_changed() && !targets.is_changed() {
        return;
    }
    let Some(project) = &stage.project else { return };
    let mut rest = SlotFlags::default();
    if look.xray || (look.ghost_others && look.selection.is_some()) {
        rest = rest.with(SlotFlags::GHOST);
    }
    if look.simulated {
        rest = rest.with(SlotFlags::SIMULATED);
    }
    let mut flags = vec![rest; slots.len()];
    if look.xray && !look.ghost_others {
        // Walls and floor fade; equipment stays, and lets the eye in.
        for slot in project.assets.iter().flat_map(|(asset, _)| targets.slots_of(asset)) {
            flags[*slot as usize] = rest.without(SlotFlags::GHOST).with(SlotFlags::XRAY);
        }
    }
    for (&asset, (priority, state)) in look.alarms.iter().filter(|(_, (_, state))| state.active()) {
        let mut mark = SlotFlags::alarm(*priority as u32);
        if state.unacknowledged() {
            mark = mark.with(SlotFlags::UNACKNOWLEDGED);
        }
        for &slot in targets.slots_of(asset) {
            flags[slot as usize] = flags[slot as usize].with(mark);
        }
    }
    for (asset, mark) in [(look.selection, SlotFlags::SELECTED), (look.hovered, SlotFlags::HOVERED)] {
        for &slot in
            asset.into_iter().flat_map(|asset| project.assets.subtree(asset)).flat_map(|id| targets.slots_of(id))
        {
            let place = &mut flags[slot as usize];
            *place = place.with(mark);
            if mark == SlotFlags::SELECTED {
                *place = place.without(SlotFlags::GHOST.with(SlotFlags::XRAY));
            }
        }
    }
    for (slot, mark) in flags.into_iter().enumerate() {
        slots.update(slot as u32, |slot| slot.flags = slot.flags.without(SlotFlags::ATTENTION).with(mark));
    }
}

pub(super) fn hide(
    look: Res<Look>,
    targets: Res<Targets>,
    stage: Res<Stage>,
    mut shown: Query<&mut Visibility>,
    meshes: Query<Entity, (With<MeshTag>, Without<Ghost>)>,
    parents: Query<&ChildOf>,
    mut before: Local<(HashSet<AssetId>, Option<AssetId>)>,
) {
    let state = (look.hidden.clone(), look.isolated);
    if *before == state && !targets.is_changed() {
        return;
    }
    *before = state;
    let Some(project) = &stage.project else { return };
    let visible = visible_assets(&project.assets, &look.hidden, look.isolated);
    for entity in &meshes {
        let owner = targets.owner_of(entity, &parents);
        let show = match owner {
            Some(asset) => visible.get(asset.index()).copied().unwrap_or(true),
            // The hall and everything else that is no equipment goes when something is isolated.
            None => look.isolated.is_none(),
        };
        if let Ok(mut visibility) = shown.get_mut(entity) {
            visibility.set_if_neq(if show { Visibility::Inherited } else { Visibility::Hidden });
        }
    }
}

/// For each asset, whether it is shown: neither hidden itself nor by an ancestor, and at or below
/// the isolated one where there is one.
pub(super) fn visible_assets(assets: &AssetTree, hidden: &HashSet<AssetId>, isolated: Option<AssetId>) -> Vec<bool> {
    // Parents stand before their children.
    let mut inside = vec![isolated.is_none(); assets.len()];
    let mut visible = vec![false; assets.len()];
    for (id, asset) in assets.iter() {
        let parent = asset.parent.map(AssetId::index);
        inside[id.index()] |= isolated == Some(id) || parent.is_some_and(|parent| inside[parent]);
        let parent_hidden = parent.is_some_and(|parent| hidden_above(assets, hidden, AssetId(parent as u32)));
        visible[id.index()] = inside[id.index()] && !hidden.contains(&id) && !parent_hidden;
    }
    visible
}

fn hidden_above(assets: &AssetTree, hidden: &HashSet<AssetId>, from: AssetId) -> bool {
    std::iter::successors(Some(from), |id| assets.get(*id)?.parent).any(|id| hidden.contains(&id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hiding_and_isolating_reach_down_the_tree() {
        let mut assets = AssetTree::default();
        let line = assets.add_path("line");
        let filler = assets.add_path("line/filler");
        let bowl = assets.add_path("line/filler/bowl");
        let capper = assets.add_path("line/capper");
        let names = |hidden: &[Option<AssetId>], isolated| {
            let hidden = hidden.iter().flatten().copied().collect();
            let visible = visible_assets(&assets, &hidden, isolated);
            [line, filler, bowl, capper].map(|id| id.is_some_and(|id| visible[id.index()]))
        };
        assert_eq!(names(&[], None), [true; 4]);
        assert_eq!(names(&[filler], None), [true, false, false, true]);
        assert_eq!(names(&[], filler), [false, true, true, false]);
        assert_eq!(names(&[bowl], filler), [false, true, false, false]);
    }

    #[test]
    fn the_same_equipment_is_looked_at_in_a_changed_tree() {
        let (mut before, mut after) = (AssetTree::default(), AssetTree::default());
        let [_, filler] = ["line", "line/filler"].map(|path| before.add_path(path));
        let capper = before.add_path("line/capper");
        after.add_path("hall");
        let moved = after.add_path("line/filler");
        let mut look =
            Look { selection: filler, isolated: capper, hidden: filler.into_iter().collect(), ..Look::default() };
        look.follow(&before, &after);
        assert_eq!((look.selection, look.isolated), (moved, None));
        assert_eq!(look.hidden, moved.into_iter().collect());
    }

    #[test]
    fn showing_one_undoes_what_hid_it() {
        let mut assets = AssetTree::default();
        let [line, filler, bowl] =
            ["line", "line/filler", "line/filler/bowl"].map(|path| assets.add_path(path).expect("a path"));
        let capper = assets.add_path("line/capper").expect("a path");
        let mut look = Look { hidden: [filler, capper].into(), isolated: Some(capper), ..Look::default() };
        assert_eq!(look.out_of_sight(&assets), [filler, bowl, capper].into());
        look.show(bowl, &assets);
        assert_eq!((look.hidden.clone(), look.isolated), ([capper].into(), None));
        assert_eq!(look.out_of_sight(&assets), [capper].into());
        assert!(assets.get(line).is_some());
    }
}
