//! Opens a Parquet file, checks that it can be read, and gives its rows in batches.

use std::fmt;
use std::fs::File;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Compression;

use crate::recording::import::ImportError;
use crate::recording::import::table::MOST_SIGNALS;

/// Cells in a batch of rows.
const BATCH_CELLS: usize = 1 << 18;
const BATCH_ROWS: usize = 8_192;

pub(super) struct Table {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
    /// Names and types, in the order of the file.
    pub columns: Vec<(String, DataType)>,
    pub rows: u64,
}

impl Table {
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let file = File::open(path).map_err(|cause| ImportError::Read { path: path.to_owned(), cause })?;
        let no_parquet = |cause: String| {
            let what = format!("is no Parquet file that can be read ({cause})");
            content(path, what, "Check that it is whole, or export it again.")
        };
        let options = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guarded(|| ArrowReaderMetadata::load(&file, options())).map_err(no_parquet)?;
        let fields = metadata.schema().fields();
        if fields.len() > MOST_SIGNALS {
            let what = format!("has {} columns; {MOST_SIGNALS} are the most", fields.len());
            return Err(content(path, what, "Export it as a long table or in parts."));
        }
        // A view does not repeat a text for each row that has it.
        let fields: Vec<Arc<Field>> = fields
            .iter()
            .map(|field| match field.data_type() {
                DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
                _ => Arc::clone(field),
            })
            .collect();
        let columns = fields.iter().map(|field| (field.name().clone(), field.data_type().clone())).collect();
        let options = options().with_schema(Arc::new(Schema::new(fields)));
        let metadata = guarded(|| ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options));
        let metadata = metadata.map_err(no_parquet)?;
        let rows = u64::try_from(metadata.metadata().file_metadata().num_rows()).unwrap_or(0);
        Ok(Self { path: path.to_owned(), file, metadata, columns, rows })
    }

    /// The rows with the wanted columns (ascending places), batch by batch.
    pub fn batches(self, wanted: &[usize]) -> Result<Batches, ImportError> {
        let Self { path, file, metadata, .. } = self;
        let mask = ProjectionMask::roots(metadata.parquet_schema(), wanted.iter().copied());
        for group in metadata.metadata().row_groups() {
            for (leaf, column) in group.columns().iter().enumerate().filter(|(leaf, _)| mask.leaf_included(*leaf)) {
                let Some(codec) = unsupported(column.compression()) else { continue };
                let name = metadata.parquet_schema().columns().get(leaf).map_or("", |column| column.name());
                let what = format!("is compressed with {codec} (column \"{name}\"), which is not supported");
                return Err(content(&path, what, "Write it again with zstd or snappy compression."));
            }
        }
        let rows = (BATCH_CELLS / wanted.len().max(1)).clamp(1, BATCH_ROWS);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        match guarded(|| builder.with_projection(mask).with_batch_size(rows).build()) {
            Ok(reader) => Ok(Batches { path, reader: Some(reader) }),
            Err(cause) => Err(damaged(&path, &cause)),
        }
    }
}

/// The rows of a file; ends with the first error.
pub(super) struct Batches {
    path: PathBuf,
    reader: Option<ParquetRecordBatchReader>,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch, ImportError>;

    fn next(&mut self) -> Option<Self::Item> {
        let reader = self.reader.as_mut()?;
        let batch = guarded(|| reader.next().transpose()).transpose()?;
        if batch.is_err() {
            self.reader = None;
        }
        Some(batch.map_err(|cause| damaged(&self.path, &cause)))
    }
}

/// Calls the parquet crate, which panics on some damaged files.
fn guarded<T, E: fmt::Display>(work: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match panic::catch_unwind(AssertUnwindSafe(work)) {
        Ok(outcome) => outcome.map_err(|cause| cause.to_string()),
        Err(_) => Err("its parts contradict each other".to_owned()),
    }
}

fn damaged(path: &Path, cause: &str) -> ImportError {
    content(path, format!("is damaged ({cause})"), "What was read before stands; export the file again.")
}

fn unsupported(compression: Compression) -> Option<&'static str> {
    match compression {
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_) => None,
        Compression::GZIP(_) => Some("gzip"),
        Compression::LZO => Some("LZO"),
        Compression::BROTLI(_) => Some("brotli"),
        Compression::LZ4 | Compression::LZ4_RAW => Some("LZ4"),
    }
}

fn content(path: &Path, what: String, action: &str) -> ImportError {
    ImportError::Content { path: path.to_owned(), what, action: action.to_owned() }
}
