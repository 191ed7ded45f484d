//! Query parameters, and the two ways a search is written in them.

use serde_json::{Map, Value};

use super::duration::{parse, parse_time};
use crate::traces::{Query, TraceId};

/// Jaeger's `limit` where none is given.
const LIMIT: usize = 100;
/// Traces in one answer at most: what Jaeger's own UI asks for at most.
const MOST: usize = 1500;
/// Jaeger's `start` where none is given: two days ago.
const LOOKBACK: i64 = 48 * 3600 * 1_000_000_000;

/// The parameters of a request, in their order.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of(query: Option<&str>) -> Result<Self, String> {
        serde_urlencoded::from_str(query.unwrap_or_default())
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Of a posted request: the same names in an object of objects (`{"query": {"serviceName": …}}`).
    pub(super) fn of_json(body: &[u8]) -> Result<Self, String> {
        let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let Some(query) = body.get("query").and_then(Value::as_object) else {
            return Err("malformed request: query is required".to_owned());
        };
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Ok(Self(
            query
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (format!("query.{name}"), text(value)))
                .collect(),
        ))
    }

    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first of a name that is not empty.
    pub(super) fn one<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).find(|value| !value.is_empty())
    }

    /// The first of several names that is there, with its name.
    fn any<'a>(&'a self, names: &[&'a str]) -> Option<(&'a str, &'a str)> {
        names.iter().find_map(|name| Some((*name, self.one(name)?)))
    }

    /// The same for those who do not care by which name it came.
    pub(super) fn value<'a>(&'a self, names: &[&'a str]) -> Option<&'a str> {
        self.any(names).map(|(_, value)| value)
    }

    /// A moment in whole units since the epoch, as nanoseconds.
    fn moment(&self, name: &str, unit: i64) -> Result<Option<i64>, String> {
        let Some(text) = self.one(name) else { return Ok(None) };
        let number: i64 = text
            .parse()
            .map_err(|_| format!("unable to parse param '{name}': {text:?} is no integer"))?;
        Ok(Some(number.saturating_mul(unit)))
    }

    /// A duration in Go's way, as nanoseconds.
    fn duration(&self, name: &str) -> Result<Option<i64>, String> {
        let parsed = self.one(name).map(parse).transpose();
        parsed.map_err(|error| format!("unable to parse param '{name}': {error}"))
    }

    /// The search of `/api/traces`. `now` in nanoseconds.
    pub(super) fn legacy_query(&self, now: i64) -> Result<Query, String> {
        let service = self.one("service").ok_or("parameter 'service' is required")?;
        let end = self.moment("end", 1000)?.unwrap_or(now);
        // Jaeger's UI names what it computes `start` from; a word such as `custom` says nothing.
        let lookback = self.one("lookback").and_then(lookback).unwrap_or(LOOKBACK);
        let start = self.moment("start", 1000)?.unwrap_or(end.saturating_sub(lookback));
        if start > end {
            return Err("invalid parameter: start time must be before end time".to_owned());
        }
        let duration = (self.duration("minDuration")?, self.duration("maxDuration")?);
        if let (Some(least), Some(most)) = duration
            && most < least
            && most != 0
        {
            return Err("'maxDuration' should be greater than 'minDuration'".to_owned());
        }
        Ok(Query {
            service: Some(service.to_owned()),
            operation: self.one("operation").map(str::to_owned),
            tags: self.legacy_tags()?,
            start: (start, end),
            duration: bounds(duration),
            limit: limit("limit", self.one("limit"), LIMIT)?,
        })
    }

    /// `tag=key:value`, any number of times, and `tags={"key": "value"}`.
    fn legacy_tags(&self) -> Result<Vec<(String, String)>, String> {
        let mut tags = Vec::new();
        for tag in self.all("tag").filter(|tag| !tag.is_empty()) {
            let (key, value) = tag
                .split_once(':')
                .ok_or_else(|| format!("malformed 'tag' parameter, expecting key:value, received: {tag}"))?;
            tags.push((key.to_owned(), value.to_owned()));
        }
        for text in self.all("tags").filter(|text| !text.is_empty()) {
            let more = json_tags(text)
                .map_err(|error| format!("malformed 'tags' parameter, cannot unmarshal JSON: {error}"))?;
            tags.extend(more);
        }
        Ok(tags)
    }

    /// `traceID=…`, any number of times.
    pub(super) fn trace_ids(&self) -> Result<Vec<TraceId>, String> {
        let ids: Vec<&str> = self.all("traceID").filter(|id| !id.is_empty()).collect();
        if ids.len() > MOST {
            return Err(format!("{} traces are more than {MOST}", ids.len()));
        }
        let parse = |id| TraceId::parse(id).map_err(|error| format!("cannot parse traceID param: {error}"));
        ids.into_iter().map(parse).collect()
    }

    /// `endTs` and `lookback` of `/api/dependencies`, in milliseconds there, in nanoseconds here.
    pub(super) fn dependencies_time(&self, now: i64) -> Result<(i64, i64), String> {
        let end = self.moment("endTs", 1_000_000)?.unwrap_or(now);
        let lookback = self.moment("lookback", 1_000_000)?.unwrap_or(LOOKBACK / 2);
        Ok((end.saturating_sub(lookback), end))
    }

    /// The search of v3: names in lowerCamelCase, or those it had before.
    pub(super) fn v3_query(&self) -> Result<Query, String> {
        let time = (
            self.v3_time(&["query.startTimeMin", "query.start_time_min"])?,
            self.v3_time(&["query.startTimeMax", "query.start_time_max"])?,
        );
        let (Some(from), Some(to)) = time else {
            return Err("query.startTimeMin and query.startTimeMax are required".to_owned());
        };
        if from > to {
            return Err("query.startTimeMin must be before query.startTimeMax".to_owned());
        }
        for refused in ["query.filter", "query.pagination.pageToken"] {
            if self.one(refused).is_some() {
                return Err(format!("parameter {refused} is not supported"));
            }
        }
        let attributes = match self.one("query.attributes") {
            Some(text) => json_tags(text).map_err(|error| format!("malformed parameter query.attributes: {error}"))?,
            None => Vec::new(),
        };
        let duration = (
            self.v3_duration(&["query.durationMin", "query.duration_min"])?,
            self.v3_duration(&["query.durationMax", "query.duration_max"])?,
        );
        let depth = self.any(&[
            "query.searchDepth",
            "query.search_depth",
            "query.numTraces",
            "query.num_traces",
            "query.pagination.pageSize",
        ]);
        let (name, depth) = depth.map_or(("query.searchDepth", None), |(name, depth)| (name, Some(depth)));
        let owned = |names: &[&'static str]| self.value(names).map(str::to_owned);
        Ok(Query {
            service: owned(&["query.serviceName", "query.service_name"]),
            operation: owned(&["query.operationName", "query.operation_name"]),
            tags: attributes,
            // The end of the time is not in it.
            start: (from, to.saturating_sub(1).max(from)),
            duration: bounds(duration),
            // 0 is what a client that says nothing sends.
            limit: limit(name, depth.filter(|depth| *depth != "0"), LIMIT)?,
        })
    }

    /// A moment of v3, as nanoseconds.
    pub(super) fn v3_time(&self, names: &[&'static str]) -> Result<Option<i64>, String> {
        let Some((name, text)) = self.any(names) else {
            return Ok(None);
        };
        let time = parse_time(text).map_err(|error| format!("malformed parameter {name}: {error}"))?;
        Ok(Some(time))
    }

    fn v3_duration(&self, names: &[&'static str]) -> Result<Option<i64>, String> {
        let Some((name, text)) = self.any(names) else {
            return Ok(None);
        };
        let duration = parse(text).map_err(|error| format!("malformed parameter {name}: {error}"))?;
        Ok(Some(duration))
    }
}

/// `1h`, and `2d` as Jaeger's UI has it.
fn lookback(text: &str) -> Option<i64> {
    if let Some(days) = text.strip_suffix('d') {
        return days.parse::<i64>().ok()?.checked_mul(24 * 3600 * 1_000_000_000);
    }
    parse(text).ok().filter(|nanos| *nanos > 0)
}

/// Zero is no bound, as in Jaeger.
fn bounds((least, most): (Option<i64>, Option<i64>)) -> (i64, i64) {
    let most = most.filter(|most| *most != 0).unwrap_or(i64::MAX);
    (least.unwrap_or(0), most)
}

fn limit(name: &str, text: Option<&str>, default: usize) -> Result<usize, String> {
    let Some(text) = text else { return Ok(default) };
    let wrong = |why: &str| format!("invalid parameter: {name} {why}, received {text:?}");
    match text.parse::<i64>() {
        Ok(limit) if limit > MOST as i64 => Err(wrong(&format!("must not be greater than {MOST}"))),
        Ok(limit) if limit > 0 => Ok(limit as usize),
        Ok(_) => Err(wrong("must be greater than 0")),
        Err(_) => Err(wrong("must be an integer")),
    }
}

/// An object of texts. Jaeger asks for texts; a number or a boolean means the same.
fn json_tags(text: &str) -> Result<Vec<(String, String)>, String> {
    let tags: Map<String, Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    tags.into_iter()
        .map(|(key, value)| match value {
            Value::String(value) => Ok((key, value)),
            Value::Bool(_) | Value::Number(_) => Ok((key, value.to_string())),
            _ => Err(format!("the value of {key:?} is no text")),
        })
        .collect()
}
