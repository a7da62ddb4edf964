//! The built-in set, in every language.

use super::*;
use crate::message::sms::Encoding;

const NAME_OF_30: &str = "Northern Lights Trading Co Ltd";

#[test]
fn every_mail_in_english() {
    let templates = built_in();
    let slugs: Vec<_> = templates.slugs(Channel::Email).collect();
    assert_eq!(slugs.len(), 18);
    for slug in slugs {
        let rendered = render(templates, Channel::Email, slug, variables(Channel::Email, slug));
        assert_eq!(rendered.template, format!("{slug}/en"));
        let text = rendered.text.unwrap();
        insta::assert_snapshot!(format!("{slug}.txt"), format!("Subject: {}\n\n{text}", rendered.subject));
        insta::assert_snapshot!(format!("{slug}.html"), rendered.html.unwrap());
    }
}

#[test]
fn every_text_message_in_english() {
    let templates = built_in();
    let slugs: Vec<_> = templates.slugs(Channel::Sms).collect();
    assert_eq!(slugs.len(), 7);
    let texts = slugs.iter().map(|slug| {
        let text = render(templates, Channel::Sms, slug, variables(Channel::Sms, slug)).text.unwrap();
        format!("{slug}: {text}\n")
    });
    insta::assert_snapshot!("sms", texts.collect::<String>());
}

#[test]
fn one_mail_in_every_language() {
    let templates = built_in();
    let locales: Vec<_> = templates.locales().collect();
    assert_eq!(
        locales.join(" "),
        "ar cs da de de-x-formal el en en-GB es es-ES fi fr fr-CA he hi hu id it ja ko nb nl pl pt-BR pt-PT ro ru sv th tr \
         uk vi zh-Hans zh-Hant"
    );
    for locale in locales {
        let context = context(templates, locale, variables(Channel::Email, "verification_code"));
        let rendered = templates.render(Channel::Email, "verification_code", &context).unwrap().unwrap();
        assert_eq!(rendered.template, format!("verification_code/{locale}"));
        let (text, html) = (rendered.text.unwrap(), rendered.html.unwrap());
        insta::assert_snapshot!(format!("{locale}.txt"), format!("Subject: {}\n\n{text}", rendered.subject));
        let direction = if ["ar", "he"].contains(&locale) { "rtl" } else { "ltr" };
        assert!(html.contains(&format!("<html lang=\"{locale}\" dir=\"{direction}\"")), "{locale}");
    }
}

#[test]
fn an_inbox_shows_nothing_behind_the_preview() {
    let templates = built_in();
    for slug in templates.slugs(Channel::Email) {
        for locale in templates.locales() {
            let context = context(templates, locale, variables(Channel::Email, slug));
            let html = templates.render(Channel::Email, slug, &context).unwrap().unwrap().html.unwrap();
            let preview = html.split_once("mso-hide:all\">").unwrap().1.split_once("</div>").unwrap().0;
            let words = preview.split_once("&#847;").unwrap().0.trim();
            let filler = preview.matches("&nbsp;").count();
            assert!(
                words.chars().count() >= 6 && words.chars().count() + filler >= 200,
                "{slug} in {locale}: {words}"
            );
        }
    }
}

#[test]
fn a_code_can_be_kept_off_a_locked_screen() {
    let templates = built_in();
    for slug in ["verification_code", "reset_password_code"] {
        for locale in templates.locales() {
            let event = variables(Channel::Email, slug);
            let code = event["otp_code"].as_str().unwrap().to_owned();
            let mut context = context(templates, locale, event);
            context.show(false, None, None);
            let rendered = templates.render(Channel::Email, slug, &context).unwrap().unwrap();
            assert!(
                !rendered.subject.contains(&code) && rendered.subject.contains("Larkfield"),
                "{}",
                rendered.subject
            );
            let html = rendered.html.unwrap();
            let preview = html.split_once("mso-hide:all\">").unwrap().1.split_once("</div>").unwrap().0;
            assert!(!preview.contains(&code) && html.contains(&code), "{preview}");
        }
    }
}

#[test]
fn a_mail_with_a_code_ends_in_the_domain_that_it_is_for() {
    let rendered = |slug: &str, domain: Option<&str>| {
        let mut context = context(built_in(), "en", variables(Channel::Email, slug));
        context.show(true, None, domain);
        built_in().render(Channel::Email, slug, &context).unwrap().unwrap()
    };
    let mail = rendered("verification_code", Some("app.acme.example"));
    assert!(mail.text.unwrap().ends_with("\n\n@app.acme.example #418273\n"));
    assert!(mail.html.unwrap().contains("@app.acme.example #418273"));
    for (slug, domain) in [("verification_code", None), ("invitation", Some("app.acme.example"))] {
        assert!(!rendered(slug, domain).text.unwrap().contains("#418273"), "{slug}");
    }
}

#[test]
fn every_language_is_complete() {
    assert_eq!(built_in().untranslated(), []);
}

#[test]
fn a_code_by_text_costs_one_segment_in_every_language() {
    let templates = built_in();
    for slug in ["verification_code", "reset_password_code"] {
        for locale in templates.locales() {
            let mut event = variables(Channel::Sms, slug);
            event.insert("app".into(), json!({ "name": NAME_OF_30 }));
            let context = context(templates, locale, event);
            let text = templates.render(Channel::Sms, slug, &context).unwrap().unwrap().text.unwrap();
            assert!(text.contains(NAME_OF_30), "{slug} in {locale} has room for the name: {text}");
            assert!(text.contains("418273") || text.contains("905516"), "{slug} in {locale}: {text}");
            let segments = Segments::of(&plain(&text));
            assert_eq!(segments.count, 1, "{slug} in {locale}: {segments:?} {text}");
            // Scripts that GSM-7 does not have, and languages whose letters nobody leaves out.
            let ucs2 = [
                "ar", "cs", "el", "he", "hi", "hu", "ja", "ko", "ru", "th", "uk", "vi", "zh-Hans", "zh-Hant",
            ];
            let expected = if ucs2.contains(&locale) { Encoding::Ucs2 } else { Encoding::Gsm7 };
            assert_eq!(segments.encoding, expected, "{slug} in {locale}: {text}");
        }
    }
}

#[test]
fn a_long_name_is_shortened_before_a_segment_is_paid() {
    let templates = built_in();
    let text = |name: &str| {
        let mut event = variables(Channel::Sms, "verification_code");
        event.insert("app".into(), json!({ "name": name }));
        render(templates, Channel::Sms, "verification_code", event).text.unwrap()
    };
    let long = text(&"Abcdefghi ".repeat(20));
    assert_eq!(Segments::of(&long), Segments { encoding: Encoding::Gsm7, count: 1, units: 159 }, "{long}");
    assert!(long.contains("for Abcdefghi Abcdefghi ") && long.ends_with("Don't share it."), "{long}");
    // One that is beyond all measure costs no more to try.
    assert_eq!(text(&"Abcdefghi ".repeat(100_000)), long);
    // Nothing is cut off where that would save nothing: this one fits.
    assert!(text(NAME_OF_30).contains(NAME_OF_30));
}

#[test]
fn letters_of_a_name_cost_no_segment() {
    let templates = built_in();
    for name in [
        "Crème Brûlée Trading Co Ltd 123",
        "Żółta Łódź i Spółka z o.o. 12",
        "Şirket Çözüm Danışmanlık A.Ş.",
        "🔥 Acme Rocket Corporation Ltd",
    ] {
        for slug in ["verification_code", "reset_password_code"] {
            for locale in templates.locales() {
                let mut event = variables(Channel::Sms, slug);
                event.insert("app".into(), json!({ "name": name }));
                let context = context(templates, locale, event);
                let text = templates.render(Channel::Sms, slug, &context).unwrap().unwrap().text.unwrap();
                assert_eq!(Segments::of(&plain(&text)).count, 1, "{slug} in {locale}: {text}");
            }
        }
    }
    let mut event = variables(Channel::Sms, "verification_code");
    event.insert("app".into(), json!({ "name": "Crème Brûlée" }));
    let text = render(templates, Channel::Sms, "verification_code", event).text.unwrap();
    assert!(text.contains("for Crème Brulée."), "{text}");
}

#[test]
fn a_name_is_cut_between_words() {
    let mut event = variables(Channel::Sms, "verification_code");
    event.insert("app".into(), json!({ "name": "Abcdefghij Klmnopqrs Tuvwxyz Abcdefg Hijklmnopqrstuvw Xyzabcdefghijklmno Pqrstuvwxyz Abcdefgh" }));
    let text = render(built_in(), Channel::Sms, "verification_code", event).text.unwrap();
    assert!(text.contains("Hijklmnopqrstuvw Xyzabcdefghijklmno. It expires"), "{text}");
}

#[test]
fn the_last_line_of_a_code_is_for_the_phone() {
    let templates = built_in();
    let text = |ending: &Ending, slug: &str| {
        let brand = Brand { ending: Some(ending.clone()), ..Brand::default() };
        let context = Context::new(variables(Channel::Sms, slug), &brand, templates.default_locale());
        templates.render(Channel::Sms, slug, &context).unwrap().unwrap().text.unwrap()
    };
    let domain = Ending::WebOtp("app.larkfield.example".to_owned());
    let code = text(&domain, "verification_code");
    let last = code.lines().last().unwrap();
    assert!(last.starts_with("@app.larkfield.example #") && code.ends_with(last), "{code:?}");
    assert!(!text(&domain, "invitation").contains('@'));
    let hash = Ending::AppHash("FA+9qCX9VSu".to_owned());
    assert!(text(&hash, "reset_password_code").ends_with("\n\nFA+9qCX9VSu"));
}

#[test]
fn a_brand_of_ones_own() {
    let brand = Brand {
        name: Some("Acme & Söhne".into()),
        support_email: Some("help@acme.example".into()),
        footer: Some("Acme Ltd, 1 High Street, London".into()),
        ..Brand::default()
    };
    let templates = built_in();
    let context =
        Context::new(variables(Channel::Email, "verification_code"), &brand, templates.default_locale());
    let rendered = templates.render(Channel::Email, "verification_code", &context).unwrap().unwrap();
    assert_eq!(rendered.subject, "418273 is your verification code for Acme & Söhne");
    let html = rendered.html.unwrap();
    assert!(html.contains("to Acme &amp; Söhne:"), "{html}");
    assert!(html.contains("Acme Ltd, 1 High Street, London") && !html.contains("Larkfield"));
    assert!(rendered.text.unwrap().trim_end().ends_with("Acme Ltd, 1 High Street, London"));
}

#[test]
fn the_address_for_help_is_a_link_in_every_language() {
    let brand = Brand { support_email: Some("a&b@acme.example".into()), ..Brand::default() };
    let templates = built_in();
    for (slug, offered, color) in [
        ("verification_code", None, "#656d78"),
        ("new_device_sign_in", Some("h@acme.example"), "#656d78"),
        ("primary_email_address_changed", None, "#3d434b"),
    ] {
        for locale in templates.locales() {
            let mut event = variables(Channel::Email, slug);
            event.extend(offered.map(|address| ("support_email".to_owned(), json!(address))));
            let context = Context::new(event, &brand, templates.locale(locale).unwrap());
            let rendered = templates.render(Channel::Email, slug, &context).unwrap().unwrap();
            let (html, text) = (rendered.html.unwrap(), rendered.text.unwrap());
            let shown = offered.unwrap_or("a&amp;b@acme.example");
            let link = format!("<a href=\"mailto:{shown}\" style=\"color:{color}\">{shown}</a>");
            assert!(html.contains(&link), "{slug}/{locale}: {html}");
            assert_eq!(
                html.contains(&format!("\u{2068}{link}\u{2069}")),
                ["ar", "he"].contains(&locale),
                "{locale}"
            );
            assert!(text.contains("a&b@acme.example") && !text.contains("<a"), "{slug}/{locale}: {text}");
        }
    }
}

#[test]
fn an_event_with_nothing_but_a_code_is_enough() {
    let only = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
    let rendered = render(built_in(), Channel::Email, "verification_code", only("otp_code", json!(418_273)));
    assert_eq!(rendered.subject, "418273 is your verification code for our app");
    assert!(rendered.html.unwrap().contains("aria-label=\"4 1 8 2 7 3\""));
    let text = render(built_in(), Channel::Sms, "verification_code", only("otp_code", json!("000001"))).text;
    let expected = "000001 is your verification code for our app. It expires in 10 minutes. Don't share it.";
    assert_eq!(text.as_deref(), Some(expected));
}

#[test]
fn other_slugs_are_not_ours() {
    let templates = built_in();
    let context = context(templates, "en", Map::new());
    for slug in [
        "billing_receipt",
        "commerce_gateway_account_deauthorized",
        "opaque_token_usage_limit_alert",
        "partials",
    ] {
        assert_eq!(templates.render(Channel::Email, slug, &context), None, "{slug}");
    }
    assert_eq!(templates.render(Channel::Sms, "magic_link_sign_in", &context), None);
}

#[test]
fn values_are_escaped_in_html_and_raw_in_text() {
    let mut hostile = variables(Channel::Email, "verification_code");
    hostile.insert("app".into(), json!({ "name": "<script>'\"&=\r\nBcc: x {{otp_code}}" }));
    let rendered = render(built_in(), Channel::Email, "verification_code", hostile);
    assert_eq!(rendered.subject, "418273 is your verification code for <script>'\"&= Bcc: x {{otp_code}}");
    let html = rendered.html.unwrap();
    assert!(
        html.contains("&lt;script&gt;&#39;&quot;&amp;= Bcc: x {{otp_code}}") && !html.contains("<script")
    );
    assert!(rendered.text.unwrap().contains("<script>'\"&= Bcc: x {{otp_code}}"));
}

#[test]
fn nothing_hostile_gets_through_in_any_mail_or_language() {
    let templates = built_in();
    for slug in templates.slugs(Channel::Email) {
        for locale in templates.locales() {
            let context = context(templates, locale, Sample::Hostile.of(variables(Channel::Email, slug)));
            let rendered = templates.render(Channel::Email, slug, &context).unwrap().unwrap();
            let html = rendered.html.unwrap();
            assert!(
                !html.contains("<b ") && !html.contains("<b/") && !html.contains("onclick=\""),
                "{slug}/{locale}"
            );
            assert!(!html.contains("&amp;amp;amp;") && !html.contains('\u{202e}'), "{slug}/{locale}");
            assert!(!rendered.subject.contains(['\r', '\n']), "{slug}/{locale}");
            for (attribute, _) in html.match_indices("href=\"").chain(html.match_indices("src=\"")) {
                let link = html[attribute..].split('"').nth(1).unwrap();
                let known = ["https://", "http://", "mailto:"].iter().any(|scheme| link.starts_with(scheme));
                assert!(known, "{slug}/{locale}: {link}");
            }
        }
    }
}

#[test]
fn no_code_no_mail() {
    for missing in [json!(null), json!(""), json!(" "), json!({}), json!(true)] {
        let mut event = variables(Channel::Email, "verification_code");
        event.insert("otp_code".into(), missing);
        let error = refused(built_in(), Channel::Email, "verification_code", event);
        assert!(
            error.starts_with("built-in email/verification_code/body.txt.hbs: `otp_code` is missing"),
            "{error}"
        );
    }
    assert!(refused(built_in(), Channel::Sms, "verification_code", Map::new()).contains("`otp_code`"));
    for link in [json!("javascript:alert(1)"), json!("https://a.example/\r\n"), json!(7), json!(true)] {
        let mut event = variables(Channel::Email, "magic_link_sign_in");
        event.insert("magic_link".into(), link);
        assert!(
            refused(built_in(), Channel::Email, "magic_link_sign_in", event)
                .contains("`magic_link` is missing")
        );
    }
}

#[test]
fn every_built_in_passes_every_proof() {
    let proofs = built_in().prove(&Brand::default());
    let plain = proofs.iter().filter(|proof| proof.sample == Sample::Plain).count();
    assert_eq!(plain, 25 * built_in().locales().count());
    assert!(proofs.iter().any(|proof| proof.sample == Sample::Without("app.name".to_owned())));
    for proof in proofs {
        let sizes = proof
            .result
            .unwrap_or_else(|error| panic!("{}/{} with {}: {error}", proof.slug, proof.locale, proof.sample));
        assert!(sizes.text > 0 && sizes.segments.is_some() == (proof.channel == Channel::Sms));
        assert!(sizes.html < 30 * 1024, "{}/{}: {} bytes", proof.slug, proof.locale, sizes.html);
    }
}

#[test]
fn a_proof_finds_the_other_branch_and_unescaped_values() {
    let faults = load(&[
        (
            "sms/verification_code.txt.hbs",
            "{{otp_code}}{{#unless app.name}}{{user.public_metadata.oops}}{{/unless}}",
        ),
        ("email/verification_code/body.html.hbs", "{{otp_code}}{{{app.name}}}"),
    ])
    .unwrap_err();
    let [unescaped, missing] = faults.as_slice() else { panic!("{faults:?}") };
    assert!(missing.contains("sms/verification_code.txt.hbs:1:33: `user.public_metadata.oops`"), "{missing}");
    assert!(unescaped.starts_with("email/verification_code/body.html.hbs: lets markup"), "{unescaped}");
}

#[test]
fn a_proof_finds_unescaped_links() {
    let file = "email/magic_link_sign_in/body.html.hbs";
    assert!(load(&[(file, "<a href=\"{{magic_link}}\">x</a>")]).is_ok());
    let faults = load(&[(file, "<a href=\"{{{magic_link}}}\">x</a>")]).unwrap_err();
    assert!(faults[0].starts_with(&format!("{file}: lets markup in a value through")), "{faults:?}");
}
