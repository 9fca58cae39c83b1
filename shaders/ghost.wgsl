// The other side of a comparison: copies that stand where it has them, and the mark on what is in
// another state there. Thin diagonal lines in the colour of the side, so that it is told without
// colour too.

#define_import_path twinscope::ghost

// Bits of a slot's flags; SlotFlags in view/overlay.rs.
const SIDE_SHIFT: u32 = 13u;
const SIDE_MASK: u32 = 3u;
const FLAG_COPY: u32 = 32768u;

// Linear values of the theme's colours of what was measured, recorded, computed.
const SIDE_COLOURS = array<vec3<f32>, 3>(
    vec3<f32>(0.546, 0.584, 0.638),
    vec3<f32>(0.105, 0.202, 0.319),
    vec3<f32>(0.270, 0.159, 0.533),
);

fn is_beside(flags: u32) -> bool {
    return ((flags >> SIDE_SHIFT) & SIDE_MASK) != 0u;
}

fn is_copy(flags: u32) -> bool {
    return (flags & FLAG_COPY) != 0u;
}

fn side_colour(flags: u32) -> vec3<f32> {
    return SIDE_COLOURS[max((flags >> SIDE_SHIFT) & SIDE_MASK, 1u) - 1u];
}

// Lines of `width` of `period` pixels at 45 degrees; `direction` is 1 or -1.
fn hatch(position: vec2<f32>, direction: f32, period: f32, width: f32) -> bool {
    return fract((position.x + direction * position.y) / period) < width / period;
}

// How much of a copy covers what is behind it: its lines and its rim, and a veil between them.
// `facing` is 1 towards the viewer.
fn copy_coverage(position: vec2<f32>, facing: f32) -> f32 {
    if hatch(position, -1.0, 7.0, 1.5) || facing < 0.25 {
        return 1.0;
    }
    return 0.3;
}

// A copy has the shape of its original and the colour of its side, a little lit from above.
fn copy_colour(flags: u32, normal: vec3<f32>) -> vec3<f32> {
    let colour = side_colour(flags);
    return mix(colour, vec3<f32>(1.0), 0.08 + 0.08 * normal.y);
}

// The lit colour of a mesh that is in another state on the other side.
fn marked(lit: vec3<f32>, flags: u32, position: vec2<f32>, facing: f32) -> vec3<f32> {
    let line = hatch(position, -1.0, 9.0, 1.6);
    let rim = smoothstep(0.75, 1.0, 1.0 - facing);
    return mix(lit, side_colour(flags), select(0.6 * rim, 0.9, line));
}
