//! An issuer of access tokens, which a scripted server plays, and a service that may tell too much of them.

use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::courier::{Courier, config};
use super::twilio::Act;

/// A token that begins so: long ones are Microsoft's.
pub(crate) fn issued(token: &str, length: usize, more: &Value) -> Act {
    let token = format!("{token}.{}", "x".repeat(length));
    let mut body = json!({ "access_token": token, "expires_in": 3599, "token_type": "Bearer" });
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more.clone());
    }
    Act::Answer(200, body.to_string())
}

/// Who asks, as `[….oauth2]` says it.
pub(crate) const APPLICATION: &str = "client_id = \"app\"\nclient_secret = \"canary-secret~+\"\n";

/// Logs everything there is to log.
pub(crate) fn start(rest: &str) -> Courier {
    let dir = Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("config.toml"), config(rest)).unwrap();
    in_dir(dir)
}

/// The same, where its configuration is already.
pub(crate) fn in_dir(dir: Arc<TempDir>) -> Courier {
    Courier::start_in(dir, |command| {
        command.args(["--log", "trace"]);
    })
}

/// The key file of one, as Google hands it out.
pub(crate) fn service_account() -> Value {
    json!({
        "type": "service_account",
        "client_email": "courier@project.iam.example",
        "private_key_id": "key1",
        "private_key": include_str!("../../fixtures/dkim-rsa.pem"),
    })
}
