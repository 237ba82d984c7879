//! Sequence of Ultrasound Regions (0018,6011) as evidence: where a box lies, never whether it may stay.

use super::Detection;
use crate::frame::Region;
use crate::intake::{Facts, UltrasoundRegion};

/// Adds to each detection where it lies with regard to the ultrasound regions of the header.
///
/// Regions are often missing, reversed or as large as the screen: no box is dropped, moved or trusted for what they say.
pub fn note(found: &mut [Detection], facts: &Facts) {
    if facts.ultrasound_regions.is_empty() {
        return;
    }
    for one in found {
        one.evidence.push(place(&one.area, &facts.ultrasound_regions));
    }
}

fn place(area: &Region, regions: &[UltrasoundRegion]) -> String {
    if let Some(whole) = regions.iter().find(|region| region.area.contains(area)) {
        return format!("inside an ultrasound region of {}", kind(whole.data_type));
    }
    match regions.iter().find(|region| region.area.intersection(area).is_some()) {
        Some(part) => format!("across the edge of an ultrasound region of {}", kind(part.data_type)),
        None => "outside every ultrasound region".to_owned(),
    }
}

/// Region Data Type (0018,6014), PS3.3 C.8.5.5.1.2.
fn kind(data_type: u16) -> &'static str {
    match data_type {
        1 => "tissue",
        2 => "colour flow",
        3 => "PW spectral Doppler",
        4 => "CW spectral Doppler",
        5 => "Doppler mean trace",
        6 => "Doppler mode trace",
        7 => "Doppler max trace",
        8 => "volume trace",
        10 => "ECG trace",
        11 => "pulse trace",
        12 => "phonocardiogram trace",
        13 => "grey bar",
        14 => "colour bar",
        _ => "another kind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_placed_to_the_pixel() {
        // MaxX1, MaxY1 are inclusive in the file; the region here ends behind them.
        let regions = [UltrasoundRegion { area: Region { x: 10, y: 10, w: 20, h: 20 }, data_type: 1 }];
        let at = |x, w| place(&Region { x, y: 12, w, h: 5 }, &regions);
        assert_eq!(at(10, 20), "inside an ultrasound region of tissue");
        assert_eq!(at(10, 21), "across the edge of an ultrasound region of tissue");
        assert_eq!(at(30, 5), "outside every ultrasound region");
    }
}
