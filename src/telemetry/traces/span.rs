//! A span: one step of a request, as a collector is told of it.

/// One step of a request, or the request as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The trace that it belongs to.
    pub(super) trace: u128,
    /// Its own id, which no other span has.
    pub(super) id: u64,
    /// The span that this one is a part of; `None` for a request that came without a context.
    pub(super) parent: Option<u64>,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// When it began and ended, in nanoseconds since the Unix epoch.
    pub(super) begun: u64,
    pub(super) ended: u64,
    pub(super) attributes: Vec<(&'static str, Value)>,
    pub(super) failed: bool,
}

/// Which side of a call a span is, by the numbers of OTLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text without an address, code, subject or credential.
    Text(String),
    /// A number.
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// The attributes of a span, by name. Those whose value is `None` are left out.
pub type Attributes<'a> = &'a [(&'static str, Option<Value>)];
