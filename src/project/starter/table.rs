//! The project that plays a table: a tank, a pump and a conveyor that move at once.

use super::model::{BLUE, CARDBOARD, DARK, Form, GLASS, Group, STEEL, glb, group, part};
use super::{Content, File, samples};

const PROJECT: &str = include_str!("twin.toml");

/// # Errors
/// When its model cannot be made.
pub(super) fn files() -> Result<Vec<File>, gltf::Error> {
    Ok(vec![
        ("twin.toml".into(), Content::Bytes(PROJECT.into())),
        ("plant.glb".into(), Content::Bytes(glb(&equipment())?)),
        ("samples.csv".into(), Content::Bytes(samples::csv().into_bytes())),
    ])
}

fn equipment() -> [Group; 3] {
    let tank = vec![
        part("TankBase", Form::Cylinder, [0.0, 0.0, 0.0], [1.7, 0.2, 1.7], STEEL),
        part("Liquid", Form::Cylinder, [0.0, 0.2, 0.0], [1.4, 2.0, 1.4], BLUE),
        part("TankShell", Form::Cylinder, [0.0, 0.2, 0.0], [1.5, 2.1, 1.5], GLASS),
        part("TankLid", Form::Cylinder, [0.0, 2.3, 0.0], [1.6, 0.08, 1.6], STEEL),
    ];
    let pump = vec![
        part("PumpFoot", Form::Box, [0.0, 0.0, 0.0], [0.9, 0.12, 0.7], DARK),
        part("PumpBody", Form::Cylinder, [0.0, 0.12, 0.0], [0.6, 0.6, 0.6], STEEL),
        part("PumpPipe", Form::Box, [-0.85, 0.3, 0.0], [1.3, 0.16, 0.16], STEEL),
    ];
    let blades = vec![
        part("BladeA", Form::Box, [0.0, 0.0, 0.0], [0.55, 0.08, 0.08], BLUE),
        part("BladeB", Form::Box, [0.0, 0.0, 0.0], [0.08, 0.08, 0.55], BLUE),
    ];
    let conveyor = vec![
        part("BeltBed", Form::Box, [0.0, 0.6, 0.0], [4.0, 0.12, 0.7], DARK),
        part("LegLeft", Form::Box, [-1.7, 0.0, 0.0], [0.12, 0.6, 0.6], STEEL),
        part("LegRight", Form::Box, [1.7, 0.0, 0.0], [0.12, 0.6, 0.6], STEEL),
        part("Carton", Form::Box, [-1.5, 0.72, 0.0], [0.45, 0.35, 0.4], CARDBOARD),
    ];
    [
        group("Tank", [-3.0, 0.0, 0.0], tank),
        Group { groups: vec![group("Impeller", [0.0, 0.74, 0.0], blades)], ..group("Pump", [-0.6, 0.0, 0.0], pump) },
        group("Conveyor", [2.4, 0.0, 0.0], conveyor),
    ]
}
