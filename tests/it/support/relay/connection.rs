//! One connection to the scripted server: reads commands, answers as scripted, writes down what no client may do.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::{Fault, Mail, Options, Shared, Stage};

/// Serves one client until it or the script has had enough.
pub(super) async fn serve(tcp: TcpStream, number: usize, shared: &Shared) -> io::Result<()> {
    let (io, tls): (Box<dyn Io>, bool) = match &shared.options.implicit_tls {
        Some(config) => (Box::new(TlsAcceptor::from(Arc::clone(config)).accept(tcp).await?), true),
        None => (Box::new(tcp), false),
    };
    let connection = Connection {
        goodbye: shared.goodbye.subscribe(),
        shared,
        io,
        number,
        tls,
        input: Vec::new(),
        output: Vec::new(),
        greeted: false,
        user: None,
        from: None,
        to: None,
    };
    connection.run().await
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

struct Connection<'a> {
    shared: &'a Shared,
    goodbye: watch::Receiver<&'static str>,
    io: Box<dyn Io>,
    number: usize,
    tls: bool,
    input: Vec<u8>,
    output: Vec<u8>,
    greeted: bool,
    user: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

impl Connection<'_> {
    async fn run(mut self) -> io::Result<()> {
        if self.shared.state().open > self.shared.options.max_connections {
            self.say("421 4.7.0 too many connections");
            return self.flush().await;
        }
        self.answer(Stage::Greeting, "220 relay.test ESMTP").await?;
        loop {
            let line = self.line().await?;
            self.shared.change(|state| state.commands.push(line.clone()));
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match verb {
                "EHLO" | "HELO" => self.hello(verb, argument).await?,
                "STARTTLS" => self = self.starttls().await?,
                "AUTH" => self.auth(argument).await?,
                "MAIL" => self.mail(argument).await?,
                "RCPT" => self.rcpt(argument).await?,
                "DATA" => self.data().await?,
                "BDAT" => self.bdat(argument).await?,
                "RSET" => {
                    (self.from, self.to) = (None, None);
                    self.say("250 2.0.0 reset");
                }
                "NOOP" => self.say("250 2.0.0 still here"),
                "QUIT" => {
                    self.say("221 2.0.0 bye");
                    return self.flush().await;
                }
                _ => {
                    self.violation(&format!("unknown command {line:?}"));
                    self.say("500 5.5.2 unknown");
                }
            }
            // DATA looks for itself: what comes after the dot is another matter.
            let may_be_followed = matches!(verb, "MAIL" | "RCPT" | "BDAT" | "RSET" | "DATA");
            if !(self.input.is_empty() || (may_be_followed && self.shared.options.pipelining)) {
                self.violation(&format!("bytes right after {verb}"));
            }
        }
    }

    async fn hello(&mut self, verb: &str, name: &str) -> io::Result<()> {
        if name.is_empty() || name.contains(' ') {
            self.violation(&format!("{verb} {name:?}"));
        }
        self.greeted = true;
        let Options { pipelining, chunking, smtputf8, size, auth, starttls, .. } = &self.shared.options;
        let mut lines = vec!["relay.test".to_owned()];
        if verb == "EHLO" {
            lines.push("8BITMIME".to_owned());
            lines.extend(pipelining.then(|| "PIPELINING".to_owned()));
            lines.extend(chunking.then(|| "CHUNKING".to_owned()));
            lines.extend(smtputf8.then(|| "SMTPUTF8".to_owned()));
            lines.extend(size.map(|size| format!("SIZE {size}")));
            lines.extend((!auth.is_empty()).then(|| format!("AUTH {auth}")));
            lines.extend((starttls.is_some() && !self.tls).then(|| "STARTTLS".to_owned()));
        }
        let last = lines.len() - 1;
        let line = |(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' });
        let reply: Vec<String> = lines.iter().enumerate().map(line).collect();
        self.answer(Stage::Ehlo, reply.join("\r\n")).await?;
        Ok(())
    }

    async fn starttls(mut self) -> io::Result<Self> {
        let config = self.shared.options.starttls.clone().filter(|_| !self.tls);
        let Some(config) = config else {
            self.violation("STARTTLS that was not offered");
            return Err(io::ErrorKind::InvalidData.into());
        };
        if self.answer(Stage::Starttls, "220 2.0.0 go ahead").await? {
            self.flush().await?;
            self.io = Box::new(TlsAcceptor::from(config).accept(self.io).await?);
            (self.tls, self.greeted) = (true, false);
        }
        Ok(self)
    }

    async fn auth(&mut self, argument: &str) -> io::Result<()> {
        use base64::Engine as _;
        let decode = |text: &str| {
            let bytes = base64::prelude::BASE64_STANDARD.decode(text).unwrap_or_default();
            String::from_utf8(bytes).unwrap_or_default()
        };
        let (mechanism, initial) = argument.split_once(' ').unwrap_or((argument, ""));
        if !self.shared.options.auth.split(' ').any(|offered| offered == mechanism) {
            self.violation(&format!("AUTH {mechanism} was not offered"));
        }
        let (user, password) = if mechanism == "XOAUTH2" {
            let response = if initial.is_empty() {
                self.say("334 ");
                self.line().await?
            } else {
                initial.to_owned()
            };
            let text = decode(&response);
            let parts = text.strip_prefix("user=").and_then(|text| text.strip_suffix("\u{1}\u{1}"));
            let (user, token) = parts.and_then(|it| it.split_once("\u{1}auth=Bearer ")).unwrap_or_default();
            self.shared.change(|state| state.tokens.push(token.to_owned()));
            if self.shared.options.challenge && self.shared.state().will_fail(Stage::Auth) {
                self.say("334 eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=");
                if !self.line().await?.is_empty() {
                    self.violation("a challenge is answered with an empty line");
                }
            }
            (user.to_owned(), token.to_owned())
        } else if mechanism == "PLAIN" {
            let text = decode(initial);
            let mut parts = text.split('\0').skip(1).map(str::to_owned);
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
        } else {
            self.say("334 VXNlcm5hbWU6");
            let user = self.line().await?;
            self.say("334 UGFzc3dvcmQ6");
            (decode(&user), decode(&self.line().await?))
        };
        if user.is_empty() || password.is_empty() {
            self.violation("AUTH without user or password");
        }
        if self.answer(Stage::Auth, "235 2.7.0 welcome").await? {
            self.user = Some(user);
        }
        Ok(())
    }

    async fn mail(&mut self, argument: &str) -> io::Result<()> {
        let address = self.path(argument, "FROM:");
        if !self.greeted || self.from.is_some() {
            self.violation("MAIL before EHLO or within a transaction");
        }
        if self.answer(Stage::Mail, "250 2.1.0 sender ok").await? {
            self.from = Some(address);
        }
        Ok(())
    }

    async fn rcpt(&mut self, argument: &str) -> io::Result<()> {
        let address = self.path(argument, "TO:");
        if self.from.is_none() {
            self.say("503 5.5.1 MAIL first");
        } else if self.answer(Stage::Rcpt, "250 2.1.5 recipient ok").await? {
            self.to = Some(address);
        }
        Ok(())
    }

    async fn data(&mut self) -> io::Result<()> {
        if !self.input.is_empty() {
            self.violation("bytes right after DATA");
        }
        let refused = self.to.is_none();
        if refused && !self.shared.options.data_after_refusal {
            self.say("503 5.5.1 no valid recipients");
            return Ok(());
        }
        if !self.answer(Stage::Data, "354 go ahead").await? {
            return Ok(());
        }
        let mut body = Vec::new();
        loop {
            let line = self.raw_line().await?;
            if refused {
                self.violation("a message after a refused recipient");
            }
            if line == b"." {
                return self.message(body).await;
            }
            if line.starts_with(b".") && !line.starts_with(b"..") {
                self.violation("an unstuffed dot");
            }
            body.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            body.extend_from_slice(b"\r\n");
        }
    }

    async fn bdat(&mut self, argument: &str) -> io::Result<()> {
        let size = argument.strip_suffix(" LAST").and_then(|size| size.parse::<usize>().ok());
        if size.is_none() || !self.shared.options.chunking {
            self.violation(&format!("BDAT {argument}"));
        }
        let size = size.unwrap_or_default();
        while self.input.len() < size {
            self.read().await?;
        }
        let body: Vec<u8> = self.input.drain(..size).collect();
        let clean = String::from_utf8_lossy(&body).replace("\r\n", "");
        if !body.ends_with(b"\r\n") || clean.contains(['\r', '\n']) {
            self.violation("BDAT with a bare CR or LF, or without CRLF at its end");
        }
        if self.to.is_none() {
            self.say("503 5.5.1 no valid recipients");
            return Ok(());
        }
        self.message(body).await
    }

    /// The whole message is here.
    async fn message(&mut self, body: Vec<u8>) -> io::Result<()> {
        let accepted = self.answer(Stage::Body, &format!("250 2.0.0 Ok: queued as R{}", self.number)).await?;
        let (from, to) = (self.from.take().unwrap_or_default(), self.to.take().unwrap_or_default());
        if accepted {
            let (tls, user, connection) = (self.tls, self.user.clone(), self.number);
            self.shared.change(|state| state.mails.push(Mail { from, to, body, tls, user, connection }));
        }
        Ok(())
    }

    /// The address in `FROM:<…>` or `TO:<…>`.
    fn path(&self, argument: &str, keyword: &str) -> String {
        let path = argument.strip_prefix(keyword).and_then(|rest| rest.strip_prefix('<')?.rsplit_once('>'));
        let Some((address, parameters)) = path else {
            self.violation(&format!("not an address: {argument:?}"));
            return String::new();
        };
        let utf8 = self.shared.options.smtputf8 && parameters == " SMTPUTF8";
        if !(parameters.is_empty() || utf8) || !(address.is_ascii() || self.shared.options.smtputf8) {
            self.violation(&format!("parameters that were not offered: {argument:?}"));
        }
        address.to_owned()
    }

    /// Replies `text`, or does what the script says for `stage`. Whether all went well.
    async fn answer(&mut self, stage: Stage, text: impl AsRef<str>) -> io::Result<bool> {
        let fault = self.shared.change(|state| {
            let fault = state.faults.iter_mut().find(|(at, _, times)| *at == stage && *times > 0)?;
            fault.2 -= 1;
            Some(fault.1.clone())
        });
        match fault {
            Some(Fault::Reply(reply)) => {
                self.say(&reply);
                return Ok(false);
            }
            Some(Fault::Drop) => {
                self.flush().await?;
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
            Some(Fault::Hang) => self.hang().await?,
            None => {}
        }
        self.say(text.as_ref());
        Ok(true)
    }

    /// Until [`Relay::release`], or the client has had enough.
    async fn hang(&mut self) -> io::Result<()> {
        let mut released = self.shared.released.subscribe();
        self.flush().await?;
        self.shared.change(|state| state.hung += 1);
        loop {
            tokio::select! {
                _ = released.changed() => return Ok(()),
                read = self.io.read_buf(&mut self.input) => if read? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }

    fn say(&mut self, reply: &str) {
        self.output.extend_from_slice(format!("{reply}\r\n").as_bytes());
    }

    async fn flush(&mut self) -> io::Result<()> {
        if !self.output.is_empty() {
            self.shared.change(|state| state.flights += 1);
            self.io.write_all(&self.output).await?;
            self.io.flush().await?;
            self.output.clear();
        }
        Ok(())
    }

    async fn line(&mut self) -> io::Result<String> {
        let line = self.raw_line().await?;
        Ok(String::from_utf8(line).unwrap_or_else(|_| {
            self.violation("a command that is not UTF-8");
            String::new()
        }))
    }

    async fn raw_line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.input) {
                let mut line: Vec<u8> = self.input.drain(..=end).collect();
                line.pop();
                if line.pop() != Some(b'\r') || line.contains(&b'\r') {
                    self.violation("a bare CR or LF");
                }
                return Ok(line);
            }
            self.read().await?;
        }
    }

    /// Sends what was said so far and waits for more, or for the order to close if idle.
    async fn read(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.input.reserve(64 * 1024); // a whole flight at once, so that flights of replies can be counted
        let idle = self.from.is_none() && self.greeted;
        tokio::select! {
            read = self.io.read_buf(&mut self.input) => match read? {
                0 => Err(io::ErrorKind::UnexpectedEof.into()),
                _ => Ok(()),
            },
            _ = self.goodbye.changed(), if idle => {
                let goodbye = *self.goodbye.borrow();
                if !goodbye.is_empty() {
                    self.say(goodbye);
                }
                self.flush().await?;
                let _ = self.io.shutdown().await;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
        }
    }

    fn violation(&self, what: &str) {
        self.shared.change(|state| state.violations.push(what.to_owned()));
    }
}
