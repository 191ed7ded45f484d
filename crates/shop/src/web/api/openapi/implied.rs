//! What every operation has in common, added to the document once instead of to every handler.

use utoipa::Modify;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// The problems that follow from extractors and layers, by the name of their shared response.
const SHARED: &[(&str, &str)] = &[
    (
        "Invalid",
        "The request is not well-formed; `errors` names the fields where there are any",
    ),
    ("Unauthenticated", "No bearer token, or one that is not good (any more)"),
    ("NotFound", "There is no such thing, or it does not concern the caller"),
    ("TooLarge", "The body is too large"),
    ("NotJson", "The body is not of the content type that is taken here"),
    ("Internal", "A fault on our side; it has been recorded"),
    (
        "Unavailable",
        "Too much at once, or something we depend on is away; `Retry-After` says when to try again",
    ),
];

/// Adds what follows from each operation's request, and the body of its problems.
pub(super) struct Implied;

impl Modify for Implied {
    fn modify(&self, api: &mut OpenApi) {
        let components = api.components.get_or_insert_default();
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(
                HttpBuilder::new()
                    .scheme(HttpAuthScheme::Bearer)
                    .bearer_format("JWT")
                    .description(Some("The `token` of `/api/auth/login`"))
                    .build(),
            ),
        );
        for (name, description) in SHARED {
            components
                .responses
                .insert((*name).into(), RefOr::T(problem(description)));
        }
        for (path, item) in &mut api.paths.paths {
            for (method, operation) in operations(item) {
                operation.operation_id = Some(operation_id(method, path));
                answers(operation);
            }
        }
    }
}

fn problem(description: &str) -> Response {
    let mut response = ResponseBuilder::new().description(description).build();
    describe(&mut response);
    response
}

/// The body of a problem that names none.
fn describe(response: &mut Response) {
    if response.content.is_empty() {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("Problem")))
            .build();
        response
            .content
            .insert("application/problem+json".into(), content.into());
    }
}

/// Can or must a bearer token be sent?
pub(in crate::web::api) fn takes_bearer(operation: &Operation) -> bool {
    operation.security.as_ref().is_some_and(|security| !security.is_empty())
}

fn answers(operation: &mut Operation) {
    let mut implied = vec![("500", "Internal"), ("503", "Unavailable")];
    if takes_bearer(operation) {
        implied.push(("401", "Unauthenticated"));
    }
    if operation.request_body.is_some() {
        implied.extend([("400", "Invalid"), ("413", "TooLarge"), ("415", "NotJson")]);
    }
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        implied.push(match parameter.parameter_in {
            ParameterIn::Path => ("404", "NotFound"),
            _ => ("400", "Invalid"),
        });
    }
    let responses = &mut operation.responses.responses;
    for (status, name) in implied {
        responses
            .entry(status.into())
            .or_insert_with(|| Ref::from_response_name(name).into());
    }
    for (status, response) in responses {
        if let RefOr::T(response) = response
            && status.starts_with(['4', '5'])
        {
            describe(response);
        }
    }
}

/// `getOrdersById`, `postOrdersByIdShip`: clients make their methods' names of it, so it stays while the address stays.
fn operation_id(method: HttpMethod, path: &str) -> String {
    let segments = path
        .trim_start_matches("/api")
        .split(['/', '.', '-'])
        .filter(|part| !part.is_empty());
    segments.fold(word(&method).to_lowercase(), |id, part| match part.strip_prefix('{') {
        Some(parameter) => id + "By" + &capital(parameter.trim_end_matches('}')),
        None => id + &capital(part),
    })
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + chars.as_str()
    })
}

/// `GET` and so on.
pub(in crate::web::api) const fn word(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Head => "HEAD",
        HttpMethod::Options => "OPTIONS",
        HttpMethod::Trace => "TRACE",
    }
}

/// A path's operations with their methods.
pub(in crate::web::api) fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Delete, &mut item.delete),
        (HttpMethod::Patch, &mut item.patch),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}
