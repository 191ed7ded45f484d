//! Rows as text that belongs to no database: a JSON array a row, its values by the kinds of their columns.
//!
//! Whole numbers and texts are JSON's. Fractions are written as text with all their digits (JSON readers round them as they like), bytes
//! in Base64. Null is null.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sea_orm::{DbErr, QueryResult, Value};
use serde_json::Value as Json;

use super::tables::{Column, Kind};

/// Appends a row and its line end; `values` are the columns from `first` on.
pub(super) fn write(row: &QueryResult, columns: &[Column], into: &mut Vec<u8>) -> Result<(), DbErr> {
    let json = |error: serde_json::Error| DbErr::Json(error.to_string());
    into.push(b'[');
    for (n, column) in columns.iter().enumerate() {
        if n > 0 {
            into.push(b',');
        }
        match column.kind {
            Kind::Integer => serde_json::to_writer(&mut *into, &row.try_get_by_index::<Option<i64>>(n)?),
            Kind::Text => serde_json::to_writer(&mut *into, &row.try_get_by_index::<Option<String>>(n)?),
            Kind::Real => {
                let value = row.try_get_by_index::<Option<f64>>(n)?;
                serde_json::to_writer(&mut *into, &value.map(|value| format!("{value:?}")))
            }
            Kind::Blob => {
                let value = row.try_get_by_index::<Option<Vec<u8>>>(n)?;
                serde_json::to_writer(&mut *into, &value.map(|bytes| STANDARD.encode(bytes)))
            }
        }
        .map_err(json)?;
    }
    into.extend_from_slice(b"]\n");
    Ok(())
}

/// The value of one column, to ask for the rows after it.
pub(super) fn value(row: &QueryResult, place: usize, kind: Kind) -> Result<Value, DbErr> {
    Ok(match kind {
        Kind::Integer => row.try_get_by_index::<i64>(place)?.into(),
        Kind::Text => row.try_get_by_index::<String>(place)?.into(),
        Kind::Real => row.try_get_by_index::<f64>(place)?.into(),
        Kind::Blob => row.try_get_by_index::<Vec<u8>>(place)?.into(),
    })
}

/// Reads a line back; says what is wrong with it.
pub(super) fn read(line: &[u8], columns: &[Column]) -> Result<Vec<Value>, String> {
    let values: Vec<Json> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if values.len() != columns.len() {
        return Err(format!(
            "a row has {} values for {} columns",
            values.len(),
            columns.len()
        ));
    }
    let typed = values.into_iter().zip(columns).map(|(value, column)| {
        typed(value, column.kind).ok_or_else(|| format!("a value of {} is not {:?}", column.name, column.kind))
    });
    typed.collect()
}

fn typed(value: Json, kind: Kind) -> Option<Value> {
    Some(match (kind, value) {
        (Kind::Integer, Json::Null) => Value::BigInt(None),
        (Kind::Integer, Json::Number(number)) => number.as_i64()?.into(),
        (Kind::Text, Json::Null) => Value::String(None),
        (Kind::Text, Json::String(text)) => text.into(),
        (Kind::Real, Json::Null) => Value::Double(None),
        (Kind::Real, Json::String(text)) => text.parse::<f64>().ok()?.into(),
        (Kind::Blob, Json::Null) => Value::Bytes(None),
        (Kind::Blob, Json::String(text)) => STANDARD.decode(text).ok()?.into(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(kinds: &[Kind]) -> Vec<Column> {
        let column = |kind: &Kind| Column {
            name: "c".into(),
            kind: *kind,
        };
        kinds.iter().map(column).collect()
    }

    #[test]
    fn values_are_read_by_the_kind_of_their_column() {
        let all = columns(&[Kind::Integer, Kind::Text, Kind::Real, Kind::Blob]);
        let row = read(br#"[9223372036854775807,"a\nb","20.123456789012345","AP8="]"#, &all).unwrap();
        let expected: [Value; 4] = [
            i64::MAX.into(),
            "a\nb".into(),
            20.123_456_789_012_345.into(),
            vec![0_u8, 255].into(),
        ];
        assert_eq!(row, expected);
        assert_eq!(
            read(b"[null,null,null,null]", &all).unwrap(),
            [
                Value::BigInt(None),
                Value::String(None),
                Value::Double(None),
                Value::Bytes(None)
            ]
        );
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let all = columns(&[Kind::Integer]);
        for wrong in ["[1,2]", "[]", "[\"1\"]", "[1.5]", "[1", "{}", ""] {
            assert!(read(wrong.as_bytes(), &all).is_err(), "{wrong}");
        }
    }
}
