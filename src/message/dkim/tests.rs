use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::key::KeyError;

const RSA: &str = include_str!("../../../tests/fixtures/dkim-rsa.pem");
/// The private key of RFC 8463, A.2, in PKCS #8.
const RFC_8463: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";

fn signer(pem: &str, sign_message_id: bool) -> Signer {
    Signer {
        domain: "larkfield.example".to_owned(),
        selector: "courier1".to_owned(),
        key: PrivateKey::from_pem(pem).unwrap(),
        sign_message_id,
    }
}

fn mail(from: &str) -> Email {
    Email {
        id: "ema_34EI446M8ZHEMKcOqQqXjjXu1Yg".to_owned(),
        from: from.parse().unwrap(),
        envelope_from: "bounces@larkfield.example".parse().unwrap(),
        to: "mira.okafor@mail.example".parse().unwrap(),
        reply_to: None,
        subject: "418273 is your Larkfield verification code".to_owned(),
        html: Some("<p>418273</p>\n".to_owned()),
        text: Some("418273\n".to_owned()),
        redirected_from: None,
        provider_settings: Vec::new(),
        language: None,
        extra_headers: Vec::new(),
        date: UNIX_EPOCH + Duration::from_secs(1_787_300_061),
        ascii: None,
        wire: OnceLock::new(),
    }
}

/// The fields above `From` in the mail's wire form.
fn signatures(mut mail: Email, signers: Vec<Signer>) -> String {
    Signers::new(signers).sign(&mut mail).unwrap();
    let wire = String::from_utf8(mail.wire().to_vec()).unwrap();
    let (signatures, _) = wire.split_once("From: ").unwrap();
    signatures.to_owned()
}

#[test]
fn the_example_of_rfc_8463_has_its_signature() {
    const FIELDS: [&str; 5] = [
        "From: Joe SixPack <joe@football.example.com>",
        "To: Suzie Q <suzie@shopping.example.net>",
        "Subject: Is dinner ready?",
        "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
        "Message-ID: <20030712040037.46341.5F8J@football.example.com>",
    ];
    const BODY: &str = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
    const FIELD: &str = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n \
        d=football.example.com; i=@football.example.com;\r\n \
        q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n \
        subject : date : message-id : from : subject : date;\r\n \
        bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";
    let hash = STANDARD.encode(Sha256::digest(canonical::body(BODY.as_bytes())));
    assert_eq!(hash, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
    let mut text = Vec::new();
    for field in FIELDS {
        canonical::write_field(field.as_bytes(), &mut text);
        text.extend_from_slice(b"\r\n");
    }
    canonical::write_field(FIELD.as_bytes(), &mut text);
    let key = PrivateKey::from_pem(RFC_8463).unwrap();
    assert_eq!(
        STANDARD.encode(key.sign(&text).unwrap()),
        "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw=="
    );
    assert_eq!(record(&key), "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
}

#[test]
fn the_stand_in_for_servers_without_smtputf8_is_signed_too() {
    let mut mail = mail("jürgen@larkfield.example");
    mail.ascii = mail.with_ascii_sender().map(Box::new);
    Signers::new(vec![signer(RFC_8463, false)]).sign(&mut mail).unwrap();
    let ascii = mail.ascii.as_ref().unwrap();
    for wire in [mail.wire(), ascii.wire()] {
        assert!(wire.starts_with(b"DKIM-Signature: "));
    }
    assert!(ascii.wire().is_ascii() && !mail.wire().is_ascii());
}

#[test]
fn one_signature_for_each_key_in_their_order() {
    let both = signatures(mail("login@larkfield.example"), vec![signer(RFC_8463, false), signer(RSA, true)]);
    insta::assert_snapshot!(both.replace("\r\n", "␍\n"));
}

#[test]
fn the_domain_of_from_decides() {
    let keys = || vec![signer(RFC_8463, false)];
    assert!(!signatures(mail("Lark <a@LARKFIELD.example>"), keys()).is_empty());
    for other in ["a@mail.larkfield.example", "a@example", "a@xlarkfield.example"] {
        assert_eq!(signatures(mail(other), keys()), "", "{other}");
        assert!(!Signers::new(keys()).sign_for(&mail(other)), "{other}");
    }
    let international = Signer { domain: "xn--bcher-kva.example".to_owned(), ..signer(RFC_8463, false) };
    let signed = signatures(mail("a@Bücher.example"), vec![international]);
    assert!(signed.contains("d=xn--bcher-kva.example;"), "{signed}");
}

#[test]
fn a_message_id_is_signed_by_choice() {
    let names = |sign_message_id| {
        signatures(mail("login@larkfield.example"), vec![signer(RFC_8463, sign_message_id)])
            .contains("message-id")
    };
    assert_eq!((names(false), names(true)), (false, true));
}

#[test]
fn fields_of_one_name_are_signed_from_the_bottom() {
    let hash = |fields: &[&[u8]]| signer(RFC_8463, false).signature(fields, "", UNIX_EPOCH).unwrap();
    let signed = hash(&[b"To: 1", b"To: 2"]);
    assert!(signed.contains("h=to:to:from:to:reply-to:"), "{signed}");
    assert_ne!(signed, hash(&[b"To: 2", b"To: 1"]));
}

#[test]
fn keys_of_other_kinds_are_refused() {
    let cut = RSA.get(..RSA.len() / 2).unwrap();
    let (_, end) = RFC_8463.split_once("MC4C").unwrap();
    let broken = format!("-----BEGIN PRIVATE KEY-----\nMC5C{end}");
    let table = [
        ("", KeyError::Pem),
        ("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v", KeyError::Pem),
        (cut, KeyError::Pem),
        (&RSA.replace("PRIVATE KEY", "CERTIFICATE"), KeyError::Pem),
        (&RSA.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), KeyError::Pem),
        (&broken, KeyError::Kind),
        (RSA_1024, KeyError::Kind),
        (P_256, KeyError::Kind),
    ];
    for (text, expected) in table {
        assert_eq!(PrivateKey::from_pem(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn nothing_shows_a_key() {
    let shown = format!("{:?}", [signer(RSA, false), signer(RFC_8463, false)]);
    for pem in [RSA, RFC_8463] {
        let body = pem.lines().nth(1).unwrap();
        assert!(!shown.contains(body.get(8..24).unwrap()), "{shown}");
    }
    assert!(!shown.contains("157, 97, 177"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn lines_are_short_and_nothing_else_changes(subject in "\\PC{0,60}", text in "\\PC{0,60}") {
        let mut mail = Email { subject, text: Some(text), ..mail("login@larkfield.example") };
        let plain = mail.wire().to_vec();
        let signers = vec![signer(RSA, true), signer(RFC_8463, false)];
        Signers::new(signers).sign(&mut mail).unwrap();
        prop_assert!(mail.wire().ends_with(&plain));
        let above = mail.wire().get(..mail.wire().len() - plain.len()).unwrap();
        let above = std::str::from_utf8(above).unwrap();
        prop_assert!(above.ends_with("\r\n") && above.is_ascii());
        prop_assert!(above.split("\r\n").all(|line| line.len() <= LONGEST_LINE), "{}", above);
        prop_assert_eq!(canonical::fields(above.as_bytes()).len(), 2);
    }
}

const RSA_1024: &str = "-----BEGIN PRIVATE KEY-----\n\
MIICdwIBADANBgkqhkiG9w0BAQEFAASCAmEwggJdAgEAAoGBAM+bCQj3kLjQyJz+\n\
i34Bd7K+TiKU9hUtenQqQJSD2EF3CBLcW4yl0ouJSk6iiUCoqRoe0qIagOWtUDXV\n\
g0lB8UyXuVxxv/Pxnp8FhN1Q4ojwYqq+0G14dy9gP12stfCQMJoZyXx7DewmGZ5f\n\
pcbJRndOjLumCgqPtW++WAIcg8GLAgMBAAECgYEAvE3vYAbNahVWIbBwbhZ+r84V\n\
qSBcJNFfZMZ+VTdRi++fjxv4nhY6Zv5cO/8JZ3CUEXErtIU9rRYKzwmfT29UoXW7\n\
GcaRwRgNfXryxBn+caA4BNOsYzdQSptEhjVGUShTEgUetn8rIj/eFCruo8+yHp+x\n\
7hiDAOL0toOn79Q3Q8ECQQDx40FflN49/SuNzuMeeGz5IpodMWCxR0weuh22Sm95\n\
djA4k7WS6JTU9jj8ahqBCwrruw7UHK0bsDaXX1t7YoKDAkEA27fBUJTJanWe6RN3\n\
8hSd5G6bHWd7j8oW2cDHD4ibMUXeGs/IHy1Gu3mLaz+bIcZThUlWpMFPtyT3CT7Q\n\
2bR2WQJBAKiILF5KPOZ35MazJS9vvI2A/FvmsXYTNQgbqOP/zNeV71ccI2CuSDRx\n\
MZc83iaW6Q8Bj/1d1Yb7Ka4iNH0tT70CQFAGp7Rv3MSXvp9p5eAYPkH7PygAjvKa\n\
SqRZIKe5u7zAk9r0HxGr7f1OkccoTZqJn9YGFja/6gbswcVuSadhoVECQFblVWtL\n\
gaDSNmHZRDCG4XLMCUM5wcUujr2Zv5pRHo4+Oi7zZWvAdROa4QyF8Yh8oqW5Dkv+\n\
EtzGN9bPUzRwMDA=\n\
-----END PRIVATE KEY-----\n\
";
const P_256: &str = "-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGEk5rs8H6251RxSd\n\
YFJwrslK5NdwTTPoQG7akCa5gNuhRANCAARqfJcKch2xMPNBVQgQRKPXlpv0h6ch\n\
59hLelfVu2w9KtcCJdJAB0xnLH+BmBQ5L0Jtul2nQd7l2d1JhKarsAS3\n\
-----END PRIVATE KEY-----\n\
";
