//! What a server offers in its reply to EHLO (RFC 5321 4.1.1.1).

use super::reply;

/// What the server offers, as far as this client uses it.
#[derive(Debug, Default, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each extension is there or is not")]
pub(super) struct Extensions {
    /// PIPELINING (RFC 2920): several commands may be sent without waiting for the reply to each.
    pub(super) pipelining: bool,
    /// CHUNKING (RFC 3030): the message may be sent with BDAT in place of DATA.
    pub(super) chunking: bool,
    /// SMTPUTF8 (RFC 6531): addresses may be other than ASCII.
    pub(super) smtputf8: bool,
    /// STARTTLS (RFC 3207): the connection may be secured.
    pub(super) starttls: bool,
    /// The best mechanism for passwords that both sides know; `None` where there is none.
    pub(super) auth: Option<Mechanism>,
    /// The other mechanism, where the server lists both.
    pub(super) second_auth: Option<Mechanism>,
    /// AUTH XOAUTH2: a login with an access token.
    pub(super) xoauth2: bool,
    /// The largest message that the server takes, in bytes; `None` without a limit (SIZE, RFC 1870).
    pub(super) size: Option<usize>,
}

/// The SASL mechanisms for passwords, the better one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mechanism {
    /// PLAIN (RFC 4616): user name and password in one line.
    Plain,
    /// LOGIN: two prompts. It never became a standard, but some servers offer nothing else.
    Login,
}

impl Mechanism {
    /// The mechanism as people know it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "AUTH PLAIN",
            Self::Login => "AUTH LOGIN",
        }
    }
}

impl Extensions {
    /// Reads the reply to EHLO. Words that are not known are passed over. Old servers write `AUTH=` in place of `AUTH
    /// `.
    pub(super) fn parse(reply: &[u8]) -> Self {
        let mut offered = Self::default();
        // The first line greets, and names no extension (RFC 5321, 4.1.1.1).
        for line in reply::lines(reply).skip(1) {
            // Keywords are case-insensitive (RFC 5321, section 2.4).
            let line = line.to_ascii_uppercase();
            let mut words = line.split(|byte| matches!(byte, b' ' | b'=')).filter(|word| !word.is_empty());
            match words.next() {
                Some(b"PIPELINING") => offered.pipelining = true,
                Some(b"CHUNKING") => offered.chunking = true,
                Some(b"SMTPUTF8") => offered.smtputf8 = true,
                Some(b"STARTTLS") => offered.starttls = true,
                Some(b"SIZE") => offered.size = words.next().and_then(size_limit),
                Some(b"AUTH") => {
                    let words: Vec<_> = words.collect();
                    offered.xoauth2 |= words.contains(&&b"XOAUTH2"[..]);
                    for known in words.into_iter().filter_map(Mechanism::parse) {
                        offered.add(known);
                    }
                }
                _ => {}
            }
        }
        offered
    }

    /// Adds a mechanism, the better one in `auth`.
    fn add(&mut self, mechanism: Mechanism) {
        match self.auth {
            None => self.auth = Some(mechanism),
            Some(known) if known == mechanism => {}
            Some(known) => {
                (self.auth, self.second_auth) = (Some(known.min(mechanism)), Some(known.max(mechanism)));
            }
        }
    }
}

impl Mechanism {
    /// `None` for a mechanism that this client does not know.
    fn parse(name: &[u8]) -> Option<Self> {
        match name {
            b"PLAIN" => Some(Self::Plain),
            b"LOGIN" => Some(Self::Login),
            _ => None,
        }
    }
}

/// The number that SIZE names. `None` for 0, which stands for no limit (RFC 1870).
fn size_limit(number: &[u8]) -> Option<usize> {
    str::from_utf8(number).ok()?.parse().ok().filter(|limit| *limit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ehlo_is_read_for_what_is_used() {
        let offered = Extensions::parse(
            b"250-PIPELINING is my name\r\n250-size 1000\r\n250-CHUNKING\r\n250-AUTH XOAUTH2 LOGIN PLAIN\r\n250 HELP\r\n",
        );
        assert!(offered.chunking && !offered.pipelining && !offered.starttls && !offered.smtputf8);
        assert_eq!((offered.size, offered.auth), (Some(1000), Some(Mechanism::Plain)));
        assert_eq!(offered.second_auth, Some(Mechanism::Login));
        let old =
            Extensions::parse(b"250-x\r\n250-AUTH=LOGIN\r\n250-SIZE 0\r\n250-SMTPUTF8\r\n250 STARTTLS\r\n");
        assert_eq!((old.size, old.auth, old.second_auth), (None, Some(Mechanism::Login), None));
        assert!(old.smtputf8 && old.starttls);
    }
}
