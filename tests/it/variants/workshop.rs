//! The workshop shows and sends a template as each variant has it.

use crate::dev::{frame, part};
use crate::support::playground::Playground;

const PLAYED: &str = r#"
[clerk]
signing_secrets = ["${UNSET}"]
[brand]
name = "Basewerk"
[[variant]]
name = "staging"
when = { instance = "ins_2b9f" }
signing_secrets = ["${UNSET_TOO}"]
[variant.brand]
name = "Marque01"
[[variant]]
name = "harrow"
when = { "org.slug" = "harrow" }
[variant.brand]
name = "Marque02"
[variant.email]
from = "Marque02 <login@marque02.example>"
[variant.templates]
dir = "words"
"#;

#[tokio::test]
async fn the_workshop_shows_a_template_as_the_chosen_variant_has_it() {
    let playground = Playground::start(&[
        ("config.toml", PLAYED),
        ("words/email/verification_code/subject.txt.hbs", "Words of {{app.name}}: {{otp_code}}"),
    ]);
    let address = "/template/email/verification_code";
    let page = playground.page(address).await;
    assert!(part(&page, "variant").contains("<option value=\"harrow\">"), "{page}");
    assert!(part(&page, "inbox").contains("code for Basewerk") && !page.contains("Marque"), "{page}");
    let page = playground.page(&format!("{address}?variant=harrow")).await;
    assert!(part(&page, "variant").contains("<option value=\"harrow\" selected>"), "{page}");
    let inbox = part(&page, "inbox");
    assert!(
        inbox.contains("Words of Marque02: 418273") && inbox.contains("login@marque02.example"),
        "{inbox}"
    );
    let html = playground.page(&frame(&page, "light")).await;
    assert!(html.contains("Marque02") && !html.contains("Basewerk"), "{html}");
    assert!(page.contains("/template/sms/verification_code?variant&#x3D;harrow"), "{page}");
    let page = playground.page(&format!("{address}?variant=nobody")).await;
    assert!(part(&page, "inbox").contains("code for Basewerk"), "{page}");

    // What is saved holds for the pages and for messages that arrive.
    playground
        .save("words/email/verification_code/subject.txt.hbs", "Other words of {{app.name}}: {{otp_code}}");
    playground
        .page_when(&format!("{address}?variant=harrow"), |page| page.contains("Other words of Marque02"))
        .await;
    for (variant, subject) in [("harrow", "Other words of Marque02"), ("staging", "code for Marque01")] {
        let printed = playground.trigger(&["verification_code", "--variant", variant]).await.ok();
        assert!(printed.contains("HTTP 200 accepted"), "{printed}");
        let message = playground.page(&playground.messages().await[0]).await;
        assert!(message.contains(subject) && !part(&message, "inbox").contains("Basewerk"), "{message}");
    }
}
