//! Where accounts, changes and the audit log of a plant are kept on this computer.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use directories::ProjectDirs;
use sha2::{Digest, Sha256};

/// Names the folder for all of it, in place of the one of this person.
pub const FOLDER_VARIABLE: &str = "TWINSCOPE_HOME";

static HOME: OnceLock<PathBuf> = OnceLock::new();

/// Keeps everything in another folder. Holds from the first call on.
pub fn keep_in(folder: PathBuf) {
    HOME.get_or_init(|| folder);
}

/// The folder for all plants.
fn home() -> PathBuf {
    if let Some(folder) = HOME.get() {
        return folder.clone();
    }
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder);
    }
    ProjectDirs::from("", "", "twinscope").map_or_else(std::env::temp_dir, |dirs| dirs.data_dir().to_owned())
}

/// The accounts of this computer.
pub fn accounts() -> PathBuf {
    home().join("accounts.toml")
}

/// Certificates of servers that are looked at without a project.
pub fn certificates() -> PathBuf {
    home().join("certificates")
}

/// The folder of one plant: its project's place on this computer makes the name.
pub fn of_plant(root: &Path) -> PathBuf {
    let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name: String = name.chars().filter(|letter| letter.is_alphanumeric() || *letter == '-').take(40).collect();
    let mut folder = format!("{name}-");
    for byte in Sha256::digest(root.to_string_lossy().as_bytes()).iter().take(6) {
        // Writing to a String cannot fail.
        _ = write!(folder, "{byte:02x}");
    }
    home().join("plants").join(folder)
}

/// The audit log in the folder of a plant.
pub fn audit(plant: &Path) -> PathBuf {
    plant.join("audit.jsonl")
}

/// Where orders are laid beside the desk that holds a plant.
pub fn inbox(plant: &Path) -> PathBuf {
    plant.join("inbox")
}

/// The changes in the folder of a plant.
pub fn changes(plant: &Path) -> PathBuf {
    plant.join("changes")
}
