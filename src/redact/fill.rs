//! The stored value that displays as black, and writing it into a frame.

use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, Mask, Photometric, PixelLayout, SampleKind, Samples};
use crate::render::Renderer;
use crate::render::values::Words;

/// What replaces a masked pixel: one stored word for each sample, everything outside the sample's bits 0.
///
/// | samples | fill |
/// |---|---|
/// | MONOCHROME2 | the lowest value the stored bits can hold (the highest where a negative rescale slope or a falling table shows that as darker) |
/// | MONOCHROME1 | the highest value (likewise turned) |
/// | PALETTE COLOR | the index with the darkest displayed colour, the lowest such index ([`Fill::shown`] tells the colour; it is not black where the palette has no black) |
/// | RGB, HSV | 0 |
/// | YBR_FULL, YBR_FULL_422, YBR_ICT, YBR_RCT | luma 0, chroma half of the range |
/// | YBR_PARTIAL | luma 16, chroma 128, scaled to the stored bits |
/// | ARGB, CMYK | opaque black |
/// | float grey | the lower edge of the default window, else 0 |
///
/// Extremes of the stored range, not of the values that are there: the fill is then black in the default window, in any other
/// window and in the full range, it does not depend on what it hides, and no tissue looks like it. Where a table or padding
/// value makes neither end black, the darkest value of the whole range is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    words: Vec<u64>,
    black: i64,
    shown: [u8; 3],
    sample_bits: u64,
    above: u64,
    extension: u64,
}

impl Fill {
    /// The fill for frames of this layout (`Frame::layout`: the photometric interpretation of the *samples*).
    ///
    /// # Errors
    /// `Malformed` without the palette that the layout needs, `Contradiction` when samples per pixel do not fit.
    pub fn for_layout(renderer: &Renderer, layout: &PixelLayout) -> Result<Fill> {
        let words = Words::new(layout);
        let bits = u32::from(layout.bits_stored.clamp(1, 63));
        let scale = |level: i64| if bits >= 8 { level << (bits - 8) } else { level >> (8 - bits) };
        let half = 1i64 << (bits - 1);
        let top = words.limits().1;
        let (values, shown): (Vec<i64>, [u8; 3]) = match layout.photometric {
            Photometric::Monochrome1 | Photometric::Monochrome2 if layout.float() => {
                return Ok(Fill::of_float(renderer, layout));
            }
            Photometric::Monochrome1 | Photometric::Monochrome2 => darkest_grey(renderer, layout, &words),
            Photometric::PaletteColor => darkest_index(renderer, layout, &words)?,
            Photometric::Rgb | Photometric::Xyb | Photometric::Hsv => (vec![0; 3], [0; 3]),
            Photometric::YbrFull | Photometric::YbrFull422 | Photometric::YbrIct | Photometric::YbrRct => {
                (vec![0, half, half], [0; 3])
            }
            Photometric::YbrPartial422 | Photometric::YbrPartial420 => (vec![scale(16), half, half], [0; 3]),
            Photometric::Argb => (vec![top, 0, 0, 0], [0; 3]),
            Photometric::Cmyk => (vec![0, 0, 0, top], [0; 3]),
        };
        if values.len() != usize::from(layout.samples) {
            return Err(Error::new(Reason::Contradiction, "(0028,0002) does not fit (0028,0004)"));
        }
        let black = values.first().copied().unwrap_or(0);
        let words_of = values.iter().map(|value| if layout.float() { 0 } else { words.word(*value) }).collect();
        let above = words.above(layout.bits_allocated);
        let extension = if layout.signed() && black < 0 { above } else { 0 };
        Ok(Fill { words: words_of, black, shown, sample_bits: layout.sample_bits(), above, extension })
    }

    fn of_float(renderer: &Renderer, layout: &PixelLayout) -> Fill {
        let value = renderer.float_black().unwrap_or(0.0);
        let word = if layout.kind == SampleKind::Float32 { u64::from((value as f32).to_bits()) } else { value.to_bits() };
        Fill { words: vec![word], black: 0, shown: [0; 3], sample_bits: u64::MAX, above: 0, extension: 0 }
    }

    /// The stored words, one for each sample of a pixel.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The sample value of a grey pixel, for codings that blank without stored words.
    pub fn black(&self) -> i64 {
        self.black
    }

    /// The colour in which the fill shows by default; black but for palettes without black.
    pub fn shown(&self) -> [u8; 3] {
        self.shown
    }

    /// Writes the fill into every masked pixel of `frame`, and touches nothing else.
    ///
    /// Bits of a word outside the sample become 0 (an overlay bit there would show what was under it); only where unmasked
    /// negative samples of the frame carry their sign upwards does a negative fill carry it too.
    ///
    /// # Errors
    /// `InternalError` when mask, fill and frame have different shapes.
    pub fn apply(&self, frame: &mut Frame, mask: &Mask) -> Result<()> {
        self.check(frame, mask)?;
        let sign = if self.extension != 0 && self.carries_sign(frame, mask) { self.extension } else { 0 };
        let words: Vec<u64> = self.words.iter().map(|word| word | sign).collect();
        fn write<T: Copy>(array: &mut ndarray::Array3<T>, mask: &Mask, words: &[T]) {
            for (row, mut pixels) in (0u32..).zip(array.outer_iter_mut()) {
                let masked = mask.row(row);
                if !masked.contains(&1) {
                    continue;
                }
                for (mut samples, bit) in pixels.outer_iter_mut().zip(masked) {
                    if *bit != 0 {
                        samples.iter_mut().zip(words).for_each(|(sample, word)| *sample = *word);
                    }
                }
            }
        }
        match &mut frame.samples {
            Samples::U8(array) => write(array, mask, &words.iter().map(|w| *w as u8).collect::<Vec<_>>()),
            Samples::U16(array) => write(array, mask, &words.iter().map(|w| *w as u16).collect::<Vec<_>>()),
            Samples::U32(array) => write(array, mask, &words.iter().map(|w| *w as u32).collect::<Vec<_>>()),
            Samples::U64(array) => write(array, mask, &words),
        }
        Ok(())
    }

    /// Whether every masked pixel of `frame` is this fill; bits above the sample may be 0 or its sign.
    #[allow(clippy::useless_conversion)] // the macro's 64-bit arm
    pub fn fills(&self, frame: &Frame, mask: &Mask) -> bool {
        if self.check(frame, mask).is_err() {
            return false;
        }
        let good = |word: u64, fill: u64| word == fill || self.extension != 0 && word == fill | self.extension;
        crate::with_samples!(&frame.samples, array => (0u32..).zip(array.outer_iter()).all(|(row, pixels)| {
            let masked = mask.row(row);
            !masked.contains(&1) || pixels.outer_iter().zip(masked).filter(|(_, bit)| **bit != 0).all(|(samples, _)| {
                samples.iter().zip(&self.words).all(|(sample, fill)| good(u64::from(*sample), *fill))
            })
        }))
    }

    fn check(&self, frame: &Frame, mask: &Mask) -> Result<()> {
        let (rows, columns, samples) = frame.samples.shape();
        let same = rows == mask.rows() as usize && columns == mask.columns() as usize && samples == self.words.len();
        if same { Ok(()) } else { Err(Error::new(Reason::InternalError, "fill: frame, mask and fill have different shapes")) }
    }

    /// Whether unmasked negative samples have all bits above them set. What lies inside the mask has no say in it.
    #[allow(clippy::useless_conversion)] // the macro's 64-bit arm
    fn carries_sign(&self, frame: &Frame, mask: &Mask) -> bool {
        let sign = self.sample_bits & !(self.sample_bits >> 1);
        crate::with_samples!(&frame.samples, array => (0u32..).zip(array.outer_iter()).find_map(|(row, pixels)| {
            let free = pixels.outer_iter().zip(mask.row(row)).filter(|(_, bit)| **bit == 0);
            free.flat_map(|(samples, _)| samples.into_iter()).map(|word| u64::from(*word)).find(|word| word & sign != 0)
        }))
        .is_some_and(|word| word & self.above == self.above)
    }
}

fn darkest_grey(renderer: &Renderer, layout: &PixelLayout, words: &Words) -> (Vec<i64>, [u8; 3]) {
    let (low, high) = words.limits();
    let level = |value: i64| renderer.default_level(layout, value as f64);
    let usual = layout.plain_black();
    let other = if usual == low { high } else { low };
    let mut best = if level(other) < level(usual) { other } else { usual };
    if level(best) >= 1.0 && layout.bits_stored <= 16 {
        best = (low..=high).fold(best, |best, value| if level(value) < level(best) { value } else { best });
    }
    let shown = level(best).round().clamp(0.0, 255.0) as u8;
    (vec![best], [shown; 3])
}

fn darkest_index(renderer: &Renderer, layout: &PixelLayout, words: &Words) -> Result<(Vec<i64>, [u8; 3])> {
    let (low, high) = words.limits();
    if layout.bits_stored > 16 {
        return Err(Error::new(Reason::Contradiction, "PALETTE COLOR with more than 16 bits"));
    }
    let luma = |[r, g, b]: [u8; 3]| 299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b);
    let mut best: Option<(i64, [u8; 3])> = None;
    // Indices count from 0 upwards; negative ones (signed indices) come last.
    for index in (0..=high).chain(low..0) {
        let colour = renderer
            .palette_colour(index)
            .ok_or_else(|| Error::new(Reason::Malformed, "PALETTE COLOR without palette tables"))?;
        if best.is_none_or(|(_, dark)| luma(colour) < luma(dark)) {
            best = Some((index, colour));
        }
    }
    let (index, colour) = best.unwrap_or((0, [0; 3]));
    Ok((vec![index], colour))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Region;
    use crate::intake::{BurnedIn, Facts, ObjectKind};
    use dicom_core::{DataElement, Tag, VR, value::PrimitiveValue};
    use dicom_dictionary_std::tags;
    use dicom_object::InMemDicomObject;
    use ndarray::Array3;

    type Bits = (u16, u16, u16);
    const U8: Bits = (8, 8, 7);

    fn layout(samples: u16, bits: Bits, kind: SampleKind, photometric: Photometric) -> PixelLayout {
        let (bits_allocated, bits_stored, high_bit) = bits;
        PixelLayout { rows: 2, columns: 3, samples, bits_allocated, bits_stored, high_bit, kind, photometric, planar: false }
    }

    fn fill(object: &InMemDicomObject, layout: &PixelLayout) -> Fill {
        let facts = Facts {
            modality: String::new(),
            sop_class: String::new(),
            kind: ObjectKind::Image,
            frames: 1,
            layout: Some(layout.clone()),
            burned_in: BurnedIn::Unstated,
            captured: false,
            ultrasound_regions: Vec::new(),
            may_show_face: false,
        };
        Fill::for_layout(&Renderer::new(object, &facts).unwrap(), layout).unwrap()
    }

    #[test]
    fn fill_displays_black_whatever_the_interpretation() {
        use Photometric::*;
        use SampleKind::*;
        let plain = InMemDicomObject::new_empty();
        for (samples, bits, kind, photometric, expected) in [
            (1, U8, Unsigned, Monochrome2, vec![0]),
            (1, U8, Unsigned, Monochrome1, vec![255]),
            (1, (16, 10, 9), Unsigned, Monochrome1, vec![1023]),
            (1, (16, 12, 15), Unsigned, Monochrome1, vec![0xFFF0]),
            (1, (16, 12, 11), Signed, Monochrome2, vec![0x800]),
            (1, (16, 16, 15), Signed, Monochrome2, vec![0x8000]),
            (1, (16, 16, 15), Signed, Monochrome1, vec![0x7FFF]),
            (1, (16, 12, 13), Signed, Monochrome2, vec![0x2000]),
            (1, (1, 1, 0), Unsigned, Monochrome2, vec![0]),
            (1, (32, 32, 31), Unsigned, Monochrome1, vec![0xFFFF_FFFF]),
            (1, (32, 32, 31), Float32, Monochrome2, vec![0]),
            (3, U8, Unsigned, Rgb, vec![0, 0, 0]),
            (3, U8, Unsigned, YbrFull, vec![0, 128, 128]),
            (3, U8, Unsigned, YbrFull422, vec![0, 128, 128]),
            (3, (16, 12, 11), Unsigned, YbrFull, vec![0, 2048, 2048]),
            (3, U8, Unsigned, YbrPartial422, vec![16, 128, 128]),
            (3, U8, Unsigned, YbrPartial420, vec![16, 128, 128]),
            (3, (16, 10, 9), Unsigned, YbrPartial420, vec![64, 512, 512]),
            (4, U8, Unsigned, Argb, vec![255, 0, 0, 0]),
            (4, U8, Unsigned, Cmyk, vec![0, 0, 0, 255]),
        ] {
            let layout = layout(samples, bits, kind, photometric);
            let fill = fill(&plain, &layout);
            assert_eq!((fill.words(), fill.shown()), (expected.as_slice(), [0; 3]), "{photometric:?} {bits:?} {kind:?}");
        }
    }

    #[test]
    fn a_falling_slope_turns_the_end() {
        let mut object = InMemDicomObject::new_empty();
        object.put(DataElement::new(tags::RESCALE_SLOPE, VR::DS, PrimitiveValue::from("-2")));
        object.put(DataElement::new(tags::RESCALE_INTERCEPT, VR::DS, PrimitiveValue::from("100")));
        let layout = layout(1, (16, 12, 11), SampleKind::Unsigned, Photometric::Monochrome2);
        assert_eq!(fill(&object, &layout).words(), [4095]);
    }

    #[test]
    fn signed_with_rescale_and_padding_stays_at_the_lowest_value() {
        let mut object = InMemDicomObject::new_empty();
        object.put(DataElement::new(tags::RESCALE_INTERCEPT, VR::DS, PrimitiveValue::from("-1024")));
        object.put(DataElement::new(tags::WINDOW_CENTER, VR::DS, PrimitiveValue::from("40")));
        object.put(DataElement::new(tags::WINDOW_WIDTH, VR::DS, PrimitiveValue::from("400")));
        object.put(DataElement::new(tags::PIXEL_PADDING_VALUE, VR::SS, PrimitiveValue::from(-2000i16)));
        let layout = layout(1, (16, 16, 15), SampleKind::Signed, Photometric::Monochrome2);
        assert_eq!(fill(&object, &layout).words(), [0x8000]);
    }

    fn palette(colours: &[[u16; 3]]) -> InMemDicomObject {
        let mut object = InMemDicomObject::new_empty();
        for (i, channel) in (0x1101u16..=0x1103).enumerate() {
            let descriptor = PrimitiveValue::U16([colours.len() as u16, 0, 16].as_slice().into());
            object.put(DataElement::new(Tag(0x0028, channel), VR::US, descriptor));
            let data = PrimitiveValue::U16(colours.iter().map(|c| c[i] << 8).collect());
            object.put(DataElement::new(Tag(0x0028, channel + 0x100), VR::OW, data));
        }
        object
    }

    #[test]
    fn palettes_give_their_darkest_displayed_index() {
        let layout = layout(1, U8, SampleKind::Unsigned, Photometric::PaletteColor);
        let black = fill(&palette(&[[255, 0, 0], [9, 9, 9], [0, 0, 0], [0, 0, 0]]), &layout);
        assert_eq!((black.words(), black.shown()), ([2].as_slice(), [0; 3]));
        let dark = fill(&palette(&[[255, 0, 0], [9, 8, 7]]), &layout);
        assert_eq!((dark.words(), dark.shown()), ([1].as_slice(), [9, 8, 7]));
    }

    #[test]
    fn only_masked_pixels_change_and_only_they_are_asked() {
        let layout = layout(1, (16, 12, 11), SampleKind::Unsigned, Photometric::Monochrome1);
        let fill = fill(&InMemDicomObject::new_empty(), &layout);
        let words = vec![0xF001, 0x1002, 3, 4, 5, 6];
        let mut frame = Frame { layout, samples: Samples::U16(Array3::from_shape_vec((2, 3, 1), words).unwrap()) };
        let mask = Mask::new(3, 2, [Region { x: 1, y: 0, w: 2, h: 1 }, Region { x: 2, y: 1, w: 1, h: 1 }]);
        assert!(!fill.fills(&frame, &mask));
        fill.apply(&mut frame, &mask).unwrap();
        let expected = Array3::from_shape_vec((2, 3, 1), vec![0xF001, 0xFFF, 0xFFF, 4, 5, 0xFFF]).unwrap();
        assert_eq!(frame.samples, Samples::U16(expected));
        assert!(fill.fills(&frame, &mask));
        assert!(fill.apply(&mut frame, &Mask::new(2, 3, [])).is_err());
    }

    #[test]
    fn the_sign_goes_up_only_where_the_rest_of_the_frame_has_it_there() {
        let layout = layout(1, (16, 12, 11), SampleKind::Signed, Photometric::Monochrome2);
        let fill = fill(&InMemDicomObject::new_empty(), &layout);
        let mask = Mask::new(3, 2, [Region { x: 0, y: 0, w: 1, h: 1 }]);
        for (words, expected) in [
            ([0xF900u16, 1, 0xFFFF, 0, 0, 0], 0xF800u64),
            ([0xF900, 1, 0x0FFF, 0, 0, 0], 0x0800),
            ([0xF900, 1, 0, 0, 0, 0], 0x0800),
        ] {
            let samples = Samples::U16(Array3::from_shape_vec((2, 3, 1), words.to_vec()).unwrap());
            let mut frame = Frame { layout: layout.clone(), samples };
            fill.apply(&mut frame, &mask).unwrap();
            assert_eq!(frame.samples.get(0, 0, 0), Some(expected));
            assert!(fill.fills(&frame, &mask));
        }
    }
}
