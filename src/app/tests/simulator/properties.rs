//! What must hold whatever goes wrong. Each property is checked against what Svix and the mail servers saw.

use super::script::{Disk, Millis, Plan, Step, Words};
use super::svix::SCHEDULE;
use super::world::{Answer, Asked, Log, Taken, World};

/// `request_deadline`: no answer comes later.
const DEADLINE: Millis = 12_000;

/// The statuses of all outcomes that a run can have, and whether they stop Svix.
const OUTCOMES: &[(&str, u16, bool)] = &[
    ("accepted", 200, false),
    ("duplicate", 200, false),
    ("superseded", 200, false),
    ("expired", 422, true),
    ("rejected", 422, true),
    ("in_doubt", 422, true),
    ("failed", 503, false),
    ("in_progress", 503, false),
    ("overloaded", 503, false),
    ("unauthorized", 401, false),
];

/// One run that is over.
struct Run<'w> {
    world: &'w World,
    log: &'w Log,
}

/// Checks all properties. `last` has the last answer to each message.
///
/// # Errors
/// The property that does not hold, with all that happened.
pub(super) fn check(world: &World, last: &[Option<Answer>]) -> Result<(), String> {
    let log = world.log().clone();
    let run = Run { world, log: &log };
    for asked in &log.asked {
        if let Some(answer) = &asked.answer {
            run.check_answer(asked, answer).map_err(|wrong| format!("{wrong}: {asked:?}\n{log:#?}"))?;
        }
    }
    for (at, next) in log.taken.iter().enumerate() {
        run.check_taken(next, &log.taken[..at]).map_err(|wrong| format!("{wrong}: {next:?}\n{log:#?}"))?;
    }
    for (message, last) in last.iter().enumerate() {
        run.check_end(message, last.as_ref())
            .map_err(|wrong| format!("message {message}: {wrong}\n{log:#?}"))?;
    }
    Ok(())
}

fn ensure(holds: bool, wrong: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(wrong.to_owned()) }
}

impl Run<'_> {
    fn plan(&self, message: usize) -> &Plan {
        &self.world.script.messages[message]
    }

    /// When the message's code dies; `None` where it has none.
    fn death(&self, message: usize) -> Option<Millis> {
        let plan = self.plan(message);
        plan.lives.map(|minutes| plan.born + minutes * 60_000)
    }

    /// Whether the disk was bad at some time between these.
    fn disk_was_bad(&self, from: Millis, to: Millis) -> bool {
        self.world.script.disk.is_some_and(|disk| {
            // A disk that refuses does so until a restart, and one that hung needs a moment.
            let end = if disk.hangs { disk.to + 1_000 } else { Millis::MAX };
            disk.from <= to && from <= end
        })
    }

    fn disk_hung(&self, at: Millis) -> bool {
        self.world
            .script
            .disk
            .is_some_and(|Disk { hangs, from, to }| hangs && (from..=to + 1_000).contains(&at))
    }

    fn check_answer(&self, asked: &Asked, answer: &Answer) -> Result<(), String> {
        let Answer { status, aborts, outcome, reason } = answer;
        let outcome = outcome.as_str();
        let Asked { message, to: Some(life), at, until, .. } = *asked else {
            return Err("an answer from a service that was down".to_owned());
        };
        ensure(
            OUTCOMES.contains(&(outcome, *status, *aborts)),
            "status or header do not belong to this outcome",
        )?;
        ensure(until - at <= DEADLINE, "answered after the deadline")?;
        ensure(asked.forged == (outcome == "unauthorized"), "a signature was taken for what it is not")?;
        let taken = || {
            self.log
                .taken
                .iter()
                .any(|it| it.message == message && it.by.service == life.service && it.at <= until)
        };
        let said = |fits: fn(&Words) -> bool| {
            self.log
                .said
                .iter()
                .filter(move |said| said.by == life && (at..=until).contains(&said.at) && fits(&said.words))
        };
        let death = self.death(message);
        match outcome {
            "accepted" | "duplicate" => ensure(taken(), "nobody took it: it is lost")?,
            "rejected" => {
                let is_about_it = |words: &Words| !matches!(words, Words::Ours(_) | Words::Later(_));
                let named = said(is_about_it).any(|said| said.message.is_none_or(|of| of == message));
                ensure(named, "given up without a reason that a provider named")?;
            }
            "superseded" => {
                let newer = self.log.taken.iter().any(|it| {
                    it.by.service == life.service && it.at <= until && self.is_newer(it.message, message)
                });
                ensure(newer, "given up for a newer code that nobody took")?;
            }
            "expired" => ensure(death.is_some_and(|death| until >= death), "given up while it lives")?,
            "in_doubt" => ensure(self.world.script.stop, "given up for a doubt under `resend`")?,
            "failed" => {
                ensure(reason != "-", "failed without a reason")?;
                ensure(
                    !(self.world.script.stop && reason == "unknown"),
                    "a doubt is not final under `stop`",
                )?;
                let is_unsure = self.world.script.stop && self.disk_was_bad(at, until);
                let is_dead = death.is_some_and(|death| death < at);
                ensure(!is_dead || is_unsure, "Svix brings a dead code again")?;
                let refused = said(|words| matches!(words, Words::Recipient(_)))
                    .any(|said| said.message == Some(message) && said.step != Step::Mail);
                ensure(!refused, "Svix brings a message again whose recipient was refused for good")?;
                let lives = death.is_none_or(|death| death > at + DEADLINE);
                ensure(!(asked.calm && lives), "nothing went wrong, and it failed")?;
            }
            "in_progress" => {
                let other = self.log.under_way.iter().filter(|(other, service, _, begun)| {
                    *other == message && *service == life.service && *begun <= until
                });
                ensure(other.count() > 1, "in progress, and no other request is")?;
            }
            "overloaded" => {
                let stops = self.log.died.iter().any(|died| died.life == life && !died.killed);
                ensure(stops, "overloaded, and not about to stop")?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether `one` is a newer code for the same recipient than `other`.
    fn is_newer(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.plan(one), self.plan(other));
        one.lives.is_some()
            && other.lives.is_some()
            && one.recipient == other.recipient
            && one.born > other.born
    }

    /// Checks that a message which was taken had to be sent, after those that were taken `before`.
    fn check_taken(&self, next: &Taken, before: &[Taken]) -> Result<(), String> {
        let death = self.death(next.message);
        ensure(death.is_none_or(|death| next.begun <= death), "sent after its life")?;
        for earlier in before.iter().filter(|it| it.by.service == next.by.service) {
            if earlier.message == next.message {
                ensure(!self.world.script.stop, "sent twice under `stop`")?;
                ensure(self.is_excused(earlier, next), "sent twice without a doubt")?;
            }
            let heard = !earlier.doubt && earlier.said.is_some_and(|said| said < next.begun);
            let is_late = self.is_newer(earlier.message, next.message) && earlier.by == next.by && heard;
            ensure(!is_late, "sent after a newer code")?;
        }
        Ok(())
    }

    /// Whether a service could not know of `earlier` when it sent the message again.
    fn is_excused(&self, earlier: &Taken, next: &Taken) -> bool {
        if earlier.doubt && earlier.said.is_none_or(|said| said >= next.begun) {
            return true;
        }
        let said = earlier.said.unwrap_or(earlier.at);
        self.log.died.iter().any(|died| {
            let is_unwritten = died.at <= said + 1 || self.disk_was_bad(said, died.at);
            died.life == earlier.by && died.killed && is_unwritten
        }) || (earlier.by != next.by && self.disk_hung(next.begun))
    }

    fn check_end(&self, message: usize, last: Option<&Answer>) -> Result<(), String> {
        if last.is_some_and(Answer::is_final) {
            return Ok(());
        }
        let attempts = self.log.asked.iter().filter(|it| it.message == message && !it.forged).count();
        ensure(attempts >= SCHEDULE.len(), "Svix stopped without a final answer")?;
        // A code is dead at the last attempt, so only a service that does not answer leaves it open.
        ensure(
            last.is_none() || self.plan(message).lives.is_none(),
            "a code was brought to the end of the schedule",
        )
    }
}
