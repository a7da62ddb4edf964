//! What people mistype and misplace, and what they are told.

use super::*;

#[test]
fn a_line_of_the_configuration_is_proven_in_all_its_branches() {
    let mut templates = Templates::load(None, "en").unwrap();
    for (line, reason) in [
        (
            "{{#if org.name}}a{{else if inviter_name}}{{inviter_nam}}{{else}}b{{/if}}",
            "did you mean `inviter_name`?",
        ),
        ("{{#if org.name}}a{{else if inviter_nam}}b{{/if}}", "did you mean `inviter_name`?"),
        ("{{#if org.name}}a{{else}}{{otp_cod}}{{/if}}", "did you mean `otp_code`?"),
        ("{{#if org.name}}a{{else if inviter_name}}{{t \"code.share\"}}{{/if}}", "without `t`"),
        ("{{#if (t \"code.share\")}}a{{/if}}", "without `t`"),
        ("{{> footer}}", "a partial can't be called in the configuration"),
        ("{{#if org.name}}{{#*inline \"a\"}}b{{/inline}}{{/if}}", "a partial can't be called"),
        ("{{#if org.name}}a", "`{{#if org.name}}` is not closed"),
    ] {
        let error = templates.add_line(Channel::Email, line).expect_err(line).to_string();
        assert!(error.starts_with(line) && error.contains(reason), "{error}");
    }
    let line = "{{#if org.name}}{{org.name}}{{else if app.name}}{{app.name}}{{else}}b{{/if}}";
    templates.add_line(Channel::Email, line).unwrap();
}

#[test]
fn a_file_in_the_wrong_place_is_named_with_the_right_one() {
    for (path, meant) in [
        ("sms/verification_code.hbs", "sms/verification_code.txt.hbs"),
        ("sms/verification_code/body.txt.hbs", "sms/verification_code.txt.hbs"),
        ("email/verification_code/body.html", "email/verification_code/body.html.hbs"),
        ("email/verification_code/html.hbs", "email/verification_code/body.html.hbs"),
        ("email/verification_code/subject.hbs", "email/verification_code/subject.txt.hbs"),
        ("email/verification_code.mjml.hbs", "email/verification_code/body.mjml.hbs"),
        ("email/partials/x.hbs", "email/partials/x.mjml.hbs"),
        ("partials/x.html.hbs", "email/partials/x.html.hbs"),
        ("de.ftl", "locales/de.ftl"),
    ] {
        let faults = load(&[(path, "x")]).map(|_| ()).expect_err(path);
        assert_eq!(faults, [format!("{path}: does not belong to a template: did you mean `{meant}`?")]);
    }
    let faults = load(&[("email/verification_code/body.hbs", "x")]).map(|_| ()).unwrap_err();
    assert!(faults[0].contains("name it email/<slug>/{subject.txt.hbs,body.mjml.hbs or"), "{faults:?}");
}

#[test]
fn a_partial_may_do_without_a_parameter_that_other_calls_give() {
    let partial = ("email/partials/own.html.hbs", "[{{#if label}}{{label}}{{else}}none{{/if}}]");
    let body = "email/verification_code/body.html.hbs";
    let templates =
        load(&[partial, (body, "{{otp_code}}{{> own}}{{> own label=app.name}}{{> own label=\"x\"}}")])
            .unwrap();
    let event = variables(Channel::Email, "verification_code");
    let html = render(&templates, Channel::Email, "verification_code", event).html.unwrap();
    assert_eq!(html, "418273[none][Larkfield][x]");
    let unsure = [
        ("email/partials/own.html.hbs", "[{{label}}]"),
        (body, "{{otp_code}}{{> own}}{{> own label=\"x\"}}"),
    ];
    for (files, reason) in [
        (
            vec![partial, (body, "{{otp_code}}{{> own}}")],
            "1:2: there is no variable `label`, and no call gives it to the partial: write `{{> own label=…}}`",
        ),
        (unsure.to_vec(), "1:2: `label` is not in this event: put what may be missing into `{{#if label}}`"),
    ] {
        let faults = load(&files).map(|_| ()).unwrap_err();
        assert!(faults[0].contains(reason), "{faults:?}");
    }
}

#[test]
fn what_handlebars_would_pass_over_is_refused() {
    for (source, reason) in [
        ("{{#if app.name otp_code}}x{{/if}}", "`#if` takes one value: write `{{#if (and … …)}}`"),
        ("{{#if (equal app.name \"x\")}}x{{/if}}", "there is no helper `equal`: there are `if`, `unless`,"),
        ("{{#if (eqq app.name \"x\")}}x{{/if}}", "there is no helper `eqq`: did you mean `eq`?"),
        (
            "{{#with app}}{{#if @root.app.nme}}x{{/if}}{{/with}}",
            "there is no variable `app.nme` in this template: did",
        ),
        ("{{APP.name}}", "there is no variable `APP.name` in this template: did you mean `app.name`?"),
        ("{{lookup user.public_metadata \"plan\"}}", "what `lookup` looks for is not in this event"),
    ] {
        let faults = load(&[("sms/verification_code.txt.hbs", &format!("{{{{otp_code}}}}{source}"))]);
        let faults = faults.map(|_| ()).expect_err(source);
        let (at, said) = faults[0].split_once(": ").unwrap();
        assert!(
            faults.len() == 1 && at.starts_with("sms/verification_code.txt.hbs:1:"),
            "{source}: {faults:?}"
        );
        assert!(said.starts_with(reason), "{source}: {faults:?}");
    }
}
