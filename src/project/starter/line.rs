//! The project of a packaging line: eight machines, emulated, with their simulated copy.

use super::model::{BLUE, CARDBOARD, DARK, Form, GLASS, Group, Part, STEEL, glb, group, part};
use super::{Content, File};

const PROJECT: &str = include_str!("line/twin.toml");
const LINE: &str = include_str!("line/line.toml");
const SCENARIO: &str = include_str!("line/scenario.toml");

/// In the order of the flow, with the length of each [m].
const MACHINES: [(&str, f32); 8] = [
    ("Depalletiser", 1.6),
    ("Rinser", 1.2),
    ("Filler", 1.8),
    ("Capper", 0.9),
    ("Pasteuriser", 3.4),
    ("Labeller", 1.2),
    ("Packer", 1.6),
    ("Palletiser", 1.6),
];
const CONVEYOR_M: f32 = 1.1;
const BELT_M: f32 = 0.9;

/// # Errors
/// When its model cannot be made.
pub(super) fn files() -> Result<Vec<File>, gltf::Error> {
    let text = |text: &str| Content::Bytes(text.into());
    Ok(vec![
        ("twin.toml".into(), text(PROJECT)),
        ("plant.glb".into(), Content::Bytes(glb(&equipment())?)),
        ("line.toml".into(), text(LINE)),
        ("scenario.toml".into(), text(SCENARIO)),
    ])
}

/// From left to right, with the tanks behind.
fn equipment() -> Vec<Group> {
    let long_m = MACHINES.iter().map(|(_, long_m)| long_m).sum::<f32>() + 7.0 * CONVEYOR_M;
    let mut left_m = -0.5 * long_m;
    let mut groups = Vec::new();
    for (index, (name, long_m)) in MACHINES.into_iter().enumerate() {
        groups.push(machine(name, [left_m + 0.5 * long_m, 0.0, 0.0], long_m));
        left_m += long_m;
        if index + 1 < MACHINES.len() {
            groups.push(conveyor(index + 1, [left_m, 0.0, 0.0]));
            left_m += CONVEYOR_M;
        }
    }
    groups.push(tank("Product", [-3.9, 0.0, -2.6], 1.6));
    groups.push(tank("Water", [-6.6, 0.0, -2.6], 1.2));
    groups
}

/// A frame, what the belt goes through, a hood, and a lamp that shows the state.
fn machine(name: &'static str, place: [f32; 3], long_m: f32) -> Group {
    let high_m = if name == "Pasteuriser" { 0.7 } else { 1.0 };
    let own = |word: &str| format!("{name}{word}");
    let top_m = BELT_M + high_m;
    let parts = vec![
        part(own("Frame"), Form::Box, [0.0; 3], [long_m, BELT_M, 1.3], DARK),
        part(own("Hood"), Form::Box, [0.0, BELT_M, 0.0], [long_m - 0.12, high_m, 1.16], STEEL),
        part(own("Window"), Form::Box, [0.0, BELT_M + 0.15, 0.52], [long_m - 0.4, high_m - 0.35, 0.18], GLASS),
        part(own("Pole"), Form::Cylinder, [0.35 * long_m, top_m, 0.45], [0.05, 0.2, 0.05], DARK),
    ];
    let lamp = part(own("Light"), Form::Cylinder, [0.0; 3], [0.2, 0.26, 0.2], STEEL);
    let lamp = group(own("Lamp"), [0.35 * long_m, top_m + 0.2, 0.45], vec![lamp]);
    Group { groups: vec![lamp], ..group(name, place, parts) }
}

/// Begins at its place; what is on it begins there too.
fn conveyor(number: usize, place: [f32; 3]) -> Group {
    let own = |word: &str| format!("{word}{number}");
    let leg = |word: &str, x: f32| part(own(word), Form::Box, [x, 0.0, 0.0], [0.08, BELT_M - 0.1, 0.5], STEEL);
    let middle_m = 0.5 * CONVEYOR_M;
    let bed = part(own("Bed"), Form::Box, [middle_m, BELT_M - 0.1, 0.0], [CONVEYOR_M, 0.1, 0.6], DARK);
    let items = Part {
        name: own("Items").into(),
        form: Form::Box,
        along: super::model::Along::X,
        place: [0.0, 0.14, 0.0],
        size: [0.28, CONVEYOR_M, 0.4],
        colour: if number == 7 { CARDBOARD } else { BLUE },
    };
    let load = group(own("Load"), [0.0, BELT_M, 0.0], vec![items]);
    let parts = vec![bed, leg("LegA", 0.2), leg("LegB", CONVEYOR_M - 0.2)];
    Group { groups: vec![load], ..group(format!("Conveyor{number}"), place, parts) }
}

fn tank(name: &str, place: [f32; 3], diameter_m: f32) -> Group {
    let across = |add: f32, height: f32| [diameter_m + add, height, diameter_m + add];
    let parts = vec![
        part(format!("{name}Foot"), Form::Cylinder, [0.0; 3], across(0.1, 0.5), DARK),
        part(format!("{name}Liquid"), Form::Cylinder, [0.0, 0.5, 0.0], across(-0.08, 2.4), BLUE),
        part(format!("{name}Shell"), Form::Cylinder, [0.0, 0.5, 0.0], across(0.0, 2.45), GLASS),
        part(format!("{name}Lid"), Form::Cylinder, [0.0, 2.95, 0.0], across(0.08, 0.08), STEEL),
    ];
    group(format!("{name}Tank"), place, parts)
}
