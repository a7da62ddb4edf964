//! The results of rendering as a table, with a line for each template over all its languages.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::ledger::{Inspected, Settings};
use crate::message::Channel;
use crate::template::{Proof, Sample, Sizes};

/// The most bytes of HTML that Gmail shows of a mail.
const GMAIL: usize = 102 * 1024;

/// The sizes of a template with its typical sample, by language.
type Row<'a> = Vec<(&'a str, &'a Sizes)>;

/// The lines of two tables, one of emails and one of SMS.
pub(super) fn lines(proofs: &[Proof]) -> Vec<String> {
    let mails = rows(proofs, Channel::Email);
    let sms = rows(proofs, Channel::Sms);
    let mut lines =
        vec![format!("{:<32} {:>15} {:>15} {:>15}", "email", "HTML, bytes", "text, bytes", "subject, bytes")];
    lines.extend(mails.iter().map(|(slug, row)| mail(slug, row)));
    lines.push(String::new());
    lines.push(format!("{:<32} {:>15}   segments (with the values of the sample)", "SMS", "units"));
    lines.extend(sms.iter().map(|(slug, row)| text(slug, row)));
    lines
}

/// A line on the ledger: where it is, whether it works, and how long it keeps its records.
pub(super) fn ledger(settings: &Settings, found: Inspected) -> String {
    let found = match found {
        Inspected::Absent => "will be created at the first start",
        Inspected::Fine => "can be read and written",
        Inspected::Held => "can be read; a running service is using it",
    };
    let retention = humantime::format_duration(settings.retention);
    format!("ledger    {}: {found}; keeps its records for {retention}", settings.path.display())
}

/// The sizes of all templates of a channel, by slug.
fn rows(proofs: &[Proof], channel: Channel) -> BTreeMap<&str, Row<'_>> {
    let mut rows: BTreeMap<_, Row<'_>> = BTreeMap::new();
    // With the typical sample alone. The others leave values out or make them far too long, so their sizes say little
    // about real messages.
    for proof in proofs.iter().filter(|proof| proof.channel == channel && proof.sample == Sample::Plain) {
        if let Ok(sizes) = &proof.result {
            rows.entry(proof.slug.as_str()).or_default().push((&proof.locale, sizes));
        }
    }
    rows
}

/// The table row of an email template.
fn mail(slug: &str, row: &Row<'_>) -> String {
    let [html, text, subject] = [|it: &Sizes| it.html, |it: &Sizes| it.text, |it: &Sizes| it.subject]
        .map(|size| range(row.iter().map(|(_, sizes)| size(sizes))));
    let clipped = if *html.end() > GMAIL { "  Gmail will cut it off: it shows 102 kB" } else { "" };
    format!("{slug:<32} {:>15} {:>15} {:>15}{clipped}", span(&html), span(&text), span(&subject))
}

/// The table row of an SMS template.
fn text(slug: &str, row: &Row<'_>) -> String {
    let segments = row.iter().filter_map(|(locale, sizes)| Some((*locale, sizes.segments?)));
    let mut by_count: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (locale, segments) in segments.clone() {
        by_count.entry(segments.count).or_default().push(locale);
    }
    let units = span(&range(segments.map(|(_, segments)| segments.units)));
    let counts = match by_count.first_key_value() {
        Some((count, _)) if by_count.len() == 1 => count.to_string(),
        _ => by_count
            .iter()
            .map(|(count, locales)| format!("{count} in {}", locales.join(" ")))
            .collect::<Vec<_>>()
            .join(", "),
    };
    format!("{slug:<32} {units:>15}   {counts}")
}

/// The smallest and the largest size.
fn range(sizes: impl Iterator<Item = usize> + Clone) -> RangeInclusive<usize> {
    sizes.clone().min().unwrap_or_default()..=sizes.max().unwrap_or_default()
}

/// `90 to 112`, or `90` if both are the same.
fn span(range: &RangeInclusive<usize>) -> String {
    if range.start() == range.end() {
        range.start().to_string()
    } else {
        format!("{} to {}", range.start(), range.end())
    }
}
