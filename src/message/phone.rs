//! Phone numbers: E.164 and country (libphonenumber's metadata).

/// A recipient's number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// `+` and up to 15 digits.
    pub e164: String,
    /// ISO 3166 alpha-2, where the calling code has one: the number's own, or else the main region of its calling code.
    pub country: Option<&'static str>,
}

impl Phone {
    /// Reads an international number.
    ///
    /// # Errors
    /// What does not parse, has an extension, or has more than 15 digits.
    pub fn parse(_text: &str) -> Result<Self, PhoneError> {
        unimplemented!()
    }
    /// Clerk's test numbers, `+1 XXX 555-0100` to `0199`.
    pub fn is_test(&self) -> bool {
        unimplemented!()
    }
}

/// Why a text is no number to send to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// No number at all.
    #[error("is no phone number in international form")]
    Unreadable,
    /// `;ext=`, `x12`
    #[error("has an extension")]
    Extension,
    /// E.164 allows 15 digits.
    #[error("has more than 15 digits")]
    TooLong,
}
