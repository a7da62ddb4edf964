//! What is allowed in the files of a user, and most likely not meant: words that no template asks for, files that nobody
//! reads, attributes that MJML leaves out, images that mail clients don't show.
//!
//! None of it stops a start, so it is looked for only where somebody reads it: by `check`, and in the workshop.

mod attributes;
mod braces;
mod markup;
mod place;
mod tags;
mod unread;
mod words;

use std::path::Path;

use super::source;
use crate::template::error::TemplateError;

/// Every remark on the files of a directory, in the order of the files. There are none where [`Templates::load`] finds
/// faults in the files' names.
///
/// [`Templates::load`]: crate::template::Templates::load
#[must_use]
pub fn remarks(dir: &Path) -> Vec<TemplateError> {
    let Ok(sources) = source::collect(Some(dir), &[]) else { return Vec::new() };
    let mut remarks = unread::remarks(dir);
    let variables = braces::variables();
    for source in sources.templates().filter(|source| source.is_own) {
        remarks.extend(braces::remarks(source, &variables));
        remarks.extend(markup::remarks(source));
    }
    remarks.extend(words::remarks(&sources));
    remarks.extend(sources.locales().iter().filter(|source| source.is_own).filter_map(tags::remark));
    remarks.sort();
    remarks.dedup();
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)]) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let within = format!("{}/", dir.path().display());
        remarks(dir.path()).iter().map(|remark| remark.to_string().replace(&within, "")).collect()
    }

    /// All built-in files, as if a user had copied them.
    #[test]
    fn nothing_is_said_of_what_is_built_in() {
        let dir = tempfile::tempdir().unwrap();
        for (path, content) in source::built_in() {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let said: Vec<_> = remarks(dir.path()).iter().map(ToString::to_string).collect();
        assert_eq!(said, [""; 0]);
    }

    #[test]
    fn words_that_nobody_reads_are_named_with_what_was_meant() {
        for (file, text, expected) in [
            (
                "de.ftl",
                "verification_code =\n    .subjekt = x\n",
                ":2:6: no template asks for `verification_code.subjekt`: did you mean `verification_code.subject`?",
            ),
            (
                "en.ftl",
                "verification_kode =\n    .subject = x\n    .lead = y\n",
                ":1:1: no template asks for `verification_kode`: did you mean `verification_code`?",
            ),
            (
                "en.ftl",
                "verification-code =\n    .subject = x\n",
                ":1:1: no template asks for `verification-code`: did you mean `verification_code`?",
            ),
            (
                "en.ftl",
                "verification_code = x\n",
                ":1:1: no template asks for `verification_code` by itself: write its words into attributes below it, such as `.subject`",
            ),
            (
                "en.ftl",
                "verification_code =\r    .subject = x\r",
                ": has lines that end in CR alone, so it is read as one line: save it with LF at the ends of lines",
            ),
            (
                "en.ftl",
                "no-ap-name = x\n",
                ":1:1: no template asks for `no-ap-name`: did you mean `no-app-name`?",
            ),
            (
                "en.ftl",
                "verification_code =\n    .lead = Your <b>new</b> code\n",
                ":2:18: readers see `<b>` as it is: words hold no markup, so put it into the template",
            ),
            (
                "en.ftl",
                "# <b>\nverification_code =\n    .lead = Your&nbsp;code <3\n",
                ":3:17: readers see `&nbsp;` as it is: write the character itself",
            ),
            (
                "sv.ftl",
                "zebra = x\n",
                ":1:1: no template asks for `zebra`: delete it, or ask for it with `{{t \"zebra\"}}`",
            ),
        ] {
            assert_eq!(of(&[(&format!("locales/{file}"), text)]), [format!("locales/{file}{expected}")]);
        }
        let fine = "-brand = Acme\nown = x\n    .y = { -brand } { other } { $inviter_name }\nother = z\nverification_code =\n    .lead = a\n";
        let sms = "{{t \"own\"}} {{t 'own.y'}}";
        assert_eq!(of(&[("locales/en.ftl", fine), ("sms/own_slug.txt.hbs", sms)]), [""; 0]);
        // A partial asks each mail for its own words.
        let partial = ("email/partials/button.mjml.hbs", "<mj-text>{{t \".more\"}}</mj-text>");
        assert_eq!(of(&[partial, ("locales/en.ftl", "invitation =\n    .more = x\n")]), [""; 0]);
    }

    #[test]
    fn files_that_nobody_reads_are_named() {
        let files = [
            ("locales/sv.flt", ""),
            ("email/invitation/body.mjml.hb", ""),
            ("email/invitation/notes.md", ""),
            ("email/invitation/body.txt.hbs~", ""),
        ];
        assert_eq!(
            of(&files),
            [
                "email/invitation/body.mjml.hb: is not read: did you mean `body.mjml.hbs`?",
                "locales/sv.flt: is not read: did you mean `sv.ftl`?"
            ]
        );
    }

    #[test]
    fn markup_that_does_not_reach_readers_is_named() {
        for (body, expected) in [
            (
                "<mj-text colour=\"red\">x</mj-text>",
                "1:10: `<mj-text>` has no attribute `colour`, so MJML leaves it out: did you mean `color`?",
            ),
            ("<mj-image src=\"/logo.png\" />", "1:11: this image's address is relative"),
            (
                "<mj-image src=\"https://a.example/{{locale.lang}}/logo.svg?x=1\" />",
                "1:11: mail clients show no SVG",
            ),
            (
                "<mj-text><img src=\"data:image/png;base64,x\" alt=\"\"></mj-text>",
                "1:15: Gmail and Outlook show no image from a `data:` address",
            ),
            ("<mj-text><img src=\"cid:logo\" alt=\"\"></mj-text>", "1:15: nothing is attached to mails"),
            (
                "<mj-text><a href=\"#\" onclick=\"x()\">y</a></mj-text>",
                "1:22: mail clients take `onclick` out",
            ),
            ("<mj-raw><script>x</script></mj-raw>", "1:9: mail clients take `<script>` out"),
            ("<mj-button href=\"acme.example/x\">y</mj-button>", "1:12: this link's address is relative"),
            (
                "<mj-text>a {app.name}</mj-text>",
                "1:12: readers see `{app.name}` as it is: write `{{app.name}}`",
            ),
            (
                "<mj-text>a { $app-name }</mj-text>",
                "1:12: readers see `{ $app-name }` as it is: write `{{app.name}}`",
            ),
            (
                "<mj-text>{% if app.name %}</mj-text>",
                "1:10: readers see `{% if app.name %}` as it is: conditions are",
            ),
            ("<mj-section background-url=\"bg.png\"></mj-section>", "1:13: this image's address is relative"),
        ] {
            let said = of(&[("email/invitation/body.mjml.hbs", body)]);
            assert!(said.len() == 1 && said[0].contains(&format!(":{expected}")), "{body}: {said:?}");
        }
        for (body, expected) in [
            (
                "<html><head><style>p{color:red}</style></head><body>x</body></html>",
                "1:13: the rules of `<style>` are not written into the elements",
            ),
            ("<mjml><mj-body></mj-body></mjml>", "1:1: `<mjml>` is MJML, which is not made into HTML here"),
            ("<div>\n<table><tr><td>x</td></tr></div>", "2:1: `<table>` is not closed: write `</table>`"),
        ] {
            let said = of(&[("email/invitation/body.html.hbs", body)]);
            assert!(said.len() == 1 && said[0].contains(&format!(":{expected}")), "{body}: {said:?}");
        }
        for body in [
            "<style>@media (max-width: 9px) { p { color: red } }</style><p>x<br>{{#if a}}<div>{{else}}<div class=\"b\">{{/if}}</div>",
            "<img src=\"{{app.logo_image_url}}\" alt=\"\"><img src='https://a.example/a.png' alt=''>",
            "{{> head}}<div>x",
            "<a href=\"mailto:a@b.example\">x</a><a href='{{app.url}}/y'>z</a><a href=#top>a</a><a href=\"HTTPS://a.example\">b</a>",
            "{{{app.name}}} {{ app.name }} {x} { color: red } { {",
        ] {
            assert_eq!(of(&[("email/invitation/body.html.hbs", body)]), [""; 0], "{body}");
        }
    }
}
