//! `--documents DIR`: opens the documents of a run, so that nothing else is overwritten by mistake.

use super::args::{Audit, RedactArgs};
use super::{Problem, sink};
use dicom_redact::batch::{Documents, Files, Input};
use dicom_redact::pipeline::Engine;
use dicom_redact::profile::{RunReport, Scope};

/// The documents that the arguments ask for.
pub fn open(args: &RedactArgs, engine: &Engine, inputs: &[Input]) -> Result<Option<Documents>, Problem> {
    let Some(folder) = &args.documents else { return Ok(None) };
    let scope = Scope {
        key_kept: args.key.is_some() || args.store.is_some(),
        ocr: args.ocr != super::args::Ocr::Off,
        faces_withheld: args.mask_face,
        date: args.report_date.clone(),
    };
    let report = RunReport::new(engine.policy(), scope);
    let blanks = engine.policy().record_blanks();
    if args.require_record && !blanks.is_empty() {
        return Err(Problem::new(
            format!("the profile's [record] has blanks: {}", blanks.join(", ")),
            "fill in controller, dpo, purpose, legal_basis, collected_from, recipients, transfers and erase_after in a profile file",
        ));
    }
    std::fs::create_dir_all(folder).map_err(|e| {
        Problem::new(format!("cannot make the folder of documents `{}`: {}", folder.display(), e.kind()), "check permissions")
    })?;
    let file = |name: &str| sink::open(&folder.join(name), "document", args.force, inputs);
    let files = Files {
        audit: file("audit.jsonl")?,
        markdown: file("report.md")?,
        json: file("report.json")?,
        conformance: file("conformance.md")?,
    };
    Ok(Some(Documents::new(report, files, args.audit == Audit::Full)))
}
