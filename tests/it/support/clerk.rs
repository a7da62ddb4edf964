//! A scripted Backend API of Clerk's, with state: 34 templates, whose delivery can be switched, and faults at chosen calls.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use clerk_courier::message::Channel;
use clerk_courier::template::sample;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::courier::now;

/// The secret key that the stand-in accepts.
pub(crate) const KEY: &str = "sk_test_ClerkCourierCanary0123456789";

/// What to do with a request in place of what it asks for.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// This status, one header, and this body. Nothing is changed.
    Answer(u16, &'static str, String),
    /// Close without having done anything, now and from now on.
    DieBefore,
    /// Do it, and close without an answer; from now on, close at once.
    DieAfter,
    /// Do it, and close without an answer.
    Forget,
    /// Do it, and answer so much later.
    Slow(Duration),
    /// Never answer.
    Hang,
    /// Answer as if it had been done, and do nothing.
    Pretend,
}

/// A request that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// `POST /templates/email/invitation/toggle_delivery`
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// The server; it stops when dropped.
pub(crate) struct Clerk {
    pub(crate) address: SocketAddr,
    state: Arc<Mutex<State>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct State {
    templates: Vec<Value>,
    /// By the secret key of their instance, and their id.
    users: BTreeMap<(String, String), Value>,
    asked: Vec<Asked>,
    /// Acts by the number of the call, from 1.
    at: BTreeMap<usize, Act>,
    /// Acts for every request whose line contains a text, so many times.
    on: Vec<(String, Act, usize)>,
    dead: bool,
    /// How many seconds its clock is ahead of ours.
    skew: i64,
    /// The countries that it sends no SMS to.
    blocked: Vec<String>,
}

impl Clerk {
    /// Listens, with every template delivered by Clerk.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { templates: templates(), ..State::default() }));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let state = Arc::clone(&shared);
                tokio::spawn(async move { converse(stream, state).await });
            }
        });
        Self { address, state, task }
    }

    /// The lines of a configuration that lead here.
    pub(crate) fn section(&self) -> String {
        format!("secret_key = \"{KEY}\"\napi_url = \"http://{}\"\n", self.address)
    }

    /// What to do at the call of this number, counted from the next one on.
    pub(crate) fn at(&self, call: usize, act: Act) {
        let mut state = self.state.lock().unwrap();
        let number = state.asked.len() + call;
        state.at.insert(number, act);
    }

    /// What to do with requests whose line contains `text`, so many times.
    pub(crate) fn on(&self, text: &str, times: usize, act: Act) {
        self.state.lock().unwrap().on.push((text.to_owned(), act, times));
    }

    /// Sets its clock, by which it dates its answers, so many seconds ahead of ours.
    pub(crate) fn skew(&self, seconds: i64) {
        self.state.lock().unwrap().skew = seconds;
    }

    /// Blocks SMS to these countries.
    pub(crate) fn block(&self, countries: &[&str]) {
        self.state.lock().unwrap().blocked = countries.iter().map(|country| (*country).to_owned()).collect();
    }

    /// Forgets all acts, and answers again.
    pub(crate) fn revive(&self) {
        let mut state = self.state.lock().unwrap();
        (state.at, state.on, state.dead) = Default::default();
    }

    /// Has Clerk deliver everything, as at the start.
    pub(crate) fn reset(&self) {
        for template in &mut self.state.lock().unwrap().templates {
            template["delivered_by_clerk"] = true.into();
        }
    }

    /// Changes a template, or adds one.
    pub(crate) fn set(&self, channel: &str, slug: &str, fields: Value) {
        let mut state = self.state.lock().unwrap();
        let Value::Object(fields) = fields else { panic!("an object") };
        if find(&mut state.templates, channel, slug).is_none() {
            state.templates.push(template(channel, slug));
        }
        let found = find(&mut state.templates, channel, slug).unwrap();
        found.as_object_mut().unwrap().extend(fields);
    }

    /// Adds a user, or changes the language of one.
    pub(crate) fn user(&self, id: &str, locale: &str) {
        self.user_of(KEY, id, locale);
    }

    /// As [`Self::user`], in the instance of another secret key, which is accepted from now on.
    pub(crate) fn user_of(&self, key: &str, id: &str, locale: &str) {
        let user = json!({ "id": id, "object": "user", "locale": locale, "updated_at": 1_700_000_000_000_u64,
            "first_name": "Ada", "public_metadata": {} });
        self.state.lock().unwrap().users.insert((key.to_owned(), id.to_owned()), user);
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.lock().unwrap().asked.clone()
    }

    /// How many templates there are, and how many of them Clerk delivers.
    pub(crate) fn count(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        let by_clerk = state.templates.iter().filter(|it| it["delivered_by_clerk"] == true).count();
        (state.templates.len(), by_clerk)
    }
}

impl Drop for Clerk {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One template for each slug that has a sample: 27 mails and 7 SMS.
fn templates() -> Vec<Value> {
    let of = |channel: Channel| {
        let slugs = sample::slugs(channel).into_iter();
        slugs.map(move |slug| template(channel.as_str(), slug)).collect::<Vec<_>>()
    };
    [of(Channel::Email), of(Channel::Sms)].concat()
}

fn template(channel: &str, slug: &str) -> Value {
    json!({
        "id": format!("tmpl_{channel}_{slug}"), "object": "template", "instance_id": "ins_test", "resource_type": "system",
        "template_type": channel, "name": slug.replace('_', " "), "slug": slug, "position": 0, "can_revert": false,
        "can_delete": false, "can_edit_body": true, "can_toggle": false, "subject": null, "markup": "", "body": "",
        "available_variables": [], "required_variables": [], "from_email_name": "noreply", "reply_to_email_name": "",
        "delivered_by_clerk": true, "enabled": true, "flagged_as_suspicious": false, "updated_at": 0, "created_at": 0,
    })
}

fn find<'a>(templates: &'a mut [Value], channel: &str, slug: &str) -> Option<&'a mut Value> {
    templates.iter_mut().find(|it| it["template_type"] == channel && it["slug"] == slug)
}

async fn converse(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    let mut buffer = Vec::new();
    while let Some(asked) = request(&mut stream, &mut buffer).await {
        let act = {
            let mut state = state.lock().unwrap();
            state.asked.push(asked.clone());
            let number = state.asked.len();
            if state.dead {
                return;
            }
            let by_line =
                state.on.iter_mut().find(|(text, _, times)| *times > 0 && asked.line.contains(text));
            let by_line = by_line.map(|(_, act, times)| {
                *times -= 1;
                act.clone()
            });
            state.at.get(&number).cloned().or(by_line)
        };
        let act_on = |state: &Mutex<State>| answer(&mut state.lock().unwrap(), &asked, true);
        let (status, header, body) = match act {
            None => act_on(&state),
            Some(Act::Answer(status, header, body)) => (status, header, body),
            Some(Act::DieBefore) => {
                state.lock().unwrap().dead = true;
                return;
            }
            Some(Act::DieAfter) => {
                act_on(&state);
                state.lock().unwrap().dead = true;
                return;
            }
            Some(Act::Forget) => {
                act_on(&state);
                return;
            }
            Some(Act::Slow(time)) => {
                tokio::time::sleep(time).await;
                act_on(&state)
            }
            Some(Act::Hang) => {
                let _ = stream.read_to_end(&mut buffer).await;
                return;
            }
            Some(Act::Pretend) => answer(&mut state.lock().unwrap(), &asked, false),
        };
        let length = body.len();
        let seconds = now().as_secs().checked_add_signed(state.lock().unwrap().skew).unwrap();
        let time = UNIX_EPOCH + Duration::from_secs(seconds);
        let date = httpdate::fmt_http_date(time);
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ndate: {date}\r\n{header}content-length: {length}\r\n\r\n"
        );
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

/// What Clerk answers, after it has done what it was asked for unless `really` is false.
fn answer(state: &mut State, asked: &Asked, really: bool) -> (u16, &'static str, String) {
    let error = |status: u16, code: &str, words: &str| {
        let errors = json!({ "errors": [{ "message": code, "long_message": words, "code": code }] });
        (status, "", errors.to_string())
    };
    let key = asked.authorization.strip_prefix("Bearer ").unwrap_or_default();
    if key != KEY && !state.users.keys().any(|(known, _)| known == key) {
        // A server that repeats the key: it must not be shown.
        let words = format!("The provided key {} is invalid.", asked.authorization);
        return error(401, "secret_key_invalid", &words);
    }
    let (method, target) = asked.line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (method, &parts[..]) {
        ("GET", ["templates", channel]) => {
            let number = |name: &str, default: usize| {
                let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
                found.map_or(default, |value| value.parse().unwrap())
            };
            let of_channel = state.templates.iter().filter(|it| it["template_type"] == *channel);
            let page: Vec<_> = of_channel.skip(number("offset", 0)).take(number("limit", 10)).collect();
            (200, "", json!(page).to_string())
        }
        ("GET", ["instance", "communication"]) => {
            let blocked =
                json!({ "object": "instance_communication", "blocked_country_codes": state.blocked });
            (200, "", blocked.to_string())
        }
        ("GET", ["templates", channel, slug]) => match find(&mut state.templates, channel, slug) {
            Some(template) => (200, "", template.to_string()),
            None => error(404, "resource_not_found", "No template was found."),
        },
        ("GET", ["users", id]) => match state.users.get(&(key.to_owned(), (*id).to_owned())) {
            Some(user) => (200, "", user.to_string()),
            None => error(404, "resource_not_found", &format!("No user was found with id {id}.")),
        },
        ("POST", ["templates", channel, slug, "toggle_delivery"]) => {
            let wanted: Value = serde_json::from_str(&asked.body).unwrap();
            match find(&mut state.templates, channel, slug) {
                Some(template) => {
                    if really {
                        template["delivered_by_clerk"] = wanted["delivered_by_clerk"].clone();
                    }
                    (200, "", template.to_string())
                }
                None => error(404, "resource_not_found", "No template was found."),
            }
        }
        _ => error(404, "not_found", "Nothing is here."),
    }
}

/// Reads one request.
async fn request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Asked> {
    loop {
        if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8(buffer[..end].to_vec()).unwrap();
            let header = |name: &str| {
                head.lines().skip(1).find_map(|line| {
                    let (known, value) = line.split_once(':')?;
                    known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
                })
            };
            let length = header("content-length").map_or(0, |value| value.parse().unwrap());
            if buffer.len() >= end + 4 + length {
                let body = String::from_utf8(buffer[end + 4..end + 4 + length].to_vec()).unwrap();
                let line = head.lines().next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
                let authorization = header("authorization").unwrap_or_default();
                buffer.drain(..end + 4 + length);
                return Some(Asked { line, authorization, body });
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
