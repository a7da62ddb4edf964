//! Which events come. Clerk's API does not say which ones an endpoint subscribes to, so this looks at what came: in the ledger,
//! and in the metrics of a service that runs on this machine.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::delivery::http;
use crate::doctor::check::Check;
use crate::doctor::finding::{Area, Told};
use crate::doctor::subject::Subject;
use crate::ledger::{self, Filter, ReadError, Row};
use crate::message::Channel;

pub(super) const CHECK: Check =
    Check { name: "events", area: Area::Clerk, run: |subject| Box::pin(run(subject)) };

/// How many rows of the ledger are looked at, the newest first.
const ROWS: usize = 1000;

/// After this long without an event the endpoint may be switched off: Svix does it after five days of failures.
const LONG: Duration = Duration::from_hours(5 * 24);

/// After this many events without one of a user, those are most likely not subscribed to.
const MANY: u64 = 50;

const SUBSCRIBE: &str = "Subscribe the endpoint (Clerk's dashboard, Configure > Webhooks) to email.created, sms.created, user.created, user.updated and user.deleted.";

async fn run(subject: Arc<Subject>) -> Vec<Told> {
    if !subject.is_complete() {
        return Vec::new();
    }
    let settings = subject.config.ledger.clone();
    let read = move || match ledger::read(&settings, &Filter { limit: ROWS, ..Filter::default() }) {
        Err(ReadError::Missing { .. } | ReadError::Empty { .. }) => Some(Vec::new()),
        rows => rows.ok(),
    };
    let (rows, counts) = tokio::join!(tokio::task::spawn_blocking(read), metrics(&subject));
    let Ok(Some(rows)) = rows else {
        return vec![Told::unseen(
            "The ledger can't be read, so it is not known which events came.",
            SUBSCRIBE,
        )];
    };
    let mut told = of_rows(&subject, &rows).await;
    if let Some(counts) = counts {
        told.extend(of_metrics(&counts));
    }
    told
}

/// What the ledger tells: it has each mail and SMS, and no other event.
async fn of_rows(subject: &Subject, rows: &[Row]) -> Vec<Told> {
    let Some(newest) = rows.iter().map(|row| row.settled_at).max() else {
        return vec![Told::unseen(
            "No event has come yet, and Clerk's API does not say which ones your endpoint subscribes to.",
            format!("{SUBSCRIBE} Then sign in to your app once, and run this again."),
        )];
    };
    let mut told = Vec::new();
    for (channel, event) in [(Channel::Email, "email.created"), (Channel::Sms, "sms.created")] {
        let came = rows.iter().any(|row| row.channel == channel.as_str());
        if !came && subject.sends(channel) && is_ours(subject, channel).await {
            let (name, count) = (channel.as_str(), rows.len());
            told.push(Told::warning(
                format!("[{name}] has providers, and none of the last {count} messages in the ledger is of that channel: {event} is perhaps not subscribed to."),
                format!("Look whether the endpoint in Clerk's dashboard (Configure > Webhooks) is subscribed to {event} ({}s.created is not an event).", channel.as_str()),
            ));
        }
    }
    let quiet = age(subject.clock.now(), newest);
    if quiet >= LONG {
        told.push(Told::warning(
            format!("The last message came {} ago. Svix switches an endpoint off after five days of failures, and nobody here sees that.", shown(quiet)),
            "Look in Clerk's dashboard (Configure > Webhooks) whether the endpoint is enabled, and replay what failed.",
        ));
    }
    if told.is_empty() {
        told.push(Told::fine(format!("the last message came {} ago", shown(quiet))));
    }
    told
}

/// Whether Clerk leaves some template of the channel to us, as far as that is known.
async fn is_ours(subject: &Subject, channel: Channel) -> bool {
    match subject.templates().await {
        Some(Ok(templates)) => {
            templates.iter().any(|template| template.channel == channel && !template.delivered_by_clerk)
        }
        _ => true,
    }
}

/// What a running service has counted.
struct Counts {
    all: u64,
    /// Events of other types than mail and SMS.
    others: u64,
    unauthorized: u64,
    elsewhere: u64,
}

/// Asks the service on this machine for its metrics; `None` if it does not run here.
async fn metrics(subject: &Subject) -> Option<Counts> {
    let admin = subject.config.server.admin_listen.filter(|admin| admin.port() != 0)?;
    let client = http::client(Duration::from_secs(1)).ok()?;
    let asked = client.get(format!("http://{admin}/metrics")).timeout(Duration::from_secs(2)).send();
    let response = asked.await.ok().filter(|response| response.status().is_success())?;
    let text = response.text().await.ok().filter(|text| text.contains("clerk_courier_build_info"))?;
    let sum = |wanted: &dyn Fn(&str) -> bool| -> u64 {
        let lines = text.lines().filter(|line| !line.starts_with('#') && wanted(line));
        lines.filter_map(|line| line.rsplit_once(' ')?.1.parse::<u64>().ok()).sum()
    };
    let of = |outcome: &str| {
        let label = format!("outcome=\"{outcome}\"");
        sum(&|line| line.starts_with("clerk_courier_requests_total{") && line.contains(&label))
    };
    Some(Counts {
        all: sum(&|line| line.starts_with("clerk_courier_requests_total{")),
        others: of("ignored") + of("noted"),
        unauthorized: of("unauthorized"),
        elsewhere: sum(&|line| line.starts_with("clerk_courier_posts_elsewhere_total{svix=\"yes\"}")),
    })
}

/// What the metrics tell.
fn of_metrics(counts: &Counts) -> Vec<Told> {
    let mut told = Vec::new();
    let Counts { all, others, unauthorized, elsewhere } = counts;
    if *elsewhere > 0 {
        told.push(Told::fault(
            format!("{elsewhere} webhooks came to another path than `[clerk] path`, since the service started: their messages are not delivered."),
            "Correct the endpoint's URL in Clerk's dashboard (Configure > Webhooks), or `[clerk] path`.",
        ));
    }
    if *unauthorized > 0 {
        told.push(Told::warning(
            format!("{unauthorized} of {all} requests since the service started had a signature that does not match."),
            "If Clerk's dashboard shows 401 for the endpoint's attempts, compare its signing secret with `[clerk] signing_secrets`. Otherwise strangers sent them, and they do no harm.",
        ));
    }
    if *others == 0 && *all >= MANY {
        told.push(Told::warning(
            format!("None of {all} events since the service started was of a user (user.created, user.updated), so no language is known from Clerk."),
            SUBSCRIBE,
        ));
    } else if *others == 0 {
        told.push(Told::fine("whether user.* events are subscribed to can't be seen yet"));
    }
    told
}

fn age(now: SystemTime, then: SystemTime) -> Duration {
    now.duration_since(then).unwrap_or_default()
}

/// A duration in its largest unit.
fn shown(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
