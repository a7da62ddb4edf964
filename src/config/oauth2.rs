//! `[providers.<name>.oauth2]`: access tokens in place of a password.

use std::path::PathBuf;

use super::reader::Table;
use super::rule::{self, Wrong};
use crate::delivery::oauth2::{Account, AccountError, Defaults, Grant, Issuer, Settings};
use crate::delivery::proxy::Proxies;
use crate::secret::Secret;

/// The token endpoint of Google, which is the same for every account.
const GOOGLE: &str = "https://oauth2.googleapis.com/token";

/// The known issuers, by their names in the configuration.
pub(super) const ISSUERS: [(&str, Issuer); 2] =
    [(Issuer::Google.as_str(), Issuer::Google), (Issuer::Microsoft.as_str(), Issuer::Microsoft)];

/// The issuer that a mail server's table names, with the scopes that its tokens need for SMTP:
///
/// <https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>,
/// <https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth>
pub(super) fn of_mail_servers(table: &Table<'_>) -> Defaults {
    let issuer = table.choice("issuer", &ISSUERS);
    if !table.sets("issuer") && !table.sets("token_url") {
        table.missing("issuer", "set it to \"google\" or \"microsoft\", or set token_url for another issuer");
    }
    let (scope, user_scope) = match issuer {
        Some(Issuer::Google) => ("https://mail.google.com/", None),
        Some(Issuer::Microsoft) => (
            "https://outlook.office365.com/.default",
            Some("https://outlook.office.com/SMTP.Send offline_access"),
        ),
        None => ("", None),
    };
    Defaults { issuer, token_url: None, scope: scope.to_owned(), user_scope: user_scope.map(str::to_owned) }
}

/// Reads where access tokens come from, and what is shown for them; `None` after a mistake. `mailbox` is the user that a
/// service account acts for. `defaults` are those of the server's or the API's issuer.
pub(super) fn oauth2(table: &Table<'_>, mailbox: &str, defaults: &Defaults) -> Option<Settings> {
    let issuer = defaults.issuer;
    let grant = grant(table, mailbox)?;
    // A refresh token that can't be read is a mistake of its own. It does not turn the account into another grant.
    let is_client = matches!(grant, Grant::ClientCredentials)
        && !table.sets("refresh_token")
        && !table.sets("refresh_token_file")
        && !table.sets("service_account");
    let token_url = token_url(table, defaults, is_client);
    let scope = table.string("scope").unwrap_or_else(|| default_scope(&grant, defaults));
    let client_id = table.parsed("client_id", rule::any);
    let client_secret = table.secret("client_secret");
    if !matches!(grant, Grant::ServiceAccount { .. }) && !table.sets("service_account") {
        report_missing(table, issuer, is_client);
    }
    if issuer == Some(Issuer::Microsoft) && table.sets("service_account") {
        table.mistake(
            "service_account",
            "works with Google only",
            "use client_id and client_secret, or a refresh_token",
        );
    }
    Some(Settings {
        token_url: token_url?,
        grant,
        scope,
        client_id: client_id.unwrap_or_default(),
        client_secret,
        proxies: Proxies::default(),
    })
}

/// What proves to the issuer that this application may have a token: a service account, a user's refresh token, or the
/// application's own secret. `None` where two of them are set.
fn grant(table: &Table<'_>, mailbox: &str) -> Option<Grant> {
    let account = table.pem("service_account", service_account);
    match (account, refresh_token(table)) {
        (Some(_), Some(_)) => {
            table.mistake(
                "refresh_token",
                "can't be set together with service_account",
                "remove one of the two",
            );
            None
        }
        (Some(account), None) => Some(Grant::ServiceAccount { account, subject: mailbox.to_owned() }),
        (None, Some((token, file))) => Some(Grant::RefreshToken { token, file }),
        (None, None) => Some(Grant::ClientCredentials),
    }
}

/// Reports what an application must set and has not. `is_client`: it has no refresh token, and asks for tokens of its own.
fn report_missing(table: &Table<'_>, issuer: Option<Issuer>, is_client: bool) {
    if !table.sets("client_id") {
        table.missing("client_id", "add the application's id at the issuer");
    }
    if is_client && issuer == Some(Issuer::Google) {
        table.missing(
            "refresh_token",
            "add it, or service_account: Google does not issue tokens to an application itself",
        );
    } else if is_client && !table.sets("client_secret") {
        table.missing("client_secret", "add the application's secret, or a refresh_token");
    }
}

/// The URL of the issuer's token endpoint: the configured one, that of a definition, or that of a known issuer.
fn token_url(table: &Table<'_>, defaults: &Defaults, is_client: bool) -> Option<String> {
    let tenant = table.parsed("tenant", tenant);
    if table.sets("token_url") {
        return table.parsed("token_url", secured);
    }
    if defaults.token_url.is_some() {
        return defaults.token_url.clone();
    }
    match defaults.issuer? {
        Issuer::Google => Some(GOOGLE.to_owned()),
        Issuer::Microsoft => {
            if !table.sets("tenant") {
                table.missing(
                    "tenant",
                    "add the directory's id, or a domain of it such as \"acme.onmicrosoft.com\"",
                );
            }
            let tenant = tenant?;
            let of_nobody = matches!(tenant.as_str(), "common" | "organizations" | "consumers");
            if of_nobody && is_client {
                table.mistake(
                    "tenant",
                    "is not a directory of your own",
                    "write the id or a domain of one: an application can't sign in to all directories",
                );
            }
            Some(format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"))
        }
    }
}

/// The scope for a grant, where the configuration does not set one. Tokens of a user have a scope of their own.
fn default_scope(grant: &Grant, defaults: &Defaults) -> String {
    let is_users = matches!(grant, Grant::RefreshToken { .. });
    match (&defaults.user_scope, defaults.issuer) {
        (Some(scope), _) if is_users => scope.clone(),
        // Without a scope, Google issues a token for what the user consented to.
        (None, Some(Issuer::Google)) if is_users => String::new(),
        _ => defaults.scope.clone(),
    }
}

/// A user's refresh token: from the configuration, or from a file, which the service replaces when the issuer hands out a
/// newer token. `None` if neither is set, and after a mistake.
fn refresh_token(table: &Table<'_>) -> Option<(Secret, Option<PathBuf>)> {
    let token = table.secret("refresh_token");
    let file = table.path_to("refresh_token_file");
    if table.sets("refresh_token") && file.is_some() {
        table.mistake(
            "refresh_token_file",
            "can't be set together with refresh_token",
            "remove one of the two: newer tokens are written to the file",
        );
        return None;
    }
    let Some(file) = file else { return token.map(|token| (token, None)) };
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    if text.trim().is_empty() {
        let hint = format!("put the refresh token into {}", file.display());
        table.mistake("refresh_token_file", "can't be read, or is empty", hint);
        return None;
    }
    // Editors end a file with a line break, which would become part of the token.
    Some((Secret::new(text.trim()), Some(file)))
}

/// The key file of a Google service account.
fn service_account(text: &str) -> Result<Account, Wrong> {
    const ALLOWED: &str = "give the JSON file that Google issued: \"${file:/run/secrets/google.json}\"";
    Account::from_json(text).map_err(|error| Wrong {
        problem: match error {
            AccountError::Json => "is not the key file of a service account",
            AccountError::Key => "does not contain an RSA key",
        },
        allowed: ALLOWED,
    })
}

/// A directory of Microsoft Entra ID, by its id or one of its domains. It becomes part of a URL.
fn tenant(text: &str) -> Result<String, Wrong> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    if !text.is_empty() && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(Wrong { problem: "is not a tenant", allowed: "write the directory's id, or a domain of it" })
    }
}

/// A URL that secrets may be sent to: `https`, or a host on this machine.
pub(super) fn secured(text: &str) -> Result<String, Wrong> {
    let url = rule::web_url(text)?;
    let parsed = url::Url::parse(&url).ok();
    let host = parsed.as_ref().and_then(|url| rule::host(url.host_str()?)).unwrap_or_default();
    if parsed.is_some_and(|url| url.scheme() == "https") || rule::is_loopback(&host) {
        Ok(url)
    } else {
        Err(Wrong { problem: "would send secrets in plain text", allowed: "use https://" })
    }
}
