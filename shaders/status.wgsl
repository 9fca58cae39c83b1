// What the data says of a mesh, laid over its own material.
//
// `slots[mesh tag]`, stride 32 bytes, as in view/overlay.rs:
//   colour   vec4  offset  0   linear rgb, a = how much of it replaces the base colour
//   opacity  f32   offset 16   0..1
//   flags    u32   offset 20   FLAG_* below
//   fade     f32   offset 24   0 fresh .. 1 long stale
//   flow     f32   offset 28   metres that the flow arrows have moved
// Slot 0 is neutral and belongs to everything that no data touches.

#import bevy_pbr::{
    forward_io::{FragmentOutput, VertexOutput},
    mesh_functions,
    mesh_view_bindings::{globals, view},
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::{alpha_discard, apply_pbr_lighting, main_pass_post_lighting_processing},
    pbr_types::{
        STANDARD_MATERIAL_FLAGS_ALPHA_MODE_OPAQUE,
        STANDARD_MATERIAL_FLAGS_ALPHA_MODE_RESERVED_BITS,
        STANDARD_MATERIAL_FLAGS_UNLIT_BIT,
    },
}
#import twinscope::flow::chevron

const FLAG_UNCERTAIN: u32 = 1u;
const FLAG_BAD: u32 = 2u;
const FLAG_STALE: u32 = 4u;
const FLAG_HOVERED: u32 = 8u;
const FLAG_SELECTED: u32 = 16u;
const FLAG_GHOST: u32 = 32u;
const FLAG_FLOW: u32 = 64u;
const FLAG_SIMULATED: u32 = 128u;
const ALARM_SHIFT: u32 = 8u;
const ALARM_MASK: u32 = 7u;
const FLAG_UNACKNOWLEDGED: u32 = 2048u;

struct Slot {
    colour: vec4<f32>,
    opacity: f32,
    flags: u32,
    fade: f32,
    flow: f32,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<storage, read> slots: array<Slot>;

// Linear values of the theme's alarm colours, priority 1 to 4.
const ALARM_COLOURS = array<vec3<f32>, 4>(
    vec3<f32>(0.784, 0.060, 0.074),
    vec3<f32>(0.871, 0.246, 0.040),
    vec3<f32>(0.768, 0.546, 0.053),
    vec3<f32>(0.078, 0.451, 0.522),
);
const SELECTION = vec3<f32>(0.195, 0.386, 0.694);
const STALE_GREY = vec3<f32>(0.155, 0.162, 0.178);
const BAD_GREY = vec3<f32>(0.147, 0.162, 0.188);

// Ordered 4 x 4 thresholds: opaque meshes become see-through by leaving pixels out, which needs no
// sorting and no second material.
fn screen_door(position: vec2<f32>, opacity: f32) -> bool {
    let cell = vec2<u32>(position) % vec2<u32>(4u);
    let thresholds = array<f32, 16>(
        0.03125, 0.53125, 0.15625, 0.65625,
        0.78125, 0.28125, 0.90625, 0.40625,
        0.21875, 0.71875, 0.09375, 0.59375,
        0.96875, 0.46875, 0.84375, 0.34375,
    );
    return opacity < thresholds[cell.y * 4u + cell.x];
}

// Lines of `width` of `period` pixels at 45 degrees; `direction` is 1 or -1.
fn hatch(position: vec2<f32>, direction: f32, period: f32, width: f32) -> bool {
    return fract((position.x + direction * position.y) / period) < width / period;
}

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    let slot = slots[mesh_functions::get_tag(in.instance_index)];
    var pbr = pbr_input_from_standard_material(in, is_front);
    let opaque = (pbr.material.flags & STANDARD_MATERIAL_FLAGS_ALPHA_MODE_RESERVED_BITS)
        == STANDARD_MATERIAL_FLAGS_ALPHA_MODE_OPAQUE;

    var opacity = slot.opacity;
    if (slot.flags & FLAG_GHOST) != 0u {
        opacity *= 0.22;
    }
    if opaque {
        if screen_door(in.position.xy, opacity) {
            discard;
        }
    } else {
        pbr.material.base_color.a *= opacity;
    }

    var base = mix(pbr.material.base_color.rgb, slot.colour.rgb, slot.colour.a);
    // A status colour is a statement: metal would turn it dark.
    pbr.material.metallic *= 1.0 - slot.colour.a;
    pbr.material.perceptual_roughness = mix(pbr.material.perceptual_roughness, 0.7, slot.colour.a);

#ifdef VERTEX_UVS_A
    if (slot.flags & FLAG_FLOW) != 0u {
        base = mix(base, vec3<f32>(0.85), 0.75 * chevron(in.uv.x, in.uv.y * 2.0, slot.flow, 0.5));
    }
#endif
    if (slot.flags & FLAG_STALE) != 0u {
        base = mix(base, STALE_GREY, 0.35 + 0.45 * slot.fade);
        if all((vec2<u32>(in.position.xy) / 2u) % vec2<u32>(4u) == vec2<u32>(0u)) {
            base *= 0.25;
        }
    }
    if (slot.flags & FLAG_UNCERTAIN) != 0u && hatch(in.position.xy, 1.0, 12.0, 3.0) {
        base *= 0.35;
    }
    if (slot.flags & FLAG_BAD) != 0u {
        base = mix(base, BAD_GREY, 0.7);
        if hatch(in.position.xy, 1.0, 10.0, 2.0) || hatch(in.position.xy, -1.0, 10.0, 2.0) {
            base *= 0.2;
        }
    }
    if (slot.flags & FLAG_SIMULATED) != 0u && hatch(in.position.xy, -1.0, 16.0, 1.5) {
        base = mix(base, vec3<f32>(0.27, 0.16, 0.53), 0.8);
    }
    pbr.material.base_color = alpha_discard(pbr.material, vec4<f32>(base, pbr.material.base_color.a));

    var out: FragmentOutput;
    if (pbr.material.flags & STANDARD_MATERIAL_FLAGS_UNLIT_BIT) == 0u {
        out.color = apply_pbr_lighting(pbr);
    } else {
        out.color = pbr.material.base_color;
    }

    // Rims are added after lighting, so that they are seen in shade too; divided by the exposure,
    // which the post processing would otherwise take from them.
    let facing = abs(dot(pbr.N, pbr.V));
    let rim = pow(1.0 - facing, 2.0);
    let alarm = (slot.flags >> ALARM_SHIFT) & ALARM_MASK;
    if alarm != 0u {
        // Unacknowledged alarms blink at 1 Hz, acknowledged ones are steady.
        let blink = select(1.0, 0.25 + 0.75 * step(fract(globals.time), 0.5), (slot.flags & FLAG_UNACKNOWLEDGED) != 0u);
        out.color = vec4<f32>(mix(out.color.rgb, ALARM_COLOURS[alarm - 1u], (0.25 + 0.6 * rim) * blink), out.color.a);
    }
    if (slot.flags & FLAG_SELECTED) != 0u {
        out.color = vec4<f32>(mix(out.color.rgb, SELECTION, 0.15 + 0.75 * rim), out.color.a);
    }
    if (slot.flags & FLAG_HOVERED) != 0u {
        out.color = vec4<f32>(mix(out.color.rgb, vec3<f32>(1.0), 0.08 + 0.4 * rim), out.color.a);
    }
    out.color = main_pass_post_lighting_processing(pbr, out.color);
    return out;
}
