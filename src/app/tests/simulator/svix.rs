//! Svix: brings each message until it is answered for good, by the schedule that its documentation names.

use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;
use tokio::time::sleep;
use tower::Service as _;

use super::misbehaviour::Misbehaviour;
use super::script::{How, Millis, Plan, Secrets};
use super::services::{PATH, Services, epoch};
use super::world::{Answer, Asked, World};
use crate::clock::millis;
use crate::webhook::SigningSecrets;

pub(super) const OLD_SECRET: &str = "whsec_evi8j0Hojzno7hSoRApTgYLqPBOHxeKG";
pub(super) const NEW_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// Nobody's.
const FORGED_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The pauses before each attempt, in seconds: each counts from the failure of the one before.
pub(super) const SCHEDULE: [u64; 8] = [0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000];
/// After that Svix gives a request up.
const TIMEOUT: Millis = 15_000;

const CODE: &str = include_str!("../../../../samples/email/verification_code.json");
const NOTICE: &str = include_str!("../../../../samples/email/password_changed.json");

/// The event of a message, as Clerk makes it.
fn event(number: usize, plan: &Plan, misbehaviour: Misbehaviour) -> Vec<u8> {
    let sample = if plan.lives.is_some() { CODE } else { NOTICE };
    let mut event: Value = serde_json::from_str(sample).unwrap();
    let younger = if misbehaviour == Misbehaviour::NeverExpires { 20 * 3_600_000 } else { 0 };
    event["timestamp"] = (millis(epoch()) + plan.born + younger).into();
    event["data"]["id"] = format!("ema_sim_{number}").into();
    event["data"]["to_email_address"] = format!("person-{}@mail.example", plan.recipient).into();
    if let Some(minutes) = plan.lives {
        event["data"]["data"]["ttl_minutes"] = minutes.into();
    }
    serde_json::to_vec(&event).unwrap()
}

/// Svix, as one message meets it.
#[derive(Clone)]
pub(super) struct Svix {
    world: World,
    services: Services,
    number: usize,
    plan: Plan,
    body: Vec<u8>,
}

impl Svix {
    pub(super) fn new(world: &World, services: &Services, number: usize, misbehaviour: Misbehaviour) -> Self {
        let plan = world.script.messages[number].clone();
        let body = event(number, &plan, misbehaviour);
        Self { world: world.clone(), services: services.clone(), number, plan, body }
    }

    /// Brings the message until it is answered for good, or the schedule ends. Gives the last answer.
    pub(super) async fn bring(self) -> Option<Answer> {
        let plan = &self.plan;
        sleep(Duration::from_millis(plan.born + plan.first)).await;
        let replay = plan.replay.map(|after| {
            let svix = self.clone();
            tokio::spawn(async move {
                sleep(Duration::from_millis(after)).await;
                svix.ask(0, TIMEOUT, false).await;
            })
        });
        let mut last = None;
        for (attempt, pause) in SCHEDULE.into_iter().enumerate() {
            let percent = u64::try_from(100 + plan.jitter).unwrap();
            sleep(Duration::from_millis(pause * 10 * percent)).await;
            last = self.attempt(attempt).await;
            if last.as_ref().is_some_and(Answer::is_final) {
                break;
            }
        }
        if let Some(replay) = replay {
            replay.await.unwrap();
        }
        last
    }

    async fn attempt(&self, attempt: usize) -> Option<Answer> {
        match self.plan.attempts.get(attempt).copied().unwrap_or(How::Plain) {
            How::Plain => self.ask(attempt, TIMEOUT, false).await,
            How::Breaks(after) => self.ask(attempt, after, false).await,
            How::Forged => {
                self.ask(attempt, TIMEOUT, true).await;
                self.ask(attempt, TIMEOUT, false).await
            }
            How::Twice(after) => {
                let again = async {
                    sleep(Duration::from_millis(after)).await;
                    self.ask(attempt, TIMEOUT, false).await
                };
                let (first, second) = tokio::join!(self.ask(attempt, TIMEOUT, false), again);
                // Either request stops Svix.
                match second {
                    Some(second) if second.is_final() => Some(second),
                    _ => first,
                }
            }
        }
    }

    /// One request, which is given up after `limit`.
    async fn ask(&self, attempt: usize, limit: Millis, forged: bool) -> Option<Answer> {
        let at = self.world.now();
        let service = self.plan.to[attempt % self.plan.to.len()];
        let up = self
            .services
            .with(service, |process| (process.life, process.router.clone(), process.dead.clone()));
        let life = up.as_ref().map(|(life, ..)| *life);
        let calm = limit == TIMEOUT && self.services.are_calm() && self.world.is_quiet(self.number);
        let answer = match up {
            None => None,
            Some((_, mut router, dead)) => {
                if !forged {
                    let under_way = (self.number, service, self.plan.recipient, at);
                    self.world.log().under_way.push(under_way);
                }
                let request = self.request(forged);
                let answered = async { read(router.call(request).await.unwrap()).await };
                tokio::select! {
                    biased;
                    () = dead.cancelled() => None,
                    answer = answered => Some(answer),
                    () = sleep(Duration::from_millis(limit)) => None,
                }
            }
        };
        let until = self.world.now();
        let asked = Asked { message: self.number, to: life, at, until, forged, answer: answer.clone(), calm };
        self.world.log().asked.push(asked);
        answer
    }

    fn request(&self, forged: bool) -> Request<Body> {
        let id = format!("msg_sim_{}", self.number);
        let now = epoch() + self.world.began.elapsed();
        let timestamp = now.duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
        let secrets = match self.world.script.secrets {
            _ if forged => vec![FORGED_SECRET],
            Secrets::Old => vec![OLD_SECRET],
            Secrets::BothForOld | Secrets::BothForNew => vec![NEW_SECRET, OLD_SECRET],
            Secrets::ChangedAt(at) if self.world.now() < at => vec![OLD_SECRET],
            Secrets::ChangedAt(_) => vec![NEW_SECRET],
        };
        let sign = |secret| SigningSecrets::new([secret]).unwrap().sign(&id, &timestamp, &self.body);
        let signatures: Vec<_> = secrets.into_iter().map(sign).collect();
        Request::post(PATH)
            .header("svix-id", &id)
            .header("svix-timestamp", &timestamp)
            .header("svix-signature", signatures.join(" "))
            .header("content-type", "application/json")
            .body(Body::from(self.body.clone()))
            .unwrap()
    }
}

/// What Svix keeps of an answer.
async fn read(response: axum::response::Response) -> Answer {
    let status = response.status().as_u16();
    let aborts = response.headers().get("webhook-delivery").is_some_and(|value| value == "abort-message");
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let json: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| json[name].as_str().unwrap_or("-").to_owned();
    Answer { status, aborts, outcome: text("outcome"), reason: text("reason") }
}
