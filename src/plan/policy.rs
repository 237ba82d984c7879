//! The policy of verdicts: which objects may go in, and what an examination must have shown before they may leave.

use crate::codec::transfer_syntax::{PixelCoding, TransferSyntax};
use crate::error::{Error, Reason, Result};
use crate::intake::{BurnedIn, Facts, ObjectKind};

/// Refuses what cannot be examined at all, before any pixel is decoded.
///
/// # Errors
/// The withholding reason of the object's kind, of its transfer syntax, or of a face that is not masked.
pub fn gate(facts: &Facts, syntax: &TransferSyntax, mask_face: bool) -> Result<()> {
    let refuse = |reason, detail: &'static str| Err(Error::new(reason, detail));
    match facts.kind {
        ObjectKind::EncapsulatedDocument => return refuse(Reason::EncapsulatedDocument, "SOP class holds a document"),
        ObjectKind::Audio => return refuse(Reason::Audio, "SOP class holds a voice"),
        ObjectKind::Directory => return refuse(Reason::Dicomdir, "media storage directory"),
        ObjectKind::Unknown => return refuse(Reason::UnknownSopClass, "(0008,0016)"),
        ObjectKind::Image | ObjectKind::Tags => {}
    }
    match syntax.pixels {
        PixelCoding::Video => return refuse(Reason::Video, syntax.name),
        PixelCoding::Unsupported => return refuse(Reason::UnknownTransferSyntax, syntax.name),
        _ => {}
    }
    if mask_face && facts.may_show_face {
        return refuse(Reason::FaceNotMasked, "head series; there is no proven face mask yet");
    }
    Ok(())
}

/// Refuses what was examined and contradicts its header.
///
/// # Errors
/// `burned-in-not-found` when the header says that annotations are burned in and nothing was found.
pub fn after_examination(facts: &Facts, found: usize) -> Result<()> {
    if facts.burned_in == BurnedIn::Yes && found == 0 {
        return Err(Error::new(Reason::BurnedInNotFound, "(0028,0301) is YES"));
    }
    Ok(())
}
