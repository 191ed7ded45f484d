//! Which place, and how far around it: what `/stores/nearby` and its API are asked.

use std::ops::RangeInclusive;

use serde::Deserialize;
use utoipa::IntoParams;

use super::FieldProblem;
use crate::catalog::Place;

/// Farther than the antipodes, in kilometres.
const FARTHEST: f64 = 20_040.0;

/// The parameters as they came.
#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct NearbyQuery {
    /// Degrees north; this one or `lat` is needed.
    #[param(value_type = Option<f64>, minimum = -90, maximum = 90)]
    latitude: Option<String>,
    /// Degrees east; this one or `lng` is needed.
    #[param(value_type = Option<f64>, minimum = -180, maximum = 180)]
    longitude: Option<String>,
    /// `latitude` for short.
    #[param(value_type = Option<f64>, minimum = -90, maximum = 90)]
    lat: Option<String>,
    /// `longitude` for short.
    #[param(value_type = Option<f64>, minimum = -180, maximum = 180)]
    lng: Option<String>,
    /// Kilometres, 50 if not given.
    #[param(value_type = Option<f64>, minimum = 0, maximum = 20040)]
    radius: Option<String>,
}

impl NearbyQuery {
    /// Is any part of a place given?
    pub(super) fn names_a_place(&self) -> bool {
        [&self.latitude, &self.longitude, &self.lat, &self.lng]
            .iter()
            .any(|part| part.is_some())
    }

    /// The place; what is missing or no such number is noted as `wrong`.
    pub(super) fn place(&self, wrong: &mut Vec<FieldProblem>) -> Place {
        let latitude = self.latitude.as_deref().or(self.lat.as_deref());
        let longitude = self.longitude.as_deref().or(self.lng.as_deref());
        Place {
            latitude: number("latitude", latitude, -90.0..=90.0, wrong),
            longitude: number("longitude", longitude, -180.0..=180.0, wrong),
        }
    }

    /// Kilometres around it, `default` if not given.
    pub(super) fn radius(&self, default: f64, wrong: &mut Vec<FieldProblem>) -> f64 {
        match self.radius.as_deref() {
            Some(text) => number("radius", Some(text), 0.0..=FARTHEST, wrong),
            None => default,
        }
    }
}

fn number(field: &'static str, text: Option<&str>, range: RangeInclusive<f64>, wrong: &mut Vec<FieldProblem>) -> f64 {
    let number = text.and_then(|text| text.trim().parse::<f64>().ok());
    number.filter(|number| range.contains(number)).unwrap_or_else(|| {
        let (least, most) = (range.start(), range.end());
        wrong.push(FieldProblem {
            field: field.into(),
            code: "invalid",
            es: format!("{field} es un número de {least} a {most}").into(),
            en: format!("{field} is a number from {least} to {most}").into(),
        });
        0.0
    })
}
