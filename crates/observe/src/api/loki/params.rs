//! Parameters of requests, from the query string and from a posted form alike.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{Method, header};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::errors::{ApiError, ApiResult};
use crate::logs::Limits;
use crate::logs::logql::{Direction, Steps, units};

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3600 * SECOND;

/// All parameters of a request, in their order; those of a form come first.
#[derive(Debug, Default)]
pub(super) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Params {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let query = request.uri().query().unwrap_or_default().to_owned();
        let mut pairs = Vec::new();
        if request.method() == Method::POST {
            let kind = request
                .headers()
                .get(header::CONTENT_TYPE)
                .and_then(|value| value.to_str().ok());
            if kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded")) {
                let body = Bytes::from_request(request, state)
                    .await
                    .map_err(IntoResponse::into_response)?;
                pairs.extend(decode(&body));
            }
        }
        pairs.extend(decode(query.as_bytes()));
        Ok(Self(pairs))
    }
}

fn decode(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

impl Params {
    pub(super) fn of_query(query: Option<&str>) -> Self {
        Self(decode(query.unwrap_or_default().as_bytes()))
    }

    /// The first value of a parameter; empty ones count as none.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// `query`, which must be there.
    pub(super) fn query(&self) -> &str {
        self.get("query").unwrap_or_default()
    }

    /// A time in nanoseconds since the epoch.
    pub(super) fn time(&self, name: &str) -> ApiResult<Option<i64>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        read_time(text).map(Some).ok_or_else(|| {
            ApiError::bad(format!(
                "could not parse '{name}' parameter: parsing time {text:?}: cannot parse it as a timestamp"
            ))
        })
    }

    /// A duration in nanoseconds: seconds, or `5m`.
    pub(super) fn duration(&self, name: &str) -> ApiResult<Option<i64>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let seconds = text.parse::<f64>().ok().filter(|seconds| seconds.abs() < 9e9);
        let ns = seconds
            .map(|seconds| (seconds * SECOND as f64) as i64)
            .or_else(|| units::duration(text));
        ns.map(Some)
            .ok_or_else(|| ApiError::bad(format!("cannot parse {text:?} to a valid duration")))
    }

    /// `start`, `end` and `since`: the time before `end` (or now) as long as `default`.
    pub(super) fn span(&self, now: i64, default: i64) -> ApiResult<(i64, i64)> {
        let end = self.time("end")?.unwrap_or(now);
        let since = match self.duration("since")? {
            Some(since) => since,
            None => default,
        };
        let start = self
            .time("start")?
            .unwrap_or_else(|| end.min(now).saturating_sub(since));
        if end < start {
            return Err(ApiError::bad("end timestamp must not be before or equal to start time"));
        }
        Ok((start, end))
    }

    /// As [`Params::span`], no longer than queries may be about.
    pub(super) fn limited_span(&self, now: i64, default: i64, limits: &Limits) -> ApiResult<(i64, i64)> {
        let (start, end) = self.span(now, default)?;
        let most = i64::try_from(limits.max_query_length.as_nanos()).unwrap_or(i64::MAX);
        let length = end.saturating_sub(start);
        if most > 0 && length > most {
            return Err(ApiError::bad(format!(
                "the query time range exceeds the limit (query length: {}, limit: {})",
                units::write_duration(length),
                units::write_duration(most)
            )));
        }
        Ok((start, end))
    }

    /// `limit`, 100 where it is left out.
    pub(super) fn limit(&self, default: usize) -> ApiResult<usize> {
        let Some(text) = self.get("limit") else {
            return Ok(default);
        };
        match text.parse::<i64>() {
            Ok(limit @ 1..) => Ok(usize::try_from(limit).unwrap_or(usize::MAX)),
            Ok(_) => Err(ApiError::bad("limit must be a positive value")),
            Err(_) => Err(ApiError::bad(format!(
                "strconv.ParseInt: parsing {text:?}: invalid syntax"
            ))),
        }
    }

    /// `direction`, backward where it is left out.
    pub(super) fn direction(&self) -> ApiResult<Direction> {
        match self.get("direction").map(str::to_ascii_lowercase).as_deref() {
            None | Some("backward") => Ok(Direction::Backward),
            Some("forward") => Ok(Direction::Forward),
            Some(other) => Err(ApiError::bad(format!("invalid direction '{other}'"))),
        }
    }

    /// `step`, or one that gives 250 values.
    pub(super) fn steps(&self, (start, end): (i64, i64)) -> ApiResult<Steps> {
        let step = match self.duration("step")? {
            Some(step) => step,
            None => ((end - start) / SECOND / 250).max(1) * SECOND,
        };
        if step <= 0 {
            return Err(ApiError::bad(
                "zero or negative query resolution step widths are not accepted. Try a positive integer",
            ));
        }
        Ok(Steps { start, end, step })
    }
}

/// What ranges are where nothing is said: an hour for lines, six for labels.
pub(super) const LINES_SPAN: i64 = HOUR;
pub(super) const LABELS_SPAN: i64 = 6 * HOUR;

/// Seconds with a fraction, seconds in up to ten digits, nanoseconds in more, or RFC 3339.
fn read_time(text: &str) -> Option<i64> {
    if let Ok(whole) = text.parse::<i64>() {
        let digits = text.trim_start_matches('-').len();
        return if digits <= 10 {
            whole.checked_mul(SECOND)
        } else {
            Some(whole)
        };
    }
    if let Ok(seconds) = text.parse::<f64>() {
        let (whole, fraction) = (seconds.trunc(), seconds.fract());
        // To the microsecond: a float has no more digits at present.
        let micros = (fraction * 1e6).round() as i64 * 1000;
        return (whole.abs() < 9.2e9).then(|| (whole as i64).saturating_mul(SECOND).saturating_add(micros));
    }
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(moment.unix_timestamp_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_nanoseconds_or_rfc_3339() {
        for (text, time) in [
            ("4000000000", Some(4_000_000_000 * SECOND)),
            ("1700000000.5", Some(1_700_000_000_500_000_000)),
            ("1700000000123456789", Some(1_700_000_000_123_456_789)),
            ("2023-11-14T22:13:20.5Z", Some(1_700_000_000_500_000_000)),
            ("yesterday", None),
            ("NaN", None),
        ] {
            assert_eq!(read_time(text), time, "{text}");
        }
    }
}
