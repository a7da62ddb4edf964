//! Our clock, and that of the server behind the endpoint's URL, against the time that Clerk's API says.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::delivery::http;
use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::subject::Subject;
use crate::webhook::TOLERANCE;

pub(super) const CHECK: Check =
    Check { name: "clock", area: Area::Clock, run: |subject| Box::pin(run(subject)) };

/// The longest time for an answer. One that comes later says little of the time anyway.
const WITHIN: Duration = Duration::from_secs(4);

/// From here on a clock is worth a warning.
const WORTH_A_WARNING: Duration = Duration::from_mins(1);

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    let api = &subject.config.clerk.backend.api_url;
    let there = async {
        match &subject.url {
            Some(url) => difference(&subject, url, false).await,
            None => None,
        }
    };
    let (clerk, url) = tokio::join!(difference(&subject, api, true), there);
    let mut told: Vec<_> = clerk
        .and_then(|off| judged("This machine's clock", "this machine's clock", off))
        .into_iter()
        .collect();
    // What Clerk's time says of our clock is taken off the other difference, where both are known.
    let other = url.map(|url| url - clerk.unwrap_or_default());
    // The server at the URL is most likely this machine. If both are wrong by as much, this was said.
    told.extend(
        other.and_then(|off| judged("The clock of the server at --url", "the clock of that server", -off)),
    );
    match (told.is_empty(), clerk, url) {
        (false, ..) => {}
        (true, None, None) => told.push(Told::unseen(
            "Neither Clerk's API nor --url said the time, so the clock was not compared.",
            "Check the network; `timedatectl` says whether this machine's clock is synchronised.",
        )),
        (true, Some(off), _) | (true, None, Some(off)) => {
            told.push(Told::fine(format!(
                "within {} s of {}",
                off.abs().max(1),
                if clerk.is_some() { "Clerk's" } else { "the endpoint's" }
            )));
        }
    }
    told
}

/// Their time minus ours in seconds; `None` if nobody said it.
async fn difference(subject: &Subject, url: &str, by_proxy: bool) -> Option<i64> {
    let client = if by_proxy {
        http::client_with(WITHIN, &subject.config.proxies, false).ok()?
    } else {
        http::client(WITHIN).ok()?
    };
    // Without the secret key: what is asked for does not matter, only when the answer was written.
    let asked = subject.clock.now();
    let response = client.get(url).timeout(WITHIN).send().await.ok()?;
    let answered = subject.clock.now();
    let date = response.headers().get("date")?.to_str().ok()?;
    let theirs = httpdate::parse_http_date(date).ok()?;
    // A time within the exchange does not count as a difference. The header has whole seconds.
    let earliest = asked.checked_sub(Duration::from_secs(1))?;
    Some(if theirs < earliest { -seconds(earliest, theirs) } else { seconds(theirs, answered) })
}

/// The seconds from the second time to the first; 0 if there are none.
fn seconds(later: SystemTime, earlier: SystemTime) -> i64 {
    later.duration_since(earlier).map_or(0, |off| i64::try_from(off.as_secs()).unwrap_or(i64::MAX / 4))
}

/// What a clock is that another one is `off` seconds ahead of.
fn judged(whose: &str, it: &str, off: i64) -> Option<Told> {
    let by = Duration::from_secs(off.unsigned_abs());
    let (way, shown) = (if off > 0 { "behind" } else { "ahead" }, humantime::format_duration(by));
    let cure = format!("Synchronise {it}: `timedatectl set-ntp true`, or chrony.");
    if by >= TOLERANCE {
        let what = format!(
            "{whose} is {shown} {way}. Signatures are accepted within 5 min, so every webhook is refused."
        );
        Some(Told::fault(what, cure))
    } else if by >= WORTH_A_WARNING {
        let what = format!("{whose} is {shown} {way}. At 5 min every webhook is refused.");
        Some(Told::warning(what, cure))
    } else {
        None
    }
}
