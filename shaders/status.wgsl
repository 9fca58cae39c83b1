// What the data says of a mesh, laid over its own material.
//
// `slots[mesh tag]` is a `Slot`, see slot.wgsl.
// Slot 0 is neutral and belongs to everything that no data touches; its rgb is the background.

#import bevy_pbr::{
    forward_io::{FragmentOutput, VertexOutput},
    mesh_functions,
    mesh_view_bindings::{globals, lights, view},
    pbr_bindings,
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::{alpha_discard, apply_pbr_lighting, main_pass_post_lighting_processing},
    pbr_types,
}
#import twinscope::flow::chevron
#import twinscope::ghost::{copy_colour, copy_coverage, hatch, is_beside, is_copy, marked}
#import twinscope::slot::Slot

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
const FLAG_XRAY: u32 = 4096u;
const FLAG_ENCLOSES: u32 = 65536u;
// Any bit that attention() looks at.
const ATTENTION: u32 = FLAG_HOVERED | FLAG_SELECTED | (ALARM_MASK << ALARM_SHIFT);

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
    return opacity < threshold(position);
}

fn threshold(position: vec2<f32>) -> f32 {
    let cell = vec2<u32>(position) % vec2<u32>(4u);
    let thresholds = array<f32, 16>(
        0.03125, 0.53125, 0.15625, 0.65625,
        0.78125, 0.28125, 0.90625, 0.40625,
        0.21875, 0.71875, 0.09375, 0.59375,
        0.96875, 0.46875, 0.84375, 0.34375,
    );
    return thresholds[cell.y * 4u + cell.x];
}

// The colour of the mesh with what the slot says of it, before lighting.
fn stated_colour(own: vec3<f32>, slot: Slot, position: vec2<f32>) -> vec3<f32> {
    var base = mix(own, slot.colour.rgb, slot.colour.a);
    if (slot.flags & FLAG_STALE) != 0u {
        base = mix(base, STALE_GREY, 0.35 + 0.45 * slot.fade);
        if all((vec2<u32>(position) / 2u) % vec2<u32>(4u) == vec2<u32>(0u)) {
            base *= 0.25;
        }
    }
    if (slot.flags & FLAG_UNCERTAIN) != 0u && hatch(position, 1.0, 12.0, 3.0) {
        base *= 0.35;
    }
    if (slot.flags & FLAG_BAD) != 0u {
        base = mix(base, BAD_GREY, 0.7);
        if hatch(position, 1.0, 10.0, 2.0) || hatch(position, -1.0, 10.0, 2.0) {
            base *= 0.2;
        }
    }
    if (slot.flags & FLAG_SIMULATED) != 0u && hatch(position, -1.0, 16.0, 1.5) {
        base = mix(base, vec3<f32>(0.27, 0.16, 0.53), 0.8);
    }
    return base;
}

// What people look at, over the lit colour: seen in shade too. `facing` is 1 towards the viewer.
fn attention(lit: vec3<f32>, slot: Slot, position: vec2<f32>, facing: f32) -> vec3<f32> {
    var colour = lit;
    if is_beside(slot.flags) {
        colour = marked(colour, slot.flags, position, facing);
    }
    let rim = (1.0 - facing) * (1.0 - facing);
    let alarm = (slot.flags >> ALARM_SHIFT) & ALARM_MASK;
    if alarm != 0u {
        // Unacknowledged alarms blink at 1 Hz, acknowledged ones are steady.
        let blinking = (slot.flags & FLAG_UNACKNOWLEDGED) != 0u;
        let blink = select(1.0, 0.25 + 0.75 * step(fract(globals.time), 0.5), blinking);
        colour = mix(colour, ALARM_COLOURS[alarm - 1u], (0.25 + 0.6 * rim) * blink);
    }
    if (slot.flags & FLAG_SELECTED) != 0u {
        colour = mix(colour, SELECTION, 0.12 + 0.7 * rim);
    }
    if (slot.flags & FLAG_HOVERED) != 0u {
        colour = mix(colour, vec3<f32>(1.0), 0.08 + 0.4 * rim);
    }
    return colour;
}

// Ghosts are half see-through, and pale into the background as well: pixels left out alone would be
// a loud pattern. The neutral slot, whose colour nothing else uses, tells the background.
fn opacity_of(slot: Slot) -> f32 {
    return select(slot.opacity, slot.opacity * 0.5, (slot.flags & (FLAG_GHOST | FLAG_XRAY | FLAG_ENCLOSES)) != 0u);
}

fn paled(lit: vec3<f32>, slot: Slot) -> vec3<f32> {
    return select(lit, mix(lit, slots[0].colour.rgb, 0.8), (slot.flags & FLAG_GHOST) != 0u);
}

fn is_opaque(flags: u32) -> bool {
    return (flags & pbr_types::STANDARD_MATERIAL_FLAGS_ALPHA_MODE_RESERVED_BITS)
        == pbr_types::STANDARD_MATERIAL_FLAGS_ALPHA_MODE_OPAQUE;
}

// Opaque, or cut out of its texture: see-through only by pixels that are left out.
fn covers(flags: u32) -> bool {
    return is_opaque(flags) || (flags & pbr_types::STANDARD_MATERIAL_FLAGS_ALPHA_MODE_RESERVED_BITS)
        == pbr_types::STANDARD_MATERIAL_FLAGS_ALPHA_MODE_MASK;
}

// A mesh of the other side of a comparison, whatever its own material.
fn copy(slot: Slot, flags: u32, position: vec2<f32>, normal: vec3<f32>, facing: f32) -> vec4<f32> {
    let coverage = copy_coverage(position, facing);
    // The pixels that a see-through mesh around it leaves out.
    if covers(flags) && coverage < 1.0 - threshold(position) {
        discard;
    }
    return vec4<f32>(copy_colour(slot.flags, normal), coverage);
}

fn with_flow(base: vec3<f32>, slot: Slot, in: VertexOutput) -> vec3<f32> {
#ifdef VERTEX_UVS_A
    // Outside of the branch, because the pattern takes derivatives.
    let arrow = chevron(in.uv.x, in.uv.y * 2.0, slot.flow, 0.5);
    if (slot.flags & FLAG_FLOW) != 0u {
        // Dark on light surfaces, light on dark ones.
        let brightness = dot(base, vec3<f32>(0.2126, 0.7152, 0.0722));
        return mix(base, select(vec3<f32>(0.85), vec3<f32>(0.06), brightness > 0.18), 0.7 * arrow);
    }
#endif
    return base;
}

#ifdef PLAIN_LIGHT

// For software rendering: one diffuse term per light, no reflections, no shadows, no tone mapping.
@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    let slot = slots[mesh_functions::get_tag(in.instance_index)];
    let flags = pbr_bindings::material.flags;
    var own = pbr_bindings::material.base_color;
#ifdef VERTEX_COLORS
    own *= in.color;
#endif
#ifdef VERTEX_UVS_A
    if (flags & pbr_types::STANDARD_MATERIAL_FLAGS_BASE_COLOR_TEXTURE_BIT) != 0u {
        own *= textureSampleBias(pbr_bindings::base_color_texture, pbr_bindings::base_color_sampler, in.uv, view.mip_bias);
    }
#endif
    let opacity = opacity_of(slot);
    if is_opaque(flags) {
        if opacity < 1.0 && screen_door(in.position.xy, opacity) {
            discard;
        }
        own.a = 1.0;
    } else {
        own.a *= opacity;
    }
    let base = with_flow(stated_colour(own.rgb, slot, in.position.xy), slot, in);

    let normal = normalize(select(-in.world_normal, in.world_normal, is_front));
    var light = lights.ambient_color.rgb * (0.8 + 0.3 * normal.y);
    for (var index = 0u; index < lights.n_directional_lights; index += 1u) {
        let sun = &lights.directional_lights[index];
        light += (*sun).color.rgb * max(dot(normal, (*sun).direction_to_light), 0.0) * 0.318310;
    }
    if (flags & pbr_types::STANDARD_MATERIAL_FLAGS_UNLIT_BIT) != 0u {
        light = vec3<f32>(1.0 / view.exposure);
    }
    let lit = base * light * view.exposure + pbr_bindings::material.emissive.rgb * view.exposure;

    var facing = 1.0;
    if (slot.flags & ATTENTION) != 0u || is_beside(slot.flags) {
        facing = abs(dot(normal, normalize(view.world_position - in.world_position.xyz)));
    }
    var out: FragmentOutput;
    if is_copy(slot.flags) {
        out.color = copy(slot, flags, in.position.xy, normal, facing);
        return out;
    }
    out.color = vec4<f32>(attention(paled(lit, slot), slot, in.position.xy, facing), own.a);
    return out;
}

#else

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    let slot = slots[mesh_functions::get_tag(in.instance_index)];
    var pbr = pbr_input_from_standard_material(in, is_front);
    let opacity = opacity_of(slot);
    if is_opaque(pbr.material.flags) {
        if opacity < 1.0 && screen_door(in.position.xy, opacity) {
            discard;
        }
    } else {
        pbr.material.base_color.a *= opacity;
    }
    // A status colour is a statement: metal would turn it dark.
    pbr.material.metallic *= 1.0 - slot.colour.a;
    pbr.material.perceptual_roughness = mix(pbr.material.perceptual_roughness, 0.7, slot.colour.a);
    let base = with_flow(stated_colour(pbr.material.base_color.rgb, slot, in.position.xy), slot, in);
    pbr.material.base_color = alpha_discard(pbr.material, vec4<f32>(base, pbr.material.base_color.a));

    var out: FragmentOutput;
    if (pbr.material.flags & pbr_types::STANDARD_MATERIAL_FLAGS_UNLIT_BIT) == 0u {
        out.color = apply_pbr_lighting(pbr);
    } else {
        out.color = pbr.material.base_color;
    }
    let facing = abs(dot(pbr.N, pbr.V));
    if is_copy(slot.flags) {
        out.color = copy(slot, pbr.material.flags, in.position.xy, pbr.N, facing);
    } else {
        out.color = vec4<f32>(attention(paled(out.color.rgb, slot), slot, in.position.xy, facing), out.color.a);
    }
    out.color = main_pass_post_lighting_processing(pbr, out.color);
    return out;
}

#endif
