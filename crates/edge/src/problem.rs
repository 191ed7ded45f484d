//! The edge's own answers when something is wrong: RFC 9457 problem details, or a page for people.

use std::borrow::Cow;
use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER,
};
use http::{Response, StatusCode};

use crate::layers::RequestId;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Problem {
    BadHost,
    BadPath,
    MethodNotAllowed,
    NoRoute,
    RequestTimeout,
    BodyTooLarge,
    /// The client broke its body off, or its chunks are malformed.
    BadBody,
    /// The instance's answer is not HTTP, or broke off before its head was whole.
    BadGateway,
    /// No instance can be reached, and waiting did not help.
    Unavailable,
    UpstreamTimeout,
}

impl Problem {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::BadHost | Self::BadPath | Self::BadBody => StatusCode::BAD_REQUEST,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoRoute => StatusCode::NOT_FOUND,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadGateway => StatusCode::BAD_GATEWAY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// Title and explanation for people, in Spanish; the same in English.
    fn texts(self) -> [(&'static str, &'static str); 2] {
        match self {
            Self::BadHost => [
                (
                    "Petición incorrecta",
                    "La petición no dice bien a qué sitio va dirigida.",
                ),
                ("Bad request", "The Host header is missing, repeated or malformed."),
            ],
            Self::BadPath => [
                ("Petición incorrecta", "La dirección contiene segmentos «.» o «..»."),
                ("Bad request", "The path contains dot segments."),
            ],
            Self::BadBody => [
                ("Petición incorrecta", "Los datos enviados llegaron incompletos."),
                ("Bad request", "The request body is incomplete or malformed."),
            ],
            Self::MethodNotAllowed => [
                ("Método no permitido", "Este sitio no admite esa clase de petición."),
                ("Method not allowed", "This method is not supported here."),
            ],
            Self::NoRoute => [
                ("Página no encontrada", "No hay nada en esta dirección."),
                ("Not found", "There is nothing at this address."),
            ],
            Self::RequestTimeout => [
                (
                    "La petición tardó demasiado",
                    "Los datos dejaron de llegar. Revisa tu conexión e inténtalo de nuevo.",
                ),
                ("Request timeout", "The request took too long to arrive."),
            ],
            Self::BodyTooLarge => [
                (
                    "Archivo demasiado grande",
                    "Lo que enviaste supera el tamaño permitido.",
                ),
                ("Content too large", "The request body exceeds the limit."),
            ],
            Self::BadGateway => [
                (
                    "Algo salió mal",
                    "No pudimos completar tu petición. Inténtalo de nuevo en un momento.",
                ),
                ("Bad gateway", "The service gave no valid answer."),
            ],
            Self::Unavailable => [
                (
                    "Volvemos enseguida",
                    "Esta parte del sitio no está disponible. Inténtalo de nuevo en unos segundos.",
                ),
                ("Service unavailable", "No instance of the service can be reached."),
            ],
            Self::UpstreamTimeout => [
                (
                    "Está tardando demasiado",
                    "No obtuvimos respuesta a tiempo. Inténtalo de nuevo en un momento.",
                ),
                ("Gateway timeout", "The service did not answer in time."),
            ],
        }
    }

    /// Whether the rest of the request is not worth reading.
    pub(crate) fn ends_connection(self) -> bool {
        matches!(
            self,
            Self::BadHost | Self::MethodNotAllowed | Self::RequestTimeout | Self::BodyTooLarge | Self::BadBody
        )
    }

    /// The answer to a request that came with `headers`.
    pub(crate) fn answer(self, headers: &HeaderMap, request_id: Option<&RequestId>) -> Response<Bytes> {
        let id = request_id.map_or("", RequestId::as_str);
        let (content_type, body) = if prefers_page(headers) {
            ("text/html; charset=utf-8", self.page(id))
        } else {
            ("application/problem+json", self.details(id))
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = self.status();
        let answer = response.headers_mut();
        answer.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        answer.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self == Self::Unavailable {
            answer.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.ends_connection() {
            answer.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if let Some(id) = request_id {
            id.answer(answer);
        }
        let length = response.body().len().into();
        response.headers_mut().insert(CONTENT_LENGTH, length);
        response
    }

    fn details(self, request_id: &str) -> String {
        let [(title, detail), (title_en, detail_en)] = self.texts();
        // Ids are tokens and texts have no quotes, so nothing needs escaping.
        let mut json = format!(
            r#"{{"type":"about:blank","title":"{title}","status":{},"code":"edge_{}","detail":"{detail}","message":"{detail}","error":"{detail}","title_en":"{title_en}","detail_en":"{detail_en}""#,
            self.status().as_u16(),
            self.status().as_u16(),
        );
        if !request_id.is_empty() {
            _ = write!(json, r#","request_id":"{request_id}""#);
        }
        json.push('}');
        json
    }

    fn page(self, request_id: &str) -> String {
        let [(title, detail), (_, english)] = self.texts();
        let status = self.status().as_u16();
        let reference = match request_id {
            "" => Cow::Borrowed(""),
            id => Cow::Owned(format!("<p><small>Referencia: {id}</small></p>")),
        };
        format!(
            r#"<!doctype html>
<html lang="es"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex"><title>{title} · TextiSur</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32rem;padding:0 1rem;color:#1f2430;background:#fbf9f6}}
@media(prefers-color-scheme:dark){{body{{color:#eceae6;background:#1b1a18}}}}h1{{font-size:1.5rem}}small{{opacity:.7}}</style></head>
<body><main><h1>{title}</h1><p>{detail}</p><p lang="en"><small>{status}: {english}</small></p>{reference}<p><a href="/">Ir al inicio</a></p></main></body></html>
"#
        )
    }
}

/// Whether `Accept` ranks `text/html` above JSON. Browsers name it; programs name JSON, anything, or nothing.
fn prefers_page(headers: &HeaderMap) -> bool {
    let (mut page, mut json) = (0.0, 0.0);
    for accept in headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
        for range in accept.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let rank = match parts.next() {
                Some("text/html") => &mut page,
                Some("application/json" | "application/problem+json") => &mut json,
                _ => continue,
            };
            let quality = parts.find_map(|parameter| parameter.strip_prefix("q=")?.parse::<f32>().ok());
            *rank = quality.unwrap_or(1.0);
        }
    }
    page > json
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Problem; 10] = [
        Problem::BadHost,
        Problem::BadPath,
        Problem::MethodNotAllowed,
        Problem::NoRoute,
        Problem::RequestTimeout,
        Problem::BodyTooLarge,
        Problem::BadBody,
        Problem::BadGateway,
        Problem::Unavailable,
        Problem::UpstreamTimeout,
    ];

    fn accepting(accept: &str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())])
    }

    #[test]
    fn details_are_json_that_says_the_status() {
        for problem in ALL {
            let json: serde_json::Value = serde_json::from_str(&problem.details("abc-1")).unwrap();
            assert_eq!(json["status"], problem.status().as_u16());
            assert_eq!(json["request_id"], "abc-1");
            // What the services' problems carry, and their clients read.
            assert!(
                ["code", "detail", "message", "error"]
                    .iter()
                    .all(|member| json[member].is_string())
            );
        }
    }

    #[test]
    fn people_get_a_page_and_programs_json() {
        let type_for = |headers: &HeaderMap| {
            Problem::NoRoute.answer(headers, None).headers()[CONTENT_TYPE]
                .to_str()
                .unwrap()
                .to_owned()
        };
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert!(type_for(&accepting(browser)).starts_with("text/html"));
        for program in [
            "*/*",
            "application/json",
            "text/html;q=0.5, application/json",
            "text/plain",
        ] {
            assert_eq!(type_for(&accepting(program)), "application/problem+json", "{program}");
        }
        assert_eq!(type_for(&HeaderMap::new()), "application/problem+json");
    }

    #[test]
    fn unavailable_says_when_to_come_back() {
        assert_eq!(
            Problem::Unavailable.answer(&HeaderMap::new(), None).headers()[RETRY_AFTER],
            "1"
        );
    }
}
