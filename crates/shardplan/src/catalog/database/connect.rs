//! A connection string in, a connected client out. Must not know what is read over the connection.

use std::fmt::Write as _;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config};

use super::connection_string;
use super::passfile;
use super::tls::{self, Verification};
use crate::error::Error;

/// Long enough for a far server, short enough for a mistyped address.
const TIMEOUT: Duration = Duration::from_secs(10);

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Connects to a server, with TLS where the server offers it.
///
/// Takes a URL (`postgres://user@host:5432/db?sslmode=require`) or `key=value` pairs, as libpq does, with libpq's meaning of
/// `sslmode`: `disable`, `allow` and `prefer` (the default; both use TLS if there is any), `require` (TLS with any
/// certificate), `verify-ca` and `verify-full`. Certificates are checked against `sslrootcert` (a PEM file, or `system`), by
/// default against the system's. Without a password in the string, `PGPASSWORD` counts, then `~/.pgpass`
/// (or `PGPASSFILE`).
///
/// # Errors
/// [`Error::Connect`] when the string is wrong or the server cannot be reached, without the password.
pub fn connect(url: &str) -> Result<Client, Error> {
    let unreadable = |source| Error::Connect { target: "the given server".to_owned(), source };
    let (mut config, verification) = configuration(url).map_err(unreadable)?;
    add_defaults(&mut config);
    let connected = || -> Result<Client, Cause> { Ok(config.connect(tls::connector(&verification)?)?) };
    connected().map_err(|source| Error::Connect { target: target(&config), source })
}

fn configuration(url: &str) -> Result<(Config, Verification), Cause> {
    let parts = connection_string::take_tls(url);
    let mut config: Config = parts.rest.parse()?;
    let root = parts.root.as_deref();
    let (mode, verification) = match (parts.mode.as_deref(), root) {
        (Some("verify-full"), root) | (None, root @ Some("system")) => (SslMode::Require, Verification::full(root)),
        (Some(mode), Some("system")) => {
            return Err(format!("sslrootcert=system needs sslmode=verify-full, not {mode}").into());
        }
        // libpq checks the certificate when it has something to check it with (libpq documentation, 34.19.1).
        (Some("verify-ca"), root) | (Some("require"), root @ Some(_)) => {
            (SslMode::Require, Verification::authority(root))
        }
        (Some("require"), None) => (SslMode::Require, Verification::Off),
        (None | Some("allow" | "prefer"), _) => (SslMode::Prefer, Verification::Off),
        (Some("disable"), _) => (SslMode::Disable, Verification::Off),
        (Some(mode), _) => return Err(unknown_mode(mode)),
    };
    config.ssl_mode(mode);
    Ok((config, verification))
}

fn unknown_mode(mode: &str) -> Cause {
    format!("`{mode}` is not an sslmode; use disable, allow, prefer, require, verify-ca or verify-full").into()
}

fn add_defaults(config: &mut Config) {
    if config.get_password().is_none()
        && let Some(password) = std::env::var("PGPASSWORD").ok().or_else(|| passfile::password(config))
    {
        config.password(password);
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(TIMEOUT);
    }
    if config.get_application_name().is_none() {
        config.application_name("shardplan");
    }
}

/// `host:port/database` for messages.
fn target(config: &Config) -> String {
    let mut text = String::new();
    for (i, host) in config.get_hosts().iter().enumerate() {
        let separator = if i == 0 { "" } else { "," };
        let ports = config.get_ports();
        let port = ports.get(i).or(ports.first()).copied().unwrap_or(5432);
        let _ = match host {
            Host::Tcp(name) => write!(text, "{separator}{name}:{port}"),
            Host::Unix(path) => write!(text, "{separator}{}:{port}", path.display()),
        };
    }
    let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
    let _ = write!(text, "/{database}");
    text
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use postgres::config::SslMode;

    use super::{Verification, configuration, connect, target};

    fn modes(url: &str) -> (SslMode, Verification) {
        let (config, verification) = configuration(url).unwrap();
        (config.get_ssl_mode(), verification)
    }

    #[test]
    fn each_sslmode_means_what_libpq_means() {
        let root = Some("/ca.pem");
        for (parameters, mode, verification) in [
            ("", SslMode::Prefer, Verification::Off),
            ("?sslmode=disable", SslMode::Disable, Verification::Off),
            ("?sslmode=allow", SslMode::Prefer, Verification::Off),
            ("?sslmode=prefer&sslrootcert=/ca.pem", SslMode::Prefer, Verification::Off),
            ("?sslmode=require", SslMode::Require, Verification::Off),
            ("?sslmode=require&sslrootcert=/ca.pem", SslMode::Require, Verification::authority(root)),
            ("?sslmode=verify-ca", SslMode::Require, Verification::authority(None)),
            ("?sslmode=verify-full&sslrootcert=%2Fca.pem", SslMode::Require, Verification::full(root)),
            ("?sslrootcert=system", SslMode::Require, Verification::full(None)),
        ] {
            assert_eq!(modes(&format!("postgres://u@h/d{parameters}")), (mode, verification), "{parameters}");
        }
    }

    #[test]
    fn pairs_are_read_as_well() {
        let (config, verification) = configuration("host=h sslmode = 'verify-full' user=u dbname='a b'").unwrap();
        assert_eq!(config.get_dbname(), Some("a b"));
        assert_eq!(verification, Verification::full(None));
    }

    #[test]
    fn a_wrong_sslmode_is_refused() {
        for url in ["postgres://u@h/d?sslmode=sometimes", "host=h user=u sslrootcert=system sslmode=require"] {
            assert!(configuration(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_target_names_no_password() {
        let (config, _) = configuration("postgres://me:secret@one:1,two:2/db").unwrap();
        assert_eq!(target(&config), "one:1,two:2/db");
    }

    #[test]
    fn a_string_that_cannot_be_read_is_not_repeated() {
        let error = connect("postgres://me:secret@host/db?nonsense=1").err().unwrap();
        let text = format!("{error} {} {error:?}", error.source().unwrap());
        assert!(text.contains("nonsense") && !text.contains("secret"), "{text}");
    }
}
