//! Changes who delivers, template by template, and knows of each what happened to it, wherever the work stops.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::client::{Client, LONGEST_WAIT, USUAL_WAIT, WAITS};
use super::fault::{Fault, Kind};
use crate::message::Channel;

/// A template whose delivery is to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whether it is a mail's or an SMS's.
    pub channel: Channel,
    /// Clerk's name for the template.
    pub slug: String,
}

/// What happened to one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is delivered as was asked for.
    Changed,
    /// It is as before, for this reason.
    Kept(Fault),
    /// It may be as before, or changed: Clerk did not answer, and could not be asked either.
    Unknown(Fault),
    /// Nothing was tried, because the work stopped before.
    Untried,
}

/// What happened to all of them.
#[derive(Debug)]
pub struct Report {
    /// Each template with its fate, in the order in which they were given.
    pub fates: Vec<(Target, Fate)>,
    /// Whether a person stopped the work.
    pub interrupted: bool,
}

/// How many times a person has asked to stop. The first time, the request under way is finished; the second time it is not.
pub type Stop = watch::Receiver<u32>;

/// A way to stop the work, for a task that waits for signals: it adds to the number.
#[must_use]
pub fn stop() -> (watch::Sender<u32>, Stop) {
    watch::channel(0)
}

/// Has Clerk deliver these templates (`by_clerk`), or has it leave them to us. `tell` hears of each template as soon as its
/// fate is known, and of each wait.
///
/// A refusal of one template leaves the others to be tried. Whatever would meet all others too ends the work.
pub async fn switch(
    client: &Client,
    targets: Vec<Target>,
    by_clerk: bool,
    mut stop: Stop,
    mut tell: impl FnMut(&Target, Progress<'_>),
) -> Report {
    let (mut fates, mut ended) = (Vec::with_capacity(targets.len()), false);
    for target in targets {
        let fate = if ended || *stop.borrow() > 0 {
            Fate::Untried
        } else {
            let fate = one(client, &target, by_clerk, &mut stop, &mut tell).await;
            tell(&target, Progress::Fate(&fate));
            ended = match &fate {
                Fate::Kept(fault) => !fault.is_of_one_template(),
                Fate::Unknown(_) => true,
                Fate::Changed | Fate::Untried => false,
            };
            fate
        };
        fates.push((target, fate));
    }
    Report { fates, interrupted: *stop.borrow() > 0 }
}

/// What [`switch`] tells while it works.
#[derive(Debug)]
pub enum Progress<'a> {
    /// Clerk asks to wait for that long.
    Waits(Duration),
    /// A template is done, for better or worse.
    Fate(&'a Fate),
}

/// Changes one template.
async fn one(
    client: &Client,
    target: &Target,
    by_clerk: bool,
    stop: &mut Stop,
    tell: &mut impl FnMut(&Target, Progress<'_>),
) -> Fate {
    let (mut waits, mut repeated) = (0, false);
    loop {
        let answer = tokio::select! {
            answer = client.deliver(target.channel, &target.slug, by_clerk) => answer,
            () = asked(stop, 2) => {
                return Fate::Unknown(Fault::new(Kind::Lost, "you did not wait for it"));
            }
        };
        let fault = match answer {
            Ok(template) if template.delivered_by_clerk == by_clerk => return Fate::Changed,
            Ok(_) => return Fate::Kept(Fault::new(Kind::Contradicts, "")),
            Err(fault) => fault,
        };
        if let Kind::Throttled(wait) = fault.kind {
            let time = wait.unwrap_or(USUAL_WAIT);
            if waits == WAITS || time > LONGEST_WAIT {
                return Fate::Kept(fault);
            }
            waits += 1;
            tell(target, Progress::Waits(time));
            tokio::select! {
                () = sleep(time) => continue,
                () = asked(stop, 1) => return Fate::Kept(fault),
            }
        }
        if !fault.may_have_worked() {
            return Fate::Kept(fault);
        }
        // Never simply asked again: a server that toggles, whatever the request says, would undo the change.
        match client.template(target.channel, &target.slug).await {
            Ok(template) if template.delivered_by_clerk == by_clerk => return Fate::Changed,
            Ok(_) if !repeated && *stop.borrow() == 0 => repeated = true,
            Ok(_) => return Fate::Kept(fault),
            Err(_) => return Fate::Unknown(fault),
        }
    }
}

/// Returns when a person has asked that many times to stop, and never if nobody can.
async fn asked(stop: &mut Stop, times: u32) {
    if stop.wait_for(|asked| *asked >= times).await.is_err() {
        std::future::pending::<()>().await;
    }
}
