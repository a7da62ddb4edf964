//! Secrets with which a test is salted, and the search for them in whatever came out, in every form they may have taken.

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
use sha2::{Digest as _, Sha256};

/// As many bytes of a hash as nobody keeps by chance: the rest may be cut off.
const HASH_PREFIX: usize = 12;

/// What must not be seen.
pub(crate) struct Canaries(Vec<Canary>);

struct Canary {
    name: &'static str,
    forms: Vec<Form>,
}

struct Form {
    name: String,
    bytes: Vec<u8>,
    /// Base64 and raw bytes: upper and lower case differ.
    exact: bool,
}

impl Canaries {
    /// Each with a name to report it under. One that is too short would be found by chance.
    pub(crate) fn new(canaries: &[(&'static str, &str)]) -> Self {
        let canary = |(name, text): &(&'static str, &str)| {
            assert!(text.len() >= 7, "{name} is too short");
            Canary { name, forms: forms(text) }
        };
        Self(canaries.iter().map(canary).collect())
    }

    /// `password as hex` for each that is in there.
    pub(crate) fn find(&self, haystack: &[u8]) -> Vec<String> {
        // Quoted-printable breaks lines anywhere; a log line or JSON would show the break escaped.
        let unbroken = ["=\r\n", "=\n", "=\\r\\n", "=\\n"]
            .iter()
            .fold(haystack.to_vec(), |text, line_break| without(&text, line_break.as_bytes()));
        let haystacks = [haystack, &unbroken];
        let folded = haystacks.map(<[u8]>::to_ascii_lowercase);
        let is_there = |form: &Form| {
            if form.exact {
                haystacks.iter().any(|text| contains(text, &form.bytes))
            } else {
                folded.iter().any(|text| contains(text, &form.bytes.to_ascii_lowercase()))
            }
        };
        let found = |canary: &Canary| -> Vec<String> {
            let forms = canary.forms.iter().filter(|form| is_there(form));
            forms.map(|form| format!("{} as {}", canary.name, form.name)).collect()
        };
        self.0.iter().flat_map(found).collect()
    }

    /// Fails the test if one of them is in there.
    pub(crate) fn assert_absent(&self, place: &str, haystack: impl AsRef<[u8]>) {
        assert_eq!(self.find(haystack.as_ref()), Vec::<String>::new(), "{place} tells a secret");
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

fn without(text: &[u8], part: &[u8]) -> Vec<u8> {
    let mut rest = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memmem::find_iter(text, part) {
        rest.extend_from_slice(&text[from..at]);
        from = at + part.len();
    }
    rest.extend_from_slice(&text[from..]);
    rest
}

fn forms(text: &str) -> Vec<Form> {
    let json = serde_json::to_string(text).unwrap();
    let spaced: Vec<String> = text.chars().map(String::from).collect();
    let texts = [
        ("raw", text.to_owned()),
        ("JSON", json.trim_matches('"').to_owned()),
        ("JSON in JSON", json.trim_matches('"').replace('\\', "\\\\").replace('"', "\\\"")),
        ("JSON with escaped slashes", json.trim_matches('"').replace('/', "\\/")),
        ("HTML", escaped(text, |byte| b"&<>\"'".contains(&byte), |byte| format!("&#{byte};"))),
        ("HTML with names", text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
        ("a form", url::form_urlencoded::byte_serialize(text.as_bytes()).collect()),
        ("percent", escaped(text, |byte| !unreserved(byte), |byte| format!("%{byte:02X}"))),
        (
            "quoted-printable",
            escaped(text, |byte| !(32..127).contains(&byte) || byte == b'=', |byte| format!("={byte:02X}")),
        ),
        ("spelled", spaced.join(" ")),
        ("hex", hex(text.as_bytes())),
        ("bytes in Debug", format!("{:?}", text.as_bytes()).trim_matches(['[', ']']).to_owned()),
    ];
    let mut forms: Vec<Form> = texts
        .map(|(name, text)| Form { name: name.to_owned(), bytes: text.into_bytes(), exact: false })
        .into();
    forms.extend(base64(text.as_bytes(), "base64"));
    let hash = &Sha256::digest(text)[..HASH_PREFIX];
    forms.push(Form { name: "SHA-256".to_owned(), bytes: hash.to_vec(), exact: true });
    forms.push(Form { name: "SHA-256 in hex".to_owned(), bytes: hex(hash).into_bytes(), exact: false });
    forms.extend(base64(hash, "SHA-256 in base64"));
    forms
}

/// Where it begins decides how it looks: at each of the three places in a group, the characters that it alone decides.
fn base64(bytes: &[u8], name: &str) -> Vec<Form> {
    let form = |alphabet: &Alphabet, kind: &str, offset: usize| {
        let padded = [vec![0; offset], bytes.to_vec()].concat();
        let encoded = GeneralPurpose::new(alphabet, NO_PAD).encode(&padded);
        let range = (offset * 8).div_ceil(6)..padded.len() * 8 / 6;
        Form {
            name: format!("{name}{kind}+{offset}"),
            bytes: encoded[range].as_bytes().to_vec(),
            exact: true,
        }
    };
    let alphabets = [(&STANDARD, ""), (&URL_SAFE, "url")];
    alphabets
        .into_iter()
        .flat_map(|(alphabet, kind)| [0, 1, 2].map(|offset| form(alphabet, kind, offset)))
        .collect()
}

fn escaped(text: &str, is_special: impl Fn(u8) -> bool, escape: impl Fn(u8) -> String) -> String {
    let each = |byte: u8| if is_special(byte) { escape(byte) } else { char::from(byte).to_string() };
    text.bytes().map(each).collect()
}

/// RFC 3986, 2.3.
fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    use super::*;

    const TEXT: &str = "s3cret/word?\"=&x@mail.example~~";

    /// Each form is made here in another way than in the search, by what the service itself would use.
    #[test]
    fn every_form_is_found_wherever_it_stands() {
        let canaries = Canaries::new(&[("it", TEXT)]);
        let quoted = TEXT.replace('=', "=3D");
        let (start, end) = quoted.split_at(9);
        let hash = Sha256::digest(TEXT);
        let json = serde_json::json!({ "error": TEXT }).to_string();
        let mut url = url::Url::parse("https://a.example/").unwrap();
        url.query_pairs_mut().append_pair("q", TEXT);
        let samples: Vec<(&str, Vec<u8>)> = vec![
            ("raw", TEXT.into()),
            ("raw", TEXT.to_uppercase().into()),
            ("JSON", json.clone().into()),
            ("JSON in JSON", serde_json::json!({ "body": json }).to_string().into()),
            ("JSON with escaped slashes", json.replace('/', "\\/").into()),
            ("HTML with names", "s3cret/word?\"=&amp;x@mail.example~~".into()),
            ("HTML", "s3cret/word?&#34;=&#38;x@mail.example~~".into()),
            ("a form", url.as_str().into()),
            ("percent", "s3cret%2fword%3f%22%3d%26x%40mail.example~~".into()),
            ("quoted-printable", quoted.clone().into()),
            ("quoted-printable", format!("{start}=\r\n{end}").into()),
            ("raw", "s3cret/word?\"=&x@mail=\\r\\n.example~~".into()),
            ("spelled", TEXT.chars().flat_map(|c| [c, ' ']).collect::<String>().into()),
            ("hex", hex(TEXT.as_bytes()).to_uppercase().into()),
            ("bytes in Debug", format!("{:?}", format!(">{TEXT}<").as_bytes()).into()),
            ("SHA-256", [b"row", hash.as_slice(), b"row"].concat()),
            ("SHA-256", hash[..16].to_vec()),
            ("SHA-256 in hex", hex(&hash).to_uppercase().into()),
            ("SHA-256 in base64+0", BASE64_STANDARD.encode(hash).into()),
            ("SHA-256 in base64url+0", BASE64_URL_SAFE.encode(hash).into()),
        ];
        for (form, sample) in samples {
            let sample = [b"before ", sample.as_slice(), b" after"].concat();
            let found = canaries.find(&sample);
            assert!(found.contains(&format!("it as {form}")), "{form}: {found:?}");
        }
        for offset in 0..3 {
            for before in ["", "abc", "\0user\0"] {
                let text = format!("{}{before}{TEXT} and more", "x".repeat(offset));
                for encoded in [BASE64_STANDARD.encode(&text), BASE64_URL_SAFE.encode(&text)] {
                    let found = canaries.find(encoded.as_bytes());
                    assert!(found.iter().any(|form| form.starts_with("it as base64")), "{text}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        let canaries = Canaries::new(&[("it", TEXT), ("number", "447700900461")]);
        for innocent in ["", "s***@m***.example", "+4477******61", "550 5.1.1", "{\"svix.id\":\"msg_1\"}"] {
            canaries.assert_absent("nothing", innocent);
        }
    }
}
