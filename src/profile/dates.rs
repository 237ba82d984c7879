//! Dates, times and ages: year, shift, cap and band (tag-profile 6.3).

use super::policy::AgeMode;

/// A calendar date as days since 1970-01-01 in the proleptic Gregorian calendar (H. Hinnant, days_from_civil).
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn part(text: &str, from: usize, to: usize) -> Option<i64> {
    number(text.get(from..to)?)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn plausible(year: i64, month: i64, day: i64) -> bool {
    (1000..=2999).contains(&year) && (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day)
}

/// A DA value, `YYYYMMDD` or the old `YYYY.MM.DD`.
pub(crate) fn parse_date(text: &str) -> Option<(i64, i64, i64)> {
    let digits: String = match text.len() {
        8 => text.to_owned(),
        10 if text.get(4..5) == Some(".") && text.get(7..8) == Some(".") => text.replace('.', ""),
        _ => return None,
    };
    let (year, month, day) = (part(&digits, 0, 4)?, part(&digits, 4, 6)?, part(&digits, 6, 8)?);
    plausible(year, month, day).then_some((year, month, day))
}

/// First of January of a date's year.
pub(crate) fn year_of_date(text: &str) -> Option<String> {
    parse_date(text).map(|(year, ..)| format!("{year:04}0101"))
}

/// A date moved back by so many days.
pub(crate) fn shift_date(text: &str, days_back: u32) -> Option<String> {
    let (year, month, day) = parse_date(text)?;
    let (year, month, day) = civil_from_days(days_from_civil(year, month, day) - i64::from(days_back));
    Some(format!("{year:04}{month:02}{day:02}"))
}

/// A date moved by so many days.
pub(crate) fn move_date(text: &str, days: i64) -> Option<String> {
    let (year, month, day) = parse_date(text)?;
    let (year, month, day) = civil_from_days(days_from_civil(year, month, day).checked_add(days)?);
    (1000..=9999).contains(&year).then(|| format!("{year:04}{month:02}{day:02}"))
}

/// A DT value with a full date and time moved by days and seconds, without zone; a less precise one keeps its year only.
pub(crate) fn move_datetime(text: &str, days: i64, seconds: i64) -> Option<String> {
    let (digits, rest) = split_datetime(text)?;
    if digits.len() < 14 {
        return year_of_datetime(text);
    }
    let (of_day, _) = parse_time(digits.get(8..)?)?;
    let moved = of_day + seconds;
    let date = move_date(digits.get(..8)?, days + moved.div_euclid(86_400))?;
    let of_day = moved.rem_euclid(86_400);
    let fraction = rest.split(['+', '-']).next().unwrap_or("");
    Some(format!("{date}{:02}{:02}{:02}{fraction}", of_day / 3600, of_day / 60 % 60, of_day % 60))
}

/// The digits of a DT value before fraction and zone, and the rest; `None` when it is no DT value.
fn split_datetime(text: &str) -> Option<(&str, &str)> {
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = (text.get(..end)?, text.get(end..)?);
    let month = part(digits, 4, 6).unwrap_or(1);
    let year = part(digits, 0, 4)?;
    let ok = matches!(digits.len(), 4 | 6 | 8 | 10 | 12 | 14)
        && plausible(year, month, part(digits, 6, 8).unwrap_or(1))
        && part(digits, 8, 10).unwrap_or(0) < 24
        && part(digits, 10, 12).unwrap_or(0) < 60
        && part(digits, 12, 14).unwrap_or(0) <= 60
        && rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-'));
    ok.then_some((digits, rest))
}

/// The year of a DT value at the value's own precision, without zone.
pub(crate) fn year_of_datetime(text: &str) -> Option<String> {
    let (digits, _) = split_datetime(text)?;
    let full = format!("{}0101000000", digits.get(..4)?);
    full.get(..digits.len()).map(str::to_owned)
}

/// A DT value moved back by so many days; a partial one by way of the middle of its period, at the same precision.
pub(crate) fn shift_datetime(text: &str, days_back: u32) -> Option<String> {
    let (digits, rest) = split_datetime(text)?;
    let year = part(digits, 0, 4)?;
    let (month, day) = match digits.len() {
        4 => (7, 2),
        6 => (part(digits, 4, 6)?, 15),
        _ => (part(digits, 4, 6)?, part(digits, 6, 8)?),
    };
    let (year, month, day) = civil_from_days(days_from_civil(year, month, day) - i64::from(days_back));
    let date = format!("{year:04}{month:02}{day:02}");
    Some(format!("{}{}{}", date.get(..digits.len().min(8))?, digits.get(8..).unwrap_or(""), rest))
}

/// Seconds and a fraction of a TM value, `HH[MM[SS[.F]]]` or with colons.
pub(crate) fn parse_time(text: &str) -> Option<(i64, String)> {
    let (whole, fraction) = text.split_once('.').map_or((text, ""), |(whole, fraction)| (whole, fraction));
    let digits: String = whole.chars().filter(|c| *c != ':').collect();
    let (h, m, s) = (part(&digits, 0, 2)?, part(&digits, 2, 4).unwrap_or(0), part(&digits, 4, 6).unwrap_or(0));
    let ok = matches!(digits.len(), 2 | 4 | 6) && h < 24 && m < 60 && s <= 60 && fraction.bytes().all(|b| b.is_ascii_digit());
    ok.then(|| (h * 3600 + m * 60 + s, fraction.to_owned()))
}

/// What is written for an age; `None` when it cannot be read or must go.
pub(crate) fn age(text: &str, mode: AgeMode) -> Option<String> {
    let unit = text.chars().last()?;
    let count = number(text.get(..text.len().checked_sub(1)?)?).filter(|_| text.len() <= 4)?;
    let years = match unit {
        'Y' => count,
        'M' => count / 12,
        'W' => count * 7 * 100 / 36_525,
        'D' => count * 100 / 36_525,
        _ => return None,
    };
    match mode {
        AgeMode::Remove => None,
        AgeMode::Cap(cap) | AgeMode::Band { cap, .. } if years > i64::from(cap) => Some(format!("{:03}Y", i64::from(cap) + 1)),
        AgeMode::Cap(_) => Some(format!("{count:03}{unit}")),
        AgeMode::Band { width, .. } => Some(format!("{:03}Y", years / i64::from(width.max(1)) * i64::from(width.max(1)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// T8, R-40: ages in every unit; over 89 is 090Y, malformed ones go.
    #[test]
    fn ages_are_capped_in_every_unit() {
        let rows = [
            ("089Y", Some("089Y")),
            ("090Y", Some("090Y")),
            ("091Y", Some("090Y")),
            ("120Y", Some("090Y")),
            ("1080M", None),
            ("999M", Some("999M")),
            ("999W", Some("999W")),
            ("999D", Some("999D")),
            ("0Y", Some("000Y")),
            ("45Y", Some("045Y")),
            ("045y", None),
            ("Y", None),
            ("", None),
            ("92-year-old", None),
            ("-12Y", None),
            ("04 Y", None),
            ("000D", Some("000D")),
            ("001D", Some("001D")),
            ("030D", Some("030D")),
            ("365D", Some("365D")),
            ("001W", Some("001W")),
            ("052W", Some("052W")),
            ("18M", Some("018M")),
            ("012M", Some("012M")),
            ("120M", Some("120M")),
            ("9Y", Some("009Y")),
            ("088Y", Some("088Y")),
            ("99Y", Some("090Y")),
            ("999Y", Some("090Y")),
            ("0089Y", None),
            ("90", None),
            ("90 Y", None),
            ("Y090", None),
            ("090J", None),
            ("９０Y", None),
            ("09é", None),
            ("+90Y", None),
            ("90.5", None),
            ("1e2Y", None),
            ("   Y", None),
        ];
        assert!(rows.len() >= 40);
        for (age_in, out) in rows {
            assert_eq!(age(age_in, AgeMode::Cap(89)).as_deref(), out, "{age_in}");
        }
        let band = AgeMode::Band { cap: 89, width: 5 };
        for (age_in, out) in [
            ("043Y", "040Y"),
            ("089Y", "085Y"),
            ("090Y", "090Y"),
            ("011M", "000Y"),
            ("999M", "080Y"),
            ("999W", "015Y"),
            ("001Y", "000Y"),
        ] {
            assert_eq!(age(age_in, band).as_deref(), Some(out), "{age_in}");
        }
        assert_eq!(age("045Y", AgeMode::Remove), None);
    }

    /// T7, R-10: what is not a date in a date VR is not a date.
    #[test]
    fn only_dates_are_dates() {
        assert_eq!(year_of_date("20040229").as_deref(), Some("20040101"));
        assert_eq!(year_of_date("2004.02.28").as_deref(), Some("20040101"));
        for bad in ["20040230", "20030229", "2004-02-28", "Smith", "", "200402", "200402281", "00000000", "20041301"] {
            assert_eq!(year_of_date(bad), None, "{bad}");
            assert_eq!(shift_date(bad, 10), None, "{bad}");
        }
        for (text, year) in [
            ("2004", "2004"),
            ("200403", "200401"),
            ("20040315", "20040101"),
            ("2004031512", "2004010100"),
            ("20040315123456.123456+0100", "20040101000000"),
        ] {
            assert_eq!(year_of_datetime(text).as_deref(), Some(year), "{text}");
        }
        assert_eq!(year_of_datetime("2004x"), None);
        assert_eq!(shift_datetime("20040101123456.5+0100", 1).as_deref(), Some("20031231123456.5+0100"));
        assert_eq!(shift_datetime("2004", 30).as_deref(), Some("2004"));
        assert_eq!(shift_datetime("200401", 30).as_deref(), Some("200312"));
        assert_eq!(parse_time("12:34:56.5"), Some((45_296, "5".to_owned())));
        assert_eq!(parse_time("25"), None);
    }

    proptest! {
        /// T7: intervals are equal under shift, the year mode never changes the year, a shift is never into the future.
        #[test]
        fn shifts_keep_intervals(a in -300_000i64..300_000, gap in 0i64..40_000, back in 1u32..36_500) {
            let text = |days: i64| { let (y, m, d) = civil_from_days(days); format!("{y:04}{m:02}{d:02}") };
            let days = |text: &str| parse_date(text).map(|(y, m, d)| days_from_civil(y, m, d));
            let (one, two) = (text(a), text(a + gap));
            prop_assert_eq!(days(&one), Some(a));
            let (new_one, new_two) = (shift_date(&one, back).expect("a date"), shift_date(&two, back).expect("a date"));
            prop_assert_eq!(days(&new_two).expect("a date") - days(&new_one).expect("a date"), gap);
            prop_assert!(new_one < one);
            let year = year_of_date(&one).expect("a date");
            prop_assert_eq!(&year[..4], &one[..4]);
            prop_assert_eq!(shift_datetime(&one, back), shift_date(&one, back));
        }

        /// T7: a DT of every precision keeps its precision, its time and its zone under shift, and its year in the year mode.
        #[test]
        fn all_forms_of_date_and_time(
            days in -300_000i64..300_000, seconds in 0i64..86_400, length in prop::sample::select(vec![4usize, 6, 8, 10, 12, 14]),
            fraction in "(\\.[0-9]{1,6})?", zone in "([+-](0[0-9]|1[0-4])[0-5][0-9])?", back in 1u32..36_500,
        ) {
            let (y, m, d) = civil_from_days(days);
            let digits = format!("{y:04}{m:02}{d:02}{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
            let digits = &digits[..length];
            let fraction = if length == 14 { fraction.as_str() } else { "" };
            let text = format!("{digits}{fraction}{zone}");
            let year = year_of_datetime(&text).expect("a date");
            prop_assert_eq!(year.len(), length);
            prop_assert_eq!(&year[..4], &text[..4]);
            prop_assert!("0101000000".starts_with(&year[4..]));
            let moved = shift_datetime(&text, back).expect("a date");
            prop_assert_eq!(moved.len(), text.len());
            prop_assert_eq!(moved.get(8..).unwrap_or(""), text.get(8..).unwrap_or(""));
            if length >= 8 {
                let (y, m, d) = parse_date(&moved[..8]).expect("a date");
                prop_assert_eq!(days_from_civil(y, m, d), days - i64::from(back));
            } else {
                prop_assert!(moved[..length] <= text[..length], "never into the future");
            }
        }

        /// T7: every form of TM is read to the same second, whatever stands between its parts.
        #[test]
        fn all_forms_of_time(seconds in 0i64..86_400, fraction in "(\\.[0-9]{1,6})?") {
            let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            let read = |text: &str| parse_time(text).expect("a time").0;
            prop_assert_eq!(read(&format!("{h:02}{m:02}{s:02}{fraction}")), seconds);
            prop_assert_eq!(read(&format!("{h:02}:{m:02}:{s:02}{fraction}")), seconds);
            prop_assert_eq!(read(&format!("{h:02}{m:02}")), h * 3600 + m * 60);
            prop_assert_eq!(read(&format!("{h:02}")), h * 3600);
        }

        /// What is no date, time or age is refused, not read in part and no reason to panic.
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,24}", digits in "[0-9.:+-]{0,24}") {
            for text in [&text, &digits] {
                for moved in [shift_date(text, 30), year_of_date(text), move_date(text, -5)].into_iter().flatten() {
                    prop_assert!(parse_date(text).is_some() && parse_date(&moved).is_some());
                }
                let _ = (shift_datetime(text, 30), year_of_datetime(text), move_datetime(text, 3, -70_000), parse_time(text));
                prop_assert!(age(text, AgeMode::Cap(89)).is_none_or(|age| age.len() == 4));
            }
        }
    }
}
