// Motion indicator: unlit arrows on a transparent shape.
//
// A motion indicator owns two slots: the first holds the foreground
// colour (mix 1: there is one) and the phase, the second the background colour.

#import bevy_pbr::{forward_io::VertexOutput, mesh_functions}
#import twinscope::flow::chevron
#import twinscope::ghost::{hatch, is_beside, side_colour}
#import twinscope::slot::Slot

struct Indicator {
    // Metres along the flow for u = 1, and rows across for v = 1.
    length_m: f32,
    rows: f32,
    background_opacity: f32,
    padding: f32,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> slots: array<Slot>;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<uniform> indicator: Indicator;

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    let tag = mesh_functions::get_tag(in.instance_index);
    let own = flowing(in, slots[tag], slots[tag + 1u]);
    // It flows otherwise on the other side of a comparison.
    if is_beside(slots[tag].flags) && hatch(in.position.xy, -1.0, 7.0, 1.5) {
        return vec4<f32>(side_colour(slots[tag].flags), max(own.a, 0.85));
    }
    return own;
}

fn flowing(in: VertexOutput, front: Slot, back: Slot) -> vec4<f32> {
    let pitch = max(indicator.length_m, 0.001) / max(round(indicator.length_m / 0.4), 1.0);
    let arrow = chevron(in.uv.x * indicator.length_m, in.uv.y * indicator.rows, front.flow, pitch);
    if back.colour.a > 0.0 && front.colour.a == 0.0 {
        // Background mode: the arrows are cut out of the coloured ground.
        let ground = vec4<f32>(back.colour.rgb, indicator.background_opacity);
        return mix(ground, vec4<f32>(1.0, 1.0, 1.0, 1.0), arrow) * vec4<f32>(1.0, 1.0, 1.0, front.opacity);
    }
    let colour = select(vec3<f32>(1.0), front.colour.rgb, front.colour.a > 0.0);
    return vec4<f32>(colour, arrow * front.opacity);
}
