//! The states as they are seen from outside.

/// A state's name, as in logs and labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Calls go through.
    Closed,
    /// Probes go through.
    HalfOpen,
    /// Calls are refused.
    Open,
    /// Refused by an operator.
    ForcedOpen,
    /// Admitted by an operator.
    ForcedClosed,
    /// Only counted.
    MetricsOnly,
}

impl Kind {
    /// For logs and labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
            Self::ForcedOpen => "forced_open",
            Self::ForcedClosed => "forced_closed",
            Self::MetricsOnly => "metrics_only",
        }
    }

    /// The value of `circuit_breaker_state`.
    pub fn code(self) -> i64 {
        match self {
            Self::Closed => 0,
            Self::HalfOpen => 1,
            Self::Open => 2,
            Self::ForcedOpen => 3,
            Self::ForcedClosed => 4,
            Self::MetricsOnly => 5,
        }
    }
}
