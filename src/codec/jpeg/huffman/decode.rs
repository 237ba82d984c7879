//! Decoding by a Huffman table: codes looked up, those of untouched blocks several at a time.

use super::{AC, Standard};
use crate::codec::jpeg::bits::Bits;
use crate::codec::jpeg::markers::HuffmanSpec;
use crate::error::{Error, Reason, Result};
use std::sync::OnceLock;

const FAST: u32 = 10;
/// Bits that [`Skips`] looks at.
const SEVERAL: u32 = 13;

/// A table for decoding: codes up to 10 bits by look-up, longer ones by comparison.
pub(in crate::codec::jpeg) struct Decoder {
    /// Length << 8 | symbol, 0 where the code is longer.
    fast: Box<[u16; 1 << FAST]>,
    /// For lengths 11-16: first code behind those of this length, aligned to 16 bits.
    limit: [u32; 6],
    /// For lengths 11-16: what to add to a code to get its symbol's index.
    shift: [i32; 6],
    symbols: Vec<u8>,
    skips: Option<&'static Skips>,
}

/// For each window of bits the AC symbols that begin in it and end in it with their values, walked over at once; made only for the
/// standard's tables, which most streams have.
struct Skips(Vec<Skip>);

/// Symbols that can be walked over at once.
#[derive(Clone, Copy, Default)]
struct Skip {
    /// Bits of codes and values; 0 where the first code is too long or no AC symbol.
    used: u8,
    /// Coefficients.
    advance: u8,
    /// The last symbol ends the block.
    end: bool,
}

impl Skips {
    /// Those of a table, when it is the standard's.
    fn of(spec: &HuffmanSpec) -> Option<&'static Skips> {
        static MADE: [OnceLock<Skips>; AC.len()] = [const { OnceLock::new() }; AC.len()];
        let of_table = |table: &Standard| spec.counts == *table.0 && spec.symbols == table.1;
        let at = AC.iter().position(of_table)?;
        Some(MADE.get(at)?.get_or_init(|| Skips::new(&Decoder::with(spec, None))))
    }

    fn new(decoder: &Decoder) -> Skips {
        let skip = |bits: u64| {
            let (window, mut all) = (bits << (64 - SEVERAL), Skip::default());
            while !all.end && u32::from(all.used) < SEVERAL {
                let Ok((symbol, length)) = decoder.decode(window << all.used) else { break };
                let used = all.used + length as u8 + (symbol & 15);
                // The first symbol's value may lie behind the window, its code may not.
                let within = if all.used == 0 { length as u8 } else { used };
                let run = symbol >> 4;
                if u32::from(within) > SEVERAL || symbol & 15 == 0 && !matches!(run, 0 | 15) {
                    break;
                }
                (all.used, all.end) = (used, symbol == 0);
                all.advance += if all.end { 0 } else { run + 1 };
            }
            all
        };
        Skips((0..1 << SEVERAL).map(skip).collect())
    }
}

impl Decoder {
    /// Builds from a table that [`crate::codec::jpeg::markers::huffman_tables`] has checked.
    pub fn new(spec: &HuffmanSpec) -> Decoder {
        Decoder::with(spec, Skips::of(spec))
    }

    fn with(spec: &HuffmanSpec, skips: Option<&'static Skips>) -> Decoder {
        let (fast, symbols) = (Box::new([0; 1 << FAST]), spec.symbols.clone());
        let mut table = Decoder { fast, limit: [0; 6], shift: [0; 6], symbols, skips };
        let (mut next, mut index) = (0u32, 0usize);
        for (length, count) in (1u32..).zip(spec.counts) {
            next <<= 1;
            if length > FAST
                && let (Some(limit), Some(shift)) =
                    (table.limit.get_mut((length - 11) as usize), table.shift.get_mut((length - 11) as usize))
            {
                *limit = (next + u32::from(count)) << (16 - length);
                *shift = index as i32 - next as i32;
            }
            for _ in 0..count {
                if length <= FAST {
                    let entry = (length << 8) as u16 | u16::from(spec.symbols.get(index).copied().unwrap_or(0));
                    let start = (next << (FAST - length)) as usize;
                    if let Some(places) = table.fast.get_mut(start..start + (1 << (FAST - length))) {
                        places.fill(entry);
                    }
                }
                next += 1;
                index += 1;
            }
        }
        table
    }

    /// Symbol and code length for the code at the top of `window`.
    #[inline(always)]
    pub fn decode(&self, window: u64) -> Result<(u8, u32)> {
        let entry = self.fast[(window >> (64 - FAST)) as usize & ((1 << FAST) - 1)];
        if entry != 0 { Ok((entry as u8, u32::from(entry >> 8))) } else { self.long(window) }
    }

    /// Walks over the AC part of a block of a sequential scan.
    #[inline(always)]
    pub fn skip_block(&self, bits: &mut Bits) -> Result<()> {
        let mut k = 1u32;
        let mut window = bits.window();
        let mut left = 57u32;
        while k < 64 {
            // A code with its value takes 31 bits at most.
            if left < 31 {
                window = bits.window();
                left = 57;
            }
            if let Some(skips) = self.skips
                && let Some(skip) = skips.0.get((window >> (64 - SEVERAL)) as usize)
                && skip.used > 0
                // Behind the last coefficient the next block begins.
                && k + u32::from(skip.advance) < 64
            {
                window <<= skip.used;
                left -= u32::from(skip.used);
                bits.at += usize::from(skip.used);
                k += u32::from(skip.advance);
                if skip.end {
                    return Ok(());
                }
                continue;
            }
            let (symbol, length) = self.decode(window)?;
            let used = length + u32::from(symbol & 15);
            window <<= used;
            left -= used;
            bits.at += used as usize;
            if symbol & 15 == 0 {
                match symbol >> 4 {
                    0 => return Ok(()),
                    15 => k += 16,
                    _ => return Err(Error::new(Reason::Undecodable, "JPEG: AC symbol")),
                }
            } else {
                k += u32::from(symbol >> 4) + 1;
            }
        }
        if k > 64 { Err(Error::new(Reason::Undecodable, "JPEG: run behind the block")) } else { Ok(()) }
    }

    #[cold]
    fn long(&self, window: u64) -> Result<(u8, u32)> {
        let code = (window >> 48) as u32;
        for ((length, limit), shift) in (11u32..).zip(self.limit).zip(self.shift) {
            if code < limit {
                let index = (code >> (16 - length)) as i32 + shift;
                return match usize::try_from(index).ok().and_then(|index| self.symbols.get(index)) {
                    Some(symbol) => Ok((*symbol, length)),
                    None => break,
                };
            }
        }
        Err(Error::new(Reason::Undecodable, "JPEG: a code that is in no Huffman table"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::spec_of;
    use super::*;
    use crate::codec::jpeg::bits::Intervals;

    proptest::proptest! {
        /// Blocks of any bits, damaged ones and those that end with their last coefficient among them.
        #[test]
        fn several_symbols_at_once_are_those_one_by_one(data in proptest::collection::vec(0u8..0xFF, 64), chroma: bool, short: bool) {
            let spec = spec_of(&AC[usize::from(chroma)]);
            let (fast, slow) = (Decoder::new(&spec), Decoder::with(&spec, None));
            proptest::prop_assert!(fast.skips.is_some() && slow.skips.is_none());
            // Zero bits are coefficients without a run: many of them fill a block to its end.
            let data = if short { data.iter().map(|byte| byte & 0x21).collect() } else { data };
            let mut intervals = Intervals::new(&data);
            let mut bits = intervals.next();
            for _ in 0..20 {
                let (mut one, mut other) = (bits, bits);
                let (done, same) = (fast.skip_block(&mut one), slow.skip_block(&mut other));
                proptest::prop_assert_eq!(&done, &same);
                if done.is_err() || one.at > data.len() * 8 {
                    break;
                }
                proptest::prop_assert_eq!(one.at, other.at);
                bits = one;
            }
        }
    }
}
