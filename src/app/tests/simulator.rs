//! Whole services under a simulated Svix, on a clock that does not wait: scripts that are made from seeds say what mail
//! servers, disks and processes do wrong, and whatever they do, the properties hold.
//!
//! A failure names its seed. `SIMULATOR_SEED=17 cargo test --lib simulator` runs that script alone, and
//! `SIMULATOR_SCRIPTS=100000` more than usual.

mod mail_server;
mod misbehaviour;
mod properties;
mod script;
mod services;
mod svix;
mod world;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use misbehaviour::Misbehaviour;
use script::{Behaviour, How, Plan, Script, Secrets, Step, Words, script};
use services::Services;
use svix::Svix;
use world::World;

/// How many scripts a usual run has.
const SCRIPTS: u64 = 5_000;

/// What has to happen in a usual run.
const EVENTS: &[&str] = &[
    "accepted",
    "calm",
    "duplicate",
    "expired",
    "failed",
    "in_doubt",
    "in_progress",
    "killed",
    "no answer",
    "overloaded",
    "rejected",
    "stopped",
    "superseded",
    "taken again",
    "unauthorized",
];

/// How often a script that fails is made simpler, at most.
const SIMPLER: usize = 400;

/// How often something happened.
type Counts = BTreeMap<String, usize>;

/// Runs a script to its end, and checks it. Gives what happened.
fn run(script: Script, misbehaviour: Misbehaviour) -> Result<Counts, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let world = World::new(script);
        let services = Services::start(&world, misbehaviour);
        let messages = 0..world.script.messages.len();
        let bringing: Vec<_> = messages
            .map(|number| tokio::spawn(Svix::new(&world, &services, number, misbehaviour).bring()))
            .collect();
        let mut last = Vec::new();
        for bringing in bringing {
            last.push(bringing.await.map_err(|error| error.to_string())?);
        }
        properties::check(&world, &last)?;
        Ok(counts(&world))
    })
}

/// What happened in a run.
fn counts(world: &World) -> Counts {
    let log = world.log();
    let mut counts = Counts::new();
    let mut count = |name: &str| *counts.entry(name.to_owned()).or_default() += 1;
    for asked in &log.asked {
        count(asked.answer.as_ref().map_or("no answer", |answer| &answer.outcome));
        if asked.calm {
            count("calm");
        }
    }
    for (at, taken) in log.taken.iter().enumerate() {
        count("taken");
        let is_again = |it: &world::Taken| it.message == taken.message && it.by.service == taken.by.service;
        if log.taken[..at].iter().any(is_again) {
            count("taken again");
        }
    }
    log.died.iter().for_each(|died| count(if died.killed { "killed" } else { "stopped" }));
    counts
}

/// Runs the script of a seed. A failure has the simplest script that was found to fail too.
fn run_seed(seed: u64, misbehaviour: Misbehaviour) -> Result<Counts, String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut tree = script().new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).unwrap();
    let mut wrong = match run(tree.current(), misbehaviour) {
        Ok(counts) => return Ok(counts),
        Err(wrong) => wrong,
    };
    if misbehaviour != Misbehaviour::Nothing {
        return Err(wrong);
    }
    let mut simplest = tree.current();
    for _ in 0..SIMPLER {
        let changed = match run(tree.current(), misbehaviour) {
            Ok(_) => tree.complicate(),
            Err(other) => {
                (wrong, simplest) = (other, tree.current());
                tree.simplify()
            }
        };
        if !changed {
            break;
        }
    }
    Err(format!("SIMULATOR_SEED={seed} fails: {wrong}\nThe script, made simpler: {simplest:#?}"))
}

/// A number from the environment.
#[expect(clippy::disallowed_methods, reason = "only this test is set by it, not the service")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().expect("a number"))
}

#[test]
fn whatever_goes_wrong_every_message_ends_well() {
    let (first, scripts) = match setting("SIMULATOR_SEED") {
        Some(seed) => (seed, 1),
        None => (0, setting("SIMULATOR_SCRIPTS").unwrap_or(SCRIPTS)),
    };
    let next = AtomicU64::new(first);
    let work = || -> Result<Counts, String> {
        let mut counts = Counts::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + scripts {
                return Ok(counts);
            }
            // Nobody has to wait for the other threads' seeds once one has failed.
            let stop = |_: &String| next.store(u64::MAX / 2, Ordering::Relaxed);
            for (name, more) in run_seed(seed, Misbehaviour::Nothing).inspect_err(stop)? {
                *counts.entry(name).or_default() += more;
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let done = std::thread::scope(|scope| {
        let working: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        working.into_iter().map(|thread| thread.join().unwrap()).collect::<Result<Vec<_>, _>>()
    });
    let mut counts = Counts::new();
    for (name, more) in done.unwrap_or_else(|wrong| panic!("{wrong}")).into_iter().flatten() {
        *counts.entry(name).or_default() += more;
    }
    println!("{counts:#?}");
    // The properties say nothing about what never happens.
    for name in EVENTS {
        assert!(scripts < SCRIPTS || counts.contains_key(*name), "{name} never happened: {counts:#?}");
    }
}

/// Found by the scripts: a provider says yes so late that the request which asked it is over and the next one is under way.
#[test]
fn a_late_yes_to_an_earlier_request_stops_the_one_under_way() {
    let plan = Plan {
        recipient: 0,
        lives: None,
        born: 0,
        first: 0,
        attempts: vec![How::Breaks(4_000)],
        to: vec![0],
        jitter: 3,
        replay: None,
    };
    let script = Script {
        services: 1,
        stop: false,
        providers: vec![
            vec![Behaviour::Late(10_850), Behaviour::Hangs { step: Step::Mail, taken: false }],
            vec![Behaviour::Says(Step::Mail, Words::Ours("550 5.7.1 relaying denied"))],
        ],
        extensions: (false, false),
        messages: vec![plan],
        ends: Vec::new(),
        disk: None,
        secrets: Secrets::Old,
    };
    let counts = run(script, Misbehaviour::Nothing).unwrap_or_else(|wrong| panic!("{wrong}"));
    assert_eq!((counts["taken"], counts["duplicate"]), (1, 1), "{counts:?}");
}

/// The simulator can fail: a service that misbehaves is found out within a few scripts.
#[test]
fn a_service_that_misbehaves_is_found_out() {
    for (misbehaviour, found) in [
        (Misbehaviour::Forgets, "sent twice"),
        (Misbehaviour::NeverExpires, "sent after its life"),
        (Misbehaviour::NeverStops, "status or header"),
    ] {
        let wrong = (0..SCRIPTS).find_map(|seed| run_seed(seed, misbehaviour).err());
        let wrong = wrong.expect("some script finds it out");
        let first = wrong.lines().next().unwrap();
        assert!(first.contains(found), "{misbehaviour:?}: {first}");
    }
}
