//! Whether people who can't see, or see little, can use the workshop and read the mails, as far as axe-core finds out.

use std::path::Path;

use clerk_courier::message::Channel;
use serde_json::{Value, json};

use crate::mail_layout::{composed, every_mail, mail_client};
use crate::support::browser::Browser;
use crate::support::playground::Playground;

/// axe-core itself, as `./test.sh` installed it.
fn axe() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/mail/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(file).expect("run ./test.sh, which installs axe-core")
}

/// What axe-core says of the page, without what is in its frames.
async fn violations(browser: &Browser) -> Value {
    browser.run(&axe(), &[]).await;
    let script = "return axe.run(document, { iframes: false }).then(({ violations }) => violations.map(({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html}\\n${failureSummary}`).join('\\n')}`))";
    browser.run(script, &[]).await
}

#[tokio::test]
#[ignore = "needs Chromium and Node.js"]
async fn the_workshops_pages_shut_nobody_out() {
    let words = "verification_code =\n    .title = Via kodo\n    .subjekt = x\n";
    let playground = Playground::start(&[("templates/locales/eo.ftl", words)]);
    playground.trigger(&["magic_link_sign_in", "--age", "2h"]).await;
    let browser = Browser::start(1280, 900).await;
    let open = async |path: &str| browser.open(&format!("{}{path}", playground.workshop)).await;
    for dark in [false, true] {
        browser.prefer_dark(dark).await;
        for path in [
            "/",
            "/events",
            "/languages/email/verification_code",
            "/languages/sms/verification_code",
            "/template/email/verification_code",
            "/template/email/verification_code?view=width",
            "/template/email/verification_code?view=text",
            "/template/email/verification_code?view=headers",
            "/template/email/verification_code?view=source",
            "/template/email/verification_code?set.otp_code=",
            "/template/email/billing_receipt",
            "/template/sms/verification_code",
            "/none",
        ] {
            open(path).await;
            assert_eq!(violations(&browser).await, json!([]), "{path}, dark: {dark}");
        }
        open("/events").await;
        browser.run("document.querySelectorAll('details').forEach(it => { it.open = true })", &[]).await;
        assert_eq!(violations(&browser).await, json!([]), "unfolded, dark: {dark}");
        browser.run("document.querySelector('#keys').showModal()", &[]).await;
        assert_eq!(violations(&browser).await, json!([]), "keys, dark: {dark}");
    }
    playground.save("templates/sms/verification_code.txt.hbs", "{{#if otp_code}}");
    open("/").await;
    browser.find("#faults .fault").await;
    for dark in [false, true] {
        browser.prefer_dark(dark).await;
        assert_eq!(violations(&browser).await, json!([]), "with a fault, dark: {dark}");
    }
}

/// The frame keeps axe-core, which takes longer to start than to look.
const LOOK: &str = "
    const [mails, withColors] = arguments;
    // A mail stands in the page of its mail client, which has the landmarks.
    const off = { enabled: false };
    const rules = { 'landmark-one-main': off, region: off, 'color-contrast': { enabled: withColors } };
    const { contentWindow, contentDocument } = document.querySelector('iframe');
    if (!contentWindow.axe) contentWindow.eval(axeCore);
    const look = async ([name, html]) => {
        show(html);
        const { violations } = await contentWindow.axe.run(contentDocument, { rules });
        return violations.map(({ id, nodes }) => `${name}: ${id}: ${nodes[0].html}: ${nodes[0].failureSummary}`);
    };
    return mails.reduce(async (before, mail) => [...await before, ...await look(mail)], Promise.resolve([]));";

#[tokio::test]
#[ignore = "needs Chromium and Node.js"]
async fn the_mails_shut_nobody_out() {
    let (config, composer) = composed();
    let browser = mail_client(700).await;
    browser.run("window.axeCore = arguments[0]", &[axe().into()]).await;
    let mut found = Vec::new();
    for slug in composer.templates.slugs(Channel::Email) {
        let mails = every_mail(&config, &composer, slug);
        // Words differ by language, and colours do not: for these, two languages say as much as all.
        let is_for_colors =
            |name: &str| ["/en", "/ar"].iter().any(|end| name.ends_with(end)) || name.contains(" in ");
        let (some, others): (Vec<_>, Vec<_>) = mails.iter().partition(|(name, _)| is_for_colors(name));
        for (dark, with_colors, mails) in [(false, true, &some), (true, true, &some), (false, false, &others)]
        {
            browser.prefer_dark(dark).await;
            for some in mails.chunks(10) {
                let said = browser.run(LOOK, &[json!(some), with_colors.into()]).await;
                found.extend(said.as_array().unwrap().iter().map(|it| format!("{it}, dark: {dark}")));
            }
        }
    }
    assert!(
        found.is_empty(),
        "{}:\n{}",
        found.len(),
        found.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
}
