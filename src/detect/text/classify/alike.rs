//! Look-alikes: words that a reader takes for each other become equal, and the edit distance of what is left.

/// The word in lower case with every group of look-alike letters written as one of them.
pub(super) fn skeleton(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        out.push(match c {
            '0' | 'q' | 'd' => 'o',
            '1' | 'i' | '|' | '!' | 'j' => 'l',
            '5' => 's',
            '8' => 'b',
            '2' => 'z',
            '6' => 'g',
            c => c,
        });
    }
    // Pairs that look like one letter; `cl` is a `d`, and that an `o`.
    out.replace("rn", "m").replace("vv", "w").replace("cl", "o")
}

/// Letters that may differ between two words of this length and they still are one.
pub(super) fn budget(letters: usize) -> usize {
    match letters {
        0..=3 => 0,
        4..=7 => 1,
        8..=11 => 2,
        more => more / 5,
    }
}

/// Whether at most `budget` letters must be changed, put in or left out to get from one word to the other.
pub(super) fn within(a: &str, b: &str, budget: usize) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > budget {
        return false;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (cb, place) in b.iter().zip(row.iter_mut().skip(1)) {
            let new = (before + usize::from(ca != cb)).min(*place + 1).min(left + 1);
            before = *place;
            *place = new;
            left = new;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().is_some_and(|distance| *distance <= budget)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn look_alikes_are_equal() {
        for (a, b) in [("D0E", "doe"), ("MUIIER", "MULLER"), ("BURNS", "8UMS"), ("clara", "dara")] {
            assert_eq!(skeleton(a), skeleton(b), "{a} {b}");
        }
        assert_ne!(skeleton("lat"), skeleton("lar"));
    }

    #[test]
    fn distance_counts_changed_added_and_missing_letters() {
        assert!(within("schmidt", "schmitt", 1) && !within("schmidt", "schmied", 1));
        assert!(within("abcd", "abd", 1) && !within("abcd", "ad", 1) && within("", "", 0));
    }

    proptest! {
        #[test]
        fn distance_is_symmetric_and_knows_equals(a in "[a-c]{0,6}", b in "[a-c]{0,6}", n in 0usize..4) {
            prop_assert_eq!(within(&a, &b, n), within(&b, &a, n));
            prop_assert_eq!(within(&a, &b, 0), a == b);
        }
    }
}
