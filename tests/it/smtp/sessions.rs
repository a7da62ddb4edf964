//! How many sessions there are, who waits for one, and when one is closed.

use clerk_courier::clock::Clock;
use clerk_courier::delivery::Late;
use clerk_courier::delivery::smtp::{self, Settings, Tls};
use tokio::task::JoinSet;

use super::{FORMS, IMPATIENT, PATIENT, assert_accepted, client, form, hello, mail, settings, summary, text};
use crate::support::certificate::Authority;
use crate::support::relay::{Fault, Options, Relay, Stage};

#[tokio::test]
async fn a_dropped_future_closes_its_session() {
    for offered in FORMS {
        let relay = Relay::start(form(offered)).await;
        let client = client(&relay);
        relay.fail_times(Stage::Body, Fault::Hang, 1);
        let sender = client.clone();
        let sending = tokio::spawn(async move { sender.deliver(&hello(), PATIENT, &Late::unheard()).await });
        relay.until(|state| state.hung == 1).await;
        sending.abort();
        relay.until(|state| state.open == 0).await;
        assert_eq!(client.open_sessions(), 0);
        assert_accepted(&client, &hello()).await;
        assert_eq!(relay.mails().len(), 1);
    }
}

#[tokio::test]
async fn no_more_sessions_than_configured_and_each_message_once() {
    for offered in FORMS {
        let relay = Relay::start(form(offered)).await;
        let client = client(&relay);
        let mut sending = JoinSet::new();
        for number in 0..40 {
            let client = client.clone();
            sending.spawn(async move {
                let to = format!("user{number}@example.com");
                client.deliver(&mail(&to, &format!("{number}\r\n")), PATIENT, &Late::unheard()).await
            });
        }
        while let Some(verdict) = sending.join_next().await {
            assert_eq!(summary(&verdict.unwrap()), "Accepted");
        }
        assert!(client.open_sessions() <= 4);
        assert!(relay.state().max_open <= 4, "{} sessions", relay.state().max_open);
        let mut mails: Vec<_> = relay.mails().into_iter().map(|mail| (mail.to, mail.body)).collect();
        mails.sort();
        mails.dedup();
        assert_eq!(mails.len(), 40);
        assert!(mails.iter().all(|(to, body)| *to == format!("user{}@example.com", text(body).trim_end())));
    }
}

#[tokio::test]
async fn waiting_for_a_session_counts() {
    let relay = Relay::start(Options::default()).await;
    let client = smtp::Relay::new(Settings { connections: 1, ..settings(&relay) }, Clock::System).unwrap();
    relay.fail_times(Stage::Body, Fault::Hang, 1);
    let busy = client.clone();
    let first = tokio::spawn(async move { busy.deliver(&hello(), PATIENT, &Late::unheard()).await });
    relay.until(|state| state.hung == 1).await;
    assert_eq!(
        summary(&client.deliver(&hello(), IMPATIENT, &Late::unheard()).await),
        "Deferred Throttled at connect"
    );
    relay.release();
    assert_eq!(summary(&first.await.unwrap()), "Accepted");
}

#[tokio::test]
async fn a_session_closed_while_idle_costs_nothing() {
    let authority = Authority::new();
    let ca = authority.file();
    for offered in FORMS {
        for tls in [Tls::None, Tls::Required] {
            let starttls = Some(authority.server("127.0.0.1"));
            let relay = Relay::start(Options { starttls, ..form(offered) }).await;
            let ca_file = Some(ca.path().to_owned());
            let client =
                smtp::Relay::new(Settings { tls, ca_file, ..settings(&relay) }, Clock::System).unwrap();
            for goodbye in ["421 4.4.2 idle for too long", ""] {
                assert_accepted(&client, &hello()).await;
                relay.close_idle(goodbye).await;
            }
            assert_accepted(&client, &hello()).await;
            assert_eq!((relay.mails().len(), relay.state().connections), (3, 3), "{offered:?} {tls:?}");
        }
    }
}

#[tokio::test]
async fn a_421_to_mail_on_a_kept_session_is_a_close_that_crossed_our_write() {
    for offered in FORMS {
        let relay = Relay::start(form(offered)).await;
        let client = client(&relay);
        assert_accepted(&client, &hello()).await;
        relay.fail_times(Stage::Mail, Fault::reply("421 4.4.2 idle for too long"), 1);
        assert_accepted(&client, &hello()).await;
        assert_eq!((relay.mails().len(), relay.state().connections), (2, 2));
        relay.fail(Stage::Mail, Fault::reply("421 4.7.0 too many messages"));
        let verdict = client.deliver(&hello(), PATIENT, &Late::unheard()).await;
        assert_eq!(summary(&verdict), "Deferred Throttled at mail", "and only one fresh session is tried");
        assert_eq!(relay.state().connections, 3);
    }
}

#[tokio::test]
async fn a_server_that_wants_fewer_sessions_gets_fewer() {
    let relay = Relay::start(Options { max_connections: 2, ..Options::default() }).await;
    let client = smtp::Relay::new(Settings { connections: 8, ..settings(&relay) }, Clock::System).unwrap();
    let wave = async || {
        let mut sending = JoinSet::new();
        for _ in 0..8 {
            let client = client.clone();
            sending.spawn(async move { summary(&client.deliver(&hello(), PATIENT, &Late::unheard()).await) });
        }
        let mut verdicts = sending.join_all().await;
        verdicts.sort();
        verdicts
    };
    let first = wave().await;
    assert_eq!(first, ["Accepted"; 8], "who met the limit waits for a session that works");
    assert_eq!(wave().await, ["Accepted"; 8]);
    assert_eq!(relay.mails().len(), 16);
    assert!(relay.state().connections <= 10, "one more session is tried now and then");
}
