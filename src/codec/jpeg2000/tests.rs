//! Codestreams whose headers ask for more than a picture is worth.

use super::header::gate;
use crate::codec::testing::layout;
use crate::error::Reason;

/// A grey codestream of one tile with 64 empty packets: code-blocks of 4 << `block`, precincts of 1 << `precinct` (none: the
/// largest), `layers`.
fn stream(side: u32, block: u8, precinct: Option<u8>, layers: u16) -> Vec<u8> {
    let mut out = vec![0xFF, 0x4F];
    let mut segment = |marker: u8, body: &[u8]| {
        out.extend([0xFF, marker]);
        out.extend((body.len() as u16 + 2).to_be_bytes());
        out.extend(body);
    };
    let sizes: Vec<u8> = [side, side, 0, 0, side, side, 0, 0].into_iter().flat_map(u32::to_be_bytes).collect();
    segment(0x51, &[&[0, 0][..], &sizes, &[0, 1, 7, 1, 1]].concat());
    let precincts = precinct.map_or(Vec::new(), |exponent| vec![exponent << 4 | exponent; 6]);
    let layers = layers.to_be_bytes();
    segment(0x52, &[&[u8::from(precinct.is_some()), 0][..], &layers, &[0, 5, block, block, 0, 1], &precincts].concat());
    segment(0x5C, &[&[0x40][..], &[8 << 3; 16]].concat());
    segment(0x90, &[0, 0, 0, 0, 0, 14 + 64, 0, 1]);
    out.extend([0xFF, 0x93]);
    out.extend([0; 64]);
    out.extend([0xFF, 0xD9]);
    out
}

#[test]
fn a_short_stream_does_not_lay_out_millions_of_blocks() {
    let verdict = |side, block, precinct, layers| {
        gate(&stream(side, block, precinct, layers), &layout(side, side, 1, 8, 8, false))
            .map(|_| ())
            .map_err(|error| error.reason)
    };
    // What encoders write, and blocks of 4 × 4 where the picture is small.
    assert_eq!(verdict(8000, 4, None, 1), Ok(()));
    assert_eq!(verdict(1000, 0, None, 1), Ok(()));
    assert_eq!(verdict(1000, 4, Some(9), 1), Ok(()));
    // Four million code-blocks; sixteen million precincts.
    assert_eq!(verdict(8000, 0, None, 1), Err(Reason::LimitExceeded));
    assert_eq!(verdict(8000, 4, Some(1), 1), Err(Reason::LimitExceeded));
    // Packets that a stream of this length cannot hold.
    assert_eq!(verdict(1000, 4, Some(6), 1), Err(Reason::Malformed));
    assert_eq!(verdict(1000, 4, Some(9), 60_000), Err(Reason::Malformed));
}
