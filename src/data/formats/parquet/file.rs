//! One Parquet file: its columns, and their values batch by batch. Damage of whatever kind
//! becomes a message, never a panic. It knows nothing of texts or labels, and passes over
//! lists and maps.

use super::features::Features;
use crate::data::DataError;
use crate::data::formats::input::Input;
use crate::data::formats::magic;
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

const AGAIN: &str = "download or write the file again";
/// Both ends of a Parquet file.
const MAGIC: &[u8] = b"PAR1";

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Texts.
    Text,
    /// Bytes that are not declared to be text: old writers' texts, or pictures.
    Bytes,
    /// Pictures as Hugging Face stores them: a group of `bytes` and `path`.
    Picture,
    /// Whole numbers, real numbers, truth values.
    Plain,
    /// Something that is neither, in words.
    Other(&'static str),
}

/// One column that has one value a row.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name; that of a field of a group has a point in it.
    pub name: String,
    /// What it holds.
    pub kind: Kind,
    leaf: usize,
    unsigned: bool,
}

/// One value.
#[derive(Clone, Debug)]
pub enum Value {
    /// Null.
    Null,
    /// A text or other bytes.
    Bytes(ByteArray),
    /// A whole number.
    Whole(i64),
    /// A real number.
    Real(f64),
    /// A truth value.
    Truth(bool),
    /// A value of another type.
    Other,
}

/// An open file.
pub struct Table<'a> {
    path: &'a Path,
    reader: SerializedFileReader<File>,
    /// Its columns in their order.
    pub columns: Vec<Column>,
    /// What it says about them.
    pub features: Features,
}

impl<'a> Table<'a> {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    /// Not a Parquet file, or one that is cut off or damaged.
    pub fn open(path: &'a Path) -> Result<Self, DataError> {
        let input = Input::file(path);
        let head = input.head(16)?;
        if !head.starts_with(MAGIC) {
            let cause = format!("{}, but a Parquet file begins with PAR1", magic::words(&head));
            let remedy = "give a Parquet file, or correct the ending of the file's name";
            return Err(DataError::place(path, "byte 0", cause, remedy));
        }
        let file = File::open(path).map_err(|error| input.unreadable(&error))?;
        let reader =
            guarded(path, "the footer", || SerializedFileReader::new(file)).map_err(
                |error| match ends_well(path) {
                    true => error,
                    false => DataError::place(
                        path,
                        format!("byte {}", input.size()),
                        "the file ends here without Parquet's footer; it is truncated",
                        AGAIN,
                    ),
                },
            )?;
        let metadata = reader.metadata().file_metadata();
        let entries = metadata.key_value_metadata().into_iter().flatten();
        let declared =
            entries.filter(|entry| entry.key == "huggingface").find_map(|entry| entry.value.as_deref());
        let mut features = declared.map(Features::of_metadata).unwrap_or_default();
        if features.is_empty() {
            features = Features::beside(path);
        }
        let leaves = metadata.schema_descr().columns().iter().enumerate();
        let mut columns: Vec<Column> = leaves.filter_map(|(leaf, column)| column_of(leaf, column)).collect();
        // A list of groups has several leaves.
        columns.dedup_by(|later, first| later.name == first.name);
        Ok(Self { path, reader, columns, features })
    }

    /// Number of rows, as the footer says.
    pub fn rows(&self) -> u64 {
        u64::try_from(self.reader.metadata().file_metadata().num_rows()).unwrap_or(0)
    }

    /// Number of row groups.
    pub fn groups(&self) -> usize {
        self.reader.num_row_groups()
    }

    /// The values of some columns in one row group.
    ///
    /// # Errors
    /// Damaged.
    pub fn group(&self, group: usize, columns: &[&Column]) -> Result<Group<'a>, DataError> {
        guarded(self.path, &format!("row group {group}"), || {
            let reader = self.reader.get_row_group(group)?;
            let rows = usize::try_from(reader.metadata().num_rows()).unwrap_or(0);
            let cursors = columns.iter().map(|column| {
                let most = reader.metadata().column(column.leaf).column_descr().max_def_level();
                let from = reader.get_column_reader(column.leaf)?;
                Ok(Cursor { name: column.name.clone(), from, most, unsigned: column.unsigned })
            });
            Ok(Group { path: self.path, rows, cursors: cursors.collect::<Result<_, ParquetError>>()? })
        })
    }
}

/// Whether the file has Parquet's mark at its end.
fn ends_well(path: &Path) -> bool {
    use std::io::{Read, Seek, SeekFrom};
    let last = || -> std::io::Result<[u8; 4]> {
        let (mut file, mut last) = (File::open(path)?, [0; 4]);
        file.seek(SeekFrom::End(-4))?;
        file.read_exact(&mut last)?;
        Ok(last)
    };
    last().is_ok_and(|last| last == MAGIC)
}

/// A leaf of the schema as a column; `None` for the path beside a picture's bytes.
fn column_of(leaf: usize, column: &ColumnDescriptor) -> Option<Column> {
    let parts = column.path().parts();
    let (converted, logical) = (column.converted_type(), column.logical_type_ref());
    let text = matches!(converted, ConvertedType::UTF8 | ConvertedType::ENUM | ConvertedType::JSON)
        || matches!(logical, Some(LogicalType::String | LogicalType::Enum | LogicalType::Json));
    let dated =
        matches!(
            converted,
            ConvertedType::DATE
                | ConvertedType::TIME_MILLIS
                | ConvertedType::TIME_MICROS
                | ConvertedType::TIMESTAMP_MILLIS
                | ConvertedType::TIMESTAMP_MICROS
        ) || matches!(logical, Some(LogicalType::Date | LogicalType::Time(_) | LogicalType::Timestamp(_)));
    let decimal = converted == ConvertedType::DECIMAL || matches!(logical, Some(LogicalType::Decimal(_)));
    let mut name = parts.join(".");
    let kind = match column.physical_type() {
        _ if column.max_rep_level() > 0 => {
            name = parts.first().cloned().unwrap_or_default();
            Kind::Other("a list")
        }
        _ if dated => Kind::Other("a date or time"),
        _ if decimal => Kind::Other("a decimal number"),
        Type::BYTE_ARRAY if text => match parts {
            [_, .., last] if last == "path" => return None,
            _ => Kind::Text,
        },
        Type::BYTE_ARRAY => match parts {
            [group @ .., last] if last == "bytes" && !group.is_empty() => {
                name = group.join(".");
                Kind::Picture
            }
            _ => Kind::Bytes,
        },
        Type::INT96 => Kind::Other("a date or time"),
        Type::FIXED_LEN_BYTE_ARRAY => Kind::Other("bytes"),
        Type::BOOLEAN | Type::INT32 | Type::INT64 | Type::FLOAT | Type::DOUBLE => Kind::Plain,
    };
    let unsigned = matches!(
        converted,
        ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64
    );
    Some(Column { name, kind, leaf, unsigned })
}

/// Some columns of one row group.
pub struct Group<'a> {
    path: &'a Path,
    /// Rows, as the footer says.
    pub rows: usize,
    cursors: Vec<Cursor>,
}

impl Group<'_> {
    /// The next `count` values of each column; the columns are equally long.
    ///
    /// # Errors
    /// Damaged, or fewer values than the footer says.
    pub fn read(&mut self, count: usize) -> Result<Vec<Vec<Value>>, DataError> {
        let path = self.path;
        let read = |cursor: &mut Cursor| {
            let place = format!("column '{}'", cursor.name);
            let values = guarded(path, &place, || cursor.read(count))?;
            match values.len() == count {
                true => Ok(values),
                false => {
                    Err(DataError::place(path, place, "it has fewer values than the file has rows", AGAIN))
                }
            }
        };
        self.cursors.iter_mut().map(read).collect()
    }
}

struct Cursor {
    name: String,
    from: ColumnReader,
    /// Definition level of a value that is not null.
    most: i16,
    unsigned: bool,
}

impl Cursor {
    fn read(&mut self, count: usize) -> Result<Vec<Value>, ParquetError> {
        let (most, unsigned) = (self.most, self.unsigned);
        match &mut self.from {
            ColumnReader::BoolColumnReader(from) => read(from, count, most, Value::Truth),
            ColumnReader::Int32ColumnReader(from) => read(from, count, most, |value| {
                Value::Whole(if unsigned { i64::from(value.cast_unsigned()) } else { i64::from(value) })
            }),
            ColumnReader::Int64ColumnReader(from) => read(from, count, most, Value::Whole),
            ColumnReader::Int96ColumnReader(from) => read(from, count, most, |_| Value::Other),
            ColumnReader::FloatColumnReader(from) => read(from, count, most, |value| {
                // 0.1 stays 0.1, as it is written.
                Value::Real(value.to_string().parse().unwrap_or(f64::from(value)))
            }),
            ColumnReader::DoubleColumnReader(from) => read(from, count, most, Value::Real),
            ColumnReader::ByteArrayColumnReader(from) => read(from, count, most, Value::Bytes),
            ColumnReader::FixedLenByteArrayColumnReader(from) => read(from, count, most, |_| Value::Other),
        }
    }
}

/// Reads values and puts the nulls between them.
fn read<T: DataType>(
    from: &mut ColumnReaderImpl<T>,
    count: usize,
    most: i16,
    value: impl Fn(T::T) -> Value,
) -> Result<Vec<Value>, ParquetError> {
    let (mut values, mut levels, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
    let mut done = 0;
    while done < count {
        let (rows, ..) =
            from.read_records(count - done, Some(&mut levels), Some(&mut repeats), &mut values)?;
        if rows == 0 {
            break;
        }
        done += rows;
    }
    let mut values = values.into_iter();
    if most == 0 {
        return Ok(values.map(value).collect());
    }
    // A list has several levels a row; its rows are not looked into.
    if !repeats.is_empty() {
        return Ok(vec![Value::Other; done]);
    }
    let there = levels.into_iter().map(|level| if level == most { values.next() } else { None });
    Ok(there.map(|found| found.map_or(Value::Null, &value)).collect())
}

/// Turns whatever the reader does into values or a message. The crate may panic on crafted
/// files; nothing of ours is in between, and nothing left half done is used again.
fn guarded<T>(
    path: &Path,
    place: &str,
    read: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, DataError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(DataError::place(path, place, format!("the file is damaged ({error})"), AGAIN)),
        Err(_) => Err(DataError::place(
            path,
            place,
            "the file is damaged in a way that its reader does not handle",
            AGAIN,
        )),
    }
}
