//! A part of a message in every language that somebody has asked for.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use handlebars::Template;

use super::spot::Spot;
use super::words::Words;
use crate::message::Channel;
use crate::template::error::Located;
use crate::template::finished::Finished;
use crate::template::locale::Locale;

/// A part of a message, made from one file.
#[derive(Debug)]
pub(in crate::template) struct Part {
    /// The file's name as its author knows it, for errors.
    pub(in crate::template) shown: String,
    /// Whether values are escaped for HTML.
    pub(in crate::template) is_html: bool,
    /// The slug that keys like `.lead` belong to.
    slug: String,
    /// Whether it is a body, and no subject or SMS.
    is_body: bool,
    /// The file with its partials in their places, and with `{{t}}` where words come.
    wordless: Arc<Template>,
    words: Arc<Words>,
    /// The length of its longest rendering so far, in bytes. A buffer of that size need not grow, and holds no more than the
    /// mail: with 32 kB for each, 1,000 mails on their way took about 10 MB more.
    longest: AtomicUsize,
    /// The same with the words of each language, by [`Locale`]. Filled in at the language's first use: all parts in
    /// twelve languages took 0.16 s of each start, and twenty-one more languages took 38 MB.
    worded: Box<[OnceLock<Worded>]>,
}

/// A part in one language, or why a language's words can't be put in.
type Worded = Result<Finished, Vec<Located>>;

impl Part {
    /// A part that is not there in any language yet. `path` is its place in the templates folder.
    pub(in crate::template) fn new(
        (path, shown): (&str, &str),
        slug: &str,
        wordless: Template,
        words: &Arc<Words>,
    ) -> Self {
        let is_html = !path.ends_with(".txt.hbs");
        Self {
            shown: shown.to_owned(),
            is_html,
            slug: slug.to_owned(),
            // Only bodies get marks: an SMS with them in it would leave GSM-7 for UCS-2 and cost more segments.
            is_body: is_html || path.ends_with("body.txt.hbs"),
            wordless: Arc::new(wordless),
            words: Arc::clone(words),
            longest: AtomicUsize::new(0),
            worded: empty(words),
        }
    }

    /// The same part, which is not there in any language. What is made of it goes when it goes, so that a proof in all
    /// languages leaves nothing behind.
    pub(in crate::template) fn afresh(&self) -> Self {
        Self {
            shown: self.shown.clone(),
            slug: self.slug.clone(),
            wordless: Arc::clone(&self.wordless),
            words: Arc::clone(&self.words),
            longest: AtomicUsize::new(self.capacity()),
            worded: empty(&self.words),
            ..*self
        }
    }

    /// Whether the part is all that a reader may see of the message: a mail's subject is not.
    pub(in crate::template) fn is_whole(&self, channel: Channel) -> bool {
        self.is_body || channel == Channel::Sms
    }

    /// The size of a buffer that a rendering is likely to fit into, in bytes.
    pub(in crate::template) fn capacity(&self) -> usize {
        self.longest.load(Ordering::Relaxed)
    }

    /// Takes in how long a rendering was, in bytes.
    pub(in crate::template) fn was_rendered(&self, length: usize) {
        // Looked at first: hardly any rendering is longer than all before it, and a write is shared by all cores.
        if length > self.capacity() {
            self.longest.fetch_max(length, Ordering::Relaxed);
        }
    }

    /// The part in one language, ready to be rendered.
    ///
    /// # Errors
    /// As for [`Self::with_words`].
    pub(in crate::template) fn in_language(&self, locale: Locale) -> Result<&Finished, &[Located]> {
        let Some(cell) = self.worded.get(locale.0) else { return Err(&[]) };
        cell.get_or_init(|| self.with_words(locale).map(Finished::new)).as_ref().map_err(Vec::as_slice)
    }

    /// The part's template with the words of one language.
    ///
    /// # Errors
    /// Keys that neither the language nor one that stands in for it has, and messages that can't be put in.
    pub(in crate::template) fn with_words(&self, locale: Locale) -> Result<Template, Vec<Located>> {
        let locales = &self.words.locales;
        let isolate = self.is_body && locales.is_right_to_left(locale);
        let spot =
            Spot { locales, locale, slug: &self.slug, is_html: self.is_html, isolate, in_block: false };
        self.words.put(&self.wordless, spot)
    }
}

/// A place for each language, with nothing in it.
fn empty(words: &Words) -> Box<[OnceLock<Worded>]> {
    words.locales.iter().map(|_| OnceLock::new()).collect()
}
