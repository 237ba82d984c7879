//! `redact eval DIR`: recall and false area on pictures that the user has marked, as a table, figures in JSON and a sheet of pictures.

use super::args::{Color, EvalArgs};
use super::style::{self, Paint};
use super::{Done, Problem, SOME_FAILED, SOME_WITHHELD, inspect, print, redact, sheet, sink};
use dicom_redact::batch;
use dicom_redact::eval::{self, Candidate, Examination, Left, Outputs, Recall, Reported, Set, Table, peers};
use dicom_redact::pipeline::Engine;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

/// The file of figures.
#[derive(Serialize)]
struct Figures<'a> {
    v: u32,
    results: &'a [Table],
}

/// Version of the file of figures.
const VERSION: u32 = 1;

/// Scores this program (or finished outputs, or a report) and the installed peers on the same files.
pub fn run(args: &EvalArgs, color: Color) -> Done {
    let set = truth(args)?;
    let json = args.json.as_ref().map(|path| sink::open(path, "file of figures", args.force, &[])).transpose()?;
    let sheet = args.sheet.as_ref().map(|path| sheet::create(path, args.force)).transpose()?;
    let engine = engine(args)?;
    let own: Box<dyn Candidate + '_> = match (&args.redacted, &args.report, &engine) {
        (Some(folder), ..) if !folder.is_dir() => {
            return Err(Problem::new(
                format!("`{}` is no folder", style::path(folder)),
                "give the output folder of a run with --keep-paths",
            ));
        }
        (Some(folder), ..) => Box::new(Outputs(folder.clone())),
        (_, Some(path), _) => Box::new(Reported::open(path).map_err(|why| {
            Problem::new(format!("cannot read the report `{}`: {why}", style::path(path)), "`redact eval --help` shows its lines")
        })?),
        (.., Some(engine)) => Box::new(Examination(engine)),
        _ => return Err(Problem::new("nothing to score", "")),
    };
    let mut candidates = vec![own];
    if args.peers {
        let peers = peers::installed();
        if peers.is_empty() {
            eprintln!("note: no peer is installed (tesseract is looked for on the PATH)");
        }
        candidates.extend(peers.into_iter().map(|peer| Box::new(peer) as Box<dyn Candidate>));
    }
    let pool = batch::pool(redact::workers(args.jobs))?;
    let tables: Vec<Table> = pool.install(|| candidates.iter().map(|one| score(&set, one.as_ref(), args)).collect());
    if let Some(mut out) = json {
        let text = serde_json::to_string(&Figures { v: VERSION, results: &tables });
        let text = text.map_err(|_| Problem::new("cannot write the figures as JSON", ""))?;
        writeln!(out, "{text}")
            .map_err(|e| Problem::new(format!("cannot write the figures: {}", e.kind()), "free some space"))?;
    }
    if let (Some(sheet), Some(table)) = (sheet, tables.first()) {
        let drawn = pool.install(|| sheet::draw(&set, table))?;
        sheet.save(&drawn)?;
        if !args.quiet {
            eprintln!("the sheet shows what is in the files, names included: treat it like the files themselves");
        }
    }
    print(&page(&tables, Paint::stdout(color)))?;
    Ok(match tables.first() {
        Some(table) if !table.unusable.is_empty() => SOME_FAILED,
        Some(table) if !table.withheld.is_empty() => SOME_WITHHELD,
        _ => 0,
    })
}

/// The truth, with at least one file.
fn truth(args: &EvalArgs) -> Result<Set, Problem> {
    let folder = args.truth.as_ref().unwrap_or(&args.folder);
    let set = eval::gather(&args.folder, folder).map_err(|e| {
        Problem::new(format!("cannot read `{}`: {}", style::path(folder), e.kind()), "give the folder of truth files")
    })?;
    if set.truths.is_empty() && set.problems.is_empty() {
        return Err(Problem::new(
            format!("there is no truth in `{}`", style::path(folder)),
            "write a JSON file for each image: `redact eval --help` shows one",
        ));
    }
    Ok(set)
}

/// The engine, when this program is to be scored.
fn engine(args: &EvalArgs) -> Result<Option<Engine>, Problem> {
    if args.redacted.is_some() || args.report.is_some() {
        return Ok(None);
    }
    inspect::looking_engine(args.models.clone()).map(Some)
}

fn score(set: &Set, candidate: &dyn Candidate, args: &EvalArgs) -> Table {
    let done = AtomicUsize::new(0);
    let show = !args.quiet && std::io::stderr().is_terminal();
    let name = candidate.name();
    let table = eval::score(set, candidate, &args.by, &|_| {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if show {
            eprint!("\r{name}: {done} of {} files", set.truths.len());
        }
    });
    if show {
        eprintln!();
    }
    table
}

/// Everything that is printed.
fn page(tables: &[Table], paint: Paint) -> String {
    let mut text = String::new();
    let Some(own) = tables.first() else { return text };
    recall(&mut text, own, paint);
    let _ = writeln!(
        text,
        "\n{:<18} mean {:.2}% of a frame, worst {:.2}%{}",
        "false area",
        own.over_mean,
        own.over_max,
        worst(own).map_or_else(String::new, |file| format!(" ({})", style::name(file)))
    );
    let range = eval::bounds(own.negatives_touched, own.negatives).map_or_else(String::new, |b| format!(" ({})", span(b)));
    let _ = writeln!(text, "{:<18} touched {} of {}{range}", "files without text", own.negatives_touched, own.negatives);
    if let Some(seconds) = own.seconds_per_megapixel {
        let _ = writeln!(text, "{:<18} {seconds:.2} s for a million pixels, one thread", "detection");
    }
    modalities(&mut text, own, paint);
    let _ = writeln!(text, "\nfiles: {} scored, {} withheld, {} not usable", own.scored, own.withheld.len(), own.unusable.len());
    left(&mut text, &own.withheld, |word| paint.warn(word));
    left(&mut text, &own.unusable, |word| paint.bad(word));
    if tables.len() > 1 {
        comparison(&mut text, tables, paint);
    }
    let _ = writeln!(
        text,
        "{}",
        paint.dim("bounds: 95% (Wilson); instances of one device are alike, so other devices may lie outside")
    );
    text
}

fn recall(text: &mut String, table: &Table, paint: Paint) {
    let head = format!("{:<18} {:>14} {:>8} {:>14} {:>9} {:>7}", table.name, "found", "recall", "95% bounds", "ink left", "kept");
    let _ = writeln!(text, "{}", paint.strong(&head));
    let rows = table.category.iter().map(|(name, row)| (name.as_str(), row)).chain([("all", &table.total)]);
    for (name, row) in rows.chain(table.by.iter().map(|(name, row)| (name.as_str(), row))) {
        let _ = writeln!(
            text,
            "{:<18} {:>6} of {:>4} {:>8} {:>14} {:>9} {:>7}",
            style::name(name),
            row.found,
            row.n,
            percent(row.recall),
            row.bounds.map_or_else(String::new, span),
            percent(row.ink_leaked),
            row.kept
        );
    }
}

fn modalities(text: &mut String, table: &Table, paint: Paint) {
    let categories: Vec<&String> = table.category.keys().collect();
    let names: String = categories.iter().map(|name| format!(" {:>15}", style::name(name))).collect();
    let _ = writeln!(text, "\n{}", paint.strong(&format!("{:<9} {:>6} {:>11}{names}", "modality", "files", "false area")));
    for (name, row) in &table.modality {
        let cells: String = categories.iter().map(|category| format!(" {:>15}", of(row.category.get(*category)))).collect();
        let _ = writeln!(text, "{:<9} {:>6} {:>10.2}%{cells}", style::name(name), row.files, row.over_mean);
    }
}

fn left(text: &mut String, files: &[Left], colour: impl Fn(&str) -> String) {
    for one in files {
        let _ = writeln!(text, "  {}: {}", style::name(&one.file), colour(&one.why));
    }
}

/// Everybody on the same files.
fn comparison(text: &mut String, tables: &[Table], paint: Paint) {
    let categories: BTreeSet<&String> = tables.iter().flat_map(|table| table.category.keys()).collect();
    let names: String = categories.iter().map(|name| format!(" {:>14}", style::name(name))).collect();
    let head = format!("{:<18}{names} {:>9} {:>9} {:>8} {:>7}", "recall", "all", "false", "touched", "s/MP");
    let _ = writeln!(text, "\n{}", paint.strong(&head));
    for table in tables {
        let cells: String = categories.iter().map(|category| format!(" {:>14}", of(table.category.get(*category)))).collect();
        let _ = writeln!(
            text,
            "{:<18}{cells} {:>9} {:>8.2}% {:>8} {:>7}",
            style::name(&table.name),
            percent(table.total.recall),
            table.over_mean,
            format!("{}/{}", table.negatives_touched, table.negatives),
            table.seconds_per_megapixel.map_or_else(|| "-".to_owned(), |s| format!("{s:.2}"))
        );
    }
}

fn worst(table: &Table) -> Option<&str> {
    let file = table.scores.iter().max_by(|a, b| a.false_area.total_cmp(&b.false_area))?;
    (file.false_area > 0.0).then_some(&file.file)
}

fn of(row: Option<&Recall>) -> String {
    row.map_or_else(|| "-".to_owned(), |row| format!("{} of {}", row.found, row.n))
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}%"))
}

fn span((low, high): (f64, f64)) -> String {
    format!("{low:.1}-{high:.1}%")
}
