//! Which component each series of the telemetry tables belongs to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::report::{Report, some_of};
use super::telemetry::{Measure, Series, survey};
use super::types::{DataKind, Property};
use super::workspace::{ComponentAt, Workspace};
use crate::domain::time::Span;
use crate::project::Severity;

/// A telemetry table with the series in it that have a place in the plant.
#[derive(Debug)]
pub struct Table {
    pub file: PathBuf,
    pub columns: Vec<Column>,
}

/// One series of a table.
#[derive(Debug)]
pub struct Column {
    pub telemetry_id: String,
    pub at: ComponentAt,
    /// As the component type spells it; as the data spells it where no type does.
    pub property: String,
    pub interval: Option<Span>,
}

/// Surveys the tables, and adds measures that no component type declares to their components.
pub fn read(files: &[PathBuf], workspace: &mut Workspace, report: &Report) -> Vec<Table> {
    let mut owners: BTreeMap<String, Vec<ComponentAt>> = BTreeMap::new();
    for (at, component) in workspace.components() {
        if let Some(id) = component.telemetry_id {
            owners.entry(id.to_owned()).or_default().push(at);
        }
    }
    let tables = files.iter().filter_map(|file| {
        let series = surveyed(file, report)?;
        let columns = columns(file, series, &owners, workspace, report);
        Some(Table { file: file.clone(), columns })
    });
    tables.filter(|table| !table.columns.is_empty()).collect()
}

fn surveyed(file: &Path, report: &Report) -> Option<Series> {
    let meaning = "No samples are read from this file.".to_owned();
    match survey(file) {
        Ok(Some(series)) => Some(series),
        Ok(None) => {
            let expected = "epoch ms, asset type, telemetryAssetId, measure, value, DOUBLE or VARCHAR, without header";
            let message = format!("expected rows of {expected}; the first row is another");
            report.file(Severity::Warning, file, message, meaning);
            None
        }
        Err(error) => {
            report.file(Severity::Error, file, format!("the table cannot be read: {error}"), meaning);
            None
        }
    }
}

fn columns(
    file: &Path,
    series: Series,
    owners: &BTreeMap<String, Vec<ComponentAt>>,
    workspace: &mut Workspace,
    report: &Report,
) -> Vec<Column> {
    let mut columns = Vec::new();
    let mut homeless = Vec::new();
    for (telemetry_id, measures) in series {
        let Some(owners) = owners.get(&telemetry_id) else {
            homeless.push(telemetry_id);
            continue;
        };
        for (name, measure) in measures {
            let knows =
                |at: &&ComponentAt| workspace.component(**at).is_some_and(|part| part.property(&name).is_some());
            let Some(&at) = owners.iter().find(knows).or(owners.first()) else { continue };
            let Some(property) = settle(workspace, at, &name, &measure) else { continue };
            columns.push(Column { telemetry_id: telemetry_id.clone(), at, property, interval: measure.interval() });
        }
    }
    if !homeless.is_empty() {
        let message = format!(
            "no component of any entity has the telemetryAssetId of these series ({}): {}",
            homeless.len(),
            some_of(&homeless)
        );
        report.file(Severity::Warning, file, message, "Their samples are not shown.".into());
    }
    columns
}

/// The property that a measure is, made where the component has none of that name.
fn settle(workspace: &mut Workspace, at: ComponentAt, measure: &str, seen: &Measure) -> Option<String> {
    let component = workspace.component_mut(at)?;
    let name = component.property(measure).map_or(measure, |(name, _)| name).to_owned();
    let property = component.properties.entry(name.clone()).or_insert_with(Property::default);
    property.data.get_or_insert(DataKind::Value(seen.kind));
    property.time_series.get_or_insert(true);
    (property.data != Some(DataKind::Other)).then_some(name)
}
