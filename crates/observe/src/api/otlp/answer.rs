//! Why a request was not taken, in words of gRPC and of HTTP.

use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use prost::Message;

use super::packing::PackingError;
use crate::traces::{Accepted, WriteError};

/// The codes of gRPC that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
}

/// `google.rpc.Status`, without details.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(int32, tag = "1")]
    pub(super) code: i32,
    #[prost(string, tag = "2")]
    pub(super) message: String,
}

/// A refusal: what HTTP and gRPC say, and the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) http: u16,
    pub(super) code: Code,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(http: u16, code: Code, message: impl Into<String>) -> Self {
        Self {
            http,
            code,
            message: message.into(),
        }
    }

    pub(super) fn too_large(most: usize) -> Self {
        let message = format!("the request has more than {most} bytes");
        Self::new(413, Code::ResourceExhausted, message)
    }

    pub(super) fn status(&self) -> Status {
        Status {
            code: self.code as i32,
            message: self.message.clone(),
        }
    }
}

impl From<PackingError> for Refusal {
    fn from(error: PackingError) -> Self {
        match error {
            PackingError::TooLarge(most) => Self::too_large(most),
            PackingError::Broken(why) => Self::new(
                400,
                Code::InvalidArgument,
                format!("the request cannot be unpacked: {why}"),
            ),
            PackingError::Unknown(encoding) => {
                let message = format!("the encoding {encoding:?} is not understood: send gzip, zstd, deflate or none");
                Self::new(415, Code::Unimplemented, message)
            }
        }
    }
}

/// All of these may be tried again: OTLP has 503 and UNAVAILABLE for that.
impl From<WriteError> for Refusal {
    fn from(error: WriteError) -> Self {
        Self::new(503, Code::Unavailable, error.to_string())
    }
}

/// What became of the spans. OTLP leaves `partial_success` out where all were taken.
pub(super) fn response(accepted: Accepted) -> ExportTraceServiceResponse {
    ExportTraceServiceResponse {
        partial_success: (accepted.rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(accepted.rejected).unwrap_or(i64::MAX),
            error_message: accepted.reason,
        }),
    }
}
