//! The workshop in a real browser: what a person sees, by mouse and by keyboard.

use serde_json::json;

use crate::support::browser::{Browser, ENTER, TAB};
use crate::support::playground::Playground;

/// An arrow key (`WebDriver`, 17.4.2).
const DOWN: &str = "\u{e015}";

async fn at(playground: &Playground, path: &str) -> Browser {
    let browser = Browser::start(1280, 900).await;
    browser.open(&format!("{}{path}", playground.workshop)).await;
    browser
}

/// What a frame says, once it says something with `wanted` in it.
async fn in_frame(browser: &Browser, frame: &str, wanted: &str) -> String {
    browser.enter_frame(frame).await;
    let text = "document.body.innerText";
    let text = browser.wait_for(&format!("{text}.includes({}) && {text}", json!(wanted))).await;
    browser.leave_frames().await;
    text.as_str().unwrap().to_owned()
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_outbox_shows_the_sample_messages() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/").await;
    let kinds = "return [...document.querySelectorAll('#messages a .kind')].map(kind => kind.innerText)";
    assert_eq!(browser.run(kinds, &[]).await, json!(["Mail", "SMS"]));
    let mail = in_frame(&browser, "#frame-light", "418273").await;
    assert!(mail.contains("Larkfield"), "{mail}");
    let subject = browser.text("#inbox .subject").await;
    assert_eq!(subject, "418273 is your verification code for Larkfield");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn every_template_is_listed_and_shown() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/").await;
    let listed =
        "return ['email', 'sms'].map(it => document.querySelectorAll(`nav a[data-channel=${it}]`).length)";
    assert_eq!(browser.run(listed, &[]).await, json!([18, 7]));
    browser.find("nav a[data-channel=email][data-slug=magic_link_sign_in]").await.click().await;
    browser.wait_until("location.pathname.endsWith('/magic_link_sign_in')").await;
    let mail = in_frame(&browser, "#frame-light", "Your sign-in link").await;
    assert!(mail.contains("Sign in") && mail.contains("https://"), "{mail}");

    let width = "return document.querySelector('#frame-light').getBoundingClientRect().width";
    let desktop = browser.run(width, &[]).await.as_f64().unwrap();
    browser.find("label[for=view-phone]").await.click().await;
    let phone = browser.run(width, &[]).await.as_f64().unwrap();
    assert!(phone < 400.0 && phone < desktop, "{phone} {desktop}");
    browser.find("label[for=scheme-dark]").await.click().await;
    in_frame(&browser, "#frame-dark", "Your sign-in link").await;
    browser.enter_frame("#frame-dark").await;
    let background = "return getComputedStyle(document.querySelector('.card table')).backgroundColor";
    assert_eq!(browser.run(background, &[]).await, "rgb(23, 25, 29)");
    browser.leave_frames().await;
    for (label, place, wanted) in [
        ("view-text", "#text", "Use this link to sign in to Larkfield."),
        ("view-headers", "#headers", "Message-ID"),
        ("view-source", "#source pre", "Content-Transfer-Encoding: quoted-printable"),
    ] {
        browser.find(&format!("label[for={label}]")).await.click().await;
        // The page may put a fresh preview in its place meanwhile.
        browser
            .wait_until(&format!("document.querySelector({place:?})?.innerText.includes({wanted:?})"))
            .await;
    }
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_text_is_a_bubble_with_its_segments() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/sms/verification_code?locale=ja").await;
    let bubble = browser.text("#bubble").await;
    assert!(bubble.contains("418273") && bubble.contains("Larkfield"), "{bubble}");
    for (id, expected) in [("#segments", "1"), ("#encoding", "UCS-2")] {
        assert_eq!(browser.text(id).await, expected);
    }
    let units = browser.text("#units").await.parse::<usize>().unwrap();
    assert_eq!(units, bubble.encode_utf16().count());
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn another_language_is_chosen_on_the_page() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/verification_code").await;
    in_frame(&browser, "#frame-light", "Your verification code").await;
    for (locale, title, direction) in [("de", "Dein Bestätigungscode", "ltr"), ("ar", "رمز التحقق", "rtl")]
    {
        browser.find(&format!("#locale option[value={locale}]")).await.click().await;
        in_frame(&browser, "#frame-light", title).await;
        browser.enter_frame("#frame-light").await;
        assert_eq!(browser.run("return document.documentElement.dir", &[]).await, direction);
        browser.leave_frames().await;
    }
    assert!(browser.run("return location.search", &[]).await.as_str().unwrap().contains("locale=ar"));
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn what_is_typed_shows_and_does_nothing_else() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/verification_code").await;
    browser.find("[id='set-app.name']").await.fill("<img src=x onerror=alert(1)> & Co").await;
    let mail = in_frame(&browser, "#frame-light", "<img src=x onerror=alert(1)> & Co").await;
    assert!(mail.contains("418273"), "{mail}");
    browser.wait_until("document.querySelector('#inbox .subject').innerText.endsWith('& Co')").await;
    // Without its code the mail would not go out: that is said, beside what worked last.
    browser.find("#set-otp_code").await.fill("").await;
    let reason = browser.text("#fault .reason").await;
    assert!(reason.contains("`otp_code` is missing"), "{reason}");
    in_frame(&browser, "#frame-light", "418273").await;
    browser.find("#samples a[data-sample=hostile]").await.click().await;
    browser.wait_until("location.search.includes('sample=hostile')").await;
    in_frame(&browser, "#frame-light", "<b onclick=").await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_saved_file_shows_and_a_broken_one_is_named() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/verification_code?locale=de").await;
    in_frame(&browser, "#frame-light", "Dein Bestätigungscode").await;

    playground.save("templates/locales/de.ftl", "verification_code =\n    .title = Hereinspaziert\n");
    in_frame(&browser, "#frame-light", "Hereinspaziert").await;

    playground.save("templates/locales/de.ftl", "verification_code =\n    .title = Herein, { $app-nme }\n");
    let fault = browser.text("#faults .fault").await;
    assert!(fault.contains("locales/de.ftl") && fault.contains("there is no variable `app.nme`"), "{fault}");
    assert_eq!(browser.text("#faults .fault pre mark").await, "$app-nme", "the word is marked");
    in_frame(&browser, "#frame-light", "Hereinspaziert").await;

    playground.save("templates/locales/de.ftl", "verification_code =\n    .title = Herein, { $app-name }\n");
    in_frame(&browser, "#frame-light", "Herein, Larkfield").await;
    browser.wait_until("!document.querySelector('#faults .fault')").await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_language_that_is_added_can_be_chosen_and_changes_no_choice() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/verification_code").await;
    browser.find("#locale option[value=de]").await.click().await;
    in_frame(&browser, "#frame-light", "Dein Bestätigungscode").await;
    playground.save("templates/locales/sk.ftl", "verification_code =\n    .title = Tvoj kod\n");
    browser.wait_until("document.querySelector('#locale option[value=sk]')").await;
    assert_eq!(browser.find("#locale").await.property("value").await, "de");
    assert!(browser.run("return location.search", &[]).await.as_str().unwrap().contains("locale=de"));
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn everything_is_reached_by_keyboard() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/verification_code").await;
    browser.press(TAB).await;
    browser.wait_until("document.activeElement.matches('.skip')").await;
    browser.run("document.querySelector('nav [aria-current]').focus()", &[]).await;
    browser.press(DOWN).await;
    browser.press(ENTER).await;
    browser.wait_until("document.querySelector('h1').innerText === 'Waitlist confirmation'").await;
    browser.find("#view-desktop").await;
    browser.run("document.querySelector('#view-desktop').focus()", &[]).await;
    browser.press(DOWN).await;
    browser.wait_until("document.querySelector('#view-phone').checked").await;
    let unnamed = "return [...document.querySelectorAll('input:not([type=hidden]), select, button, iframe, nav')]
        .filter(it => !(it.labels?.length || it.title || it.innerText || it.getAttribute('aria-label'))).length";
    assert_eq!(browser.run(unnamed, &[]).await, 0, "each field has a name for who can't see it");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn nothing_is_asked_of_anybody_else() {
    let playground = Playground::start(&[]);
    let browser = at(&playground, "/template/email/verification_code").await;
    in_frame(&browser, "#frame-light", "418273").await;
    let asked = "return performance.getEntriesByType('resource').map(it => new URL(it.name).origin)
        .filter(origin => origin !== location.origin)";
    assert_eq!(browser.run(asked, &[]).await, json!([]));
}

/// The client itself, on a page that has what the workshop's pages are made of.
#[tokio::test]
#[ignore = "needs Chromium"]
async fn the_browser_types_chooses_waits_and_takes_pictures() {
    let page = "<style>@media (prefers-color-scheme: dark) { h1 { color: red } }</style>
        <h1>Light</h1><input value=old><select><option>en<option>de</select>
        <iframe sandbox srcdoc='<p>in the frame</p>'></iframe>
        <script>setTimeout(() => document.body.append(document.createElement('hr')), 50)</script>";
    let browser = Browser::start(500, 400).await;
    browser.open(&format!("data:text/html,{page}")).await;
    browser.find("hr").await;

    let field = browser.find("input").await;
    field.fill("Zoë").await;
    assert_eq!(field.property("value").await, "Zoë");
    assert_eq!(field.attribute("value").await.as_deref(), Some("old"));
    browser.find("option:last-child").await.click().await;
    assert_eq!(browser.find("select").await.property("value").await, "de");

    browser.enter_frame("iframe").await;
    assert_eq!(browser.text("p").await, "in the frame");
    browser.leave_frames().await;

    let color = "return getComputedStyle(document.querySelector('h1')).color";
    browser.prefer_dark(true).await;
    assert_eq!(browser.run(color, &[]).await, "rgb(255, 0, 0)");
    browser.prefer_dark(false).await;
    assert_eq!(browser.run(color, &[]).await, "rgb(0, 0, 0)");

    let dir = tempfile::tempdir().unwrap();
    let picture = dir.path().join("page.png");
    browser.screenshot(&picture).await;
    let picture = std::fs::read(picture).unwrap();
    assert_eq!(picture.get(..8), Some(b"\x89PNG\r\n\x1a\n".as_slice()));
    let width = browser.run("return innerWidth + arguments[0]", &[json!(0)]).await;
    assert_eq!(picture.get(18..20).map(|bytes| json!(u16::from_be_bytes([bytes[0], bytes[1]]))), Some(width));
}
