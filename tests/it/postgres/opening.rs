//! What keeps a ledger in PostgreSQL from being opened, in words.

use clerk_courier::clock::Clock;
use clerk_courier::ledger::{Inspected, Ledger, inspect, read};

use super::{Settings, open, settings};
use crate::support::postgres::Postgres;

/// What `check` and the start of a service say, which is the same.
#[track_caller]
fn refused(settings: &Settings) -> String {
    let error = Ledger::open(settings.clone(), Clock::System).unwrap_err().to_string();
    assert_eq!(inspect(settings).unwrap_err().to_string(), error);
    assert!(!error.contains("canary"), "{error}");
    error
}

#[track_caller]
fn assert_refused(settings: &Settings, expected: &str) {
    let error = refused(settings);
    assert!(error.contains(expected), "{error}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn what_a_person_has_to_put_right_stops_the_start() {
    let postgres = Postgres::start().await;
    let admin = postgres.connect("courier").await;
    let ours = settings(&postgres.url());
    assert_eq!(inspect(&ours).unwrap(), Inspected::Absent);
    assert!(read(&ours, &super::Filter::default()).unwrap_err().to_string().contains("holds no ledger yet"));

    assert_refused(&settings(&postgres.url().replace("canary", "canarie")), "user or password");
    assert_refused(&settings(&postgres.url_of("clerk", "nothing")), "create the database");
    assert_refused(&settings(&format!("{}?sslmode=require", postgres.url())), "switch on TLS");

    let password = "canary/postgres@password";
    let make = format!("CREATE ROLE guest LOGIN PASSWORD '{password}'");
    admin.batch_execute(&make).await.unwrap();
    let guest = settings(&postgres.url_of("guest", "courier"));
    admin.batch_execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC").await.unwrap();
    assert_refused(&guest, "may not make the ledger's tables");

    drop(open(&ours));
    assert_eq!(inspect(&ours).unwrap(), Inspected::Fine);
    assert_refused(&guest, "");
    let tables = "clerk_courier_message, clerk_courier_schema";
    admin.batch_execute(&format!("GRANT SELECT ON {tables} TO guest")).await.unwrap();
    assert_refused(&guest, "may not read and write the ledger's tables");
    admin
        .batch_execute(
            "GRANT SELECT, INSERT, UPDATE, DELETE ON clerk_courier_message, clerk_courier_sms, clerk_courier_language TO guest;
             GRANT SELECT, UPDATE ON clerk_courier_schema TO guest",
        )
        .await
        .unwrap();
    drop(open(&guest));

    // A newer version that this one can work with, and one that it can't.
    admin.batch_execute("UPDATE clerk_courier_schema SET version = 7").await.unwrap();
    drop(open(&ours));
    admin.batch_execute("UPDATE clerk_courier_schema SET oldest = 7").await.unwrap();
    assert_refused(&ours, "newer clerk-courier (schema 7)");

    admin
        .batch_execute(
            "DROP TABLE clerk_courier_message; DROP TABLE clerk_courier_schema; CREATE TABLE clerk_courier_message (id int)",
        )
        .await
        .unwrap();
    assert_refused(&ours, "not a ledger's");
}
