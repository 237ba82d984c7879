//! May this volume show a face? Words and codes of the header, never pixels.
//!
//! A CT, MR, PET, cone beam or body surface object (by SOP class or Modality) *may show a face* when its header says head, neck, brain, face, skull
//! or whole body in one of these:
//!
//! 1. Body Part Examined and the codes or meanings of the anatomic region sequences;
//! 2. Series Description, Protocol Name and coil names, which describe this very series;
//! 3. Study Description and the requested or performed procedure, only where no body part is stated, because a study of
//!    head and chest has chest series too;
//! 4. a brain sequence (MPRAGE, FLAIR …) or a head kernel of a CT, where no body part is stated.
//!
//! Where the header says nothing at all the answer is no: to withhold each CT and MR without a body part would make the
//! tool useless, and phantoms, extremities and trunks are the greater part of them. The limit is stated in the README; a
//! mask made from pixels is the remedy, not a guess.

use super::header::{items, text};
use super::sop_classes;
use dicom_core::Tag;
use dicom_object::InMemDicomObject;

/// Beginnings of words that speak of a head, in the languages that descriptions come in.
const HEAD_WORDS: &[&str] = &[
    "HEAD",
    "BRAIN",
    "SKULL",
    "CRAN",
    "CEREB",
    "ENCEPH",
    "ENCEF",
    "NEURO",
    "FACE",
    "FACIAL",
    "MAXILL",
    "MANDIB",
    "DENTAL",
    "ORBIT",
    "SINUS",
    "PARANASAL",
    "NASAL",
    "NECK",
    "PITUIT",
    "HYPOPHYS",
    "PETROUS",
    "MASTOID",
    "INTRACRAN",
    "KOPF",
    "SCHAD",
    "SCHAED",
    "HIRN",
    "HALS",
    "GESICHT",
    "TETE",
    "CERVEAU",
    "CABEZA",
    "CRAO",
    "TESTA",
    "COLLO",
    "HOOFD",
    "HERSEN",
    "WHOLEBODY",
    "VERTEX",
    "EYE",
];
/// Whole words.
const HEAD_TOKENS: &[&str] = &[
    "IAC", "IAM", "TMJ", "EAR", "EARS", "JAW", "NOSE", "TEETH", "HNO", "ENT", "WB", "WHOLE", "TOTAL", "COW", "NCCT", "CTB", "HN",
];
/// Words before `HEAD` that make it a bone's, and after it that make it a position's.
const BONES: &[&str] = &["FEMORAL", "HUMERAL", "RADIAL", "FIBULAR", "PANCREATIC", "FEMUR", "HUMERUS", "RADIUS"];
/// MR sequences that are made of brains.
const BRAIN_SEQUENCES: &[&str] = &["MPRAGE", "FLAIR", "SWI", "BRAVO", "MP2RAGE", "BOLD", "FMRI", "TRACTO", "VIBM"];
/// SNOMED CT and SRT codes of head, neck, brain, skull, face, head and neck, whole body.
const HEAD_CODES: &[&str] = &[
    "69536005",
    "45048000",
    "12738006",
    "89546000",
    "89545001",
    "774007",
    "38266002",
    "371398005",
    "81745001",
    "T-D1100",
    "T-D1600",
    "T-A0100",
    "T-11100",
    "T-D1200",
    "T-D1000",
    "T-D0010",
    "T-AA000",
    "T-D1213",
];

/// Whether `words` speak of a head.
fn says_head(words: &str) -> bool {
    let upper = words.to_uppercase();
    let tokens: Vec<&str> = upper.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty()).collect();
    tokens.iter().enumerate().any(|(i, token)| {
        let neighbour = |at: Option<usize>| at.and_then(|at| tokens.get(at)).copied().unwrap_or_default();
        let (before, after) = (neighbour(i.checked_sub(1)), neighbour(i.checked_add(1)));
        if matches!(*token, "HEAD" | "NECK") && (BONES.contains(&before) || (after == "OF") || after == "FIRST") {
            return false;
        }
        if *token == "HEADFIRST"
            || (matches!(*token, "WHOLE" | "TOTAL") && after != "BODY")
            || (*token == "SINUS" && before == "CORONARY")
        {
            return false;
        }
        HEAD_TOKENS.contains(token) || HEAD_WORDS.iter().any(|word| token.starts_with(word)) || token.contains("CRANIAL")
    })
}

/// Siemens head kernels: `H` and digits, e.g. H30s, Hr40.
fn head_kernel(kernel: &str) -> bool {
    let rest = kernel.strip_prefix(['H', 'h']).map(|rest| rest.trim_start_matches(['r', 'c', 'v', 'p']));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether the object may show a face, by the rules above.
pub(super) fn may_show_face(object: &InMemDicomObject, sop_class: &str) -> bool {
    let (surface, always) = sop_classes::body_surface(sop_class);
    // Slices saved as secondary captures still stack to a head.
    let surface = surface || matches!(text(object, Tag(0x0008, 0x0060)).as_str(), "CT" | "MR" | "PT");
    if !surface || always {
        return always;
    }
    let words = |group, element| text(object, Tag(group, element));
    let body_part = words(0x0018, 0x0015);
    let mut coded = false;
    for sequence in [Tag(0x0008, 0x2218), Tag(0x0008, 0x2228), Tag(0x0008, 0x2229)] {
        for item in items(object, sequence) {
            coded = true;
            let code = text(item, Tag(0x0008, 0x0100));
            if HEAD_CODES.contains(&code.as_str()) || says_head(&text(item, Tag(0x0008, 0x0104))) {
                return true;
            }
        }
    }
    if says_head(&body_part) {
        return true;
    }
    let own = [(0x0008, 0x103E), (0x0018, 0x1030), (0x0018, 0x1250), (0x0018, 0x1251), (0x0018, 0x9041)];
    if own.iter().any(|(group, element)| says_head(&words(*group, *element))) {
        return true;
    }
    if coded || !body_part.is_empty() {
        return false;
    }
    let study = [(0x0008, 0x1030), (0x0032, 0x1060), (0x0040, 0x0254), (0x0040, 0x0007)];
    if study.iter().any(|(group, element)| says_head(&words(*group, *element))) {
        return true;
    }
    let sequence = [words(0x0008, 0x103E), words(0x0018, 0x1030), words(0x0018, 0x0024)].join(" ").to_uppercase();
    BRAIN_SEQUENCES.iter().any(|name| sequence.contains(name)) || head_kernel(&words(0x0018, 0x1210))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_mean_a_head_and_words_that_do_not() {
        for yes in [
            "HEAD",
            "HEADNECK",
            "Brain w/o contrast",
            "CT KOPF nativ",
            "Facial bones",
            "whole body PET",
            "t1_mprage Cranial",
            "C.A.T. SKULL",
        ] {
            assert!(says_head(yes), "{yes}");
        }
        for no in [
            "CHEST",
            "femoral head",
            "Head First Supine",
            "neck of femur",
            "whole spine",
            "ABDOMEN",
            "coronary sinus",
            "heart",
            "",
        ] {
            assert!(!says_head(no), "{no}");
        }
        assert!(head_kernel("H30s") && head_kernel("Hr40f") && !head_kernel("B30f") && !head_kernel("HEAD"));
    }
}
