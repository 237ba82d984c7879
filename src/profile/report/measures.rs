//! The measures that really ran, one sentence each, from the compiled policy and the counts of the run.

use super::RunReport;
use crate::profile::policy::{AgeMode, DateMode, DeviceDates, NameMode, PrivateMode, Settings, TimeMode};

impl RunReport {
    /// The measures that really ran.
    pub(super) fn measures(&self) -> Vec<String> {
        let mut done = if self.policy.is_pass_through() {
            vec![
                "attributes left as they are; icons, overlays, curves and copies of pictures removed unless they were examined"
                    .to_owned(),
            ]
        } else {
            header(self.policy.settings())
        };
        if self.searched > 0 {
            done.push(format!("pictures of {} written instances searched for text, every frame", self.searched));
        }
        if self.blanked > 0 {
            done.push(format!("areas of the picture blanked in {} written instances", self.blanked));
        }
        if self.faces_masked > 0 {
            done.push(format!("faces masked in {} written instances", self.faces_masked));
        }
        if self.scope.faces_withheld {
            done.push("head CT, MR and PET series that may show a face, as far as their headers tell, withheld".to_owned());
        }
        done.push("every written file read back: its frames compared with those that were proven".to_owned());
        done
    }
}

fn header(s: &Settings) -> Vec<String> {
    let supplement = if s.supplement { " and of the supplement" } else { "" };
    let mut done = vec![
        format!("attributes of PS3.15 Table E.1-1 (edition 2026d){supplement} treated at every level of every data set"),
        "text that stays, but for make, model and software of devices, searched for the identifiers of its own header and for patterns of dates, numbers, addresses and names with a title".to_owned(),
    ];
    let mut say = |text: &str| done.push(text.to_owned());
    if s.options.clean_descriptors {
        say("words of descriptions and reports that are no vocabulary of radiology removed");
    }
    if s.options.clean_structured_content {
        say("content items of reports treated by PS3.15 Table E.3.4-1");
    }
    say(if s.dates == DateMode::Shift {
        "every written file searched for the identifiers of its own source header, dates excepted, of at least five characters (numbers: six digits)"
    } else {
        "every written file searched for the identifiers of its own source header of at least five characters (numbers: six digits)"
    });
    say(if s.options.retain_uids {
        "UIDs kept"
    } else {
        "UIDs replaced by keyed hashes (HMAC-SHA256), those that the standard registers kept"
    });
    say(match s.id {
        NameMode::Pseudonym => "Patient ID replaced by a keyed hash (HMAC-SHA256)",
        NameMode::Empty => "Patient ID removed, emptied or replaced by a fixed text",
        NameMode::Text(_) => "Patient ID replaced by a text of the profile",
    });
    say(match (s.dates, s.times) {
        (DateMode::Remove, _) => "dates removed, emptied or replaced by a fixed date",
        (DateMode::Year, TimeMode::Keep) => "dates reduced to the year, written as its first of January; times of day kept",
        (DateMode::Year, _) => {
            "dates reduced to the year, written as its first of January; PET and nuclear medicine instances with a study date and time moved to noon of 15 January of their year instead, intervals kept"
        }
        (DateMode::Shift, _) => "dates moved back by a number of days that belongs to the subject, intervals kept",
        (DateMode::Keep, _) => "dates kept",
    });
    say(match s.device_dates {
        DeviceDates::Remove => "dates of devices removed, emptied or replaced by a fixed date",
        DeviceDates::Year => "dates of devices reduced to the year",
        DeviceDates::Keep => "dates of devices kept",
    });
    match s.age {
        AgeMode::Remove => say("ages removed, emptied or replaced by a fixed age"),
        AgeMode::Cap(cap) => say(&format!("ages over {cap} written as {}", cap + 1)),
        AgeMode::Band { cap, width } => {
            say(&format!("ages written as the lower bound of bands of {width} years, over {cap} as {}", cap + 1));
        }
    }
    say(match s.private {
        PrivateMode::Remove => "private elements removed, but for those that rules of the profile name",
        PrivateMode::Safe => {
            "private elements removed, but for those of PS3.15 Table E.3.10-1 and those that rules of the profile name"
        }
    });
    if s.minimise.is_some() {
        say("attributes outside the keep list removed from the top of data sets, unless the object needs them");
    }
    done
}
