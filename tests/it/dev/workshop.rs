//! The workshop's pages of templates: what they show, what may be typed, what is saved, what is broken, what is sent.

use super::{frame, part};
use crate::support::playground::Playground;
use crate::support::relay::{Fault, Options, Relay, Stage};

#[tokio::test]
async fn every_template_is_listed_and_shown_as_its_reader_sees_it() {
    let playground = Playground::start(&[]);
    let page = playground.page("/template/email/verification_code").await;
    for (channel, slug) in
        [("email", "verification_code"), ("email", "magic_link_sign_in"), ("sms", "verification_code")]
    {
        assert!(page.contains(&format!("data-channel=\"{channel}\" data-slug=\"{slug}\"")), "{page}");
    }
    let inbox = part(&page, "inbox");
    for shown in [">Larkfield</span>", "class=\"subject\">418273 is your ", "class=\"preheader\">418273 "] {
        assert!(inbox.contains(shown), "{inbox}");
    }
    assert!(
        part(&page, "text").contains("418273") && part(&page, "headers").contains("Message-ID"),
        "{page}"
    );
    let source = part(&page, "source");
    assert!(source.contains("\r\nTo: mira.okafor") && source.contains("multipart/alternative"), "{source}");
    assert!(part(&page, "locale").contains("<option value=\"en\" selected>"), "{page}");

    // What the form says of a page that nothing was changed on is that page: its frames need not load anew.
    let same =
        playground.page("/template/email/verification_code?locale=en&sample=plain&view=phone&scheme=dark");
    let same = same.await;
    for scheme in ["light", "dark"] {
        assert_eq!(frame(&same, scheme), frame(&page, scheme));
    }
    let light = playground.page(&frame(&page, "light")).await;
    let dark = playground.page(&frame(&page, "dark")).await;
    assert!(light.contains("418273") && dark.contains("418273"));
    assert!(!light.contains("prefers-color-scheme") && !dark.contains("prefers-color-scheme"), "{light}");
    assert!(light.contains("@media (max-width: 0)") && dark.contains("@media (min-width: 0)"), "{dark}");

    let page = playground.page("/template/sms/verification_code?locale=xx").await;
    assert!(
        part(&page, "bubble").contains("418273") && part(&page, "segments").contains("<b>1</b>"),
        "{page}"
    );
}

#[tokio::test]
async fn values_can_be_edited_and_are_data() {
    let playground = Playground::start(&[]);
    let address = "/template/email/verification_code?set.otp_code=%3Cb%3E77%3C%2Fb%3E&set.app.name=A%26B&set.requested_by=";
    let page = playground.page(address).await;
    assert!(part(&page, "inbox").contains("A&amp;B") && !page.contains("<b>77</b>"), "{page}");
    assert!(part(&page, "set-otp_code").contains("value=\"&lt;b&gt;77&lt;/b&gt;\""), "{page}");
    let html = playground.page(&frame(&page, "light")).await;
    assert!(html.contains("&lt;b&gt;77&lt;/b&gt;") && !html.contains("<b>77</b>"), "{html}");

    // Without its code the message never goes out: said so, beside the last rendering that works.
    let page = playground.page("/template/email/verification_code?set.otp_code=").await;
    let fault = part(&page, "fault");
    assert!(
        fault.contains("email/verification_code/")
            && fault.contains("otp_code")
            && fault.contains("is missing"),
        "{fault}"
    );
    assert!(page.contains("data-stale") && part(&page, "inbox").contains("418273"), "{page}");

    for sample in ["bare", "hostile"] {
        let page = playground.page(&format!("/template/email/verification_code?sample={sample}")).await;
        assert!(!page.contains("data-stale") && part(&page, "inbox").contains("418273"), "{sample}: {page}");
        let html = playground.page(&frame(&page, "light")).await;
        assert!(html.contains("418273") && !html.contains("<b onclick"), "{sample}: {html}");
    }
}

#[tokio::test]
async fn what_is_saved_shows_and_what_is_broken_is_named_while_the_last_good_rendering_stays() {
    let playground = Playground::start(&[]);
    let (file, page) = ("templates/sms/verification_code.txt.hbs", "/template/sms/verification_code");
    playground.save(file, "First: {{otp_code}}");
    playground.page_when(page, |page| part(page, "bubble").contains("First: 418273")).await;

    playground.save(file, "fine\nSecond: {{#if otp_code}}{{otp_code}}");
    let broken = playground.page_when(page, |page| page.contains("class=\"faults\"")).await;
    let faults = part(&broken, "faults");
    assert!(faults.contains(file) && faults.contains("line <b>2</b>, column <b>"), "{faults}");
    assert!(faults.contains("Second: "), "the line itself is shown: {faults}");
    assert!(part(&broken, "bubble").contains("First: 418273"), "{broken}");
    assert!(playground.page("/").await.contains("class=\"faults\""), "every page tells");
    playground.trigger(&["verification_code", "--channel", "sms"]).await.ok();
    assert!(part(&playground.page("/").await, "bubble").contains("First: 418273"));

    playground.save(file, "Third: {{otp_code}}");
    let mended = playground.page_when(page, |page| part(page, "bubble").contains("Third: 418273")).await;
    assert!(!mended.contains("class=\"faults\""), "{mended}");

    playground.save("config.toml", "[brand]\nname = \"Northwind\"\n");
    let inbox = |page: &str| part(page, "inbox").contains(">Northwind</span>");
    playground.page_when("/template/email/verification_code", inbox).await;
    playground.save("config.toml", "[brand]\nnane = \"Northwind\"\n");
    let broken = playground.page_when("/", |page| page.contains("class=\"faults\"")).await;
    let faults = part(&broken, "faults");
    assert!(
        faults.contains("config.toml") && faults.contains("line <b>2</b>") && faults.contains("nane"),
        "{faults}"
    );
    assert_eq!(playground.stop("TERM").code(), Some(0));
}

#[tokio::test]
async fn broken_templates_are_what_the_workshop_starts_for() {
    let file = "templates/email/verification_code/subject.txt.hbs";
    let playground = Playground::start(&[(file, "{{#if otp_code}}")]);
    assert_eq!(playground.messages().await.len(), 2, "the built-in ones serve meanwhile");
    let page = playground.page("/").await;
    assert!(part(&page, "faults").contains(file), "{page}");
    playground.save(file, "Mended {{otp_code}}");
    let page = playground
        .page_when("/template/email/verification_code", |page| part(page, "inbox").contains("Mended 418273"))
        .await;
    assert!(!page.contains("class=\"faults\""), "{page}");
}

#[tokio::test]
async fn a_template_can_be_sent_through_the_configured_providers() {
    let relay = Relay::start(Options::default()).await;
    let playground = Playground::start(&[(
        "config.toml",
        &format!(
            "[clerk]\nsigning_secrets = [\"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"]\n\
         [email]\nfrom = \"Northwind <login@northwind.example>\"\nproviders = [\"main\"]\n\
         [providers.main]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:{}\"\n",
            relay.port
        ),
    )]);
    assert_eq!(relay.state().connections, 0, "nobody asked for it yet");
    let form = "to=ada%40example.org&set.otp_code=907060";
    let page = playground.send("email/verification_code", form).await;
    let sent = part(&page, "sent");
    assert!(sent.contains("data-accepted=\"true\"") && sent.contains(">main</b>"), "{sent}");
    let mails = relay.mails();
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, "ada@example.org"));
    let body = String::from_utf8_lossy(&mails[0].body).into_owned();
    assert!(
        body.contains("From: Northwind <login@northwind.example>\r\n") && body.contains("907060"),
        "{body}"
    );

    relay.fail(Stage::Rcpt, Fault::reply("550 5.1.1 Unknown user"));
    let page = playground.send("email/verification_code", form).await;
    let sent = part(&page, "sent");
    assert!(sent.contains("data-accepted=\"false\"") && sent.contains("550 5.1.1"), "{sent}");

    let page = playground.send("email/verification_code", "to=nobody").await;
    assert!(part(&page, "sent").contains("Not sent: "), "{page}");
    let page = playground.send("sms/verification_code", "to=%2B447700900123").await;
    assert!(part(&page, "not-configured").contains("<code>[sms]</code>"), "{page}");
    assert!(part(&page, "sent").contains("Not sent: [sms]"), "{page}");
}

#[tokio::test]
async fn without_a_configuration_the_page_says_what_sending_needs() {
    let playground = Playground::start(&[]);
    let page = playground.page("/template/email/verification_code").await;
    let hint = part(&page, "not-configured");
    assert!(
        hint.contains("To send from here, write a configuration: <code>clerk-courier init</code>."),
        "{hint}"
    );
    assert!(!hint.contains("<pre>"), "{hint}");
    assert!(!page.contains("id=\"send\""), "{page}");
    let page = playground.send("email/verification_code", "to=a%40b.example").await;
    assert!(part(&page, "sent").contains("Not sent: "), "{page}");
}
