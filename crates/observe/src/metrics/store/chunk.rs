//! Compressed samples, as Facebook's Gorilla and Prometheus's XOR chunks have them: times as differences of differences,
//! values as what changed in their bits. A regular scrape of a steady value costs two bits.
//!
//! The time of the first sample and the number of samples are not in the bytes but beside them, in [`Chunk`] or in the
//! index of a block, where a query wants them anyway.

use super::bits::{BitReader, BitWriter};
use super::coding::Malformed;

/// Samples a chunk holds at most: enough to compress well, few enough that a short query decodes little in vain.
pub(super) const CHUNK_SAMPLES: u32 = 120;

/// A finished chunk.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chunk {
    /// The time of the first sample.
    pub(super) min: i64,
    /// The time of the last one.
    pub(super) max: i64,
    pub(super) count: u32,
    pub(super) bytes: Box<[u8]>,
}

impl Chunk {
    /// Whether a sample may lie between `start` and `end`, both included.
    pub(super) fn overlaps(&self, start: i64, end: i64) -> bool {
        self.min <= end && start <= self.max
    }

    /// Packs samples that rise in time, each chunk as full as it may be.
    pub(super) fn pack(samples: impl IntoIterator<Item = (i64, f64)>) -> Vec<Self> {
        let mut chunks = Vec::new();
        let mut open: Option<ChunkBuilder> = None;
        for (time, value) in samples {
            match &mut open {
                Some(builder) if builder.count < CHUNK_SAMPLES => builder.push(time, value),
                _ => chunks.extend(open.replace(ChunkBuilder::new(time, value)).map(ChunkBuilder::finish)),
            }
        }
        chunks.extend(open.map(ChunkBuilder::finish));
        chunks
    }
}

/// A chunk that still grows.
#[derive(Debug, Clone)]
pub(super) struct ChunkBuilder {
    bits: BitWriter,
    pub(super) count: u32,
    pub(super) min: i64,
    pub(super) max: i64,
    last: u64,
    delta: i64,
    window: Window,
}

/// Where in a value's 64 bits the last changes were.
#[derive(Debug, Clone, Copy)]
struct Window {
    leading: u32,
    length: u32,
}

impl Window {
    /// Before the first change: nothing fits in.
    const NONE: Self = Self { leading: 64, length: 0 };

    fn trailing(self) -> u32 {
        64 - self.leading - self.length
    }
}

impl ChunkBuilder {
    pub(super) fn new(time: i64, value: f64) -> Self {
        let mut bits = BitWriter::default();
        bits.put(value.to_bits(), 64);
        Self {
            bits,
            count: 1,
            min: time,
            max: time,
            last: value.to_bits(),
            delta: 0,
            window: Window::NONE,
        }
    }

    /// The bits of the last value.
    pub(super) fn last_bits(&self) -> u64 {
        self.last
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bits.bytes()
    }

    /// Adds a sample later than all others.
    pub(super) fn push(&mut self, time: i64, value: f64) {
        let delta = time.wrapping_sub(self.max);
        self.put_time(delta.wrapping_sub(self.delta));
        self.put_value(value.to_bits());
        (self.max, self.delta, self.last) = (time, delta, value.to_bits());
        self.count += 1;
    }

    fn put_time(&mut self, change: i64) {
        match change {
            0 => self.bits.put(0, 1),
            -0x2000..0x2000 => self.bits.put(0b10 << 14 | (change as u64 & 0x3fff), 16),
            -0x1_0000..0x1_0000 => self.bits.put(0b110 << 17 | (change as u64 & 0x1_ffff), 20),
            -0x8_0000..0x8_0000 => self.bits.put(0b1110 << 20 | (change as u64 & 0xf_ffff), 24),
            _ => {
                self.bits.put(0b1111, 4);
                self.bits.put(change as u64, 64);
            }
        }
    }

    fn put_value(&mut self, value: u64) {
        let change = value ^ self.last;
        if change == 0 {
            return self.bits.put(0, 1);
        }
        let (leading, trailing) = (change.leading_zeros().min(31), change.trailing_zeros());
        if self.window.leading <= leading && self.window.trailing() <= trailing {
            self.bits.put(0b10, 2);
        } else {
            self.window = Window {
                leading,
                length: 64 - leading - trailing,
            };
            // A length of 64 is written as 0, which cannot occur: something changed.
            self.bits.put(
                0b11 << 11 | u64::from(leading) << 6 | u64::from(self.window.length & 63),
                13,
            );
        }
        self.bits.put(change >> self.window.trailing(), self.window.length);
    }

    pub(super) fn finish(self) -> Chunk {
        Chunk {
            min: self.min,
            max: self.max,
            count: self.count,
            bytes: self.bits.into_bytes(),
        }
    }
}

/// Gives all samples of a chunk to `sink`, in the order of time.
///
/// # Errors
/// When the bytes are not those of `count` samples; those before the fault have been given.
pub(super) fn decode(first: i64, count: u32, bytes: &[u8], mut sink: impl FnMut(i64, f64)) -> Result<(), Malformed> {
    let mut bits = BitReader::new(bytes);
    let (mut time, mut delta, mut window) = (first, 0_i64, Window::NONE);
    let mut value = bits.take_word().ok_or(Malformed)?;
    sink(time, f64::from_bits(value));
    for _ in 1..count {
        delta = delta.wrapping_add(take_time(&mut bits).ok_or(Malformed)?);
        time = time.wrapping_add(delta);
        value ^= take_value(&mut bits, &mut window).ok_or(Malformed)?;
        sink(time, f64::from_bits(value));
    }
    Ok(())
}

#[inline]
fn take_time(bits: &mut BitReader<'_>) -> Option<i64> {
    if bits.take(1)? == 0 {
        return Some(0);
    }
    let width = if bits.take(1)? == 0 {
        14
    } else if bits.take(1)? == 0 {
        17
    } else if bits.take(1)? == 0 {
        20
    } else {
        return bits.take_word().map(|word| word as i64);
    };
    let unused = 64 - width;
    Some(((bits.take(width)? << unused) as i64) >> unused)
}

#[inline]
fn take_value(bits: &mut BitReader<'_>, window: &mut Window) -> Option<u64> {
    if bits.take(1)? == 0 {
        return Some(0);
    }
    if bits.take(1)? == 1 {
        let (leading, length) = (bits.take(5)? as u32, bits.take(6)? as u32);
        let length = if length == 0 { 64 } else { length };
        if leading + length > 64 {
            return None;
        }
        *window = Window { leading, length };
    }
    match window.length {
        0 => None,
        length @ 1..=56 => Some(bits.take(length)? << window.trailing()),
        length => Some((bits.take(length - 32)? << 32 | bits.take(32)?) << window.trailing()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::samples::STALE_BITS;
    use super::*;

    fn unpack(chunks: &[Chunk]) -> Vec<(i64, u64)> {
        let mut samples = Vec::new();
        for chunk in chunks {
            decode(chunk.min, chunk.count, &chunk.bytes, |time, value| {
                samples.push((time, value.to_bits()))
            })
            .unwrap();
            assert_eq!(samples.last().unwrap().0, chunk.max);
        }
        samples
    }

    /// Values as metrics have them, and any bits at all.
    fn value() -> impl Strategy<Value = u64> {
        prop_oneof![
            (0_u32..1000).prop_map(|count| f64::from(count).to_bits()),
            any::<u64>(),
            Just(STALE_BITS),
            Just(f64::NAN.to_bits()),
            (-1.0..1.0).prop_map(f64::to_bits),
        ]
    }

    fn step() -> impl Strategy<Value = i64> {
        prop_oneof![Just(15_000_i64), 14_990..15_010_i64, 1..200_000_i64, 1..1_i64 << 40]
    }

    proptest! {
        #[test]
        fn samples_come_back_bit_by_bit(first: i32, steps in prop::collection::vec((step(), value()), 1..400)) {
            let samples: Vec<(i64, u64)> = steps
                .iter()
                .scan(i64::from(first), |time, (step, value)| {
                    *time += step;
                    Some((*time, *value))
                })
                .collect();
            let chunks = Chunk::pack(samples.iter().map(|(time, bits)| (*time, f64::from_bits(*bits))));
            prop_assert_eq!(unpack(&chunks), samples);
        }

        #[test]
        fn damaged_bytes_end_in_an_error_or_in_other_samples(bytes: Vec<u8>, count in 1_u32..200) {
            let mut seen = 0;
            let whole = decode(0, count, &bytes, |_, _| seen += 1);
            prop_assert!(seen <= count && (whole.is_err() || seen == count));
        }
    }

    #[test]
    fn a_steady_scrape_costs_two_bits_a_sample() {
        let chunks = Chunk::pack((0..120).map(|scrape| (scrape * 15_000, 1.0)));
        assert_eq!((chunks.len(), chunks[0].bytes.len()), (1, 41));
    }

    #[test]
    fn the_farthest_times_fit() {
        let samples = [(i64::MIN, 1_u64), (0, 2), (i64::MAX, 3)];
        let chunks = Chunk::pack(samples.map(|(time, bits)| (time, f64::from_bits(bits))));
        assert_eq!(unpack(&chunks), samples);
    }
}
