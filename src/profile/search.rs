//! Many short strings searched in many bytes, without regard to ASCII case (S. Wu and U. Manber, 1994).
//!
//! Built anew for every file, over which it then runs once: filling one table takes microseconds, where an automaton takes
//! longer to build than the search takes, and most bytes are never looked at.

use pulp::{Arch, Simd, WithSimd};

/// Strings to be found.
#[derive(Default)]
pub(super) struct Finder {
    needles: Vec<Vec<u8>>,
    /// By [`place`] of two bytes: how far that pair may move on before any needle can end its window there; empty without needles.
    shift: Vec<u8>,
    /// Lower-case pairs that end the window of a needle, sorted, with the needle's number.
    ends: Vec<(u16, usize)>,
    /// Bytes at the start of every needle that are looked at: as many as the shortest has.
    window: usize,
    /// Lowest byte of any window in either case, and how far above it the highest is.
    range: (u8, u8),
    /// The vector instructions of this processor.
    arch: Arch,
}

/// Shortest needle.
pub(super) const SHORTEST: usize = 2;
/// A longer window would not let the search run faster.
const WIDEST: usize = 32;
/// Places that are passed over at once where no needle can begin.
const BLOCK: usize = 64;
/// So many bytes in a row must be such as needles have; shorter windows are not passed over by blocks.
const RUN: usize = 5;

fn pair(a: u8, b: u8) -> u16 {
    u16::from_be_bytes([a, b])
}

/// Where the shift of two bytes stands. Pairs that differ in the highest bit alone share one, which halves the table.
fn place(a: u8, b: u8) -> usize {
    usize::from(a) << 7 | usize::from(b & 0x7F)
}

impl Finder {
    /// Over needles of at least [`SHORTEST`] bytes.
    pub fn new(needles: Vec<Vec<u8>>) -> Finder {
        let shortest = needles.iter().map(Vec::len).min().unwrap_or(0);
        if shortest < SHORTEST {
            return Finder::default();
        }
        let window = shortest.min(WIDEST);
        let farthest = window - 1;
        let mut shift = vec![u8::try_from(farthest).unwrap_or(u8::MAX); 1 << 15];
        let mut ends = Vec::with_capacity(needles.len());
        for (number, needle) in needles.iter().enumerate() {
            for (at, two) in needle.windows(2).take(farthest).enumerate() {
                let (Some(a), Some(b)) = (two.first(), two.last()) else { continue };
                let left = u8::try_from(farthest - 1 - at).unwrap_or(0);
                for (a, b) in cases(*a).into_iter().flat_map(|a| cases(*b).map(|b| (a, b))) {
                    if let Some(shift) = shift.get_mut(place(a, b)) {
                        *shift = left.min(*shift);
                    }
                }
                if left == 0 {
                    ends.push((pair(a.to_ascii_lowercase(), b.to_ascii_lowercase()), number));
                }
            }
        }
        ends.sort_unstable();
        let used = needles.iter().flat_map(|needle| needle.iter().take(window)).flat_map(|byte| cases(*byte));
        let (low, high) = used.fold((u8::MAX, 0), |(low, high), byte| (low.min(byte), high.max(byte)));
        Finder { needles, shift, ends, window, range: (low, high.saturating_sub(low)), arch: Arch::new() }
    }

    /// How many bytes can be passed over in steps of `farthest`: four at a time, because none has to wait for another.
    fn run(&self, bytes: &[u8], farthest: usize) -> usize {
        let far = |block: &[u8], at: usize| match block.get(at..at + 2) {
            Some([a, b]) => usize::from(self.shift.get(place(*a, *b)).copied().unwrap_or(0)) == farthest,
            _ => false,
        };
        let blocks = bytes.windows(farthest * 3 + 2).step_by(farthest * 4);
        let passed =
            blocks.take_while(|block| far(block, 0) & far(block, farthest) & far(block, farthest * 2) & far(block, farthest * 3));
        passed.count() * farthest * 4
    }

    /// How many bytes can be passed over in blocks, because no window that begins in them has only such bytes as needles have.
    /// Samples of more than eight bits are such bytes nearly everywhere: their high bytes are no text.
    fn barren(&self, bytes: &[u8]) -> usize {
        if self.window < RUN {
            return 0;
        }
        self.arch.dispatch(Barren { bytes, range: self.range }) * BLOCK
    }

    /// Calls `hit` with number, start and end of every needle in `bytes`, also of needles that overlap, until it gives something.
    pub fn find<T>(&self, bytes: &[u8], mut hit: impl FnMut(usize, usize, usize) -> Option<T>) -> Option<T> {
        // Place of the pair that ends the first window.
        let first = self.window.checked_sub(2)?;
        let mut at = first;
        let farthest = self.window - 1;
        // Windows that begin before it are in a block that was not passed over.
        let mut seen = 0;
        while let Some([a, b]) = bytes.get(at..at + 2) {
            if at - first >= seen {
                at += self.barren(bytes.get(at - first..).unwrap_or(&[]));
                seen = at - first + BLOCK;
                continue;
            }
            let far = usize::from(self.shift.get(place(*a, *b)).copied().unwrap_or(1));
            if far > 0 {
                at += far;
                if far == farthest {
                    at += self.run(bytes.get(at..seen + first + 2).unwrap_or(&[]), farthest);
                }
                continue;
            }
            let start = at - first;
            let end = pair(a.to_ascii_lowercase(), b.to_ascii_lowercase());
            let from = self.ends.partition_point(|row| row.0 < end);
            for (_, number) in self.ends.iter().skip(from).take_while(|row| row.0 == end) {
                let Some(needle) = self.needles.get(*number) else { continue };
                let stop = start + needle.len();
                if bytes.get(start..stop).is_some_and(|here| here.eq_ignore_ascii_case(needle))
                    && let Some(found) = hit(*number, start, stop)
                {
                    return Some(found);
                }
            }
            at += 1;
        }
        None
    }
}

/// Counts the blocks at the start of `bytes` in which no run of needles' bytes begins.
struct Barren<'a> {
    bytes: &'a [u8],
    range: (u8, u8),
}

impl WithSimd for Barren<'_> {
    type Output = usize;

    /// What is inlined here is compiled for each processor's vector instructions.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        let (mut rest, mut count) = (self.bytes, 0);
        while let Some(block) = rest.first_chunk() {
            if !without_run::<2>(block, self.range) && !without_run::<RUN>(block, self.range) {
                break;
            }
            count += 1;
            rest = rest.get(BLOCK..).unwrap_or(&[]);
        }
        count
    }
}

/// Whether none of the first `BLOCK` places of `block` begins a run of `LEN` bytes within `range`. Written so that compilers make
/// vector instructions of it.
#[inline(always)]
fn without_run<const LEN: usize>(block: &[u8; BLOCK + RUN - 1], (low, span): (u8, u8)) -> bool {
    let mut least = u8::MAX;
    for at in 0..BLOCK {
        let mut most = 0;
        for next in 0..LEN {
            most = block[at + next].wrapping_sub(low).max(most);
        }
        least = least.min(most);
    }
    least > span
}

/// A byte in both cases.
fn cases(byte: u8) -> [u8; 2] {
    [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(needles: &[Vec<u8>], bytes: &[u8]) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        Finder::new(needles.to_vec()).find(bytes, |number, start, end| {
            found.push((start, end, number));
            None::<()>
        });
        found.sort_unstable();
        found
    }

    #[test]
    fn nothing_is_found_in_nothing() {
        assert!(all(&[], b"some text").is_empty());
        assert!(all(&[b"ab".to_vec()], b"").is_empty() && all(&[b"ab".to_vec()], b"a").is_empty());
        assert_eq!(all(&[b"ab".to_vec()], b"AB"), [(0, 2, 0)]);
    }

    proptest! {
        /// As many hits as a search at every place, needles that overlap and needles inside needles among them.
        #[test]
        fn every_needle_is_found_wherever_it_stands(
            needles in prop::collection::vec("[a-cA-C\u{e4}]{2,7}", 1..12),
            text in "[a-cA-C\u{e4} ]{0,200}",
        ) {
            let needles: Vec<Vec<u8>> = needles.into_iter().map(String::into_bytes).collect();
            let bytes = text.as_bytes();
            let mut wanted = Vec::new();
            for start in 0..bytes.len() {
                for (number, needle) in needles.iter().enumerate() {
                    let end = start + needle.len();
                    if bytes.get(start..end).is_some_and(|here| here.eq_ignore_ascii_case(needle)) {
                        wanted.push((start, end, number));
                    }
                }
            }
            wanted.sort_unstable();
            prop_assert_eq!(all(&needles, bytes), wanted);
        }

        /// Long stretches that are passed over in blocks hide nothing, wherever a needle begins, ends or is nearly there.
        #[test]
        fn a_needle_in_samples_is_found_wherever_it_stands(
            needle in "[a-z0-9.\u{e4}]{5,40}",
            samples in prop::collection::vec(0u16..0x1000, 0..400),
            tail in prop::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
        ) {
            let mut bytes: Vec<u8> = samples.into_iter().flat_map(u16::to_le_bytes).chain(tail).collect();
            let at = at.index(bytes.len() + 1);
            bytes.splice(at..at, needle.to_uppercase().bytes().map(|byte| byte.to_ascii_uppercase()));
            let needle = needle.to_uppercase().into_bytes();
            let found = all(&[needle.clone(), b"another".to_vec()], &bytes);
            prop_assert!(found.contains(&(at, at + needle.len(), 0)));
            bytes[at] ^= 0x80;
            prop_assert!(!all(std::slice::from_ref(&needle), &bytes).contains(&(at, at + needle.len(), 0)));
        }
    }
}
