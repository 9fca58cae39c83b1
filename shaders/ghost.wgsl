// The other side of a comparison: copies that stand where it has them, and the mark on what is in
// another state there, or whose equipment deviates. Diagonal lines, wider and closer together the
// farther off it is, so that both are told without colour too.

#define_import_path twinscope::ghost

// Bits of a slot's flags; SlotFlags in view/overlay.rs.
const SIDE_SHIFT: u32 = 13u;
const SIDE_MASK: u32 = 3u;
const FLAG_COPY: u32 = 32768u;
const DEVIATION_SHIFT: u32 = 17u;
const DEVIATION_MASK: u32 = 3u;

// Linear values of the theme's colours of what was measured, recorded, computed.
const SIDE_COLOURS = array<vec3<f32>, 3>(
    vec3<f32>(0.546, 0.584, 0.638),
    vec3<f32>(0.105, 0.202, 0.319),
    vec3<f32>(0.270, 0.159, 0.533),
);

// For each side, deviations that are slight, clear, strong: OKLab lightness 0.80, 0.62, 0.44 in the
// side's own hue, with 0.60, 0.95, 1.30 of its chroma. Linear values.
const RAMPS = array<vec3<f32>, 9>(
    vec3<f32>(0.493, 0.515, 0.544),
    vec3<f32>(0.221, 0.241, 0.269),
    vec3<f32>(0.073, 0.087, 0.107),
    vec3<f32>(0.411, 0.531, 0.655),
    vec3<f32>(0.145, 0.254, 0.382),
    vec3<f32>(0.024, 0.094, 0.194),
    vec3<f32>(0.557, 0.453, 0.802),
    vec3<f32>(0.285, 0.176, 0.543),
    vec3<f32>(0.123, 0.034, 0.334),
);

// Lines by the same degrees: period and width in pixels, and how much they cover.
const LINES = array<vec3<f32>, 3>(
    vec3<f32>(12.0, 1.5, 0.5),
    vec3<f32>(9.0, 2.6, 0.75),
    vec3<f32>(6.0, 3.4, 0.95),
);

fn is_beside(flags: u32) -> bool {
    return ((flags >> SIDE_SHIFT) & SIDE_MASK) != 0u;
}

fn is_copy(flags: u32) -> bool {
    return (flags & FLAG_COPY) != 0u;
}

fn side_of(flags: u32) -> u32 {
    return max((flags >> SIDE_SHIFT) & SIDE_MASK, 1u) - 1u;
}

fn side_colour(flags: u32) -> vec3<f32> {
    return SIDE_COLOURS[side_of(flags)];
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
    return mix(side_colour(flags), vec3<f32>(1.0), 0.08 + 0.08 * normal.y);
}

// The lit colour of a mesh that is in another state on the other side, or deviates from it.
fn marked(lit: vec3<f32>, flags: u32, position: vec2<f32>, facing: f32) -> vec3<f32> {
    let degree = max((flags >> DEVIATION_SHIFT) & DEVIATION_MASK, 1u) - 1u;
    let lines = LINES[degree];
    let line = hatch(position, -1.0, lines.x, lines.y);
    let rim = smoothstep(0.75, 1.0, 1.0 - facing);
    return mix(lit, RAMPS[side_of(flags) * 3u + degree], select(0.6 * rim, lines.z, line));
}
