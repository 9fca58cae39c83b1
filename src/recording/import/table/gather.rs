//! For tests: what an import hands over, in one piece.

use std::path::Path;

use crate::domain::catalog::Catalog;
use crate::domain::quality::Quality;
use crate::domain::signal::{Sample, Signal};
use crate::domain::time::Timestamp;
use crate::domain::value::Value;
use crate::recording::import::csv::CsvOptions;
use crate::recording::import::{Found, ImportError, ImportReport, Intake, csv, parquet};

#[derive(Default, Debug)]
pub(in crate::recording) struct Gathered {
    pub catalog: Catalog,
    pub samples: Vec<Sample>,
    pub report: ImportReport,
}

impl Gathered {
    /// Reads a table by the ending of its name.
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        let mut samples = Vec::new();
        let mut take = |found: Found, progress: f64| {
            assert!((0.0..=1.0).contains(&progress), "{progress}");
            if let Found::Sample(sample) = found {
                samples.push(sample);
            }
            Ok(())
        };
        let mut intake = Intake::new(&mut take);
        match path.extension().is_some_and(|extension| extension == "csv") {
            true => csv::read(path, &CsvOptions::default(), &mut intake)?,
            false => parquet::read(path, &mut intake)?,
        }
        assert!((intake.progress - 1.0).abs() < f64::EPSILON, "{}", intake.progress);
        let (catalog, report) = (intake.catalog, intake.report);
        assert_eq!(report.samples, samples.len() as u64);
        Ok(Self { catalog, samples, report })
    }

    pub fn signal(&self, path: &str) -> &Signal {
        self.catalog.id(path).and_then(|id| self.catalog.get(id)).expect(path)
    }

    /// The samples of a signal: source time in ns, value and quality.
    pub fn of(&self, path: &str) -> Vec<(i64, Value, Quality)> {
        let id = self.catalog.id(path).expect(path);
        let samples = self.samples.iter().filter(|sample| sample.signal == id);
        samples.map(|sample| (sample.source_time.as_nanos(), sample.value.clone(), sample.quality)).collect()
    }

    pub fn times(&self) -> Vec<Timestamp> {
        self.samples.iter().map(|sample| sample.source_time).collect()
    }

    pub fn problems(&self) -> Vec<(&str, u64)> {
        self.report.problems.iter().map(|(words, count)| (words.as_str(), *count)).collect()
    }
}
