//! The country that a mail address belongs to, where its domain says so and the country reads one language.

/// Domains of countries whose people nearly all read the same language in mails, and that hardly anybody uses for their sound,
/// as many do `.io`, `.me`, `.ai`, `.tv` or `.co`. So there is no `.ch`, `.be`, `.ca`, `.in` or `.sg`, and no `.ae`. `.uk` is the one
/// that differs from the country's code.
const COUNTRIES: &str = "ar at au bg br cl cn cr cz de dk do ec ee es fi fr gr gt hr hu id ir is it jp kr lt mx nl no nz pe pl pt \
                         ro ru sa se si sk sv th tr tw ua uk uy ve vn";

/// The same countries' domains in their own letters.
const INTERNATIONAL: [(&str, &str); 7] = [
    ("xn--p1ai", "RU"),
    ("рф", "RU"),
    ("xn--j1amh", "UA"),
    ("укр", "UA"),
    ("xn--fiqs8s", "CN"),
    ("中国", "CN"),
    ("xn--qxam", "GR"),
];

/// The country (ISO 3166 alpha-2) of a mail address's domain; `None` where it says nothing safe about the reader's language.
#[must_use]
pub fn country(domain: &str) -> Option<String> {
    let last = domain.trim_end_matches('.').rsplit('.').next()?.to_lowercase();
    if let Some((_, country)) = INTERNATIONAL.iter().find(|(name, _)| *name == last) {
        return Some((*country).to_owned());
    }
    let is_known = domain.contains('.') && COUNTRIES.split_whitespace().any(|known| known == last);
    is_known.then(|| if last == "uk" { "GB".to_owned() } else { last.to_uppercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_says_a_country_where_that_is_safe() {
        for (domain, expected) in [
            ("example.de", Some("DE")),
            ("mail.example.co.jp", Some("JP")),
            ("EXAMPLE.FR", Some("FR")),
            ("example.co.uk", Some("GB")),
            ("example.com.br.", Some("BR")),
            ("почта.рф", Some("RU")),
            ("xn--80a1acny.xn--p1ai", Some("RU")),
            ("example.com", None),
            ("example.io", None),
            ("example.me", None),
            ("example.ch", None),
            ("example.be", None),
            ("example.ca", None),
            ("example.co", None),
            ("example.tv", None),
            ("example.eu", None),
            ("example.in", None),
            ("de", None),
            ("", None),
            ("[192.0.2.1]", None),
        ] {
            assert_eq!(country(domain).as_deref(), expected, "{domain}");
        }
    }
}
