//! Scenarios in which the machine around the program fails, or strangers do what they like.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use tokio::net::TcpSocket;
use tokio::time::{Instant, sleep, timeout};

use super::report::{Report, seconds};
use super::service::{Answer, Load, Service, ids, now};
use super::sink::{Manner, Sink};

const THOUSAND: Load = Load { first: 0, count: 1000, rate: 100, attempts: 1 };

/// The ledger's file, by default.
const LEDGER: &str = "clerk-courier.db";

/// The rows of a ledger that has been used for a month.
const ROWS: usize = 4_000_000;

/// Nobody reads the log.
pub(crate) async fn stdout() -> anyhow::Result<Report> {
    let (dir, mut report) = (tempfile::tempdir()?, Report::default());
    let sink = Sink::start(Manner::Kind, Duration::ZERO)?;
    let service = Service::start(dir.path(), sink.port, false)?;
    report.answers("new messages", &service.caller.deliver(THOUSAND).await);
    report.count("taken by the provider", sink.taken(), THOUSAND.count);
    report.end(&sink, &service);
    Ok(report)
}

/// Six hundred strangers ask, and never read their answers.
pub(crate) async fn strangers() -> anyhow::Result<Report> {
    let (dir, mut report) = (tempfile::tempdir()?, Report::default());
    let sink = Sink::start(Manner::Kind, Duration::ZERO)?;
    let service = Service::start(dir.path(), sink.port, true)?;
    let requests = b"GET /webhooks/clerk HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400);
    let mut strangers = Vec::new();
    for _ in 0..600 {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(2048)?;
        let stranger = timeout(Duration::from_secs(5), socket.connect(service.address)).await??;
        // As much as fits: the program stops reading once nobody takes its answers.
        let _ = stranger.try_write(&requests);
        strangers.push(stranger);
    }
    report.fact("strangers connected", strangers.len());
    report.answers("new messages", &service.caller.deliver(THOUSAND).await);
    report.count("taken by the provider", sink.taken(), THOUSAND.count);
    report.end(&sink, &service);
    Ok(report)
}

/// A ledger of four million rows, and a program that has just started.
pub(crate) async fn rows() -> anyhow::Result<Report> {
    let (dir, mut report) = (tempfile::tempdir()?, Report::default());
    let sink = Sink::start(Manner::Kind, Duration::ZERO)?;
    // The program makes the schema.
    drop(Service::start(dir.path(), sink.port, true)?);
    let begun = Instant::now();
    fill(&dir.path().join(LEDGER))?;
    report.fact("time to make the ledger", seconds(begun.elapsed()));
    let begun = Instant::now();
    let service = Service::start(dir.path(), sink.port, true)?;
    report.fact("time until the program listens", seconds(service.started));
    // Rows from the first to the last of the ledger, and messages that it does not know.
    let caller = service.caller.clone();
    let known = async move {
        let mut answers = Vec::new();
        for first in (0..20).map(|at| at * (ROWS / 20)) {
            answers.extend(caller.deliver(Load { first, count: 1, rate: 0, attempts: 1 }).await);
        }
        answers
    };
    let (known, new) = tokio::join!(known, service.caller.deliver(Load { first: ROWS, ..THOUSAND }));
    let first = known.iter().chain(&new).flatten().map(|answer| answer.at.duration_since(begun)).min();
    report.fact("time from the start to the first answer", seconds(first.unwrap_or_default()));
    duplicates(&mut report, &known, 20);
    report.outcomes(&known);
    report.answers("new messages", &new);
    report.count("taken by the provider", sink.taken(), THOUSAND.count);
    report.end(&sink, &service);
    Ok(report)
}

/// Another connection holds the ledger's database, so that nothing can be written.
pub(crate) async fn disk() -> anyhow::Result<Report> {
    let (dir, mut report) = (tempfile::tempdir()?, Report::default());
    let sink = Sink::start(Manner::Kind, Duration::ZERO)?;
    let service = Service::start(dir.path(), sink.port, true)?;
    let other = Connection::open(dir.path().join(LEDGER))?;
    other.execute_batch("BEGIN EXCLUSIVE")?;
    report.answers("new messages", &service.caller.deliver(THOUSAND).await);
    let again = service.caller.deliver(THOUSAND).await;
    duplicates(&mut report, &again, THOUSAND.count);
    report.answers("repeated messages", &again);
    report.count("taken by the provider", sink.taken(), THOUSAND.count);
    other.execute_batch("ROLLBACK")?;
    let begun = Instant::now();
    let mut written = 0;
    while written < THOUSAND.count && begun.elapsed() < Duration::from_secs(15) {
        sleep(Duration::from_millis(100)).await;
        let accepted = "SELECT count(*) FROM message WHERE outcome = 'accepted'";
        written = other.query_row(accepted, [], |row| row.get::<_, i64>(0))?.try_into()?;
    }
    report.count("in the ledger once it can be written", written, THOUSAND.count);
    report.fact("time until all are in the ledger", seconds(begun.elapsed()));
    report.end(&sink, &service);
    Ok(report)
}

/// Adds how many of `answers` are `duplicate`.
fn duplicates(report: &mut Report, answers: &[Vec<Answer>], due: usize) {
    let found = answers.iter().flatten().filter(|answer| answer.outcome == "duplicate").count();
    report.count("known messages answered with `duplicate`", found, due);
}

/// Fills the ledger at `path` with accepted messages of the last 29 days. The indexes are made afterwards, which takes a
/// fraction of the time and leaves the same file.
fn fill(path: &Path) -> anyhow::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA synchronous = OFF")?;
    let transaction = connection.transaction()?;
    let indexes: Vec<(String, String)> = transaction
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (name, _) in &indexes {
        transaction.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    let (end, month) = (i64::try_from(now().as_millis())?, 29 * 24 * 3_600_000);
    let step = month / i64::try_from(ROWS)?;
    {
        let mut insert = transaction.prepare(
            "INSERT INTO message (message_id, svix_id, channel, slug, recipient, outcome, reason, provider, receipt,
                 attempts, first_seen, settled_at)
             VALUES (?1, ?2, 'email', 'verification_code', randomblob(32), 'accepted', NULL, 'main', '2.0.0 Taken',
                 1, ?3, ?3)",
        )?;
        let mut settled = end - month;
        for (id, svix_id) in (0..ROWS).map(ids) {
            insert.execute((id, svix_id, settled))?;
            settled += step;
        }
    }
    for (_, sql) in &indexes {
        transaction.execute_batch(sql)?;
    }
    transaction.commit()?;
    Ok(())
}
