//! Plain English, kept plain: turns that read as riddles come with the better way, wherever a person reads them:
//! comments and strings of `src/`, the documentation, the example configuration, definitions of providers, templates.

use std::fmt::Write as _;

use regex::Regex;

use crate::support::source::{Source, files};

/// A turn of phrase, what is fine although it looks the same, and the better way. The text is one line, a word at least.
const TURNS: &[(&str, &str, &str)] = &[
    (
        r"(?i)\b(is|are|was|were|be) no [a-z`{]",
        r"(?i)\b(there|if) (is|are|was|were|must be|can be|will be) no|\bno (longer|more|less|fewer|one|matter|later|earlier|sooner|shorter|smaller|larger|wider|worse|better) ?",
        "say what it should be: \"is not a valid X\", \"is not one of the Xs\", \"has no X\"",
    ),
    (
        r"(?i)\b(is|are|was|were) none\b",
        r"(?i)\b(there|if|where) (is|are|was|were) none\b",
        "name the noun: \"there is no X\", \"is not an X\", \"with a made-up code\"",
    ),
    (r"(?i)\bno [a-z`]+ of Clerk's\b", "^$", "\"not a Clerk X\", \"no Clerk X\""),
    (
        r"(?i)\bfor who (wants?|needs?|has|is|comes|takes|asks|puts)\b",
        "^$",
        "\"needed to …\", \"for those who …\"",
    ),
    (
        r"(?i)\brather (than )?(none|one|two)\b",
        "^$",
        "say what happens: \"sends again, so a user may get two\"",
    ),
    (
        r"(?i)\bone (server|process|file|line|task|thread|message|mail|row|module|argument|table|call|connection|session|request|attempt|section|key|test|letter)s? an? [a-z`]+",
        "^$",
        "\"one X for each Y\", \"each Y has its own X\"",
    ),
    (r"(?i)\bso often\b[,.;:)]", "^$", "\"that many times\", or the number"),
    (r"(?i)\bso many\b[,.;:)]", "^$", "name what is counted: \"at most this many sessions\""),
    (r"(?i)\b(of|by|to) (what|whom|whose)\.", "^$", "a whole sentence with its noun"),
    (
        r"^ ?(It is|They are|Whose|Not yet|By name|Ours|Too many|Who may \w+)\.",
        "^$",
        "a whole sentence with its noun",
    ),
    (r"^ ?What is wrong\.", "^$", "say what is checked, and what is returned"),
    (r"(?i)\b(fares|fared)\b", "^$", "\"how it went\""),
    (r"(?i)\b(became|becomes|become) of\b", "^$", "\"what happened to it\""),
    (r"(?i)\ball the same\b", "^$", "\"anyway\""),
    (r"(?i)\b(mend|mends|mended)\b", "^$", "\"correct\"; \"recover\" for what does it by itself"),
    (r"\bcannot\b", r"\bMail cannot be sent until\b|`\w*_cannot_\w*", "\"can't\", as everywhere else"),
    (
        r"(?i)[:,;] (is|are) (it|the|[a-z_]+) [a-z ]*right\?",
        "are host, TLS and credentials right",
        "an instruction: \"check base_url\"",
    ),
    (r"\b[Tt]exts\b", r"\btexts\.rs\b|`[Tt]exts`", "\"SMS\"; \"strings\" where no phone is meant"),
];

/// What a person reads of this project: files, and of each line the part that is prose.
fn prose() -> Vec<(String, usize, String)> {
    let mut found = Vec::new();
    for source in Source::all(&["src"]) {
        found.extend(source.prose().into_iter().map(|(line, text)| (source.file.clone(), line, text)));
    }
    let text = ["README.md", "docs", "config.example.toml", "providers", "templates"];
    for (file, text) in text.iter().flat_map(|folder| files(folder, &["md", "toml", "ftl", "hbs"])) {
        // What a template says to its readers is not ours to judge here, nor English.
        let only = if file.ends_with("ftl") {
            "#"
        } else if file.ends_with("hbs") {
            "{{!"
        } else {
            ""
        };
        let lines = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with(only));
        found.extend(lines.map(|(index, line)| (file.clone(), index + 1, line.to_owned())));
    }
    found
}

#[test]
fn no_riddles() {
    let prose = prose();
    let mut wrong = String::new();
    for (turn, fine, better) in TURNS {
        let (turn, fine) = (Regex::new(turn).unwrap(), Regex::new(fine).unwrap());
        let hits: Vec<_> = prose
            .iter()
            .filter(|(_, _, line)| turn.find_iter(line).count() > fine.find_iter(line).count())
            .collect();
        if !hits.is_empty() {
            writeln!(wrong, "\n{} × {turn}\n  better: {better}", hits.len()).unwrap();
        }
        for (file, number, line) in hits {
            writeln!(wrong, "  {file}:{number}: {}", line.trim()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Three words name a thing a second time; they do not say what it is for, its unit, when it is `None`.
#[test]
fn what_is_public_is_explained_in_more_than_three_words() {
    let mut wrong = Vec::new();
    for source in Source::all(&["src"]) {
        let mut words = 0;
        for (index, line) in source.text.lines().enumerate() {
            let line = line.trim_start();
            if let Some(doc) = line.strip_prefix("///") {
                words += doc.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count();
            } else if !line.starts_with('#') {
                if line.starts_with("pub ") && (1..=3).contains(&words) {
                    wrong.push(format!("{}:{}: {line}", source.file, index + 1));
                }
                words = 0;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} public items are documented in three words or fewer; say what they are for:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
