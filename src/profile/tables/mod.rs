//! The standard's tables as sorted arrays: attributes, modules and IODs, SOP classes, safe private elements, SR concepts.

use super::action::{AttributeType, Code};
use std::collections::{HashMap, HashSet};
use std::sync::{LazyLock, OnceLock};

/// What an attribute's content says about a person (the `class` column of `attributes.psv`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Class(&'static str);

impl Class {
    /// Content that no row classifies.
    pub const NONE: Class = Class("other");

    /// The word of the table, e.g. `person`, `record-number`.
    pub const fn word(self) -> &'static str {
        self.0
    }
}

/// One row of Table E.1-1 or of the supplement.
#[derive(Clone, Debug)]
pub struct Row {
    /// Tag as `group << 16 | element`; 0 for rows that stand for whole groups.
    pub key: u32,
    /// The key as the table writes it, e.g. `00100010` or `60xx4000`.
    pub name: &'static str,
    /// VR of the dictionary.
    pub vr: &'static str,
    /// Action code of the Basic Profile (or of the supplement).
    pub code: Code,
    /// Option columns: option letter and code.
    pub options: Vec<(char, Code)>,
    /// Class of content.
    pub class: Class,
    /// HIPAA Safe Harbor categories, 1 to 18.
    pub hipaa: Vec<u8>,
    /// Whether this is a row of the supplement.
    pub supplement: bool,
    /// Keyword.
    pub keyword: &'static str,
    /// Reason of a supplement row.
    pub because: &'static str,
}

/// What a SOP class is, for the verdict table of tag-profile 7.3.
#[derive(Clone, Debug)]
pub struct SopClass {
    /// UID.
    pub uid: &'static str,
    /// `image`, `sr`, `encapsulated`, …
    pub kind: &'static str,
    /// IOD in `iods.psv`, empty when unknown.
    pub iod: &'static str,
    /// Name.
    pub name: &'static str,
}

/// Types of attributes in one IOD.
#[derive(Debug, Default)]
pub struct IodTypes(Vec<(u32, AttributeType)>);

impl IodTypes {
    /// Strictest Type of a top-level attribute over the modules of the IOD; Type 3 when no module lists it.
    pub fn of(&self, key: u32) -> AttributeType {
        find(&self.0, key).copied().unwrap_or(AttributeType::Three)
    }
}

fn find<K: Ord + Copy, V>(rows: &[(K, V)], key: K) -> Option<&V> {
    rows.binary_search_by_key(&key, |row| row.0).ok().and_then(|at| rows.get(at)).map(|row| &row.1)
}

fn lines(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('|').collect())
}

fn field(row: &[&'static str], at: usize) -> &'static str {
    row.get(at).copied().unwrap_or("")
}

fn hex(text: &str) -> u32 {
    u32::from_str_radix(text, 16).unwrap_or(0)
}

/// All rows of Table E.1-1 and of the supplement, sorted by key; rows for whole groups come first.
pub static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows: Vec<Row> = lines(include_str!("attributes.psv"))
        .map(|f| Row {
            key: hex(field(&f, 0)),
            name: field(&f, 0),
            vr: field(&f, 1),
            // A code that this program does not know must never keep anything.
            code: Code::parse(field(&f, 2)).unwrap_or(Code::X),
            options: parse_options(field(&f, 3)),
            class: Class(field(&f, 4)),
            hipaa: field(&f, 5).split(',').filter_map(|n| n.parse().ok()).collect(),
            supplement: field(&f, 6) == "s",
            keyword: field(&f, 7),
            because: field(&f, 8),
        })
        .collect();
    rows.sort_by_key(|row| row.key);
    rows
});

fn parse_options(text: &'static str) -> Vec<(char, Code)> {
    text.split(',').filter_map(|part| Some((part.chars().next()?, Code::parse(part.get(1..)?)?))).collect()
}

/// The row of a tag.
pub fn row(key: u32) -> Option<&'static Row> {
    ROWS.binary_search_by_key(&key, |row| row.key).ok().and_then(|at| ROWS.get(at)).filter(|row| row.key != 0)
}

/// A tag by number (`0010,1010`, `(0010,1010)`, `00101010`) or by keyword, as the dictionary or a table has it.
pub fn find_tag(text: &str) -> Option<u32> {
    use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
    let text = text.trim();
    let digits: String = text.chars().filter(|c| !matches!(c, '(' | ')' | ',')).collect();
    if digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return u32::from_str_radix(&digits, 16).ok();
    }
    let listed = ROWS.iter().find(|row| row.key != 0 && row.keyword.eq_ignore_ascii_case(text)).map(|row| row.key);
    listed.or_else(|| {
        let tag = dicom_dictionary_std::StandardDataDictionary.by_name(text)?.tag();
        Some(u32::from(tag.group()) << 16 | u32::from(tag.element()))
    })
}

struct Iods {
    modules: Vec<(&'static str, Vec<(u32, AttributeType)>)>,
    iods: HashMap<&'static str, (Vec<usize>, OnceLock<IodTypes>)>,
    nested: Vec<(u64, AttributeType)>,
    fallback: OnceLock<IodTypes>,
}

static IODS: LazyLock<Iods> = LazyLock::new(|| Iods {
    modules: lines(include_str!("modules.psv")).map(|f| (field(&f, 0), parse_types(field(&f, 1)))).collect(),
    iods: lines(include_str!("iods.psv"))
        .map(|f| (field(&f, 0), (field(&f, 1).split(',').filter_map(|n| n.parse().ok()).collect(), OnceLock::new())))
        .collect(),
    nested: {
        let mut rows: Vec<(u64, AttributeType)> = lines(include_str!("nested.psv"))
            .flat_map(|f| {
                let parent = u64::from(hex(field(&f, 0))) << 32;
                parse_types(field(&f, 1)).into_iter().map(move |(key, ty)| (parent | u64::from(key), ty))
            })
            .collect();
        rows.sort_unstable();
        rows
    },
    fallback: OnceLock::new(),
});

/// Modules that nearly every composite IOD has: the cautious guess for a class whose IOD is not in the tables.
const COMMON_MODULES: [&str; 5] = ["patient", "general-study", "general-series", "general-equipment", "sop-common"];

fn parse_types(text: &'static str) -> Vec<(u32, AttributeType)> {
    text.split(',')
        .filter_map(|pair| pair.split_once('='))
        .filter_map(|(key, ty)| Some((hex(key), AttributeType::parse(ty)?)))
        .collect()
}

fn merge<'a>(modules: impl Iterator<Item = &'a Vec<(u32, AttributeType)>>) -> IodTypes {
    let mut all: Vec<(u32, AttributeType)> = modules.flatten().copied().collect();
    all.sort_unstable();
    all.dedup_by_key(|row| row.0);
    IodTypes(all)
}

/// The Types of an IOD by name; of the modules that all IODs share when it is not known.
pub fn iod_types(iod: &str) -> &'static IodTypes {
    let all = &*IODS;
    match all.iods.get(iod) {
        Some((modules, cell)) => cell.get_or_init(|| merge(modules.iter().filter_map(|at| all.modules.get(*at)).map(|m| &m.1))),
        None => {
            all.fallback.get_or_init(|| merge(all.modules.iter().filter(|(name, _)| COMMON_MODULES.contains(name)).map(|m| &m.1)))
        }
    }
}

/// Names of all IODs.
pub fn iod_names() -> Vec<&'static str> {
    let mut names: Vec<&str> = IODS.iods.keys().copied().collect();
    names.sort_unstable();
    names
}

/// Modules of an IOD that list a tag, with the Type there.
pub fn modules_listing(iod: &str, key: u32) -> Vec<(&'static str, AttributeType)> {
    let all = &*IODS;
    let Some((modules, _)) = all.iods.get(iod) else { return Vec::new() };
    modules.iter().filter_map(|at| all.modules.get(*at)).filter_map(|(name, types)| Some((*name, *find(types, key)?))).collect()
}

/// Strictest Type of `key` in items of `parent` over all modules; Type 3 when none lists it.
pub fn nested_type(parent: u32, key: u32) -> AttributeType {
    find(&IODS.nested, u64::from(parent) << 32 | u64::from(key)).copied().unwrap_or(AttributeType::Three)
}

static SOP_CLASSES: LazyLock<Vec<SopClass>> = LazyLock::new(|| {
    let mut rows: Vec<SopClass> = lines(include_str!("sop_classes.psv"))
        .map(|f| SopClass { uid: field(&f, 0), kind: field(&f, 1), iod: field(&f, 2), name: field(&f, 3) })
        .collect();
    rows.sort_by_key(|row| row.uid);
    rows
});

/// A storage SOP class by UID.
pub fn sop_class(uid: &str) -> Option<&'static SopClass> {
    SOP_CLASSES.binary_search_by_key(&uid, |row| row.uid).ok().and_then(|at| SOP_CLASSES.get(at))
}

/// All storage SOP classes.
pub fn sop_classes() -> &'static [SopClass] {
    &SOP_CLASSES
}

static SAFE_PRIVATE: LazyLock<HashMap<(&'static str, u16, u8), &'static str>> = LazyLock::new(|| {
    lines(include_str!("safe_private.psv"))
        .filter_map(|f| {
            let group = u16::from_str_radix(field(&f, 1), 16).ok()?;
            let element = u8::from_str_radix(field(&f, 2), 16).ok()?;
            Some(((field(&f, 0), group, element), field(&f, 3)))
        })
        .collect()
});

/// Whether Table E.3.10-1 calls a private element safe; the value is its VR, empty when not known.
pub fn safe_private(creator: &str, group: u16, element: u8) -> Option<&'static str> {
    // The keys live for the program's whole life, the creator does not: look it up by a shorter life.
    let map: &HashMap<(&str, u16, u8), &'static str> = &SAFE_PRIVATE;
    map.get(&(creator, group, element)).copied()
}

/// All rows of Table E.3.10-1: creator, group, element, VR.
#[cfg(test)]
pub(crate) fn safe_private_rows() -> impl Iterator<Item = (&'static str, u16, u8, &'static str)> {
    SAFE_PRIVATE.iter().map(|((creator, group, element), vr)| (*creator, *group, *element, *vr))
}

/// One row of Table E.3.4-1: what happens to a content item of this concept.
#[derive(Clone, Debug)]
pub struct Concept {
    /// Value type, e.g. `TEXT`.
    pub value_type: &'static str,
    /// Action code.
    pub code: Code,
    /// Option columns.
    pub options: Vec<(char, Code)>,
}

static CONCEPTS: LazyLock<Vec<((&'static str, &'static str), Concept)>> = LazyLock::new(|| {
    let mut rows: Vec<_> = lines(include_str!("sr_codes.psv"))
        .map(|f| {
            let concept = Concept {
                value_type: field(&f, 2),
                code: Code::parse(field(&f, 3)).unwrap_or(Code::X),
                options: parse_options(field(&f, 4)),
            };
            ((field(&f, 0), field(&f, 1)), concept)
        })
        .collect();
    rows.sort_by_key(|row| row.0);
    rows
});

/// The row of a coded concept.
pub fn concept(scheme: &str, code: &str) -> Option<&'static Concept> {
    CONCEPTS.binary_search_by(|row| row.0.cmp(&(scheme, code))).ok().and_then(|at| CONCEPTS.get(at)).map(|row| &row.1)
}

static IMAGING_CORE: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut keys: Vec<u32> = lines(include_str!("imaging_core.psv")).map(|f| hex(field(&f, 0))).collect();
    keys.sort_unstable();
    keys
});

/// Tags of the keep list `imaging-core`, sorted.
#[cfg(test)]
pub(crate) fn imaging_core_keys() -> &'static [u32] {
    &IMAGING_CORE
}

/// Whether the keep list `imaging-core` names a tag.
pub fn imaging_core(key: u32) -> bool {
    IMAGING_CORE.binary_search(&key).is_ok()
}

/// Whether a tag's group is the content of objects that are no pictures: eyes, slides, nuclear medicine, registrations, segments,
/// surfaces, implants, presentation states, waveforms, radiotherapy. `imaging-core` is a list for pictures; without these groups
/// it would leave an empty structure set behind.
pub fn content_group(key: u32) -> bool {
    matches!(
        key >> 16,
        0x0022 | 0x003A | 0x0046 | 0x0048 | 0x0052 | 0x0054 | 0x0062..=0x0070 | 0x5400 | 0x3002..=0x3010
    )
}

static UIDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| lines(include_str!("uids.psv")).map(|f| field(&f, 0)).collect());

/// Whether the standard registers a UID (PS3.6 Annex A).
pub fn registered_uid(uid: &str) -> bool {
    UIDS.contains(uid)
}

static METHODS: LazyLock<Vec<(&'static str, &'static str)>> =
    LazyLock::new(|| lines(include_str!("cid_7050.psv")).map(|f| (field(&f, 0), field(&f, 2))).collect());

/// Meaning of a code of CID 7050.
pub fn method_meaning(code: &str) -> Option<&'static str> {
    METHODS.iter().find(|row| row.0 == code).map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T1, R-02: counts of the tables, unique keys, known codes.
    #[test]
    fn tables_have_all_their_rows() {
        assert_eq!(ROWS.iter().filter(|row| !row.supplement).count(), 657);
        assert_eq!(ROWS.iter().filter(|row| row.supplement).count(), 94);
        assert_eq!(SAFE_PRIVATE.len(), 479);
        assert_eq!(CONCEPTS.len(), 211);
        assert_eq!(lines(include_str!("cid_7050.psv")).count(), 13);
        assert_eq!(IMAGING_CORE.len(), 1166);
        assert_eq!(IODS.iods.len(), 175);
        assert_eq!(SOP_CLASSES.len(), 212);
        assert!(ROWS.windows(2).all(|pair| pair[0].key == 0 || pair[0].key < pair[1].key));
        for f in lines(include_str!("attributes.psv")) {
            assert!(Code::parse(field(&f, 2)).is_some(), "{}", field(&f, 0));
            assert!(field(&f, 0).len() == 8 || field(&f, 0) == "private");
        }
        assert_eq!(ROWS.iter().filter(|row| row.key == 0).count(), 4, "50xx, 60xx twice, private");
    }

    /// T1, R-07: every HIPAA category has an attribute, but 12 (vehicles) and 16 (biometrics).
    #[test]
    fn hipaa_categories_are_covered() {
        let empty: Vec<u8> = (1..=18).filter(|n| !ROWS.iter().any(|row| row.hipaa.contains(n))).collect();
        assert_eq!(empty, [12, 16]);
    }

    #[test]
    fn lookups_find_known_rows() {
        assert_eq!(row(0x0010_0010).map(|r| r.code), Some(Code::Z));
        assert!(row(0).is_none());
        for text in ["0010,1010", "(0010,1010)", "00101010", "PatientAge", "patientage"] {
            assert_eq!(find_tag(text), Some(0x0010_1010), "{text}");
        }
        assert_eq!((find_tag("Rows"), find_tag("echo"), find_tag("0010,101")), (Some(0x0028_0010), None, None));
        assert_eq!(iod_types("ct-image").of(0x0010_0010), AttributeType::Two);
        assert_eq!(iod_types("no such iod").of(0x0020_000D), AttributeType::One);
        assert_eq!(iod_types("grayscale-softcopy-presentation-state").of(0x0070_0082), AttributeType::One);
        assert_eq!(sop_class("1.2.840.10008.5.1.4.1.1.2").map(|c| c.kind), Some("image"));
        assert_eq!(safe_private("ELSCINT1", 0x00E1, 0x21), Some("DS"));
        assert_eq!(method_meaning("113100"), Some("Basic Application Confidentiality Profile"));
    }
}
