//! The rows and notes that a scenario leaves.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use super::service::{Answer, SVIX_WAITS, Service};
use super::sink::Sink;

/// What one scenario found.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The cells after the scenario's name.
    pub(crate) rows: Vec<String>,
    /// Sentences below the table: unexpected answers, and what the log warned of.
    pub(crate) notes: Vec<String>,
}

impl Report {
    /// Adds a figure without a goal.
    pub(crate) fn fact(&mut self, what: &str, figure: impl Display) {
        self.rows.push(format!("{what} | {figure} | "));
    }

    /// Adds a figure, its goal, and whether the goal was met.
    pub(crate) fn goal(&mut self, what: &str, figure: impl Display, goal: impl Display, is_met: bool) {
        let verdict = if is_met { "" } else { " **missed**" };
        self.rows.push(format!("{what} | {figure}{verdict} | {goal}"));
    }

    /// Adds a count that has to be `due`.
    pub(crate) fn count(&mut self, what: &str, found: usize, due: usize) {
        self.goal(what, found, due, found == due);
    }

    /// Adds how many of `answers` came in time and were 200, the slowest of them, and what else was answered.
    /// `which` names them in the table.
    pub(crate) fn answers(&mut self, which: &str, answers: &[Vec<Answer>]) {
        let all = || answers.iter().flatten();
        let fine = all().filter(|answer| answer.is_fine() && answer.took < SVIX_WAITS).count();
        self.count(&format!("{which} answered with 200 in time"), fine, all().count());
        let slowest = all().map(|answer| answer.took).max().unwrap_or_default();
        self.fact(&format!("slowest answer to {which}"), seconds(slowest));
        self.outcomes(answers);
    }

    /// Notes how many times each answer that is not 200 came.
    pub(crate) fn outcomes(&mut self, answers: &[Vec<Answer>]) {
        let mut others: BTreeMap<String, usize> = BTreeMap::new();
        for answer in answers.iter().flatten().filter(|answer| !answer.is_fine()) {
            *others.entry(format!("{} {}", answer.status, answer.outcome)).or_default() += 1;
        }
        for (answer, times) in others {
            self.notes.push(format!("{times} times the answer was {answer}."));
        }
    }

    /// Adds what the server counted, and what the program's log warned of.
    pub(crate) fn end(&mut self, sink: &Sink, service: &Service) {
        self.count("sent twice", sink.twice(), 0);
        for (times, line) in service.complaints() {
            self.notes.push(format!("{times} times the log warned as in `{line}`"));
        }
    }
}

/// A time as the table shows it.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
