//! The domains of mails: DNS as it should be, and with a fault in each domain.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clerk_courier::key::PrivateKey;
use clerk_courier::message::dkim::Signer;

use crate::support::dns::Dns;

/// Writes the private keys that configurations name.
pub(super) fn key_files(dir: &Path) {
    for (file, pem) in [
        ("rsa.pem", include_str!("../../fixtures/dkim-rsa.pem")),
        ("ed25519.pem", include_str!("../../fixtures/dkim-ed25519.pem")),
    ] {
        std::fs::write(dir.join(file), pem).unwrap();
        std::fs::set_permissions(dir.join(file), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// `[[dkim]]`
pub(super) fn key(domain: &str, selector: &str, file: &str) -> String {
    format!("[[dkim]]\ndomain = \"{domain}\"\nselector = \"{selector}\"\nkey = \"${{file:{file}}}\"\n")
}

/// The record that belongs to a key.
fn record(pem: &str) -> String {
    let key = PrivateKey::from_pem(pem).unwrap();
    let signer = Signer { domain: "d".to_owned(), selector: "s".to_owned(), key, sign_message_id: false };
    signer.record()
}

fn rsa() -> String {
    record(include_str!("../../fixtures/dkim-rsa.pem"))
}

fn ed25519() -> String {
    record(include_str!("../../fixtures/dkim-ed25519.pem"))
}

/// Everything that acme.example needs.
pub(super) fn good_dns(dns: &Dns) {
    sound(dns, "acme.example");
    dns.txt("courier1._domainkey.acme.example", &rsa());
    dns.a("mail.acme.example", "192.0.2.25").ptr("192.0.2.25", "mail.acme.example");
}

/// A domain with SPF, DMARC and MX.
fn sound(dns: &Dns, domain: &str) {
    dns.txt(domain, "unrelated=1").txt(domain, "v=spf1 ip4:192.0.2.0/24 -all");
    dns.txt(&format!("_dmarc.{domain}"), "v=DMARC1; p=reject; adkim=s; aspf=s");
    dns.mx(domain, &format!("mx.{domain}")).a(&format!("mx.{domain}"), "192.0.2.30");
}

/// Faults in DNS, with what has to be found.
pub(super) struct Planted {
    /// `[email.by_slug]` and `[[dkim]]`.
    pub(super) config: String,
    pub(super) wanted: Vec<(&'static str, &'static str, &'static str)>,
}

/// Plants a fault in each of many domains; `acme.example` has one of its own server's.
pub(super) fn plant(dns: &Dns) -> Planted {
    let mut config = String::new();
    let mut slug = 0;
    let mut from = |config: &mut String, domain: &str, more: &str| {
        slug += 1;
        writeln!(config, "[email.by_slug.kind_{slug}]\nfrom = \"login@{domain}\"\n{more}").unwrap();
    };
    // Our own server: neither allowed by SPF, nor known by name.
    sound(dns, "acme.example");
    dns.a("mail.acme.example", "198.51.100.7");
    let domain = |dns: &Dns, name: &str| {
        sound(dns, name);
        name.to_owned()
    };
    for (name, spf) in [
        ("twospf.example", vec!["v=spf1 -all", "v=spf1 ~all"]),
        ("loop.example", vec!["v=spf1 include:back.example -all"]),
        (
            "many.example",
            vec![
                "v=spf1 a:a1.many.example a:a2.many.example a:a3.many.example a:a4.many.example a:a5.many.example a:a6.many.example a:a7.many.example a:a8.many.example a:a9.many.example a:b1.many.example a:b2.many.example -all",
            ],
        ),
        ("void.example", vec!["v=spf1 a:x1.void.example a:x2.void.example a:x3.void.example -all"]),
        ("typo.example", vec!["v=spf1 ipv4:192.0.2.1 -all"]),
        ("open.example", vec!["v=spf1 +all"]),
        ("nospf.example", vec![]),
        ("gone-include.example", vec!["v=spf1 include:nobody.example -all"]),
    ] {
        dns.mx(name, &format!("mx.{name}")).a(&format!("mx.{name}"), "192.0.2.30");
        dns.txt(&format!("_dmarc.{name}"), "v=DMARC1; p=none");
        for record in spf {
            dns.txt(name, record);
        }
        from(&mut config, name, "");
    }
    dns.txt("back.example", "v=spf1 include:loop.example -all");
    for host in ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", "b1", "b2"] {
        dns.a(&format!("{host}.many.example"), "192.0.2.1");
    }
    for (name, records) in [
        ("nokey.example", vec![]),
        ("otherkey.example", vec![format!("v=DKIM1; k=rsa; p={}", ed25519().rsplit_once("p=").unwrap().1)]),
        ("revoked.example", vec!["v=DKIM1; p=".to_owned()]),
        ("cutkey.example", vec![rsa()[..200].to_owned()]),
        ("twokeys.example", vec![rsa(), ed25519()]),
        ("testkey.example", vec![format!("{}; t=y", rsa())]),
        ("notakey.example", vec!["hello".to_owned()]),
        ("sha1.example", vec![format!("{}; h=sha1", rsa())]),
    ] {
        from(&mut config, &domain(dns, name), "");
        config.push_str(&key(name, "s1", "rsa.pem"));
        for record in records {
            dns.txt(&format!("s1._domainkey.{name}"), &record);
        }
    }
    from(&mut config, &domain(dns, "circle.example"), "");
    config.push_str(&key("circle.example", "s1", "rsa.pem"));
    dns.cname("s1._domainkey.circle.example", "other.circle.example");
    dns.cname("other.circle.example", "s1._domainkey.circle.example");
    for (name, dmarc) in [
        ("nodmarc.example", vec![]),
        ("twodmarc.example", vec!["v=DMARC1; p=none", "v=DMARC1; p=reject"]),
        ("nopolicy.example", vec!["v=DMARC1; rua=mailto:a@b.example"]),
    ] {
        dns.txt(name, "v=spf1 -all").mx(name, &format!("mx.{name}")).a(&format!("mx.{name}"), "192.0.2.30");
        for record in dmarc {
            dns.txt(&format!("_dmarc.{name}"), record);
        }
        from(&mut config, name, "");
    }
    from(&mut config, &domain(dns, "unaligned.example"), "envelope_from = \"bounces@envelope.test\"");
    sound(dns, "envelope.test");
    from(&mut config, &domain(dns, "replies.example"), "reply_to = \"help@unknown.example\"");
    for name in ["nullmx.example", "nomx.example", "deadmx.example", "webmx.example"] {
        dns.txt(name, "v=spf1 -all").txt(&format!("_dmarc.{name}"), "v=DMARC1; p=none");
        from(&mut config, name, "");
    }
    dns.mx("nullmx.example", "").mx("deadmx.example", "mx.deadmx.example").a("webmx.example", "192.0.2.80");
    Planted { config, wanted: wanted() }
}

/// What has to be found: how bad it is, what is said, and a word of the cure.
fn wanted() -> Vec<(&'static str, &'static str, &'static str)> {
    vec![
        (
            "fault",
            "SPF record of acme.example does not allow your server mail.acme.example (198.51.100.7)",
            "a:mail.acme.example",
        ),
        ("fault", "198.51.100.7 of your server mail.acme.example has no name (PTR)", "hosting company"),
        ("fault", "twospf.example has 2 SPF records", "one record"),
        ("fault", "loop.example includes itself, through back.example", "Correct it"),
        (
            "fault",
            "SPF record of many.example can't be used by receivers: it needs more than 10 look-ups",
            "ip4:",
        ),
        ("fault", "SPF record of void.example can't be used by receivers: more than 2", "Correct it"),
        ("fault", "`ipv4:192.0.2.1` is not a term of SPF", "Correct it"),
        ("warning", "open.example ends with `+all`", "-all"),
        ("warning", "nospf.example stands in the envelopes of mails, and has no SPF", "Publish one"),
        ("fault", "it includes nobody.example, which has no SPF record", "Correct it"),
        ("fault", "key s1._domainkey.nokey.example, which is not in DNS", "clerk-courier check"),
        (
            "fault",
            "s1._domainkey.otherkey.example in DNS is not that of the private key",
            "Publish the record",
        ),
        ("fault", "s1._domainkey.revoked.example is revoked", "new selector"),
        ("fault", "s1._domainkey.cutkey.example in DNS is cut off", "Publish the record"),
        ("fault", "s1._domainkey.twokeys.example has 2 records", "one record"),
        ("warning", "s1._domainkey.testkey.example says that it is a test", "t=y"),
        ("fault", "s1._domainkey.notakey.example holds no key (it says: hello)", "Publish"),
        ("fault", "s1._domainkey.sha1.example allows no sha256", "Remove `h=`"),
        ("fault", "s1._domainkey.circle.example is an alias (CNAME) that leads in a circle", "CNAME"),
        ("warning", "nodmarc.example has no DMARC record", "_dmarc.nodmarc.example"),
        ("warning", "_dmarc.twodmarc.example has 2 DMARC records", "Leave one"),
        ("warning", "DMARC record of nopolicy.example has no valid policy", "p=none"),
        (
            "warning",
            "mails from unaligned.example are not signed here, and their envelopes are at envelope.test",
            "[[dkim]]",
        ),
        (
            "warning",
            "DNS knows no domain unknown.example, which stands in Reply-To: answers are lost",
            "spelling",
        ),
        ("fault", "nullmx.example stands in From, and says by its MX that it takes no mail", "MX"),
        ("fault", "nomx.example stands in From and can't get mail", "MX"),
        (
            "fault",
            "deadmx.example stands in From, and its MX names hosts without an address: mx.deadmx.example",
            "A or AAAA",
        ),
        ("warning", "webmx.example stands in From and has no MX record", "MX"),
    ]
}
