//! Values that stay in a coarser form: pseudonyms, ages, dates and times by the policy's settings (tag-profile 6.3).

use super::dates;
use super::policy::{DateMode, TimeMode, Via};
use super::value::{ItemValue, tag_of, text_of, texts};
use super::walk::Walk;
use dicom_core::VR;
use dicom_object::InMemDicomObject;

/// The move of a whole study to noon of 15 January of its year; intervals stay exact (tag-profile 6.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Noon {
    /// Days to add to every date.
    pub days: i64,
    /// Seconds to add to every time of day.
    pub seconds: i64,
}

/// Dates with the time of day that belongs to them.
const PAIRS: [(u32, u32); 9] = [
    (0x0008_0012, 0x0008_0013),
    (0x0008_0020, 0x0008_0030),
    (0x0008_0021, 0x0008_0031),
    (0x0008_0022, 0x0008_0032),
    (0x0008_0023, 0x0008_0033),
    (0x0040_0002, 0x0040_0003),
    (0x0040_0244, 0x0040_0245),
    (0x0040_0250, 0x0040_0251),
    (0x0070_0082, 0x0070_0083),
];

impl Noon {
    /// Days by which dates of a data set carry over because their time of day moves past midnight.
    pub(super) fn carries(self, object: &InMemDicomObject) -> Vec<(u32, i64)> {
        PAIRS
            .iter()
            .filter_map(|(date, time)| {
                let (seconds, _) = dates::parse_time(&text_of(object, tag_of(*time)))?;
                Some((*date, (seconds + self.seconds).div_euclid(86_400)))
            })
            .collect()
    }

    /// A date or date and time of a data set with these carries, moved.
    pub(super) fn moved(self, key: u32, vr: VR, text: &str, carries: &[(u32, i64)]) -> Option<String> {
        if vr == VR::DA {
            let carry = carries.iter().find(|row| row.0 == key).map_or(0, |row| row.1);
            dates::move_date(text, self.days + carry)
        } else {
            dates::move_datetime(text, self.days, self.seconds)
        }
    }
}

impl Walk<'_> {
    /// Days by which dates of this data set carry over.
    pub(super) fn carries_of(&self, object: &InMemDicomObject) -> Vec<(u32, i64)> {
        self.subject.noon.map(|noon| noon.carries(object)).unwrap_or_default()
    }

    /// What a generaliser makes of all values; `None` when one of them cannot be read.
    pub(super) fn generalise(&self, via: Via, key: u32, vr: VR, value: &ItemValue) -> Option<Vec<String>> {
        let settings = &self.policy.settings;
        let all = texts(vr, value);
        if all.iter().all(String::is_empty) && !matches!(via, Via::Name | Via::Id) {
            return None;
        }
        all.iter()
            .map(|text| match via {
                Via::Code => None,
                Via::Name | Via::Id => Some(self.subject.pseudonym.clone()),
                Via::Age => dates::age(text, settings.age),
                Via::Time => self.time(text),
                Via::DeviceYear if vr == VR::DA => dates::year_of_date(text),
                Via::DeviceYear => dates::year_of_datetime(text),
                Via::Date => self.date(key, vr, text),
            })
            .collect::<Option<Vec<String>>>()
            .map(
                |new| {
                    if new.is_empty() && matches!(via, Via::Name | Via::Id) { vec![self.subject.pseudonym.clone()] } else { new }
                },
            )
    }

    pub(super) fn date(&self, key: u32, vr: VR, text: &str) -> Option<String> {
        if let (Some(noon), DateMode::Year) = (self.subject.noon, self.policy.settings.dates) {
            return noon.moved(key, vr, text, &self.carries);
        }
        match (self.policy.settings.dates, vr) {
            (DateMode::Keep, VR::DA) => dates::parse_date(text).map(|_| text.to_owned()),
            (DateMode::Keep, _) => dates::year_of_datetime(text).map(|_| text.to_owned()),
            (DateMode::Shift, VR::DA) => dates::shift_date(text, self.subject.shift_days),
            (DateMode::Shift, _) => dates::shift_datetime(text, self.subject.shift_days),
            (DateMode::Year, VR::DA) => dates::year_of_date(text),
            (DateMode::Year, _) => dates::year_of_datetime(text),
            (DateMode::Remove, _) => None,
        }
    }

    pub(super) fn time(&self, text: &str) -> Option<String> {
        let (seconds, fraction) = dates::parse_time(text)?;
        match (self.policy.settings.times, self.subject.noon) {
            (TimeMode::Keep, _) => Some(text.to_owned()),
            (_, Some(noon)) => {
                let moved = (seconds + noon.seconds).rem_euclid(86_400);
                let dot = if fraction.is_empty() { "" } else { "." };
                Some(format!("{:02}{:02}{:02}{dot}{fraction}", moved / 3600, moved / 60 % 60, moved % 60))
            }
            _ => None,
        }
    }
}
