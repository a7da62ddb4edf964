use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vector {
    name: String,
    expect: String,
    secrets: Vec<String>,
    headers: HashMap<String, String>,
    body: String,
    now: u64,
}

fn judge(vector: &Vector) -> &'static str {
    let Ok(secrets) = SigningSecrets::new(vector.secrets.iter().map(String::as_str)) else {
        return "config_error";
    };
    let now = UNIX_EPOCH + Duration::from_secs(vector.now);
    let header = |name: &str| vector.headers.get(name).map(String::as_str);
    match Unverified::new(header, vector.body.as_bytes()).and_then(|request| request.verify(&secrets, now)) {
        Ok(_) => "ok",
        Err(_) => "fail",
    }
}

#[test]
fn every_vector_gives_what_it_says() {
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../../tests/fixtures/svix-vectors.json")).unwrap();
    assert!(vectors.len() >= 18);
    for vector in &vectors {
        assert_eq!(judge(vector), vector.expect, "{}", vector.name);
    }
}

/// What Svix publishes in its libraries' tests and documentation: secret, id, time, body, signature.
const PUBLISHED: [(&str, &str, u64, &str, &str); 3] = [
    (
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        1_731_705_121,
        r#"{"event_type":"ping","data":{"success":true}}"#,
        "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=",
    ),
    (
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1_649_367_553,
        r#"{"email":"test@example.com","username":"test_user"}"#,
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
    (
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
];

#[test]
fn svix_own_published_vectors_verify_and_are_reproduced() {
    for (secret, id, at, body, signature) in PUBLISHED {
        let secrets = SigningSecrets::new([secret]).unwrap();
        assert_eq!(secrets.sign(id, &at.to_string(), body.as_bytes()), signature);
        let time = at.to_string();
        let header = |name: &str| match name {
            "svix-id" => Some(id),
            "svix-timestamp" => Some(time.as_str()),
            "svix-signature" => Some(signature),
            _ => None,
        };
        let now = UNIX_EPOCH + Duration::from_secs(at);
        assert!(Unverified::new(header, body).unwrap().verify(&secrets, now).is_ok(), "{id}");
    }
}

/// `svix-webhooks/csharp/Svix.Tests/WebhookTest.cs`: large bodies, where a length off by one block would show.
#[test]
fn a_mebibyte_is_signed_like_a_line() {
    let secrets = SigningSecrets::new(["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]).unwrap();
    for size in [(1 << 18) - 1, 1 << 18, 1 << 20] {
        let body = vec![b'a'; size];
        assert_eq!(outcome(&secrets, &body, &secrets.sign("m", "9", &body), 9), Ok(()));
        let shorter = body.split_last().unwrap().1;
        assert_eq!(outcome(&secrets, shorter, &secrets.sign("m", "9", &body), 9), Err(VerifyError::NoMatch));
    }
}

fn outcome(secrets: &SigningSecrets, body: &[u8], signature: &str, now: u64) -> Result<(), VerifyError> {
    let header = |name: &str| match name {
        "svix-id" => Some("m"),
        "svix-timestamp" => Some("9"),
        "svix-signature" => Some(signature),
        _ => None,
    };
    Unverified::new(header, body)
        .and_then(|request| request.verify(secrets, UNIX_EPOCH + Duration::from_secs(now)))
        .map(|_| ())
}

#[test]
fn the_tolerance_is_inclusive_both_ways() {
    let secrets = SigningSecrets::new(["whsec_AAAA"]).unwrap();
    let signature = secrets.sign("m", "9", b"x");
    assert_eq!(outcome(&secrets, b"x", &signature, 309), Ok(()));
    assert_eq!(
        outcome(&secrets, b"x", &signature, 310),
        Err(VerifyError::OutsideTolerance { seconds: -301 })
    );
}

#[test]
fn any_of_several_secrets_may_have_signed() {
    let both = SigningSecrets::new(["whsec_AAAA", "whsec_BBBB"]).unwrap();
    for secret in ["whsec_AAAA", "BBBB"] {
        let signature = SigningSecrets::new([secret]).unwrap().sign("m", "9", b"x");
        assert_eq!(outcome(&both, b"x", &signature, 9), Ok(()));
    }
}

#[test]
fn unusable_secrets_are_refused() {
    for (secrets, error) in [
        (vec![], SecretError::Missing),
        (vec!["whsec_"], SecretError::Empty),
        (vec![""], SecretError::Empty),
        (vec!["whsec_AAAA", "not base64!"], SecretError::NotBase64),
    ] {
        assert_eq!(SigningSecrets::new(secrets).err(), Some(error));
    }
}

proptest! {
    #[test]
    fn what_we_sign_verifies_and_one_flipped_bit_does_not(
        key in proptest::collection::vec(any::<u8>(), 1..64),
        body in proptest::collection::vec(any::<u8>(), 1..512),
        flip in any::<(usize, u8)>(),
    ) {
        let secret = BASE64.encode(&key);
        let secrets = SigningSecrets::new([secret.as_str()]).unwrap();
        let signature = secrets.sign("m", "9", &body);
        prop_assert_eq!(outcome(&secrets, &body, &signature, 9), Ok(()));
        let mut other = body.clone();
        let at = flip.0 % other.len();
        other[at] ^= 1 << (flip.1 % 8);
        prop_assert_eq!(outcome(&secrets, &other, &signature, 9), Err(VerifyError::NoMatch));
    }

    #[test]
    fn no_header_brings_it_down(id in ".*", time in ".*", signature in ".*") {
        let secrets = SigningSecrets::new(["whsec_AAAA"]).unwrap();
        let header = |name: &str| match name {
            "svix-id" => Some(id.as_str()),
            "svix-timestamp" => Some(time.as_str()),
            "svix-signature" => Some(signature.as_str()),
            _ => None,
        };
        let result = Unverified::new(header, b"{}").and_then(|request| request.verify(&secrets, UNIX_EPOCH));
        prop_assert!(result.is_err());
    }
}

/// Three instances: `ins_a` and `ins_b` with secrets of their own, two of them during a rotation, and all others.
fn of_instances() -> SigningSecrets {
    SigningSecrets::new(["whsec_AAAA"])
        .and_then(|secrets| secrets.with_instance("ins_a", ["whsec_BBBB"]))
        .and_then(|secrets| secrets.with_instance("ins_b", ["whsec_CCCC", "whsec_DDDD"]))
        .unwrap()
}

/// Whether an event of `instance` is accepted that `secret` signed.
fn signed(secret: &str, instance: Option<&str>) -> Result<(), VerifyError> {
    let secrets = of_instances();
    let signature = SigningSecrets::new([secret]).unwrap().sign("m", "9", b"x");
    let header = |name: &str| match name {
        "svix-id" => Some("m"),
        "svix-timestamp" => Some("9"),
        "svix-signature" => Some(signature.as_str()),
        _ => None,
    };
    let verified = Unverified::new(header, b"x").unwrap().verify(&secrets, UNIX_EPOCH)?;
    secrets.permit(verified.signer.as_deref(), instance)
}

#[test]
fn the_secret_of_one_instance_signs_for_no_other() {
    let refused = Err(VerifyError::OtherInstance);
    for (secret, instance, expected) in [
        ("whsec_BBBB", Some("ins_a"), Ok(())),
        ("whsec_CCCC", Some("ins_b"), Ok(())),
        ("whsec_DDDD", Some("ins_b"), Ok(())),
        ("whsec_AAAA", Some("ins_c"), Ok(())),
        // An event from before 2025 is its signer's.
        ("whsec_BBBB", None, Ok(())),
        ("whsec_AAAA", None, Ok(())),
        // The same answer, whether the other instance is known here or not.
        ("whsec_BBBB", Some("ins_b"), refused),
        ("whsec_BBBB", Some("ins_c"), refused),
        ("whsec_AAAA", Some("ins_a"), refused),
        ("whsec_DDDD", Some("ins_a"), refused),
        ("whsec_EEEE", Some("ins_a"), Err(VerifyError::NoMatch)),
        ("whsec_EEEE", None, Err(VerifyError::NoMatch)),
    ] {
        assert_eq!(signed(secret, instance), expected, "{secret} {instance:?}");
    }
    assert!(of_instances().has_own("ins_b") && !of_instances().has_own("ins_c"));
    // The playground may have no secret for an instance: then those of all others sign for it too.
    let none = SigningSecrets::new(["whsec_AAAA"]).unwrap().with_instance("ins_a", []).unwrap();
    assert_eq!(none.permit(None, Some("ins_a")), Ok(()));
    assert!(of_instances().with_instance("ins_c", ["whsec_"]).is_err());
}

#[test]
fn a_secret_is_the_same_however_it_is_written() {
    assert_eq!(bytes("whsec_AAAA").unwrap(), bytes(" AAAA\n").unwrap());
    assert_eq!(bytes("AAA").unwrap(), bytes("AAA=").unwrap());
    assert_eq!(bytes("whsec_"), Err(SecretError::Empty));
}
