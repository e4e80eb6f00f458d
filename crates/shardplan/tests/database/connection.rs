//! Connecting: TLS as libpq means it, and errors that name the server but no password.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use shardplan::{Error, connect};
use shardplan_testkit::{Options, Server, shared};

#[test]
fn an_unreachable_server_is_named_without_the_password() {
    let error = connect("postgres://me:secret@127.0.0.1:1/db").err().unwrap();
    assert_eq!(error.to_string(), "cannot connect to 127.0.0.1:1/db");
    let everything = format!("{error} {error:?} {}", error.source().unwrap());
    assert!(!everything.contains("secret"), "{everything}");
}

#[test]
fn an_address_that_does_not_answer_gives_up() {
    let started = Instant::now();
    assert!(connect("host=192.0.2.1 user=me connect_timeout=1").is_err());
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn the_session_is_called_shardplan() {
    let mut client = connect(&shared().url("postgres")).unwrap();
    let row = client.query_one("SELECT current_setting('application_name')", &[]).unwrap();
    assert_eq!(row.get::<_, &str>(0), "shardplan");
}

#[test]
fn a_unix_socket_is_reached_by_its_folder() {
    let server = shared();
    let text = format!("host={} port={} user=postgres dbname=postgres", server.socket_dir().display(), server.port());
    assert!(connect(&text).is_ok());
}

#[test]
fn a_server_without_tls_is_refused_only_when_tls_is_required() {
    let url = shared().url("postgres");
    assert!(connect(&format!("{url}?sslmode=prefer")).is_ok());
    assert!(connect(&format!("{url}?sslmode=disable")).is_ok());
    assert!(matches!(connect(&format!("{url}?sslmode=require")), Err(Error::Connect { .. })));
}

#[test]
fn tls_checks_as_much_as_the_sslmode_says() {
    let folder = Folder::new("tls");
    let authority = Certificate::authority(&folder, "authority");
    let other = Certificate::authority(&folder, "other");
    let server = tls_server(&Certificate::signed(&folder, &authority, "localhost"));
    let url =
        |host: &str, parameters: &str| format!("postgres://postgres@{host}:{}/postgres?{parameters}", server.port());
    let with = |mode: &str, root: &Certificate| format!("sslmode={mode}&sslrootcert={}", root.certificate.display());

    for (host, parameters, works) in [
        ("127.0.0.1", "sslmode=require".to_owned(), true),
        ("127.0.0.1", "sslmode=prefer".to_owned(), true),
        ("localhost", with("verify-full", &authority), true),
        ("127.0.0.1", with("verify-full", &authority), false),
        ("127.0.0.1", with("verify-ca", &authority), true),
        ("127.0.0.1", with("require", &authority), true),
        ("localhost", with("verify-ca", &other), false),
        ("localhost", with("require", &other), false),
        ("localhost", "sslmode=verify-full&sslrootcert=/nowhere.pem".to_owned(), false),
    ] {
        let outcome = connect(&url(host, &parameters));
        assert_eq!(
            outcome.is_ok(),
            works,
            "{host} {parameters}: {:?}",
            outcome.err().map(|error| error.source().map(ToString::to_string))
        );
    }
    let mut client = connect(&url("127.0.0.1", "sslmode=require")).unwrap();
    let row = client.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).unwrap();
    assert!(row.get::<_, bool>(0));
}

/// As Citus makes it on each node of a cluster that was never given one: without extensions, so of version 1, which rustls does not
/// read; who asks for no signature does not need to.
#[test]
fn a_certificate_that_a_server_made_itself_encrypts() {
    let folder = Folder::new("own");
    let server = tls_server(&Certificate::bare(&folder, "node"));
    for mode in ["prefer", "require"] {
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode={mode}", server.port());
        let mut client = connect(&url).unwrap();
        let row = client.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).unwrap();
        assert!(row.get::<_, bool>(0));
    }
    let url = format!("postgres://postgres@localhost:{}/postgres?sslmode=verify-full", server.port());
    assert!(connect(&url).is_err());
}

/// A server may ask who connects, as libpq answers it with `sslcert` and `sslkey`.
#[test]
fn a_client_certificate_is_shown() {
    let folder = Folder::new("client");
    let authority = Certificate::authority(&folder, "authority");
    let me = Certificate::signed(&folder, &authority, "clerk");
    let server = tls_options(&Certificate::signed(&folder, &authority, "localhost"))
        .file("root.crt", &std::fs::read_to_string(&authority.certificate).unwrap())
        .set("ssl_ca_file", "../root.crt")
        .file("pg_hba.conf", "local all all trust\nhostssl all clerk all cert\nhost all postgres all trust\n")
        .set("hba_file", "pg_hba.conf")
        .start()
        .unwrap();
    server.database("postgres").execute("CREATE ROLE clerk LOGIN").unwrap();
    let url =
        |parameters: &str| format!("postgres://clerk@127.0.0.1:{}/postgres?sslmode=require{parameters}", server.port());
    let files = |one: &Path, other: &Path| format!("&sslcert={}&sslkey={}", one.display(), other.display());
    assert!(connect(&url(&files(&me.certificate, &me.key))).is_ok());
    assert!(connect(&url("")).is_err());
    let error = connect(&url(&files(&me.certificate, &me.certificate))).err().unwrap();
    let why = error.source().unwrap().to_string();
    assert!(why.starts_with("sslkey ") && why.ends_with("a key with a passphrase cannot be read"), "{why}");
}

fn tls_server(certificate: &Certificate) -> Server {
    tls_options(certificate).start().unwrap()
}

fn tls_options(certificate: &Certificate) -> Options {
    let text = |path: &Path| std::fs::read_to_string(path).unwrap();
    Options::new()
        .file("server.crt", &text(&certificate.certificate))
        .file("server.key", &text(&certificate.key))
        .set("ssl", "on")
        .set("ssl_cert_file", "../server.crt")
        .set("ssl_key_file", "../server.key")
}

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("shardplan-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A certificate and its key, in PEM files.
struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
}

impl Certificate {
    fn authority(folder: &Folder, name: &str) -> Self {
        Self::make(folder, name, &["-subj", &format!("/CN={name}"), "-addext", "keyUsage=keyCertSign"])
    }

    fn signed(folder: &Folder, authority: &Self, host: &str) -> Self {
        let (ca, key) = (authority.certificate.to_str().unwrap(), authority.key.to_str().unwrap());
        let name = format!("subjectAltName=DNS:{host}");
        let subject = format!("/CN={host}");
        let constraint = "basicConstraints=critical,CA:FALSE";
        Self::make(
            folder,
            host,
            &["-subj", &subject, "-addext", &name, "-addext", constraint, "-CA", ca, "-CAkey", key],
        )
    }

    /// Signed by itself, without any extension.
    fn bare(folder: &Folder, name: &str) -> Self {
        let own = Self::paths(folder, name);
        let request = folder.0.join(format!("{name}.csr"));
        openssl(
            &["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=node"],
            |command| {
                command.arg("-keyout").arg(&own.key).arg("-out").arg(&request);
            },
        );
        openssl(&["x509", "-req", "-days", "2"], |command| {
            command.arg("-in").arg(&request).arg("-signkey").arg(&own.key).arg("-out").arg(&own.certificate);
        });
        own
    }

    fn paths(folder: &Folder, name: &str) -> Self {
        Self { certificate: folder.0.join(format!("{name}.crt")), key: folder.0.join(format!("{name}.key")) }
    }

    fn make(folder: &Folder, name: &str, arguments: &[&str]) -> Self {
        let own = Self::paths(folder, name);
        openssl(
            &["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
            |command| {
                command.arg("-keyout").arg(&own.key).arg("-out").arg(&own.certificate).args(arguments);
            },
        );
        own
    }
}

fn openssl(arguments: &[&str], more: impl FnOnce(&mut Command)) {
    let mut command = Command::new("openssl");
    command.args(arguments);
    more(&mut command);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
