//! What can be scored without running another program: our examination, finished outputs, a report of areas.

use super::{Answer, Candidate, Truth};
use crate::detect::Class;
use crate::frame::{FrameIndex, FrameSet, Region};
use crate::outcome::ReportedRegion;
use crate::part10::Source;
use crate::pipeline::Engine;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

/// What this program would blank: [`Engine::examine`], once for each file.
pub struct Examination<'a>(pub &'a Engine);

impl Candidate for Examination<'_> {
    fn name(&self) -> String {
        "redact".to_owned()
    }

    fn judge(&self, _: &Truth, source: &Source) -> Answer {
        let (outcome, plan) = self.0.examine(source);
        match (outcome.reason, plan) {
            (None, Some(plan)) => Answer::Areas { areas: plan.masks, seconds: outcome.timings.detect },
            (reason, _) => Answer::Withheld(reason.map_or_else(|| "no plan".to_owned(), |reason| reason.word().to_owned())),
        }
    }
}

/// A folder with finished outputs under the names of the inputs.
pub struct Outputs(pub PathBuf);

impl Candidate for Outputs {
    fn name(&self) -> String {
        "outputs".to_owned()
    }

    fn judge(&self, truth: &Truth, _: &Source) -> Answer {
        let path = self.0.join(&truth.name);
        if !path.exists() {
            return Answer::Withheld("no output".to_owned());
        }
        match Source::open(&path) {
            Ok(source) => Answer::Output(source),
            Err(error) => Answer::Unusable(error.at("output").to_string()),
        }
    }
}

/// Areas from a file of JSON Lines: a report or a plan file of this program, or what another tool wrote.
///
/// A line is `{"file": "a.dcm", "frame": 0 | "all", "regions": [{"x":…, "y":…, "w":…, "h":…, "frames": "all" | […]}],
/// "status": "ok" | "withheld"}`. `input` may stand for `file`, `verdict` for `status`, `plan.masks` for `regions`; a file may
/// have several lines. Boxes may have fractions and are rounded outwards.
pub struct Reported {
    name: String,
    files: BTreeMap<String, Vec<ReportLine>>,
}

#[derive(Deserialize)]
struct ReportLine {
    #[serde(alias = "input")]
    file: Option<String>,
    frame: Option<Which>,
    #[serde(default)]
    regions: Vec<Box>,
    plan: Option<PlanPart>,
    #[serde(alias = "verdict")]
    status: Option<String>,
}

#[derive(Deserialize)]
struct PlanPart {
    masks: Vec<Box>,
}

#[derive(Deserialize)]
struct Box {
    x: f64,
    y: f64,
    w: f64,
    h: f64,
    frames: Option<FrameSet>,
    #[serde(default)]
    score: f32,
    #[serde(default)]
    evidence: Vec<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Which {
    One(u32),
    All(AllFrames),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AllFrames {
    All,
}

impl Reported {
    /// Reads a report; `name` is for the table.
    ///
    /// # Errors
    /// The number of the first line that cannot be read; never what stands in it.
    pub fn read(name: String, lines: impl BufRead) -> Result<Reported, String> {
        let mut files: BTreeMap<String, Vec<ReportLine>> = BTreeMap::new();
        for (number, line) in (1..).zip(lines.lines()) {
            let line = line.map_err(|e| format!("line {number}: {}", e.kind()))?;
            if line.trim().is_empty() {
                continue;
            }
            let line: ReportLine = serde_json::from_str(&line)
                .map_err(|e| format!("line {number}, column {} is no line of a report", e.column()))?;
            if let Some(file) = &line.file {
                files.entry(file.clone()).or_default().push(line);
            }
        }
        Ok(Reported { name, files })
    }

    /// The report at `path`.
    ///
    /// # Errors
    /// When it cannot be opened or read.
    pub fn open(path: &Path) -> Result<Reported, String> {
        let file = std::fs::File::open(path).map_err(|e| e.kind().to_string())?;
        let name = path.file_name().map_or_else(|| "report".to_owned(), |name| name.to_string_lossy().into_owned());
        Reported::read(name, std::io::BufReader::new(file))
    }
}

impl Candidate for Reported {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn judge(&self, truth: &Truth, _: &Source) -> Answer {
        let Some(lines) = self.files.get(&truth.name) else { return Answer::Withheld("not in the report".to_owned()) };
        let refused = |line: &ReportLine| line.status.as_deref().is_some_and(|word| matches!(word, "withheld" | "failed"));
        if lines.iter().any(refused) {
            return Answer::Withheld("withheld in the report".to_owned());
        }
        let areas = lines.iter().flat_map(|line| {
            let frame = match line.frame {
                Some(Which::One(frame)) => FrameSet::one(FrameIndex(frame)),
                Some(Which::All(AllFrames::All)) | None => FrameSet::All,
            };
            let planned = line.plan.iter().flat_map(|plan| &plan.masks);
            line.regions.iter().chain(planned).filter_map(move |one| one.region(&frame))
        });
        Answer::Areas { areas: areas.collect(), seconds: 0.0 }
    }
}

impl Box {
    /// The box rounded outwards; `None` when nothing of it is right of and below the origin.
    fn region(&self, line: &FrameSet) -> Option<ReportedRegion> {
        let (x, y) = (self.x.floor().max(0.0) as u32, self.y.floor().max(0.0) as u32);
        let (right, bottom) = ((self.x + self.w).ceil().max(0.0) as u32, (self.y + self.h).ceil().max(0.0) as u32);
        let area = Region { x, y, w: right.saturating_sub(x), h: bottom.saturating_sub(y) };
        let frames = match (line, &self.frames) {
            (FrameSet::All, Some(own)) => own.clone(),
            // A line for one frame with a box for others: both must hold.
            (FrameSet::Some(one), Some(own)) => FrameSet::Some(one.iter().copied().filter(|f| own.contains(*f)).collect()),
            (line, None) => line.clone(),
        };
        (area.w > 0 && area.h > 0).then(|| ReportedRegion {
            x: area.x,
            y: area.y,
            w: area.w,
            h: area.h,
            frames,
            detector: "reported".to_owned(),
            class: Class::Text,
            score: self.score,
            asked: area,
            evidence: self.evidence.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(lines: &str, file: &str) -> Answer {
        let report = Reported::read("r".to_owned(), lines.as_bytes()).unwrap();
        let truth = Truth { name: file.to_owned(), image: PathBuf::new(), size: None, modality: None, instances: Vec::new() };
        report.judge(&truth, &Source::from_bytes(Vec::new()))
    }

    #[test]
    fn reports_plans_and_lines_of_other_tools_are_read() {
        let lines = r#"{"v":1,"input":"a","verdict":"redacted","regions":[{"x":1,"y":2,"w":3,"h":4,"frames":[0,2],"detector":"text"}]}
{"file":"b","frame":1,"regions":[{"x":-1.5,"y":2.2,"w":3,"h":4.1}]}

{"file":"b","frame":2,"regions":[]}
{"v":1,"input":"c","plan":{"columns":9,"masks":[{"x":1,"y":2,"w":3,"h":4,"frames":"all"}]}}
{"v":1,"input":"d","verdict":"withheld","regions":[]}
{"v":1,"summary":{"inputs":4}}"#;
        let areas = |file| match judged(lines, file) {
            Answer::Areas { areas, .. } => areas,
            _ => panic!("{file}: areas"),
        };
        assert_eq!(areas("a")[0].frames, FrameSet::Some(vec![FrameIndex(0), FrameIndex(2)]));
        let b = &areas("b")[0];
        assert_eq!((b.x, b.y, b.w, b.h, &b.frames), (0, 2, 2, 5, &FrameSet::one(FrameIndex(1))));
        assert_eq!(areas("c")[0].frames, FrameSet::All);
        assert!(matches!(judged(lines, "d"), Answer::Withheld(_)) && matches!(judged(lines, "e"), Answer::Withheld(_)));
    }

    #[test]
    fn a_broken_line_is_told_by_its_number_alone() {
        let error = Reported::read("r".to_owned(), &b"{}\n{\"file\":\"DOE\",\"regions\":\"DOE\"}"[..]).err().unwrap();
        assert!(error.starts_with("line 2") && !error.contains("DOE"), "{error}");
    }
}
