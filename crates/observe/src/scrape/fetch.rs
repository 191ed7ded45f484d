//! Asking a target: one request, one answer of bounded size.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};
use http::{HeaderName, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::client::{HttpClient, chain};
use super::exposition::Format;
use super::ingest::Answer;
use super::target::Target;
use crate::config::{NameValidation, Protocol, ScrapeConfig};
use crate::metrics::promql::number::plain;

/// The longest answer of a target whose job sets no `body_size_limit`: some 150,000 series. Prometheus has no such limit;
/// but one target that does not end must not take the memory of all.
const MAX_BODY: u64 = 16 << 20;

/// From this size on an answer is a large one, of which only so many are held at a time. The others wait, within their
/// own time, so that many bad targets cost no more memory than a few.
const LARGE: usize = 1 << 20;
static LARGE_ANSWERS: Semaphore = Semaphore::const_new(4);

/// Compressed bytes unpacked at once: they may become a thousand times as many.
const PIECE: usize = 4096;

/// How long a target may take, for the target to know.
const TIMEOUT_HEADER: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// Asks a target.
///
/// # Errors
/// When there is no answer of use, in the words the API shows.
pub(super) async fn fetch(client: &HttpClient, job: &ScrapeConfig, target: &Target) -> Result<Answer, String> {
    let asked = async {
        let response = client
            .get(target.url(), &request_headers(job, target))
            .await
            .map_err(|error| format!("Get {:?}: {error}", target.url()))?;
        read(response, job).await
    };
    match tokio::time::timeout(*target.timeout(), asked).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("Get {:?}: context deadline exceeded", target.url())),
    }
}

fn request_headers(job: &ScrapeConfig, target: &Target) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut add = |name: HeaderName, value: &str| {
        headers.insert(name, HeaderValue::try_from(value).expect("it is made of ASCII"));
    };
    add(ACCEPT, &accept(job));
    add(
        ACCEPT_ENCODING,
        if job.enable_compression { "gzip" } else { "identity" },
    );
    add(USER_AGENT, concat!("TextiSur/", env!("CARGO_PKG_VERSION")));
    add(TIMEOUT_HEADER, &plain(target.timeout().as_secs_f64()));
    headers
}

/// `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,…,*/*;q=0.2`
fn accept(job: &ScrapeConfig) -> String {
    let escaping = match job.names() {
        NameValidation::Utf8 => "allow-utf-8",
        NameValidation::Legacy => "underscores",
    };
    let mut accepted = String::new();
    let mut weight = Protocol::DEFAULT.len() + 2;
    for protocol in &job.scrape_protocols {
        accepted.push_str(protocol.media_type());
        if protocol.escapes() {
            accepted.push_str(";escaping=");
            accepted.push_str(escaping);
        }
        accepted.push_str(&format!(";q=0.{weight},"));
        weight -= 1;
    }
    format!("{accepted}*/*;q=0.{weight}")
}

async fn read(response: Response<Incoming>, job: &ScrapeConfig) -> Result<Answer, String> {
    if response.status() != StatusCode::OK {
        return Err(format!("server returned HTTP status {}", response.status()));
    }
    let format = format(response.headers(), job)?;
    let limit = if job.body_size_limit > 0 {
        job.body_size_limit
    } else {
        MAX_BODY
    };
    let is_gzip =
        header(response.headers(), CONTENT_ENCODING).is_some_and(|encoding| encoding.eq_ignore_ascii_case("gzip"));
    let body = response.into_body();
    let sink = Bounded {
        // A length that is told is no reason to take so much memory.
        bytes: Vec::with_capacity(body.size_hint().lower().min(limit).min(1 << 20) as usize),
        limit,
    };
    let (sink, permit) = if is_gzip {
        let mut decoder = MultiGzDecoder::new(sink);
        let permit = pour(body, &mut decoder, |decoder| decoder.get_ref().bytes.len()).await?;
        (decoder.finish().map_err(|error| format!("gzip: {error}"))?, permit)
    } else {
        let mut sink = sink;
        let permit = pour(body, &mut sink, |sink| sink.bytes.len()).await?;
        (sink, permit)
    };
    Ok(Answer {
        body: sink.bytes,
        format,
        _permit: permit,
    })
}

/// Reads a body into a sink that tells how much it holds. What comes back is the leave to hold a large answer.
async fn pour<S: Write>(
    mut body: Incoming,
    sink: &mut S,
    held: impl Fn(&S) -> usize,
) -> Result<Option<SemaphorePermit<'static>>, String> {
    let mut permit = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| chain(&error))?;
        for piece in frame.data_ref().into_iter().flat_map(|data| data.chunks(PIECE)) {
            sink.write_all(piece).map_err(|error| error.to_string())?;
            if permit.is_none() && held(sink) > LARGE {
                permit = LARGE_ANSWERS.acquire().await.ok();
            }
        }
    }
    sink.flush().map_err(|error| error.to_string())?;
    Ok(permit)
}

/// Bytes up to a limit, beyond which they are refused.
struct Bounded {
    bytes: Vec<u8>,
    limit: u64,
}

impl Write for Bounded {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + data.len()) as u64 > self.limit {
            return Err(io::Error::other(format!(
                "body size limit exceeded ({} bytes)",
                self.limit
            )));
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The format an answer says it is in. As in Prometheus 3, one that does not say is none, unless the job has a fallback.
fn format(headers: &HeaderMap, job: &ScrapeConfig) -> Result<Format, String> {
    let written = header(headers, CONTENT_TYPE).unwrap_or_default();
    let media_type = written
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match (media_type.as_str(), job.fallback_scrape_protocol) {
        ("application/openmetrics-text", _) => Ok(Format::OpenMetrics),
        ("text/plain", _) => Ok(Format::Prometheus),
        (_, Some(Protocol::OpenMetricsText001 | Protocol::OpenMetricsText100)) => Ok(Format::OpenMetrics),
        (_, Some(_)) => Ok(Format::Prometheus),
        ("", None) => Err(
            "non-compliant scrape target sending blank Content-Type and no fallback_scrape_protocol specified for target"
                .into(),
        ),
        (_, None) => Err(format!(
            "received unsupported Content-Type {written:?} and no fallback_scrape_protocol specified for target"
        )),
    }
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_asked_for_in_their_order() {
        let mut job: ScrapeConfig = serde_saphyr::from_str("{job_name: j}").unwrap();
        job.scrape_protocols = Protocol::DEFAULT.to_vec();
        assert_eq!(
            accept(&job),
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
        );
    }

    #[test]
    fn an_answer_has_to_say_what_it_is() {
        let said = |content_type: &'static str, job: &str| {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            format(&headers, &serde_saphyr::from_str(job).unwrap())
        };
        assert_eq!(
            said("text/plain; version=0.0.4", "{job_name: j}"),
            Ok(Format::Prometheus)
        );
        assert_eq!(
            said("application/openmetrics-text;version=1.0.0", "{job_name: j}"),
            Ok(Format::OpenMetrics)
        );
        assert!(
            said("text/html", "{job_name: j}")
                .unwrap_err()
                .contains("\"text/html\"")
        );
        assert!(said("", "{job_name: j}").unwrap_err().contains("blank Content-Type"));
        let fallback = "{job_name: j, fallback_scrape_protocol: PrometheusText0.0.4}";
        assert_eq!(said("text/html", fallback), Ok(Format::Prometheus));
    }
}
