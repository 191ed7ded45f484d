//! Streams of bits, the highest first.

/// Writes bits at the end of bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// How many bits of the last byte are free.
    free: u32,
}

impl BitWriter {
    /// The lowest `count` bits of `value`, at most 64; those above must be zero.
    #[inline]
    pub(super) fn put(&mut self, value: u64, mut count: u32) {
        while count > 0 {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            let taken = count.min(self.free);
            count -= taken;
            self.free -= taken;
            let bits = (value >> count) as u8 & (0xff >> (8 - taken));
            *self.bytes.last_mut().expect("pushed above") |= bits << self.free;
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Box<[u8]> {
        self.bytes.into_boxed_slice()
    }
}

/// Reads them back, a word at a time.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    rest: &'a [u8],
    /// The next bits, left-aligned; those beyond `held` are zero.
    word: u64,
    held: u32,
}

impl<'a> BitReader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            word: 0,
            held: 0,
        }
    }

    /// The next `count` bits, from 1 to 56; `None` behind the end.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> Option<u64> {
        if self.held < count {
            self.refill();
            if self.held < count {
                return None;
            }
        }
        let bits = self.word >> (64 - count);
        self.word <<= count;
        self.held -= count;
        Some(bits)
    }

    /// The next 64 bits.
    #[inline]
    pub(super) fn take_word(&mut self) -> Option<u64> {
        Some(self.take(32)? << 32 | self.take(32)?)
    }

    #[inline]
    fn refill(&mut self) {
        if let Some(next) = self.rest.first_chunk() {
            let bytes = (64 - self.held) / 8;
            let kept = if bytes == 8 {
                u64::MAX
            } else {
                !(u64::MAX >> (bytes * 8))
            };
            self.word |= (u64::from_be_bytes(*next) & kept) >> self.held;
            self.held += bytes * 8;
            self.rest = &self.rest[bytes as usize..];
            return;
        }
        while self.held <= 56 {
            let Some((byte, rest)) = self.rest.split_first() else {
                return;
            };
            self.word |= u64::from(*byte) << (56 - self.held);
            self.held += 8;
            self.rest = rest;
        }
    }
}
