//! Parquet tables, compressed with zstd. Times are nanoseconds in UTC; the key `twinscope` in the
//! file's metadata holds the version of the program that wrote it.
//!
//! Memory is bounded: rows go out in batches, batches in row groups of at most 128k rows.

mod long;
mod values;
mod wide;

use std::io;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

pub(super) use self::long::LongTable;
pub(super) use self::wide::WideTable;
use super::WriteError;
use super::part::PartFile;

const ROW_GROUP_ROWS: usize = 128 << 10;
/// A row group ends early when its encoded pages need more memory than this.
const ROW_GROUP_BYTES: usize = 64 << 20;
const BATCH_ROWS: usize = 8_192;
/// Cells of a batch; wide tables have shorter batches.
const BATCH_CELLS: usize = 1 << 18;
/// Text of a batch; long texts make shorter batches.
const BATCH_TEXT_BYTES: usize = 8 << 20;

const UTC: &str = "UTC";
/// Key of the file's metadata.
const METADATA_KEY: &str = "twinscope";

/// A Parquet file that takes batches.
struct Batches {
    writer: ArrowWriter<PartFile>,
    schema: SchemaRef,
}

impl Batches {
    fn create(file: PartFile, fields: Vec<Field>) -> Result<Self, WriteError> {
        let schema = Arc::new(Schema::new(fields));
        let version = KeyValue::new(METADATA_KEY.to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(Default::default()))
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_key_value_metadata(Some(vec![version]));
        // Times rise in small steps, which this encoding is made for.
        for field in schema.fields().iter().filter(|field| *field.data_type() == time_type()) {
            let column = ColumnPath::new(vec![field.name().clone()]);
            properties = properties
                .set_column_dictionary_enabled(column.clone(), false)
                .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties.build()))?;
        Ok(Self { writer, schema })
    }

    fn write(&mut self, columns: Vec<ArrayRef>) -> Result<(), WriteError> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns)
            .map_err(|error| WriteError::Other(error.to_string()))?;
        self.writer.write(&batch)?;
        if self.writer.memory_size() > ROW_GROUP_BYTES {
            self.writer.flush()?;
        }
        Ok(())
    }

    fn finish(self) -> Result<PartFile, WriteError> {
        Ok(self.writer.into_inner()?)
    }
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some(UTC.into()))
}

impl From<ParquetError> for WriteError {
    fn from(error: ParquetError) -> Self {
        match error {
            ParquetError::External(cause) => match cause.downcast::<io::Error>() {
                Ok(cause) => Self::Io(*cause),
                Err(other) => Self::Other(other.to_string()),
            },
            other => Self::Other(other.to_string()),
        }
    }
}
