use std::time::Instant;

use proptest::prelude::*;

use super::*;

fn general(text: &str) -> Option<String> {
    phonenumber::parse(None, text).ok().map(|number| number.format().mode(Mode::E164).to_string())
}

#[test]
fn reads_what_people_write() {
    for (text, e164) in [
        ("+447700900123", "+447700900123"),
        (" +44 7700 900123\n", "+447700900123"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("+1.415.555.2671", "+14155552671"),
        ("+39 02 3661 8300", "+390236618300"),
        ("+49\u{a0}1511 2345678", "+4915112345678"),
        ("+49 (0) 1511 2345678", "+4915112345678"),
        ("+4407700900123", "+447700900123"),
        ("+44 (0)7700 900123", "+447700900123"),
        ("+7 8 800 555-35-35", "+78005553535"),
        // What looks like a trunk prefix is part of the number.
        ("+78005553535", "+78005553535"),
        ("+7 800 555-35-35", "+78005553535"),
        // Marks that nobody sees.
        ("\u{202a}+44\u{a0}7700\u{2011}900123\u{202c}", "+447700900123"),
        ("\u{feff}\u{200e}+44\u{200b}7700900123\u{2069}", "+447700900123"),
        // Not valid by the metadata, sent anyway.
        ("+15005550006", "+15005550006"),
        ("+19995550100", "+19995550100"),
    ] {
        assert_eq!(Phone::parse(text).map(|phone| phone.e164).as_deref(), Ok(e164), "{text}");
    }
}

#[test]
fn refuses_what_is_no_international_number() {
    use PhoneError::{Extension, TooLong, Unreadable};
    for (text, error) in [
        ("", Unreadable),
        ("+", Unreadable),
        ("+1", Unreadable),
        ("4155552671", Unreadable),
        ("004915112345678", Unreadable),
        ("tel:+14155552671", Unreadable),
        ("+999123456789", Unreadable),
        ("+0447700900123", Unreadable),
        ("+1 415 abc", Unreadable),
        ("+1-800-FLOWERS", Unreadable),
        ("++14155552671", Unreadable),
        ("+14155552671\r\nBcc: x", Unreadable),
        ("+1 415 555 2671 x12", Extension),
        ("+14155552671;ext=12", Extension),
        ("+1415555267112345", TooLong),
        ("+1 4155552671 12345678", TooLong),
    ] {
        assert_eq!(Phone::parse(text), Err(error), "{text}");
    }
}

#[test]
fn knows_the_country() {
    for (number, country) in [
        ("+14155552671", Some("US")),
        ("+16135550100", Some("CA")),
        ("+12425551234", Some("BS")),
        ("+18765551234", Some("JM")),
        ("+17875551234", Some("PR")),
        ("+19995550100", Some("US")),
        ("+447700900123", Some("GB")),
        ("+447400123456", Some("GB")),
        ("+441481960194", Some("GG")),
        ("+79161234567", Some("RU")),
        ("+77012345678", Some("KZ")),
        ("+33612345678", Some("FR")),
        ("+4915112345678", Some("DE")),
        ("+5215512345678", Some("MX")),
        ("+80012345678", None),
        ("+88213123456", None),
    ] {
        assert_eq!(Phone::parse(number).unwrap().country(), country, "{number}");
    }
}

#[test]
fn knows_test_numbers() {
    for (number, is_test) in [
        ("+12015550100", true),
        ("+19995550199", true),
        ("+12015550200", false),
        ("+12015550099", false),
        ("+447700550100", false),
        ("+120155501000", false),
    ] {
        assert_eq!(Phone::of(number.to_owned()).is_test(), is_test, "{number}");
    }
}

#[test]
fn table_of_calling_codes_is_that_of_the_metadata() {
    let mut known = 0;
    for code in 1..1000_u16 {
        let Some(regions) = DATABASE.region(&code) else {
            assert!(calling_code::all().all(|(other, _)| other != code), "{code} is not a calling code");
            continue;
        };
        known += 1;
        let (_, entry) = calling_code::all().find(|(other, _)| *other == code).expect("a known code");
        let main = regions.first().copied().filter(|region| *region != "001");
        assert_eq!((entry.main_region, entry.is_shared), (main, regions.len() > 1), "+{code}");
    }
    assert_eq!(known, calling_code::all().count());
    assert!(calling_code::all().is_sorted_by_key(|(code, _)| code));
}

#[test]
fn normal_numbers_take_the_short_way() {
    let numbers = ["+447700900123", "+14155552671", "+33612345678", "+919812345678"];
    assert!(numbers.iter().all(|number| is_normal(number)));
    general(numbers[0]);
    for (what, parse) in
        [("ours", (|n| Phone::parse(n).is_ok()) as fn(&str) -> bool), ("metadata", |n| general(n).is_some())]
    {
        let start = Instant::now();
        assert!(numbers.iter().cycle().take(1000).all(|number| parse(number)));
        println!("{what}: {:?} a number", start.elapsed() / 1000);
    }
}

#[test]
fn a_valid_number_is_never_changed() {
    let mut checked = 0;
    for (code, _) in calling_code::all() {
        for region in DATABASE.by_code(&code).unwrap() {
            let descriptors = region.descriptors();
            let kinds = [
                Some(descriptors.general()),
                descriptors.mobile(),
                descriptors.fixed_line(),
                descriptors.toll_free(),
                descriptors.premium_rate(),
                descriptors.personal_number(),
                descriptors.voip(),
                descriptors.uan(),
            ];
            for example in kinds.into_iter().flatten().filter_map(|kind| kind.example()) {
                let number = format!("+{code}{example}");
                if number.len() > 16 {
                    continue;
                }
                assert_eq!(Phone::parse(&number).unwrap().e164, number, "{}", region.id());
                checked += 1;
            }
        }
    }
    assert!(checked > 1000, "{checked}");
}

fn number() -> impl Strategy<Value = String> {
    let codes: Vec<u16> = calling_code::all().map(|(code, _)| code).collect();
    (prop::sample::select(codes), "[0-9]{4,14}").prop_map(|(code, national)| format!("+{code}{national}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_normal_number_is_what_the_metadata_makes_of_it(number in number()) {
        if is_normal(&number) {
            prop_assert_eq!(Some(number.clone()), general(&number));
        }
    }

    #[test]
    fn never_panics_and_never_yields_more_than_digits(text in "\\PC{0,24}|\\+[0-9 x;=().-]{0,24}") {
        if let Ok(phone) = Phone::parse(&text) {
            prop_assert!(phone.e164.starts_with('+') && (2..=16).contains(&phone.e164.len()));
            prop_assert!(phone.e164.bytes().skip(1).all(|byte| byte.is_ascii_digit()));
            let _any = phone.country();
        }
    }
}
