//! The workshop in a real browser: links, copying, events, languages side by side, search, keys, a phone.

use serde_json::json;

use crate::support::browser::{Browser, ENTER};
use crate::support::playground::Playground;

const ESCAPE: &str = "\u{e00c}";
const SPACE: &str = " ";
/// An arrow key, and the key End (`WebDriver`, 17.4.2).
const RIGHT: &str = "\u{e014}";
const END: &str = "\u{e010}";

async fn at(playground: &Playground, path: &str) -> Browser {
    let browser = Browser::start(1280, 900).await;
    browser.open(&format!("{}{path}", playground.workshop)).await;
    browser
}

async fn clipboard(browser: &Browser) -> String {
    let text = browser.run("return navigator.clipboard.readText()", &[]).await;
    text.as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn links_open_in_a_page_of_their_own() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/magic_link_sign_in").await;
    browser.enter_frame("#frame-light").await;
    browser.find("a[href*='larkfield.example']").await;
    browser.click_on(".btn a").await;
    browser.leave_frames().await;
    assert_eq!(browser.windows().await, 2, "the link in the frame");
    browser.click_on("#link").await;
    assert_eq!(browser.windows().await, 3, "the link above");
    browser.find("label[for=view-text]").await.click().await;
    browser.click_on("#text a").await;
    assert_eq!(browser.windows().await, 4, "the link in the text");
    assert!(browser.run("return location.pathname", &[]).await.as_str().unwrap().starts_with("/template/"));
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_code_and_a_link_are_copied() {
    let playground = Playground::start(&[]);
    playground.trigger(&["magic_link_sign_in"]).await.ok();
    let browser = at(&playground, "/template/email/verification_code").await;
    browser.allow_the_clipboard().await;
    browser.find("#facts .copy").await.click().await;
    browser.wait_until("document.querySelector('#facts .copy').innerText === 'Copied'").await;
    assert_eq!(clipboard(&browser).await, "418273");
    // In the outbox too, of what arrived.
    browser.open(&format!("{}/", playground.workshop)).await;
    let link = browser.find("#link").await.attribute("href").await.unwrap();
    browser.press("c").await;
    browser.wait_until("document.querySelector('#facts .copy').innerText === 'Copied'").await;
    assert_eq!(clipboard(&browser).await, link);
    assert!(link.starts_with("https://"), "{link}");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn every_event_is_listed_with_what_happened_to_it() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/events").await;
    browser.wait_until("document.querySelectorAll('.event').length === 2").await;
    let wrong = ["trigger", "verification_code", "--url", &playground.receiver, "--secret", "whsec_d3Jvbmc="];
    crate::support::command::run(playground.dir(), &wrong, &[]).await;
    playground.trigger(&["reset_password_code", "--age", "11m"]).await;
    playground.trigger(&["invitation", "--set", "event.data.delivered_by_clerk=true"]).await;
    browser.wait_until("document.querySelectorAll('.event').length === 5").await;
    let said = "return [...document.querySelectorAll('.event .outcome')].map(it => it.innerText)";
    let said = browser.run(said, &[]).await;
    assert_eq!(said[1], "expired", "{said}");
    assert!(said[0].as_str().unwrap().starts_with("skipped: "), "{said}");
    assert!(said[2].as_str().unwrap().starts_with("unauthorized"), "{said}");
    assert_eq!(said[3], "accepted", "{said}");
    browser.find("#event-3 summary").await.click().await;
    let sentence = browser.text("#event-3 .more p").await;
    assert!(sentence.contains("secret"), "{sentence}");
    // What is unfolded stays so when the next event comes.
    playground.trigger(&["magic_link_sign_in"]).await.ok();
    browser.wait_until("document.querySelectorAll('.event').length === 6").await;
    assert_eq!(browser.find("#event-3").await.property("open").await, true);
    browser.find("#event-6 summary").await.click().await;
    browser.find("#event-6 a[href^='/message/']").await.click().await;
    browser.wait_until("location.pathname.startsWith('/message/')").await;
    let language = browser.text("#language-from").await;
    assert_eq!(
        language,
        "Language en, from `default_locale`, since nothing says which language the reader has"
    );
    let row = browser.text("#messages a[aria-current]").await;
    assert!(row.contains("magic_link_sign_in/en"), "{row}");
    browser.find("#facts a[href^='/events#']").await.click().await;
    browser.wait_until("document.querySelector('#event-6')?.open").await;
    playground.trigger(&["verification_code", "--locale", "de"]).await.ok();
    browser.open(&format!("{}/", playground.workshop)).await;
    assert!(browser.text("#language-from").await.starts_with("Language de, from a variable"));
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn all_languages_stand_side_by_side_with_what_is_missing() {
    let swedish = "verification_code =\n    .title = Din kod\n    .lead = Din kod:\n";
    let playground =
        Playground::start(&[("templates/locales/sv-FI.ftl", swedish), ("templates/locales/eo.ftl", swedish)]);
    let browser = at(&playground, "/template/email/verification_code").await;
    browser.find("a[href^='/languages/']").await.click().await;
    browser.wait_until("document.querySelectorAll('.card').length > 12").await;
    let missing = browser.text("#card-eo .missing").await;
    assert!(
        missing.contains("verification_code.subject") && !missing.contains("verification_code.title"),
        "{missing}"
    );
    let marked = "return [...document.querySelectorAll('.card.lacks')].map(it => it.id)";
    assert_eq!(browser.run(marked, &[]).await, json!(["card-eo"]), "what a parent says is not missing");
    browser.enter_frame("#frame-eo").await;
    assert_eq!(browser.text("h1").await, "Din kod");
    browser.leave_frames().await;
    // It follows what is saved.
    let before = browser.find("#frame-eo").await.attribute("src").await;
    playground
        .save("templates/locales/eo.ftl", "verification_code =\n    .title = Via kodo\n    .lead = Jen:\n");
    browser
        .wait_until(&format!("document.querySelector('#frame-eo').getAttribute('src') !== {}", json!(before)))
        .await;
    browser.enter_frame("#frame-eo").await;
    browser.wait_until("document.querySelector('h1')?.innerText === 'Via kodo'").await;
    browser.leave_frames().await;
    browser.open(&format!("{}/languages/sms/verification_code", playground.workshop)).await;
    let bubble = browser.text("#card-de .bubble").await;
    assert!(bubble.contains("418273"), "{bubble}");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn templates_and_messages_are_searched_and_walked_through_by_keys() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/verification_code").await;
    browser.press("/").await;
    browser.press("password reset").await;
    let shown =
        "[...document.querySelectorAll('#list li a')].filter(it => it.offsetParent).map(it => it.innerText)";
    browser.wait_until(&format!("{shown}.length < 5")).await;
    let found = browser.run(&format!("return {shown}"), &[]).await;
    assert_eq!(found, json!(["Reset password code", "Reset password code"]));
    browser.press(ENTER).await;
    browser.wait_until("location.pathname === '/template/email/reset_password_code'").await;
    browser.press("j").await;
    browser.wait_until("location.pathname === '/template/email/verification_code'").await;
    browser.press("k").await;
    browser.wait_until("location.pathname === '/template/email/reset_password_code'").await;
    browser.open(&format!("{}/", playground.workshop)).await;
    browser.press("j").await;
    browser.wait_until("location.pathname.endsWith('.json')").await;
    browser.press("/").await;
    browser.press("nothing of the kind").await;
    browser.wait_until("![...document.querySelectorAll('#messages a')].some(it => it.offsetParent)").await;
    browser.press(ESCAPE).await;
    browser.wait_until("document.querySelectorAll('#messages a')[1].offsetParent").await;
    // The list of keys, in which they are switched off.
    browser.press("?").await;
    browser.wait_until("document.querySelector('#keys').open").await;
    browser.tab_to("#keys-on").await;
    browser.press(SPACE).await;
    browser.press(ESCAPE).await;
    browser.wait_until("!document.querySelector('#keys').open").await;
    browser.press("?").await;
    assert_eq!(browser.find("#keys").await.property("open").await, false);
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_phone_shows_no_phone_and_billing_mails_are_clerks() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/").await;
    browser.be_a_phone(390, 844).await;
    browser.open(&format!("{}/template/email/verification_code", playground.workshop)).await;
    browser.wait_until("document.querySelector('#view-phone').checked").await;
    let frame = "const style = getComputedStyle(document.querySelector('#frame-light')); return [style.borderTopWidth, style.width]";
    assert_eq!(browser.run(frame, &[]).await, json!(["1px", "358px"]));
    let sideways = "return document.documentElement.scrollWidth - innerWidth";
    assert_eq!(browser.run(sideways, &[]).await, 0);
    for path in ["/", "/events", "/languages/email/invitation", "/template/sms/verification_code"] {
        browser.open(&format!("{}{path}", playground.workshop)).await;
        assert_eq!(browser.run(sideways, &[]).await, 0, "{path}");
    }
    browser.find(".open-list").await.click().await;
    browser.find("a[data-clerk=billing_receipt]").await.click().await;
    let hint = browser.text("#files").await;
    assert!(hint.starts_with("In Clerk's own words, since it has no template"), "{hint}");
    assert!(!browser.text("#inbox .subject").await.is_empty());
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn fields_without_effect_and_remarks_on_files_are_said() {
    let files = [
        ("config.toml", "[brand]\nname = \"Northwind\"\n"),
        ("templates/locales/de.ftl", "verification_code =\n    .subjekt = Dein Code\n"),
        ("templates/email/verification_code/body.html.hbs", "<p>{{otp_code}}</p>"),
    ];
    let playground = Playground::start(&files);
    let browser = at(&playground, "/template/email/verification_code").await;
    assert_eq!(
        browser.text("label[for='set-app.name']").await,
        "app.name · from [brand]".replace(" · ", " ")
    );
    for (field, is_read_only) in [("app.name", true), ("requested_at", true), ("otp_code", false)] {
        assert_eq!(
            browser.find(&format!("[id='set-{field}']")).await.property("readOnly").await,
            is_read_only
        );
    }
    let files = browser.text("#files").await;
    assert!(files.contains("; the subject and the text built in"), "{files}");
    browser.find("#remarks summary").await.click().await;
    let remark = browser.text("#remarks .fault").await;
    assert!(remark.contains("did you mean `verification_code.subject`?"), "{remark}");
    assert!(remark.contains("line 2"), "{remark}");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_message_is_found_opened_and_its_code_copied_without_a_mouse() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/invitation").await;
    browser.allow_the_clipboard().await;
    browser.tab_to("#to-events").await;
    browser.press(ENTER).await;
    browser.wait_until("location.pathname === '/events'").await;
    browser.tab_to("#event-2 summary").await;
    browser.press(ENTER).await;
    browser.tab_to("#event-2 a[href^='/message/']").await;
    browser.press(ENTER).await;
    browser.wait_until("location.pathname.startsWith('/message/')").await;
    browser.tab_to("#facts .copy").await;
    browser.press(SPACE).await;
    browser.wait_until("document.querySelector('#facts .copy').innerText === 'Copied'").await;
    assert_eq!(clipboard(&browser).await, "418273");
    browser.tab_to("#show-keys").await;
    browser.press(ENTER).await;
    browser.wait_until("document.querySelector('#keys').open").await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_page_that_is_not_there_says_so_until_it_is() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/none").await;
    assert_eq!(browser.text("h1").await, "Nothing is here");
    assert_eq!(browser.text(".missing .hint").await, "The workshop has no page at this address.");
    browser.find(".missing a").await.click().await;
    browser.wait_until("location.pathname === '/' && document.querySelector('#preview')").await;

    browser.open(&format!("{}/template/sms/zebra", playground.workshop)).await;
    assert_eq!(browser.text(".missing .hint").await, "There is no template for this channel and slug.");
    playground.save("templates/sms/zebra.txt.hbs", "Stripes: {{otp_code}}");
    browser.wait_until("document.querySelector('#bubble')?.innerText === 'Stripes: 418273'").await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_mail_is_shown_in_any_width() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/verification_code").await;
    let slider = "document.querySelector('#width')";
    let width = async |expected: u32| {
        let frame = format!("document.querySelector('#frame-light').clientWidth === {expected}");
        browser.wait_until(&frame).await;
        assert_eq!(browser.text(".width output").await, expected.to_string());
    };
    assert_eq!(browser.run(&format!("return {slider}.offsetParent"), &[]).await, json!(null));
    browser.find("label[for=view-width]").await.click().await;
    width(480).await;
    browser.tab_to("#width").await;
    browser.press(RIGHT).await;
    width(481).await;
    browser.press(END).await;
    width(1200).await;
    browser
        .run(
            &format!("{slider}.value = 333; {slider}.dispatchEvent(new Event('input', {{ bubbles: true }}))"),
            &[],
        )
        .await;
    width(333).await;
    // It is in the address, and stays for the next template; other views have their own.
    browser.wait_until("location.search.includes('view=width&width=333')").await;
    browser
        .wait_until("document.querySelector('#list a[data-slug=invitation]').href.includes('width=333')")
        .await;
    browser.find("#list a[data-channel=email][data-slug=invitation]").await.click().await;
    browser.wait_until("document.querySelector('h1').innerText === 'Invitation'").await;
    width(333).await;
    browser.find("label[for=view-phone]").await.click().await;
    browser.wait_until("document.querySelector('#frame-light').clientWidth === 375").await;
    browser.wait_until("!location.search.includes('width')").await;
    browser.open(&format!("{}/", playground.workshop)).await;
    browser.find("label[for=view-width]").await.click().await;
    width(480).await;
}
