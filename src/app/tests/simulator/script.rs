//! What goes wrong in one run, and when. A script is made from a seed.

use proptest::prelude::*;
use proptest::sample::select;

/// Milliseconds since the start of the run, or that long.
pub(super) type Millis = u64;

/// One run: what Clerk sends, and all that goes wrong.
#[derive(Debug, Clone)]
pub(super) struct Script {
    /// How many services there are, each with its own ledger.
    pub(super) services: usize,
    /// Whether `on_doubt` is `stop`.
    pub(super) stop: bool,
    /// For each provider what it does with each attempt; it takes all later ones.
    pub(super) providers: Vec<Vec<Behaviour>>,
    /// Whether the mail servers offer PIPELINING and CHUNKING.
    pub(super) extensions: (bool, bool),
    pub(super) messages: Vec<Plan>,
    pub(super) ends: Vec<End>,
    pub(super) disk: Option<Disk>,
    pub(super) secrets: Secrets,
}

/// A step of SMTP at which something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Mail,
    Rcpt,
    Data,
    Body,
}

/// What a mail server does with one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behaviour {
    Accepts,
    /// A reply other than the usual one.
    Says(Step, Words),
    /// No reply any more. `taken`: the message, if it has come, is taken.
    Hangs {
        step: Step,
        taken: bool,
    },
    /// The connection breaks, in place of the reply.
    Breaks {
        step: Step,
        taken: bool,
    },
    /// It takes the message, and says so that much later.
    Late(Millis),
}

/// A reply, by what it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    Recipient(&'static str),
    Content(&'static str),
    /// Our login, sender or account.
    Ours(&'static str),
    /// Nobody is named.
    Unproven(&'static str),
    Later(&'static str),
}

impl Words {
    pub(super) fn text(self) -> &'static str {
        let (Self::Recipient(text)
        | Self::Content(text)
        | Self::Ours(text)
        | Self::Unproven(text)
        | Self::Later(text)) = self;
        text
    }
}

/// One message of Clerk's, and how Svix brings it.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Which person gets it.
    pub(super) recipient: u8,
    /// How many minutes its code lives; `None` for a message without a code.
    pub(super) lives: Option<u64>,
    /// When Clerk makes it.
    pub(super) born: Millis,
    /// How much later Svix makes the first attempt.
    pub(super) first: Millis,
    /// How each attempt goes, in order; later ones are plain.
    pub(super) attempts: Vec<How>,
    /// The service that each attempt reaches, in turn.
    pub(super) to: Vec<usize>,
    /// How many percent longer each pause of the schedule is.
    pub(super) jitter: i64,
    /// Somebody replays it from the dashboard, that long after its first attempt.
    pub(super) replay: Option<Millis>,
}

/// How one attempt of Svix goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Plain,
    /// A second request, that much later.
    Twice(Millis),
    /// The connection breaks after that time.
    Breaks(Millis),
    /// Before it comes a request that somebody else signed.
    Forged,
}

/// The end of one service's process. It starts again after `down`.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub(super) service: usize,
    pub(super) when: When,
    pub(super) down: Millis,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Killed at that time.
    Killed(Millis),
    /// Told to stop at that time.
    Stopped(Millis),
    /// Killed when mail servers have taken so many of its messages. `said`: after the reply has left.
    Taken { nth: usize, said: bool },
}

/// What the disk of all services does for a while.
#[derive(Debug, Clone, Copy)]
pub(super) struct Disk {
    /// Whether it hangs; else it refuses to be written, until a restart.
    pub(super) hangs: bool,
    pub(super) from: Millis,
    pub(super) to: Millis,
}

/// With which secrets Svix signs, and which ones the services know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    Old,
    /// Svix signs with both; the services know the old one.
    BothForOld,
    /// Svix signs with both; the services know the new one.
    BothForNew,
    /// Svix signs with the new one from that time on; the services know both.
    ChangedAt(Millis),
}

const RECIPIENT: &[&str] = &["550 5.1.1 no such user", "550 user unknown"];
const CONTENT: &[&str] = &["554 5.7.1 message content rejected: spam", "552 5.3.4 message too big"];
const OURS: &[&str] =
    &["530 5.7.0 authentication required", "550 5.7.1 relaying denied", "550 5.1.8 bad sender"];
const UNPROVEN: &[&str] = &["550", "554", "554 5.0.0 error"];
const LATER: &[&str] = &["450 4.2.0 try later", "451 4.3.0 local error", "421 4.3.2 too many"];

fn words() -> impl Strategy<Value = Words> {
    prop_oneof![
        2 => select(RECIPIENT).prop_map(Words::Recipient),
        1 => select(CONTENT).prop_map(Words::Content),
        2 => select(OURS).prop_map(Words::Ours),
        1 => select(UNPROVEN).prop_map(Words::Unproven),
        3 => select(LATER).prop_map(Words::Later),
    ]
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    let step = || select(&[Step::Mail, Step::Rcpt, Step::Data, Step::Body, Step::Body, Step::Body][..]);
    prop_oneof![
        2 => Just(Behaviour::Accepts),
        4 => (step(), words()).prop_map(|(step, words)| Behaviour::Says(step, words)),
        2 => (step(), any::<bool>()).prop_map(|(step, taken)| Behaviour::Hangs { step, taken }),
        2 => (step(), any::<bool>()).prop_map(|(step, taken)| Behaviour::Breaks { step, taken }),
        1 => (1..60_000_u64).prop_map(Behaviour::Late),
    ]
}

fn how() -> impl Strategy<Value = How> {
    prop_oneof![
        4 => Just(How::Plain),
        2 => prop_oneof![Just(0), 0..6_000_u64].prop_map(How::Twice),
        1 => (0..13_000_u64).prop_map(How::Breaks),
        1 => Just(How::Forged),
    ]
}

fn plan(services: usize) -> impl Strategy<Value = Plan> {
    (
        0..2_u8,
        select(&[None, Some(1), Some(2), Some(10)][..]),
        0..60_000_u64,
        prop_oneof![2 => Just(0), 2 => 0..50_000_u64, 1 => 0..900_000_u64],
        prop::collection::vec(how(), 0..4),
        prop::collection::vec(0..services, 1..4),
        -20..=20_i64,
        prop::option::weighted(0.2, 0..1_200_000_u64),
    )
        .prop_map(|(recipient, lives, born, first, attempts, to, jitter, replay)| Plan {
            recipient,
            lives,
            born,
            first,
            attempts,
            to,
            jitter,
            replay,
        })
}

/// A time at which much happens, or some time.
fn time() -> impl Strategy<Value = Millis> {
    prop_oneof![3 => 0..120_000_u64, 1 => 0..3_000_000_u64]
}

fn end(services: usize) -> impl Strategy<Value = End> {
    let when = prop_oneof![
        1 => time().prop_map(When::Killed),
        1 => time().prop_map(When::Stopped),
        2 => (1..4_usize, any::<bool>()).prop_map(|(nth, said)| When::Taken { nth, said }),
    ];
    (0..services, when, prop_oneof![Just(100), 100..20_000_u64]).prop_map(|(service, when, down)| End {
        service,
        when,
        down,
    })
}

fn disk() -> impl Strategy<Value = Disk> {
    (any::<bool>(), time(), 500..120_000_u64).prop_map(|(hangs, from, long)| Disk {
        hangs,
        from,
        to: from + long,
    })
}

fn secrets() -> impl Strategy<Value = Secrets> {
    prop_oneof![
        Just(Secrets::Old),
        Just(Secrets::BothForOld),
        Just(Secrets::BothForNew),
        time().prop_map(Secrets::ChangedAt),
    ]
}

/// All scripts.
pub(super) fn script() -> impl Strategy<Value = Script> {
    (1..3_usize).prop_flat_map(|services| {
        (
            prop_oneof![2 => Just(false), 1 => Just(true)],
            prop::collection::vec(prop::collection::vec(behaviour(), 0..7), 1..3),
            any::<(bool, bool)>(),
            prop::collection::vec(plan(services), 1..5),
            prop::collection::vec(end(services), 0..3),
            prop::option::weighted(0.3, disk()),
            secrets(),
        )
            .prop_map(move |(stop, providers, extensions, messages, ends, disk, secrets)| Script {
                services,
                stop,
                providers,
                extensions,
                messages,
                ends,
                disk,
                secrets,
            })
    })
}
