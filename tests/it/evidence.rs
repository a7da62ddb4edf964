//! A refusal that names nobody: final only where the same server took something for the same sender a moment ago.

use crate::support::courier::{Courier, config};
use crate::support::relay::{Fault, Options, Relay, Stage};
use crate::support::scene::{code, mail_through, with_slug};

#[tokio::test]
async fn a_vague_refusal_is_final_only_after_an_acceptance_for_the_same_sender() {
    let relay = Relay::start(Options::default()).await;
    let other = "[email.by_slug.other]\nfrom = \"Acme <other@acme.example>\"\n";
    let courier = Courier::start(&config(&(mail_through(&relay) + other)));
    let vague = [(Stage::Rcpt, "550 no"), (Stage::Body, "554 no"), (Stage::Body, "550 5.7.1 no")];
    for (at, (stage, reply)) in vague.into_iter().enumerate() {
        relay.fail(stage, Fault::reply(reply));
        let answer = courier.post(&code(&format!("ema_before_{at}"))).await;
        assert_eq!(answer.line(), "503 failed account", "{reply}");
        let told = answer.text("message").contains(reply.rsplit_once(' ').unwrap().0);
        assert!(told, "the reply is shown: {}", answer.json);
        relay.heal();
    }
    assert_eq!(courier.post(&code("ema_taken")).await.line(), "200 accepted -");
    for (at, (stage, reply)) in vague.into_iter().enumerate() {
        relay.fail(stage, Fault::reply(reply));
        let wanted = if stage == Stage::Rcpt { "recipient" } else { "content" };
        let answer = courier.post(&code(&format!("ema_after_{at}"))).await;
        assert_eq!(answer.line(), format!("422 rejected {wanted} abort"), "{reply}");
        let answer = courier.post(&with_slug(code(&format!("ema_other_{at}")), "other")).await;
        assert_eq!(answer.line(), "503 failed account", "{reply}, another sender");
        relay.heal();
    }
    assert_eq!(relay.mails().len(), 1);
}

#[tokio::test]
async fn what_speaks_of_us_stays_ours_whatever_was_accepted() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    assert_eq!(courier.post(&code("ema_taken")).await.line(), "200 accepted -");
    for (at, (stage, reply, wanted)) in [
        (Stage::Rcpt, "550 relay not permitted", "503 failed account"),
        (Stage::Body, "554 Message rejected: Email address is not verified.", "503 failed account"),
        (Stage::Body, "550 5.4.5 Daily user sending quota exceeded.", "503 failed throttled"),
        (Stage::Body, "530 5.7.0 Authentication required", "503 failed credentials"),
        (Stage::Rcpt, "550-Mailbox unavailable\r\n550 5.7.1 blocked by policy", "503 failed account"),
        (Stage::Greeting, "220-mail.example ESMTP\r\n521 5.7.1 client blocked", "503 failed account"),
    ]
    .into_iter()
    .enumerate()
    {
        relay.close_idle("").await;
        relay.fail(stage, Fault::reply(reply));
        let answer = courier.post(&code(&format!("ema_{at}"))).await;
        assert_eq!(answer.line(), wanted, "{reply}: {}", answer.json);
        relay.heal();
        assert_eq!(courier.post(&code(&format!("ema_{at}"))).await.line(), "200 accepted -", "{reply}");
    }
}
