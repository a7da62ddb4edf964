use super::*;

/// The least that a definition needs, and `more`.
fn frame(more: &str) -> String {
    format!("carries = \"sms\"\npath = \"/send\"\n{more}")
}

/// Each text is refused, and the report contains what stands beside it.
fn assert_refused<const N: usize>(table: [(String, &str); N]) {
    for (text, expected) in table {
        let mistakes = parse("mine", &text, Path::new("mine.toml")).err();
        let mistakes = mistakes.map(|mistakes| mistakes.to_string()).unwrap_or_default();
        assert!(mistakes.contains(expected), "{text}\n{mistakes}");
    }
}

#[test]
fn a_wrong_definition_is_refused_with_its_place() {
    assert_refused([
        ("path = \"/\"".to_owned(), "carries: missing"),
        ("carries = \"sms\"".to_owned(), "path: missing"),
        (frame("pth = 1"), "3:1: pth: unknown key"),
        (frame("[form]\nTo = \"{{too}}\""), "4:6: form.To: there is no variable `too`"),
        (frame("[form]\nTo = \"{{#if to}}\""), "4:6: form.To: is not a valid template"),
        (frame("[accepted]\nreceipt = \"sid\""), "4:11: accepted.receipt: \"sid\" is not a JSON pointer"),
        (
            frame("[accepted]\nreceipt = { matches = '(' }"),
            "accepted.receipt.matches: is not a valid regular expression",
        ),
        (frame("[errors]\nfatal = [1]"), "4:1: errors.fatal: unknown key"),
        (frame("idempotent = true\n[form]\nTo = \"{{to}}\""), "3:14: idempotent: needs a key in the request"),
        (frame("[accepted.unless]\n\"/a\" = {}"), "\"/a\": is empty"),
        (frame("[accepted.unless]\na = \"x\""), "accepted.unless.a: \"a\" is not a JSON pointer"),
        (
            frame("[errors.status]\n402 = \"bill\""),
            "4:7: errors.status.402: \"bill\" is not a class of errors",
        ),
        (
            frame("base_url = \"https://{{host}}.example\"\n[settings]\nkey = { secret = true }"),
            "3:12: base_url: there is no variable `host`",
        ),
        (
            frame("[settings]\nfrom = { about = \"x\" }"),
            "settings.from: is the name of a variable that each message sets",
        ),
        (frame("[probe]\nmethod = \"GET\""), "probe.path: missing"),
        (
            frame("[errors]\nwait = { at = \"/a\", unit = \"min\" }"),
            "errors.wait.unit: \"min\" is not an allowed value",
        ),
        (frame("[form]\na = 1\n[json]\nb = 2"), "json: can't be set together with another body"),
        (frame("body = \"{{tex}}\""), "3:8: body: there is no variable `tex`"),
        (frame("[oauth2]\nscope = \"s\""), "3:1: oauth2.token_url: missing"),
        (
            frame("oauth2 = { token_url = \"http://id.example/t\" }"),
            "oauth2.token_url: \"http://id.example/t\" would send",
        ),
        (
            frame("oauth2 = { issuer = \"google\", mailbox = \"box\" }"),
            "oauth2.mailbox: \"box\" is not a setting",
        ),
    ]);
}

#[test]
fn a_wrong_request_or_answer_is_refused_with_its_place() {
    assert_refused([
        (frame("[form]\na = { b = 1 }"), "4:5: form.a: is not a single value"),
        (frame("[form]\na = \"${KEY}\""), "4:5: form.a: \"${…}\" is not filled in here"),
        (frame("[headers]\n\"X Y\" = \"1\""), "4:9: headers.\"X Y\": \"X Y\" is not a header name"),
        (frame("[headers]\nHost = \"x\""), "4:8: headers.Host: is set by clerk-courier itself"),
        ("carries = \"sms\"\npath = \"send\"".to_owned(), "2:8: path: does not start with \"/\""),
        ("carries = \"sms\"\npath = \"/send?a=1\"".to_owned(), "2:8: path: contains ? or #"),
        (
            frame("base_url = \"https://{{key}}.example\"\n[settings]\nkey = { secret = true }"),
            "3:12: base_url: uses a secret",
        ),
        (
            frame("[accepted.when]\n\"/a\" = { exists = true, matches = 'x' }"),
            "\"/a\": sets more than one condition",
        ),
        (
            frame("[accepted.when]\n\"/a\" = { equals = \"x\" }"),
            "4:10: accepted.when.\"/a\".equals: unknown key",
        ),
        (
            frame("[accepted.when]\n\"/a\" = { exists = true, mathces = 'x' }"),
            "mathces: unknown key; did you mean \"matches\"?",
        ),
        (frame("[accepted]\nstatus = [70000]"), "4:11: accepted.status[0]: must be an HTTP status"),
        (frame("body = \"<t>{{text}}</t>\""), "3:8: body: is more than a single expression"),
        (frame("body = \"{{text}}\""), "3:8: body: has no Content-Type"),
        (frame("probe = { path = \"/\", body = \"x\" }"), "body: has no Content-Type"),
        (frame("[settings]\nlen = { about = \"x\" }"), "4:7: settings.len: is the name of a helper"),
        (
            "carries = \"sms\"\npath = \"/v1/{{{to}}}\"".to_owned(),
            "2:8: path: contains a value that is not percent-encoded",
        ),
        (
            frame("oauth2 = { issuer = \"google\" }\n[headers]\nauthorization = \"x\""),
            "4:1: headers: authorizes requests, as `oauth2` does",
        ),
        ("carries = \"sms\"\npath = \"/v1/{{json to}}\"".to_owned(), "2:8: path: there is no helper `json`"),
        (frame("[accepted.when]\n\"/a\" = {}"), "\"/a\": is empty"),
        (
            frame("[accepted]\nreceipt = { at = \"/a\", header = \"b\" }"),
            "receipt: sets more than one condition",
        ),
        (
            frame("[settings]\nbase_url = { about = \"x\" }"),
            "4:12: settings.base_url: is a key that every provider has",
        ),
        (
            frame("[settings]\na = { with = \"b\" }"),
            "4:5: settings.a: depends on \"b\", which is not a setting",
        ),
        (frame("sender_unless = \"pool\""), "3:17: sender_unless: \"pool\" is not a setting"),
        (frame("[errors]\nroute = [1]"), "errors.code: missing"),
        (
            frame("[errors]\ncode = \"/c\"\nroute = [\"9-1\"]"),
            "5:9: errors.route: \"9-1\" ends before it begins",
        ),
        (
            frame("[errors]\ncode = \"/c\"\nrecipient = [1]\naccount = [2, 1]"),
            "6:11: errors.account: \"1\" is in the list of another class too",
        ),
        (
            frame("[errors]\ncode = \"/c\"\nroute = [\"1-9\", \"3-4\"]\naccount = [\"2-5\", \"9-10\"]"),
            "6:11: errors.account: \"9-10\" is in the list of another class too",
        ),
    ]);
}
