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

use std::sync::atomic::{AtomicU64, Ordering};

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use misbehaviour::Misbehaviour;
use script::{Script, script};
use services::Services;
use svix::Svix;
use world::World;

/// How many scripts a usual run has.
const SCRIPTS: u64 = 5_000;

/// How often a script that fails is made simpler, at most.
const SIMPLER: usize = 400;

/// Runs a script to its end, and checks it.
fn run(script: Script, misbehaviour: Misbehaviour) -> Result<(), String> {
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
        properties::check(&world, &last)
    })
}

/// Runs the script of a seed. A failure has the simplest script that was found to fail too.
fn run_seed(seed: u64, misbehaviour: Misbehaviour) -> Result<(), String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut tree = script().new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).unwrap();
    let Err(mut wrong) = run(tree.current(), misbehaviour) else { return Ok(()) };
    if misbehaviour != Misbehaviour::Nothing {
        return Err(wrong);
    }
    let mut simplest = tree.current();
    for _ in 0..SIMPLER {
        let changed = match run(tree.current(), misbehaviour) {
            Ok(()) => tree.complicate(),
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
#[expect(clippy::disallowed_methods, reason = "a test's own setting, which is no part of the configuration")]
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
    let work = || -> Result<(), String> {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + scripts {
                return Ok(());
            }
            // Nobody has to wait for the other threads' seeds once one has failed.
            run_seed(seed, Misbehaviour::Nothing).inspect_err(|_| next.store(u64::MAX / 2, Ordering::Relaxed))?;
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let failed = std::thread::scope(|scope| {
        let working: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        working.into_iter().find_map(|thread| thread.join().unwrap().err())
    });
    if let Some(wrong) = failed {
        panic!("{wrong}");
    }
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
