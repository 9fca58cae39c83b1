// Arrows that run over a surface to show a flow: the pattern, and the material of motion indicators.
//
// u runs along the flow in metres, v across it in rows. `phase` is how far the pattern has moved, in
// metres: it is integrated outside from speed and plant time, so a replay moves it as the plant did.

#define_import_path twinscope::flow

// Coverage of a chevron pattern, 0..1, with one arrow each `pitch` metres along u and one row per v.
fn chevron(u: f32, v: f32, phase: f32, pitch: f32) -> f32 {
    let along = fract((u - phase) / pitch);
    let across = abs(fract(v) - 0.5) * 2.0;
    let edge = along - 0.55 * (1.0 - across);
    let soft = max(fwidth(u / pitch) * 1.5, 0.02);
    let body = smoothstep(0.0, soft, edge) * (1.0 - smoothstep(0.22, 0.22 + soft, edge));
    return body * (1.0 - smoothstep(0.8, 0.92, across));
}
