//! What may be asked of a data source through the console: to read, to query, to silence. Nothing that writes or deletes data.

use http::Method;
use percent_encoding::percent_decode_str;

/// A data source, by its name under `/api/datasources/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::console) enum Source {
    Prometheus,
    Loki,
    Jaeger,
    Alertmanager,
}

impl Source {
    pub(in crate::console) fn parse(name: &str) -> Option<Self> {
        match name {
            "prometheus" => Some(Self::Prometheus),
            "loki" => Some(Self::Loki),
            "jaeger" => Some(Self::Jaeger),
            "alertmanager" => Some(Self::Alertmanager),
            _ => None,
        }
    }
}

/// A request that the console does not pass on.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::console) enum Refused {
    /// The path is not one of the API that the console needs.
    Path,
    /// The path is, the method is not.
    Method,
}

/// Judges a path, as it was sent (still escaped, without a slash at its beginning).
pub(in crate::console) fn judge(source: Source, method: &Method, path: &str) -> Result<(), Refused> {
    if climbs(path) {
        return Err(Refused::Path);
    }
    let under = |root: &str| path.strip_prefix(root);
    let read = matches!(*method, Method::GET | Method::HEAD);
    let post = *method == Method::POST;
    let allowed = match source {
        Source::Prometheus => {
            let api = under("api/v1/").ok_or(Refused::Path)?;
            if api.starts_with("admin/") || matches!(api, "write" | "read") || api.starts_with("otlp/") {
                return Err(Refused::Path);
            }
            let queries = [
                "query",
                "query_range",
                "query_exemplars",
                "series",
                "labels",
                "format_query",
                "parse_query",
            ];
            read || post && queries.contains(&api)
        }
        Source::Loki => {
            let api = under("loki/api/v1/").ok_or(Refused::Path)?;
            if matches!(api, "push" | "delete") || api.starts_with("rules") {
                return Err(Refused::Path);
            }
            let queries = [
                "query",
                "query_range",
                "series",
                "labels",
                "index/stats",
                "index/volume",
                "index/volume_range",
            ];
            read || post && queries.contains(&api)
        }
        Source::Jaeger => {
            under("api/").ok_or(Refused::Path)?;
            read
        }
        Source::Alertmanager => {
            let api = under("api/v2/").ok_or(Refused::Path)?;
            let silence = api.starts_with("silence/");
            read || post && api == "silences" || *method == Method::DELETE && silence
        }
    };
    if allowed { Ok(()) } else { Err(Refused::Method) }
}

/// Whether a part of the path, however it is escaped, leads out of where it is.
fn climbs(path: &str) -> bool {
    let Ok(plain) = percent_decode_str(path).decode_utf8() else {
        return true;
    };
    // Some servers unescape twice.
    let Ok(plainer) = percent_decode_str(&plain).decode_utf8() else {
        return true;
    };
    [&plain, &plainer]
        .iter()
        .any(|path| path.split(['/', '\\']).any(|part| matches!(part, "." | "..")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(source: Source, method: &Method, path: &str) -> Result<(), Refused> {
        judge(source, method, path)
    }

    #[test]
    fn queries_pass() {
        for path in [
            "api/v1/query",
            "api/v1/label/job/values",
            "api/v1/rules",
            "api/v1/status/config",
        ] {
            assert_eq!(judged(Source::Prometheus, &Method::GET, path), Ok(()), "{path}");
        }
        assert_eq!(judged(Source::Prometheus, &Method::POST, "api/v1/query_range"), Ok(()));
        assert_eq!(judged(Source::Loki, &Method::GET, "loki/api/v1/tail"), Ok(()));
        assert_eq!(
            judged(Source::Jaeger, &Method::GET, "api/services/a%2Fb/operations"),
            Ok(())
        );
        assert_eq!(judged(Source::Alertmanager, &Method::POST, "api/v2/silences"), Ok(()));
        assert_eq!(
            judged(Source::Alertmanager, &Method::DELETE, "api/v2/silence/1"),
            Ok(())
        );
    }

    #[test]
    fn what_writes_does_not() {
        for (source, method, path, refused) in [
            (Source::Prometheus, Method::POST, "api/v1/write", Refused::Path),
            (
                Source::Prometheus,
                Method::POST,
                "api/v1/admin/tsdb/delete_series",
                Refused::Path,
            ),
            (Source::Prometheus, Method::PUT, "api/v1/query", Refused::Method),
            (Source::Prometheus, Method::GET, "-/reload", Refused::Path),
            (Source::Loki, Method::POST, "loki/api/v1/push", Refused::Path),
            (Source::Loki, Method::GET, "loki/api/v1/delete", Refused::Path),
            (Source::Jaeger, Method::POST, "api/traces", Refused::Method),
            (Source::Alertmanager, Method::POST, "api/v2/alerts", Refused::Method),
            (Source::Alertmanager, Method::DELETE, "api/v2/silences", Refused::Method),
        ] {
            assert_eq!(judged(source, &method, path), Err(refused), "{method} {path}");
        }
    }

    #[test]
    fn nothing_climbs() {
        for path in [
            "api/v1/../../-/quit",
            "api/v1/%2e%2e/x",
            "api/v1/a%2f..%2fb",
            "api/v1/%252e%252e/x",
            "api/v1/..%5cx",
            "api/v1/%ff",
        ] {
            assert_eq!(
                judged(Source::Prometheus, &Method::GET, path),
                Err(Refused::Path),
                "{path}"
            );
        }
        assert_eq!(
            judged(Source::Prometheus, &Method::GET, "api/v1/label/a..b/values"),
            Ok(())
        );
    }
}
