//! A session that the server has lost: it answers the next bytes with RST, as a host does that took over for another.

use clerk_courier::clock::Clock;
use clerk_courier::delivery::smtp::{self, Settings, Tls};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::{PATIENT, assert_accepted, hello};

/// Takes one message, and resets the connection as soon as more comes, unread.
async fn take_one(tcp: TcpStream) -> std::io::Result<()> {
    let mut client = BufReader::with_capacity(1, tcp);
    client.write_all(b"220 hello\r\n").await?;
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        if line.starts_with("EHLO") {
            client.write_all(b"250-x\r\n250-PIPELINING\r\n250 CHUNKING\r\n").await?;
            continue;
        }
        if let Some(size) = line.strip_prefix("BDAT ") {
            let size = size.trim_end().strip_suffix(" LAST").unwrap().parse().unwrap();
            client.read_exact(&mut vec![0; size]).await?;
            client.write_all(b"250 taken\r\n").await?;
            client.get_ref().readable().await?;
            client.get_ref().peek(&mut [0]).await?;
            client.get_ref().set_zero_linger()?;
            return Ok(());
        }
        client.write_all(b"250 fine\r\n").await?;
    }
}

#[tokio::test]
async fn a_message_that_meets_a_reset_on_a_kept_session_goes_to_another_one() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let settings = Settings {
        host: "127.0.0.1".to_owned(),
        port: listener.local_addr().unwrap().port(),
        tls: Tls::None,
        credentials: None,
        helo: "mail.acme.example".to_owned(),
        ca_file: None,
        connections: 4,
        chunking: true,
        attempt_timeout: PATIENT.attempt,
    };
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(take_one(tcp));
        }
    });
    let client = smtp::Relay::new(settings, Clock::System).unwrap();
    for _ in 0..4 {
        assert_accepted(&client, &hello()).await;
    }
}
