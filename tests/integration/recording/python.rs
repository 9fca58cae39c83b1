//! Runs the judges: programs in Python that write and read files with libraries of others.
//!
//! Their packages stand in a folder of their own, made by `.ci/python` from `requirements.txt`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a script of the folder `python` prints. Panics with what it complains of.
pub fn run(script: &str, args: &[&OsStr]) -> String {
    let interpreter = interpreter();
    assert!(
        interpreter.is_file(),
        "{} is missing: run `make test` once, it installs the Python judges",
        interpreter.display()
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/recording/python").join(script);
    let output = Command::new(&interpreter).arg("-B").arg(&script).args(args).output().expect("python runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} failed: {complaint}", script.display());
    String::from_utf8(output.stdout).expect("text")
}

/// The interpreter that has the judges' packages.
pub fn interpreter() -> PathBuf {
    if let Some(given) = env::var_os("TWINSCOPE_TEST_PYTHON") {
        return given.into();
    }
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_else(|| OsString::from("."))).join(".cache");
    let cache = env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()).map_or_else(home, PathBuf::from);
    cache.join("twinscope-ci/python/bin/python")
}
