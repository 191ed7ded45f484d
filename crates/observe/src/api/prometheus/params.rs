//! Parameters of requests, from the query string and from a posted form alike.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{Method, header};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::envelope::{ApiError, ApiResult};
use crate::metrics::matchers::Matcher;
use crate::metrics::promql::number::parse_duration;
use crate::metrics::promql::{Options, Query};

/// The earliest time Prometheus reads, which stands for «from the beginning»: milliseconds since the epoch.
pub(super) const MIN_TIME: i64 = i64::MIN / 4;
/// The latest time Prometheus reads, which stands for «to the end».
pub(super) const MAX_TIME: i64 = i64::MAX / 4;

/// All parameters of a request, in their order; those of a form come first, as in Go.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let is_form = request.method() == Method::POST
            && request
                .headers()
                .get(header::CONTENT_TYPE)
                .and_then(|value| value.to_str().ok())
                .is_some_and(|value| value.starts_with("application/x-www-form-urlencoded"));
        let mut pairs = Vec::new();
        if is_form {
            let body = Bytes::from_request(request, state)
                .await
                .map_err(IntoResponse::into_response)?;
            pairs.extend(decode(&body).map_err(IntoResponse::into_response)?);
        }
        pairs.extend(decode(query.as_bytes()).map_err(IntoResponse::into_response)?);
        Ok(Self(pairs))
    }
}

fn decode(text: &[u8]) -> ApiResult<Vec<(String, String)>> {
    serde_urlencoded::from_bytes(text)
        .map_err(|error| ApiError::bad_data(format!("error parsing form values: {error}")))
}

impl Params {
    /// The first value of a parameter; empty ones count as none.
    pub(super) fn get(&self, name: &'static str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// A time in milliseconds since the epoch.
    pub(super) fn time(&self, name: &'static str) -> ApiResult<Option<i64>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        read_time(text)
            .map(Some)
            .ok_or_else(|| ApiError::invalid(name, format_args!("cannot parse {text:?} to a valid timestamp")))
    }

    /// A time that has to be there.
    pub(super) fn required_time(&self, name: &'static str) -> ApiResult<i64> {
        self.time(name)?
            .ok_or_else(|| ApiError::invalid(name, "cannot parse \"\" to a valid timestamp"))
    }

    /// A duration in milliseconds.
    pub(super) fn duration(&self, name: &'static str) -> ApiResult<Option<i64>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        read_duration(text)
            .map(Some)
            .map_err(|why| ApiError::invalid(name, format_args!("cannot parse {text:?} to a valid duration{why}")))
    }

    /// `limit`: the most results wanted; 0 or nothing is no limit.
    pub(super) fn limit(&self) -> ApiResult<usize> {
        self.count("limit")
    }

    /// A limit of this name.
    pub(super) fn count(&self, name: &'static str) -> ApiResult<usize> {
        let Some(text) = self.get(name) else {
            return Ok(usize::MAX);
        };
        let limit: i64 = text
            .parse()
            .map_err(|_| ApiError::invalid(name, format_args!("cannot parse {text:?} to a valid integer")))?;
        match limit {
            0 => Ok(usize::MAX),
            1.. => Ok(usize::try_from(limit).unwrap_or(usize::MAX)),
            _ => Err(ApiError::invalid(name, format_args!("{name} must be non-negative"))),
        }
    }

    /// `start` and `end` of a request that may leave them out.
    pub(super) fn span(&self) -> ApiResult<(i64, i64)> {
        let (start, end) = (self.time("start")?, self.time("end")?);
        let (start, end) = (start.unwrap_or(MIN_TIME), end.unwrap_or(MAX_TIME));
        if end < start {
            return Err(ApiError::invalid(
                "end",
                "end timestamp must not be before start timestamp",
            ));
        }
        Ok((start, end))
    }

    /// `match[]`: sets of matchers. The parser refuses those that every series would satisfy.
    pub(super) fn matcher_sets(&self) -> ApiResult<Vec<Vec<Matcher>>> {
        let sets = self.all("match[]").map(|text| read_selector("match[]", text));
        sets.collect()
    }

    /// One selector; without one, no conditions.
    pub(super) fn selector(&self, name: &'static str) -> ApiResult<Vec<Matcher>> {
        self.get(name).map_or(Ok(Vec::new()), |text| read_selector(name, text))
    }
}

/// `up{job="node"}` as matchers.
fn read_selector(name: &str, text: &str) -> ApiResult<Vec<Matcher>> {
    let query = Query::parse(text, &Options::default()).map_err(|error| ApiError::invalid(name, error))?;
    query
        .matchers()
        .map(<[Matcher]>::to_vec)
        .ok_or_else(|| ApiError::invalid(name, format_args!("{text:?} is not a vector selector")))
}

/// Seconds since the epoch with a fraction, or RFC 3339.
fn read_time(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<f64>() {
        return whole_milliseconds(seconds);
    }
    match text {
        // What Prometheus's clients send for the ends of time.
        "-292273086-05-16T16:47:06Z" => Some(MIN_TIME),
        "292277025-08-18T07:12:54.999999999Z" => Some(MAX_TIME),
        _ => {
            let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
            i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
        }
    }
}

/// Seconds with a fraction, or `1h30m`; milliseconds.
fn read_duration(text: &str) -> Result<i64, &'static str> {
    if let Ok(seconds) = text.parse::<f64>() {
        return whole_milliseconds(seconds).ok_or(". It overflows int64");
    }
    parse_duration(text).ok_or("")
}

fn whole_milliseconds(seconds: f64) -> Option<i64> {
    let milliseconds = (seconds * 1000.0).round();
    // Also false for NaN.
    (milliseconds.abs() <= MAX_TIME as f64).then_some(milliseconds as i64)
}

/// The name of a label as it stands in a path: `U__` begins a name in which `_2e_` is a point and `__` an underscore.
///
/// Returns the text as it is when it is not escaped that way, or not properly.
pub(super) fn unescape_label_name(text: &str) -> String {
    fn unescape(escaped: &str) -> Option<String> {
        let (mut name, mut rest) = (String::new(), escaped);
        while let Some(at) = rest.find('_') {
            name.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('_') {
                name.push('_');
                rest = after;
            } else {
                let (code, after) = rest.split_once('_').filter(|(code, _)| code.len() <= 6)?;
                name.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
                rest = after;
            }
        }
        name.push_str(rest);
        Some(name)
    }
    text.strip_prefix("U__")
        .and_then(unescape)
        .unwrap_or_else(|| text.to_owned())
}

/// A duration for the engine; negative ones are none.
pub(super) fn as_duration(milliseconds: i64) -> Duration {
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_rfc_3339() {
        for (text, milliseconds) in [
            ("1435781430.781", Some(1_435_781_430_781)),
            ("1e3", Some(1_000_000)),
            ("-1.5", Some(-1500)),
            ("2015-07-01T20:10:30.781Z", Some(1_435_781_430_781)),
            ("2015-07-01T22:10:30.781+02:00", Some(1_435_781_430_781)),
            ("-292273086-05-16T16:47:06Z", Some(MIN_TIME)),
            ("NaN", None),
            ("1e300", None),
            ("yesterday", None),
        ] {
            assert_eq!(read_time(text), milliseconds, "{text}");
        }
    }

    #[test]
    fn durations_are_seconds_or_sums_of_units() {
        assert_eq!(read_duration("15"), Ok(15_000));
        assert_eq!(read_duration("0.5"), Ok(500));
        assert_eq!(read_duration("1h30m"), Ok(5_400_000));
        assert_eq!(read_duration("1e300"), Err(". It overflows int64"));
        assert_eq!(read_duration("soon"), Err(""));
    }

    #[test]
    fn names_beyond_the_plain_alphabet_arrive_escaped() {
        for (text, name) in [
            ("job", "job"),
            ("U__http_2e_method", "http.method"),
            ("U__a__b", "a_b"),
            ("U___1f600_", "😀"),
            ("U__broken_2e", "U__broken_2e"),
            ("U__not_zz_hex", "U__not_zz_hex"),
        ] {
            assert_eq!(unescape_label_name(text), name);
        }
    }
}
