//! What several servers on one PostgreSQL cost and carry, against one with SQLite: the real program, a real PostgreSQL
//! (Debian's package), a mail server and callers on this machine. It prints one Markdown table.
//!
//! `cargo bench --bench fleet` runs everything three times in turns and prints the medians; `cargo bench --bench fleet -- NAME`
//! one part: `speed`, `lone` or `kills`.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what it shares with the tests panics where something is not as it should be"
)]

use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use support::fleet::callers::{Load, PAUSES, ask, bring, event};
use support::fleet::proxy::Proxy;
use support::fleet::sink::Sink;
use support::fleet::verdict::Verdict;
use support::fleet::{Fleet, ledger};
use support::postgres::Postgres;

#[path = "../tests/it/support/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the tests use the rest")]
mod support;

/// Messages of one run of `speed`.
const MANY: u32 = 8000;
/// Callers at a time.
const AT_ONCE: usize = 64;
/// Messages of one run of `lone`.
const LONE: usize = 500;
/// Messages of `kills`, and how many a second.
const KILLS: (u32, u32) = (20_000, 200);
const RUNS: u32 = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` starts benchmarks too, without this argument.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let wants = |name: &str| {
        let mut names = arguments.iter().filter(|argument| !argument.starts_with('-')).peekable();
        names.peek().is_none() || names.any(|wanted| wanted == name)
    };
    rlimit::increase_nofile_limit(16_384).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        line("| what | figure |\n| --- | --- |");
        if wants("speed") {
            speed().await;
        }
        if wants("lone") {
            lone().await;
        }
        if wants("kills") {
            kills().await;
        }
    });
}

fn line(text: &str) {
    std::io::stdout().write_all(format!("{text}\n").as_bytes()).unwrap();
}

/// The middle of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The CPU time of a process and of all that it started.
fn cpu(pid: u32) -> f64 {
    let children = Command::new("pgrep").args(["-P", &pid.to_string()]).output().unwrap().stdout;
    let children = String::from_utf8(children).unwrap();
    let pids = children.lines().filter_map(|pid| pid.parse().ok()).chain([pid]);
    // Fields 12 and 13 after the name: user and system time in hundredths of a second.
    pids.map(|pid| f64::from(fields(pid).iter().skip(11).take(2).sum::<u32>()) / 100.0).sum()
}

/// The numbers that the system says of a process after its name, from the state (which counts as 0) on.
fn fields(pid: u32) -> Vec<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
    after.split(' ').map(|field| field.parse().unwrap_or_default()).collect()
}

/// The process whose children serve the connections.
async fn parent(postgres: &Postgres) -> u32 {
    let sql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'";
    let pid: i32 = postgres.connect("courier").await.query_one(sql, &[]).await.unwrap().get(0);
    fields(u32::try_from(pid).unwrap())[1]
}

/// What one run of `speed` found.
#[derive(Clone, Copy)]
struct Speed {
    /// Messages a second.
    rate: f64,
    /// CPU of the servers a mail, in milliseconds.
    cpu: f64,
    /// The same of the database.
    database: f64,
}

/// As many messages as go, [`AT_ONCE`] at a time.
async fn run(servers: usize, postgres: Option<&Postgres>, name: &str) -> Speed {
    let sink = Sink::start(servers).await;
    let rest = postgres.map(|postgres| ledger(&postgres.url())).unwrap_or_default();
    let fleet = Fleet::start(&sink, &rest).await;
    pour(&fleet, &format!("{name}_warm"), 500).await;
    let all = || {
        let pid = |server| fleet.server(server).as_ref().unwrap().pid();
        (0..servers).map(|server| cpu(pid(server))).sum::<f64>()
    };
    let parent = match postgres {
        Some(postgres) => Some(parent(postgres).await),
        None => None,
    };
    let database = || parent.map_or(0.0, cpu);
    let (before, database_before, began) = (all(), database(), Instant::now());
    pour(&fleet, name, MANY).await;
    let took = began.elapsed().as_secs_f64();
    let each = |seconds: f64| seconds * 1000.0 / f64::from(MANY);
    Speed {
        rate: f64::from(MANY) / took,
        cpu: each(all() - before),
        database: each(database() - database_before),
    }
}

/// Brings so many messages, each once, to one server after the other.
async fn pour(fleet: &Fleet, name: &str, count: u32) {
    let next = Arc::new(AtomicU32::new(0));
    let mut callers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (next, addresses, name) = (Arc::clone(&next), fleet.addresses(), name.to_owned());
        callers.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return;
                }
                let id = format!("ema_{name}_{number}");
                let attempt = ask(&id, &event(&id), usize::try_from(number).unwrap(), &addresses).await;
                assert_eq!(attempt.outcome, "accepted", "{attempt:?}");
            }
        });
    }
    callers.join_all().await;
}

async fn speed() {
    let postgres = Postgres::start().await;
    let client = postgres.connect("courier").await;
    let sql = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint";
    let wal_before: i64 = client.query_one(sql, &[]).await.unwrap().get(0);
    let (mut sqlite, mut one, mut three) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..RUNS {
        sqlite.push(run(1, None, "sqlite").await);
        one.push(run(1, Some(&postgres), &format!("one_{at}")).await);
        three.push(run(3, Some(&postgres), &format!("three_{at}")).await);
    }
    let of = |runs: &[Speed], figure: fn(&Speed) -> f64| median(runs.iter().map(figure).collect());
    for (name, runs) in [
        ("one server, SQLite", &sqlite),
        ("one server, PostgreSQL", &one),
        ("three servers, PostgreSQL", &three),
    ] {
        line(&format!("| {name}: messages a second | {:.0} |", of(runs, |run| run.rate)));
        line(&format!("| {name}: CPU a mail | {:.3} ms |", of(runs, |run| run.cpu)));
        line(&format!("| {name}: CPU a mail of the database | {:.3} ms |", of(runs, |run| run.database)));
    }
    let ratios = one.iter().zip(&sqlite).map(|(one, sqlite)| one.cpu / sqlite.cpu).collect();
    line(&format!("| CPU a mail, PostgreSQL against SQLite (goal: 1.3 at most) | {:.2} |", median(ratios)));
    let ratios = three.iter().zip(&one).map(|(three, one)| three.rate / one.rate).collect();
    line(&format!(
        "| messages a second, three servers against one (goal: 1 at least) | {:.2} |",
        median(ratios)
    ));
    let sql = "SELECT count(*), pg_total_relation_size('clerk_courier_message'), pg_relation_size('clerk_courier_message'),
        pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint FROM clerk_courier_message";
    client.batch_execute("VACUUM clerk_courier_message").await.unwrap();
    let row = client.query_one(sql, &[]).await.unwrap();
    let [rows, all, table, wal] = [0, 1, 2, 3].map(|at| row.get::<_, i64>(at));
    line(&format!("| rows in the database for {} messages | {rows} |", (2 * MANY + 1000) * RUNS));
    line(&format!("| bytes of WAL a message | {} |", (wal - wal_before) / rows));
    line(&format!("| bytes a message, table and indexes | {} ({} in the table) |", all / rows, table / rows));
}

/// One message at a time: how long its answer takes.
async fn lone() {
    let postgres = Postgres::start().await;
    let far = Proxy::start(postgres.port, Duration::from_millis(1)).await;
    let url = postgres.url();
    let far_url = url.replace(&format!(":{}/", postgres.port), &format!(":{}/", far.port));
    let mut figures: [Vec<f64>; 4] = Default::default();
    for at in 0..RUNS {
        for (which, rest) in [String::new(), ledger(&url), ledger(&far_url)].into_iter().enumerate() {
            let sink = Sink::start(1).await;
            let fleet = Fleet::start(&sink, &rest).await;
            figures[which].push(latency(&fleet, &format!("{which}_{at}")).await);
        }
        figures[3].push(round_trip(&far_url).await);
    }
    let [sqlite, near, away, trip] = figures.map(median);
    line(&format!("| a lone mail, SQLite | {sqlite:.2} ms |"));
    line(&format!("| a lone mail, PostgreSQL on this machine | {near:.2} ms |"));
    line(&format!("| a lone mail, PostgreSQL a round trip of {trip:.2} ms away | {away:.2} ms |"));
    line(&format!("| what that costs against SQLite (goal: 4 ms at most) | {:.2} ms |", away - sqlite));
}

async fn latency(fleet: &Fleet, name: &str) -> f64 {
    let mut took = Vec::new();
    for number in 0..LONE {
        let id = format!("ema_lone_{name}_{number}");
        let attempt = ask(&id, &event(&id), 0, &fleet.addresses()).await;
        assert_eq!(attempt.outcome, "accepted", "{attempt:?}");
        if number >= 20 {
            took.push((attempt.ended - attempt.began).as_secs_f64() * 1000.0);
        }
    }
    median(took)
}

/// How long the smallest statement takes.
async fn round_trip(url: &str) -> f64 {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut took = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        client.query_typed("SELECT 1", &[]).await.unwrap();
        took.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    median(took)
}

/// The heavy run: each message to two servers at once, one of three killed every three seconds.
async fn kills() {
    let postgres = Postgres::start().await;
    let sink = Sink::start(3).await;
    sink.takes(Duration::from_millis(60));
    let fleet = Fleet::start(&sink, &ledger(&postgres.url())).await;
    let (count, rate) = KILLS;
    let load = Load { name: "kills", count, rate, at_once: 64, callers: 2, pauses: &PAUSES };
    let most = AtomicUsize::new(0);
    let watching = async {
        let client = postgres.connect("courier").await;
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'clerk-courier'";
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let count: i64 = client.query_one(sql, &[]).await.unwrap().get(0);
            most.fetch_max(usize::try_from(count).unwrap(), Ordering::Relaxed);
        }
    };
    let told = tokio::select! {
        told = bring(load, fleet.addresses()) => told,
        () = fleet.kill_in_turns(Duration::from_secs(3)) => unreachable!("it kills for ever"),
        () = watching => unreachable!("it watches for ever"),
    };
    let verdict = Verdict::of(&told, &sink, &fleet.unclaimed(), &[]);
    line(&format!("| messages, each to two of three servers at once | {} |", verdict.messages));
    line(&format!("| kills | {} |", fleet.kills().len()));
    line(&format!("| arrived | {} |", verdict.arrived));
    line(&format!("| arrived twice; of these in doubt | {}; {} |", verdict.doubled, verdict.in_doubt));
    line(&format!("| late; of these with two requests broken off | {}; {} |", verdict.late, verdict.unlucky));
    line(&format!("| the slowest of the others | {:.1} s |", verdict.slowest.as_secs_f64()));
    line(&format!("| connections to the database, at most | {} |", most.load(Ordering::Relaxed)));
    verdict.assert_kept();
}
