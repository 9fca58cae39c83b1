//! Outcomes of bindings become looks: slots, transforms, signs, texts.
//!
//! `app` pushes what its evaluation found, changed bindings only; the systems here carry it to where
//! it is seen. Several bindings may touch one mesh: the later one in the project wins for colour and
//! opacity, and the worst trust of all of them is what the pattern shows.

use std::collections::HashMap;
use std::sync::Arc;

use bevy::prelude::*;

use super::TwinSystems;
use super::animation::Clip;
use super::indicator::Indicator;
use super::motion::Driven;
use super::overlay::{Slot, SlotFlags, Slots};
use super::parts::Targets;
use super::stage::Stage;
use crate::domain::binding::{Binding, Drive};
use crate::domain::colour::Rgba;
use crate::domain::rule::Icon;

/// What a rule said, owned.
#[derive(Clone, PartialEq, Debug)]
pub enum Applied {
    /// The rule did not decide: as modelled.
    Nothing,
    Colour(Rgba),
    Opacity(f32),
    Icon(Icon),
    Number(f64),
    Text(Arc<str>),
}

/// How far the inputs of a binding can be trusted.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Trust {
    pub uncertain: bool,
    pub bad: bool,
    pub stale: bool,
    /// 0 just stale, 1 long stale.
    pub fade: f32,
}

/// Outcomes on their way to the screen.
#[derive(Resource, Default)]
pub struct Presentation {
    pending: Vec<(u32, Applied, Trust)>,
}

impl Presentation {
    /// Says what a binding of the project, by its number, comes to.
    pub fn push(&mut self, binding: usize, applied: Applied, trust: Trust) {
        self.pending.push((binding as u32, applied, trust));
    }

    /// Outcomes that are not shown yet.
    pub(super) fn pending(&self) -> &[(u32, Applied, Trust)] {
        &self.pending
    }

    /// Outcomes since the last call, as they were pushed.
    pub fn drain(&mut self) -> vec::Drain<'_, (u32, Applied, Trust)> {
        self.pending.drain(..)
    }
}

/// Signs and texts at nodes, as the rules last said.
#[derive(Resource, Default)]
pub struct Signs {
    pub icons: HashMap<Entity, Icon>,
    pub texts: HashMap<Entity, Arc<str>>,
    /// In the place of a text that reads differently on the other side of a comparison: both.
    pub compared: HashMap<Entity, Arc<str>>,
}

/// What each binding gives its slots, and which bindings touch a slot.
#[derive(Resource, Default)]
pub(super) struct Layers {
    generation: u32,
    by_binding: Vec<Layer>,
    /// Bindings that touch slot 0, then those of slot 1, ..., each in the order of the project.
    on_slots: Vec<u32>,
    /// Where the bindings of each slot begin in `on_slots`, and where the last end.
    begins: Vec<u32>,
}

impl Layers {
    fn new(generation: u32, targets: &Targets, slot_count: usize) -> Self {
        let touches = || {
            let targets = targets.bindings.iter().enumerate();
            targets.flat_map(|(binding, target)| {
                target.iter().flat_map(|target| &target.slots).map(move |slot| (*slot as usize, binding as u32))
            })
        };
        let mut begins = vec![0; slot_count + 1];
        touches().for_each(|(slot, _)| begins[slot + 1] += 1);
        for slot in 0..slot_count {
            begins[slot + 1] += begins[slot];
        }
        let mut free = begins.clone();
        let mut on_slots = vec![0; begins[slot_count] as usize];
        for (slot, binding) in touches() {
            on_slots[free[slot] as usize] = binding;
            free[slot] += 1;
        }
        let by_binding = vec![Layer::default(); targets.bindings.len()];
        Self { generation, by_binding, on_slots, begins }
    }

    /// What the bindings of a slot give it, the first of the project first.
    fn on(&self, slot: u32) -> impl Iterator<Item = &Layer> {
        let begin = |slot: usize| self.begins.get(slot).map(|begin| *begin as usize);
        let range = begin(slot as usize).zip(begin(slot as usize + 1)).map_or(0..0, |(from, to)| from..to);
        let bindings = self.on_slots.get(range).into_iter().flatten();
        bindings.filter_map(|binding| self.by_binding.get(*binding as usize))
    }
}

#[derive(Clone, Copy, PartialEq, Default)]
struct Layer {
    colour: Option<Rgba>,
    opacity: Option<f32>,
    trust: Trust,
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Presentation>()
        .init_resource::<Signs>()
        .init_resource::<Layers>()
        .add_systems(Update, (forget_old, present).chain().in_set(TwinSystems::Present));
}

fn forget_old(
    stage: Res<Stage>,
    targets: Res<Targets>,
    slots: Res<Slots>,
    mut layers: ResMut<Layers>,
    mut signs: ResMut<Signs>,
) {
    if layers.generation == stage.generation {
        return;
    }
    *layers = Layers::new(stage.generation, &targets, slots.len());
    *signs = Signs::default();
}

pub(super) fn present(
    stage: Res<Stage>,
    targets: Res<Targets>,
    mut presentation: ResMut<Presentation>,
    mut layers: ResMut<Layers>,
    mut slots: ResMut<Slots>,
    mut signs: ResMut<Signs>,
    mut driven: Query<&mut Driven>,
    mut clips: Query<&mut Clip>,
    mut indicators: Query<&mut Indicator>,
    mut shown: Query<&mut Visibility>,
    children: Query<&Children>,
    mut commands: Commands,
) {
    let Some(project) = &stage.project else { return };
    for (index, applied, trust) in presentation.drain() {
        let index = index as usize;
        let (Some(binding), Some(Some(target))) = (project.bindings.get(index), targets.bindings.get(index)) else {
            continue;
        };
        if let Some(layer) = layers.by_binding.get_mut(index) {
            let next = layer_of(binding, &applied, trust);
            if *layer != next {
                *layer = next;
                for &slot in &target.slots {
                    slots.update(slot, |look| compose(look, layers.on(slot)));
                }
            }
        }
        match (&binding.drive, &applied) {
            (Drive::Icon, Applied::Icon(icon)) => {
                signs.icons.insert(target.entity, icon.clone());
            }
            (Drive::Icon, _) => {
                signs.icons.remove(&target.entity);
            }
            (Drive::Label, applied) => match text_of(applied) {
                Some(text) => _ = signs.texts.insert(target.entity, text),
                None => _ = signs.texts.remove(&target.entity),
            },
            (Drive::Visibility, applied) => set_visible(&mut shown, target.entity, shows(applied)),
            (Drive::Reveal, applied) => {
                let parts = children.get(target.entity).map_or(&[] as &[Entity], |children| &**children);
                let count = revealed(applied, parts.len());
                for (place, &part) in parts.iter().enumerate() {
                    set_visible(&mut shown, part, place < count);
                }
            }
            (Drive::Rotation { .. } | Drive::Translation { .. } | Drive::Level { .. }, applied) => {
                let number = if let Applied::Number(number) = applied { Some(*number) } else { None };
                match driven.get_mut(target.entity) {
                    Ok(mut driven) => driven.set(index as u32, &binding.drive, number),
                    Err(_) => {
                        commands.entity(target.entity).queue(Driven::begin(
                            index as u32,
                            binding.drive.clone(),
                            number,
                        ));
                    }
                }
            }
            (Drive::Animation { clip, motion }, Applied::Number(number)) => match clips.get_mut(target.entity) {
                Ok(mut playing) if playing.name == *clip => playing.set(*motion, *number),
                _ => {
                    commands.entity(target.entity).insert(Clip::new(clip, *motion, *number));
                }
            },
            (Drive::Flow, applied) => {
                let speed = if let Applied::Number(number) = applied { *number } else { 0.0 };
                match indicators.get_mut(target.entity) {
                    Ok(mut indicator) => indicator.speed_m_per_s = speed,
                    Err(_) => {
                        let slots = target.slots.clone();
                        commands.entity(target.entity).insert(Indicator::on_surface(slots, speed));
                    }
                }
            }
            (Drive::FlowForeground | Drive::FlowBackground, applied) => {
                if let Ok(mut indicator) = indicators.get_mut(target.entity) {
                    let colour = if let Applied::Colour(colour) = applied { Some(*colour) } else { None };
                    indicator.set_colour(matches!(binding.drive, Drive::FlowBackground), colour);
                }
            }
            (Drive::Colour | Drive::Opacity | Drive::Animation { .. }, _) => {}
        }
    }
}

/// The text of a label; none where there is nothing to write.
pub(super) fn text_of(applied: &Applied) -> Option<Arc<str>> {
    match applied {
        Applied::Text(text) => Some(text.clone()),
        Applied::Number(number) => Some(format!("{number:.1}").into()),
        _ => None,
    }
}

/// Whether a node that is shown or not is shown.
pub(super) fn shows(applied: &Applied) -> bool {
    !matches!(applied, Applied::Number(number) if *number == 0.0)
}

/// How many of a node's parts are shown.
pub(super) fn revealed(applied: &Applied, parts: usize) -> usize {
    let fraction = if let Applied::Number(number) = applied { number.clamp(0.0, 1.0) } else { 1.0 };
    (fraction * parts as f64).ceil() as usize
}

fn set_visible(shown: &mut Query<&mut Visibility>, entity: Entity, visible: bool) {
    if let Ok(mut visibility) = shown.get_mut(entity) {
        visibility.set_if_neq(if visible { Visibility::Inherited } else { Visibility::Hidden });
    }
}

fn layer_of(binding: &Binding, applied: &Applied, trust: Trust) -> Layer {
    let mut layer = Layer { trust, ..Layer::default() };
    match (&binding.drive, applied) {
        (Drive::Colour, Applied::Colour(colour)) => {
            layer.colour = Some(*colour);
            layer.opacity = (colour.a < 1.0).then_some(colour.a);
        }
        (Drive::Colour | Drive::Opacity, Applied::Opacity(opacity)) => layer.opacity = Some(*opacity),
        (Drive::Opacity, Applied::Number(number)) => layer.opacity = Some(number.clamp(0.0, 1.0) as f32),
        _ => {}
    }
    layer
}

fn compose<'a>(slot: &mut Slot, layers: impl Iterator<Item = &'a Layer>) {
    let (mut colour, mut opacity, mut trust) = (None, None, Trust::default());
    for layer in layers {
        colour = layer.colour.or(colour);
        opacity = layer.opacity.or(opacity);
        trust.uncertain |= layer.trust.uncertain;
        trust.bad |= layer.trust.bad;
        trust.stale |= layer.trust.stale;
        trust.fade = trust.fade.max(layer.trust.fade);
    }
    slot.colour = colour.map_or([0.0; 4], Slot::colour_from);
    slot.opacity = opacity.unwrap_or(1.0);
    slot.fade = trust.fade;
    let marks = [(trust.uncertain, SlotFlags::UNCERTAIN), (trust.bad, SlotFlags::BAD), (trust.stale, SlotFlags::STALE)];
    slot.flags = marks
        .into_iter()
        .filter(|(set, _)| *set)
        .fold(slot.flags.without(SlotFlags::TRUST), |flags, (_, flag)| flags.with(flag));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::parts::Target;

    #[test]
    fn each_slot_has_the_layers_of_its_bindings_in_their_order() {
        let target = |slots: &[u32]| Some(Target { entity: Entity::PLACEHOLDER, slots: slots.to_vec() });
        let mut targets = Targets::default();
        targets.bindings = vec![target(&[3, 1]), None, target(&[]), target(&[1])];
        let mut layers = Layers::new(1, &targets, 4);
        for (binding, layer) in layers.by_binding.iter_mut().enumerate() {
            layer.opacity = Some(binding as f32);
        }
        let on = |slot| layers.on(slot).filter_map(|layer| layer.opacity).collect::<Vec<_>>();
        assert_eq!([0, 1, 2, 3, 99].map(on), [vec![], vec![0.0, 3.0], vec![], vec![0.0], vec![]]);
    }

    #[test]
    fn later_colours_win_and_the_worst_trust_shows() {
        let red = Layer { colour: Some(Rgba::from_hex(0xff0000)), ..Layer::default() };
        let faint = Layer {
            opacity: Some(0.5),
            trust: Trust { stale: true, fade: 0.25, ..Trust::default() },
            ..Layer::default()
        };
        let doubtful = Layer { trust: Trust { uncertain: true, ..Trust::default() }, ..Layer::default() };
        let mut slot = Slot::NEUTRAL;
        slot.flags = SlotFlags::SELECTED.with(SlotFlags::BAD);
        compose(&mut slot, [red, faint, doubtful].iter());
        assert_eq!((slot.colour, slot.opacity, slot.fade), ([1.0, 0.0, 0.0, 1.0], 0.5, 0.25));
        let expected = SlotFlags::SELECTED.with(SlotFlags::STALE).with(SlotFlags::UNCERTAIN);
        assert_eq!(slot.flags, expected);
        compose(&mut slot, [].iter());
        assert_eq!((slot.colour, slot.opacity, slot.flags), ([0.0; 4], 1.0, SlotFlags::SELECTED));
    }
}
