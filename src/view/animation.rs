//! Animation clips of glTF models, driven by signals: as a place in the clip, or as a speed.

use bevy::prelude::*;

use super::TwinSystems;
use super::motion::PlantStep;
use super::present::present;
use super::stage::ModelRoot;
use crate::domain::binding::Motion;

/// A clip that a binding plays at its node.
#[derive(Component)]
pub struct Clip {
    pub name: String,
    motion: Motion,
    number: f64,
    /// Seconds into the clip.
    place: f64,
    /// The player below the node, once it was found.
    player: Option<(Entity, AnimationNodeIndex, f64)>,
}

impl Clip {
    pub fn new(name: &str, motion: Motion, number: f64) -> Self {
        Self { name: name.to_owned(), motion, number, place: 0.0, player: None }
    }

    pub fn set(&mut self, motion: Motion, number: f64) {
        self.motion = motion;
        self.number = number;
    }

    fn step(&mut self, seconds: f64) {
        match self.motion {
            Motion::Position => self.place = self.number,
            Motion::Rate => self.place += self.number * seconds,
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (start, play).chain().after(present).in_set(TwinSystems::Present));
}

fn start(
    mut clips: Query<(Entity, &mut Clip)>,
    children: Query<&Children>,
    parents: Query<&ChildOf>,
    players: Query<(), With<AnimationPlayer>>,
    roots: Query<&ModelRoot>,
    gltfs: Res<Assets<Gltf>>,
    animations: Res<Assets<AnimationClip>>,
    mut graphs: ResMut<Assets<AnimationGraph>>,
    mut commands: Commands,
) {
    for (entity, mut clip) in clips.iter_mut().filter(|(_, clip)| clip.player.is_none()) {
        let family =
            || std::iter::once(entity).chain(children.iter_descendants(entity)).chain(parents.iter_ancestors(entity));
        let model = family().find_map(|entity| roots.get(entity).ok());
        let player = family().find(|entity| players.contains(*entity));
        let handle = model.and_then(|model| gltfs.get(&model.gltf)?.named_animations.get(clip.name.as_str()));
        let (Some(player), Some(handle)) = (player, handle) else { continue };
        let Some(duration) = animations.get(handle).map(AnimationClip::duration) else { continue };
        let (graph, node) = AnimationGraph::from_clip(handle.clone());
        commands.entity(player).insert(AnimationGraphHandle(graphs.add(graph)));
        clip.player = Some((player, node, f64::from(duration)));
    }
}

fn play(step: Res<PlantStep>, mut clips: Query<&mut Clip>, mut players: Query<&mut AnimationPlayer>) {
    for mut clip in &mut clips {
        clip.step(step.0.as_secs_f64());
        let Some((player, node, duration)) = clip.player.filter(|(_, _, duration)| *duration > 0.0) else { continue };
        let Ok(mut player) = players.get_mut(player) else {
            // The model was read again.
            clip.player = None;
            continue;
        };
        let place = clip.place.rem_euclid(duration) as f32;
        player.play(node).pause().seek_to(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_stands_where_it_is_told_or_runs() {
        let mut clip = Clip::new("open", Motion::Position, 0.75);
        clip.step(10.0);
        assert_eq!(clip.place, 0.75);
        clip.set(Motion::Rate, 2.0);
        clip.step(0.5);
        assert_eq!(clip.place, 1.75);
    }
}
