//! `[providers.….oauth2]`: access tokens in place of a password.

use std::path::PathBuf;

use super::reader::Table;
use super::rule::{self, Wrong};
use crate::delivery::oauth2::{Account, AccountError, Defaults, Grant, Issuer, Settings};
use crate::delivery::proxy::Proxies;
use crate::secret::Secret;

const GOOGLE: &str = "https://oauth2.googleapis.com/token";

/// Their names in the configuration.
pub(super) const ISSUERS: [(&str, Issuer); 2] =
    [(Issuer::Google.as_str(), Issuer::Google), (Issuer::Microsoft.as_str(), Issuer::Microsoft)];

/// What mail servers take.
///
/// <https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>,
/// <https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth>
pub(super) fn of_mail_servers(table: &Table<'_>) -> Defaults {
    let issuer = table.choice("issuer", &ISSUERS);
    if !table.sets("issuer") && !table.sets("token_url") {
        table.missing("issuer", "\"google\" or \"microsoft\"; or the token_url of another one");
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

/// `mailbox` is whom a service account acts for.
pub(super) fn oauth2(table: &Table<'_>, mailbox: &str, usual: &Defaults) -> Option<Settings> {
    let issuer = usual.issuer;
    let account = table.pem("service_account", service_account);
    let refresh_token = refresh_token(table);
    let grant = match (account, refresh_token) {
        (Some(_), Some(_)) => {
            table.mistake("refresh_token", "stands beside a service account", "one of the two");
            return None;
        }
        (Some(account), None) => Grant::ServiceAccount { account, subject: mailbox.to_owned() },
        (None, Some((token, file))) => Grant::RefreshToken { token, file },
        (None, None) => Grant::ClientCredentials,
    };
    // A refresh token that can't be read is a mistake of its own, and no other grant.
    let is_client = matches!(grant, Grant::ClientCredentials)
        && !table.sets("refresh_token")
        && !table.sets("refresh_token_file")
        && !table.sets("service_account");
    let token_url = token_url(table, usual, is_client);
    let scope = table.text("scope").map(|text| text.as_str().to_owned());
    let scope = scope.unwrap_or_else(|| usual_scope(issuer, &grant, usual));
    let client_id = table.parsed("client_id", rule::any);
    let client_secret = table.secret("client_secret");
    if !matches!(grant, Grant::ServiceAccount { .. }) && !table.sets("service_account") {
        if !table.sets("client_id") {
            table.missing("client_id", "the application's id at the issuer");
        }
        if is_client && issuer == Some(Issuer::Google) {
            table.missing(
                "refresh_token",
                "or service_account: Google gives an application no token of its own",
            );
        } else if is_client && !table.sets("client_secret") {
            table.missing("client_secret", "the application's secret; or a refresh_token");
        }
    }
    if issuer == Some(Issuer::Microsoft) && table.sets("service_account") {
        table.mistake("service_account", "is Google's", "client_id and client_secret; or a refresh_token");
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

fn token_url(table: &Table<'_>, usual: &Defaults, is_client: bool) -> Option<String> {
    let tenant = table.parsed("tenant", tenant);
    if table.sets("token_url") {
        return table.parsed("token_url", secured);
    }
    if usual.token_url.is_some() {
        return usual.token_url.clone();
    }
    match usual.issuer? {
        Issuer::Google => Some(GOOGLE.to_owned()),
        Issuer::Microsoft => {
            if !table.sets("tenant") {
                table.missing("tenant", "the directory's id, or a domain of it: \"acme.onmicrosoft.com\"");
            }
            let tenant = tenant?;
            let of_nobody = matches!(tenant.as_str(), "common" | "organizations" | "consumers");
            if of_nobody && is_client {
                table.mistake(
                    "tenant",
                    "is no directory of your own",
                    "an application signs in to one: its id or domain",
                );
            }
            Some(format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"))
        }
    }
}

fn usual_scope(issuer: Option<Issuer>, grant: &Grant, usual: &Defaults) -> String {
    let is_users = matches!(grant, Grant::RefreshToken { .. });
    match (&usual.user_scope, issuer) {
        (Some(scope), _) if is_users => scope.clone(),
        // What was consented to.
        (None, Some(Issuer::Google)) if is_users => String::new(),
        _ => usual.scope.clone(),
    }
}

/// In the configuration, or in a file that newer ones are written to.
fn refresh_token(table: &Table<'_>) -> Option<(Secret, Option<PathBuf>)> {
    let token = table.secret("refresh_token");
    let file = table.path_to("refresh_token_file");
    if table.sets("refresh_token") && file.is_some() {
        table.mistake(
            "refresh_token_file",
            "stands beside refresh_token",
            "one of the two: the file is written to",
        );
        return None;
    }
    let Some(file) = file else { return token.map(|token| (token, None)) };
    let text = std::fs::read_to_string(&file).unwrap_or_default();
    if text.trim().is_empty() {
        table.mistake("refresh_token_file", "can't be read, or is empty", file.display().to_string());
        return None;
    }
    Some((Secret::new(text.trim()), Some(file)))
}

fn service_account(text: &str) -> Result<Account, Wrong> {
    const ALLOWED: &str = "the JSON file that Google handed out: \"${file:/run/secrets/google.json}\"";
    Account::from_json(text).map_err(|error| Wrong {
        problem: match error {
            AccountError::Json => "is no key file of a service account",
            AccountError::Key => "holds no RSA key",
        },
        allowed: ALLOWED,
    })
}

fn tenant(text: &str) -> Result<String, Wrong> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
    if !text.is_empty() && text.bytes().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(Wrong { problem: "is no tenant", allowed: "the directory's id, or a domain of it" })
    }
}

/// Secrets go there.
pub(super) fn secured(text: &str) -> Result<String, Wrong> {
    let url = rule::web_url(text)?;
    let parsed = url::Url::parse(&url).ok();
    let host = parsed.as_ref().and_then(|url| rule::host(url.host_str()?)).unwrap_or_default();
    if parsed.is_some_and(|url| url.scheme() == "https") || rule::is_loopback(&host) {
        Ok(url)
    } else {
        Err(Wrong { problem: "would send secrets in plain text", allowed: "https://" })
    }
}
