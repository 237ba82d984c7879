//! Segments and boxes of coded streams that can carry text or pictures of their own, dropped with the coded samples untouched.
//!
//! For streams that are blanked as samples (lossless JPEG, JPEG-LS, JPEG 2000, JPEG XL); DCT JPEG has its own
//! [`super::BlankCoded::strip`].

use crate::error::{Error, Reason, Result};

/// Comments that encoders leave about themselves; anything else in a JPEG 2000 comment is dropped.
const ENCODERS: &[&str] =
    &["Kakadu-", "Created by OpenJPEG version ", "JasPer Version ", "Creator: JasPer Version ", "OpenJPH Ver "];
/// Boxes of a JP2 file that hold the picture and how it is coded.
const JP2_BOXES: &[&[u8; 4]] = &[b"jP  ", b"ftyp", b"jp2h", b"jp2c"];
/// Boxes of a JPEG XL container that hold the picture and how it is coded.
const JXL_BOXES: &[&[u8; 4]] = &[b"JXL ", b"ftyp", b"jxll", b"jxli", b"jxlc", b"jxlp", b"jbrd"];

fn malformed(what: &str, at: usize) -> Error {
    Error::new(Reason::Malformed, format!("{what} at byte {at} of the coded frame"))
}

/// The stream without what can carry text; `None` when there is nothing of the kind, or the stream is of no such kind.
///
/// # Errors
/// `malformed` for a segment or box that reaches past the end; `codec-not-exact` for comments inside JPEG 2000 tile-parts.
pub fn strip(coded: &[u8]) -> Result<Option<Vec<u8>>> {
    let stripped = match coded {
        [0xFF, 0xD8, 0xFF, ..] => jpeg(coded)?,
        [0xFF, 0x4F, 0xFF, 0x51, ..] => codestream(coded)?,
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] => boxes(coded, JP2_BOXES)?,
        [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => boxes(coded, JXL_BOXES)?,
        _ => return Ok(None),
    };
    Ok((stripped.len() < coded.len()).then(|| {
        let mut even = stripped;
        if even.len() % 2 == 1 {
            even.push(0);
        }
        even
    }))
}

fn word(bytes: &[u8], at: usize) -> Result<usize> {
    let pair = bytes.get(at..at.saturating_add(2)).ok_or_else(|| malformed("a cut segment", at))?;
    Ok(usize::from(pair[0]) << 8 | usize::from(pair[1]))
}

/// JPEG and JPEG-LS: in coded data FF begins a marker when a byte from 80 on follows that is no restart marker.
fn jpeg(coded: &[u8]) -> Result<Vec<u8>> {
    let mut out = coded.get(..2).unwrap_or_default().to_vec();
    let mut at = 2;
    while let Some(&[lead, marker]) = coded.get(at..at + 2).and_then(|pair| pair.first_chunk::<2>()) {
        if lead != 0xFF || marker < 0x80 {
            return Err(malformed("no marker", at));
        }
        if marker == 0xFF {
            at += 1;
            continue;
        }
        if marker == 0xD9 {
            break;
        }
        let end = at + 2 + word(coded, at + 2)?;
        let segment = coded.get(at..end).ok_or_else(|| malformed("a segment past the end", at))?;
        let plain = match marker {
            0xE0 => segment.get(4..9) == Some(b"JFIF\0") && segment.len() <= 18,
            0xEE => segment.get(4..9) == Some(b"Adobe") && segment.len() <= 16,
            0xE1..=0xEF | 0xFE => false,
            _ => true,
        };
        if plain {
            out.extend_from_slice(segment);
        }
        at = end;
        if marker == 0xDA {
            let data = coded.get(at..).unwrap_or_default();
            let ends = |pair: &[u8]| pair[0] == 0xFF && pair[1] >= 0x80 && !(0xD0..=0xD7).contains(&pair[1]);
            let len = data.windows(2).position(ends).unwrap_or(data.len());
            out.extend_from_slice(&data[..len]);
            at += len;
        }
    }
    out.extend_from_slice(coded.get(at..).unwrap_or_default());
    Ok(out)
}

/// JPEG 2000: comments of the main header.
fn codestream(coded: &[u8]) -> Result<Vec<u8>> {
    const COM: u8 = 0x64;
    const SOT: u8 = 0x90;
    let mut out = coded.get(..2).unwrap_or_default().to_vec();
    let mut at = 2;
    loop {
        let marker = word(coded, at)?;
        if marker == 0xFF00 | usize::from(SOT) {
            break;
        }
        let end = at + 2 + word(coded, at + 2)?;
        let segment = coded.get(at..end).filter(|_| marker >= 0xFF01).ok_or_else(|| malformed("a segment past the end", at))?;
        if marker != 0xFF00 | usize::from(COM) || by_encoder(segment) {
            out.extend_from_slice(segment);
        }
        at = end;
    }
    let tiles = coded.get(at..).unwrap_or_default();
    if comment_in_tile_part(tiles) {
        return Err(Error::new(Reason::CodecNotExact, "JPEG 2000: a comment inside a tile-part"));
    }
    out.extend_from_slice(tiles);
    Ok(out)
}

/// Whether a comment segment is only an encoder's signature: its name, then digits, dots and a few words of a version.
fn by_encoder(segment: &[u8]) -> bool {
    let text = segment.get(6..).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or("\u{1}").trim_end_matches('\0');
    ENCODERS.iter().filter_map(|name| text.strip_prefix(name)).any(|version| {
        version.len() <= 12 && version.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'v' | b'r' | b'c' | b'-'))
    })
}

/// Whether a tile-part header holds a comment. Stops quietly at what is no tile-part: the decoder has judged that.
fn comment_in_tile_part(mut tiles: &[u8]) -> bool {
    while let Some([0xFF, 0x90, _, _, _, _, a, b, c, d, _, _]) = tiles.first_chunk::<12>() {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let part = tiles.get(..length).filter(|part| part.len() >= 12).unwrap_or(tiles);
        let mut at = 12;
        while let Some(&[0xFF, marker]) = part.get(at..at + 2).and_then(|pair| pair.first_chunk::<2>()) {
            match (marker, word(part, at + 2)) {
                (0x64, _) => return true,
                (0x93, _) | (_, Err(_)) => break,
                (_, Ok(length)) => at += 2 + length,
            }
        }
        if length < 12 {
            break;
        }
        tiles = tiles.get(length..).unwrap_or_default();
    }
    false
}

/// A file of boxes: only `kept` ones stay. A JPEG 2000 codestream inside is stripped, too.
fn boxes(coded: &[u8], kept: &[&[u8; 4]]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(coded.len());
    let mut at = 0;
    while let Some(&[a, b, c, d, k0, k1, k2, k3]) = coded.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let (header, length) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, coded.len() - at),
            1 => {
                let long =
                    coded.get(at + 8..).and_then(|rest| rest.first_chunk::<8>()).ok_or_else(|| malformed("a cut box", at))?;
                (16, usize::try_from(u64::from_be_bytes(*long)).unwrap_or(usize::MAX))
            }
            length => (8, length as usize),
        };
        let end = at.checked_add(length).filter(|_| length >= header);
        let whole = end.and_then(|end| coded.get(at..end)).ok_or_else(|| malformed("a box past the end", at))?;
        let kind = [k0, k1, k2, k3];
        if &kind == b"jp2c" {
            let inner = codestream(&whole[header..])?;
            let length = u32::try_from(inner.len() + 8).map_err(|_| malformed("a codestream beyond 4 GiB", at))?;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(&kind);
            out.extend_from_slice(&inner);
        } else if kept.contains(&&kind) {
            out.extend_from_slice(whole);
        }
        at += length;
    }
    // A byte or so of padding after the last box is dropped; more is kept and left to the decoder.
    if coded.len() - at.min(coded.len()) > 1 {
        out.extend_from_slice(&coded[at..]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
        [&[0xFF, marker], ((body.len() + 2) as u16).to_be_bytes().as_slice(), body].concat()
    }

    #[test]
    fn comments_of_jpeg_ls_go_and_coded_data_stay() -> Result<()> {
        let clean = [vec![0xFF, 0xD8], segment(0xF7, &[8; 9]), segment(0xDA, &[1; 6]), vec![1, 0xFF, 0x7F, 0xFF, 0xD9]].concat();
        assert_eq!(strip(&clean)?, None);
        let mut dirty = clean.clone();
        dirty.splice(2..2, segment(0xFE, b"DOE^JANE").into_iter().chain(segment(0xE1, b"Exif\0\0")));
        assert_eq!(strip(&dirty)?, Some(clean));
        Ok(())
    }

    #[test]
    fn comments_of_jpeg_2000_go_but_for_an_encoders_own() -> Result<()> {
        let tile = [vec![0xFF, 0x90], vec![0, 10, 0, 0, 0, 0, 0, 16, 0, 1], vec![0xFF, 0x93, 1, 2]].concat();
        let stream = |comment: &[u8]| {
            let com = [b"\0\x01", comment].concat();
            [vec![0xFF, 0x4F], segment(0x51, &[0; 38]), segment(0x64, &com), tile.clone()].concat()
        };
        assert_eq!(strip(&stream(b"Kakadu-v7.2.1"))?, None);
        let stripped = strip(&stream(b"Kakadu-v7 DOE^JANE"))?.unwrap_or_default();
        assert!(!stripped.windows(3).any(|w| w == b"DOE") && stripped.ends_with(&tile));
        let hidden = [
            vec![0xFF, 0x4F],
            segment(0x51, &[0; 38]),
            vec![0xFF, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1],
            segment(0x64, b"\0\x01x"),
        ]
        .concat();
        assert!(strip(&hidden).is_err());
        Ok(())
    }

    #[test]
    fn cut_streams_are_errors() {
        for bytes in [
            &[0xFF, 0xD8, 0xFF, 0xFE, 0xFF][..],
            &[0xFF, 0xD8, 0xFF, 0xFE, 0, 9, 1],
            &[0xFF, 0x4F, 0xFF, 0x51, 0, 9],
            b"\0\0\0\x0cjP  \0\0\0\0\0\0\0\xFFabcd",
        ] {
            assert!(strip(bytes).is_err(), "{bytes:?}");
        }
    }
}
