//! Is it true? Decodes what will be written, compares outside the mask, checks the fill inside, looks for text again.

mod paint;
mod second_reader;

use crate::detect::{Detection, Detector};
use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, Mask, PixelLayout, Region, Samples};
use crate::intake::Facts;
use crate::redact::{Before, Fill, NewFrame, Redaction};
use crate::render::Scene;

/// Pixels of surroundings that the second look takes in around a mask.
const CONTEXT: u32 = 64;

/// Pixels beside a mask that still belong to its edge, which is no text.
const EDGE: u32 = 4;

/// Pixels by which a box may lie beyond kept text and still be it: boxes are rounded to even pixels. No letter fits there.
const KEPT_EDGE: u32 = 2;

/// Share of a second-look detection that must lie beyond the mask and its edge to be a residual.
const OUTSIDE_SHARE: f64 = 0.35;

/// Proves one written frame against what was read; gives its decoded samples when it is masked, for a second look.
///
/// # Errors
/// `codec-not-exact` when anything outside the mask differs or anything inside is not the fill; those of decoding.
pub fn frame(redaction: &Redaction, layout: &PixelLayout, new: &NewFrame) -> Result<Option<Frame>> {
    let codec = redaction.written_codec(&new.bytes)?;
    let after = match &new.before {
        Before::Same => return Ok(None),
        Before::Coded(before) => {
            let domain = codec
                .blank_coded(&new.bytes, layout)
                .ok_or_else(|| Error::new(Reason::CodecNotExact, "the written frame is coded in another way"))?;
            domain.prove(before, &new.bytes, layout, &new.mask, redaction.fill().black())?;
            if new.mask.is_empty() {
                return Ok(None);
            }
            codec.decode(&new.bytes, layout)?
        }
        Before::Samples(before) | Before::Stripped(before) => {
            let after = codec.decode(&new.bytes, layout)?;
            samples(before, &after, &new.mask, redaction.fill())?;
            if matches!(new.before, Before::Samples(_)) {
                second_reader::agrees(redaction.syntax(), &new.bytes, &after)?;
            }
            after
        }
    };
    Ok((!new.mask.is_empty()).then_some(after))
}

/// Proves that `after` equals `before` outside the mask and is `fill` inside.
///
/// # Errors
/// `codec-not-exact` with the first row that differs.
pub fn samples(before: &Frame, after: &Frame, mask: &Mask, fill: &Fill) -> Result<()> {
    let shape = before.samples.shape();
    if shape != after.samples.shape() || (mask.rows() as usize, mask.columns() as usize) != (shape.0, shape.1) {
        return Err(Error::new(Reason::CodecNotExact, "shape of the decoded output differs"));
    }
    match (&before.samples, &after.samples) {
        (Samples::U8(a), Samples::U8(b)) => outside(a, b, mask)?,
        (Samples::U16(a), Samples::U16(b)) => outside(a, b, mask)?,
        (Samples::U32(a), Samples::U32(b)) => outside(a, b, mask)?,
        (Samples::U64(a), Samples::U64(b)) => outside(a, b, mask)?,
        _ => return Err(Error::new(Reason::CodecNotExact, "word size of the decoded output differs")),
    }
    if fill.fills(after, mask) {
        Ok(())
    } else {
        Err(Error::new(Reason::CodecNotExact, "decoded output is not the fill inside the mask"))
    }
}

fn outside<T: Copy + PartialEq>(before: &ndarray::Array3<T>, after: &ndarray::Array3<T>, mask: &Mask) -> Result<()> {
    for (row, (a, b)) in (0u32..).zip(before.outer_iter().zip(after.outer_iter())) {
        let bits = mask.row(row);
        let same = if bits.contains(&1) {
            a.outer_iter().zip(b.outer_iter()).zip(bits).all(|((a, b), bit)| *bit != 0 || a == b)
        } else {
            a == b
        };
        if !same {
            return Err(Error::new(Reason::CodecNotExact, format!("decoded output differs outside the mask in row {row}")));
        }
    }
    Ok(())
}

/// Looks for text again on the scene of the masked picture, around these areas of the mask.
///
/// A mask's own edge is not text: masks are painted over with their surroundings, and a detection counts when a good part of it lies beyond the mask and a few
/// pixels beside it. What is harmless is no residual, nor is what lies in an area that was `kept`: its pixels were judged already.
///
/// # Errors
/// Those of the detector.
pub fn residual(
    detector: &dyn Detector,
    mut scene: Scene,
    mask: &Mask,
    around: &[Region],
    kept: &[Region],
    facts: &Facts,
) -> Result<Vec<Detection>> {
    let mut found = Vec::new();
    scene.planes.iter_mut().for_each(|plane| paint::over(plane, mask));
    let edged = Mask::new(mask.columns(), mask.rows(), mask.boxes().iter().map(|b| b.grown(EDGE, mask.columns(), mask.rows())));
    for window in windows(around, mask.columns(), mask.rows()) {
        scene.window = Some(window);
        for detection in detector.detect(&scene, facts)? {
            let judged = kept.iter().any(|kept| kept.grown(KEPT_EDGE, mask.columns(), mask.rows()).contains(&detection.area));
            let harmless = judged || !detection.class.identifies();
            if !harmless && detection.area.intersection(&window).is_some() && is_residual(&detection, &edged) {
                found.push(detection);
            }
        }
    }
    Ok(found)
}

fn is_residual(detection: &Detection, mask: &Mask) -> bool {
    let area = detection.area;
    let covered: u64 = (area.y..area.bottom())
        .map(|row| {
            let bits = mask.row(row);
            let (start, end) = ((area.x as usize).min(bits.len()), (area.right() as usize).min(bits.len()));
            bits[start..end].iter().map(|bit| u64::from(*bit)).sum::<u64>()
        })
        .sum();
    (area.area() - covered.min(area.area())) as f64 > OUTSIDE_SHARE * area.area() as f64
}

/// The parts of the frame that a second look needs: each area with its surroundings, overlapping ones joined.
fn windows(areas: &[Region], columns: u32, rows: u32) -> Vec<Region> {
    let mut windows: Vec<Region> = Vec::new();
    for area in areas {
        let mut window = area.grown(CONTEXT, columns, rows);
        while let Some(at) = windows.iter().position(|other| other.intersection(&window).is_some()) {
            window = window.union(&windows.swap_remove(at));
        }
        windows.push(window);
    }
    windows.sort_by_key(|w| (w.y, w.x));
    windows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Class;
    use crate::frame::{FrameSet, Photometric, SampleKind};
    use crate::render::Renderer;
    use ndarray::Array3;

    fn facts() -> Facts {
        Facts {
            modality: String::new(),
            sop_class: String::new(),
            kind: crate::intake::ObjectKind::Image,
            frames: 1,
            layout: None,
            burned_in: crate::intake::BurnedIn::Unstated,
            captured: false,
            ultrasound_regions: Vec::new(),
            may_show_face: false,
        }
    }

    fn frame(value: impl Fn(usize, usize) -> u8) -> Frame {
        let layout = PixelLayout {
            rows: 20,
            columns: 30,
            samples: 1,
            bits_allocated: 8,
            bits_stored: 8,
            high_bit: 7,
            kind: SampleKind::Unsigned,
            photometric: Photometric::Monochrome2,
            planar: false,
        };
        Frame { layout, samples: Samples::U8(Array3::from_shape_fn((20, 30, 1), |(y, x, _)| value(y, x))) }
    }

    #[test]
    fn one_flipped_sample_is_caught_wherever_it_is() -> Result<()> {
        let mask = Mask::new(30, 20, [Region { x: 4, y: 5, w: 10, h: 6 }]);
        let before = frame(|y, x| (y * 7 + x * 3) as u8);
        let renderer = Renderer::new(&dicom_object::InMemDicomObject::new_empty(), &facts())?;
        let fill = Fill::for_layout(&renderer, &before.layout)?;
        let masked = |y: usize, x: usize| if mask.contains(x as u32, y as u32) { 0 } else { (y * 7 + x * 3) as u8 };
        assert!(samples(&before, &frame(masked), &mask, &fill).is_ok());
        for y in 0..20 {
            for x in 0..30 {
                let after = frame(|r, c| if (r, c) == (y, x) { masked(r, c) ^ 1 } else { masked(r, c) });
                assert!(samples(&before, &after, &mask, &fill).is_err(), "row {y} column {x}");
            }
        }
        Ok(())
    }

    #[test]
    fn a_masks_own_edge_is_not_text() {
        let mask = Mask::new(30, 20, [Region { x: 4, y: 5, w: 10, h: 6 }]);
        let at = |x, y, w, h| Detection {
            area: Region { x, y, w, h },
            frames: FrameSet::All,
            class: Class::Text,
            score: 1.0,
            detector: "text",
            evidence: Vec::new(),
        };
        assert!(!is_residual(&at(4, 5, 10, 6), &mask));
        assert!(!is_residual(&at(5, 4, 9, 8), &mask));
        assert!(is_residual(&at(16, 5, 8, 6), &mask));
    }

    #[test]
    fn windows_join_until_they_are_apart() {
        let at = |x, y| Region { x, y, w: 10, h: 10 };
        assert_eq!(windows(&[at(0, 0), at(100, 0), at(900, 900)], 1000, 1000).len(), 2);
    }
}
