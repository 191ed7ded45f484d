//! Samples of one series: times and values in two arrays, so that the loops over values are tight.

/// The bits of the value that says «this series ended here». Any other NaN is a value like another.
pub const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;
/// The staleness marker itself. Compare it with [`is_stale`], never with `==`.
pub const STALE: f64 = f64::from_bits(STALE_BITS);

/// Whether a value is the staleness marker.
#[inline]
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_BITS
}

/// Samples in the order of their times: milliseconds since the epoch, each time once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    times: Vec<i64>,
    values: Vec<f64>,
}

impl Samples {
    /// None, with room for `capacity`.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            times: Vec::with_capacity(capacity),
            values: Vec::with_capacity(capacity),
        }
    }

    /// Adds a sample that is later than all others.
    pub fn push(&mut self, time: i64, value: f64) {
        debug_assert!(
            self.times.last().is_none_or(|last| *last < time),
            "samples come in the order of time"
        );
        self.times.push(time);
        self.values.push(value);
    }

    /// Removes all samples and keeps the memory.
    pub fn clear(&mut self) {
        self.times.clear();
        self.values.clear();
    }

    /// All samples.
    pub fn view(&self) -> SamplesView<'_> {
        SamplesView {
            times: &self.times,
            values: &self.values,
        }
    }

    /// Puts a sample in its place by time; one of the same time is replaced.
    pub fn insert(&mut self, time: i64, value: f64) {
        match self.times.binary_search(&time) {
            Ok(found) => self.values[found] = value,
            Err(place) => {
                self.times.insert(place, time);
                self.values.insert(place, value);
            }
        }
    }
}

/// Samples somebody else holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SamplesView<'a> {
    /// Milliseconds since the epoch, rising.
    pub times: &'a [i64],
    /// The values at these times.
    pub values: &'a [f64],
}

impl<'a> SamplesView<'a> {
    /// How many.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Those from `start` to `end`, both included.
    pub fn between(&self, start: i64, end: i64) -> SamplesView<'a> {
        let first = self.times.partition_point(|time| *time < start);
        let last = first + self.times[first..].partition_point(|time| *time <= end);
        SamplesView {
            times: &self.times[first..last],
            values: &self.values[first..last],
        }
    }

    /// These without staleness markers; copied to `scratch` only when there is one.
    pub fn without_stale<'b>(self, scratch: &'b mut Samples) -> SamplesView<'b>
    where
        'a: 'b,
    {
        if !self.values.iter().any(|value| is_stale(*value)) {
            return self;
        }
        scratch.clear();
        for (time, value) in self.times.iter().zip(self.values) {
            if !is_stale(*value) {
                scratch.push(*time, *value);
            }
        }
        scratch.view()
    }
}
