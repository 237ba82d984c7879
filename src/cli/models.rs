//! `redact models`: the embedded models with checksums and provenance.

use super::args::Color;
use super::style::Paint;
use super::{Done, Problem, print};
use dicom_redact::detect::text::{ModelFact, embedded_models};

/// Prints every embedded model; an error when one is not what the manifest says.
pub fn run(color: Color) -> Done {
    let models = embedded_models();
    let done = print(&table(&models, Paint::stdout(color)))?;
    if models.iter().all(|model| model.verified) {
        Ok(done)
    } else {
        Err(Problem::new(
            "an embedded model is not the one that the manifest names",
            "get the program again from a source you trust",
        ))
    }
}

fn table(models: &[ModelFact], paint: Paint) -> String {
    let mut text = String::new();
    for model in models {
        let state = if model.verified { paint.good("as in the manifest") } else { paint.bad("NOT as in the manifest") };
        text += &format!("{}\n", paint.strong(&model.file));
        text += &format!("  use         {}\n", model.used_for);
        text += &format!("  size        {} bytes\n", model.bytes);
        text += &format!("  sha256      {} ({state})\n", model.sha256);
        text += &format!("  provenance  {}\n\n", model.provenance);
    }
    text
}
