//! Models of scene nodes: which file a `uri` means, its scale, and whether the file can be shown.
//!
//! A `uri` is looked for beside the scene document, then in its `3d_models` folder. Of an
//! `s3://bucket/key` the longest end of the key that is there counts. Absolute paths and web
//! addresses are refused; `..` may lead as far as the folder that holds the workspace, because
//! sites share models between workspaces that way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::document::Place;
use super::files::{extension, normalised};
use super::report::{counted, near_miss, some_of};
use crate::domain::scene::{ModelRef, PartNaming};
use crate::project::model_index;

const MODEL_FOLDER: &str = "3d_models";

/// Finds model files and remembers what was wrong with each, to tell it once per file.
#[derive(Debug)]
pub struct Models<'a> {
    /// Folder of the scene document.
    folder: PathBuf,
    /// Folder that no uri may leave.
    bounds: PathBuf,
    checked: BTreeMap<PathBuf, Checked<'a>>,
}

#[derive(Debug)]
struct Checked<'a> {
    /// What is wrong with the file; none: nothing.
    fault: Option<String>,
    first: Place<'a>,
    uri: &'a str,
    users: Vec<&'a str>,
}

impl<'a> Models<'a> {
    pub fn new(scene_file: &Path, workspace: &Path) -> Self {
        let absolute = |path: &Path| std::path::absolute(path).ok().and_then(|path| normalised(&path));
        let folder = scene_file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = absolute(folder).unwrap_or_else(|| folder.to_owned());
        let workspace = absolute(workspace).unwrap_or_else(|| workspace.to_owned());
        let bounds = workspace.parent().map(Path::to_owned).unwrap_or(workspace);
        Self { folder, bounds, checked: BTreeMap::new() }
    }

    /// The model of a ModelRef component; none where there is nothing to show at all.
    pub fn read(&mut self, component: &Place<'a>, node_name: &'a str) -> Option<ModelRef> {
        let Some(uri) = component.text("uri") else {
            component.error("the model has no uri", "The node shows nothing.", "\"uri\": \"Mixer.glb\"");
            return None;
        };
        let place = component.get("uri").unwrap_or_else(|| component.clone());
        let tiles = match component.text("modelType") {
            Some("GLB" | "GLTF") => false,
            Some("Tiles3D") => true,
            None if matches!(extension(Path::new(uri)).as_str(), "glb" | "gltf") => false,
            other => {
                let message = format!("model type {} is not known", other.unwrap_or("(none)"));
                component.warn(message, "The node shows no model.", "\"modelType\": \"GLB\"");
                return None;
            }
        };
        let file = self.find(uri, &place)?;
        if tiles {
            let meaning = "They are drawn as marked placeholders. Export them as GLB.";
            component.warn_counted("Tiles3D", "3D Tiles are not supported yet ({count} in this scene)", meaning);
        }
        let readable = !tiles && self.check(&file, &place, uri, node_name);
        Some(ModelRef {
            file,
            scale: scale(component),
            cast_shadows: component.flag("castShadow").unwrap_or(false),
            receive_shadows: component.flag("receiveShadow").unwrap_or(false),
            naming: PartNaming::Three,
            readable,
        })
    }

    /// Where the file of a uri is, or would be. None where the uri may not be followed.
    fn find(&self, uri: &str, place: &Place) -> Option<PathBuf> {
        const EXAMPLE: &str = "\"uri\": \"3d_models/Mixer.glb\"";
        let uri = uri.replace('\\', "/");
        let key = uri.strip_prefix("s3:/").map(|rest| rest.trim_start_matches('/'));
        let candidates = match key {
            Some(key) => ends_of(key.split_once('/').map_or(key, |(_, key)| key)),
            None if uri.contains("://") || uri.starts_with('/') || Path::new(&uri).is_absolute() || has_drive(&uri) => {
                let meaning = "The node shows no model. Put the file into the workspace and name it from there.";
                place.error(format!("expected a path inside the workspace, found \"{uri}\""), meaning, EXAMPLE);
                return None;
            }
            None => vec![uri.clone()],
        };
        let paths: Vec<PathBuf> = candidates
            .iter()
            .flat_map(|end| [self.folder.join(end), self.folder.join(MODEL_FOLDER).join(end)])
            .filter_map(|path| normalised(&path).filter(|path| path.starts_with(&self.bounds)))
            .collect();
        let found = paths.iter().find(|path| path.is_file()).or(match key {
            Some(_) => paths.iter().rev().nth(1),
            None => paths.first(),
        });
        if found.is_none() {
            let message = format!("\"{uri}\" leads out of {}", self.bounds.display());
            let meaning = "The node shows no model. Put the file into the workspace and name it from there.";
            place.error(message, meaning, EXAMPLE);
        }
        found.cloned()
    }

    fn check(&mut self, file: &Path, place: &Place<'a>, uri: &'a str, user: &'a str) -> bool {
        let checked = self.checked.entry(file.to_owned()).or_insert_with(|| Checked {
            fault: model_index::read(file).err().map(|error| error.to_string()),
            first: place.clone(),
            uri,
            users: Vec::new(),
        });
        checked.users.push(user);
        checked.fault.is_none()
    }

    /// Tells each file that cannot be shown, once.
    pub fn finish(self) {
        let near_of = |checked: &Checked| {
            let name = checked.uri.rsplit(['/', '\\']).next().unwrap_or(checked.uri).to_lowercase();
            let beside = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
            let names: Vec<String> = beside.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
            let models = names
                .iter()
                .map(String::as_str)
                .filter(|name| matches!(extension(Path::new(name)).as_str(), "glb" | "gltf"));
            // Sibling models often have long names in common: only a slip of the hand is a near miss.
            near_miss(&name, models)
                .filter(|near| strsim::damerau_levenshtein(&near.to_lowercase(), &name) <= 2)
                .map(str::to_owned)
        };
        for (file, checked) in &self.checked {
            let Some(fault) = &checked.fault else { continue };
            let users = counted(checked.users.len(), "node", "nodes");
            let verb = if checked.users.len() == 1 {
                "is drawn as a marked placeholder"
            } else {
                "are drawn as marked placeholders"
            };
            checked.first.error(
                format!("the model {} cannot be shown: {fault}", checked.uri),
                format!("{users} ({}) {verb}. The file is expected at {}.", some_of(&checked.users), file.display()),
                near_of(checked).map(|near| format!("\"uri\": \"{near}\"")).unwrap_or_default(),
            );
        }
    }
}

/// The ends of an object key, longest first: `a/b/c`, `b/c`, `c`.
fn ends_of(key: &str) -> Vec<String> {
    let starts = std::iter::once(0).chain(key.match_indices('/').map(|(at, _)| at + 1));
    starts
        .filter_map(|start| key.get(start..))
        .filter(|end| !end.is_empty() && !end.starts_with('/'))
        .map(str::to_owned)
        .collect()
}

fn has_drive(uri: &str) -> bool {
    uri.as_bytes().get(1) == Some(&b':')
}

/// From the units of the file to metres. An explicit scale wins; the `unit` of the scene document
/// has no effect, as in TwinMaker.
fn scale(component: &Place) -> [f32; 3] {
    if let Some(scale) = component.vector("localScale") {
        return scale;
    }
    let Some(unit) = component.text("unitOfMeasure") else { return [1.0; 3] };
    let metres = metres(unit).unwrap_or_else(|| {
        component.warn(
            format!("unit {unit} is not known"),
            "The model is shown as if it were in meters.",
            "\"unitOfMeasure\": \"millimeters\"",
        );
        1.0
    });
    [metres; 3]
}

/// Metres per unit, by the names of the format (TwinMaker reference 1.3).
fn metres(unit: &str) -> Option<f32> {
    Some(match unit {
        "millimeters" => 0.001,
        "centimeters" => 0.01,
        "decimeters" => 0.1,
        "meters" => 1.0,
        "kilometers" => 1000.0,
        "inches" => 0.0254,
        "feet" => 0.3048,
        "yards" => 0.9144,
        "miles" => 1609.344,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scene_named_without_its_folder_lies_in_the_current_one() {
        let models = Models::new(Path::new("scene.json"), Path::new("."));
        assert!(models.folder.is_absolute() && models.folder.starts_with(&models.bounds), "{models:?}");
        assert_eq!(models.folder, Models::new(Path::new("./scene.json"), Path::new(".")).folder);
    }

    #[test]
    fn object_keys_are_tried_by_their_ends() {
        assert_eq!(ends_of("a/b/c.glb"), ["a/b/c.glb", "b/c.glb", "c.glb"]);
        assert!(ends_of("").is_empty());
    }
}
