//! What every event becomes, through the whole service.

use crate::support::courier::{Courier, config, fixture};
use crate::support::relay::{Options, Relay};

#[tokio::test]
async fn a_code_arrives_once_and_a_second_delivery_is_a_duplicate() {
    let relay = Relay::start(Options::default()).await;
    let courier = Courier::start(&config(&format!(
        "[email]\nfrom = \"Acme <login@acme.example>\"\nproviders = [\"main\"]\n\
         [providers.main]\ntype = \"smtp\"\nurl = \"smtp://127.0.0.1:{}\"\n",
        relay.port
    )));
    let event = fixture("email.created.verification_code", "ema_1");
    assert_eq!(courier.post(&event).await.line(), "200 accepted -");
    assert_eq!(courier.post(&event).await.line(), "200 duplicate -");
    assert_eq!(relay.mails().len(), 1);
}
