//! A second reader for what we wrote: dicom-pixeldata, the decoder that other Rust programs use, must see the same samples.
//!
//! It only ever reads streams that this program encoded itself, in the syntaxes and shapes where it is known to be exact.

use crate::codec::transfer_syntax::{PixelCoding, TransferSyntax};
use crate::error::{Error, Reason, Result};
use crate::frame::{Frame, SampleKind, Samples};
use dicom_core::value::PixelFragmentSequence;
use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::tags;
use dicom_object::{FileDicomObject, FileMetaTableBuilder, InMemDicomObject};
use dicom_pixeldata::PixelDecoder;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Whether dicom-pixeldata is exact for frames like this one in this syntax.
fn reads(syntax: &TransferSyntax, frame: &Frame) -> bool {
    let layout = &frame.layout;
    let coding = matches!(
        syntax.pixels,
        PixelCoding::Rle | PixelCoding::JpegLossless | PixelCoding::JpegLs | PixelCoding::Jpeg2000 | PixelCoding::HtJpeg2000
    );
    // Values beyond Bits Stored, and samples that do not begin at bit 0, are read in other ways by other readers.
    coding && matches!(layout.bits_allocated, 8 | 16) && !layout.float() && layout.low_bit() == 0 && layout.bits_stored > 1
}

/// Compares what dicom-pixeldata makes of `coded` with `frame`, our own reading of it.
///
/// # Errors
/// `codec-not-exact` when it refuses the stream or sees other samples. Frames of kinds that it does not read exactly pass.
pub(super) fn agrees(syntax: &TransferSyntax, coded: &[u8], frame: &Frame) -> Result<()> {
    if !reads(syntax, frame) {
        return Ok(());
    }
    let differs = |what: &'static str| Error::new(Reason::CodecNotExact, what);
    let object = object(syntax, coded, frame).map_err(|_| differs("no object for the second reader"))?;
    let decoded = catch_unwind(AssertUnwindSafe(|| object.decode_pixel_data().map(|pixels| pixels.data().to_vec())))
        .map_err(|_| differs("the second reader panicked on the written frame"))?
        .map_err(|_| differs("the second reader refuses the written frame"))?;
    // Readers differ in what they put above a sample whose sign the stream and the header state differently.
    let bits = frame.layout.sample_bits();
    let equal = |a: u64, b: u64| (a ^ b) & bits == 0;
    let same = match &frame.samples {
        Samples::U8(array) => {
            decoded.len() == array.len()
                && array.iter().zip(&decoded).all(|(word, byte)| equal(u64::from(*word), u64::from(*byte)))
        }
        Samples::U16(array) => {
            let words = decoded.chunks_exact(2).map(|pair| u64::from(pair[0]) | u64::from(pair[1]) << 8);
            decoded.len() == array.len() * 2 && array.iter().zip(words).all(|(word, other)| equal(u64::from(*word), other))
        }
        Samples::U32(_) | Samples::U64(_) => true,
    };
    if same { Ok(()) } else { Err(differs("the second reader sees other samples in the written frame")) }
}

fn object(
    syntax: &TransferSyntax,
    coded: &[u8],
    frame: &Frame,
) -> std::result::Result<FileDicomObject<InMemDicomObject>, Box<dyn std::error::Error>> {
    let layout = &frame.layout;
    let number = |tag, value: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(value));
    let object = InMemDicomObject::from_element_iter([
        number(tags::SAMPLES_PER_PIXEL, layout.samples),
        DataElement::new(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, PrimitiveValue::from(layout.photometric.word())),
        number(tags::PLANAR_CONFIGURATION, 0),
        DataElement::new(tags::NUMBER_OF_FRAMES, VR::IS, PrimitiveValue::from("1")),
        number(tags::ROWS, u16::try_from(layout.rows)?),
        number(tags::COLUMNS, u16::try_from(layout.columns)?),
        number(tags::BITS_ALLOCATED, layout.bits_allocated),
        number(tags::BITS_STORED, layout.bits_stored),
        number(tags::HIGH_BIT, layout.high_bit),
        number(tags::PIXEL_REPRESENTATION, u16::from(layout.kind == SampleKind::Signed)),
        DataElement::new(tags::PIXEL_DATA, VR::OB, PixelFragmentSequence::new_fragments(vec![coded.to_vec()])),
    ]);
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax.uid)
        .media_storage_sop_class_uid("1.2.840.10008.5.1.4.1.1.7")
        .media_storage_sop_instance_uid("2.25.1");
    Ok(object.with_meta(meta)?)
}
