//! Tests of public data sets, against a small HTTP server on loopback. Nothing here goes
//! anywhere else: the real addresses are only looked at for their form.

use attentive::data::catalogue::{
    Arrange, Hash, PUBLIC_SETS, PublicSet, Remote, ag_news, chnsenticorp, cifar10, fetch, imdb, keep,
    open_public, public_set, sst2,
};
use attentive::data::{DataError, Dataset, Examples, Modality, OpenOptions, Split, open, silent};
use md5::{Digest, Md5};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

// ---- a server ----

/// What a client asked: the head of its request, in lower case.
struct Request(String);

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }
    fn path(&self) -> &str {
        self.0.split(' ').nth(1).unwrap_or_default()
    }
    /// First byte asked for.
    fn from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

struct Server {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
    leaving: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Answers each request, the first being number 0. Connections stay open until the server
    /// goes if the answer keeps them.
    fn start(mut answer: impl FnMut(usize, &Request, &mut TcpStream) -> Keep + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (seen, leaving) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (heads, over) = (seen.clone(), leaving.clone());
        let thread = std::thread::spawn(move || {
            let mut kept = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                let mut head = Vec::new();
                let mut byte = [0u8];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                    head.push(byte[0]);
                }
                let request = Request(String::from_utf8(head).unwrap().to_lowercase());
                heads.lock().unwrap().push(request.0.clone());
                if answer(number, &request, &mut stream) == Keep::Open {
                    kept.push(stream);
                }
            }
        });
        Self { address, seen, leaving, thread: Some(thread) }
    }

    /// Serves these files, with ranges and a tag.
    fn of(files: Vec<(&'static str, Vec<u8>)>) -> Self {
        Self::start(move |_, request, stream| {
            match files.iter().find(|(name, _)| request.path() == format!("/{}", name.to_lowercase())) {
                Some((_, bytes)) => ranged(stream, request, bytes),
                None => status(stream, 404),
            }
        })
    }

    fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.address)
    }

    fn requests(&self) -> Vec<Request> {
        self.seen.lock().unwrap().iter().cloned().map(Request).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.leaving.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address.trim_start_matches("http://")));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

#[derive(PartialEq)]
enum Keep {
    Open,
    Close,
}

const TAG: &str = "\"first\"";

/// The head of an answer; a client that has gone is no matter.
fn head(stream: &mut TcpStream, status: &str, length: usize, more: &str) {
    let _ =
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n");
}

fn status(stream: &mut TcpStream, status: u16) -> Keep {
    head(stream, &format!("{status} No"), 0, "");
    Keep::Close
}

fn whole(stream: &mut TcpStream, bytes: &[u8]) -> Keep {
    head(stream, "200 OK", bytes.len(), &format!("ETag: {TAG}\r\n"));
    let _ = stream.write_all(bytes);
    Keep::Close
}

fn ranged(stream: &mut TcpStream, request: &Request, bytes: &[u8]) -> Keep {
    let same = request.header("if-range").is_none_or(|tag| tag == TAG);
    match request.from().filter(|_| same) {
        Some(from) if from >= bytes.len() => status(stream, 416),
        Some(from) => {
            let (last, total) = (bytes.len() - 1, bytes.len());
            let range = format!("Content-Range: bytes {from}-{last}/{total}\r\nETag: {TAG}\r\n");
            head(stream, "206 Partial Content", total - from, &range);
            let _ = stream.write_all(&bytes[from..]);
            Keep::Close
        }
        None => whole(stream, bytes),
    }
}

/// Promises everything and sends only the beginning.
fn beginning(stream: &mut TcpStream, bytes: &[u8], sent: usize) {
    head(stream, "200 OK", bytes.len(), &format!("ETag: {TAG}\r\n"));
    let _ = stream.write_all(&bytes[..sent]);
    let _ = stream.flush();
}

// ---- sets for tests ----

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn md5(bytes: &[u8]) -> String {
    hex(&Md5::digest(bytes))
}

fn leak(text: impl Into<String>) -> &'static str {
    Box::leak(text.into().into_boxed_str())
}

fn remote(name: &str, addresses: &[String], bytes: &[u8]) -> Remote {
    let addresses: Vec<&'static str> = addresses.iter().map(|a| leak(a.clone())).collect();
    Remote {
        name: leak(name),
        addresses: Box::leak(addresses.into_boxed_slice()),
        bytes: Some(bytes.len() as u64),
        hash: Hash::Md5(leak(md5(bytes))),
    }
}

fn set(name: &str, arrange: Arrange, files: Vec<Remote>) -> &'static PublicSet {
    Box::leak(Box::new(PublicSet {
        name: leak(name),
        title: leak(format!("Set {name}")),
        about: "A set for tests",
        modality: Modality::Text,
        licence: "none",
        citation: "nobody",
        page: "http://localhost/",
        files: Box::leak(files.into_boxed_slice()),
        arrange,
    }))
}

/// A file that no compression would shorten.
fn noise(length: usize) -> Vec<u8> {
    (0..length as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn read(path: &Path) -> Dataset {
    open(path.to_str().unwrap(), &OpenOptions::default(), &silent).unwrap()
}

fn texts(data: &Dataset, split: Split) -> Vec<(&str, &str)> {
    let Examples::Texts(texts) = &data.examples else { panic!("not texts") };
    let row = |i: &u32| {
        let i = *i as usize;
        (texts.get(i), data.classes[data.targets[i].class().unwrap() as usize].as_str())
    };
    data.indices(split).iter().map(row).collect()
}

/// Asserts a refusal, in which these parts stand in order, and that nothing was put in place.
#[track_caller]
fn refused(result: Result<std::path::PathBuf, DataError>, place: &Path, parts: &[&str]) -> String {
    let message = result.expect_err("must be refused").to_string();
    let mut rest = message.as_str();
    for part in parts {
        let at =
            rest.find(part).unwrap_or_else(|| panic!("'{part}' is missing, or not in order, in: {message}"));
        rest = &rest[at + part.len()..];
    }
    assert!(!place.exists(), "nothing half made stays in place");
    message
}

// ---- the table ----

#[test]
fn every_public_set_says_what_it_is_where_it_lies_and_what_it_hashes_to() {
    let names: BTreeSet<&str> = PUBLIC_SETS.iter().map(|set| set.name).collect();
    assert_eq!(names.len(), PUBLIC_SETS.len());
    for name in ["mnist", "fashion-mnist", "cifar10", "cifar100", "ag-news", "imdb", "sst2", "chnsenticorp"] {
        assert!(names.contains(name), "{name}");
    }
    for set in PUBLIC_SETS {
        for text in [set.title, set.about, set.licence, set.citation, set.page] {
            assert!(!text.trim().is_empty() && !text.ends_with('.'), "{}: '{text}'", set.name);
        }
        assert!(set.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'));
        assert!(!set.files.is_empty());
        for file in set.files {
            let digits = file.hash.digits();
            let length = if matches!(file.hash, Hash::Md5(_)) { 32 } else { 64 };
            assert!(
                digits.len() == length
                    && digits.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()),
                "{}: {digits}",
                file.name
            );
            assert!(file.addresses.iter().all(|a| a.starts_with("http")) && !file.addresses.is_empty());
            assert!(file.addresses.iter().all(|a| a.ends_with(file.name)), "{}", file.name);
        }
    }
}

#[test]
fn a_set_that_is_not_there_says_how_to_fetch_it() {
    let home = home();
    let refuse =
        |source| open_public(source, home.path(), &OpenOptions::default(), &silent).unwrap_err().to_string();
    let message = refuse("public:mnist");
    for part in ["public:mnist: MNIST has not been fetched", "press Get", "attentive fetch mnist"] {
        assert!(message.contains(part), "{message}");
    }
    let message = refuse("public:digits");
    assert!(message.contains("no public data set 'digits'") && message.contains("public:mnist"), "{message}");
    assert_eq!(public_set("mnist").unwrap().source(), public_set("public:mnist").unwrap().source());
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "looking makes nothing");
}

// ---- fetching ----

#[test]
fn a_set_of_several_files_is_fetched_checked_and_opens_by_its_name() {
    let idx = |dims: &[u32], data: &[u8]| {
        let mut bytes = vec![0, 0, 8, dims.len() as u8];
        dims.iter().for_each(|d| bytes.extend(d.to_be_bytes()));
        bytes.extend(data);
        super::gz(&bytes)
    };
    let files = vec![
        ("train-images-idx3-ubyte.gz", idx(&[4, 2, 2], &noise(16))),
        ("train-labels-idx1-ubyte.gz", idx(&[4], &[0, 1, 0, 1])),
        ("t10k-images-idx3-ubyte.gz", idx(&[2, 2, 2], &noise(8))),
        ("t10k-labels-idx1-ubyte.gz", idx(&[2], &[1, 0])),
    ];
    let server = Server::of(files.clone());
    let remotes = files.iter().map(|(name, bytes)| remote(name, &[server.at(name)], bytes)).collect();
    let set = set("mnist", keep, remotes);
    let home = home();
    let told = Mutex::new(Vec::new());
    let place = fetch(set, home.path(), &|stage, done, total| {
        told.lock().unwrap().push((stage, done, total));
        true
    })
    .unwrap();
    assert_eq!(place, home.path().join("mnist"));
    let told = told.into_inner().unwrap();
    let fetching: Vec<_> = told.iter().filter(|(stage, ..)| *stage == "Fetching").collect();
    assert!(fetching.is_sorted_by_key(|(_, done, _)| *done), "progress goes on over all files");
    assert!(fetching.iter().all(|(_, _, total)| Some(*total) == set.bytes()));
    assert!(told.iter().any(|(stage, ..)| *stage == "Checking"));
    let source = std::fs::read_to_string(place.join("SOURCE.txt")).unwrap();
    assert!(source.contains(set.title) && source.contains(&md5(&files[0].1)), "{source}");
    assert!(!home.path().join("downloads").exists(), "the downloads are cleared away");

    let data = open_public("public:mnist", home.path(), &OpenOptions::default(), &silent).unwrap();
    assert_eq!((data.name.as_str(), data.source.as_str()), ("MNIST", "public:mnist"));
    assert_eq!((data.count(Split::Train), data.count(Split::Test)), (4, 2));

    let before = server.requests().len();
    assert_eq!(fetch(set, home.path(), &silent).unwrap(), place);
    assert_eq!(server.requests().len(), before, "a set that is here is not asked for again");
}

#[test]
fn a_cut_connection_goes_on_from_its_last_byte() {
    let bytes = noise(300_000);
    let served = bytes.clone();
    let server = Server::start(move |number, request, stream| match number {
        0 => {
            beginning(stream, &served, 100_000);
            Keep::Close
        }
        _ => ranged(stream, request, &served),
    });
    let set = set("noise", keep, vec![remote("noise.bin", &[server.at("noise.bin")], &bytes)]);
    let home = home();
    let place = fetch(set, home.path(), &silent).unwrap();
    assert_eq!(std::fs::read(place.join("noise.bin")).unwrap(), bytes);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[0].from(), requests[0].header("accept-encoding")), (None, Some("identity")));
    assert_eq!((requests[1].from(), requests[1].header("if-range")), (Some(100_000), Some(TAG)));
}

#[test]
fn cancelling_keeps_what_came_and_a_later_fetch_goes_on_from_there() {
    let bytes = noise(200_000);
    let served = bytes.clone();
    // The first answer stops half-way and says nothing more.
    let server = Server::start(move |number, request, stream| match number {
        0 => {
            beginning(stream, &served, 80_000);
            Keep::Open
        }
        _ => ranged(stream, request, &served),
    });
    let set = set("noise", keep, vec![remote("noise.bin", &[server.at("noise.bin")], &bytes)]);
    let home = home();
    let cancelled = fetch(set, home.path(), &|_, done, _| done < 80_000);
    assert_eq!(cancelled, Err(DataError::Cancelled));
    assert!(!home.path().join("noise").exists());
    let part = home.path().join("downloads/noise/noise.bin.part");
    assert_eq!(std::fs::metadata(&part).unwrap().len(), 80_000);

    let place = fetch(set, home.path(), &silent).unwrap();
    assert_eq!(std::fs::read(place.join("noise.bin")).unwrap(), bytes);
    assert_eq!(server.requests()[1].from(), Some(80_000));
}

#[test]
fn a_server_without_ranges_or_with_another_version_is_read_from_the_start() {
    for ranges in [false, true] {
        let bytes = noise(50_000);
        let served = bytes.clone();
        let server = Server::start(move |_, request, stream| match ranges {
            true => ranged(stream, request, &served),
            false => whole(stream, &served),
        });
        let address = server.at("noise.bin");
        let set = set("noise", keep, vec![remote("noise.bin", std::slice::from_ref(&address), &bytes)]);
        let home = home();
        let downloads = home.path().join("downloads/noise");
        std::fs::create_dir_all(&downloads).unwrap();
        // The beginning of an older version, with its tag.
        std::fs::write(downloads.join("noise.bin.part"), vec![7u8; 20_000]).unwrap();
        std::fs::write(downloads.join("noise.bin.part.etag"), format!("{address}\n\"older\"")).unwrap();
        let place = fetch(set, home.path(), &silent).unwrap();
        assert_eq!(std::fs::read(place.join("noise.bin")).unwrap(), bytes, "ranges: {ranges}");
        let requests = server.requests();
        assert_eq!((requests.len(), requests[0].from()), (1, Some(20_000)));
        assert_eq!(requests[0].header("if-range"), Some("\"older\""));
    }
}

#[test]
fn a_beginning_that_is_longer_than_the_file_is_dropped() {
    let bytes = noise(5_000);
    let server = Server::of(vec![("noise.bin", bytes.clone())]);
    // Without a known size only the server can tell.
    for known in [true, false] {
        let mut file = remote("noise.bin", &[server.at("noise.bin")], &bytes);
        file.bytes = known.then_some(5_000);
        let set = set("noise", keep, vec![file]);
        let home = home();
        let downloads = home.path().join("downloads/noise");
        std::fs::create_dir_all(&downloads).unwrap();
        std::fs::write(downloads.join("noise.bin.part"), vec![7u8; 9_000]).unwrap();
        let place = fetch(set, home.path(), &silent).unwrap();
        assert_eq!(std::fs::read(place.join("noise.bin")).unwrap(), bytes, "known: {known}");
    }
}

#[test]
fn another_file_than_the_published_one_is_set_aside() {
    let server = Server::of(vec![("noise.bin", noise(3_000))]);
    let mut published = noise(3_000);
    published[1234] ^= 1;
    let set = set("noise", keep, vec![remote("noise.bin", &[server.at("noise.bin")], &published)]);
    let home = home();
    let place = home.path().join("noise");
    let parts =
        ["noise.bin: this is not the published file", "MD5 is", "not ", "set aside as", "fetch it again"];
    let message = refused(fetch(set, home.path(), &silent), &place, &parts);
    assert!(message.contains(&md5(&noise(3_000))) && message.contains(&md5(&published)), "{message}");
    assert!(home.path().join("downloads/noise/noise.bin.bad").is_file());
    assert!(!home.path().join("downloads/noise/noise.bin.part").exists(), "the next try begins anew");
}

#[test]
fn sha_256_is_checked_too() {
    let bytes = noise(3_000);
    let server = Server::of(vec![("noise.bin", bytes.clone())]);
    for flip in [0, 1] {
        let mut published = bytes.clone();
        published[0] ^= flip;
        let mut file = remote("noise.bin", &[server.at("noise.bin")], &bytes);
        file.hash = Hash::Sha256(leak(hex(&Sha256::digest(&published))));
        let home = home();
        assert_eq!(fetch(set("noise", keep, vec![file]), home.path(), &silent).is_ok(), flip == 0);
    }
}

#[test]
fn a_file_that_is_gone_is_looked_for_at_the_next_address() {
    let bytes = noise(1_000);
    let server = Server::of(vec![("here/noise.bin", bytes.clone())]);
    let (gone, here) = (server.at("gone/noise.bin"), server.at("here/noise.bin"));
    let home = home();
    let lost = set("lost", keep, vec![remote("noise.bin", std::slice::from_ref(&gone), &bytes)]);
    let place = home.path().join("lost");
    let parts =
        ["gone/noise.bin: Set lost was not fetched", "does not have it (status 404)", "put noise.bin into"];
    let message = refused(fetch(lost, home.path(), &silent), &place, &parts);
    assert!(!message.contains("offline"), "{message}");
    let found = set("found", keep, vec![remote("noise.bin", &[gone, here], &bytes)]);
    fetch(found, home.path(), &silent).unwrap();
}

#[test]
fn without_a_connection_it_says_so_and_takes_files_put_there_by_hand() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bytes = noise(1_000);
    let set = set("noise", keep, vec![remote("noise.bin", &[format!("http://{closed}/noise.bin")], &bytes)]);
    let home = home();
    let place = home.path().join("noise");
    let parts = [
        "was not fetched: no connection to 127.0.0.1",
        "seems to be offline",
        "put noise.bin into",
        "yourself",
    ];
    refused(fetch(set, home.path(), &silent), &place, &parts);
    std::fs::write(home.path().join("downloads/noise/noise.bin"), &bytes).unwrap();
    assert_eq!(fetch(set, home.path(), &silent).unwrap(), place);
}

// ---- archives ----

fn tar_gz(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, contents) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        // Written by hand: the builder refuses the names that are tested here.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        builder.append(&header, *contents).unwrap();
    }
    super::gz(&builder.into_inner().unwrap())
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, contents) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(contents).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Fetches a set that is one archive.
fn fetch_archive(
    home: &Path,
    name: &'static str,
    archive: Vec<u8>,
    arrange: Arrange,
) -> Result<std::path::PathBuf, DataError> {
    let server = Server::of(vec![(name, archive.clone())]);
    fetch(set("archive", arrange, vec![remote(name, &[server.at(name)], &archive)]), home, &silent)
}

/// CIFAR-10 as its archive has it, with one record for each file.
fn cifar() -> Vec<(String, Vec<u8>)> {
    let record = |label: u8| std::iter::once(label).chain(noise(3072)).collect::<Vec<u8>>();
    let mut files: Vec<(String, Vec<u8>)> =
        (1..=5).map(|n| (format!("cifar-10-batches-bin/data_batch_{n}.bin"), record(n % 2))).collect();
    files.push(("cifar-10-batches-bin/test_batch.bin".to_owned(), record(1)));
    let names = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n";
    files.push(("cifar-10-batches-bin/batches.meta.txt".to_owned(), names.into()));
    files
}

fn borrowed(files: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
}

#[test]
fn a_tar_is_picked_apart_and_opens() {
    let home = home();
    let place = fetch_archive(home.path(), "cifar.tar.gz", tar_gz(&borrowed(&cifar())), cifar10).unwrap();
    let data = read(&place);
    assert_eq!((data.format, data.count(Split::Train), data.count(Split::Test)), ("cifar", 5, 1));
    assert_eq!(data.classes[9], "truck");

    let mut files = cifar();
    files.remove(3);
    let home = self::home();
    let parts = ["cifar.tar.gz: the archive lacks data_batch_4.bin", "fetch again"];
    let result = fetch_archive(home.path(), "cifar.tar.gz", tar_gz(&borrowed(&files)), cifar10);
    refused(result, &home.path().join("archive"), &parts);
}

#[test]
fn hostile_archives_are_refused_and_write_nothing() {
    let outside = |home: &Path| home.join("evil").exists() || home.parent().unwrap().join("evil").exists();
    for name in ["../evil", "a/../../evil", "/tmp/evil"] {
        let home = home();
        let place = home.path().join("archive");
        let mut files = cifar();
        files.push((name.to_owned(), b"x".to_vec()));
        let result = fetch_archive(home.path(), "cifar.tar.gz", tar_gz(&borrowed(&files)), cifar10);
        refused(result, &place, &["cifar.tar.gz", name, "leads out of its folder"]);
        let tables = [("SST-2/train.tsv", b"sentence\tlabel\na\t1\n".as_slice()), (name, b"x".as_slice())];
        let result = fetch_archive(home.path(), "sst.zip", zip(&tables), sst2);
        refused(result, &place, &["sst.zip", "leads out of its folder"]);
        assert!(!outside(home.path()));
    }

    // A link is not followed and not made: its file is missing.
    let home = home();
    let mut files = cifar();
    files.remove(0);
    let mut builder = tar::Builder::new(Vec::new());
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "cifar-10-batches-bin/data_batch_1.bin", "/etc/passwd").unwrap();
    for (name, bytes) in &files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    let archive = super::gz(&builder.into_inner().unwrap());
    let place = home.path().join("archive");
    refused(
        fetch_archive(home.path(), "cifar.tar.gz", archive, cifar10),
        &place,
        &["the archive lacks data_batch_1.bin"],
    );

    // Forty million zeros in forty thousand bytes, in a file that is asked for and in one that is not.
    for name in ["cifar-10-batches-bin/data_batch_1.bin", "other.bin"] {
        let zeros = vec![0u8; 40_000_000];
        let result = fetch_archive(home.path(), "cifar.tar.gz", tar_gz(&[(name, &zeros)]), cifar10);
        refused(result, &place, &["cifar.tar.gz", "unpack", "more than"]);
    }
    let zeros = vec![b'0'; 40_000_000];
    let result = fetch_archive(home.path(), "sst.zip", zip(&[("train.tsv", &zeros)]), sst2);
    refused(result, &place, &["sst.zip", "more than"]);

    // Not an archive at all, and one that is cut off.
    refused(fetch_archive(home.path(), "sst.zip", noise(999), sst2), &place, &["sst.zip", "cannot be read"]);
    let mut cut = tar_gz(&borrowed(&cifar()));
    cut.truncate(cut.len() / 2);
    refused(fetch_archive(home.path(), "cifar.tar.gz", cut, cifar10), &place, &["cifar.tar.gz", "cannot be"]);
}

// ---- tables ----

#[test]
fn ag_news_becomes_tables_with_topics_in_words() {
    let train = "\"3\",\"Wall St. \"\"Bears\"\"\",\"Back\\nagain\"\n\"4\",\"Chips\",\"Small, fast\"\n\"1\",\"Vote\",\"Held\"\n";
    let files =
        vec![("train.csv", train.as_bytes().to_vec()), ("test.csv", b"\"2\",\"Goal\",\"Late\"\n".to_vec())];
    let server = Server::of(files.clone());
    let remotes = files.iter().map(|(name, bytes)| remote(name, &[server.at(name)], bytes)).collect();
    let home = home();
    let data = read(&fetch(set("ag-news", ag_news, remotes), home.path(), &silent).unwrap());
    assert_eq!(data.classes, ["Business", "Sci/Tech", "Sports", "World"]);
    let expected = [
        ("Wall St. \"Bears\" Back again", "Business"),
        ("Chips Small, fast", "Sci/Tech"),
        ("Vote Held", "World"),
    ];
    assert_eq!(texts(&data, Split::Train), expected);
    assert_eq!(texts(&data, Split::Test), [("Goal Late", "Sports")]);
    assert!(!data.notices.iter().any(|n| n.contains("was taken for")), "guessed: {:?}", data.notices);
}

#[test]
fn imdb_becomes_two_tables_without_the_unlabelled() {
    let archive = tar_gz(&[
        ("aclImdb/README", b"about"),
        ("aclImdb/train/pos/1_9.txt", "Très bien, \"really\"".as_bytes()),
        ("aclImdb/train/neg/0_2.txt", b"Dull.\nVery."),
        ("aclImdb/train/pos/0_8.txt", b"Fine"),
        ("aclImdb/train/unsup/0_0.txt", b"Unknown"),
        ("aclImdb/test/neg/0_1.txt", b"Awful"),
        ("aclImdb/test/pos/0_7.txt", b"Lovely"),
    ]);
    let home = home();
    let data = read(&fetch_archive(home.path(), "acl.tar.gz", archive, imdb).unwrap());
    let train = [("Dull.\nVery.", "negative"), ("Fine", "positive"), ("Très bien, \"really\"", "positive")];
    assert_eq!(texts(&data, Split::Train), train);
    assert_eq!(texts(&data, Split::Test), [("Awful", "negative"), ("Lovely", "positive")]);
    let bare = tar_gz(&[("aclImdb/train/pos/1_9.txt", b"Fine")]);
    let home = self::home();
    refused(
        fetch_archive(home.path(), "acl.tar.gz", bare, imdb),
        &home.path().join("archive"),
        &["the archive lacks train/pos and train/neg"],
    );
}

#[test]
fn sentiment_tables_become_training_and_validation() {
    let sst = zip(&[
        ("__MACOSX/SST-2/train.tsv", b"junk"),
        ("SST-2/train.tsv", b"sentence\tlabel\nhide new secretions \t0\nthe \"best\" film\t1\n"),
        ("SST-2/dev.tsv", b"sentence\tlabel\nit 's charming \t1\n"),
        ("SST-2/test.tsv", b"index\tsentence\n0\tuneasy\n"),
    ]);
    let home = home();
    let data = read(&fetch_archive(home.path(), "sst.zip", sst, sst2).unwrap());
    let train = [("hide new secretions", "negative"), ("the \"best\" film", "positive")];
    assert_eq!(texts(&data, Split::Train), train);
    assert_eq!(texts(&data, Split::Validation), [("it 's charming", "positive")]);

    let chinese = zip(&[
        ("ChnSentiCorp/train.tsv", "label\ttext_a\n1\t房间很大，\"不错\"\n0\t太差了\n".as_bytes()),
        ("ChnSentiCorp/dev.tsv", "qid\tlabel\ttext_a\n0\t1\t很好\n".as_bytes()),
        ("ChnSentiCorp/test.tsv", "qid\ttext_a\n0\t一般\n".as_bytes()),
    ]);
    let home = self::home();
    let data = read(&fetch_archive(home.path(), "chn.zip", chinese, chnsenticorp).unwrap());
    assert_eq!(texts(&data, Split::Train), [("房间很大，\"不错\"", "positive"), ("太差了", "negative")]);
    assert_eq!(texts(&data, Split::Validation), [("很好", "positive")]);

    let wrong = zip(&[("train.tsv", b"sentence\tlabel\nfine\tyes\n"), ("dev.tsv", b"sentence\tlabel\n")]);
    let home = self::home();
    refused(
        fetch_archive(home.path(), "sst.zip", wrong, sst2),
        &home.path().join("archive"),
        &["sst.zip, train.tsv, line 2", "the label is", "yes"],
    );
}
