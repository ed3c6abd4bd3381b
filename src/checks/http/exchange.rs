//! Requests over connections that are already there, and what comes back. Redirects aren't followed, bodies are limited, and
//! nothing is tried twice.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::JoinHandle;

/// How much of a body is read.
pub(super) const BODY: usize = 1 << 20;

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query.
    pub target: String,
    /// The headers that the transcript and its body ask for; `Host` and `Content-Length` come of themselves.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    /// Its status.
    pub status: u16,
    /// Its headers, as they came.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// Whether the body is longer than what is kept of it.
    pub is_cut: bool,
}

impl Came {
    /// The values of a header, if it is there.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// There is no connection to be had.
    Unreachable(String),
    /// The connection ended before the answer did.
    Closed,
    /// What came is no HTTP.
    Garbled(String),
    /// Time was up.
    Silent,
}

/// A connection over which one request after another can be sent.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    task: JoinHandle<()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connection {
    pub(super) async fn over<S>(stream: S) -> Result<Self, NoAnswer>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = http1::Builder::new()
            .preserve_header_case(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| reason(&error))?;
        let task = tokio::spawn(async move {
            // How it ended is told to whoever waits for an answer.
            let _ = connection.await;
        });
        Ok(Self { sender, task })
    }

    /// Whether another request can be sent over it.
    pub(super) async fn is_open(&mut self) -> bool {
        self.sender.ready().await.is_ok()
    }

    pub(super) async fn ask(&mut self, host: &str, sent: &Sent) -> Result<Came, NoAnswer> {
        let request = to_hyper(host, sent)?;
        let answer = self
            .sender
            .send_request(request)
            .await
            .map_err(|error| reason(&error))?;
        read_answer(answer).await
    }
}

fn to_hyper(host: &str, sent: &Sent) -> Result<hyper::Request<Full<Bytes>>, NoAnswer> {
    let mut builder = hyper::Request::builder()
        .method(sent.method.as_str())
        .uri(sent.target.as_str());
    if !sent
        .headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        builder = builder.header("Host", host);
    }
    for (name, value) in &sent.headers {
        builder = builder.header(name, value);
    }
    // Variables may have made something of it that can't be sent.
    builder
        .body(Full::new(Bytes::from(sent.body.clone())))
        .map_err(|error| NoAnswer::Garbled(format!("the request can't be sent: {error}")))
}

async fn read_answer(answer: hyper::Response<Incoming>) -> Result<Came, NoAnswer> {
    let (head, mut incoming) = answer.into_parts();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect();
    let mut body = Vec::new();
    let mut is_cut = false;
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| reason(&error))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let room = BODY - body.len();
        body.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            is_cut = true;
            break;
        }
    }
    Ok(Came {
        status: head.status.as_u16(),
        headers,
        body,
        is_cut,
    })
}

fn reason(error: &hyper::Error) -> NoAnswer {
    if error.is_parse() || error.is_parse_status() {
        NoAnswer::Garbled(error.to_string())
    } else {
        NoAnswer::Closed
    }
}

/// Writes text as it stands.
pub(super) async fn write_raw<S: AsyncWrite + Unpin>(
    stream: &mut S,
    text: &str,
) -> Result<(), NoAnswer> {
    let written = stream.write_all(text.as_bytes()).await;
    written.map_err(|_| NoAnswer::Closed)
}

/// Waits until the other side closes a connection; what it says meanwhile is thrown away.
pub(super) async fn wait_for_close<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut chunk = vec![0; 8 << 10];
    // A connection that is reset is closed as well.
    while let Ok(1..) = stream.read(&mut chunk).await {}
}

/// Reads an answer from a connection over which something was written as it stands.
pub(super) async fn read_raw<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Came, NoAnswer> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 8 << 10];
    loop {
        if let Some(came) = parse_raw(&bytes, false)? {
            return Ok(came);
        }
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return parse_raw(&bytes, true)?.ok_or(NoAnswer::Closed),
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
        if bytes.len() > BODY {
            return Err(NoAnswer::Garbled("it is longer than 1 MiB".to_owned()));
        }
    }
}

/// The answer that bytes are, once all of it is there. Without a length it goes up to the connection's end.
fn parse_raw(bytes: &[u8], is_all: bool) -> Result<Option<Came>, NoAnswer> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut answer = httparse::Response::new(&mut headers);
    let parsed = answer
        .parse(bytes)
        .map_err(|error| NoAnswer::Garbled(error.to_string()))?;
    let httparse::Status::Complete(start) = parsed else {
        return Ok(None);
    };
    let mut came = Came {
        status: answer.code.unwrap_or(0),
        headers: answer
            .headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).into_owned();
                (header.name.to_owned(), value)
            })
            .collect(),
        body: Vec::new(),
        is_cut: false,
    };
    let rest = &bytes[start..];
    let is_chunked = came
        .header("transfer-encoding")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let length = came
        .header("content-length")
        .and_then(|length| length.parse::<usize>().ok());
    let body = match length {
        _ if is_chunked => dechunked(rest)?,
        Some(length) => rest.get(..length).map(<[u8]>::to_vec),
        None if matches!(came.status, 100..=199 | 204 | 304) => Some(Vec::new()),
        None => is_all.then(|| rest.to_vec()),
    };
    Ok(body.map(|body| {
        came.body = body;
        came
    }))
}

fn dechunked(mut rest: &[u8]) -> Result<Option<Vec<u8>>, NoAnswer> {
    let mut body = Vec::new();
    loop {
        let size = httparse::parse_chunk_size(rest)
            .map_err(|_| NoAnswer::Garbled("a chunk of its body has no size".to_owned()))?;
        let httparse::Status::Complete((start, size)) = size else {
            return Ok(None);
        };
        if size == 0 {
            return Ok(Some(body));
        }
        let end = usize::try_from(size)
            .ok()
            .and_then(|size| start.checked_add(size));
        let Some(end) = end.filter(|end| rest.len() >= end.saturating_add(2)) else {
            return Ok(None);
        };
        body.extend_from_slice(&rest[start..end]);
        rest = &rest[end + 2..];
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    /// A service that says `answer` to the first thing that it hears, and hangs up.
    fn says(answer: &'static [u8]) -> tokio::io::DuplexStream {
        let (ours, mut theirs) = duplex(64 << 10);
        tokio::spawn(async move {
            let mut heard = vec![0; 1024];
            let _ = theirs.read(&mut heard).await;
            let _ = theirs.write_all(answer).await;
        });
        ours
    }

    fn get() -> Sent {
        Sent {
            method: "GET".into(),
            target: "/x".into(),
            headers: vec![("X-One".into(), "1".into())],
            body: Vec::new(),
        }
    }

    async fn asked(answer: &'static [u8]) -> Result<Came, NoAnswer> {
        let mut connection = Connection::over(says(answer)).await?;
        connection.ask("127.0.0.1:80", &get()).await
    }

    #[tokio::test]
    async fn an_answer_is_read_whole() {
        let came =
            asked(b"HTTP/1.1 201 Created\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\n\r\nhi")
                .await
                .expect("an answer");
        assert_eq!((came.status, &came.body[..]), (201, &b"hi"[..]));
        assert_eq!(came.header("X-A").as_deref(), Some("1, 2"));
        assert_eq!(came.header("X-B"), None);
    }

    #[tokio::test]
    async fn what_is_no_answer_is_told_apart() {
        assert_eq!(asked(b"").await, Err(NoAnswer::Closed));
        assert_eq!(
            asked(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi").await,
            Err(NoAnswer::Closed)
        );
        let garbled = asked(b"hello there, this is not HTTP\r\n\r\n").await;
        assert!(matches!(garbled, Err(NoAnswer::Garbled(_))), "{garbled:?}");
    }

    #[tokio::test]
    async fn what_is_sent_raw_is_answered_too() {
        for answer in [
            &b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nbad and more"[..],
            b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nba\r\n1\r\nd\r\n0\r\n\r\n",
            b"HTTP/1.0 400 Bad Request\r\n\r\nbad",
        ] {
            let mut stream = says(answer);
            write_raw(&mut stream, "GET\r\n\r\n").await.expect("it is written");
            let came = read_raw(&mut stream).await.expect("an answer");
            assert_eq!((came.status, &came.body[..]), (400, &b"bad"[..]));
        }
        let mut stream = says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi");
        write_raw(&mut stream, "GET\r\n\r\n")
            .await
            .expect("it is written");
        assert_eq!(read_raw(&mut stream).await, Err(NoAnswer::Closed));
        wait_for_close(&mut stream).await;
    }
}
