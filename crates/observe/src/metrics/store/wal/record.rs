//! What the records of the log say.

use super::super::super::labels::Labels;
use super::super::chunk::{Chunk, decode};
use super::super::coding::{Input, Malformed, put_bytes, put_labels, put_signed, put_unsigned};
use super::super::exemplars::Exemplar;

const BATCH: u8 = 1;
const SERIES: u8 = 2;

/// A record while it is read. Whoever takes it gets the parts in the order in which they are written.
pub(super) trait Sink {
    /// A serial stands for these labels from here on.
    fn series(&mut self, serial: u64, labels: Labels);
    fn sample(&mut self, serial: u64, time: i64, value: f64);
    fn chunk(&mut self, serial: u64, chunk: Chunk);
    fn exemplar(&mut self, series: Labels, exemplar: Exemplar);
}

/// One committed batch. Times and serials are written as differences: most are one or two bytes long.
pub(in super::super) struct Batch<'a> {
    out: &'a mut Vec<u8>,
    serial: u64,
    time: i64,
}

impl<'a> Batch<'a> {
    /// `series` are those the log does not know yet.
    pub(super) fn begin<'b>(out: &'a mut Vec<u8>, series: impl ExactSizeIterator<Item = (u64, &'b Labels)>) -> Self {
        out.push(BATCH);
        put_unsigned(out, series.len() as u64);
        for (serial, labels) in series {
            put_unsigned(out, serial);
            put_labels(out, labels);
        }
        Self {
            out,
            serial: 0,
            time: 0,
        }
    }

    pub(super) fn exemplars<'b>(&mut self, exemplars: impl ExactSizeIterator<Item = (&'b Labels, &'b Exemplar)>) {
        put_unsigned(self.out, exemplars.len() as u64);
        for (series, exemplar) in exemplars {
            put_labels(self.out, series);
            put_labels(self.out, &exemplar.labels);
            put_signed(self.out, exemplar.time);
            self.out.extend_from_slice(&exemplar.value.to_bits().to_le_bytes());
        }
    }

    /// Samples come last, up to the end of the record.
    pub(in super::super) fn sample(&mut self, serial: u64, time: i64, value: f64) {
        put_signed(self.out, serial.wrapping_sub(self.serial) as i64);
        put_signed(self.out, time.wrapping_sub(self.time));
        self.out.extend_from_slice(&value.to_bits().to_le_bytes());
        (self.serial, self.time) = (serial, time);
    }
}

/// Begins a record of a checkpoint: some series, up to the end of the record.
pub(super) fn begin_series(out: &mut Vec<u8>) {
    out.push(SERIES);
}

/// One series with all its chunks.
pub(super) fn put_series(out: &mut Vec<u8>, serial: u64, labels: &Labels, chunks: &[Chunk]) {
    put_unsigned(out, serial);
    put_labels(out, labels);
    put_unsigned(out, chunks.len() as u64);
    for chunk in chunks {
        put_signed(out, chunk.min);
        put_unsigned(out, u64::from(chunk.count));
        put_bytes(out, &chunk.bytes);
    }
}

/// Reads a record.
///
/// # Errors
/// When it is none of these. What was read before the fault has been given.
pub(super) fn read(content: &[u8], sink: &mut impl Sink) -> Result<(), Malformed> {
    let mut input = Input(content);
    match input.array()? {
        [BATCH] => read_batch(&mut input, sink),
        [SERIES] => {
            while !input.is_empty() {
                read_series(&mut input, sink)?;
            }
            Ok(())
        }
        _ => Err(Malformed),
    }
}

fn read_batch(input: &mut Input<'_>, sink: &mut impl Sink) -> Result<(), Malformed> {
    for _ in 0..input.count()? {
        sink.series(input.unsigned()?, input.labels()?);
    }
    for _ in 0..input.count()? {
        let series = input.labels()?;
        let exemplar = Exemplar {
            labels: input.labels()?,
            time: input.signed()?,
            value: value(input)?,
        };
        sink.exemplar(series, exemplar);
    }
    let (mut serial, mut time) = (0_u64, 0_i64);
    while !input.is_empty() {
        serial = serial.wrapping_add(input.signed()? as u64);
        time = time.wrapping_add(input.signed()?);
        sink.sample(serial, time, value(input)?);
    }
    Ok(())
}

fn read_series(input: &mut Input<'_>, sink: &mut impl Sink) -> Result<(), Malformed> {
    let serial = input.unsigned()?;
    sink.series(serial, input.labels()?);
    for _ in 0..input.count()? {
        let (min, count) = (
            input.signed()?,
            u32::try_from(input.unsigned()?).map_err(|_| Malformed)?,
        );
        let bytes = input.bytes()?;
        if count == 0 {
            return Err(Malformed);
        }
        let mut max = min;
        decode(min, count, bytes, |time, _| max = time)?;
        sink.chunk(
            serial,
            Chunk {
                min,
                max,
                count,
                bytes: bytes.into(),
            },
        );
    }
    Ok(())
}

fn value(input: &mut Input<'_>) -> Result<f64, Malformed> {
    Ok(f64::from_bits(u64::from_le_bytes(input.array()?)))
}
