//! Delivering over generated faults of mail servers, on connections in memory and a clock that does not wait.

mod server;

use std::future::ready;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use tokio::task::JoinSet;

use super::breaker::{Breaker, Pauses};
use super::smtp::{Relay, Settings, Tls};
use super::*;
use crate::message::Email;
use server::{After, Planned, Server, Step};

/// What the line leaves of the usual `request_deadline`.
const DEADLINE: Duration = Duration::from_millis(11_600);

const RECIPIENT: &[&str] = &["550 5.1.1 no such user", "550 user unknown", "553 5.1.3 bad address"];
const CONTENT: &[&str] = &["554 5.7.1 message content rejected: spam", "552 5.3.4 message too big"];
/// Refusals that are about us, in words and codes that servers use.
const OURS: &[&str] = &[
    "530 5.7.0 authentication required",
    "535 5.7.8 bad credentials",
    "550 5.4.5 daily sending quota exceeded",
    "554 Message rejected: Email address is not verified",
    "550 5.7.1 relaying denied",
    "550 relay not permitted",
    "550 5.1.8 bad sender",
];
/// Refusals that name nobody: final only where the server took something from the same sender before.
const UNPROVEN: &[&str] = &["550", "554", "553", "554 5.0.0 error"];
const LATER: &[&str] =
    &["450 4.2.0 try later", "451 4.3.0 local error", "452 4.3.1 full", "421 4.3.2 too many", "432 4.3.2"];
const PROTOCOL: &[&str] = &["500 what", "502 not implemented", "503 bad sequence"];
const FINE: &[&str] = &["250 ok", "251 fine", "200 fine"];

#[derive(Debug, Clone)]
struct Script {
    /// The faults of each server, in the order of the providers.
    servers: Vec<Vec<Planned>>,
    pipelining: bool,
    chunking: bool,
    stop: bool,
    /// How many sessions each provider may have.
    connections: usize,
    /// Seconds before each burst, so that sessions are warm or have been idle for a while, and how many messages it has.
    bursts: Vec<(u64, usize)>,
}

const STEPS: &[Step] =
    &[Step::Greeting, Step::Ehlo, Step::Mail, Step::Rcpt, Step::Data, Step::Body, Step::Body];

fn planned() -> impl Strategy<Value = Planned> {
    let reply = prop_oneof![
        prop::sample::select(RECIPIENT),
        prop::sample::select(CONTENT),
        prop::sample::select(OURS),
        prop::sample::select(UNPROVEN),
        prop::sample::select(LATER),
        prop::sample::select(LATER),
        prop::sample::select(PROTOCOL),
        prop::sample::select(FINE),
    ];
    let after = prop_oneof![
        4 => reply.prop_map(After::Reply),
        1 => Just(After::Silence),
        1 => Just(After::Close),
        2 => (0..15_000u64).prop_map(After::Delay),
    ];
    (prop::sample::select(STEPS), after, any::<bool>(), 0..3usize)
        .prop_map(|(step, after, takes, skip)| Planned { step, after, takes, skip })
}

fn script() -> impl Strategy<Value = Script> {
    let servers = prop::collection::vec(prop::collection::vec(planned(), 0..5), 1..3);
    let pause = prop::sample::select(&[0u64, 0, 2, 20][..]);
    let bursts = prop::collection::vec((pause, prop::sample::select(&[1usize, 1, 1, 2, 7][..])), 1..4);
    (servers, any::<bool>(), any::<bool>(), any::<bool>(), 1..5usize, bursts).prop_map(
        |(servers, pipelining, chunking, stop, connections, bursts)| Script {
            servers,
            pipelining,
            chunking,
            stop,
            connections,
            bursts,
        },
    )
}

fn mail(at: usize) -> Message {
    Message::Email(Box::new(Email {
        id: format!("ema_{at}"),
        from: "Larkfield <login@larkfield.example>".parse().unwrap(),
        envelope_from: "bounces@larkfield.example".parse().unwrap(),
        to: "mira@mail.example".parse().unwrap(),
        reply_to: None,
        subject: format!("message {at}"),
        html: None,
        text: Some("words\n.words\n".into()),
        redirected_from: None,
        provider_settings: Vec::new(),
        language: None,
        extra_headers: Vec::new(),
        date: UNIX_EPOCH + Duration::from_secs(1_787_300_061),
        wire: OnceLock::new(),
        ascii: None,
    }))
}

fn provider(at: usize, server: &Server, connections: usize) -> Provider {
    let settings = Settings {
        host: "mail.example".to_owned(),
        port: 25,
        tls: Tls::None,
        credentials: None,
        helo: "client.example".to_owned(),
        ca_file: None,
        connections,
        chunking: true,
        attempt_timeout: Duration::from_secs(5),
    };
    Provider {
        name: format!("p{at}").into(),
        transport: Transport::Smtp(Relay::over(settings, server.dial(), 64 * 1024).unwrap()),
        attempt_timeout: Duration::from_secs(5),
        breaker: Arc::new(Breaker::new(Pauses::default(), 7)),
        evidence: Arc::default(),
    }
}

async fn run(script: Script) -> Result<(), TestCaseError> {
    let servers: Vec<_> = script
        .servers
        .iter()
        .map(|faults| Server::new(faults.clone(), script.pipelining, script.chunking))
        .collect();
    let providers: Vec<_> =
        servers.iter().enumerate().map(|(at, server)| provider(at, server, script.connections)).collect();
    let mut count = 0;
    for (pause, size) in &script.bursts {
        tokio::time::sleep(Duration::from_secs(*pause)).await;
        let started = Instant::now();
        let rules = Rules { deadline: started + DEADLINE, stop_on_doubt: script.stop };
        let mut burst = JoinSet::new();
        for at in count..count + size {
            let providers = providers.clone();
            burst.spawn(async move {
                let providers: Vec<_> = providers.iter().collect();
                let delivered = deliver(&providers, &mail(at), rules, || ready(true), |_| {}).await;
                (at, delivered.verdict.map(|(verdict, _)| verdict), started.elapsed())
            });
        }
        count += size;
        for (at, verdict, took) in burst.join_all().await {
            prop_assert!(took <= DEADLINE + Duration::from_millis(10), "late: {took:?}");
            check(at, verdict, &script, &servers)?;
        }
    }
    Ok(())
}

fn check(
    at: usize,
    verdict: Option<Verdict>,
    script: &Script,
    servers: &[Server],
) -> Result<(), TestCaseError> {
    let taken: usize = servers.iter().map(|server| server.taken(&format!("ema_{at}"))).sum();
    let doubts: usize = servers.iter().map(Server::doubts).sum();
    let said = |words: &[&str]| servers.iter().any(|server| server.said(words));
    let Some(verdict) = verdict else {
        return Err(TestCaseError::fail("nobody was asked"));
    };
    let unproven = said(UNPROVEN) && servers.iter().any(Server::has_taken);
    match verdict {
        Verdict::Accepted { .. } => prop_assert!(taken >= 1, "accepted, and nobody took it"),
        Verdict::Rejected(_) => prop_assert!(said(RECIPIENT) || unproven, "rejected for a fault of ours"),
        Verdict::Refused(_) => {
            prop_assert!(said(RECIPIENT) || said(CONTENT) || unproven, "refused for a fault of ours");
        }
        Verdict::InDoubt(_) => prop_assert!(doubts > 0, "in doubt without a reason"),
        Verdict::Deferred(_) => prop_assert!(taken == 0 || doubts > 0, "taken, and nobody knows"),
    }
    prop_assert!(taken <= 1 || doubts > 0, "sent twice without a doubt");
    prop_assert!(taken <= 1 || !script.stop, "sent twice under stop");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    /// No code is given up for a fault of ours, none is sent twice unless in doubt, none is answered late.
    #[test]
    fn whatever_mail_servers_do(script in script()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(run(script))?;
    }
}
