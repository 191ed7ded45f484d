//! The eight numbers the shop is judged by: what each should be, and from where on somebody is told.
//!
//! Each is recorded by a rule in `ops/prometheus/alerts/kpis.yml`, which also holds its alert with the same threshold (the tests of
//! `observe` compare the two). This table is for whoever shows them: `textisur status`, the console.

use serde::Serialize;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Kpi {
    /// For programs: `availability`.
    pub id: &'static str,
    /// In Spanish, as people read it.
    pub name_es: &'static str,
    /// In English.
    pub name_en: &'static str,
    /// The series that holds its value; absent while there was nothing to measure.
    pub record: &'static str,
    /// Over how much time it is taken, as PromQL writes it.
    pub window: &'static str,
    /// What its value counts.
    pub unit: Unit,
    /// Which side of the target is the good one.
    pub good: Good,
    /// What it should be, in `unit`.
    pub target: f64,
    /// From where on its alert tells, in `unit`.
    pub threshold: f64,
    /// The alert's name.
    pub alert: &'static str,
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Of the whole, 0 to 1.
    Share,
    /// Seconds.
    Seconds,
}

/// Which side of the target is the good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Good {
    /// At or above it.
    Above,
    /// Below it.
    Below,
}

/// How a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As it should be.
    OnTarget,
    /// Not as it should be, not yet bad.
    OffTarget,
    /// Beyond the alert's threshold.
    Breached,
    /// Nothing has happened that could be measured.
    Unknown,
}

impl Kpi {
    /// How `value` stands; `None` and NaN are no value.
    pub fn standing(&self, value: Option<f64>) -> Standing {
        let Some(value) = value.filter(|value| !value.is_nan()) else {
            return Standing::Unknown;
        };
        let (beyond, on_target) = match self.good {
            Good::Above => (value < self.threshold, value >= self.target),
            Good::Below => (value > self.threshold, value < self.target),
        };
        match (beyond, on_target) {
            (true, _) => Standing::Breached,
            (false, true) => Standing::OnTarget,
            (false, false) => Standing::OffTarget,
        }
    }
}

impl Unit {
    /// A value for people: `99.98 %`, `38 ms`, `1.20 s`.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Share => format!("{} %", digits(value * 100.0)),
            Self::Seconds if value.abs() < 1.0 => format!("{} ms", digits(value * 1e3)),
            Self::Seconds => format!("{value:.2} s"),
        }
    }
}

/// Two digits after the point, less the zeros at the end.
fn digits(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// All of them, in the order in which they are shown.
pub const ALL: [Kpi; 8] = [
    Kpi {
        id: "availability",
        name_es: "Disponibilidad",
        name_en: "Availability",
        record: "textisur:availability:ratio30d",
        window: "30d",
        unit: Unit::Share,
        good: Good::Above,
        target: 0.9999,
        threshold: 0.9995,
        alert: "LowAvailability",
    },
    Kpi {
        id: "response_time_p95",
        name_es: "Tiempo de respuesta p95",
        name_en: "Response time p95",
        record: "textisur:response_time:p95_5m",
        window: "5m",
        unit: Unit::Seconds,
        good: Good::Below,
        target: 0.1,
        threshold: 0.5,
        alert: "HighResponseTimeP95",
    },
    Kpi {
        id: "error_rate",
        name_es: "Tasa de errores",
        name_en: "Error rate",
        record: "textisur:http_errors:ratio5m",
        window: "5m",
        unit: Unit::Share,
        good: Good::Below,
        target: 0.001,
        threshold: 0.01,
        alert: "ElevatedErrorRate",
    },
    Kpi {
        id: "db_query_time_p95",
        name_es: "Consultas a la base p95",
        name_en: "Database query time p95",
        record: "textisur:db_query_time:p95_5m",
        window: "5m",
        unit: Unit::Seconds,
        good: Good::Below,
        target: 0.01,
        threshold: 0.05,
        alert: "SlowDatabaseQueries",
    },
    Kpi {
        id: "checkout_success",
        name_es: "Pagos completados",
        name_en: "Checkout success",
        record: "textisur:checkout_success:ratio1h",
        window: "1h",
        unit: Unit::Share,
        good: Good::Above,
        target: 0.98,
        threshold: 0.95,
        alert: "LowCheckoutSuccess",
    },
    Kpi {
        id: "websocket_success",
        name_es: "Conexiones WebSocket",
        name_en: "WebSocket connection success",
        record: "textisur:websocket_connect_success:ratio1h",
        window: "1h",
        unit: Unit::Share,
        good: Good::Above,
        target: 0.99,
        threshold: 0.98,
        alert: "LowWebSocketSuccess",
    },
    Kpi {
        id: "push_delivery",
        name_es: "Entrega de notificaciones",
        name_en: "Push delivery",
        record: "textisur:push_delivery:ratio1h",
        window: "1h",
        unit: Unit::Share,
        good: Good::Above,
        target: 0.95,
        threshold: 0.9,
        alert: "LowPushDelivery",
    },
    Kpi {
        id: "edge_cache_hits",
        name_es: "Aciertos del caché (CDN)",
        name_en: "CDN hit rate",
        record: "textisur:edge_cache_hits:ratio1h",
        window: "1h",
        unit: Unit::Share,
        good: Good::Above,
        target: 0.9,
        threshold: 0.8,
        alert: "LowCacheHitRate",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_between_target_and_threshold_is_off_target_and_not_breached() {
        let [availability, response, ..] = ALL;
        let standings = [0.9999, 0.9998, 0.9995, 0.9994].map(|value| availability.standing(Some(value)));
        assert_eq!(
            standings,
            [
                Standing::OnTarget,
                Standing::OffTarget,
                Standing::OffTarget,
                Standing::Breached
            ]
        );
        let standings = [0.099, 0.1, 0.5, 0.501].map(|value| response.standing(Some(value)));
        assert_eq!(
            standings,
            [
                Standing::OnTarget,
                Standing::OffTarget,
                Standing::OffTarget,
                Standing::Breached
            ]
        );
        assert_eq!(response.standing(Some(f64::NAN)), Standing::Unknown);
        assert_eq!(response.standing(None), Standing::Unknown);
    }

    #[test]
    fn targets_are_stricter_than_thresholds() {
        for kpi in ALL {
            assert_eq!(kpi.standing(Some(kpi.threshold)), Standing::OffTarget, "{}", kpi.id);
        }
    }

    #[test]
    fn values_read_well() {
        assert_eq!(Unit::Share.show(0.9995), "99.95 %");
        assert_eq!(Unit::Share.show(1.0), "100 %");
        assert_eq!(Unit::Share.show(0.001), "0.1 %");
        assert_eq!(Unit::Seconds.show(0.0384), "38.4 ms");
        assert_eq!(Unit::Seconds.show(1.2), "1.20 s");
    }
}
