//! Scenarios in which the only provider fails.

use std::time::Duration;

use tokio::time::Instant;

use super::report::{Report, seconds};
use super::service::{Answer, Load, Service};
use super::sink::{Manner, Sink};

/// Adds at which attempt the messages were accepted. At most `third` may need the third attempt, five minutes later.
fn attempts(report: &mut Report, answers: &[Vec<Answer>], third: usize) {
    let at = |attempt| {
        answers.iter().filter(|tries| tries.iter().position(Answer::is_fine) == Some(attempt)).count()
    };
    report.fact("accepted at the first attempt", at(0));
    report.fact("accepted at the second attempt", at(1));
    let later = answers.iter().filter(|tries| !tries.iter().any(Answer::is_fine)).count();
    report.goal("third attempt needed", later, format!("at most {third}"), later <= third);
    report.outcomes(answers);
}

/// A provider at which 5 of 100 transactions fail for the moment, at any stage.
pub(crate) async fn transient() -> anyhow::Result<Report> {
    let (dir, mut report) = (tempfile::tempdir()?, Report::default());
    let sink = Sink::start(Manner::Faulty(5), Duration::ZERO)?;
    let service = Service::start(dir.path(), sink.port, true)?;
    let load = Load { first: 0, count: 2000, rate: 100, attempts: 2 };
    let answers = service.caller.deliver(load).await;
    report.fact("transactions that failed", sink.faults());
    attempts(&mut report, &answers, 2);
    report.end(&sink, &service);
    Ok(report)
}

/// A provider whose port refuses connections for eight seconds.
pub(crate) async fn refused() -> anyhow::Result<Report> {
    let (dir, mut report) = (tempfile::tempdir()?, Report::default());
    let sink = Sink::start(Manner::Kind, Duration::from_secs(8))?;
    let service = Service::start(dir.path(), sink.port, true)?;
    let answers = service.caller.deliver(Load { first: 0, count: 100, rate: 10, attempts: 2 }).await;
    attempts(&mut report, &answers, 0);
    report.end(&sink, &service);
    Ok(report)
}

/// A provider that works on three messages at a time and refuses the others after their body.
pub(crate) async fn three() -> anyhow::Result<Report> {
    const COUNT: u32 = 200;
    const EACH: Duration = Duration::from_millis(50);
    let (dir, mut report) = (tempfile::tempdir()?, Report::default());
    let sink = Sink::start(Manner::Narrow(3, EACH), Duration::ZERO)?;
    let service = Service::start(dir.path(), sink.port, true)?;
    let begun = Instant::now();
    let answers = service.caller.deliver(Load { first: 0, count: 200, rate: 0, attempts: 1 }).await;
    let took = begun.elapsed();
    let due = EACH * COUNT / 3;
    report.count(
        "accepted within their request",
        answers.iter().flatten().filter(|a| a.is_fine()).count(),
        200,
    );
    report.fact("transactions answered with 432", sink.faults());
    report.fact("time that three sessions need", seconds(due));
    report.goal(
        "time until the last answer",
        seconds(took),
        format!("at most {}", seconds(due * 2)),
        took <= due * 2,
    );
    report.outcomes(&answers);
    report.end(&sink, &service);
    Ok(report)
}
