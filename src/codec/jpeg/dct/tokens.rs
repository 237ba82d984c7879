//! Symbols of a scan, noted and counted first, written when the tables for them are chosen.

use crate::codec::jpeg::bits::BitWriter;
use crate::codec::jpeg::huffman::{Counts, Encoder};
use crate::error::{Error, Reason, Result};

/// Bits without a symbol: RAW | count << 16 | bits.
const RAW: u32 = 1 << 31;
/// A restart marker; no raw bits look like it, which are 16 at most.
const RESTART: u32 = u32::MAX;

/// Tables are numbered 0-3 for DC and 4-7 for AC.
pub(super) struct Tokens {
    pub counts: [Counts; 8],
    /// Table << 24 | symbol << 16 | value bits, as many as the symbol's low four bits say; [`RAW`]; [`RESTART`].
    tokens: Vec<u32>,
}

/// Bits of a value's magnitude, and the value bits that follow its symbol (T.81 F.1.2.1.1).
#[inline(always)]
pub(super) fn category(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = if value < 0 { value - 1 } else { value };
    (size, bits as u32 & ((1u32 << size) - 1))
}

impl Tokens {
    pub fn new(expected: usize) -> Self {
        Tokens { counts: [[0; 256]; 8], tokens: Vec::with_capacity(expected) }
    }

    /// A symbol with its value bits.
    #[inline(always)]
    pub fn note(&mut self, slot: u8, symbol: u8, bits: u32) {
        self.counts[usize::from(slot & 7)][usize::from(symbol)] += 1;
        self.tokens.push(u32::from(slot & 7) << 24 | u32::from(symbol) << 16 | bits);
    }

    /// A run of zeros with the value behind it.
    ///
    /// # Errors
    /// `codec-not-exact` for values that no symbol has bits for.
    #[inline(always)]
    pub fn value(&mut self, slot: u8, run: u32, value: i32) -> Result<()> {
        let (size, bits) = category(value);
        if size > 15 {
            return Err(Error::new(Reason::CodecNotExact, "JPEG: a coefficient or difference beyond 15 bits"));
        }
        self.note(slot, (run << 4 | size) as u8, bits);
        Ok(())
    }

    /// Bits without a symbol, at most 16.
    #[inline(always)]
    pub fn raw(&mut self, bits: u32, count: u32) {
        if count > 0 {
            self.tokens.push(RAW | count << 16 | bits);
        }
    }

    /// Bits without a symbol, any number up to 64.
    #[inline(always)]
    pub fn raw_long(&mut self, bits: u64, count: u32) {
        let mut rest = count;
        while rest > 0 {
            let some = rest.min(16);
            rest -= some;
            self.raw((bits >> rest) as u32 & ((1 << some) - 1), some);
        }
    }

    /// The place for a run of ends of band, to be filled by [`Tokens::end_of_bands`].
    pub fn reserve_end_of_bands(&mut self) -> usize {
        self.tokens.extend([RAW; 2]);
        self.tokens.len() - 2
    }

    /// A run of ends of band at a place that was reserved (T.81 G.1.2.2); below 0x8000 blocks.
    pub fn end_of_bands(&mut self, place: usize, slot: u8, run: u32) {
        let size = run.max(1).ilog2();
        let symbol = (size << 4) as u8;
        self.counts[usize::from(slot & 7)][usize::from(symbol)] += 1;
        let tokens = [u32::from(slot & 7) << 24 | u32::from(symbol) << 16, RAW | size << 16 | (run & ((1 << size) - 1))];
        if let Some(reserved) = self.tokens.get_mut(place..place + 2) {
            reserved.copy_from_slice(&tokens);
        }
    }

    pub fn restart(&mut self) {
        self.tokens.push(RESTART);
    }

    /// Writes all that was noted, padded to a whole byte.
    pub fn write(&self, encoders: &[Option<Encoder>; 8], out: Vec<u8>) -> Vec<u8> {
        let mut writer = BitWriter::new(out);
        let mut restarts = 0;
        for token in &self.tokens {
            if token & RAW != 0 {
                if *token == RESTART {
                    writer.restart(restarts);
                    restarts += 1;
                } else {
                    writer.put(token & 0xFFFF, token >> 16 & 31);
                }
                continue;
            }
            let symbol = (token >> 16) as u8;
            if let Some(encoder) = &encoders[(token >> 24 & 7) as usize] {
                let ((code, length), size) = (encoder.code(symbol), u32::from(symbol & 15));
                writer.put(u32::from(code) << size | (token & 0xFFFF), u32::from(length) + size);
            }
        }
        writer.flush();
        writer.out
    }
}
