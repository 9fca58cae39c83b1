// How one mesh looks: the layout of `Slot` in view/overlay.rs, stride 32 bytes.

#define_import_path twinscope::slot

struct Slot {
    // Offset 0: linear rgb, a = how much of it replaces the base colour.
    colour: vec4<f32>,
    // Offset 16: 0..1.
    opacity: f32,
    // Offset 20: FLAG_* in status.wgsl.
    flags: u32,
    // Offset 24: 0 fresh .. 1 long stale.
    fade: f32,
    // Offset 28: metres that the flow arrows have moved.
    flow: f32,
}
