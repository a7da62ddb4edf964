//! What a check found, in words, and what to do about it.

/// How bad a finding is, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Messages are lost because of it.
    Fault,
    /// Messages arrive, but not as they should, or soon no longer.
    Warning,
    /// Nobody could look, so nothing is known.
    Unseen,
    /// It is as it should be.
    Fine,
}

impl Level {
    /// The word for it in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Warning => "warning",
            Self::Unseen => "not seen",
            Self::Fine => "fine",
        }
    }
}

/// The part of the chain that a check looks at, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Area {
    /// The configuration, its secrets, our templates.
    Configuration,
    /// The instance at Clerk, and the events that it sends.
    Clerk,
    /// The URL that Clerk's events are posted to.
    Endpoint,
    /// The clocks on both sides.
    Clock,
    /// The providers that take messages.
    Providers,
    /// What DNS says of the domains that mails are from.
    Dns,
    /// The ledger of this service.
    Ledger,
}

impl Area {
    /// All areas, in the order of the page.
    pub(crate) const ALL: [Self; 7] = [
        Self::Configuration,
        Self::Clerk,
        Self::Endpoint,
        Self::Clock,
        Self::Providers,
        Self::Dns,
        Self::Ledger,
    ];

    /// The word for it in the table.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Clerk => "clerk",
            Self::Endpoint => "endpoint",
            Self::Clock => "clock",
            Self::Providers => "providers",
            Self::Dns => "dns",
            Self::Ledger => "ledger",
        }
    }
}

/// What a check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) level: Level,
    /// What was found: a whole sentence; for what is fine, a part of one, without a full stop.
    pub(crate) what: String,
    /// What to do, as an imperative; empty for what is fine.
    pub(crate) cure: String,
}

impl Told {
    /// Messages are lost.
    pub(crate) fn fault(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { level: Level::Fault, what: what.into(), cure: cure.into() }
    }

    /// It should be better.
    pub(crate) fn warning(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { level: Level::Warning, what: what.into(), cure: cure.into() }
    }

    /// Nobody could look.
    pub(crate) fn unseen(what: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { level: Level::Unseen, what: what.into(), cure: cure.into() }
    }

    /// It is as it should be.
    pub(crate) fn fine(what: impl Into<String>) -> Self {
        Self { level: Level::Fine, what: what.into(), cure: String::new() }
    }
}

/// What a check says, with the check and the area that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) area: Area,
    pub(crate) check: &'static str,
    pub(crate) told: Told,
}

/// A number of templates in words.
pub(crate) fn templates(count: usize) -> String {
    if count == 1 { "one template".to_owned() } else { format!("{count} templates") }
}

/// Several words as a list: `a, b and 3 more`.
pub(crate) fn listed(words: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = words.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>();
    match words.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A strange text as it can be printed: one line without control characters, and not too long.
pub(crate) fn brief(text: &str) -> String {
    const LONGEST: usize = 120;
    let line = crate::text::one_line(text);
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
