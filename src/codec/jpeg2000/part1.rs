//! JPEG 2000 through openjp2: strict decoding of all block coders, reversible encoding of classic ones.

use super::stream;
use crate::codec::words::{contradiction, undecodable};
use crate::error::Result;
use openjp2::openjpeg::{OPJ_CLRSPC_UNSPECIFIED, OPJ_CODEC_J2K, opj_cparameters_t, opj_dparameters_t};
use openjp2::{Codec, opj_image, opj_image_comptparm};
use std::cell::Cell;
use std::ffi::{c_char, c_void};

/// Shape of an image and of its samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub rows: usize,
    pub columns: usize,
    pub components: usize,
    pub precision: u32,
    pub signed: bool,
}

thread_local! {
    static COMPLAINTS: Cell<u32> = const { Cell::new(0) };
}

extern "C" fn complaint(_message: *const c_char, _data: *mut c_void) {
    COMPLAINTS.set(COMPLAINTS.get().saturating_add(1));
}

/// Component planes of a codestream that passed the gate. What openjp2 warns of is damage, so more than `forgiven`
/// warnings are an error.
pub(super) fn decode(codestream: &[u8], shape: Shape, forgiven: u32) -> Result<Vec<Vec<i32>>> {
    COMPLAINTS.set(0);
    let refused = || undecodable("JPEG 2000 stream");
    let mut codec = Codec::new_decoder(OPJ_CODEC_J2K).ok_or_else(refused)?;
    codec.set_warning_handler(Some(complaint), std::ptr::null_mut());
    codec.set_error_handler(Some(complaint), std::ptr::null_mut());
    let mut stream = stream::reader(codestream);
    let ready = codec.setup_decoder(&mut opj_dparameters_t::default()) == 1 && codec.decoder_set_strict_mode(1) == 1;
    if !ready {
        return Err(refused());
    }
    let mut image = codec.read_header(&mut stream).ok_or_else(refused)?;
    let done = codec.decode(&mut stream, &mut image) == 1 && codec.end_decompress(&mut stream) == 1;
    if !done || COMPLAINTS.get() > forgiven {
        return Err(refused());
    }
    let components = image.comps().ok_or_else(refused)?;
    if components.len() != shape.components {
        return Err(contradiction("components of the decoded JPEG 2000 stream"));
    }
    components
        .iter()
        .map(|component| {
            let fits = component.w as usize == shape.columns
                && component.h as usize == shape.rows
                && component.prec == shape.precision
                && (component.sgnd != 0) == shape.signed;
            match component.data() {
                Some(data) if fits && data.len() == shape.rows * shape.columns => Ok(data.to_vec()),
                _ => Err(contradiction("size of the decoded JPEG 2000 stream")),
            }
        })
        .collect()
}

/// Resolutions to try in turn: noise of one bit grows beyond openjp2's guard bits in the wavelet, so the last is none at all.
pub(super) const RESOLUTIONS: [u32; 2] = [6, 1];

/// A reversible codestream of these planes with so many resolutions at most; `None` when openjp2 refuses.
pub(super) fn encode(planes: &[Vec<i32>], shape: Shape, transform: bool, resolutions: u32) -> Option<Vec<u8>> {
    let component = opj_image_comptparm {
        dx: 1,
        dy: 1,
        w: u32::try_from(shape.columns).ok()?,
        h: u32::try_from(shape.rows).ok()?,
        x0: 0,
        y0: 0,
        prec: shape.precision,
        bpp: shape.precision,
        sgnd: u32::from(shape.signed),
    };
    let mut image = opj_image::create(&vec![component; shape.components], OPJ_CLRSPC_UNSPECIFIED)?;
    (image.x1, image.y1) = (component.w, component.h);
    for (component, plane) in image.comps_mut()?.iter_mut().zip(planes) {
        component.data_mut()?.copy_from_slice(plane.get(..shape.rows * shape.columns)?);
    }
    let least = component.w.min(component.h);
    let mut parameters = opj_cparameters_t {
        tcp_numlayers: 1,
        cp_disto_alloc: 1,
        irreversible: 0,
        numresolution: i32::try_from((least.ilog2() + 1).min(resolutions)).ok()?,
        tcp_mct: i8::from(transform) as c_char,
        ..Default::default()
    };
    let (mut stream, bytes) = stream::writer();
    let mut codec = Codec::new_encoder(OPJ_CODEC_J2K)?;
    let written = codec.setup_encoder(&mut parameters, &mut image) == 1
        && codec.start_compress(&mut image, &mut stream) == 1
        && codec.encode(&mut stream) == 1
        && codec.end_compress(&mut stream) == 1;
    drop(stream);
    written.then(|| bytes.take())
}
