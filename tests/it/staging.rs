//! Who a mail is from and for, as the receiving server sees it: senders, staging, headers, addresses beyond ASCII.

use serde_json::json;

use crate::support::courier::{Courier, config};
use crate::support::relay::{Options, Relay};
use crate::support::scene::{Read, both_through, code, email, mail_through, smtp, text, to, with_slug};
use crate::support::twilio::Twilio;

#[tokio::test]
async fn a_mail_has_the_headers_of_an_automatic_message() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&mail_through(&relay)));
    assert_eq!(courier.post(&code("ema_34EI446M8")).await.line(), "200 accepted -");
    let mail = relay.mails().pop().unwrap();
    let read = Read::new(&mail);
    for (name, value) in [
        ("From", "Acme <login@acme.example>"),
        ("To", "mira.okafor@mail.example"),
        ("Message-ID", "<ema_34EI446M8@acme.example>"),
        ("X-Entity-Ref-ID", "ema_34EI446M8"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("MIME-Version", "1.0"),
        ("Reply-To", "-"),
        ("List-Unsubscribe", "-"),
        ("X-Original-To", "-"),
        ("Bcc", "-"),
    ] {
        assert_eq!(read.header(name).replace('"', ""), value, "{name}");
    }
    assert!(mailparse::dateparse(&read.header("Date")).is_ok());
    assert!(mail.body.is_ascii() && mail.body.split(|byte| *byte == b'\n').all(|line| line.len() <= 998));
    let parsed = mailparse::parse_mail(&mail.body).unwrap();
    let kinds: Vec<_> = parsed.subparts.iter().map(|part| part.ctype.mimetype.as_str()).collect();
    assert_eq!(
        (&*parsed.ctype.mimetype, &*kinds),
        ("multipart/alternative", &["text/plain", "text/html"][..])
    );
    assert_eq!(relay.state().commands[..1], ["EHLO acme.example"]);
    assert_eq!((&*mail.from, &*mail.to), ("login@acme.example", "mira.okafor@mail.example"));
}

#[tokio::test]
async fn each_slug_may_have_a_sender_of_its_own() {
    let relay = Relay::start(Options::default()).await;
    let rest = [
        "[email]\nfrom = \"{{app.name}} <{{from_email_name}}@acme.example>\"\nproviders = [\"main\"]\n"
            .to_owned(),
        "[email.by_slug.teams]\nfrom = \"Acme, Teams <teams@acme.example>\"\n".to_owned(),
        "envelope_from = \"bounces@mx.acme.example\"\nreply_to = \"Help <help@acme.example>\"\n".to_owned(),
        smtp("main", relay.port) + "helo = \"mail.acme.example\"\n",
    ];
    let courier = Courier::start(&config(&rest.concat()));
    let mut replies = code("ema_replies");
    replies["data"]["reply_to_email_name"] = json!("support");
    let mut unnamed = code("ema_unnamed");
    unnamed["data"]["from_email_name"] = json!("not an address");
    for (event, from, envelope, reply_to) in [
        (code("ema_1"), "Larkfield <notifications@acme.example>", "notifications@acme.example", "-"),
        (
            replies,
            "Larkfield <notifications@acme.example>",
            "notifications@acme.example",
            "support@acme.example",
        ),
        (unnamed, "Larkfield <noreply@acme.example>", "noreply@acme.example", "-"),
        (
            with_slug(code("ema_2"), "teams"),
            "Acme, Teams <teams@acme.example>",
            "bounces@mx.acme.example",
            "Help <help@acme.example>",
        ),
    ] {
        assert_eq!(courier.post(&event).await.line(), "200 accepted -");
        let mail = relay.mails().pop().unwrap();
        let read = Read::new(&mail);
        let plain = |name: &str| read.header(name).replace('"', "");
        assert_eq!((plain("From"), plain("Reply-To")), (from.to_owned(), reply_to.to_owned()));
        assert_eq!(mail.from, envelope);
    }
    assert_eq!(relay.state().commands[0], "EHLO mail.acme.example");
}

#[tokio::test]
async fn staging_sends_everything_to_one_place() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let rest = both_through(&relay, &texts)
        .replace("[email]\n", "[email]\nredirect_to = \"stage@acme.example\"\n")
        .replace("[sms]\n", "[sms]\nredirect_to = \"+447700900999\"\n");
    let courier = Courier::start(&config(&rest));
    for event in [code("ema_1"), text("sms_1")] {
        assert_eq!(courier.post(&event).await.line(), "200 accepted -");
    }
    let mail = relay.mails().pop().unwrap();
    let read = Read::new(&mail);
    assert_eq!((&*mail.to, &*read.header("To")), ("stage@acme.example", "stage@acme.example"));
    assert_eq!(read.header("X-Original-To"), "mira.okafor@mail.example");
    let asked = texts.asked().pop().unwrap();
    assert_eq!(asked.field("To"), Some("+447700900999"));
    assert!(asked.field("Body").unwrap().starts_with("[+447700900123] 418273 "), "{asked:?}");
}

#[tokio::test]
async fn staging_leaves_out_who_is_not_on_the_list() {
    let (relay, texts) = (Relay::start(Options::default()).await, Twilio::start().await);
    let rest = both_through(&relay, &texts)
        .replace("[email]\n", "[email]\nallow_recipients = [\"*@acme.example\", \"ann@other.example\"]\n")
        .replace("[sms]\n", "[sms]\nallow_recipients = [\"+447700900123\"]\n");
    let courier = Courier::start(&config(&rest));
    for (event, wanted) in [
        (code("ema_1"), "200 skipped not_allowed"),
        (to(code("ema_2"), "bob@acme.example"), "200 accepted -"),
        (to(code("ema_3"), "ann@other.example"), "200 accepted -"),
        (to(code("ema_4"), "bob@evilacme.example"), "200 skipped not_allowed"),
        (text("sms_1"), "200 accepted -"),
        (to(text("sms_2"), "+447700900124"), "200 skipped not_allowed"),
    ] {
        assert_eq!(courier.post(&event).await.line(), wanted, "{event}");
    }
    assert_eq!((relay.mails().len(), texts.asked().len()), (2, 1));
}

#[tokio::test]
async fn addresses_beyond_ascii_go_where_they_can() {
    let knows = Relay::start(Options { smtputf8: true, ..Options::default() }).await;
    let does_not = Relay::start(Options::default()).await;
    let rest = email(&["does_not"])
        + "[email.by_slug.utf8]\nproviders = [\"knows\"]\n[email.by_slug.either]\nproviders = [\"does_not\", \"knows\"]\n"
        + &smtp("knows", knows.port)
        + &smtp("does_not", does_not.port);
    let courier = Courier::start(&config(&rest));
    let event = |id: &str, slug: &str, recipient: &str| to(with_slug(code(id), slug), recipient);
    for (event, wanted) in [
        (event("ema_1", "utf8", "jürgen@münchen.example"), "200 accepted -"),
        (event("ema_2", "ascii", "jürgen@münchen.example"), "422 rejected recipient abort"),
        (event("ema_3", "either", "jürgen@münchen.example"), "200 accepted -"),
        (event("ema_4", "ascii", "mira@münchen.example"), "200 accepted -"),
    ] {
        assert_eq!(courier.post(&event).await.line(), wanted, "{}", event["data"]["id"]);
    }
    let envelopes: Vec<_> = knows.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(envelopes, ["jürgen@xn--mnchen-3ya.example", "jürgen@xn--mnchen-3ya.example"]);
    assert!(knows.state().commands.contains(&"MAIL FROM:<login@acme.example> SMTPUTF8".to_owned()));
    let mails = does_not.mails();
    assert_eq!((mails.len(), &*mails[0].to), (1, "mira@xn--mnchen-3ya.example"));
    assert_eq!(Read::new(&mails[0]).header("To"), "mira@xn--mnchen-3ya.example");
}
