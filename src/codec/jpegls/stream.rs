//! A JPEG-LS stream: its marker segments checked against the image, its scans decoded.

use super::parameters::Parameters;
use super::scan::Scan;
use crate::codec::jpeg::header::{DRI, EOI, FrameHeader, LSE, SOF55, SOS, ScanHeader, Segments, only_padding};
use crate::codec::words::{contradiction, inexact, malformed};
use crate::error::Result;
use crate::frame::PixelLayout;

/// Bytes between the last sample and the next marker: the byte after a final FF, and padding before EOI of old writers.
const MOST_LEFT_OVER: usize = 3;

/// Precision that the stream's frame header states, when there is one.
pub(super) fn precision(coded: &[u8]) -> Option<u32> {
    let mut segments = Segments::new(coded).ok()?;
    loop {
        let segment = segments.next().ok()?;
        match segment.marker {
            SOF55 => return FrameHeader::read(SOF55, segment.payload).ok().map(|frame| u32::from(frame.precision)),
            SOS | EOI => return None,
            _ => {}
        }
    }
}

/// (precision, samples in row, column, sample order).
pub(super) fn decode(coded: &[u8], layout: &PixelLayout) -> Result<(u32, Vec<u16>)> {
    let mut segments = Segments::new(coded)?;
    let mut frame: Option<FrameHeader> = None;
    let mut preset = [0; 5];
    let mut values = Vec::new();
    let mut done: Vec<usize> = Vec::new();
    loop {
        let segment = segments.next()?;
        match segment.marker {
            SOF55 if frame.is_none() => {
                let header = FrameHeader::read(SOF55, segment.payload)?;
                header.fits(layout)?;
                if !(2..=16).contains(&header.precision) || header.components.iter().any(|(_, h, v)| (*h, *v) != (1, 1)) {
                    return Err(malformed("precision or sampling factors of a JPEG-LS stream"));
                }
                values = vec![0; header.components.len() * header.rows as usize * header.columns as usize];
                frame = Some(header);
            }
            0xC0..=0xC3 | 0xC5..=0xCF | SOF55 => return Err(malformed("frame header in a JPEG-LS stream")),
            LSE => preset = presets(segment.payload)?,
            DRI if segment.payload.iter().any(|byte| *byte != 0) => {
                return Err(inexact("restart intervals in a JPEG-LS stream"));
            }
            SOS => {
                let header = frame.as_ref().ok_or_else(|| malformed("JPEG-LS scan before its frame header"))?;
                let scan = ScanHeader::read(segment.payload)?;
                let components = components_of(&scan, header)?;
                if components.iter().any(|component| done.contains(component)) {
                    return Err(malformed("component in two JPEG-LS scans"));
                }
                done.extend(&components);
                let parameters = Parameters::new(u32::from(header.precision), i32::from(scan.start), preset)?;
                let rest = segments.rest();
                let unread = decode_scan(rest, parameters, scan.end, header, &components, &mut values)?;
                segments.seek(coded.len() - unread + left_over(rest, rest.len() - unread)?);
            }
            EOI => break,
            0x01 | 0xD0..=0xD8 | 0xDC | 0xDE | 0xDF => return Err(malformed("marker that has no place in a JPEG-LS stream")),
            _ => {}
        }
    }
    only_padding(segments.rest())?;
    match frame {
        Some(header) if done.len() == header.components.len() => Ok((u32::from(header.precision), values)),
        Some(_) => Err(malformed("JPEG-LS component without a scan")),
        None => Err(malformed("JPEG-LS stream without a frame header")),
    }
}

/// Bytes from the first unread one to the next marker.
fn left_over(scan: &[u8], from: usize) -> Result<usize> {
    // The unread byte may be the second of a pair whose first is FF: it is data, not a marker.
    let rest = scan.get(from..).unwrap_or(&[]);
    (0..=MOST_LEFT_OVER)
        .find(|at| rest.get(*at) == Some(&0xFF) && rest.get(at + 1).is_some_and(|byte| *byte >= 0x80))
        .ok_or_else(|| contradiction("JPEG-LS data left over after the last line"))
}

/// MAXVAL, T1, T2, T3, RESET of a LSE segment.
fn presets(payload: &[u8]) -> Result<[i32; 5]> {
    match payload.split_first() {
        Some((1, fields)) if fields.len() == 10 => {
            let mut preset = [0; 5];
            for (value, pair) in preset.iter_mut().zip(fields.chunks_exact(2)) {
                *value = pair.try_into().map_or(0, |pair| i32::from(u16::from_be_bytes(pair)));
            }
            Ok(preset)
        }
        Some((2..=4, _)) => Err(inexact("mapping tables or extended dimensions in a JPEG-LS stream")),
        _ => Err(malformed("JPEG-LS preset parameters")),
    }
}

fn components_of(scan: &ScanHeader, frame: &FrameHeader) -> Result<Vec<usize>> {
    if scan.components.iter().any(|(_, table)| *table != 0) {
        return Err(inexact("mapping tables in a JPEG-LS stream"));
    }
    let find = |id: u8| frame.components.iter().position(|c| c.0 == id);
    let found: Option<Vec<usize>> = scan.components.iter().map(|(id, _)| find(*id)).collect();
    let found = found.ok_or_else(|| malformed("JPEG-LS scan of an unknown component"))?;
    if found.windows(2).any(|pair| pair.first() >= pair.get(1)) {
        return Err(malformed("order of components in a JPEG-LS scan"));
    }
    match (scan.end, found.len()) {
        (0, 1) | (1 | 2, _) if scan.approximation == 0 => Ok(found),
        _ => Err(malformed("interleave mode or point transform of a JPEG-LS scan")),
    }
}

/// Decodes one scan into `values`; returns how many bytes are left of `bytes`.
fn decode_scan(
    bytes: &[u8],
    parameters: Parameters,
    interleave: u8,
    frame: &FrameHeader,
    components: &[usize],
    values: &mut [u16],
) -> Result<usize> {
    let width = frame.columns as usize;
    let samples = frame.components.len();
    let mut scan = Scan::new(bytes, parameters);
    let mut above = vec![vec![0i32; width + 2]; components.len()];
    let mut lines = above.clone();
    let mut run_index = vec![0usize; components.len()];
    for row in values.chunks_exact_mut(width * samples) {
        if interleave == 2 && components.len() > 1 {
            if let Some(run_index) = run_index.first_mut() {
                scan.pixels(&above, &mut lines, run_index)?;
            }
        } else {
            for ((above, line), run_index) in above.iter().zip(&mut lines).zip(&mut run_index) {
                scan.line(above, line, run_index)?;
            }
        }
        for (line, component) in lines.iter().zip(components) {
            // Samples are 0 ..= MAXVAL, which has 16 bits at most.
            let decoded = line.iter().skip(1).map(|value| *value as u16);
            if samples == 1 {
                row.iter_mut().zip(decoded).for_each(|(place, value)| *place = value);
            } else {
                row.iter_mut().skip(*component).step_by(samples).zip(decoded).for_each(|(place, value)| *place = value);
            }
        }
        std::mem::swap(&mut above, &mut lines);
    }
    Ok(scan.unread())
}
