//! Distances on the ground.

/// Great-circle distance in kilometres between two (latitude, longitude) in degrees, by the haversine formula.
pub(super) fn distance_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    const EARTH_RADIUS_KM: f64 = 6_371.008_8;
    let (lat1, lat2) = (from.0.to_radians(), to.0.to_radians());
    let (dlat, dlon) = (lat2 - lat1, (to.1 - from.1).to_radians());
    let h = (dlat / 2.0).sin().powi(2) + lat1.cos() * lat2.cos() * (dlon / 2.0).sin().powi(2);
    2.0 * EARTH_RADIUS_KM * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    #[test]
    fn moroleon_to_yuriria() {
        let km = super::distance_km((20.1269, -101.1917), (20.2106, -101.1336));
        assert!((11.0..11.2).contains(&km), "{km}");
    }
}
