//! Reads what the words of a refusal mean, by phrases of mail servers and providers. The phrases are data, in
//! `refusals.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// Whom or what the words of a refusal speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Meaning {
    /// Our sender, our IP address, or that we are not logged in.
    Sender,
    /// Our account at the provider, say one that is suspended or not paid for.
    Account,
    /// Our user name, our password or our API key.
    Credentials,
    /// A quota of ours that is used up, or a rate that we exceed.
    Throttled,
    /// The recipient, who does not exist.
    Recipient,
    /// The recipient's mailbox, which exists and is full.
    Full,
    /// The recipient, who is on the provider's own suppression list.
    Route,
    /// The message: its content or its size.
    Content,
}

/// The file as a whole.
#[derive(Deserialize)]
struct Refusals {
    group: Vec<Group>,
}

/// Phrases with one meaning.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    means: Meaning,
    /// The phrases, in lower case.
    phrases: Vec<String>,
}

/// The groups, in the order in which they decide. A test shows that the file can be read, so the fallback to no phrases
/// never happens.
static REFUSALS: LazyLock<Vec<Group>> = LazyLock::new(|| {
    toml::from_str(include_str!("refusals.toml"))
        .map_or_else(|_| Vec::new(), |refusals: Refusals| refusals.group)
});

/// The meaning of the lines of a refusal, whose codes are cut off; `None` where they have no known phrase.
pub(super) fn meaning<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Meaning> {
    let mut text = String::new();
    for line in lines {
        let line = String::from_utf8_lossy(line).to_lowercase();
        // Addresses are left out, since people choose their names: `spam@…` says nothing about the message.
        for word in line.split_ascii_whitespace().filter(|word| !word.contains('@')) {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
    }
    let holds = |group: &&Group| group.phrases.iter().any(|phrase| text.contains(phrase.as_str()));
    REFUSALS.iter().find(holds).map(|group| group.means)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Meaning> {
        meaning(text.lines().map(str::as_bytes))
    }

    #[test]
    fn the_file_can_be_read_and_every_phrase_is_comparable() {
        assert!(REFUSALS.len() > 8, "{}", REFUSALS.len());
        for phrase in REFUSALS.iter().flat_map(|group| &group.phrases) {
            let plain = phrase.to_lowercase().split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(*phrase, plain);
            assert!(of(phrase).is_some());
        }
    }

    #[test]
    fn what_speaks_of_us_outranks_what_speaks_of_the_recipient() {
        for (text, wanted) in [
            ("Mailbox unavailable\nblocked by policy", Some(Meaning::Sender)),
            (
                "Verification failed for <login@acme.example>\nUser unknown\nSender verify failed",
                Some(Meaning::Sender),
            ),
            ("User UNKNOWN", Some(Meaning::Recipient)),
            ("user\nunknown", Some(Meaning::Recipient)),
            ("User unknown in relay recipient table", Some(Meaning::Recipient)),
            ("<spam@acme.example>: no", None),
            ("", None),
            ("no", None),
            ("\u{fc}ser unbekannt", None),
        ] {
            assert_eq!(of(text), wanted, "{text}");
        }
    }
}
