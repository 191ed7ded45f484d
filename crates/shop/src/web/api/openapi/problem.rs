//! The document's side of [`web::Problem`](crate::web::Problem).

use utoipa::ToSchema;

/// Why a request was refused, or failed (RFC 9457). Each kind of problem may have members of its own beside these.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of what `web::Problem` renders")]
pub(super) struct Problem {
    /// An address that names the kind of problem.
    #[schema(rename = "type", format = "uri")]
    kind: String,
    /// The status in words.
    title: String,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Machine-readable.
    code: String,
    /// In the caller's language.
    detail: String,
    /// The same as `detail`, for older clients.
    message: String,
    /// The same as `detail`, for older clients.
    error: String,
    /// What was wrong with which field.
    #[schema(required = false, nullable = false)]
    errors: Option<Vec<FieldProblem>>,
}

/// What was wrong with one field.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the shape of what `web::Problem` renders")]
struct FieldProblem {
    /// Its name in the request.
    field: String,
    /// Machine-readable.
    code: String,
    /// In the caller's language.
    message: String,
}
