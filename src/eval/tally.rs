//! Figures of a whole set: recall with its bounds, false area, by category, modality and property.

use super::score::{FileScore, InstanceScore};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Instances of one kind, how many were found, and what that says of others of the kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Recall {
    /// Instances.
    pub n: u64,
    /// Found: at least 99% of the ink covered.
    pub found: u64,
    /// Kept: none of the ink covered.
    pub kept: u64,
    /// Found in per cent; `None` without instances.
    pub recall: Option<f64>,
    /// Lower and upper end of the 95% interval of that (Wilson score interval).
    pub bounds: Option<(f64, f64)>,
    /// Area of the boxes of instances not found, per cent of the area of all.
    pub box_area_leaked: Option<f64>,
    /// Ink not covered, per cent of all ink.
    pub ink_leaked: Option<f64>,
}

/// Files of one modality.
#[derive(Clone, Debug, Serialize)]
pub struct Modality {
    /// Files scored.
    pub files: u64,
    /// False area in per cent of a frame, mean over the files.
    pub over_mean: f64,
    /// Recall by category.
    pub category: BTreeMap<String, Recall>,
}

/// A file that gave no figures, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Left {
    /// Path below the folder, or name of the truth file.
    pub file: String,
    /// A reason word, or a sentence.
    pub why: String,
}

/// All figures of one candidate on one set.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// Who or what was scored.
    pub name: String,
    /// Files with truth.
    pub files: u64,
    /// Files scored.
    pub scored: u64,
    /// Files that the candidate lets not out: neither recall nor leak.
    pub withheld: Vec<Left>,
    /// Files that could not be scored.
    pub unusable: Vec<Left>,
    /// Recall over all categories.
    pub total: Recall,
    /// Recall by category.
    pub category: BTreeMap<String, Recall>,
    /// By modality.
    pub modality: BTreeMap<String, Modality>,
    /// By value of the properties asked for, as `rotation=90`.
    pub by: BTreeMap<String, Recall>,
    /// False area in per cent of a frame, mean over the files.
    pub over_mean: f64,
    /// The same of the worst file.
    pub over_max: f64,
    /// Files without text.
    pub negatives: u64,
    /// Files without text in which anything was covered.
    pub negatives_touched: u64,
    /// Wall seconds of detecting for a million pixels; `None` when nothing was detected here.
    pub seconds_per_megapixel: Option<f64>,
    /// File by file.
    pub scores: Vec<FileScore>,
}

/// Quantile of the normal distribution for a two-sided 95% interval.
const Z: f64 = 1.959_963_984_540_054;

/// Wilson score interval of a share, in per cent (E. B. Wilson, 1927).
pub fn bounds(found: u64, n: u64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let (n, p) = (n as f64, found as f64 / n as f64);
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 100.0 / (1.0 + Z * Z / n);
    // The ends of none and of all are exact; rounding would leave a trace.
    let low = if found == 0 { 0.0 } else { (middle - half) * scale };
    Some((low, if p < 1.0 { (middle + half) * scale } else { 100.0 }))
}

impl Recall {
    fn of<'a>(instances: impl Iterator<Item = &'a InstanceScore>) -> Recall {
        let mut sum = Recall::default();
        let (mut area, mut area_left, mut ink, mut ink_left) = (0.0, 0.0, 0, 0);
        for one in instances {
            let pixels = (one.w * one.h) as f64;
            sum.n += 1;
            sum.found += u64::from(one.found);
            sum.kept += u64::from(one.kept);
            area += pixels;
            area_left += if one.found { 0.0 } else { pixels };
            ink += one.ink;
            ink_left += one.ink_left;
        }
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| 100.0 * part / whole);
        sum.recall = share(sum.found as f64, sum.n as f64);
        sum.bounds = bounds(sum.found, sum.n);
        sum.box_area_leaked = share(area_left, area);
        sum.ink_leaked = share(ink_left as f64, ink as f64);
        sum
    }
}

/// Edges of the bins of numbers that are measured, not counted: contrast as a share of the range, sizes in pixels.
fn edges(property: &str) -> &'static [f64] {
    match property {
        "contrast" => &[0.08, 0.15, 0.3],
        "size" | "height" | "h" => &[8.0, 12.0, 20.0, 48.0],
        _ => &[],
    }
}

fn value_of(one: &InstanceScore, property: &str) -> String {
    let own = (property == "h").then(|| Value::from(one.h));
    let value = own.as_ref().or_else(|| one.traits.get(property));
    if let (Some(number), [first, ..]) = (value.and_then(Value::as_f64), edges(property)) {
        let edges = edges(property);
        return match edges.iter().rposition(|edge| number >= *edge) {
            None => format!("below {first}"),
            Some(at) => {
                edges.get(at + 1).map_or_else(|| format!("from {}", edges[at]), |next| format!("{} to {next}", edges[at]))
            }
        };
    }
    match value {
        None | Some(Value::Null) => "not stated".to_owned(),
        Some(Value::String(word)) => word.clone(),
        Some(other) => other.to_string(),
    }
}

/// Sums up the scores of all files. `by` names properties of instances.
pub(super) fn table(name: String, scores: Vec<FileScore>, withheld: Vec<Left>, unusable: Vec<Left>, by: &[String]) -> Table {
    let all = || scores.iter().flat_map(|file| file.instances.iter().map(move |one| (file, one)));
    let mean = |areas: &[f64]| if areas.is_empty() { 0.0 } else { 100.0 * areas.iter().sum::<f64>() / areas.len() as f64 };
    let over: Vec<f64> = scores.iter().map(|file| file.false_area).collect();
    let mut modality = BTreeMap::new();
    for file in &scores {
        modality.entry(file.modality.clone()).or_insert_with(|| {
            let same: Vec<&FileScore> = scores.iter().filter(|other| other.modality == file.modality).collect();
            let over: Vec<f64> = same.iter().map(|file| file.false_area).collect();
            let category = grouped(same.iter().flat_map(|file| &file.instances), |one| one.category.clone());
            Modality { files: same.len() as u64, over_mean: mean(&over), category }
        });
    }
    let mut splits = BTreeMap::new();
    for property in by {
        splits.extend(grouped(all().map(|(_, one)| one), |one| format!("{property}={}", value_of(one, property))));
    }
    let (seconds, pixels) =
        scores.iter().fold((0.0, 0), |(s, p), file| (s + file.seconds, p + file.frame_pixels * u64::from(file.frames)));
    Table {
        name,
        files: (scores.len() + withheld.len() + unusable.len()) as u64,
        scored: scores.len() as u64,
        withheld,
        unusable,
        total: Recall::of(all().map(|(_, one)| one)),
        category: grouped(all().map(|(_, one)| one), |one| one.category.clone()),
        modality,
        by: splits,
        over_mean: mean(&over),
        over_max: 100.0 * over.iter().copied().fold(0.0, f64::max),
        negatives: scores.iter().filter(|file| file.touched.is_some()).count() as u64,
        negatives_touched: scores.iter().filter(|file| file.touched == Some(true)).count() as u64,
        seconds_per_megapixel: (seconds > 0.0 && pixels > 0).then(|| seconds / pixels as f64 * 1e6),
        scores,
    }
}

fn grouped<'a>(
    instances: impl Iterator<Item = &'a InstanceScore>,
    key: impl Fn(&InstanceScore) -> String,
) -> BTreeMap<String, Recall> {
    let mut groups: BTreeMap<String, Vec<&InstanceScore>> = BTreeMap::new();
    for one in instances {
        groups.entry(key(one)).or_default().push(one);
    }
    groups.into_iter().map(|(key, group)| (key, Recall::of(group.into_iter()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_wilson() {
        // Worked out by hand from the formula, to a hundredth of a per cent.
        let near = |found, n, low: f64, high: f64| {
            let (l, h) = bounds(found, n).unwrap();
            assert!((l - low).abs() < 0.01 && (h - high).abs() < 0.01, "{found} of {n}: {l} {h}");
        };
        near(95, 95, 96.11, 100.0);
        near(73, 80, 83.02, 95.70);
        near(0, 10, 0.0, 27.75);
        assert_eq!(bounds(0, 0), None);
    }
}
