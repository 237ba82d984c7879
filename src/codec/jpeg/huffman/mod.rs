//! Huffman tables: the standard's own (T.81 annex K.3), optimal ones (K.2), encoding; decoding in `decode`.

mod decode;

pub(super) use decode::Decoder;

use crate::codec::jpeg::markers::HuffmanSpec;

/// A table for encoding: code and length of each symbol, length 0 where it has none.
#[derive(Clone)]
pub(super) struct Encoder {
    codes: [(u16, u8); 256],
}

impl Encoder {
    pub fn new(spec: &HuffmanSpec) -> Encoder {
        let mut codes = [(0u16, 0u8); 256];
        let (mut next, mut index) = (0u32, 0usize);
        for (length, count) in (1u8..).zip(spec.counts) {
            next <<= 1;
            for _ in 0..count {
                let symbol = spec.symbols.get(index).copied().unwrap_or(0);
                codes[usize::from(symbol)] = (next as u16, length);
                next += 1;
                index += 1;
            }
        }
        Encoder { codes }
    }

    /// Code and length; length 0 when the table lacks the symbol.
    #[inline(always)]
    pub fn code(&self, symbol: u8) -> (u16, u8) {
        self.codes[usize::from(symbol)]
    }
}

/// A table without codes.
pub(super) fn empty() -> HuffmanSpec {
    HuffmanSpec { counts: [0; 16], symbols: Vec::new() }
}

/// How often each symbol occurs.
pub(super) type Counts = [u32; 256];

/// The table to write a scan with: the standard's own when the stream had it, with longer codes for the DC sizes that it
/// lacks; in every other case the optimal one for the symbols that are written, and for nothing else.
///
/// A table of the stream that is not the standard's may have been made for its pictures, and so tells about what was
/// blanked: it never stays.
pub(super) fn choose(counts: &Counts, original: Option<&HuffmanSpec>, dc: bool) -> HuffmanSpec {
    if let Some(original) = original {
        let tables: &[Standard] = if dc { DC } else { AC };
        for table in tables {
            let kept = spec_of(table);
            let longer = if dc { extended(&kept) } else { kept.clone() };
            // What an earlier run has extended counts as the standard's: only the symbols that are written decide.
            if *original == kept || *original == longer {
                let codes = |spec: &HuffmanSpec| (0..=255u8).all(|s| counts[usize::from(s)] == 0 || spec.symbols.contains(&s));
                if codes(&kept) {
                    return kept;
                }
                if codes(&longer) {
                    return longer;
                }
            }
        }
    }
    optimal(counts)
}

/// A DC table of the standard with codes for the sizes 12 to 15 as well.
///
/// Both end at 9 or 11 bits with only the code of all ones free: four longer codes hang below it.
fn extended(standard: &HuffmanSpec) -> HuffmanSpec {
    let mut longer = standard.clone();
    let longest = longer.counts.iter().rposition(|count| *count > 0).unwrap_or(0);
    for (place, symbol) in longer.counts.iter_mut().skip(longest + 1).zip(12u8..=15) {
        *place = 1;
        longer.symbols.push(symbol);
    }
    longer
}

/// Whether this is one of the standard's four tables.
pub(super) fn is_standard(spec: &HuffmanSpec, dc: bool) -> bool {
    let tables: &[Standard] = if dc { DC } else { AC };
    tables.iter().any(|(counts, symbols)| spec.counts == **counts && spec.symbols == *symbols)
}

type Standard = (&'static [u8; 16], &'static [u8]);

fn spec_of((counts, symbols): &Standard) -> HuffmanSpec {
    HuffmanSpec { counts: **counts, symbols: symbols.to_vec() }
}

const DC: &[Standard] = &[(&DC_LUMA, DC_SYMBOLS), (&DC_CHROMA, DC_SYMBOLS)];
const AC: &[Standard] = &[(&AC_LUMA, AC_LUMA_SYMBOLS), (&AC_CHROMA, AC_CHROMA_SYMBOLS)];

/// The standard's tables for luma, DC and AC.
#[cfg(test)]
pub(super) fn standard_luma() -> [HuffmanSpec; 2] {
    [
        HuffmanSpec { counts: DC_LUMA, symbols: DC_SYMBOLS.to_vec() },
        HuffmanSpec { counts: AC_LUMA, symbols: AC_LUMA_SYMBOLS.to_vec() },
    ]
}

/// The optimal table for these counts, codes of at most 16 bits, none of all ones (T.81 K.2).
///
/// Symbols of one length are in rising order, so that the table depends on the counts only.
pub(super) fn optimal(counts: &Counts) -> HuffmanSpec {
    let mut frequency: Vec<u64> = counts.iter().map(|n| u64::from(*n)).collect();
    frequency.push(1);
    let mut size = [0u32; 257];
    let mut other: [Option<usize>; 257] = [None; 257];
    loop {
        let mut least: [Option<usize>; 2] = [None, None];
        for (i, f) in frequency.iter().enumerate().filter(|(_, f)| **f > 0) {
            let below = |place: Option<usize>| place.is_none_or(|j| *f <= frequency[j]);
            if below(least[0]) {
                least = [Some(i), least[0]];
            } else if below(least[1]) {
                least[1] = Some(i);
            }
        }
        let [Some(a), Some(b)] = least else { break };
        frequency[a] += frequency[b];
        frequency[b] = 0;
        let mut end = a;
        size[a] += 1;
        while let Some(next) = other[end] {
            end = next;
            size[end] += 1;
        }
        other[end] = Some(b);
        let mut next = Some(b);
        while let Some(i) = next {
            size[i] += 1;
            next = other[i];
        }
    }
    let mut lengths = [0u32; 258];
    for length in size.iter().filter(|s| **s > 0) {
        lengths[*length as usize] += 1;
    }
    for i in (17..lengths.len()).rev() {
        while lengths[i] > 0 {
            let Some(j) = (1..i - 1).rev().find(|j| lengths[*j] > 0) else { break };
            lengths[i] -= 2;
            lengths[i - 1] += 1;
            lengths[j + 1] += 2;
            lengths[j] -= 1;
        }
    }
    if let Some(longest) = (1..=16).rev().find(|i| lengths[*i] > 0) {
        lengths[longest] -= 1;
    }
    let mut symbols: Vec<u8> = (0..=255u8).filter(|s| size[usize::from(*s)] > 0).collect();
    symbols.sort_by_key(|s| size[usize::from(*s)]);
    let mut spec = HuffmanSpec { counts: [0; 16], symbols };
    for (place, count) in spec.counts.iter_mut().zip(&lengths[1..=16]) {
        *place = *count as u8;
    }
    spec
}

const DC_SYMBOLS: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const DC_LUMA: [u8; 16] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_CHROMA: [u8; 16] = [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const AC_LUMA: [u8; 16] = [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125];
const AC_CHROMA: [u8; 16] = [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 119];
#[rustfmt::skip]
const AC_LUMA_SYMBOLS: &[u8] = &[
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71, 0x14, 0x32, 0x81,
    0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72, 0x82, 0x09, 0x0a, 0x16, 0x17, 0x18,
    0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48,
    0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75,
    0x76, 0x77, 0x78, 0x79, 0x7a, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
    0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2, 0xe3, 0xe4, 0xe5,
    0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];
#[rustfmt::skip]
const AC_CHROMA_SYMBOLS: &[u8] = &[
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22, 0x32, 0x81, 0x08,
    0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1, 0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25,
    0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47,
    0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74,
    0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97,
    0x98, 0x99, 0x9a, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
    0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe2, 0xe3, 0xe4,
    0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// T.81 annex K has 162 AC symbols, one for each run and size up to 10, with EOB and ZRL.
    #[test]
    fn annex_k_is_complete() {
        for (counts, symbols) in [(AC_LUMA, AC_LUMA_SYMBOLS), (AC_CHROMA, AC_CHROMA_SYMBOLS)] {
            let mut sorted = symbols.to_vec();
            sorted.sort_unstable();
            let mut all: Vec<u8> = (0..16u8).flat_map(|run| (1..=10u8).map(move |size| run << 4 | size)).collect();
            all.extend([0x00, 0xF0]);
            all.sort_unstable();
            assert_eq!(sorted, all);
            assert_eq!(counts.iter().map(|n| usize::from(*n)).sum::<usize>(), symbols.len());
        }
    }

    #[test]
    fn every_table_decodes_what_it_encodes() {
        let mut skewed = [0u32; 256];
        for (i, count) in skewed.iter_mut().enumerate() {
            *count = if i < 40 { 1 << (i / 2) } else { u32::from(i % 3 == 0) };
        }
        let mut one = [0u32; 256];
        one[7] = 5;
        for counts in [skewed, one, [1; 256]] {
            let spec = optimal(&counts);
            assert_eq!(spec.symbols.len(), counts.iter().filter(|n| **n > 0).count());
            let (encoder, decoder) = (Encoder::new(&spec), Decoder::new(&spec));
            for symbol in spec.symbols.iter().copied() {
                let (code, length) = encoder.code(symbol);
                assert!((1..=16).contains(&length) && code != ((1u32 << length) - 1) as u16);
                assert_eq!(decoder.decode(u64::from(code) << (64 - length)), Ok((symbol, u32::from(length))));
            }
            assert!(decoder.decode(u64::MAX).is_err());
        }
    }

    #[test]
    fn a_standard_dc_table_is_extended_and_keeps_its_codes() {
        let standard = HuffmanSpec { counts: DC_LUMA, symbols: DC_SYMBOLS.to_vec() };
        let mut counts = [0; 256];
        counts[14] = 1;
        let extended = choose(&counts, Some(&standard), true);
        let (before, after) = (Encoder::new(&standard), Encoder::new(&extended));
        assert!((0..12).all(|s| before.code(s) == after.code(s)));
        assert!((12..16).all(|s| after.code(s).1 > 9));
        counts[14] = 0;
        counts[3] = 1;
        assert_eq!(choose(&counts, Some(&standard), true), standard);
        let own = HuffmanSpec { counts: DC_LUMA, symbols: DC_SYMBOLS.iter().rev().copied().collect() };
        assert_eq!(choose(&counts, Some(&own), true).symbols, [3]);
    }
}
