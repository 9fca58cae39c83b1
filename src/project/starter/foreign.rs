//! The project around a model of another tool (an FMU), from what that model says of itself: a signal for
//! each output and input, an emulated plant, its simulated copy, and a gauge for each value in the scene.
//!
//! Names and texts are those of the model's maker and may hold anything: nothing of them is taken for
//! notation of the project file.

mod scene;
mod text;

use std::path::{Path, PathBuf};

use self::scene::Stations;
use super::model::glb;
use super::{Content, StarterError, write_files};
use crate::domain::unit::Unit;
use crate::domain::value::ValueKind;

/// Signals of a project; more are told, not written: nobody looks at them.
const MOST_SIGNALS: usize = 200;

/// What a model says of itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Outline {
    /// The .fmu file, which is copied beside the project.
    pub file: PathBuf,
    pub name: String,
    pub description: String,
    /// Distance of moments that the model proposes [s].
    pub step_secs: Option<f64>,
    pub outputs: Vec<Quantity>,
    pub inputs: Vec<Quantity>,
    pub parameters: Vec<Quantity>,
}

/// A variable of the model.
#[derive(Clone, PartialEq, Debug)]
pub struct Quantity {
    pub name: String,
    pub kind: ValueKind,
    pub unit: Unit,
    /// Least and greatest value in `unit`, where the model gives both.
    pub range: Option<(f64, f64)>,
    pub start: Option<f64>,
    pub description: String,
}

/// A variable as a signal of the project.
struct Shown<'a> {
    of: &'a Quantity,
    input: bool,
    /// Path of the signal, which no other has, and of the asset that it belongs to.
    path: String,
    asset: String,
}

/// Writes the project into `dir`, which is made where it is missing. Gives the files.
///
/// # Errors
/// When one of the files is already there, in which case nothing is written, or when the disk refuses.
pub fn write(dir: &Path, outline: &Outline) -> Result<Vec<PathBuf>, StarterError> {
    let shown = shown(outline);
    let stations = Stations::new(&shown);
    let fmu = file_name(&outline.file);
    let left_out = outline.outputs.len() + outline.inputs.len() - shown.len();
    let project = text::project(outline, &fmu, &shown, &stations, left_out);
    write_files(
        dir,
        &[
            ("twin.toml".into(), Content::Bytes(project.into_bytes())),
            ("plant.glb".into(), Content::Bytes(glb(stations.equipment())?)),
            ("scenario.toml".into(), Content::Bytes(text::scenario(outline).into_bytes())),
            (fmu.into(), Content::CopyOf(outline.file.clone())),
        ],
    )
}

/// What the copy is called: as the file, where that is an ordinary name of an FMU.
fn file_name(file: &Path) -> String {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let ordinary = name.to_ascii_lowercase().ends_with(".fmu") && !name.chars().any(char::is_control);
    if ordinary { name.to_owned() } else { "model.fmu".to_owned() }
}

/// Outputs before inputs, each with a path of its own.
fn shown(outline: &Outline) -> Vec<Shown<'_>> {
    let root = root(outline);
    let outputs = outline.outputs.iter().map(|of| (of, false));
    // A variable without a name cannot be asked for.
    let all = outputs.chain(outline.inputs.iter().map(|of| (of, true))).filter(|(of, _)| !of.name.is_empty());
    let mut shown: Vec<Shown<'_>> = Vec::new();
    for (of, input) in all.take(MOST_SIGNALS) {
        // "tank.level" is the level of the tank; what has no component is of the model itself.
        let split = of.name.rsplit_once('.').and_then(|(part, last)| Some((segment(part)?, segment(last)?)));
        let (asset, last) = match split {
            Some((part, last)) => (format!("{root}/{part}"), last),
            None => (root.clone(), segment(&of.name).unwrap_or_else(|| "variable".to_owned())),
        };
        let mut path = format!("{asset}/{last}");
        let mut again = 2;
        while shown.iter().any(|other| other.path == path) {
            path = format!("{asset}/{last} {again}");
            again += 1;
        }
        shown.push(Shown { of, input, path, asset });
    }
    shown
}

/// What the whole of the model is called.
fn root(outline: &Outline) -> String {
    segment(&outline.name).unwrap_or_else(|| "Model".to_owned())
}

/// A name as it can stand between two `/`; none where nothing is left of it.
fn segment(name: &str) -> Option<String> {
    const LONGEST: usize = 60;
    let sound = name.chars().map(|letter| if letter.is_control() || letter == '/' { '_' } else { letter });
    let sound: String = sound.take(LONGEST).collect();
    let sound = sound.trim();
    (!sound.is_empty()).then(|| sound.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::load;

    fn quantity(name: &str, range: Option<(f64, f64)>) -> Quantity {
        let (kind, unit, description) = (ValueKind::Real, Unit::new("m"), String::new());
        Quantity { name: name.to_owned(), kind, unit, range, start: Some(1.0), description }
    }

    fn outline(folder: &Path) -> Outline {
        let file = folder.join("skid.fmu");
        std::fs::write(&file, "an archive").expect("written");
        Outline {
            file,
            name: "Two tanks".to_owned(),
            description: "Two tanks and a pump".to_owned(),
            step_secs: Some(0.5),
            outputs: vec![quantity("tank1.level", Some((0.0, 2.0))), quantity("tank2.level", None)],
            inputs: vec![quantity("speed", Some((0.0, 3.0))), quantity("disturbance", None)],
            parameters: vec![quantity("tank1.area", Some((0.1, 10.0)))],
        }
    }

    #[test]
    fn outputs_become_signals_and_bounded_inputs_setpoints() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().join("plant");
        let files = write(&place, &outline(folder.path())).expect("written");
        assert_eq!(files.len(), 4);
        assert_eq!(std::fs::read(place.join("skid.fmu")).ok(), Some(b"an archive".into()));
        let loaded = load(&place);
        assert_eq!(loaded.problems, []);
        let project = loaded.project.expect("a project");
        let paths: Vec<_> = project.catalog.iter().map(|(_, signal)| signal.path.as_str()).collect();
        let expected = ["tank1/level", "tank2/level", "speed", "disturbance"].map(|path| format!("Two tanks/{path}"));
        assert_eq!(paths, expected);
        let level = project.catalog.iter().next().map(|(_, signal)| (signal.unit.code().to_owned(), signal.range));
        assert_eq!(level, Some(("m".to_owned(), Some((0.0, 2.0)))));
        assert_eq!(project.setpoints.len(), 1);
        assert_eq!((project.setpoints[0].min, project.setpoints[0].max), (0.0, 3.0));
        assert!(!project.policy.enabled);
        assert_eq!(project.twin.expect("a copy").signals.len(), 4);
        // A label for each value, and a level for each that has a range.
        assert_eq!(project.bindings.len(), 4 + 2);
    }

    #[test]
    fn names_of_others_are_no_notation() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut outline = outline(folder.path());
        let odd = "a\"\n[[signal]]\npath = '''/{b} \\u{0}\u{7f}// .. \u{1F980}";
        outline.name = odd.to_owned();
        outline.description = odd.repeat(50);
        for (place, quantity) in outline.outputs.iter_mut().chain(&mut outline.inputs).enumerate() {
            // Two of them differ in what no path can hold.
            quantity.name = format!("{odd}{}", ["/", "_", "0", "1"][place % 4]);
            quantity.description = odd.to_owned();
            quantity.unit = Unit::new(odd);
        }
        outline.outputs.push(quantity(" / ", Some((f64::NEG_INFINITY, f64::INFINITY))));
        outline.outputs.push(quantity("", Some((f64::MIN, f64::MAX))));
        outline.outputs.push(quantity("...", Some((3.0, 3.0))));
        outline.parameters[0].name = odd.to_owned();
        outline.file = folder.path().join("skid.zip");
        std::fs::write(&outline.file, "an archive").expect("written");
        let place = folder.path().join("plant");
        write(&place, &outline).expect("written");
        let loaded = load(&place);
        assert_eq!(loaded.problems, []);
        let project = loaded.project.expect("a project");
        assert_eq!(project.catalog.len(), 6);
        // Each variable by the name that the model gave it.
        let twin = project.twin.expect("a copy");
        let wired = |name: &str| twin.signals.iter().any(|(variable, _)| variable == name);
        assert!(
            outline
                .outputs
                .iter()
                .chain(&outline.inputs)
                .all(|quantity| wired(&quantity.name) || quantity.name.is_empty())
        );
        assert!(place.join("model.fmu").is_file());
    }

    #[test]
    fn of_a_model_with_very_many_variables_the_first_are_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut outline = outline(folder.path());
        let many = (0..3 * MOST_SIGNALS).map(|number| quantity(&format!("part{}.x{number}", number % 70), None));
        outline.outputs = many.collect();
        let place = folder.path().join("plant");
        write(&place, &outline).expect("written");
        let loaded = load(&place);
        assert_eq!(loaded.problems, []);
        assert_eq!(loaded.project.expect("a project").catalog.len(), MOST_SIGNALS);
        let text = std::fs::read_to_string(place.join("twin.toml")).expect("a project");
        assert!(text.contains("402 more"), "{text}");
    }
}
