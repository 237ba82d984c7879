//! Many short strings searched in many bytes, without regard to ASCII case (S. Wu and U. Manber, 1994).
//!
//! Built anew for every file, over which it then runs once: filling one table takes microseconds, where an automaton takes
//! longer to build than the search takes, and most bytes are never looked at.

/// Strings to be found.
#[derive(Default)]
pub(super) struct Finder {
    needles: Vec<Vec<u8>>,
    /// By two bytes: how far the place of a pair may move on before any needle can end its window there; empty without needles.
    shift: Vec<u8>,
    /// Lower-case pairs that end the window of a needle, sorted, with the needle's number.
    ends: Vec<(u16, usize)>,
    /// Bytes at the start of every needle that are looked at: as many as the shortest has.
    window: usize,
}

/// Shortest needle.
pub(super) const SHORTEST: usize = 2;
/// A longer window would not let the search run faster.
const WIDEST: usize = 32;

fn pair(a: u8, b: u8) -> u16 {
    u16::from_be_bytes([a, b])
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
        let mut shift = vec![u8::try_from(farthest).unwrap_or(u8::MAX); 1 << 16];
        let mut ends = Vec::with_capacity(needles.len());
        for (number, needle) in needles.iter().enumerate() {
            for (at, two) in needle.windows(2).take(farthest).enumerate() {
                let (Some(a), Some(b)) = (two.first(), two.last()) else { continue };
                let left = u8::try_from(farthest - 1 - at).unwrap_or(0);
                for (a, b) in cases(*a).into_iter().flat_map(|a| cases(*b).map(|b| (a, b))) {
                    if let Some(place) = shift.get_mut(usize::from(pair(a, b))) {
                        *place = left.min(*place);
                    }
                }
                if left == 0 {
                    ends.push((pair(a.to_ascii_lowercase(), b.to_ascii_lowercase()), number));
                }
            }
        }
        ends.sort_unstable();
        Finder { needles, shift, ends, window }
    }

    /// How many bytes can be passed over in steps of `farthest`: four at a time, because none has to wait for another.
    fn run(&self, bytes: &[u8], farthest: usize) -> usize {
        let far = |block: &[u8], at: usize| match block.get(at..at + 2) {
            Some([a, b]) => usize::from(self.shift.get(usize::from(pair(*a, *b))).copied().unwrap_or(0)) == farthest,
            _ => false,
        };
        let blocks = bytes.windows(farthest * 3 + 2).step_by(farthest * 4);
        let passed =
            blocks.take_while(|block| far(block, 0) & far(block, farthest) & far(block, farthest * 2) & far(block, farthest * 3));
        passed.count() * farthest * 4
    }

    /// Calls `hit` with number, start and end of every needle in `bytes`, also of needles that overlap, until it gives something.
    pub fn find<T>(&self, bytes: &[u8], mut hit: impl FnMut(usize, usize, usize) -> Option<T>) -> Option<T> {
        // Place of the pair that ends the first window.
        let first = self.window.checked_sub(2)?;
        let mut at = first;
        let farthest = self.window - 1;
        while let Some([a, b]) = bytes.get(at..at + 2) {
            let far = usize::from(self.shift.get(usize::from(pair(*a, *b))).copied().unwrap_or(1));
            if far > 0 {
                at += far;
                if far == farthest {
                    at += self.run(bytes.get(at..).unwrap_or(&[]), farthest);
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
    }
}
