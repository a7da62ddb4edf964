//! The workshop in a real browser: what a person sees, by mouse and by keyboard.

use serde_json::json;

use crate::support::browser::{Browser, ENTER, TAB};
use crate::support::playground::Playground;

#[tokio::test]
async fn the_sample_messages_are_listed_and_the_mail_is_shown() {
    let playground = Playground::start(&[]);
    let outbox = playground.dir().join("outbox");
    let browser = Browser::start(1280, 900).await;
    browser.open(&playground.workshop).await;
    let kinds = "return [...document.querySelectorAll('nav a .kind')].map(kind => kind.innerText)";
    assert_eq!(browser.run(kinds, &[]).await, json!(["Mail", "SMS"]));
    let heading = browser.find("article h2").await.text().await;
    assert_eq!(heading, "418273 is your Larkfield verification code");

    browser.enter_frame("iframe").await;
    let mail = browser.find("body").await.text().await;
    assert!(mail.contains("418273") && mail.contains("Larkfield"), "{mail}");
    browser.leave_frames().await;

    let source = browser.find(".parts > a").await.attribute("href").await.unwrap();
    let name = source.split('/').nth(2).unwrap();
    assert!(outbox.join(name).is_file(), "{source}");
}

#[tokio::test]
async fn the_list_is_reached_and_used_by_keyboard() {
    let playground = Playground::start(&[]);
    let browser = Browser::start(1280, 900).await;
    browser.open(&playground.workshop).await;
    browser.press(TAB).await;
    browser.wait_until("document.activeElement.matches('nav a[aria-current]')").await;
    browser.press(TAB).await;
    browser.press(ENTER).await;
    browser.wait_until("document.querySelector('article h2').innerText === 'Text message'").await;
    let bubble = browser.find(".handset p").await.text().await;
    assert!(bubble.starts_with("418273 is your Larkfield verification code."), "{bubble}");
}

/// The client itself, on a page that has what the workshop's pages are made of.
#[tokio::test]
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
    assert_eq!(browser.find("p").await.text().await, "in the frame");
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
