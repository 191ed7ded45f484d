//! Times as Alertmanager's JSON has them.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::format_description::well_known::Rfc3339;
use time::macros::{datetime, format_description};
use time::{OffsetDateTime, PrimitiveDateTime};

/// Go's zero time: what was not said.
pub const ZERO: OffsetDateTime = datetime!(0001-01-01 0:00 UTC);

/// `2026-11-24T12:00:00.25Z`: as many digits as needed, the offset kept.
pub fn write(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_else(|_| "0001-01-01T00:00:00Z".into())
}

/// `2026-11-24T12:00:00.250Z`: always milliseconds.
pub fn write_milliseconds(time: OffsetDateTime) -> String {
    let date = time.format(format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]"
    ));
    let offset = if time.offset().is_utc() {
        Ok("Z".to_owned())
    } else {
        time.format(format_description!("[offset_hour sign:mandatory]:[offset_minute]"))
    };
    match (date, offset) {
        (Ok(date), Ok(offset)) => date + &offset,
        _ => "0001-01-01T00:00:00.000Z".into(),
    }
}

/// Reads RFC 3339, and what the peer takes besides: without an offset, with a space, empty.
///
/// # Errors
/// When it is no time.
pub fn read(text: &str) -> Result<OffsetDateTime, String> {
    if text.is_empty() {
        return Ok(ZERO);
    }
    if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(time);
    }
    let local = format_description!(
        version = 2,
        "[year]-[month]-[day][first [T] [ ]][hour]:[minute]:[second][optional [.[subsecond]]]"
    );
    PrimitiveDateTime::parse(text.trim_end_matches('Z'), local)
        .map(PrimitiveDateTime::assume_utc)
        .map_err(|_| format!("parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": not a time of RFC 3339"))
}

/// For `serde(with)`: RFC 3339.
pub(crate) mod rfc3339 {
    use super::{Deserialize, Deserializer, OffsetDateTime, Serialize, Serializer, de, read, write};

    pub(crate) fn serialize<S: Serializer>(time: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
        write(*time).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
        read(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_keep_their_offset_and_their_digits() {
        let time = read("2026-11-24T12:00:00.123456+02:00").unwrap();
        assert_eq!(write(time), "2026-11-24T12:00:00.123456+02:00");
        assert_eq!(write_milliseconds(time), "2026-11-24T12:00:00.123+02:00");
        assert_eq!(write(ZERO), "0001-01-01T00:00:00Z");
        assert_eq!(
            write_milliseconds(read("2026-11-24T12:00:00Z").unwrap()),
            "2026-11-24T12:00:00.000Z"
        );
        assert_eq!(
            read("2026-11-24 12:00:00").unwrap(),
            read("2026-11-24T12:00:00Z").unwrap()
        );
        assert!(read("yesterday").is_err());
    }
}
