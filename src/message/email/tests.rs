use std::time::Duration;

use proptest::prelude::*;

use super::*;

fn email() -> Email {
    Email {
        id: "ema_34EI446M8ZHEMKcOqQqXjjXu1Yg".into(),
        from: "Larkfield <login@larkfield.example>".parse().unwrap(),
        envelope_from: "bounces@larkfield.example".parse().unwrap(),
        to: "mira.okafor@mail.example".parse().unwrap(),
        reply_to: Some("help@larkfield.example".parse().unwrap()),
        subject: "418273 is your Larkfield verification code".into(),
        html: Some(
            "<!DOCTYPE html>\n<p style=\"margin:0\">Your code is <b>418273</b>. Grüße – 👋</p>\n".into(),
        ),
        text: Some("Your code is 418273.\n\n.hidden\r\nFrom here on \nfin".into()),
        redirected_from: None,
        provider_settings: Vec::new(),
        language: None,
        extra_headers: Vec::new(),
        date: UNIX_EPOCH + Duration::from_secs(1_787_300_061),
        ascii: None,
        wire: OnceLock::new(),
    }
}

/// The wire form with its CRLFs shown, so that a snapshot is exact to the byte.
fn shown(email: &Email) -> String {
    String::from_utf8(email.wire().to_vec()).unwrap().replace("\r\n", "␍\n")
}

#[test]
fn two_alternatives() {
    insta::assert_snapshot!(shown(&email()));
}

#[test]
fn one_part_alone() {
    insta::assert_snapshot!("text_alone", shown(&Email { html: None, reply_to: None, ..email() }));
    insta::assert_snapshot!("html_alone", shown(&Email { text: None, ..email() }));
}

#[test]
fn international() {
    insta::assert_snapshot!(shown(&Email {
        from: Mailbox::new(Some("Grüße, \"Bücher\"".into()), "post@bücher.example".parse().unwrap()),
        to: "josé@bücher.example".parse().unwrap(),
        subject: "418273 ist dein Bestätigungscode für Bücher & mehr, und diese Zeile ist lang".into(),
        redirected_from: Some("jürgen@mail.example\r\nBcc: x@y.example".into()),
        ..email()
    }));
}

#[test]
fn names_that_would_make_lettre_panic() {
    for name in ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "nul\0", "\u{7f}", "\r\n", "=?utf-8?q?=0D=0ABcc:?="]
    {
        let from = Mailbox::new(Some(name.into()), "login@larkfield.example".parse().unwrap());
        let email = Email { from, ..email() };
        let wire = shown(&email);
        assert_eq!(header_names(&wire), HEADERS, "{name:?}");
    }
}

#[test]
fn composed_once() {
    let email = email();
    assert!(std::ptr::eq(email.wire(), email.wire()));
}

#[test]
fn no_body_at_all_is_an_empty_text() {
    let email = Email { html: None, text: None, ..email() };
    assert!(email.wire().ends_with(b"quoted-printable\r\n\r\n"));
}

const HEADERS: [&str; 12] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "X-Entity-Ref-ID",
    "References",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
];

/// Names of the headers of the message itself, from a [`shown`] wire form.
fn header_names(wire: &str) -> Vec<&str> {
    let (head, _) = wire.split_once("␍\n␍\n").unwrap();
    let lines = head.split("␍\n").filter(|line| !line.starts_with(' '));
    lines.map(|line| line.split_once(": ").unwrap().0).collect()
}

fn encoded(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    quoted_printable::encode(text, &mut out);
    out
}

fn decoded(wire: &[u8]) -> String {
    let mut out = Vec::new();
    let mut bytes = wire.iter();
    while let Some(&byte) = bytes.next() {
        if byte == b'=' {
            let pair = [*bytes.next().unwrap(), *bytes.next().unwrap()];
            if &pair != b"\r\n" {
                out.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
            }
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn quoted_printable_by_example() {
    let a = |n: usize| "a".repeat(n);
    for (text, wire) in [
        ("", String::new()),
        ("a=b", "a=3Db".into()),
        ("ü", "=C3=BC".into()),
        ("end \nend\t\n ", "end=20\r\nend=09\r\n=20".into()),
        ("\n\r\r\n\n", "\r\n\r\n\r\n\r\n".into()),
        (".\n..\na.", "=2E\r\n=2E.\r\na.".into()),
        (&a(76), a(76)),
        (&a(77), a(75) + "=\r\naa"),
        (&(a(75) + ".b"), a(75) + "=\r\n=2Eb"),
        (&(a(75) + "ü"), a(75) + "=\r\n=C3=BC"),
        (&(a(72) + "ü"), a(72) + "=C3=\r\n=BC"),
        (&(a(75) + " "), a(75) + "=\r\n=20"),
        ("From here", "=46rom here".into()),
        ("From\nFrom \n From x\nFromage", "From\r\n=46rom=20\r\n From x\r\nFromage".into()),
        (&(a(75) + "From here"), a(75) + "=\r\n=46rom here"),
    ] {
        assert_eq!(String::from_utf8(encoded(text)).unwrap(), wire, "{text:?}");
    }
}

fn check_lines(wire: &[u8], longest: usize) -> Result<(), TestCaseError> {
    let wire = std::str::from_utf8(wire).unwrap();
    for line in wire.split("\r\n") {
        prop_assert!(line.len() <= longest, "{}", line);
        prop_assert!(!line.starts_with('.') && !line.contains(['\r', '\n', '\0']), "{}", line);
        prop_assert!(line.is_ascii(), "{}", line);
    }
    Ok(())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z=. \t\r\nü👋]{0,400}", "[a-z.]{60,320}", "(\r|\n|x|\0|é| ){0,20}"]
}

proptest! {
    #[test]
    fn quoted_printable_survives(text in any_text()) {
        let wire = encoded(&text);
        check_lines(&wire, 76)?;
        let open = std::str::from_utf8(&wire).unwrap().split("\r\n").find(|line| line.ends_with([' ', '\t']));
        prop_assert_eq!(open, None);
        let normal = text.replace("\r\n", "\n").replace('\r', "\n");
        prop_assert_eq!(decoded(&wire).replace("\r\n", "\n"), normal);
    }

    #[test]
    fn nothing_can_be_injected(
        subject in any_text(), name in any_text(), id in any_text(), original in any_text(),
        text in any_text(), html in any_text(),
    ) {
        let email = Email {
            id,
            from: Mailbox::new(Some(name.clone()), "login@larkfield.example".parse().unwrap()),
            reply_to: Some(Mailbox::new(Some(name), "help@larkfield.example".parse().unwrap())),
            subject,
            text: Some(text),
            html: Some(html),
            redirected_from: Some(original),
            ..email()
        };
        check_lines(email.wire(), 998)?;
        let wire = shown(&email);
        let mut names = HEADERS.to_vec();
        names.insert(5, "X-Original-To");
        prop_assert_eq!(header_names(&wire), names);
        prop_assert_eq!(wire.matches("␍\n--=_").count(), 3);
    }
}

#[test]
fn recipients_are_read_into_the_form_of_the_wire() {
    for (text, wire) in [
        ("ada@mail.example", "ada@mail.example"),
        (" ada@mail.example\n", "ada@mail.example"),
        ("ada@münchen.example", "ada@xn--mnchen-3ya.example"),
        ("jürgen@MÜNCHEN.example", "jürgen@xn--mnchen-3ya.example"),
        // Networks gave these out.
        ("try..this..0511@docomo.example", "\"try..this..0511\"@docomo.example"),
        ("name.@docomo.example", "\"name.\"@docomo.example"),
        (".name@docomo.example", "\".name\"@docomo.example"),
        ("\"a b\"@mail.example", "\"a b\"@mail.example"),
        // Marks that nobody sees.
        ("\u{202a}ada@mail.example\u{202c}", "ada@mail.example"),
        ("\u{feff}ada\u{200b}@ma\u{ad}il.example\u{a0}", "ada@mail.example"),
        ("ada\u{2011}b@mail.example", "ada-b@mail.example"),
    ] {
        assert_eq!(address(text).map(|address| address.to_string()).as_deref(), Some(wire), "{text:?}");
    }
    let long = format!("{}@mail.example", "a".repeat(245));
    for text in
        ["", "@mail.example", "ada", "ada@", "a b@mail.example", "a..b c@mail.example", "a@b@c", &long]
    {
        assert_eq!(address(text), None, "{text:?}");
    }
}

fn field(name: &str, value: &str) -> String {
    let mut out = Vec::new();
    header::text(name, value, &mut out);
    String::from_utf8(out).unwrap()
}

fn from_field(name: &str) -> String {
    let mut out = Vec::new();
    let address = "login@larkfield.example".parse().unwrap();
    header::mailbox("From", &Mailbox::new(Some(name.to_owned()), address), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn only_words_beyond_ascii_are_encoded() {
    for (name, wire) in [
        ("Acme", "Acme"),
        ("Acme Teams", "Acme Teams"),
        ("Acme, Inc.", "\"Acme, Inc.\""),
        ("Acme (EU)", "\"Acme (EU)\""),
        ("acme.example", "\"acme.example\""),
        ("a \"b\" \\", "\"a \\\"b\\\" \\\\\""),
        ("Café Acme", "=?utf-8?Q?Caf=C3=A9_Acme?="),
        ("用户", "=?utf-8?B?55So5oi3?="),
    ] {
        assert_eq!(from_field(name), format!("From: {wire} <login@larkfield.example>\r\n"));
    }
    assert_eq!(field("Subject", ""), "Subject: \r\n");
    assert_eq!(field("Subject", "418273 is: your, (code)"), "Subject: 418273 is: your, (code)\r\n");
    assert_eq!(
        field("Subject", "418273 für dich allein"),
        "Subject: 418273 =?utf-8?Q?f=C3=BCr?= dich allein\r\n"
    );
}

/// What a reader makes of a field, unfolded and decoded.
fn read_back(field: &str) -> String {
    let (header, _) = mailparse::parse_header(field.as_bytes()).unwrap();
    header.get_value()
}

proptest! {
    #[test]
    fn a_field_is_folded_and_reads_back(text in any_text()) {
        let text = one_line(&text.replace('\u{fffd}', ""), LONGEST_TEXT);
        let field = field("Subject", &text);
        prop_assert_eq!(read_back(&field), text);
        check_encoded_words(&field)?;
    }

    #[test]
    fn a_name_is_folded_and_reads_back(name in prop_oneof![any_text(), "[ -~]{1,200}", "[a-z ]{0,99}[а-я 👋,]{1,99}"]) {
        let name = one_line(&name.replace('\u{fffd}', ""), LONGEST_NAME);
        prop_assume!(!name.is_empty());
        let field = from_field(&name);
        check_encoded_words(&field)?;
        let (header, _) = mailparse::parse_header(field.as_bytes()).unwrap();
        let addresses = mailparse::addrparse_header(&header).unwrap();
        let only = addresses.extract_single_info().unwrap();
        prop_assert_eq!((only.display_name.as_deref(), &*only.addr), (Some(&*name), "login@larkfield.example"));
    }
}

/// RFC 2047, 2 and 5: no line with an encoded word is longer than 76 columns, and each word is whole by itself.
fn check_encoded_words(field: &str) -> Result<(), TestCaseError> {
    for line in field.trim_end_matches("\r\n").split("\r\n") {
        prop_assert!(!line.contains("=?") || line.len() <= 76, "{}", line);
        for word in line.split(' ').filter(|word| word.starts_with("=?utf-8?")) {
            prop_assert!(word.len() <= 75 && word.ends_with("?="), "{}", word);
            let alone = read_back(&format!("X: {word}\r\n"));
            prop_assert!(!alone.contains('\u{fffd}') && !alone.contains("=?"), "{}", word);
        }
    }
    Ok(())
}

#[test]
fn a_sender_beyond_ascii_has_a_stand_in() {
    assert!(email().with_ascii_sender().is_none());
    let mailbox = |text: &str| -> Mailbox { text.parse().unwrap() };
    let foreign = Email {
        from: mailbox("Larkfield <jürgen@larkfield.example>"),
        reply_to: Some(mailbox("büro@larkfield.example")),
        ..email()
    };
    let ascii = foreign.with_ascii_sender().unwrap();
    assert_eq!(ascii.from.to_string(), "Larkfield <noreply@larkfield.example>");
    assert_eq!((ascii.envelope_from, ascii.reply_to), (foreign.envelope_from, None));
    let envelope_from = "jürgen@bounces.example".parse().unwrap();
    let ascii = Email { envelope_from, ..email() }.with_ascii_sender().unwrap();
    assert_eq!(ascii.envelope_from.to_string(), "noreply@bounces.example");
    assert_eq!((ascii.from, ascii.reply_to), (email().from, email().reply_to));
}
