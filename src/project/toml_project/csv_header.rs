//! Looks into the first row of a CSV file, so that a misspelt column is told before the replay.

use std::path::Path;

use super::entry::Entry;

/// Names in the header of the file; none, with a problem, where it cannot be read.
pub fn columns(entry: &Entry<'_>, file: &Path) -> Option<Vec<String>> {
    let reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_path(file);
    let header = reader.and_then(|mut reader| reader.headers().cloned());
    let problem = match header {
        Ok(header) if !header.is_empty() => return Some(header.iter().map(without_mark).collect()),
        Ok(_) => "expected a header with the names of the columns, found an empty file".to_owned(),
        Err(error) => match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
                "the file was not found".to_owned()
            }
            csv::ErrorKind::Io(error) => format!("the file cannot be read: {error}"),
            _ => "expected a header in UTF-8, found something else".to_owned(),
        },
    };
    let message = format!("{problem}: {}", file.display());
    entry.lacks("file", message, "Signals of this source get no values.", entry.example("file"));
    None
}

/// Spreadsheets begin their files with a byte order mark.
fn without_mark(name: &str) -> String {
    name.trim_start_matches('\u{feff}').to_owned()
}

/// Reports a column that the file does not have.
pub fn check(entry: &Entry<'_>, key: &str, column: &str, columns: Option<&[String]>) {
    if let Some(columns) = columns.filter(|columns| !columns.iter().any(|known| known == column)) {
        entry.fail_unknown(key, "column", column, columns.iter().map(String::as_str));
    }
}
