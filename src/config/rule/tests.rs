use super::*;

#[test]
fn a_from_is_fixed_or_a_template_with_a_literal_domain() {
    let fixed = |name: Option<&str>, email: &str| {
        Ok(Sender::Fixed(Mailbox::new(name.map(str::to_owned), email.parse().unwrap())))
    };
    let template = |name: &str, local: &str, domain: &str| {
        let (name, local, domain) = (name.to_owned(), local.to_owned(), domain.to_owned());
        Ok(Sender::Template { name, local, domain })
    };
    let table = [
        ("a@b.example", fixed(None, "a@b.example")),
        ("<a@b.example>", fixed(None, "a@b.example")),
        ("Acme, Inc. <a@b.example>", fixed(Some("Acme, Inc."), "a@b.example")),
        ("\"Acme \\\"x\\\"\" <a@b.example>", fixed(Some("Acme \"x\""), "a@b.example")),
        ("Café <a@b.example>", fixed(Some("Café"), "a@b.example")),
        ("{{app.name}} <a@b.example>", template("{{app.name}}", "a", "b.example")),
        ("{{from_email_name}}@b.example", template("", "{{from_email_name}}", "b.example")),
        ("The {{{app.name}}} <x-{{y}}@b.example>", template("The {{{app.name}}}", "x-{{y}}", "b.example")),
    ];
    for (text, expected) in table {
        assert_eq!(from(text), expected, "{text}");
    }
    for text in
        ["", "a", "a@", "@b.example", "a@b.example>", "A <a b@c.example>", "{{x}} y@b.example", "{{x}}@"]
    {
        assert!(from(text).is_err(), "{text}");
    }
}

#[test]
fn signing_secrets_are_base64_padded_or_not() {
    for text in ["whsec_c2VjcmV0", "c2VjcmV0", "whsec_c2VjcmV0MQ==", "whsec_c2VjcmV0MQ", "+/+/"] {
        assert_eq!(signing_secret(text), Ok(Secret::new(text)));
    }
    for text in ["", "whsec_", "whsec_c2V jcmV0", "c2VjcmV0!", "-_-_", "whpk_c2VjcmV0"] {
        assert!(signing_secret(text).is_err(), "{text}");
    }
}

#[test]
fn durations_stay_where_adding_them_to_a_time_works() {
    assert_eq!(duration("10m"), Ok(Duration::from_mins(10)));
    assert_eq!(duration("1h 30m"), Ok(Duration::from_mins(90)));
    assert!(duration("3650d").is_ok());
    for text in ["", "12", "0s", "-1s", "3651d", "500000000000y"] {
        assert!(duration(text).is_err(), "{text}");
    }
    assert!(request_deadline("14999ms").is_ok());
}

#[test]
fn a_rate_is_a_number_and_its_window() {
    let (hour, day) = (Window::Hour, Window::Day);
    assert_eq!(rates("6/h"), Ok(vec![Rate { max: 6, window: hour }]));
    let both = vec![Rate { max: 12, window: day }, Rate { max: 1_000_000, window: hour }];
    assert_eq!(rates("12/d,  1000000/h"), Ok(both));
    assert_eq!(rates(""), Ok(vec![]));
    for text in [
        "6",
        "/h",
        "0/h",
        "+6/h",
        "-1/h",
        "6/m",
        "6 /h",
        "1000001/h",
        "6/h,",
        "6/h, 7/h",
        "é",
        " ",
        "99999999999/d",
    ] {
        assert!(rates(text).is_err(), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_breaks_a_rule(text in "[ -~]{0,40}|\\PC{0,20}") {
        let _ = (from(&text), mailbox(&text), web_url(&text), helo(&text), duration(&text), sms_sender(&text));
        let _ = (email_pattern(&text), locale(&text), color(&text), sqlite_url(&text), signing_secret(&text), rates(&text));
    }

    #[test]
    fn a_template_keeps_its_parts(name in "[A-Za-z ]{0,8}", local in "[a-z]{1,8}") {
        let text = format!("{name}{{{{x}}}} <{local}{{{{y}}}}@b.example>");
        let expected = Sender::Template {
            name: format!("{name}{{{{x}}}}").trim().to_owned(),
            local: format!("{local}{{{{y}}}}"),
            domain: "b.example".to_owned(),
        };
        proptest::prop_assert_eq!(from(&text), Ok(expected));
    }
}
