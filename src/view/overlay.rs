//! One storage buffer that says how every mesh looks: the CPU side of `shaders/status.wgsl`.
//!
//! Each mesh that data can touch has a slot, named by its `MeshTag`. Changing a slot patches 32
//! bytes; the buffer goes to the GPU once a frame, and only when something changed. Materials are
//! never cloned per mesh, so meshes that share mesh and source material stay one draw.

use bevy::asset::RenderAssetUsages;
use bevy::mesh::MeshVertexBufferLayoutRef;
use bevy::pbr::{ExtendedMaterial, MaterialExtension, MaterialExtensionKey, MaterialExtensionPipeline};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError};
use bevy::render::storage::ShaderBuffer;
use bevy::shader::ShaderRef;

use super::TwinSystems;
use super::indicator::IndicatorMaterial;
use crate::domain::colour::Rgba;
use crate::domain::deviation::Degree;

/// A glTF material with the overlay on top.
pub type StatusMaterial = ExtendedMaterial<StandardMaterial, StatusOverlay>;

/// The overlay's part of the material: the one buffer that all share.
#[derive(Asset, AsBindGroup, Reflect, Debug, Clone)]
#[bind_group_data(StatusKey)]
pub struct StatusOverlay {
    #[storage(100, read_only)]
    pub slots: Handle<ShaderBuffer>,
    /// Diffuse light only, for software rendering.
    pub plain: bool,
}

/// What makes another pipeline of the same material.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusKey {
    plain: bool,
}

impl From<&StatusOverlay> for StatusKey {
    fn from(overlay: &StatusOverlay) -> Self {
        Self { plain: overlay.plain }
    }
}

impl MaterialExtension for StatusOverlay {
    fn fragment_shader() -> ShaderRef {
        "embedded://twinscope/status.wgsl".into()
    }

    fn specialize(
        _: &MaterialExtensionPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _: &MeshVertexBufferLayoutRef,
        key: MaterialExtensionKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        if key.bind_group_data.plain
            && let Some(fragment) = &mut descriptor.fragment
        {
            fragment.shader_defs.push("PLAIN_LIGHT".into());
        }
        Ok(())
    }
}

/// How one mesh looks. The layout is that of `Slot` in the shaders.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Slot {
    /// Linear rgb; the last is how much of it replaces the mesh's own colour, 0..=1.
    pub colour: [f32; 4],
    /// 0..=1.
    pub opacity: f32,
    pub flags: SlotFlags,
    /// 0 fresh, 1 long stale.
    pub fade: f32,
    /// Metres that the flow arrows have moved.
    pub flow: f32,
}

/// Bits of a slot; the values are repeated in `status.wgsl` and `ghost.wgsl`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct SlotFlags(u32);

/// What lies beside the playhead's side; the values are repeated in `ghost.wgsl`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Measured = 1,
    Recorded = 2,
    /// Simulated or predicted.
    Computed = 3,
}

impl SlotFlags {
    pub const UNCERTAIN: Self = Self(1);
    pub const BAD: Self = Self(2);
    pub const STALE: Self = Self(4);
    pub const HOVERED: Self = Self(8);
    pub const SELECTED: Self = Self(16);
    pub const GHOST: Self = Self(32);
    pub const FLOW: Self = Self(64);
    pub const SIMULATED: Self = Self(128);
    pub const UNACKNOWLEDGED: Self = Self(2048);
    pub const XRAY: Self = Self(4096);
    /// The mesh is a copy that stands where the other side of a comparison has it.
    pub const COPY: Self = Self(1 << 15);
    /// All bits that tell whose side a copy is of, or from which side a mesh differs.
    pub const BESIDE: Self = Self(3 << Self::SIDE_SHIFT);
    const SIDE_SHIFT: u32 = 13;
    /// A copy stands inside of the mesh, which lets the eye in.
    pub const ENCLOSES: Self = Self(1 << 16);
    /// All bits that tell how far a mesh's equipment is from the other side.
    pub const DEVIATION: Self = Self(3 << Self::DEVIATION_SHIFT);
    const DEVIATION_SHIFT: u32 = 17;
    /// All bits that a comparison gives to meshes of the scene.
    pub const COMPARED: Self = Self(Self::BESIDE.0 | Self::ENCLOSES.0 | Self::DEVIATION.0);
    const ALARM_SHIFT: u32 = 8;
    /// All bits that tell how far the data can be trusted.
    pub const TRUST: Self = Self(1 | 2 | 4);
    /// All bits that come from what people look at, not from data.
    pub const ATTENTION: Self = Self(8 | 16 | 32 | 128 | 2048 | 4096 | 7 << Self::ALARM_SHIFT);

    /// The bits of an alarm of priority 1..=4; 0 is none.
    pub fn alarm(priority: u32) -> Self {
        Self(priority.min(4) << Self::ALARM_SHIFT)
    }

    /// The bits of a side of a comparison.
    pub fn beside(side: Side) -> Self {
        Self((side as u32) << Self::SIDE_SHIFT)
    }

    /// The bits of how far equipment is from the other side of a comparison.
    pub fn deviation(degree: Degree) -> Self {
        Self((degree as u32) << Self::DEVIATION_SHIFT)
    }

    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl Slot {
    pub const NEUTRAL: Self = Self { colour: [0.0; 4], opacity: 1.0, flags: SlotFlags(0), fade: 0.0, flow: 0.0 };
    /// Bytes from one slot to the next.
    pub const STRIDE: usize = 32;

    /// The base colour wholly replaced by this one.
    pub fn colour_from(colour: Rgba) -> [f32; 4] {
        let [r, g, b, _] = colour.to_linear();
        [r, g, b, 1.0]
    }

    fn to_bytes(self) -> [u8; Self::STRIDE] {
        let mut bytes = [0; Self::STRIDE];
        let words = self.colour.map(f32::to_bits);
        let rest = [self.opacity.to_bits(), self.flags.0, self.fade.to_bits(), self.flow.to_bits()];
        for (place, word) in bytes.chunks_exact_mut(4).zip(words.into_iter().chain(rest)) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }
}

/// All slots, and which of them the GPU does not know yet.
#[derive(Resource)]
pub struct Slots {
    slots: Vec<Slot>,
    changed: Vec<u32>,
    is_changed: Vec<bool>,
    buffer: Handle<ShaderBuffer>,
    /// The buffer was replaced by a larger one: every material has to bind it anew.
    grown: bool,
}

/// Slots that the buffer starts with; it doubles when they do not suffice.
const INITIAL_CAPACITY: usize = 4096;

impl FromWorld for Slots {
    fn from_world(world: &mut World) -> Self {
        let buffer = world.resource_mut::<Assets<ShaderBuffer>>().add(empty_buffer(INITIAL_CAPACITY));
        Self { slots: vec![Slot::NEUTRAL], changed: vec![0], is_changed: vec![true], buffer, grown: false }
    }
}

impl Slots {
    /// The buffer to put into materials.
    pub fn buffer(&self) -> Handle<ShaderBuffer> {
        self.buffer.clone()
    }

    /// Takes `count` neighbouring slots into use; returns the first.
    pub fn allocate(&mut self, count: u32) -> u32 {
        let first = self.slots.len() as u32;
        for slot in first..first + count {
            self.slots.push(Slot::NEUTRAL);
            self.is_changed.push(false);
            self.mark(slot);
        }
        first
    }

    /// Gives all slots back but the neutral one.
    pub fn clear(&mut self) {
        self.slots.truncate(1);
        self.is_changed.truncate(1);
        self.changed.retain(|slot| *slot == 0);
    }

    pub fn get(&self, slot: u32) -> Slot {
        self.slots.get(slot as usize).copied().unwrap_or(Slot::NEUTRAL)
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.len() <= 1
    }

    /// Changes a slot; nothing is uploaded where nothing came of it. The neutral slot stays.
    pub fn update(&mut self, slot: u32, change: impl FnOnce(&mut Slot)) {
        let Some(place) = self.slots.get_mut(slot as usize).filter(|_| slot != 0) else { return };
        let before = *place;
        change(place);
        if *place != before {
            self.mark(slot);
        }
    }

    /// Tells the shader what ghosts pale into. It stands in the neutral slot, whose colour has no
    /// weight.
    pub fn set_background(&mut self, colour: Rgba) {
        let [r, g, b, _] = colour.to_linear();
        if let Some(neutral) = self.slots.first_mut() {
            neutral.colour = [r, g, b, 0.0];
            self.mark(0);
        }
    }

    fn mark(&mut self, slot: u32) {
        if let Some(mark) = self.is_changed.get_mut(slot as usize)
            && !*mark
        {
            *mark = true;
            self.changed.push(slot);
        }
    }

    /// Writes what changed into the bytes of the buffer; true where anything did.
    pub fn write_changed(&mut self, bytes: &mut Vec<u8>) -> bool {
        if self.changed.is_empty() {
            return false;
        }
        let needed = self.slots.len() * Slot::STRIDE;
        if bytes.len() < needed {
            let capacity = self.slots.len().next_power_of_two().max(INITIAL_CAPACITY);
            bytes.resize(capacity * Slot::STRIDE, 0);
            self.grown = true;
        }
        for slot in self.changed.drain(..) {
            let index = slot as usize;
            let (Some(value), Some(mark)) = (self.slots.get(index), self.is_changed.get_mut(index)) else { continue };
            *mark = false;
            if let Some(place) = bytes.get_mut(index * Slot::STRIDE..(index + 1) * Slot::STRIDE) {
                place.copy_from_slice(&value.to_bytes());
            }
        }
        true
    }
}

fn empty_buffer(capacity: usize) -> ShaderBuffer {
    ShaderBuffer::new(&vec![0; capacity * Slot::STRIDE], RenderAssetUsages::default())
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Slots>().add_systems(PostUpdate, upload.after(TwinSystems::Present));
}

fn upload(
    mut slots: ResMut<Slots>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut materials: ResMut<Assets<StatusMaterial>>,
    indicators: Option<ResMut<Assets<IndicatorMaterial>>>,
) {
    if slots.changed.is_empty() {
        return;
    }
    let Some(mut buffer) = buffers.get_mut(&slots.buffer) else { return };
    let bytes = buffer.data.get_or_insert_default();
    slots.write_changed(bytes);
    if std::mem::take(&mut slots.grown) {
        // A larger buffer is a new GPU buffer: every material has to bind it.
        mark_all(&mut materials);
        if let Some(mut indicators) = indicators {
            mark_all(&mut indicators);
        }
    }
}

fn mark_all<M: Asset>(materials: &mut Assets<M>) {
    let all: Vec<_> = materials.ids().collect();
    for id in all {
        if let Some(mut material) = materials.get_mut(id) {
            // Reaching for the material is what marks it as changed.
            let _changed: &mut M = &mut material;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots() -> Slots {
        Slots {
            slots: vec![Slot::NEUTRAL],
            changed: vec![0],
            is_changed: vec![true],
            buffer: Handle::default(),
            grown: false,
        }
    }

    fn word(bytes: &[u8], slot: usize, offset: usize) -> f32 {
        let at = slot * Slot::STRIDE + offset;
        f32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
    }

    #[test]
    fn only_changed_slots_are_written_where_the_shader_reads_them() {
        let mut slots = slots();
        let first = slots.allocate(3);
        let mut bytes = Vec::new();
        assert!(slots.write_changed(&mut bytes));
        assert!(!slots.write_changed(&mut bytes));
        slots.update(first + 1, |slot| {
            slot.colour = [0.25, 0.5, 0.75, 1.0];
            slot.flow = 7.0;
        });
        slots.update(first + 2, |_| {});
        assert_eq!(slots.changed, [first + 1]);
        assert!(slots.write_changed(&mut bytes));
        assert_eq!([0, 4, 8, 12, 16, 28].map(|offset| word(&bytes, 2, offset)), [0.25, 0.5, 0.75, 1.0, 1.0, 7.0]);
    }

    #[test]
    fn the_neutral_slot_cannot_be_changed() {
        let mut slots = slots();
        slots.update(0, |slot| slot.opacity = 0.0);
        assert_eq!(slots.get(0), Slot::NEUTRAL);
        assert_eq!(slots.get(99), Slot::NEUTRAL);
    }

    #[test]
    fn a_full_buffer_doubles() {
        let mut slots = slots();
        slots.allocate(INITIAL_CAPACITY as u32);
        let mut bytes = vec![0; INITIAL_CAPACITY * Slot::STRIDE];
        slots.write_changed(&mut bytes);
        assert!(slots.grown);
        assert_eq!(bytes.len(), 2 * INITIAL_CAPACITY * Slot::STRIDE);
    }
}
