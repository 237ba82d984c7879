//! Real and hostile streams of ../shared, and damage done to generated ones.

use super::super::JpegDct;
use super::make::{self, Dice};
use crate::codec::{BlankCoded, Codec};
use crate::frame::Mask;

/// Damaged streams: every call ends, without a panic, and what is accepted is proven.
#[test]
fn damaged_streams_end_in_errors() {
    let (mut refused, mut proven) = (0, 0);
    for seed in 0..3000u64 {
        let mut made = make::any(seed % 300);
        let mut dice = Dice(seed.wrapping_mul(31));
        let mask = make::mask(&mut dice, &made);
        for _ in 0..1 + dice.below(4) {
            let length = made.coded.len() as u64;
            let end = if dice.one_in(3) { length } else { length.min(700) };
            let at = dice.below(end) as usize;
            match dice.below(5) {
                0 => made.coded[at] ^= 1 << dice.below(8),
                1 => made.coded[at] = [0, 0xFF, 0xD9, 0xC4, 0x01][dice.below(5) as usize],
                2 => drop(made.coded.remove(at)),
                3 => made.coded.insert(at, dice.next() as u8),
                _ => made.coded.truncate(at.max(4)),
            }
        }
        let _ = JpegDct.decode(&made.coded, &made.layout);
        let _ = JpegDct.strip(&made.coded, &made.layout);
        match JpegDct.blank(&made.coded, &made.layout, &mask) {
            Err(_) => refused += 1,
            Ok(after) => proven += usize::from(JpegDct.prove(&made.coded, &after, &made.layout, &mask).is_ok()),
        }
    }
    println!("{refused} damaged streams refused, {proven} blanked and proven");
    assert!(refused > 1000 && proven > 100);
}

#[test]
fn nothing_is_asked_of_an_empty_mask() {
    let made = make::any(9);
    let mask = Mask::new(made.layout.columns, made.layout.rows, []);
    assert!(JpegDct.blank(&made.coded, &made.layout, &mask).is_ok());
}
