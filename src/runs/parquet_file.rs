//! The prediction table as a Parquet file that pandas, pyarrow and DuckDB read: columns
//! `id`, `split`, `target` (null when unlabelled), `prediction`, `loss` and `probabilities`
//! (a list with one number per class); step and number of classes in the file's metadata.

use super::disk::{Disk, SystemDisk};
use super::{PredictionTable, RunError};
use crate::data::Split;
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::reader::get_typed_column_reader;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, FloatType, Int32Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

const SCHEMA: &str = "message predictions {
    REQUIRED INT32 id (INTEGER(32,false));
    REQUIRED BYTE_ARRAY split (STRING);
    OPTIONAL INT32 target (INTEGER(32,false));
    REQUIRED INT32 prediction (INTEGER(32,false));
    REQUIRED FLOAT loss;
    REQUIRED GROUP probabilities (LIST) { REPEATED GROUP list { REQUIRED FLOAT element; } }
}";
const COLUMNS: usize = 6;
/// Rows written at a time; bounds the memory that a reader needs.
const ROWS_IN_GROUP: usize = 1 << 16;
const STEP: &str = "attentive.step";
const CLASSES: &str = "attentive.classes";

impl PredictionTable {
    /// Writes the table, whole or not at all.
    ///
    /// # Errors
    /// [`RunError`] when the file cannot be written.
    pub fn write_parquet(&self, path: &Path) -> std::result::Result<(), RunError> {
        self.write_parquet_on(&SystemDisk, path)
    }

    /// The same on a given disk.
    pub(super) fn write_parquet_on(&self, disk: &dyn Disk, path: &Path) -> std::result::Result<(), RunError> {
        let error = |e: ParquetError| RunError::write(path, &std::io::Error::other(e));
        let bytes = self.to_parquet().map_err(error)?;
        super::aside::write_aside_on(disk, path, &bytes)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// [`RunError`] when the file is missing, damaged or has other columns.
    pub fn read_parquet(path: &Path) -> std::result::Result<Self, RunError> {
        let file = File::open(path).map_err(|e| RunError::read(path, &e))?;
        from_parquet(file).map_err(|e| {
            RunError::at(
                path,
                format!("not a readable table of predictions: {e}"),
                "evaluate the run again to write a new one",
            )
        })
    }

    fn to_parquet(&self) -> Result<Vec<u8>> {
        let metadata = [(STEP, self.step), (CLASSES, self.classes as u64)];
        let metadata = metadata.map(|(key, value)| KeyValue::new(key.to_owned(), value.to_string()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_column_dictionary_enabled(ColumnPath::from("id"), false)
            .set_column_dictionary_enabled(ColumnPath::from("loss"), false)
            .set_column_dictionary_enabled(ColumnPath::from("probabilities.list.element"), false)
            .set_key_value_metadata(Some(metadata.to_vec()))
            .build();
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
        for start in (0..self.len()).step_by(ROWS_IN_GROUP) {
            let rows = start..(start + ROWS_IN_GROUP).min(self.len());
            let mut group = writer.next_row_group()?;
            let numbers = |values: &[u32]| values.iter().map(|v| v.cast_signed()).collect::<Vec<i32>>();
            write::<Int32Type>(&mut group, &numbers(&self.samples[rows.clone()]), None, None)?;
            let splits: Vec<ByteArray> = self.splits[rows.clone()].iter().map(|s| s.name().into()).collect();
            write::<ByteArrayType>(&mut group, &splits, None, None)?;
            let targets = &self.targets[rows.clone()];
            let present: Vec<i16> = targets.iter().map(|t| i16::from(t.is_some())).collect();
            let labelled: Vec<u32> = targets.iter().copied().flatten().collect();
            write::<Int32Type>(&mut group, &numbers(&labelled), Some(&present), None)?;
            write::<Int32Type>(&mut group, &numbers(&self.predicted[rows.clone()]), None, None)?;
            write::<FloatType>(&mut group, &self.losses[rows.clone()], None, None)?;
            let values = &self.probabilities[rows.start * self.classes..rows.end * self.classes];
            // A list: its first element has repetition level 0, the others 1; an element has
            // definition level 1.
            let first: Vec<i16> =
                (0..values.len()).map(|i| i16::from(!i.is_multiple_of(self.classes.max(1)))).collect();
            write::<FloatType>(&mut group, values, Some(&vec![1; values.len()]), Some(&first))?;
            group.close()?;
        }
        writer.into_inner()
    }
}

/// Writes the next column of a row group.
fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    definition: Option<&[i16]>,
    repetition: Option<&[i16]>,
) -> Result<()> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("more columns than the schema has".into()))?;
    column.typed::<T>().write_batch(values, definition, repetition)?;
    column.close()
}

fn from_parquet(file: File) -> Result<PredictionTable> {
    let wrong = |what: &str| ParquetError::General(what.to_owned());
    let reader = SerializedFileReader::new(file)?;
    let metadata = reader.metadata().file_metadata();
    let expected = parquet::schema::types::SchemaDescriptor::new(Arc::new(parse_message_type(SCHEMA)?));
    let same = |i: usize| {
        let (have, want) = (metadata.schema_descr().column(i), expected.column(i));
        have.path() == want.path() && have.physical_type() == want.physical_type()
    };
    if metadata.schema_descr().num_columns() != COLUMNS || !(0..COLUMNS).all(same) {
        return Err(wrong("it has other columns"));
    }
    let entry = |key: &str| -> Option<u64> {
        metadata.key_value_metadata()?.iter().find(|kv| kv.key == key)?.value.as_ref()?.parse().ok()
    };
    let classes = entry(CLASSES).ok_or_else(|| wrong("the number of classes is missing"))?;
    let mut table = PredictionTable {
        step: entry(STEP).ok_or_else(|| wrong("the step is missing"))?,
        classes: usize::try_from(classes).map_err(|_| wrong("too many classes"))?,
        ..PredictionTable::default()
    };
    let numbers = |values: Vec<i32>| values.into_iter().map(i32::cast_unsigned);
    for index in 0..reader.num_row_groups() {
        let group = &*reader.get_row_group(index)?;
        table.samples.extend(numbers(read::<Int32Type>(group, 0)?.0));
        for split in read::<ByteArrayType>(group, 1)?.0 {
            let all = [Split::Train, Split::Validation, Split::Test];
            let known = all.into_iter().find(|s| s.name().as_bytes() == split.data());
            table.splits.push(known.ok_or_else(|| wrong("an unknown split"))?);
        }
        let (labelled, present) = read::<Int32Type>(group, 2)?;
        let mut labelled = numbers(labelled);
        table.targets.extend(present.iter().map(|p| if *p == 1 { labelled.next() } else { None }));
        table.predicted.extend(numbers(read::<Int32Type>(group, 3)?.0));
        table.losses.extend(read::<FloatType>(group, 4)?.0);
        table.probabilities.extend(read::<FloatType>(group, 5)?.0);
    }
    let rows = table.samples.len();
    let lengths = [table.splits.len(), table.targets.len(), table.predicted.len(), table.losses.len()];
    if lengths.iter().any(|length| *length != rows)
        || table.probabilities.len() != rows.saturating_mul(table.classes)
        || table.predicted.iter().any(|class| *class as usize >= table.classes)
    {
        return Err(wrong("the columns do not fit each other"));
    }
    Ok(table)
}

/// Values and definition levels of one column of a row group.
fn read<T: DataType>(group: &dyn RowGroupReader, column: usize) -> Result<(Vec<T::T>, Vec<i16>)> {
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
    let mut reader = get_typed_column_reader::<T>(group.get_column_reader(column)?);
    let mut done = 0;
    while done < rows {
        let (records, ..) =
            reader.read_records(rows - done, Some(&mut definition), Some(&mut repetition), &mut values)?;
        if records == 0 {
            break;
        }
        done += records;
    }
    Ok((values, definition))
}
