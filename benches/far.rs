//! How long a burst of mails takes at a mail server 25 ms away: one at a time on each session, and several. It prints one
//! Markdown table.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use clerk_courier::clock::Clock;
use clerk_courier::delivery::smtp::{Envelope, Mail, Relay, Settings, Tls};
use clerk_courier::delivery::{Budget, Late, Verdict};
use lettre::Address;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// How long each reply takes to come.
const ROUND_TRIP: Duration = Duration::from_millis(25);
const MAILS: usize = 128;
const SESSIONS: usize = 16;
/// About as long as the built-in mails.
const LENGTH: usize = 14_000;
const ROUNDS: usize = 9;
/// What the Node service of docs/MEASURED.md needs for such a burst: 128 at 274 and at 279 a second.
const NODE: [Duration; 2] = [Duration::from_millis(467), Duration::from_millis(459)];

/// What the server offers and does.
#[derive(Debug, Clone, Copy)]
struct Manner {
    chunking: bool,
    /// It refuses what comes before it has answered a message, so that the client sends one after another.
    is_strict: bool,
}

fn main() -> anyhow::Result<()> {
    // `cargo test --all-targets` starts benchmarks too, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut output = io::stdout().lock();
    writeln!(
        output,
        "| {MAILS} mails at once, {SESSIONS} sessions | one at a time on a session | several | better by | against Node |"
    )?;
    writeln!(output, "| --- | --- | --- | --- | --- |")?;
    for (name, chunking, node) in [("PIPELINING", false, NODE[0]), ("CHUNKING too", true, NODE[1])] {
        let one = runtime.block_on(burst(Manner { chunking, is_strict: true }))?;
        let several = runtime.block_on(burst(Manner { chunking, is_strict: false }))?;
        let better = |than: Duration| than.as_secs_f64() / several.as_secs_f64();
        writeln!(
            output,
            "| {name} | {} ms | {} ms | {:.1}x | {:.1}x |",
            one.as_millis(),
            several.as_millis(),
            better(one),
            better(node)
        )?;
    }
    Ok(())
}

/// The median time of a burst over sessions that are open.
async fn burst(manner: Manner) -> anyhow::Result<Duration> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream, manner));
        }
    });
    let settings = Settings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::None,
        credentials: None,
        helo: "bench.example".to_owned(),
        ca_file: None,
        connections: SESSIONS,
        chunking: true,
        attempt_timeout: Duration::from_secs(10),
    };
    let relay = Relay::new(settings, Clock::System)?;
    let message = Arc::new([b"x".repeat(78), b"\r\n".to_vec()].concat().repeat(LENGTH / 80));
    let mut times = Vec::new();
    for round in 0..ROUNDS + 2 {
        let started = Instant::now();
        let mut sending = JoinSet::new();
        for _ in 0..MAILS {
            sending.spawn(send(relay.clone(), Arc::clone(&message)));
        }
        for verdict in sending.join_all().await {
            anyhow::ensure!(matches!(verdict?, Verdict::Accepted { .. }), "a mail was not taken");
        }
        // The first ones open the sessions, and find out what the server can do.
        if round >= 2 {
            times.push(started.elapsed());
        }
        sleep(Duration::from_millis(100)).await;
    }
    serving.abort();
    times.sort_unstable();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

async fn send(relay: Relay, message: Arc<Vec<u8>>) -> anyhow::Result<Verdict> {
    let (from, to): (Address, Address) = ("bounces@acme.example".parse()?, "ada@mail.example".parse()?);
    let mail = Mail {
        envelope: Envelope { from: &from, to: &to, smtputf8: false },
        message,
        without_smtputf8: None,
    };
    let time = Duration::from_secs(10);
    let budget = Budget { attempt: time, total: time, stop_on_doubt: false };
    Ok(relay.deliver(mail, budget, &Late::unheard()).await)
}

/// One client. Each reply leaves a round trip after its command came, as over a long line.
async fn serve(stream: TcpStream, manner: Manner) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let (say, mut said) = mpsc::unbounded_channel::<(Instant, &'static str)>();
    tokio::spawn(async move {
        while let Some((at, reply)) = said.recv().await {
            sleep_until(at).await;
            if writer.write_all(reply.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    let reply = |text| _ = say.send((Instant::now() + ROUND_TRIP, text));
    let mut reader = BufReader::with_capacity(64 * 1024, reader);
    reply("220 bench ESMTP\r\n");
    let (mut line, mut is_early) = (String::new(), false);
    loop {
        line.clear();
        if reader.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.split_ascii_whitespace().next().unwrap_or_default();
        match verb {
            "EHLO" if manner.chunking => reply("250-bench\r\n250-PIPELINING\r\n250 CHUNKING\r\n"),
            "EHLO" => reply("250-bench\r\n250 PIPELINING\r\n"),
            "MAIL" | "RCPT" if is_early => reply("503 5.5.1 Wait for the answer\r\n"),
            "DATA" | "BDAT" if is_early => {
                let length =
                    line.split(' ').nth(1).and_then(|length| length.parse().ok()).unwrap_or_default();
                tokio::io::copy(&mut (&mut reader).take(length), &mut tokio::io::sink()).await?;
                reply("503 5.5.1 Wait for the answer\r\n");
                is_early = false;
            }
            "DATA" => {
                reply("354 Go on\r\n");
                while line != ".\r\n" {
                    line.clear();
                    if reader.read_line(&mut line).await? == 0 {
                        return Ok(());
                    }
                }
                reply("250 2.0.0 Taken\r\n");
                is_early = manner.is_strict && !reader.buffer().is_empty();
            }
            "BDAT" => {
                let length =
                    line.split(' ').nth(1).and_then(|length| length.parse().ok()).unwrap_or_default();
                tokio::io::copy(&mut (&mut reader).take(length), &mut tokio::io::sink()).await?;
                reply("250 2.0.0 Taken\r\n");
                is_early = manner.is_strict && !reader.buffer().is_empty();
            }
            "QUIT" => return Ok(()),
            _ => reply("250 2.0.0 Fine\r\n"),
        }
    }
}
