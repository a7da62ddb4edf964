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
        variables: Vec::new(),
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

const HEADERS: [&str; 11] = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "X-Entity-Ref-ID",
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
