//! Any order of claims, settlements, dropped tickets, refused writes and restarts.

use proptest::prelude::*;

use super::*;

/// What happens to a ledger, by small numbers for ids and tickets.
#[derive(Debug, Clone)]
enum Step {
    Claim(u8, u8),
    Settle(usize, Settled),
    Drop(usize),
    /// Writing fails from here to the next restart.
    Refuse,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let settled = prop_oneof![
        Just(Settled::Accepted),
        Just(Settled::Failed),
        Just(Settled::Rejected),
        Just(Settled::InDoubt)
    ];
    prop_oneof![
        8 => (0..4u8, 0..4u8).prop_map(|(message, svix)| Step::Claim(message, svix)),
        4 => (0..4usize, settled).prop_map(|(ticket, settled)| Step::Settle(ticket, settled)),
        2 => (0..4usize).prop_map(Step::Drop),
        1 => Just(Step::Refuse),
        1 => Just(Step::Restart),
    ]
}

/// What has to be true after each step, in the simplest words: the pairs of ids held and accepted.
async fn walk(steps: Vec<Step>) {
    let directory = tempfile::tempdir().unwrap();
    let mut ledger = open(directory.path());
    let mut held: Vec<((u8, u8), Ticket)> = Vec::new();
    let mut accepted: Vec<(u8, u8)> = Vec::new();
    for step in steps {
        match step {
            Step::Claim(message, svix) => {
                let matches = |pair: &(u8, u8)| pair.0 == message || pair.1 == svix;
                let answer = claim(&ledger, &format!("ema_{message}"), &format!("msg_{svix}")).await;
                if held.iter().any(|(pair, _)| matches(pair)) {
                    assert!(matches!(answer, Claim::InProgress), "{answer:?}");
                } else if accepted.iter().any(matches) {
                    assert_accepted(&answer);
                } else {
                    held.push(((message, svix), yours(answer)));
                }
            }
            Step::Settle(ticket, settled) if ticket < held.len() => {
                let (pair, ticket) = held.remove(ticket);
                settle(ticket, record(settled)).await;
                if settled == Settled::Accepted {
                    accepted.push(pair);
                }
            }
            Step::Drop(ticket) if ticket < held.len() => drop(held.remove(ticket)),
            Step::Settle(..) | Step::Drop(_) => {}
            Step::Refuse => {
                let refuse =
                    |connection: &Connection| connection.pragma_update(None, "query_only", true).unwrap();
                ledger.on_connection(refuse).await;
            }
            Step::Restart => {
                ledger.close(PATIENCE);
                ledger = open(directory.path());
                held.clear();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_has_one_ticket_at_a_time_and_none_once_accepted(steps in prop::collection::vec(step(), 1..40)) {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(walk(steps));
    }
}
