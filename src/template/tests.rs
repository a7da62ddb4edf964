use serde_json::{Map, Value, json};

use super::*;

fn built_in() -> Templates {
    Templates::load(None, "en").unwrap()
}

fn variables(channel: Channel, slug: &str) -> Map<String, Value> {
    let mut event = sample::event(channel, slug).unwrap();
    let Value::Object(variables) = event["data"]["data"].take() else { panic!("an object") };
    variables
}

fn render(templates: &Templates, channel: Channel, slug: &str, variables: Map<String, Value>) -> Rendered {
    templates.render(channel, slug, &Context::new(variables, &Brand::default())).unwrap().unwrap()
}

fn refused(templates: &Templates, channel: Channel, slug: &str, variables: Map<String, Value>) -> String {
    let context = Context::new(variables, &Brand::default());
    templates.render(channel, slug, &context).unwrap().unwrap_err().to_string()
}

/// A templates directory with these files, and what loading it says.
fn load(files: &[(&str, &str)]) -> Result<Templates, Vec<String>> {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    Templates::load(Some(dir.path()), "en").map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

/// Files of a mail of slug `own`, for which there is no sample.
fn mail<'a>(subject: &'a str, html: &'a str, text: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("email/own/subject.txt.hbs", subject),
        ("email/own/body.html.hbs", html),
        ("email/own/body.txt.hbs", text),
    ]
}

#[test]
fn built_in_mails() {
    let templates = built_in();
    for slug in ["verification_code", "reset_password_code", "magic_link_sign_in"] {
        let rendered = render(&templates, Channel::Email, slug, variables(Channel::Email, slug));
        let html = rendered.html.unwrap();
        assert!(html.len() < 12 * 1024, "{slug}: {} bytes", html.len());
        assert_eq!(rendered.template, format!("{slug}/en"));
        let text = rendered.text.unwrap();
        insta::assert_snapshot!(format!("{slug}.txt"), format!("Subject: {}\n\n{text}", rendered.subject));
        insta::assert_snapshot!(format!("{slug}.html"), html);
    }
}

#[test]
fn built_in_texts() {
    let templates = built_in();
    for slug in ["verification_code", "reset_password_code"] {
        let rendered = render(&templates, Channel::Sms, slug, variables(Channel::Sms, slug));
        assert_eq!((rendered.subject.as_str(), rendered.html), ("", None));
        insta::assert_snapshot!(format!("{slug}.sms"), rendered.text.unwrap());

        let mut longest = variables(Channel::Sms, slug);
        longest.insert("app".into(), json!({ "name": "N".repeat(30) }));
        let text = render(&templates, Channel::Sms, slug, longest).text.unwrap();
        let segments = crate::message::sms::Segments::of(&text);
        assert_eq!((segments.count, segments.encoding), (1, crate::message::sms::Encoding::Gsm7), "{text}");
    }
}

#[test]
fn a_brand_of_ones_own() {
    let brand = Brand {
        name: Some("Acme & Söhne".into()),
        support_email: Some("help@acme.example".into()),
        footer: Some("Acme Ltd, 1 High Street, London".into()),
        ..Brand::default()
    };
    let context = Context::new(variables(Channel::Email, "verification_code"), &brand);
    let rendered = built_in().render(Channel::Email, "verification_code", &context).unwrap().unwrap();
    assert_eq!(rendered.subject, "418273 is your Acme & Söhne verification code");
    let html = rendered.html.unwrap();
    assert!(html.contains("to Acme &amp; Söhne:") && html.contains("mailto:help@acme.example"));
    assert!(html.contains("Acme Ltd, 1 High Street, London") && !html.contains("Larkfield"));
    assert!(rendered.text.unwrap().ends_with("help@acme.example\nAcme Ltd, 1 High Street, London\n"));
}

#[test]
fn an_event_with_nothing_but_a_code_is_enough() {
    let only = |name: &str, value: Value| Map::from_iter([(name.to_owned(), value)]);
    let rendered = render(&built_in(), Channel::Email, "verification_code", only("otp_code", json!(418_273)));
    assert_eq!(rendered.subject, "418273 is your verification code");
    assert!(rendered.html.unwrap().contains("aria-label=\"4 1 8 2 7 3\""));
    let text = render(&built_in(), Channel::Sms, "verification_code", only("otp_code", json!("000001"))).text;
    let expected = "000001 is your verification code. It expires in 10 minutes. Do not share it.";
    assert_eq!(text.as_deref(), Some(expected));
}

#[test]
fn other_slugs_are_not_ours() {
    let templates = built_in();
    let context = Context::new(Map::new(), &Brand::default());
    assert_eq!(templates.render(Channel::Email, "account_locked", &context), None);
    assert_eq!(templates.render(Channel::Email, "partials", &context), None);
    assert_eq!(templates.render(Channel::Sms, "magic_link_sign_in", &context), None);
}

#[test]
fn values_are_escaped_in_html_and_raw_in_text() {
    let mut hostile = variables(Channel::Email, "verification_code");
    hostile.insert("app".into(), json!({ "name": "<script>'\"&=\r\nBcc: x {{otp_code}}" }));
    let rendered = render(&built_in(), Channel::Email, "verification_code", hostile);
    assert_eq!(rendered.subject, "418273 is your <script>'\"&= Bcc: x {{otp_code}} verification code");
    let html = rendered.html.unwrap();
    assert!(
        html.contains("&lt;script&gt;&#39;&quot;&amp;=\nBcc: x {{otp_code}}") && !html.contains("<script")
    );
    assert!(rendered.text.unwrap().contains("<script>'\"&=\nBcc: x {{otp_code}}"));
}

#[test]
fn no_code_no_mail() {
    for missing in [json!(null), json!(""), json!(" "), json!({}), json!(true)] {
        let mut event = variables(Channel::Email, "verification_code");
        event.insert("otp_code".into(), missing);
        let error = refused(&built_in(), Channel::Email, "verification_code", event);
        assert!(error.starts_with("email/verification_code/body.txt.hbs: `otp_code` is missing"), "{error}");
    }
    assert!(refused(&built_in(), Channel::Sms, "verification_code", Map::new()).contains("`otp_code`"));
    for link in [json!("javascript:alert(1)"), json!("https://a.example/\r\n"), json!(7), json!(true)] {
        let mut event = variables(Channel::Email, "magic_link_sign_in");
        event.insert("magic_link".into(), link);
        assert!(
            refused(&built_in(), Channel::Email, "magic_link_sign_in", event)
                .contains("`magic_link` is missing")
        );
    }
}

#[test]
fn what_a_template_mentions_anywhere_is_required() {
    for (html, partial) in [
        ("{{#if action_url}}x{{/if}}", ""),
        ("{{#unless (eq 1 (len action_url))}}x{{/unless}}", ""),
        ("{{> own}}", "{{#if app.name}}{{else}}{{this.action_url}}{{/if}}"),
        ("{{> own x=1}}", "{{action_url}}"),
        ("{{> own href=action_url}}", "{{href}}"),
        ("{{#> own}}{{action_url}}{{/own}}", "{{> @partial-block}}"),
    ] {
        let mut files = mail("s", html, "t").to_vec();
        files.push(("email/partials/own.html.hbs", partial));
        let error = refused(&load(&files).unwrap(), Channel::Email, "own", Map::new());
        assert!(error.contains("`action_url` is missing"), "{html}: {error}");
    }
}

#[test]
fn files_of_ones_own_replace_and_add() {
    let templates = load(&[
        ("email/verification_code/subject.txt.hbs", "\n {{app.name}}:\n\t{{otp_code}} "),
        ("email/partials/footer.html.hbs", "<tr><td>our own footer</td></tr>"),
        ("sms/own.txt.hbs", "Hi {{greeting_name}}\n"),
        ("README.md", "not a template"),
    ])
    .unwrap();
    let rendered = render(
        &templates,
        Channel::Email,
        "verification_code",
        variables(Channel::Email, "verification_code"),
    );
    assert_eq!(rendered.subject, "Larkfield: 418273");
    assert!(rendered.html.unwrap().contains("our own footer"));
    assert!(rendered.text.unwrap().contains("If this was not you"));
    let named = Map::from_iter([("greeting_name".to_owned(), json!("Mira"))]);
    assert_eq!(render(&templates, Channel::Sms, "own", named).text.as_deref(), Some("Hi Mira"));
    let slugs: Vec<_> = templates.slugs(Channel::Sms).collect();
    assert_eq!(slugs, ["own", "reset_password_code", "verification_code"]);
    assert!(Templates::load(Some(Path::new("/nowhere/at/all")), "en").is_ok());
}

#[test]
fn broken_files_are_refused_with_their_place() {
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&mail("s", "<p>\n  {{#if x}}\n</p>", "t"), "email/own/body.html.hbs:"),
        (&mail("s", "{{#if x}}{{/unless}}", "t"), "email/own/body.html.hbs:1:"),
        (&mail("s", "h", "\n {{> typo}}"), "email/own/body.txt.hbs:2:2: there is no partial `typo`"),
        (
            &mail("s", "{{#if x}}\n{{#if y}}{{> typo a=1}}{{/if}}{{/if}}", "t"),
            "email/own/body.html.hbs:2:10: there is no",
        ),
        (&mail("s", "{{> (lookup this 'x')}}", "t"), "email/own/body.html.hbs:1:1: the name of a partial"),
        (&[("email/own/body.html.hbs", "h")], "email/own/subject.txt.hbs: is missing"),
        (&[("email/own/body.htm.hbs", "h")], "email/own/body.htm.hbs: belongs to no template"),
        (
            &[("sms/verification_code.txt.hbs", "\n{{otp_kode}}")],
            "sms/verification_code.txt.hbs:2:1: `otp_kode` is no",
        ),
        (
            &[("sms/verification_code.txt.hbs", "{{spell otp_code}}")],
            "sms/verification_code.txt.hbs:1:1: there is no helper",
        ),
    ];
    for (files, expected) in cases {
        let faults = load(files).expect_err(expected);
        assert!(faults[0].starts_with(expected), "{expected}\n{faults:?}");
    }
    let html_alone = load(&[("email/own/body.html.hbs", "h")]).unwrap_err();
    assert!(html_alone[1].starts_with("email/own/body.txt.hbs: is missing"), "{html_alone:?}");
}

#[test]
fn a_partial_that_includes_itself_is_refused() {
    for (a, b, expected) in [
        ("{{> a}}", "", "email/partials/a.html.hbs:1:1: the partial `a` includes itself"),
        (
            "x\n {{#if x}}{{> b}}{{/if}}",
            "{{> a y=1}}",
            "email/partials/b.html.hbs:1:1: the partial `a` includes itself",
        ),
        ("{{#> b}}{{> a}}{{/b}}", "{{> @partial-block}}", "email/partials/a.html.hbs:1:9: the partial `a`"),
        (
            "{{#*inline \"c\"}}{{> c}}{{/inline}}{{> c}}",
            "",
            "email/partials/a.html.hbs:1:17: the partial `c`",
        ),
        (
            "{{#each x}}{{#*inline \"c\"}}{{/inline}}{{/each}}",
            "",
            "email/partials/a.html.hbs:1:12: an inline",
        ),
    ] {
        let mut files = mail("s", "{{> a}}", "t").to_vec();
        files.extend([("email/partials/a.html.hbs", a), ("email/partials/b.html.hbs", b)]);
        assert_eq!(
            load(&files).unwrap_err().first().map(|fault| fault.starts_with(expected)),
            Some(true),
            "{a}"
        );
    }
}

#[test]
fn a_fault_while_rendering_names_the_file_of_the_partial() {
    for call in [
        "{{> own}}",
        "{{> own x=1}}",
        "{{#> layout}}{{#*inline \"preheader\"}}{{/inline}}{{> own}}{{/layout}}",
    ] {
        let mut files = mail("s", call, "t").to_vec();
        files.push(("email/partials/own.html.hbs", "<p>\n<b>{{nowhere}}</b>"));
        let error = refused(&load(&files).unwrap(), Channel::Email, "own", Map::new());
        assert!(
            error.starts_with("email/partials/own.html.hbs:2:4: `nowhere` is no variable"),
            "{call}: {error}"
        );
    }
}

#[test]
fn expanding_partials_changes_nothing() {
    let partials = [
        ("frame", "[{{> head}}|{{> @partial-block}}|{{#> foot}}no foot{{/foot}}]"),
        ("name", "{{app.name}}{{#if user.email_address}}?{{else}}!{{/if}}"),
        ("twice", "{{> name}}{{> name}}"),
        ("shout", "{{text}}{{> name}}"),
        ("item", "<{{text}}>"),
    ];
    let bodies = [
        "{{> twice}}",
        "{{#> frame}}{{#*inline \"head\"}}{{> name}}{{/inline}}body {{> name}}{{/frame}}",
        "{{#> frame}}{{#*inline \"head\"}}h{{/inline}}{{#*inline \"foot\"}}f{{/inline}}b{{> foot}}{{/frame}}",
        "{{#*inline \"head\"}}h{{/inline}}{{#> frame}}{{#> frame}}inner{{/frame}}{{/frame}}",
        "{{#> frame x=1}}{{#*inline \"head\"}}h{{/inline}}body{{/frame}}",
        "{{#each list}}{{> item text=this}}{{/each}}",
        "{{#with app}}{{name}}{{/with}}{{#each list}}{{@index}}{{this}}{{/each}}",
        "{{> shout text=(len list)}}",
        "a\n{{> twice}}\n  {{> item text=1}}\nb\n",
    ];
    let context = || {
        let Value::Object(it) = json!({ "app": { "name": "N" }, "list": ["a", "b"] }) else {
            panic!("an object")
        };
        Context::new(it, &Brand::default())
    };
    for body in bodies {
        let mut reference = handlebars::Handlebars::new();
        reference.set_strict_mode(true);
        reference.register_escape_fn(handlebars::no_escape);
        let mut files = mail("s", "h", body).to_vec();
        let paths = partials.map(|(name, _)| format!("email/partials/{name}.txt.hbs"));
        for ((name, text), path) in partials.iter().zip(&paths) {
            reference.register_template_string(name, text).unwrap();
            files.push((path, text));
        }
        reference.register_template_string("body", body).unwrap();
        let expected = reference.render_with_context("body", &context().0).unwrap();
        let rendered = load(&files).unwrap().render(Channel::Email, "own", &context()).unwrap().unwrap();
        assert_eq!(rendered.text.unwrap(), expected, "{body}");
    }
}

#[test]
fn every_built_in_passes_every_proof() {
    let proofs = built_in().prove(&Brand::default());
    assert_eq!(proofs.len(), 3 * 5);
    for proof in proofs {
        let sizes =
            proof.result.unwrap_or_else(|error| panic!("{} {}: {error}", proof.template, proof.sample));
        assert!(sizes.text > 0 && sizes.segments.is_some() == (proof.channel == Channel::Sms));
    }
}

#[test]
fn a_proof_finds_the_other_branch_and_unescaped_values() {
    let templates = load(&[
        ("sms/verification_code.txt.hbs", "{{otp_code}}{{#unless app.name}}{{oops}}{{/unless}}"),
        ("email/verification_code/body.html.hbs", "{{otp_code}}{{{app.name}}}"),
    ])
    .unwrap();
    let proofs = templates.prove(&Brand::default());
    let failed: Vec<_> =
        proofs.iter().filter_map(|proof| Some((proof.sample, proof.result.as_ref().err()?))).collect();
    let [(bare, missing), (hostile, unescaped)] = failed.as_slice() else { panic!("{failed:?}") };
    assert_eq!((*bare, *hostile), ("bare", "hostile"));
    assert!(missing.reason.contains("`oops`") && unescaped.reason.contains("lets markup"));
}
