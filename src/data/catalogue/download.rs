//! One file over HTTP, from where an earlier try left off. It asks for the rest with `Range`
//! and starts over where the server does not give ranges, or gives another file. It never
//! looks at the contents.

use crate::data::DataError;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

/// Waiting for a connection.
const CONNECT: Duration = Duration::from_secs(20);
/// Waiting for the next bytes.
const SILENCE: Duration = Duration::from_secs(60);
/// Between two looks at the wish to cancel while nothing comes.
const LOOK: Duration = Duration::from_millis(50);
/// Bytes read at a time.
const CHUNK: usize = 1 << 16;
/// Chunks that may wait for the disk.
const WAITING: usize = 16;
/// Largest file, where its size is not known.
const MOST: u64 = 8 << 30;
/// Tries that each got further before the connection broke.
const TRIES: usize = 20;

/// Why a file was not fetched.
pub(super) enum Failed {
    /// A person cancelled; what came so far is kept.
    Cancelled,
    /// In words: what happened.
    Cause(String),
    /// The disk.
    Disk(DataError),
}

/// What one request brought.
enum End {
    Whole,
    /// The connection broke; why.
    Cut(String),
    /// What is there cannot be continued; begin at the first byte.
    StartOver,
}

/// Fetches `address` into `part`, which may hold the beginning already. `report` is told how
/// many bytes are there and returns whether to go on.
pub(super) fn download(
    address: &str,
    part: &Path,
    bytes: Option<u64>,
    report: &dyn Fn(u64) -> bool,
) -> Result<(), Failed> {
    let tag = Tag(part.with_added_extension("etag"));
    let mut reached = None;
    let mut started_over = false;
    for _ in 0..TRIES {
        let there = fs::metadata(part).map_or(0, |about| about.len());
        if bytes == Some(there) {
            return Ok(());
        }
        // More than there should be cannot be its beginning.
        let from = if bytes.is_some_and(|bytes| there > bytes) { 0 } else { there };
        match request(address, part, from, bytes, &tag, report)? {
            End::Whole => {
                tag.forget();
                return Ok(());
            }
            End::StartOver if !started_over => {
                started_over = true;
                tag.forget();
                let _ = fs::remove_file(part);
            }
            End::StartOver => return Err(Failed::Cause("the server gives no usable answer".to_owned())),
            End::Cut(cause) => {
                let there = fs::metadata(part).map_or(0, |about| about.len());
                if reached.is_some_and(|reached| there <= reached) || there == 0 {
                    return Err(Failed::Cause(cause));
                }
                reached = Some(there);
            }
        }
    }
    Err(Failed::Cause("the connection broke again and again".to_owned()))
}

/// Which version of the file the beginning is from: the server's ETag, kept beside it.
struct Tag(PathBuf);

impl Tag {
    fn of(&self, address: &str) -> Option<String> {
        let kept = fs::read_to_string(&self.0).ok()?;
        let (from, tag) = kept.split_once('\n')?;
        (from == address && !tag.is_empty()).then(|| tag.to_owned())
    }

    fn keep(&self, address: &str, tag: &str) {
        // A weak tag says nothing about bytes. Without one the size and the hash decide.
        if tag.starts_with('"') {
            let _ = fs::write(&self.0, format!("{address}\n{tag}"));
        } else {
            self.forget();
        }
    }

    fn forget(&self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// From the thread that talks to the server.
enum Piece {
    Head { status: u16, range: Option<String>, etag: String },
    Bytes(Vec<u8>),
    End,
    Failed(String),
}

fn request(
    address: &str,
    part: &Path,
    from: u64,
    bytes: Option<u64>,
    tag: &Tag,
    report: &dyn Fn(u64) -> bool,
) -> Result<End, Failed> {
    // The conversation has a thread of its own, so that a silent server does not keep a person
    // from cancelling; the thread ends with its next byte or after the silence.
    let (sender, pieces) = sync_channel(WAITING);
    let (to, known) = (address.to_owned(), tag.of(address));
    std::thread::Builder::new()
        .name("download".to_owned())
        .spawn(move || converse(&to, from, known.as_deref(), &sender))
        .map_err(|e| Failed::Cause(format!("a thread cannot be started ({e})")))?;
    let next = |done: u64| -> Result<Piece, Failed> { wait(&pieces, done, report) };
    let (status, range, etag) = match next(from)? {
        Piece::Head { status, range, etag } => (status, range, etag),
        Piece::Failed(cause) => return Err(Failed::Cause(cause)),
        Piece::Bytes(_) | Piece::End => return Err(Failed::Cause("the server gives no answer".to_owned())),
    };
    let start = match status {
        206 if from > 0 => match range.as_deref().and_then(content_range) {
            Some((start, total))
                if start == from && (bytes.is_none() || total.is_none() || total == bytes) =>
            {
                from
            }
            _ => return Ok(End::StartOver),
        },
        200 => 0,
        416 if from > 0 => return Ok(End::StartOver),
        404 | 410 => return Err(Failed::Cause(format!("the server does not have it (status {status})"))),
        status => return Err(Failed::Cause(format!("the server answers with status {status}"))),
    };
    let disk = |e: std::io::Error| {
        Failed::Disk(DataError::at(
            part,
            format!("cannot be written ({e})"),
            "free some space or check the permissions; fetching again goes on from here",
        ))
    };
    let mut file: File = match start {
        0 => File::create(part),
        _ => OpenOptions::new().append(true).open(part),
    }
    .map_err(disk)?;
    tag.keep(address, &etag);
    let mut done = start;
    loop {
        match next(done)? {
            Piece::Bytes(piece) => {
                done += piece.len() as u64;
                if done > bytes.unwrap_or(MOST) {
                    drop(file);
                    let _ = fs::remove_file(part);
                    return Err(Failed::Cause(format!(
                        "it is larger than the {} bytes expected",
                        bytes.unwrap_or(MOST)
                    )));
                }
                file.write_all(&piece).map_err(disk)?;
            }
            Piece::End if bytes.is_some_and(|bytes| done < bytes) => {
                return Ok(End::Cut(format!("the connection ended after {done} bytes")));
            }
            Piece::End => return file.sync_all().map_err(disk).map(|()| End::Whole),
            Piece::Failed(cause) => return Ok(End::Cut(cause)),
            Piece::Head { .. } => {}
        }
    }
}

/// The next piece; looks at the wish to cancel meanwhile.
fn wait(pieces: &Receiver<Piece>, done: u64, report: &dyn Fn(u64) -> bool) -> Result<Piece, Failed> {
    loop {
        if !report(done) {
            return Err(Failed::Cancelled);
        }
        match pieces.recv_timeout(LOOK) {
            Ok(piece) => return Ok(piece),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Ok(Piece::Failed("the connection broke".to_owned()));
            }
        }
    }
}

/// First byte and total of `bytes START-END/TOTAL`.
fn content_range(header: &str) -> Option<(u64, Option<u64>)> {
    let (range, total) = header.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = range.split_once('-')?;
    Some((start.trim().parse().ok()?, total.trim().parse().ok()))
}

/// Asks, and passes on what comes; ends when nobody listens any more.
fn converse(address: &str, from: u64, tag: Option<&str>, sender: &SyncSender<Piece>) {
    // The receiver may be gone; then there is nobody to tell.
    let tell = |piece: Piece| sender.send(piece).is_ok();
    let mut config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT))
        .timeout_recv_response(Some(SILENCE))
        .timeout_per_read(Some(SILENCE))
        .accept_encoding("identity")
        .user_agent(concat!("attentive/", env!("CARGO_PKG_VERSION")));
    if is_loopback(address) {
        config = config.proxy(None);
    }
    let agent = config.build().new_agent();
    let mut request = agent.get(address);
    if from > 0 {
        request = request.header("Range", format!("bytes={from}-"));
        if let Some(tag) = tag {
            request = request.header("If-Range", tag);
        }
    }
    let answer = match request.call() {
        Ok(answer) => answer,
        Err(error) => {
            tell(Piece::Failed(in_words(address, &error)));
            return;
        }
    };
    let header = |name: &str| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let head = Piece::Head {
        status: answer.status().as_u16(),
        range: header("content-range"),
        etag: header("etag").unwrap_or_default(),
    };
    if !tell(head) {
        return;
    }
    let mut body = answer.into_body().into_reader();
    let mut buffer = vec![0u8; CHUNK];
    loop {
        match body.read(&mut buffer) {
            Ok(0) => {
                tell(Piece::End);
                return;
            }
            Ok(read) => {
                if !tell(Piece::Bytes(buffer[..read].to_vec())) {
                    return;
                }
            }
            Err(error) => {
                tell(Piece::Failed(format!("the connection broke ({error})")));
                return;
            }
        }
    }
}

/// The host of an address, without port.
fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let place = rest.split('/').next().unwrap_or(rest);
    place.rsplit_once(':').map_or(place, |(host, _)| host)
}

fn is_loopback(address: &str) -> bool {
    matches!(host(address), "127.0.0.1" | "localhost" | "[::1]")
}

/// Why there is no answer. Most often the computer is offline, so that comes first.
fn in_words(address: &str, error: &ureq::Error) -> String {
    let host = host(address);
    match error {
        ureq::Error::HostNotFound => format!("no connection: the name {host} cannot be looked up"),
        ureq::Error::Timeout(_) => format!("no connection: {host} does not answer in time"),
        ureq::Error::ConnectionFailed => format!("no connection to {host}"),
        ureq::Error::Io(reason) => format!("no connection to {host} ({reason})"),
        other => format!("{host} cannot be asked ({other})"),
    }
}
