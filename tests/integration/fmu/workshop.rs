//! Builds the FMUs of the tests from their C sources, as zip archives.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use twinscope::simulation::fmu::archive::{ArchiveLimits, unpack};
use twinscope::simulation::fmu::process::{FmuLimits, FmuProcess};
use twinscope::simulation::fmu::{FmuError, description::FmiVersion};
use zip::write::{SimpleFileOptions, ZipWriter};

pub const BOTH: [FmiVersion; 2] = [FmiVersion::V2, FmiVersion::V3];

/// Long for a step of the tests' model, short for a person.
pub const PATIENT: FmuLimits =
    FmuLimits { load: Duration::from_secs(60), step: Duration::from_secs(20), memory_bytes: 512 << 20 };

/// An FMU and the folder around it, which lives as long as this.
pub struct Workshop {
    folder: TempDir,
    pub fmu: PathBuf,
}

impl Workshop {
    /// The lag in one version of FMI, as it should be.
    pub fn new(version: FmiVersion) -> Self {
        Self::with(version, &[], |description| description)
    }

    /// The same with options for the compiler and a changed description.
    pub fn with(version: FmiVersion, options: &[&str], describe: impl FnOnce(String) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let name = if version == FmiVersion::V2 { "fmi2" } else { "fmi3" };
        let library = folder.path().join("lag.so");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).args(options);
        let output = compiler.arg(sources().join(format!("{name}.c"))).arg("-lm").output().expect("a C compiler");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

        let description = fs::read_to_string(sources().join(format!("{name}.xml"))).expect("a description");
        let fmu = folder.path().join("lag.fmu");
        let mut zip = ZipWriter::new(File::create(&fmu).expect("a file"));
        let binary = fs::read(&library).expect("a library");
        let place = match (version, std::env::consts::ARCH) {
            (FmiVersion::V2, "x86_64") => "linux64".to_owned(),
            (_, arch) => format!("{arch}-linux"),
        };
        for (entry, content) in [
            ("modelDescription.xml", describe(description).into_bytes()),
            (&format!("binaries/{place}/lag.so"), binary),
            ("resources/note.txt", b"for the model".to_vec()),
        ] {
            zip.start_file(entry, SimpleFileOptions::default()).expect("an entry");
            zip.write_all(&content).expect("content");
        }
        zip.finish().expect("a zip");
        Self { folder, fmu }
    }

    /// Unpacks the FMU and starts it in a process of this program.
    pub fn start(&self, limits: FmuLimits) -> Result<FmuProcess, FmuError> {
        let into = tempfile::tempdir_in(self.folder.path()).expect("a folder").keep();
        let unpacked = unpack(&self.fmu, &into, &ArchiveLimits::default())?;
        let program = Path::new(env!("CARGO_BIN_EXE_twinscope"));
        FmuProcess::start(program, &[OsString::from("fmu-host")], &unpacked, limits)
    }
}

pub fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integration/fmu")
}
