//! Bodies of one's own in MJML, or in HTML in its place.

use super::*;

#[test]
fn html_of_ones_own_takes_the_place_of_the_built_in_mjml() {
    let templates = load(&[(
        "email/verification_code/body.html.hbs",
        "<p>{{> app_logo}} {{otp_code}} {{t \"code.share\"}}</p>{{> copyright}}<a href=\"{{clerk_url}}\">",
    )])
    .unwrap();
    let mut event = variables(Channel::Email, "verification_code");
    event.insert("app".into(), json!({ "name": "Larkfield & Co" }));
    event.insert("theme".into(), json!({ "show_clerk_branding": false }));
    let html = render(&templates, Channel::Email, "verification_code", event).html.unwrap();
    let html = html.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(html.starts_with("<p>Larkfield &amp; Co 418273 Don&#39;t share this code with anyone"), "{html}");
    assert!(
        html.contains("2026 Larkfield &amp; Co") && html.ends_with("<a href=\"https://clerk.com\">"),
        "{html}"
    );
    assert!(!html.contains("<table"));
}

#[test]
fn mjml_is_compiled_around_handlebars() {
    let body = "{{#> layout}}{{#if app.name}}<mj-text>{{app.name}}</mj-text>{{else}}<mj-text>none</mj-text>{{/if}}\
                {{> button href=action_url}}<mj-text>{{#each list}}{{this}};{{/each}}</mj-text>{{/layout}}";
    let templates = compile(&[
        ("email/own/subject.txt.hbs", "s"),
        ("email/own/body.mjml.hbs", body),
        ("email/own/body.txt.hbs", "{{action_url}}"),
        ("locales/en.ftl", "own =\n .title = T\n .preview = P\n .button = Press & hold"),
    ])
    .unwrap();
    let with = |name: Value| {
        let event =
            json!({ "app": { "name": name }, "list": [1, "<2>"], "action_url": "https://a.example/?b&c" });
        render(&templates, Channel::Email, "own", object(event)).html.unwrap()
    };
    let html = with(json!("N"));
    assert!(html.contains("<title>T</title>") && !html.contains("mj-text") && !html.contains('⟦'), "{html}");
    assert!(
        html.contains("href=\"https://a.example/?b&amp;c\"") && html.contains("Press &amp; hold"),
        "{html}"
    );
    assert!(html.contains(">N</div>") && !html.contains(">none<") && html.contains("1;&lt;2&gt;;"), "{html}");
    assert!(with(Value::Null).contains(">none</div>"));
}

#[test]
fn comments_and_quoted_brackets_are_no_mjml() {
    let templates = compile(&[
        ("email/own/subject.txt.hbs", "s"),
        (
            "email/own/body.mjml.hbs",
            "<mjml><mj-body><mj-section><mj-column><!-- <mj-text> <mj-old> -->\
             <mj-image src=\"https://a.example/b.png\" alt=\"a > b\" /></mj-column></mj-section></mj-body></mjml>",
        ),
        ("email/own/body.txt.hbs", "t"),
    ])
    .unwrap();
    assert!(render(&templates, Channel::Email, "own", Map::new()).html.unwrap().contains("alt=\"a > b\""));
}

#[test]
fn broken_mjml_is_refused_with_its_place() {
    let frame = |inner: &str| {
        format!(
            "<mjml>\n<mj-body>\n<mj-section><mj-column>\n{inner}\n</mj-column></mj-section></mj-body></mjml>"
        )
    };
    for (source, expected) in [
        (frame("<mj-txt>a</mj-txt>"), "4:1: there is no MJML component `mj-txt`: did you mean `mj-text`?"),
        (frame("\n <mj-text>a"), "5:2: `<mj-text>` is not closed"),
        (frame("</mj-text>"), "3:13: `<mj-column>` is not closed"),
        ("<mjml><mj-body></mj-body></mjml></mj-text>".to_owned(), "1:33: `</mj-text>` closes a component"),
        (frame("<mj-include path=\"x\" />"), "4:1: there is no MJML component `mj-include`: call a partial"),
        (frame("{{> typo}}"), "4:1: there is no partial `typo`"),
        (
            frame(
                "<mj-spacer height=\"{{app.name}}px\" /><mj-image src=\"{{app.url}}\" /><mj-text foo=\"{{app.name}}\">a</mj-text>",
            ),
            "4:",
        ),
        ("<p>no mjml</p>".to_owned(), "1:1: has no `<mjml>`: begin with"),
        ("\n\n".to_owned(), "1:1: has no `<mjml>`"),
        ("{{app.name}}".to_owned(), "1:1: has no `<mjml>`"),
        (String::new(), " is empty: begin with `{{#> layout}}`"),
        (frame("a <!-- b --> <mj-text>c</mj-text>"), "4:1: words stand outside of a component"),
        (
            frame("<!-- b -->\n{{#if x}}{{app.name}}{{/if}}<mj-text>c</mj-text>"),
            "5:10: words stand outside of a component",
        ),
        (frame("<mj-text title=\">\">c</mj-text>\n and more"), "5:2: words stand outside of a component"),
        (frame("{{#> buton}}x{{/buton}}"), "4:1: there is no partial `buton`: did you mean `button`?"),
        (
            frame("{{#> zebra}}x{{/zebra}}"),
            "4:1: there is no partial `zebra`: add it as email/partials/zebra.mjml.hbs",
        ),
        (frame("{{> button href=(lookup app \"url\")}}"), "4:1: `button` is called with what is worked out"),
        (frame("<mj-text>a</b></mj-text>"), "5:26: MJML: this is not allowed here"),
        (frame("{{app.name}} <mj-text {{#if x}}color=\"red\"{{/if}}>a</mj-text>"), "4:"),
        (
            frame("<mj-text>{{x}}</mj-text>\n<mj-text color=red>a</mj-text>"),
            "5:9: MJML: this is not well-formed: write each attribute as `name=\"value\"`",
        ),
        (frame("<mj-text color=\"{{#if x}}red\">a</mj-text>{{/if}}"), "4:17: this block begins in one MJML"),
        (frame("<mj-text {{#if x}}>a{{/if}}</mj-text>"), "4:10: this block begins in one MJML"),
        (frame("<mj-text>⟦</mj-text>"), "1:1: contains ⟦ or ⟧"),
    ] {
        let files = [
            ("email/own/subject.txt.hbs", "s"),
            ("email/own/body.mjml.hbs", source.as_str()),
            ("email/own/body.txt.hbs", "t"),
        ];
        let faults = compile(&files).map(|_| ()).expect_err(expected);
        assert!(
            faults.len() == 1 && faults[0].starts_with(&format!("email/own/body.mjml.hbs:{expected}"))
                || expected == "4:" && faults[0].starts_with("email/own/body.mjml.hbs:4:"),
            "{expected}\n{faults:?}"
        );
    }
}

#[test]
fn mjml_of_ones_own_says_its_language_and_has_its_styles_in_its_elements() {
    let html = |mjml: &str, locale: &str| {
        let templates = load(&[("email/verification_code/body.mjml.hbs", mjml)]).unwrap();
        let context = context(&templates, locale, variables(Channel::Email, "verification_code"));
        templates.render(Channel::Email, "verification_code", &context).unwrap().unwrap().html.unwrap()
    };
    let body = "<mj-body><mj-section><mj-column><mj-text><p class=\"x\">{{otp_code}}</p></mj-text></mj-column></mj-section></mj-body>";
    for (tag, locale, expected) in [
        ("<mjml>", "de", "<html lang=\"de\" dir=\"ltr\""),
        ("<mjml>", "ar", "<html lang=\"ar\" dir=\"rtl\""),
        ("<mjml lang=\"fr\">", "ar", "<html lang=\"fr\" dir=\"rtl\""),
        ("<mjml owa=\"desktop\" dir='auto' lang='x'>", "de", "<html lang=\"x\" dir=\"auto\""),
    ] {
        let html = html(&format!("{tag}{body}</mjml>"), locale);
        assert!(html.contains(expected), "{tag} {locale}: {html}");
    }
    let style = "<mj-head><mj-style inline=\"inline\">.x { color: {{theme.primary_color}}; }\n.nobody { color: {{app.url}} }</mj-style></mj-head>";
    let html = html(&format!("<mjml>{style}{body}</mjml>"), "de");
    assert!(html.contains("<p class=\"x\" style=\"color: #2f6f4f\">418273</p>"), "{html}");
    assert!(!html.contains(".nobody"), "{html}");
    let hover =
        "<mjml>\n<mj-head><mj-style inline=\"inline\">\n  a:hover { color: red }</mj-style></mj-head>";
    let faults =
        load(&[("email/verification_code/body.mjml.hbs", &format!("{hover}{body}</mjml>"))]).unwrap_err();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(
        faults[0].starts_with(
            "email/verification_code/body.mjml.hbs:3:3: `a:hover` can't be written into elements"
        ),
        "{faults:?}"
    );
}
