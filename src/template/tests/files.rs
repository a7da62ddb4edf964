//! Files of one's own: what they replace, and what is refused.

use super::*;

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
        let error = refused(&compile(&files).unwrap(), Channel::Email, "own", Map::new());
        assert!(error.contains("`action_url` is missing"), "{html}: {error}");
    }
}

#[test]
fn files_of_ones_own_replace_and_add() {
    let templates = load(&[
        ("email/verification_code/subject.txt.hbs", "\n {{app.name}}:\n\t{{otp_code}} "),
        ("email/partials/footer.mjml.hbs", "<mj-text>our own footer</mj-text>"),
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
    assert!(rendered.text.unwrap().contains("If this wasn't you"));
    let named = Map::from_iter([("greeting_name".to_owned(), json!("Mira"))]);
    assert_eq!(render(&templates, Channel::Sms, "own", named).text.as_deref(), Some("Hi Mira"));
    let slugs: Vec<_> = templates.slugs(Channel::Sms).collect();
    assert_eq!(slugs.len(), 8);
    assert!(slugs.contains(&"own"));
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
        (
            &mail("s", "{{> (lookup this 'x')}}", "t"),
            "email/own/body.html.hbs:1:1: a partial's name can't be",
        ),
        (&[("email/own/body.html.hbs", "h")], "email/own/subject.txt.hbs: is missing"),
        (&[("email/own/body.htm.hbs", "h")], "email/own/body.htm.hbs: does not belong to a template"),
        (
            &[("sms/verification_code.txt.hbs", "\n{{otp_kode}}")],
            "sms/verification_code.txt.hbs:2:1: there is no variable `otp_kode`",
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
            compile(&files).unwrap_err().first().map(|fault| fault.starts_with(expected)),
            Some(true),
            "{a}"
        );
    }
}

#[test]
fn blocks_that_would_overflow_the_stack_are_refused() {
    let ifs = |count: usize| format!("a\n{}x{}", "{{#if app}}".repeat(count), "{{/if}}".repeat(count));
    let elses = |count: usize| format!("{{{{#if app}}}}x{}{{{{/if}}}}", "{{else if app}}y".repeat(count));
    assert!(compile(&[("sms/own.txt.hbs", &ifs(199))]).is_ok());
    assert!(compile(&[("sms/own.txt.hbs", &elses(199))]).is_ok());
    for (source, line) in [(ifs(20_000), 2), (elses(20_000), 1)] {
        let faults = compile(&[("sms/own.txt.hbs", &source)]).unwrap_err();
        let expected =
            format!("sms/own.txt.hbs:{line}:1: nests blocks more than 200 deep: move some of them out");
        assert_eq!(faults, [expected]);
    }
    // Side by side they are not in each other.
    assert!(compile(&[("sms/own.txt.hbs", &"{{#if app}}x{{else}}y{{/if}}".repeat(300))]).is_ok());
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
        let error = refused(&compile(&files).unwrap(), Channel::Email, "own", Map::new());
        assert!(
            error.contains("/email/partials/own.html.hbs:2:4: `nowhere` is not in this event"),
            "{call}: {error}"
        );
    }
}

#[test]
fn what_stands_behind_else_if_is_kept_and_proven() {
    let chain = "{{#if requested_ip}}1{{else if app.name}}2{{else}}3{{/if}} {{otp_code}}";
    let body = format!("<mjml><mj-body><mj-raw>{chain}</mj-raw></mj-body></mjml>");
    let files =
        [("email/verification_code/body.mjml.hbs", body.as_str()), ("sms/verification_code.txt.hbs", chain)];
    let templates = load(&files).unwrap();
    for channel in [Channel::Email, Channel::Sms] {
        let rendered =
            render(&templates, channel, "verification_code", variables(channel, "verification_code"));
        let words = rendered.html.or(rendered.text).unwrap();
        assert!(words.contains("2 418273"), "{words}");
    }
    let subject = "\n{{#if requested_ip}}1{{else if nonsense}}{{bogus}}{{else}}{{otp_code}}{{/if}}";
    let faults = load(&[("email/verification_code/subject.txt.hbs", subject)]).unwrap_err().join("\n");
    assert!(faults.contains("subject.txt.hbs:2:1") && faults.contains("`nonsense`"), "{faults}");
}

#[test]
fn a_partial_that_is_indented_has_its_words() {
    let templates = load(&[("email/verification_code/body.txt.hbs", "Hi\n  {{> code}}\nbye")]).unwrap();
    let event = variables(Channel::Email, "verification_code");
    let text = render(&templates, Channel::Email, "verification_code", event).text.unwrap();
    assert!(text.starts_with("Hi\n  418273\n\nThis code expires in 10 minutes. Don't share"), "{text}");
}

#[test]
fn expanding_partials_changes_nothing() {
    let partials = [
        ("frame", "[{{> head}}|{{> @partial-block}}|{{#> foot}}no foot{{/foot}}]"),
        ("name", "{{app.name}}{{#if user.email_address}}?{{else}}!{{/if}}"),
        ("twice", "{{> name}}{{> name}}"),
        ("shout", "{{text}}{{> name}}"),
        ("item", "<{{text}}>"),
        ("whose", "{{who.name}}{{#if who.name}}{{len who.name}}{{/if}}"),
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
        "{{> whose who=app}}{{> whose who=other.one}}",
        "a\n{{> twice}}\n  {{> item text=1}}\nb\n",
        "{{#if no}}1{{else if other.two}}2{{else if list}}3 {{> name}}{{else}}4{{/if}}",
        "{{#unless list}}1{{else if who}}{{who.name}}{{else}}2{{/unless}}{{#each none}}3{{else if who}}4{{/each}}",
    ];
    let variables = || {
        object(
            json!({ "app": { "name": "N" }, "who": { "name": "nobody" }, "other": { "one": { "name": "One" } }, "list": ["a", "b"], "no": false, "none": [] }),
        )
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
        let templates = compile(&files).unwrap();
        let context = context(&templates, "en", variables());
        let expected = reference.render_with_context("body", &context.variables).unwrap();
        let rendered = templates.render(Channel::Email, "own", &context).unwrap().unwrap();
        assert_eq!(rendered.text.unwrap(), expected, "{body}");
    }
}

#[test]
fn files_that_belong_nowhere_are_named() {
    let large = "x".repeat(5 * 1024 * 1024);
    for (path, text, expected) in [
        ("email/verification-code/subject.txt.hbs", "s", "did you mean `verification_code`?"),
        ("email/verfication_code/subject.txt.hbs", "s", "did you mean `verification_code`?"),
        ("email/My Own/subject.txt.hbs", "s", "`My Own` is not a slug"),
        ("mail/verification_code/subject.txt.hbs", "s", "does not belong to a template"),
        ("email/own/body.mjml", "s", "does not belong to a template"),
        ("email/partials/x.hbs", "s", "does not belong to a template"),
        ("sms/verification_code/text.txt.hbs", "s", "does not belong to a template"),
        ("locales/german.ftl", "", "`german` is no"),
        ("locales/de_AT.ftl", "", "`de-AT.ftl`"),
        ("locales/de/AT.ftl", "", "does not belong to a template"),
        ("sms/verification_code.txt.hbs", large.as_str(), "has 5242880 bytes"),
        ("email/verification_code/body.html.hbs", "<re-html></re-html>", "is in Clerk's editor language"),
    ] {
        let faults = compile(&[(path, text)]).expect_err(path);
        assert!(faults[0].starts_with(path) && faults[0].contains(expected), "{faults:?}");
    }
    let both =
        [("email/verification_code/body.html.hbs", "h"), ("email/verification_code/body.mjml.hbs", "m")];
    assert!(load(&both).unwrap_err()[0].contains("since a mail has one body"));
    assert!(
        load(&[("sms/.verification_code.txt.hbs.swp", "x"), ("sms/#a.txt.hbs", "x"), ("sms/4913", "x")])
            .is_ok()
    );
}

#[test]
fn a_misspelt_variable_is_refused_even_as_a_question() {
    let html = |source: &str| load(&[("email/verification_code/body.html.hbs", source)]);
    for (source, expected) in [
        (
            "{{otp_code}}\n{{#if otp_cod}}x{{/if}}",
            "2:1: there is no variable `otp_cod` in this template: did you mean `otp_code`?",
        ),
        (
            "{{otp_code}}{{#unless app.nme}}{{/unless}}",
            "1:13: there is no variable `app.nme` in this template: did you mean `app.name`?",
        ),
        ("{{#if (eq otp_code aap.name)}}{{/if}}", "1:1: there is no variable `aap.name`"),
        ("{{otp_code}}{{#if magic_link}}{{/if}}", "1:13: there is no variable `magic_link` in this template"),
        ("{{otp_code}}{{> own label=ap.name}}", "1:1: there is no variable `ap.name`"),
    ] {
        let files =
            [("email/verification_code/body.html.hbs", source), ("email/partials/own.html.hbs", "{{label}}")];
        let faults = compile(&files).expect_err(source);
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{source}: {faults:?}");
    }
    for fine in [
        "{{otp_code}}{{#if user.public_metadata.plan}}x{{/if}}",
        "{{otp_code}}{{#with app}}{{name}}{{/with}}",
        "{{otp_code}}{{#if user.public_metadata.list}}{{#each user.public_metadata.list}}{{title}}{{/each}}{{/if}}",
        "{{otp_code}}{{#if requested_from}}{{requested_by}}{{/if}}{{current_year}}{{dashboard_url}}",
    ] {
        assert_eq!(html(fine).err(), None, "{fine}");
    }
}

#[test]
fn the_recipes_of_the_documentation_work() {
    let text = include_str!("../../../docs/TEMPLATES.md");
    let blocks = |language: &str| {
        let open = format!("```{language}\n");
        text.split(&open).skip(1).map(|rest| rest.split("```").next().unwrap()).collect::<Vec<_>>()
    };
    let [words, plurals] = blocks("fluent").try_into().unwrap();
    let [html, subject, link, mjml] = blocks("handlebars").try_into().unwrap();
    let templates = load(&[
        ("locales/en.ftl", &format!("{words}\n{plurals}")),
        ("email/verification_code/body.html.hbs", html),
        ("email/invitation/subject.txt.hbs", subject),
        ("email/invitation/body.mjml.hbs", mjml),
        ("email/password_changed/body.html.hbs", &format!("<p>Hello</p>{link}")),
    ])
    .unwrap();
    let mail = |slug: &str| render(&templates, Channel::Email, slug, variables(Channel::Email, slug));
    assert_eq!(mail("verification_code").subject, "418273: your key to Larkfield");
    let html = mail("verification_code").html.unwrap();
    assert!(html.contains("Welcome back. Here is your code:") && html.contains(">418273</p>"), "{html}");
    assert_eq!(mail("invitation").subject, "Jonas Weil is waiting for you");
    assert!(mail("invitation").html.unwrap().contains(">Jonas Weil</div>"));
}

#[test]
fn what_a_message_is_for_has_to_come_out_of_it() {
    let german = "verification_code =\n    .sms = Hallo von { $app-name }\n";
    for (path, text, expected) in [
        (
            "locales/de.ftl",
            german,
            "built-in sms/verification_code.txt.hbs: leaves out `otp_code` in de, which is what the message is for: put it into what you changed, which is `{ $otp_code }` in words",
        ),
        (
            "sms/verification_code.txt.hbs",
            "Hello",
            "sms/verification_code.txt.hbs: leaves out `otp_code` in every language",
        ),
        (
            "email/magic_link_sign_in/body.html.hbs",
            "{{#unless magic_link}}{{/unless}}h",
            "email/magic_link_sign_in/body.html.hbs: leaves out `magic_link` in every language",
        ),
        // What an inbox shows beside the subject is nothing that can be read in the mail.
        (
            "email/verification_code/body.mjml.hbs",
            "{{#> layout}}\n<mj-text>no code</mj-text>\n{{/layout}}",
            "email/verification_code/body.mjml.hbs: shows `otp_code` in every language only where nobody reads it",
        ),
        (
            "email/verification_code/body.html.hbs",
            "<html><head><title>{{otp_code}}</title></head><body><div style=\"display: none\">{{otp_code}}</div><p>x</p></body></html>",
            "email/verification_code/body.html.hbs: shows `otp_code` in every language only where nobody reads it",
        ),
        (
            "email/invitation/body.txt.hbs",
            "{{#if inviter_name}}{{action_url}}{{else}}t{{/if}}",
            "email/invitation/body.txt.hbs: leaves out `action_url` in every language",
        ),
    ] {
        let faults = load(&[(path, text)]).expect_err(expected);
        assert!(faults[0].starts_with(expected), "{expected}\n{faults:?}");
        assert_eq!(faults.len(), 1, "one mistake is one error: {faults:?}");
    }
    assert!(load(&[("email/verification_code/body.html.hbs", "{{spaced otp_code}}")]).is_ok());
}

#[test]
fn a_code_is_seen_where_a_reader_sees_it() {
    for (body, is_seen) in [
        ("<p>{{otp_code}}</p>", true),
        ("<div style=\"display:none\">x</div>{{otp_code}}", true),
        ("<div data-note=\"was display:none\">{{otp_code}}</div>", true),
        ("<img style='display:none'>{{otp_code}}", true),
        ("<div style=\"mso-hide:all\">{{otp_code}}</div>", true),
        ("<div style=\"display:none\"><div>hi</div>{{otp_code}}</div>", false),
        ("<span style='DISPLAY : none !important'>{{otp_code}}</span>", false),
        ("<div style=\"max-height:0;\n overflow: hidden\">{{otp_code}}</div>", false),
        ("<!-- {{otp_code}} -->x", false),
        ("<HEAD><TITLE>{{otp_code}}</TITLE></HEAD><BODY>x</BODY>", false),
    ] {
        let loaded = load(&[("email/verification_code/body.html.hbs", body)]).map(|_| ());
        assert_eq!(loaded.is_ok(), is_seen, "{body}");
    }
}

#[test]
fn nothing_goes_out_empty() {
    for (path, text) in [
        ("email/invitation/subject.txt.hbs", "{{#if inviter_name}}Join {{inviter_name}}{{/if}}\n"),
        ("sms/password_changed.txt.hbs", "\n"),
        ("email/mfa_enabled/body.html.hbs", "{{#if greeting_name}}x{{/if}}"),
    ] {
        let faults = load(&[(path, text)]).expect_err(path);
        let expected =
            format!("{path}: is empty when rendered with this event: give it words outside of `{{{{#if}}}}`");
        assert_eq!(faults, [expected]);
    }
}

#[test]
fn the_frame_for_clerks_words_is_proven() {
    for (frame, expected) in [
        (
            "{{#> layout}}\n<mj-text>{{clerk.oops}}</mj-text>{{/layout}}",
            ":2:10: `clerk.oops` is not in this event",
        ),
        ("{{#> layout}}<mj-text>x</mj-text>{{/layout}}", ": leaves out `clerk.paragraphs`"),
    ] {
        let faults = load(&[("email/clerk/body.mjml.hbs", frame)]).expect_err(expected);
        assert!(faults[0].starts_with(&format!("email/clerk/body.mjml.hbs{expected}")), "{faults:?}");
    }
}

#[test]
fn files_from_windows_are_as_good() {
    let templates = load(&[
        ("email/verification_code/subject.txt.hbs", "\u{feff}{{otp_code}}\r\n"),
        ("sms/verification_code.txt.hbs", "\u{feff}{{otp_code}}\r\n{{t \"code.share\"}}\r\n"),
        ("locales/en.ftl", "\u{feff}code =\r\n    .share = Keep it\r\n        dark.\r\n"),
    ])
    .unwrap();
    let event = |channel| variables(channel, "verification_code");
    let mail = render(&templates, Channel::Email, "verification_code", event(Channel::Email));
    assert_eq!(mail.subject, "418273");
    let text = render(&templates, Channel::Sms, "verification_code", event(Channel::Sms)).text;
    assert_eq!(text.as_deref(), Some("418273\nKeep it\ndark."));
}

#[test]
fn what_cannot_be_read_is_a_fault() {
    let dir = tempfile::tempdir().unwrap();
    let (file, link) = (dir.path().join("file"), dir.path().join("link"));
    std::fs::write(&file, "").unwrap();
    std::os::unix::fs::symlink(dir.path().join("nowhere"), &link).unwrap();
    for dir in [&file, &link] {
        let faults = Templates::load(Some(dir), "en").unwrap_err();
        assert!(faults[0].reason.starts_with("can't be read: "), "{faults:?}");
    }
    let texts = dir.path().join("templates/sms");
    std::fs::create_dir_all(&texts).unwrap();
    std::os::unix::fs::symlink("/dev/zero", texts.join("invitation.txt.hbs")).unwrap();
    let faults = Templates::load(Some(&dir.path().join("templates")), "en").unwrap_err();
    assert_eq!(faults[0].reason, "is not a file: delete it, or put a file in its place");
}

#[test]
fn the_brands_last_line_may_say_the_year() {
    let brand = Brand { footer: Some("(c) {{current_year}} Acme".to_owned()), ..Brand::default() };
    let templates = built_in();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_787_328_461);
    let times = Times { born: Some(time), now: time };
    let event = variables(Channel::Email, "verification_code");
    let context = templates.context(event, &brand, templates.default_locale(), times);
    let rendered = templates.render(Channel::Email, "verification_code", &context).unwrap().unwrap();
    assert!(rendered.html.unwrap().contains("(c) 2026 Acme"));
}
