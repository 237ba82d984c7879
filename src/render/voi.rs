//! Modality and VOI transforms of one frame: PS3.3 C.11.1, C.11.2 and their functional groups C.7.6.16.2.9 and C.7.6.16.2.10.

use super::attributes::{first_item, items, number, numbers, word};
use super::lut::Lut;
use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;

/// VOI transforms kept of one frame; a reader is offered a handful, a hostile file may claim millions.
const MAX_VOI: usize = 16;

/// Stored value → output of the modality.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Modality {
    /// Rescale Slope and Intercept; 1 and 0 when absent or senseless.
    Linear { slope: f64, intercept: f64 },
    /// Modality LUT Sequence.
    Table(Lut),
}

/// How a window's values become grey levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Function {
    Linear,
    LinearExact,
    Sigmoid,
}

/// Output of the modality → grey level.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Voi {
    Window { center: f64, width: f64, function: Function },
    Table(Lut),
}

/// The transforms that hold for one frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Transforms {
    pub(super) modality: Modality,
    /// In the order of the file: tables first, then windows.
    pub(super) voi: Vec<Voi>,
}

impl Modality {
    const IDENTITY: Modality = Modality::Linear { slope: 1.0, intercept: 0.0 };

    fn read(object: &InMemDicomObject, signed: bool) -> Option<Modality> {
        if let Some(lut) = first_item(object, tags::MODALITY_LUT_SEQUENCE).and_then(|item| Lut::read(item, signed)) {
            return Some(Modality::Table(lut));
        }
        let slope = number(object, tags::RESCALE_SLOPE);
        let intercept = number(object, tags::RESCALE_INTERCEPT);
        if slope.is_none() && intercept.is_none() {
            return None;
        }
        let (slope, intercept) = (slope.unwrap_or(1.0), intercept.unwrap_or(0.0));
        // Slopes of 0 or beyond any physical unit show nothing; the stored values themselves then do.
        let sane = slope != 0.0 && slope.abs() < 1e30 && slope.abs() > 1e-30 && intercept.abs() < 1e30;
        Some(if sane { Modality::Linear { slope, intercept } } else { Modality::IDENTITY })
    }

    /// The modality's output for a stored value.
    pub(super) fn apply(&self, value: f64) -> f64 {
        match self {
            Modality::Linear { slope, intercept } => value * slope + intercept,
            Modality::Table(lut) => f64::from(lut.get(value)),
        }
    }
}

impl Voi {
    fn read_all(object: &InMemDicomObject, signed: bool) -> Vec<Voi> {
        let tables = items(object, tags::VOILUT_SEQUENCE).iter().take(MAX_VOI);
        let mut all: Vec<Voi> = tables.filter_map(|item| Lut::read(item, signed)).map(Voi::Table).collect();
        let function = match word(object, tags::VOILUT_FUNCTION).as_deref() {
            Some("SIGMOID") => Function::Sigmoid,
            Some("LINEAR_EXACT") => Function::LinearExact,
            _ => Function::Linear,
        };
        let (centers, widths) = (numbers(object, tags::WINDOW_CENTER), numbers(object, tags::WINDOW_WIDTH));
        for (center, width) in centers.into_iter().zip(widths) {
            let narrowest = if function == Function::Linear { 1.0 } else { f64::MIN_POSITIVE };
            if center.is_finite() && width.is_finite() && width >= narrowest && center.abs() < 1e30 && width < 1e30 {
                all.push(Voi::Window { center, width, function });
            }
        }
        all.truncate(MAX_VOI);
        all
    }

    /// The grey level, 0 to 255, for an output of the modality.
    pub(super) fn level(&self, value: f64) -> f64 {
        let part = match self {
            Voi::Window { center, width, function } => match function {
                Function::Linear if *width <= 1.0 => f64::from(u8::from(value > center - 0.5)),
                Function::Linear => (value - (center - 0.5)) / (width - 1.0) + 0.5,
                Function::LinearExact => (value - center) / width + 0.5,
                Function::Sigmoid => 1.0 / (1.0 + (-4.0 * (value - center) / width).exp()),
            },
            Voi::Table(lut) => f64::from(lut.get(value)) / f64::from(lut.top.max(1)),
        };
        part.clamp(0.0, 1.0) * 255.0
    }
}

impl Transforms {
    /// The stored value at the dark edge of the default window.
    pub(super) fn black(&self) -> Option<f64> {
        let (Voi::Window { center, width, .. }, Modality::Linear { slope, intercept }) = (self.voi.first()?, &self.modality)
        else {
            return None;
        };
        Some((center - width / 2.0 - 1.0 - intercept) / slope).filter(|v| v.is_finite() && v.abs() < 1e30)
    }

    fn read_modality(groups: &InMemDicomObject, signed: bool) -> Option<Modality> {
        first_item(groups, tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE).and_then(|item| Modality::read(item, signed))
    }

    fn read_voi(groups: &InMemDicomObject, signed: bool) -> Option<Vec<Voi>> {
        first_item(groups, tags::FRAME_VOILUT_SEQUENCE).map(|item| Voi::read_all(item, signed)).filter(|all| !all.is_empty())
    }

    /// The transforms of the whole object: shared functional groups, else the top level.
    pub(super) fn shared(object: &InMemDicomObject, signed: bool) -> Transforms {
        let groups = first_item(object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
        Transforms {
            modality: groups
                .and_then(|groups| Transforms::read_modality(groups, signed))
                .or_else(|| Modality::read(object, signed))
                .unwrap_or(Modality::IDENTITY),
            voi: groups.and_then(|groups| Transforms::read_voi(groups, signed)).unwrap_or_else(|| Voi::read_all(object, signed)),
        }
    }

    /// Those of a frame whose per-frame functional groups say something of their own.
    pub(super) fn of_frame(groups: &InMemDicomObject, shared: &Transforms, signed: bool) -> Option<Transforms> {
        let (modality, voi) = (Transforms::read_modality(groups, signed), Transforms::read_voi(groups, signed));
        (modality.is_some() || voi.is_some()).then(|| Transforms {
            modality: modality.unwrap_or_else(|| shared.modality.clone()),
            voi: voi.unwrap_or_else(|| shared.voi.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_follow_the_formulas_of_the_standard() {
        // PS3.3 C.11.2.1.2.1: c = 2048, w = 4096 maps 0 to the lowest and 4095 to the highest level.
        let linear = Voi::Window { center: 2048.0, width: 4096.0, function: Function::Linear };
        assert_eq!((linear.level(0.0), linear.level(4095.0)), (0.0, 255.0));
        // c = 0, w = 1: a step.
        let step = Voi::Window { center: 0.0, width: 1.0, function: Function::Linear };
        assert_eq!((step.level(-0.5), step.level(0.0)), (0.0, 255.0));
        let exact = Voi::Window { center: 10.0, width: 20.0, function: Function::LinearExact };
        assert_eq!((exact.level(0.0), exact.level(10.0), exact.level(20.0)), (0.0, 127.5, 255.0));
        let sigmoid = Voi::Window { center: 10.0, width: 20.0, function: Function::Sigmoid };
        assert_eq!(sigmoid.level(10.0), 127.5);
        assert!(sigmoid.level(f64::MAX) == 255.0 && sigmoid.level(f64::MIN) == 0.0);
    }
}
