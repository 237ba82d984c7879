//! Which lines the grammar explains, and which it must not.

use super::super::tokens::tokens;
use super::*;
use proptest::prelude::*;

fn topic(line: &str) -> Option<Topic> {
    thread_local!(static VOCABULARY: Vocabulary = Vocabulary::embedded());
    VOCABULARY.with(|vocabulary| explain(&tokens(line), vocabulary, &HeaderWords::default()))
}

#[test]
fn markers_are_explained() {
    for line in "L|R|LT|Links|Rechte Niere|AP|PA|LAT|RMLO|L CC|SUPINE|PORTABLE|weight-bearing|Knee|LONG LIVER|Hüfte links|\
        main gauche|RT KIDNEY|RT BREAST 3:00|LT BREAST 10:30|A4C|LONG|T-SPINE|HFS"
        .split('|')
    {
        assert!(topic(line).is_some(), "{line}");
    }
    assert_eq!(topic("LEFT"), Some(Topic::Marker));
    assert_eq!(topic("Gain"), Some(Topic::Technical));
}

#[test]
fn settings_and_measurements_are_explained() {
    for line in "MI 0.9|MI: 1.2|TIs0.1|Gn 62|Gain 55%|DR 65 dB|FR 32Hz|C5-1|L12-3|9L-D|PRF 4.0kHz|2D|M-Mode|AO% 100|SV Angle 60|\
        Depth 16.0 cm|15 cm|10|-77.0|kVp 80|W 400 L 40|W: 2000|WL: 127 WW: 255|C: 50 W: 350|x1.0|FOV 24cm|TR 500|\
        TR 2000|Im: 12/40|Se: 3|T2|1/1|1:1|HR 72 bpm|Vmax 123 cm/s|PG 6 mmHg|1 D 2.34 cm|A 3.4 cm²|EF 58 %|GA=22w3d|\
        cm/s|0 50 100 150|12 x 34 x 56 mm|V 2.0.1|CTDIvol 12.3 mGy|DLP 456.7 mGy*cm|P100%|3.2 x 2.1 cm|Zoom 1.5x|\
        BPD 5.4cm"
        .split('|')
    {
        assert!(topic(line).is_some(), "{line}");
    }
}

#[test]
fn what_could_name_a_person_is_not_explained() {
    for line in "DOE|DOE^JANE|JANE|Zweistein, X.|R JM|12.03.1956|12/03/56|03/12|12-03|12 03|1956|1030|10:30|10:30:15|12345|\
        A1234|#123|123 456|0171 555 123|MRN 12|45Y|045Y|M 45|F/45|45 F|F|M|BREAST 10:31|LIVER 10:30|Dr|12 MAR|March|\
        ART|MEDIA|TESTA L|IRIS R|NF|MI|AW|Name: L|a@b|192.168.1.1|+|..||V 12.03.56|S 1956|St. Mary|Im: 12/03/1956|\
        72 kg|GENERAL HOSPITAL|L R A|Frau|W 45 J"
        .split('|')
    {
        assert_eq!(topic(line), None, "{line}");
    }
}

#[test]
fn three_equal_steps_that_could_be_a_date_are_one() {
    assert_eq!(topic("13 12 11"), None);
    assert_eq!(topic("01 02 03"), None);
}

proptest! {
    /// Whatever surrounds it, a word that the vocabulary does not have keeps a line from being explained.
    #[test]
    fn one_unknown_word_spoils_a_line(before in "(LEFT |Gain 55% |MI 0.9 |)", after in "( L| 3.5 cm| AP|)", word in "(Zweistein|Qwertz|Xaver|JANEDOE)") {
        prop_assert_eq!(topic(&format!("{before}{word}{after}")), None);
    }

    #[test]
    fn dates_are_never_explained(y in 1900u32..2030, m in 1u32..13, d in 1u32..29, sep in "[./ -]", label in "(|Date |Im: |W: |GA |V )") {
        for date in [format!("{d:02}{sep}{m:02}{sep}{y}"), format!("{y}{sep}{m:02}{sep}{d:02}"), format!("{m}{sep}{d}{sep}{y}"), format!("{y}{m:02}{d:02}"), format!("{d:02}{sep}{m:02}{sep}{:02}", y % 100)] {
            prop_assert_eq!(topic(&format!("{label}{date}")), None, "{}{}", label, date);
        }
    }

    #[test]
    fn no_line_makes_it_panic(line in "\\PC{0,40}") {
        topic(&line);
    }
}
