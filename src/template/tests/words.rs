//! Words: keys, variables, stand-ins, plurals, languages.

use super::*;

/// What `{{t ".line"}}` of slug `own` says in a language, with this locale file beside the built-in ones.
fn line(files: &[(&str, &str)], locale: &str, event: Value) -> Result<String, String> {
    let mut all = vec![("sms/own.txt.hbs", "{{t \".line\"}}")];
    all.extend(files);
    let templates = compile(&all).map_err(|faults| faults.join("\n"))?;
    let context = context(&templates, locale, object(event));
    let rendered = templates.render(Channel::Sms, "own", &context).unwrap();
    rendered.map(|rendered| rendered.text.unwrap()).map_err(|error| error.to_string())
}

fn english(message: &str, event: Value) -> Result<String, String> {
    line(&[("locales/en.ftl", &format!("own =\n    .line = {message}\n"))], "en", event)
}

#[test]
fn variables_have_clerks_names() {
    let event =
        || json!({ "otp_code": "012", "org": { "name": "Ö" }, "invitation": { "expires_in_days": 3 } });
    for (message, expected) in [
        ("{ $otp_code }!", "012!"),
        ("{ $org-name } { $invitation-expires_in_days }", "Ö 3"),
        ("{ \"{\" }{ $otp_code }{ \"}\" }{ \"\\u0041\" }", "{012}A"),
        ("{ { $otp_code } }", "012"),
    ] {
        assert_eq!(english(message, event()).unwrap(), expected, "{message}");
    }
    assert!(english("{ $nowhere }", event()).unwrap_err().contains("`nowhere` is not in this event"));
}

#[test]
fn a_stand_in_is_said_where_a_variable_is_missing() {
    let files = [("locales/en.ftl", "no-org-name = some <org>\nown =\n    .line = Join { $org-name }!\n")];
    for (event, expected) in [
        (json!({ "org": { "name": "Acme" } }), "Join Acme!"),
        (json!({ "org": { "name": "" } }), "Join some <org>!"),
        (json!({ "org": { "name": null } }), "Join some <org>!"),
        (json!({}), "Join some <org>!"),
    ] {
        assert_eq!(line(&files, "en", event).unwrap(), expected);
    }
}

#[test]
fn plurals_are_the_languages_own() {
    let message = "{ $ttl_minutes ->\n        [one] one minute\n       *[other] { $ttl_minutes } minutes\n    } left, { $app-name }";
    for (event, expected) in [
        (json!({ "ttl_minutes": 1, "app": { "name": "A" } }), "one minute left, A"),
        (json!({ "ttl_minutes": 2 }), "2 minutes left, our app"),
        (json!({ "ttl_minutes": "1" }), "one minute left, our app"),
    ] {
        assert_eq!(english(message, event).unwrap(), expected);
    }
    let polish = "own =\n    .line = { $ttl_minutes ->\n        [one] minuta\n        [few] minuty\n        [many] minut\n       *[other] minuty\n    }\n";
    for (minutes, expected) in [(1, "minuta"), (3, "minuty"), (10, "minut")] {
        let files = [("locales/pl.ftl", polish), ("locales/en.ftl", "own =\n    .line = -\n")];
        let said = line(&files, "pl", json!({ "ttl_minutes": minutes }));
        assert_eq!(said.unwrap(), expected);
    }
    assert!(
        english("{ $nowhere ->\n        *[other] x\n    }", json!({})).unwrap_err().contains("`nowhere`")
    );
}

#[test]
fn a_plural_in_html_is_escaped() {
    let templates = compile(&[
        ("email/own/subject.txt.hbs", "s"),
        ("email/own/body.html.hbs", "<p title=\"{{t \".line\"}}\">{{t \".line\"}}</p>"),
        ("email/own/body.txt.hbs", "{{t \".line\"}}"),
        (
            "locales/en.ftl",
            "own =\n    .line = <{ $n ->\n        [one] a \"b\"\n       *[other] { $name }\n    }>\n",
        ),
    ])
    .unwrap();
    let rendered = render(&templates, Channel::Email, "own", object(json!({ "n": 2, "name": "<i>'\"&" })));
    let escaped = "&lt;&lt;i&gt;&#39;&quot;&amp;&gt;";
    assert_eq!(rendered.html.unwrap(), format!("<p title=\"{escaped}\">{escaped}</p>"));
    assert_eq!(rendered.text.unwrap(), "<<i>'\"&>");
}

#[test]
fn strings_fall_back_one_by_one() {
    let files = [
        ("locales/de.ftl", "own =\n    .line = deutsch\n"),
        ("locales/de-AT.ftl", "code =\n    .share = Gib ihn nicht weiter, gell.\n"),
        ("locales/en.ftl", "own =\n    .line = english\n"),
        ("locales/sk.ftl", ""),
    ];
    for (locale, expected) in
        [("de-AT", "deutsch"), ("de-CH", "deutsch"), ("en", "english"), ("sk", "english"), ("fr", "english")]
    {
        assert_eq!(line(&files, locale, json!({})).unwrap(), expected, "{locale}");
    }
    let templates = compile(&files).unwrap();
    let context = context(&templates, "de-AT", variables(Channel::Email, "verification_code"));
    let rendered = templates.render(Channel::Email, "verification_code", &context).unwrap().unwrap();
    assert_eq!(rendered.template, "verification_code/de-AT");
    let text = rendered.text.unwrap();
    assert!(text.contains("Gib ihn nicht weiter, gell."), "{text}");
    assert!(!text.contains("Enter this code"), "the rest is German: {text}");
}

#[test]
fn messages_refer_to_others() {
    let files = [(
        "locales/en.ftl",
        "-thing = box\nother = a { -thing } of { $app-name }\nown =\n    .line = I see { other }.\n",
    )];
    assert_eq!(line(&files, "en", json!({ "app": { "name": "N" } })).unwrap(), "I see a box of N.");
    let endless = [("locales/en.ftl", "a = { b }\nb = { a }\nown =\n    .line = { a }\n")];
    assert!(line(&endless, "en", json!({})).unwrap_err().contains("refers to"));
}

#[test]
fn right_to_left_keeps_names_in_their_place() {
    let files = [
        ("email/own/subject.txt.hbs", "{{t \".line\"}}"),
        (
            "email/own/body.html.hbs",
            "{{t \".line\"}}|{{locale.lang}} {{locale.dir}} {{locale.start}} {{locale.end}}{{locale.space}}.",
        ),
        ("email/own/body.txt.hbs", "{{t \".line\"}}"),
        ("locales/ar.ftl", "own =\n    .line = مرحبا { $app-name }\n"),
        ("locales/en.ftl", "own =\n    .line = Hello { $app-name }\n"),
    ];
    let templates = compile(&files).unwrap();
    let rendered = |locale: &str| {
        let context = context(&templates, locale, object(json!({ "app": { "name": "Acme" } })));
        templates.render(Channel::Email, "own", &context).unwrap().unwrap()
    };
    let arabic = rendered("ar");
    assert_eq!(arabic.html.unwrap(), "مرحبا \u{2068}Acme\u{2069}|ar rtl right left .");
    assert_eq!(arabic.text.unwrap(), "مرحبا \u{2068}Acme\u{2069}");
    assert_eq!(arabic.subject, "مرحبا Acme");
    assert_eq!(rendered("en").html.unwrap(), "Hello Acme|en ltr left right .");
    assert!(rendered("ja").html.unwrap().ends_with("right."));
}

#[test]
fn a_block_says_how_a_variable_of_a_message_is_shown() {
    let block = "{{#t \".line\" org.name}}<b dir=\"{{locale.dir}}\">{{> bare name=org.name}}</b>{{/t}}";
    let body = format!(
        "<mjml><mj-body><mj-section><mj-column><mj-text>{block}</mj-text></mj-column></mj-section></mj-body></mjml>"
    );
    let said = |message: &str, locale: &str, event: Value| {
        let words = format!("own =\n    .line = {message}\n");
        let templates = compile(&[
            ("email/own/subject.txt.hbs", "s"),
            ("email/own/body.mjml.hbs", &body),
            ("email/own/body.txt.hbs", "{{#t \".line\" org.name}}*{{org.name}}*{{/t}}"),
            ("email/partials/bare.mjml.hbs", "{{name}}"),
            ("locales/en.ftl", &format!("no-org-name = <us>\n{words}")),
            ("locales/ar.ftl", &words),
        ])
        .unwrap_or_else(|faults| panic!("{faults:?}"));
        let context = context(&templates, locale, object(event));
        let rendered = templates.render(Channel::Email, "own", &context).unwrap().unwrap();
        let html = rendered.html.unwrap();
        let (_, html) = html.split_once("line-height:1;text-align:left;color:#000000;\">").expect(&html);
        (html.split_once("</div>").unwrap().0.to_owned(), rendered.text.unwrap())
    };
    let acme = || json!({ "org": { "name": "A&B" }, "n": 2 });
    for (message, locale, event, html, text) in [
        ("<{ $org-name }>.", "en", acme(), "&lt;<b dir=\"ltr\">A&amp;B</b>&gt;.", "<*A&B*>."),
        (
            "Hi { $org-name }",
            "ar",
            acme(),
            "Hi \u{2068}<b dir=\"rtl\">A&amp;B</b>\u{2069}",
            "Hi \u{2068}*A&B*\u{2069}",
        ),
        ("{ $org-name }, { $n }", "en", json!({ "n": 2 }), "&lt;us&gt;, 2", "<us>, 2"),
        ("Nobody.", "en", acme(), "Nobody.", "Nobody."),
        // A message with a choice is formatted for each event, and shows its variables as they are.
        ("{ $n ->\n       *[other] { $org-name }\n    }", "en", acme(), "A&amp;B", "A&B"),
    ] {
        assert_eq!(said(message, locale, event), (html.to_owned(), text.to_owned()), "{message}");
    }
}

#[test]
fn times_are_said_in_the_readers_language() {
    let templates = built_in();
    for (locale, expected) in
        [("en", "August 21, 2026 at 16:07 UTC"), ("de", "21. August 2026"), ("ja", "2026年8月21日")]
    {
        let context = context(templates, locale, variables(Channel::Email, "verification_code"));
        let said = context.variables.data()["requested_at"].as_str().unwrap();
        assert!(said.contains(expected), "{locale}: {said}");
    }
    // What the event does not say is not made up; where its own time is not known, its sentence stays.
    let none = context(templates, "de", object(json!({ "otp_code": "1" })));
    assert_eq!(none.variables.data()["requested_at"], Value::Null);
    let times = Times { born: None, now: std::time::UNIX_EPOCH };
    let locale = templates.locale("de").unwrap();
    let event = variables(Channel::Email, "verification_code");
    let kept = templates.context(event, &Brand::default(), locale, times);
    assert_eq!(kept.variables.data()["requested_at"], "21 August 2026, 14:07 UTC");
}

#[test]
fn a_stand_in_has_no_spaces_around_it_where_sentences_have_none() {
    let templates = built_in();
    let subject = |locale: &str, app: Value| {
        let event = object(json!({ "otp_code": "418273", "app": app }));
        let context = context(templates, locale, event);
        templates.render(Channel::Email, "verification_code", &context).unwrap().unwrap().subject
    };
    assert_eq!(subject("zh-Hans", json!({ "name": "Acme" })), "418273 是您的 Acme 验证码");
    assert_eq!(subject("zh-Hans", json!({})), "418273 是您的本应用验证码");
}

#[test]
fn what_a_parent_says_is_not_missing() {
    let templates = compile(&[
        ("locales/de-AT.ftl", "code =\n    .share = Gell.\n"),
        ("locales/sk.ftl", "no-app-name = naša appka\n"),
    ])
    .unwrap();
    let [(locale, keys)] = <[_; 1]>::try_from(templates.untranslated()).unwrap();
    assert_eq!(locale, "sk");
    assert!(keys.contains(&"code.share".to_owned()) && !keys.contains(&"no-app-name".to_owned()), "{keys:?}");
}

#[test]
fn broken_words_are_refused_with_their_place() {
    for (files, expected) in [
        (vec![("locales/de.ftl", "# fine\na = b\ncode = { $otp_code\n")], "locales/de.ftl:"),
        (
            vec![("locales/de.ftl", "a = b\nc = d\na = e\n")],
            "locales/de.ftl:3:1: there is another message `a`",
        ),
        (
            vec![("locales/de.ftl", "verification_code =\n    .lead = Code für { $ap-name }:\n")],
            "locales/de.ftl:2:25: there is no variable `ap.name` in this template: did you mean `app.name`?",
        ),
        (
            vec![("sms/verification_code.txt.hbs", "{{otp_code}}\n{{t \".smss\"}}")],
            "sms/verification_code.txt.hbs:2:1: there is no message `verification_code.smss` in English, which stands in for all languages: did you mean `verification_code.sms`?",
        ),
        (vec![("sms/own.txt.hbs", "{{t otp_code}}")], "sms/own.txt.hbs:1:1: `t` takes the key"),
        (vec![("sms/own.txt.hbs", "{{t \"code.share\" x=1}}")], "sms/own.txt.hbs:1:1: `t` takes the key"),
        (
            vec![("sms/own.txt.hbs", "{{#t \"code.share\"}}x{{/t}}")],
            "sms/own.txt.hbs:1:1: `{{#t}}` takes the key",
        ),
        (
            vec![("sms/verification_code.txt.hbs", "{{otp_code}}{{#t \"code.share\" ap.name}}x{{/t}}")],
            "sms/verification_code.txt.hbs:1:13: there is no variable `ap.name` in this template: did you mean",
        ),
        (
            vec![(
                "sms/verification_code.txt.hbs",
                "{{otp_code}}{{#t \"code.expires\" ttl_minutes}}{{nope}}{{/t}}",
            )],
            "sms/verification_code.txt.hbs:1:46: there is no variable `nope` in this template",
        ),
        (
            vec![(
                "locales/de.ftl",
                "code =\n    .expires = In { $ttl_minutes ->\n       *[other] { $ap-name }\n    }\n",
            )],
            "locales/de.ftl:2:16: there is no variable `ap.name` in this template: did you mean `app.name`?",
        ),
        (
            vec![("locales/de.ftl", "code =\n    .share = Nie { nowhere } teilen\n")],
            "locales/de.ftl:2:14: refers to `nowhere`, which does not exist or refers back: add it, or write `{ $nowhere }`",
        ),
        (
            vec![("locales/de.ftl", "a = x\n    .b = y\n    .b = z\n")],
            "locales/de.ftl:3:6: there is another `.b` in `a`: delete one of them",
        ),
        (
            vec![("locales/de.ftl", "no-app-name = bei { $app-url }\n")],
            "locales/de.ftl:1:15: `no-app-name` stands in where `app.name` is missing, and what it holds may be missing too",
        ),
        (
            vec![("locales/de.ftl", "code =\n    .share = { UPPER($app-name) } nie teilen\n")],
            "locales/de.ftl:2:16: there is no function `UPPER`: write the variable alone",
        ),
    ] {
        let faults = compile(&files).expect_err(expected);
        assert!(faults[0].starts_with(expected), "{expected}\n{faults:?}");
        assert_eq!(faults.len(), 1, "one mistake is one error: {faults:?}");
    }
    let error = Templates::load(None, "sk").unwrap_err();
    assert!(error[0].to_string().contains("locales/sk.ftl: does not exist"), "{error:?}");
}

#[test]
fn a_template_may_ask_for_its_language() {
    let html = "<p>{{#if (eq locale.lang \"de\")}}Hallo{{else}}Hello{{/if}} {{#if locale.dir}}{{locale.dir}}{{/if}}\
                {{#unless (eq locale.dir \"rtl\")}}!{{/unless}} {{otp_code}}</p>";
    let templates = load(&[("email/verification_code/body.html.hbs", html)]).unwrap();
    let rendered = |locale: &str| {
        let context = context(&templates, locale, variables(Channel::Email, "verification_code"));
        templates.render(Channel::Email, "verification_code", &context).unwrap().unwrap().html.unwrap()
    };
    assert_eq!(rendered("de"), "<p>Hallo ltr! 418273</p>");
    assert_eq!(rendered("ar"), "<p>Hello rtl 418273</p>");
    for (html, reason) in [
        (
            "{{#if locale.lagn}}x{{/if}}{{otp_code}}",
            "a language has no `locale.lagn`: did you mean `locale.lang`?",
        ),
        ("{{locale.zebra}}{{otp_code}}", "a language has no `locale.zebra`: write one of `locale.lang`"),
    ] {
        let faults = load(&[("email/verification_code/body.html.hbs", html)]).expect_err(html);
        assert!(faults.len() == 1 && faults[0].contains(reason), "{faults:?}");
    }
}

#[test]
fn words_inside_a_block_have_the_events_variables() {
    let source = "{{#with app}}{{t \".line\"}} {{name}}{{/with}} {{#each list}}{{#if this}}{{t \".count\"}}{{/if}} {{/each}}";
    let words = "own =\n    .line = Hello { $app-name }\n    .count = { $ttl_minutes ->\n        [one] minute\n       *[other] { $ttl_minutes } minutes\n    }\n";
    let templates = compile(&[("sms/own.txt.hbs", source), ("locales/en.ftl", words)]).unwrap();
    let event = object(json!({ "app": { "name": "Larkfield" }, "ttl_minutes": 5, "list": ["a", "b"] }));
    let text = render(&templates, Channel::Sms, "own", event).text.unwrap();
    assert_eq!(text, "Hello Larkfield Larkfield 5 minutes 5 minutes");
}

#[test]
fn words_may_be_parameters() {
    let words = "own =\n    .line = Hello <{ $app-name }>\n    .plain = a & b\n    .count = { $ttl_minutes ->\n        [one] minute\n       *[other] { $ttl_minutes } minutes\n    }\n";
    let said = |source: &str| {
        let templates = compile(&[
            ("email/own/subject.txt.hbs", "s"),
            ("email/own/body.html.hbs", source),
            ("email/own/body.txt.hbs", source),
            ("email/partials/button.html.hbs", "[{{label}}{{#if label}}!{{/if}}]"),
            ("email/partials/button.txt.hbs", "[{{label}}{{#if label}}!{{/if}}]"),
            ("locales/en.ftl", words),
        ])
        .unwrap_or_else(|faults| panic!("{faults:?}"));
        let event = object(json!({ "app": { "name": "N" }, "ttl_minutes": 5, "plan": "a & b" }));
        let rendered = render(&templates, Channel::Email, "own", event);
        (rendered.html.unwrap(), rendered.text.unwrap())
    };
    for (source, html, text) in [
        ("{{#if (t \".plain\")}}yes{{/if}}", "yes", "yes"),
        ("{{#if (eq plan (t \".plain\"))}}yes{{/if}}", "yes", "yes"),
        ("{{#if (eq \"5 minutes\" (t \".count\"))}}yes{{/if}}", "yes", "yes"),
        ("{{#with app}}{{#if (t \".line\")}}{{name}}{{/if}}{{/with}}", "N", "N"),
        ("{{spaced (t \".plain\")}}", "a   &amp;   b", "a   &   b"),
        ("{{spaced (spaced plan)}}", "a       &amp;       b", "a       &       b"),
        ("{{#with (t \".line\")}}{{this}}{{/with}}", "Hello &lt;N&gt;", "Hello <N>"),
        ("{{> button label=(t \".line\")}}", "[Hello &lt;N&gt;!]", "[Hello <N>!]"),
        ("{{> button label=(t \".plain\")}}", "[a &amp; b!]", "[a & b!]"),
    ] {
        assert_eq!(said(source), (html.to_owned(), text.to_owned()), "{source}");
    }
    for (source, reason) in [
        (
            "{{otp_code}}\n{{#if (eq app.name (t \".smss\"))}}x{{/if}}",
            "sms/verification_code.txt.hbs:2:1: there is no message `verification_code.smss` in English",
        ),
        ("{{otp_code}}{{#if (t app.name)}}x{{/if}}", "sms/verification_code.txt.hbs:1:13: `t` takes the key"),
    ] {
        let faults = compile(&[("sms/verification_code.txt.hbs", source)]).expect_err(source);
        assert!(faults.len() == 1 && faults[0].starts_with(reason), "{faults:?}");
    }
}

#[test]
fn a_block_knows_its_variable_however_its_path_is_written() {
    for path in ["org.name", "org/name", "this.org.name", "./org.name", "@root.org.name", "org.[name]"] {
        for source in [
            format!("{{{{#t \".line\" {path}}}}}*{{{{org.name}}}}*{{{{/t}}}}"),
            format!(
                "{{{{#if org}}}}{{{{#t \".line\" {path}}}}}*{{{{@root.org.name}}}}*{{{{/t}}}}{{{{/if}}}}"
            ),
        ] {
            let files = [
                ("sms/own.txt.hbs", source.as_str()),
                ("locales/en.ftl", "own =\n    .line = Hi { $org-name }.\n"),
            ];
            let templates = compile(&files).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
            let event = object(json!({ "org": { "name": "A" } }));
            assert_eq!(render(&templates, Channel::Sms, "own", event).text.unwrap(), "Hi *A*.", "{source}");
        }
    }
    let inside = "{{#with org}}{{#t \".line\" ../org.name}}*{{name}}*{{/t}}{{/with}}";
    let files = [("sms/own.txt.hbs", inside), ("locales/en.ftl", "own =\n    .line = Hi { $org-name }.\n")];
    let event = object(json!({ "org": { "name": "A" } }));
    assert_eq!(render(&compile(&files).unwrap(), Channel::Sms, "own", event).text.unwrap(), "Hi *A*.");
    let faults = compile(&[("sms/own.txt.hbs", "{{#t \"code.share\" @index}}x{{/t}}")]).unwrap_err();
    assert!(faults[0].contains("`{{#t}}` takes the key of a message and a variable in it"), "{faults:?}");
}
