//! Quantiles of plain numbers.

/// The φ-quantile, interpolated between the two values next to its rank. NaN is smaller than any number. `values` is left
/// in another order.
pub(in super::super) fn quantile(q: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let last = values.len() - 1;
    let rank = q * last as f64;
    let lower = rank.floor() as usize;
    let upper = (lower + 1).min(last);
    let weight = rank - rank.floor();
    // Only the two values at the rank are needed, not the whole order.
    let (_, low, above) = values.select_nth_unstable_by(lower, nan_first);
    let low = *low;
    let high = if upper == lower {
        low
    } else {
        above.iter().copied().min_by(nan_first).unwrap_or(low)
    };
    low * (1.0 - weight) + high * weight
}

fn nan_first(a: &f64, b: &f64) -> std::cmp::Ordering {
    b.is_nan()
        .cmp(&a.is_nan())
        .then(a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        let of = |q: f64| quantile(q, &mut [4.0, 0.0, 1.0]);
        assert_eq!([of(0.0), of(0.5), of(0.75), of(1.0)], [0.0, 1.0, 2.5, 4.0]);
        assert_eq!([of(-1.0), of(2.0)], [f64::NEG_INFINITY, f64::INFINITY]);
        assert!(of(f64::NAN).is_nan() && quantile(0.5, &mut []).is_nan());
        assert!(quantile(0.0, &mut [1.0, f64::NAN]).is_nan());
        assert_eq!(quantile(1.0, &mut [1.0, f64::NAN]), 1.0);
    }
}
