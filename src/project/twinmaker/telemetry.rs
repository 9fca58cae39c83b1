//! The sample telemetry of TwinMaker workspaces: which measures of which components a table holds,
//! of what kind, and how often. The samples themselves are read by the source.
//!
//! Layout, without header: epoch ms, asset type, telemetryAssetId, measure, value, type of value.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use crate::domain::time::Span;
use crate::domain::value::ValueKind;

/// Bytes of a table that are looked at; what appears only later is not known of.
const LOOKED_AT: u64 = 256 << 20;
/// Rows of a series that its interval is estimated from.
const SPACINGS: usize = 128;
/// Fewer rows than this give no estimate.
const FEWEST: usize = 8;

/// What a table holds: telemetryAssetId -> measure -> series.
pub type Series = BTreeMap<String, BTreeMap<String, Measure>>;

/// One measure of one component in a table.
#[derive(Clone, PartialEq, Debug)]
pub struct Measure {
    pub kind: ValueKind,
    pub rows: usize,
    last_ms: i64,
    spacings_ms: Vec<i64>,
}

impl Measure {
    /// The usual spacing of samples: the median. None for texts, which come when they change, and
    /// where there are too few rows to tell.
    pub fn interval(&self) -> Option<Span> {
        if matches!(self.kind, ValueKind::Text | ValueKind::Bool) || self.rows < FEWEST {
            return None;
        }
        let mut spacings = self.spacings_ms.clone();
        spacings.sort_unstable();
        let median = spacings.get(spacings.len() / 2).copied().filter(|spacing| *spacing > 0)?;
        Some(Span::from_millis(median))
    }
}

/// A row, apart from its value.
struct Row<'a> {
    ms: i64,
    asset_id: &'a str,
    measure: &'a str,
    kind: ValueKind,
}

/// Looks through a table; none where its first row has another layout.
///
/// # Errors
/// When the file cannot be read.
pub fn survey(file: &Path) -> io::Result<Option<Series>> {
    let mut reader = BufReader::with_capacity(1 << 16, File::open(file)?.take(LOOKED_AT));
    let mut series = Series::new();
    let (mut line, mut first) = (Vec::new(), true);
    while reader.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim();
        match row(text) {
            Some(row) => note(&mut series, &row),
            None if first && !text.is_empty() => return Ok(None),
            // The source counts rows that it cannot read, and shows them with the link.
            None => {}
        }
        first &= text.is_empty();
        line.clear();
    }
    Ok(Some(series))
}

fn row(text: &str) -> Option<Row<'_>> {
    let (rest, kind) = text.rsplit_once(',')?;
    let mut fields = rest.splitn(5, ',').map(|field| field.trim().trim_matches('"'));
    let ms = fields.next()?.parse().ok()?;
    let (_asset_type, asset_id, measure) = (fields.next()?, fields.next()?, fields.next()?);
    fields.next()?;
    let kind = match kind.trim().trim_matches('"') {
        "DOUBLE" => ValueKind::Real,
        "BIGINT" => ValueKind::Int,
        "BOOLEAN" => ValueKind::Bool,
        "VARCHAR" => ValueKind::Text,
        _ => return None,
    };
    Some(Row { ms, asset_id, measure, kind })
}

fn note(series: &mut Series, row: &Row) {
    // Looked up before it is inserted, so that only the first row of a series allocates.
    if !series.contains_key(row.asset_id) {
        series.insert(row.asset_id.to_owned(), BTreeMap::new());
    }
    let Some(measures) = series.get_mut(row.asset_id) else { return };
    let Some(measure) = measures.get_mut(row.measure) else {
        let first = Measure { kind: row.kind, rows: 1, last_ms: row.ms, spacings_ms: Vec::new() };
        measures.insert(row.measure.to_owned(), first);
        return;
    };
    measure.rows += 1;
    if measure.spacings_ms.len() < SPACINGS {
        measure.spacings_ms.push(row.ms.saturating_sub(measure.last_ms));
    }
    measure.last_ms = row.ms;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey_of(text: &str) -> Option<Series> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("telemetry.csv");
        std::fs::write(&file, text).expect("a file");
        survey(&file).expect("a readable file")
    }

    #[test]
    fn the_interval_is_the_median_spacing() {
        let rows: Vec<String> = [0, 5, 10, 15, 70, 75, 80, 85, 90]
            .iter()
            .map(|s| format!("{}000,Pump,p1,Flow,1.5,DOUBLE", 1000 + s))
            .collect();
        let series = survey_of(&rows.join("\r\n")).expect("the layout");
        let flow = &series["p1"]["Flow"];
        assert_eq!((flow.rows, flow.kind, flow.interval()), (9, ValueKind::Real, Some(Span::from_secs(5))));
    }

    #[test]
    fn texts_with_commas_are_one_value() {
        let series = survey_of("1000,Alarm,a1,note,\"hot, very\",VARCHAR\n\nbroken\n2000,Alarm,a1,note,ok,VARCHAR")
            .expect("the layout");
        assert_eq!((series["a1"]["note"].rows, series["a1"]["note"].interval()), (2, None));
    }

    #[test]
    fn tables_of_another_layout_are_told_apart() {
        assert_eq!(survey_of("timestamp,asset_name,attribute_name,attribute_value\n0,A,Speed,1"), None);
        assert_eq!(survey_of("1000,a,b,c,1\n"), None);
        assert_eq!(survey_of("").map(|series| series.len()), Some(0));
    }
}
