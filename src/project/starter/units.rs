//! The project of units: a skid that warms water, emulated, with its simulated copy.

use super::model::{Along, BLUE, DARK, Form, GLASS, Group, Part, STEEL, glb, group, part, pipe};
use super::{Content, File};

const PROJECT: &str = include_str!("units/twin.toml");
const SKID: &str = include_str!("units/skid.toml");
const SCENARIO: &str = include_str!("units/scenario.toml");
const CALIBRATION: &str = include_str!("units/calibration.toml");

/// Top of the frame on which all stands [m].
const DECK_M: f32 = 0.1;
/// Of all pipes [m].
const BORE_M: f32 = 0.12;
const COPPER: [f32; 4] = [0.50, 0.32, 0.22, 1.0];

/// # Errors
/// When its model cannot be made.
pub(super) fn files() -> Result<Vec<File>, gltf::Error> {
    let text = |text: &str| Content::Bytes(text.into());
    Ok(vec![
        ("twin.toml".into(), text(PROJECT)),
        ("plant.glb".into(), Content::Bytes(glb(&equipment())?)),
        ("skid.toml".into(), text(SKID)),
        ("scenario.toml".into(), text(SCENARIO)),
        ("calibration.toml".into(), text(CALIBRATION)),
    ])
}

/// Cold water comes from the left and leaves on the right; hot water comes and goes behind.
fn equipment() -> Vec<Group> {
    let frame = part("Frame", Form::Box, [-0.4, 0.0, -0.6], [9.6, DECK_M, 3.2], DARK);
    vec![
        group("Skid", [0.0; 3], vec![frame]),
        tank("Feed", [-4.0, DECK_M, 0.0], 1.0),
        pump([-2.3, DECK_M, 0.0]),
        heater([-0.4, DECK_M, 0.0]),
        tank("Warm", [2.2, DECK_M, 0.0], 1.13),
        valve("Feed", Along::X, [-5.2, 2.75, 0.0]),
        valve("Hot", Along::Z, [-0.65, 1.1, -1.3]),
        valve("Outlet", Along::X, [3.6, 0.55, 0.0]),
        group("Pipes", [0.0; 3], pipes()),
    ]
}

/// Two metres high, of a diameter [m].
fn tank(name: &str, place: [f32; 3], diameter_m: f32) -> Group {
    let across = |add: f32, height: f32| [diameter_m + add, height, diameter_m + add];
    let parts = vec![
        part(format!("{name}TankFoot"), Form::Cylinder, [0.0; 3], across(0.1, 0.3), DARK),
        part(format!("{name}Liquid"), Form::Cylinder, [0.0, 0.3, 0.0], across(-0.06, 2.0), BLUE),
        part(format!("{name}TankShell"), Form::Cylinder, [0.0, 0.3, 0.0], across(0.0, 2.05), GLASS),
        part(format!("{name}TankLid"), Form::Cylinder, [0.0, 2.35, 0.0], across(0.08, 0.06), STEEL),
    ];
    group(format!("{name}Tank"), place, parts)
}

fn pump(place: [f32; 3]) -> Group {
    let parts = vec![
        part("PumpFoot", Form::Box, [0.0; 3], [0.7, 0.12, 0.5], DARK),
        part("PumpBody", Form::Cylinder, [0.0, 0.12, 0.0], [0.5, 0.6, 0.5], STEEL),
    ];
    let blades = vec![
        part("BladeA", Form::Box, [0.0; 3], [0.44, 0.06, 0.06], BLUE),
        part("BladeB", Form::Box, [0.0; 3], [0.06, 0.06, 0.44], BLUE),
    ];
    Group { groups: vec![group("Impeller", [0.0, 0.74, 0.0], blades)], ..group("Pump", place, parts) }
}

/// A plate heat exchanger.
fn heater(place: [f32; 3]) -> Group {
    const PLATES: u8 = 9;
    let end = |name: &'static str, x| part(name, Form::Box, [x, 0.0, 0.0], [0.08, 1.45, 0.62], DARK);
    let plate = |number: u8| {
        let x = -0.36 + 0.09 * f32::from(number);
        part(format!("Plate{}", number + 1), Form::Box, [x, 0.16, 0.0], [0.06, 1.15, 0.5], STEEL)
    };
    let plates = group("Plates", [0.0; 3], (0..PLATES).map(plate).collect());
    let ends = vec![end("HeaterLeft", -0.45), end("HeaterRight", 0.45)];
    Group { groups: vec![plates], ..group("Heater", place, ends) }
}

/// A valve in a pipe, with a wheel that turns; its place is the middle of the pipe.
fn valve(name: &str, along: Along, place: [f32; 3]) -> Group {
    let foot = match along {
        Along::X => [-0.16, 0.0, 0.0],
        Along::Y => [0.0, -0.16, 0.0],
        Along::Z => [0.0, 0.0, -0.16],
    };
    let body = Part { colour: DARK, ..pipe(format!("{name}ValveBody"), along, foot, 0.32, 0.24) };
    let stem = part(format!("{name}ValveStem"), Form::Cylinder, [0.0, 0.1, 0.0], [0.05, 0.24, 0.05], STEEL);
    let spokes = vec![
        part(format!("{name}SpokeA"), Form::Box, [0.0; 3], [0.3, 0.04, 0.05], BLUE),
        part(format!("{name}SpokeB"), Form::Box, [0.0; 3], [0.05, 0.04, 0.3], BLUE),
    ];
    let wheel = group(format!("{name}Wheel"), [0.0, 0.32, 0.0], spokes);
    Group { groups: vec![wheel], ..group(format!("{name}Valve"), place, vec![body, stem]) }
}

fn pipes() -> Vec<Part> {
    use Along::{X, Y, Z};
    let cold = |number: u8, along: Along, place: [f32; 3], length_m: f32| {
        pipe(format!("Pipe{number}"), along, place, length_m, BORE_M)
    };
    let hot = |number, along, place, length_m| Part { colour: COPPER, ..cold(number, along, place, length_m) };
    vec![
        // From the works into the feed tank.
        cold(1, X, [-6.2, 2.75, 0.0], 2.26),
        cold(2, Y, [-4.0, 2.45, 0.0], 0.36),
        // Through pump and heater up into the warm tank.
        cold(3, X, [-3.5, 0.55, 0.0], 1.0),
        cold(4, X, [-2.1, 0.55, 0.0], 1.3),
        cold(5, X, [0.0, 1.1, 0.0], 1.06),
        cold(6, Y, [1.0, 1.1, 0.0], 1.71),
        cold(7, X, [1.0, 2.75, 0.0], 1.26),
        cold(8, Y, [2.2, 2.45, 0.0], 0.36),
        // To the consumer.
        cold(9, X, [2.7, 0.55, 0.0], 2.0),
        // Hot water there and back.
        hot(10, Z, [-0.65, 1.1, -2.4], 2.2),
        hot(11, Z, [-0.15, 0.45, -2.4], 2.2),
    ]
}
