//! Action codes of PS3.15 Table E.1-1 and what each becomes for an attribute of a given Type (tag-profile 5.1).

/// An action code of the table's legend; compound codes wait for the attribute's Type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// Keep; a sequence is walked.
    K,
    /// Clean: keep the meaning, take out what identifies.
    C,
    /// Map UIDs.
    U,
    /// A dummy value of the same VR.
    D,
    /// Empty.
    Z,
    /// Remove.
    X,
    /// X or Z.
    XZ,
    /// X or D.
    XD,
    /// Z or D.
    ZD,
    /// X, Z or D.
    XZD,
    /// X, Z, or a sequence kept with mapped UIDs.
    XZU,
}

/// Type of an attribute in its module (PS3.5 section 7.4), the strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AttributeType {
    /// Required with a value.
    One,
    /// Required with a value under a condition.
    OneC,
    /// Required, may be empty.
    Two,
    /// Required under a condition, may be empty.
    TwoC,
    /// Optional, or in no module.
    Three,
}

/// What is done with one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Kept; the items of a sequence are walked.
    Keep,
    /// Text is cleaned; the items of a sequence are walked.
    Clean,
    /// UIDs are mapped; the items of a sequence are walked.
    Map,
    /// Replaced by a dummy.
    Dummy,
    /// Emptied.
    Empty,
    /// Removed.
    Remove,
}

impl Code {
    /// Reads the table's notation, e.g. `X/Z/U*`.
    pub fn parse(text: &str) -> Option<Code> {
        Some(match text {
            "K" => Code::K,
            "C" => Code::C,
            "U" => Code::U,
            "D" => Code::D,
            "Z" => Code::Z,
            "X" => Code::X,
            "X/Z" => Code::XZ,
            "X/D" => Code::XD,
            "Z/D" => Code::ZD,
            "X/Z/D" => Code::XZD,
            "X/Z/U*" => Code::XZU,
            _ => return None,
        })
    }

    /// The table's notation.
    pub const fn text(self) -> &'static str {
        match self {
            Code::K => "K",
            Code::C => "C",
            Code::U => "U",
            Code::D => "D",
            Code::Z => "Z",
            Code::X => "X",
            Code::XZ => "X/Z",
            Code::XD => "X/D",
            Code::ZD => "Z/D",
            Code::XZD => "X/Z/D",
            Code::XZU => "X/Z/U*",
        }
    }

    /// What the code means for an attribute of this Type. `listed`: the data set has a Common Instance Reference, so that
    /// the other side of an X/Z/U* reference list must stay too.
    pub fn resolve(self, attribute: AttributeType, listed: bool) -> Action {
        use AttributeType::{One, OneC, Three, Two, TwoC};
        match (self, attribute) {
            (Code::K, _) => Action::Keep,
            (Code::C, _) => Action::Clean,
            (Code::U, _) => Action::Map,
            (Code::D, _) | (Code::XD, One | OneC | Two | TwoC) => Action::Dummy,
            (Code::XZU, One | OneC) => Action::Map,
            (Code::XZU, _) if listed => Action::Map,
            (_, One | OneC) => Action::Dummy,
            (Code::Z | Code::ZD, _) | (_, Two | TwoC) => Action::Empty,
            (_, Three) => Action::Remove,
        }
    }

    /// Place in the order of strictness of tag-profile 4.2; a compound code counts as its strictest outcome, then its weakest.
    pub(crate) const fn strictness(self) -> u8 {
        match self {
            Code::K => 0,
            Code::C => 1,
            Code::U => 3,
            Code::D => 4,
            Code::ZD => 5,
            Code::Z => 6,
            Code::XZU => 7,
            Code::XZD => 8,
            Code::XD => 9,
            Code::XZ => 10,
            Code::X => 11,
        }
    }
}

impl AttributeType {
    /// Reads `1`, `1C`, `2`, `2C`, `3`.
    pub fn parse(text: &str) -> Option<AttributeType> {
        Some(match text {
            "1" => AttributeType::One,
            "1C" => AttributeType::OneC,
            "2" => AttributeType::Two,
            "2C" => AttributeType::TwoC,
            "3" => AttributeType::Three,
            _ => return None,
        })
    }

    /// `1`, `1C`, `2`, `2C`, `3`.
    pub const fn text(self) -> &'static str {
        match self {
            AttributeType::One => "1",
            AttributeType::OneC => "1C",
            AttributeType::Two => "2",
            AttributeType::TwoC => "2C",
            AttributeType::Three => "3",
        }
    }
}

impl Action {
    /// The word of audit lines.
    pub const fn word(self) -> &'static str {
        match self {
            Action::Keep => "kept",
            Action::Clean => "cleaned",
            Action::Map => "mapped",
            Action::Dummy => "replaced",
            Action::Empty => "emptied",
            Action::Remove => "removed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of tag-profile 5.1, written out.
    #[test]
    fn compound_codes_resolve_as_the_table_says() {
        let types = ["1", "1C", "2", "2C", "3"].map(|t| AttributeType::parse(t).expect("a type"));
        let rows = [
            ("X", "DDZZX"),
            ("Z", "DDZZZ"),
            ("X/Z", "DDZZX"),
            ("X/D", "DDDDX"),
            ("Z/D", "DDZZZ"),
            ("X/Z/D", "DDZZX"),
            ("X/Z/U*", "UUZZX"),
            ("D", "DDDDD"),
            ("U", "UUUUU"),
            ("K", "KKKKK"),
            ("C", "CCCCC"),
        ];
        for (code, want) in rows {
            let code = Code::parse(code).expect("a code");
            assert_eq!(Code::parse(code.text()), Some(code));
            for (attribute, letter) in types.iter().zip(want.chars()) {
                let got = match code.resolve(*attribute, false) {
                    Action::Keep => 'K',
                    Action::Clean => 'C',
                    Action::Map => 'U',
                    Action::Dummy => 'D',
                    Action::Empty => 'Z',
                    Action::Remove => 'X',
                };
                assert_eq!(got, letter, "{} on type {}", code.text(), attribute.text());
            }
        }
        assert_eq!(Code::XZU.resolve(AttributeType::Three, true), Action::Map);
    }
}
