//! Specific Character Set (0008,0005): bytes of text values ⇄ Unicode, with the code extensions of ISO 2022 (PS3.3 C.12.1.1.2).

use encoding_rs::Encoding;

/// One repertoire that a defined term names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Set {
    /// Bytes are the first 256 code points: ISO_IR 6 and 100, and everything that we do not know.
    Latin1,
    /// A table of `encoding_rs`.
    Table(&'static Encoding),
}

/// How text of one data set or item is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charset {
    set: Set,
    /// Escape sequences may switch to other sets.
    extensions: bool,
}

impl Charset {
    /// The default repertoire; bytes beyond ASCII are kept as Latin-1.
    pub(super) const DEFAULT: Charset = Charset { set: Set::Latin1, extensions: false };
    /// UTF-8.
    pub(super) const UTF_8: Charset = Charset { set: Set::Table(encoding_rs::UTF_8), extensions: false };

    /// The character set of these values of (0008,0005). Unknown terms keep bytes as they are.
    pub(super) fn from_terms<'a>(terms: impl IntoIterator<Item = &'a str>) -> Charset {
        let mut charset = Charset::DEFAULT;
        for (i, term) in terms.into_iter().enumerate() {
            let term = term.trim_matches([' ', '\0']);
            if i == 0 {
                charset.set = known(term);
            }
            charset.extensions |= i > 0 || term.starts_with("ISO 2022");
        }
        charset
    }

    /// As [`Charset::decode`], without a copy where bytes and text are the same.
    pub(super) fn decode_owned(self, bytes: Vec<u8>) -> String {
        if bytes.is_ascii() && !(self.extensions && bytes.contains(&0x1B)) {
            return String::from_utf8(bytes).unwrap_or_default();
        }
        self.decode(&bytes)
    }

    /// Text of a value; never fails, bytes that have no meaning become U+FFFD or stay as Latin-1.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        if bytes.is_ascii() && !(self.extensions && bytes.contains(&0x1B)) {
            return bytes.iter().map(|byte| char::from(*byte)).collect();
        }
        if self.extensions && bytes.contains(&0x1B) {
            return decode_2022(self.set, bytes);
        }
        decode_set(self.set, bytes)
    }

    /// Bytes of `text`; `None` when this character set cannot say it.
    pub(super) fn encode(self, text: &str) -> Option<Vec<u8>> {
        if text.is_ascii() {
            return (!self.extensions || !text.contains('\x1B')).then(|| text.as_bytes().to_vec());
        }
        match self.set {
            Set::Latin1 => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            Set::Table(table) => {
                let (bytes, _, unmappable) = table.encode(text);
                (!unmappable).then(|| bytes.into_owned())
            }
        }
    }
}

fn known(term: &str) -> Set {
    use encoding_rs::*;
    // `ISO_IR 100`, `ISO 2022 IR 100`, and what is met in files: `ISO-IR 100`, `ISO_IR_100`, `ISO IR 100`.
    let number = term.strip_prefix("ISO").and_then(|rest| rest.rsplit(['_', ' ', '-']).next());
    match number.unwrap_or(term) {
        "101" => Set::Table(ISO_8859_2),
        "109" => Set::Table(ISO_8859_3),
        "110" => Set::Table(ISO_8859_4),
        "144" => Set::Table(ISO_8859_5),
        "127" => Set::Table(ISO_8859_6),
        "126" => Set::Table(ISO_8859_7),
        "138" => Set::Table(ISO_8859_8),
        "148" => Set::Table(WINDOWS_1254),
        "203" => Set::Table(ISO_8859_15),
        "166" => Set::Table(WINDOWS_874),
        "13" => Set::Table(SHIFT_JIS),
        "149" => Set::Table(EUC_KR),
        "192" => Set::Table(UTF_8),
        "GB18030" => Set::Table(GB18030),
        "GBK" | "GB2312" | "58" => Set::Table(GBK),
        _ => Set::Latin1,
    }
}

fn decode_set(set: Set, bytes: &[u8]) -> String {
    match set {
        Set::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        Set::Table(table) => {
            let (text, bad) = table.decode_without_bom_handling(bytes);
            if bad && table == encoding_rs::UTF_8 { decode_set(Set::Latin1, bytes) } else { text.into_owned() }
        }
    }
}

/// What G0 (bytes below 80H) or G1 (above) currently means.
#[derive(Clone, Copy)]
enum Shift {
    Single(Set),
    Kana,
    Jis0208,
    Jis0212,
    Korean,
    Chinese,
}

/// Escape sequences of PS3.3 table C.12-3 and C.12-4: bytes after ESC, whether for G1, meaning.
fn escape(rest: &[u8]) -> Option<(usize, bool, Shift)> {
    use encoding_rs::*;
    let single = |table: &'static Encoding| Some((2, true, Shift::Single(Set::Table(table))));
    match rest {
        [b'$', b'(', b'D', ..] => Some((3, false, Shift::Jis0212)),
        [b'$', b')', b'C', ..] => Some((3, true, Shift::Korean)),
        [b'$', b')', b'A', ..] => Some((3, true, Shift::Chinese)),
        [b'$', b'B' | b'@', ..] => Some((2, false, Shift::Jis0208)),
        [b'(', b'B' | b'J', ..] => Some((2, false, Shift::Single(Set::Latin1))),
        [b')', b'I', ..] => Some((2, true, Shift::Kana)),
        [b'-', b'A', ..] => Some((2, true, Shift::Single(Set::Latin1))),
        [b'-', b'B', ..] => single(ISO_8859_2),
        [b'-', b'C', ..] => single(ISO_8859_3),
        [b'-', b'D', ..] => single(ISO_8859_4),
        [b'-', b'F', ..] => single(ISO_8859_7),
        [b'-', b'G', ..] => single(ISO_8859_6),
        [b'-', b'H', ..] => single(ISO_8859_8),
        [b'-', b'L', ..] => single(ISO_8859_5),
        [b'-', b'M', ..] => single(WINDOWS_1254),
        [b'-', b'T', ..] => single(WINDOWS_874),
        [b'-', b'b', ..] => single(ISO_8859_15),
        _ => None,
    }
}

fn decode_2022(initial: Set, bytes: &[u8]) -> String {
    let (mut g0, mut g1) = (Shift::Single(Set::Latin1), Shift::Single(initial));
    let start = g1;
    let mut out = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == 0x1B
            && let Some((len, upper, shift)) = escape(tail)
        {
            if upper {
                g1 = shift
            } else {
                g0 = shift
            }
            rest = tail.get(len..).unwrap_or(&[]);
            continue;
        }
        let single_byte = matches!(g0, Shift::Single(_));
        // Control characters, and delimiters in a single-byte G0, bring the initial sets back.
        if byte < 0x20 || (single_byte && matches!(byte, b'\\' | b'^' | b'=')) {
            (g0, g1) = (Shift::Single(Set::Latin1), start);
        }
        let upper = byte >= 0x80;
        let shift = if upper {
            g1
        } else if byte < 0x21 {
            Shift::Single(Set::Latin1)
        } else {
            g0
        };
        // A run of bytes of the same half is decoded at once.
        let run = rest
            .iter()
            .position(|b| (*b >= 0x80) != upper || *b == 0x1B || *b < 0x21 || (single_byte && matches!(*b, b'\\' | b'^' | b'=')));
        let run = run.unwrap_or(rest.len()).max(1);
        let (part, after) = rest.split_at_checked(run).unwrap_or((rest, &[]));
        match shift {
            Shift::Single(set) => out.push_str(&decode_set(set, part)),
            Shift::Kana => euc_jp(&mut out, part, Some(0x8E), 1),
            Shift::Jis0208 => euc_jp(&mut out, part, None, 2),
            Shift::Jis0212 => euc_jp(&mut out, part, Some(0x8F), 2),
            Shift::Korean => out.push_str(&encoding_rs::EUC_KR.decode_without_bom_handling(part).0),
            Shift::Chinese => out.push_str(&encoding_rs::GBK.decode_without_bom_handling(part).0),
        }
        rest = after;
    }
    out
}

/// Japanese sets as EUC-JP knows them: characters of `width` bytes, high bits set, after a shift byte.
fn euc_jp(out: &mut String, bytes: &[u8], shift: Option<u8>, width: usize) {
    let mut euc = Vec::with_capacity(bytes.len() * 2);
    for character in bytes.chunks(width) {
        euc.extend(shift);
        euc.extend(character.iter().map(|byte| byte | 0x80));
    }
    out.push_str(&encoding_rs::EUC_JP.decode_without_bom_handling(&euc).0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charset(value: &str) -> Charset {
        Charset::from_terms(value.split('\\'))
    }

    #[test]
    fn examples_of_the_standard() {
        // PS3.5 annex H.3.1 and H.3.2, I.2, J.3, K.2.
        let japanese = charset("\\ISO 2022 IR 87");
        assert_eq!(japanese.decode(b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"), "Yamada^Tarou=山田^太郎");
        let kana = charset("ISO 2022 IR 13\\ISO 2022 IR 87");
        assert_eq!(kana.decode(b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J"), "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎");
        let korean = charset("\\ISO 2022 IR 149");
        assert_eq!(korean.decode(b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7"), "Hong^Gildong=洪^吉洞");
        assert_eq!(charset("ISO_IR 192").decode("Wang^小东".as_bytes()), "Wang^小东");
        assert_eq!(charset("GB18030").decode(b"Wang^\xd0\xa1\xb6\xab"), "Wang^小东");
        assert_eq!(charset("ISO_IR 144").decode(b"\xbb\xee\xda"), "Люк");
    }

    #[test]
    fn text_goes_back_or_is_refused() {
        let bytes = b"\xc4neas";
        assert_eq!(charset("ISO_IR 100").encode(&charset("ISO_IR 100").decode(bytes)).as_deref(), Some(&bytes[..]));
        assert_eq!(charset("SECRET_1").encode(&charset("SECRET_1").decode(bytes)).as_deref(), Some(&bytes[..]));
        assert_eq!(charset("ISO_IR 100").encode("山"), None);
        assert_eq!(charset("ISO_IR 192").encode("山").as_deref(), Some("山".as_bytes()));
    }
}
