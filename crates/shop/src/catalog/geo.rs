//! Places and distances on the ground.

/// A point on the ground, in degrees (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
}

impl Place {
    /// The place at so many degrees north and east.
    pub const fn at(latitude: f64, longitude: f64) -> Self {
        Self { latitude, longitude }
    }

    /// Great-circle distance in kilometres, by the haversine formula.
    pub fn distance_km(self, to: Self) -> f64 {
        const EARTH_RADIUS_KM: f64 = 6_371.008_8;
        let (lat1, lat2) = (self.latitude.to_radians(), to.latitude.to_radians());
        let (dlat, dlon) = (lat2 - lat1, (to.longitude - self.longitude).to_radians());
        let h = (dlat / 2.0).sin().powi(2) + lat1.cos() * lat2.cos() * (dlon / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Town;

    #[test]
    fn moroleon_to_yuriria() {
        let place = |key: &str| Town::by_key(key).unwrap().place;
        let km = place("moroleon").distance_km(place("yuriria"));
        assert!((11.0..11.2).contains(&km), "{km}");
        assert!(place("yuriria").distance_km(place("yuriria")).abs() < 1e-9);
    }

    #[test]
    fn half_around_the_world_is_as_far_as_it_gets() {
        let km = Place::at(90.0, 0.0).distance_km(Place::at(-90.0, 180.0));
        assert!((20_015.0..20_016.0).contains(&km), "{km}");
        let across = Place::at(0.0, 179.5).distance_km(Place::at(0.0, -179.5));
        assert!((111.0..111.5).contains(&across), "{across} over the date line");
    }
}
