//! Clerk's own words inside the brand's layout, for slugs that there is no template of.

use serde_json::{Map, Value, json};

use super::{Brand, Context, TemplateError, Templates};

impl Templates {
    /// The HTML body for what Clerk says: its subject and its text body, in the layout of all other mails. The layout's
    /// own words are English, as Clerk's are. `None` where the frame fails.
    #[must_use]
    pub fn frame(&self, subject: &str, text: &str, context: &Context) -> Option<String> {
        self.framed(subject, text, context)?.ok()
    }

    fn framed(&self, subject: &str, text: &str, context: &Context) -> Option<Result<String, TemplateError>> {
        let paragraphs: Vec<Value> =
            text.split("\n\n").map(str::trim).filter(|it| !it.is_empty()).map(pieces).collect();
        let locale = self.locale(super::ENGLISH).unwrap_or(self.default_locale());
        let mut context = Context { locale, ..context.clone() };
        context.set("clerk", json!({ "subject": subject, "paragraphs": paragraphs }));
        Some(self.frame.as_ref()?.render(&self.html, &context, 16 * 1024))
    }

    /// What is wrong with the frame: where it fails for one mail, it fails for all.
    pub(super) fn frame_fault(&self) -> Option<TemplateError> {
        const WORDS: &str = "Your plan was changed";
        let context = Context::new(Map::new(), &Brand::default(), self.default_locale());
        match self.framed("A subject", WORDS, &context)? {
            Ok(html) if html.contains(WORDS) => None,
            Ok(_) => {
                let reason = "leaves out `clerk.paragraphs`, which are what Clerk says".to_owned();
                Some(TemplateError::new(&self.frame.as_ref()?.shown, reason))
            }
            Err(fault) => Some(fault),
        }
    }
}

/// A paragraph as text and links: what looks like an address becomes one that can be clicked.
fn pieces(paragraph: &str) -> Value {
    let mut pieces = Vec::new();
    let mut text = String::new();
    for word in paragraph.split_inclusive(char::is_whitespace) {
        let address = word.trim_end().trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '"', '\'']);
        if address.starts_with("https://") || address.starts_with("http://") {
            pieces.push(json!({ "text": std::mem::take(&mut text), "link": null }));
            pieces.push(json!({ "text": null, "link": address }));
            text.push_str(word.get(address.len()..).unwrap_or_default());
        } else {
            text.push_str(word);
        }
    }
    pieces.push(json!({ "text": text, "link": null }));
    Value::Array(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clerks_words_stand_in_our_layout() {
        let templates = Templates::load(None, "de").unwrap();
        let text = "You paid <9> & more.\n\nSee https://a.example/?b&c=\"d\". Or\njavascript:alert(1)\n\n\n {{otp_code}}";
        let Value::Object(variables) = json!({ "app": { "name": "Larkfield" } }) else { panic!("an object") };
        let context = Context::new(variables, &Brand::default(), templates.default_locale());
        let html = templates.frame("Receipt <1>", text, &context).unwrap();
        assert!(
            html.contains("<html lang=\"en\"") && html.contains("<title>Receipt &lt;1&gt;</title>"),
            "{html}"
        );
        assert!(html.contains(">You paid &lt;9&gt; &amp; more.</div>"), "{html}");
        let link = "https://a.example/?b&amp;c=&quot;d";
        assert!(
            html.contains(&format!("<a href=\"{link}\" target=\"_blank\">{link}</a>&quot;. Or")),
            "{html}"
        );
        assert!(!html.contains("href=\"javascript") && html.contains("{{otp_code}}"), "{html}");
    }
}
