//! A connection string in, a connected client out. Must not know what is read over the connection.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config};

use super::connection_string;
use super::passfile;
use super::surroundings::Surroundings;
use super::tls::{self, Identity, Verification};
use crate::error::Error;

/// Long enough for a far server, short enough for a mistyped address.
const TIMEOUT: Duration = Duration::from_secs(10);

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Connects to a server, with TLS where the server offers it.
///
/// Takes a URL (`postgres://user@host:5432/db?sslmode=require`) or `key=value` pairs, as libpq does, with libpq's meaning of
/// `sslmode`: `disable`, `allow` and `prefer` (the default; both use TLS if there is any), `require` (TLS with any
/// certificate), `verify-ca` and `verify-full`. Certificates are checked against `sslrootcert` (a PEM file, or `system`), by
/// default against `~/.postgresql/root.crt` if there is one, else the system's. What the string leaves out comes from where libpq takes
/// it: the service that it or `PGSERVICE` names (`~/.pg_service.conf`, `PGSERVICEFILE`), then `PGHOST`, `PGPORT`, `PGDATABASE`,
/// `PGUSER`, `PGPASSWORD`, `PGOPTIONS`, `PGSSLMODE`, `PGSSLROOTCERT`, `PGCONNECT_TIMEOUT`, `PGAPPNAME`; then the password from
/// `~/.pgpass` (or `PGPASSFILE`), and the server's socket on this machine for a host. A client certificate is shown where there is one:
/// `sslcert` and `sslkey` (`PGSSLCERT`, `PGSSLKEY`; PEM files, the key without a passphrase), by default `~/.postgresql/postgresql.crt` and
/// `.key`.
///
/// # Errors
/// [`Error::ConnectionString`] when the string, or what it is completed from, is wrong; [`Error::Connect`] when the server cannot be
/// reached. Neither has the password.
pub fn connect(url: &str) -> Result<Client, Error> {
    let Settings { config, verification, identity } = settings(url)?;
    let connected =
        || -> Result<Client, Cause> { Ok(config.connect(tls::connector(&verification, identity.as_ref())?)?) };
    connected().map_err(|source| Error::Connect { target: target(&config), source })
}

/// A connection string without the password that stands in it, and that password: what another program is told of a server must not
/// show it on its command line.
///
/// # Errors
/// [`Error::ConnectionString`], as [`connect`].
pub fn split_password(url: &str) -> Result<(String, Option<String>), Error> {
    settings(url)?;
    Ok(connection_string::without_password(url))
}

fn settings(url: &str) -> Result<Settings, Error> {
    configuration(url, &variable).map_err(|source| Error::ConnectionString { source })
}

/// How to connect.
struct Settings {
    config: Config,
    verification: Verification,
    identity: Option<Identity>,
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The string, and what it leaves out from its surroundings.
fn configuration(url: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Settings, Cause> {
    let parts = connection_string::take_ours(url);
    let around = Surroundings::new(parts.get("service"), variable)?;
    let ours = |keyword| parts.get(keyword).map(str::to_owned).or_else(|| around.get(keyword));
    let mut config: Config = parts.rest.parse()?;
    let (mode, verification) = security(ours("sslmode").as_deref(), ours("sslrootcert").or_else(own_root).as_deref())?;
    config.ssl_mode(mode);
    add_address(&mut config, &around)?;
    add_account(&mut config, &around);
    if config.get_password().is_none()
        && let Some(password) = passfile::password(&config, ours("passfile").as_deref())
    {
        config.password(password);
    }
    let identity = identity(ours("sslcert"), ours("sslkey"));
    Ok(Settings { config, verification, identity })
}

/// The certificate that is shown to the server, with its key: those that are named, or where libpq looks for them.
fn identity(certificate: Option<String>, key: Option<String>) -> Option<Identity> {
    let own = |name: &str| Some(passfile::home()?.join(".postgresql").join(name));
    let is_there = |path: &PathBuf| path.exists();
    let certificate = certificate.map(PathBuf::from).or_else(|| own("postgresql.crt").filter(is_there))?;
    let key = key.map(PathBuf::from).or_else(|| own("postgresql.key"))?;
    Some(Identity { certificate, key })
}

/// The authorities that libpq looks for when nobody names any.
fn own_root() -> Option<String> {
    let file = passfile::home()?.join(".postgresql/root.crt");
    file.exists().then(|| file.to_str().map(str::to_owned)).flatten()
}

/// What an sslmode with a file of authorities asks for.
fn security(mode: Option<&str>, root: Option<&str>) -> Result<(SslMode, Verification), Cause> {
    Ok(match (mode, root) {
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
    })
}

fn unknown_mode(mode: &str) -> Cause {
    format!("`{mode}` is not an sslmode; use disable, allow, prefer, require, verify-ca or verify-full").into()
}

fn add_address(config: &mut Config, around: &Surroundings<'_>) -> Result<(), Cause> {
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        for address in around.get("hostaddr").iter().flat_map(|all| all.split(',')) {
            config.hostaddr(address.parse().map_err(|_| format!("`{address}` is no IP address (hostaddr)"))?);
        }
        let hosts = around.get("host");
        hosts.iter().flat_map(|all| all.split(',')).for_each(|host| {
            config.host(host);
        });
    }
    if config.get_ports().is_empty() {
        for port in around.get("port").iter().flat_map(|all| all.split(',')) {
            config.port(port.parse().map_err(|_| format!("`{port}` is no port"))?);
        }
    }
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host(here(config.get_ports().first().copied().unwrap_or(5432)));
    }
    if config.get_connect_timeout().is_none() {
        let seconds = around.get("connect_timeout").and_then(|seconds| seconds.parse().ok());
        config.connect_timeout(seconds.map_or(TIMEOUT, Duration::from_secs));
    }
    Ok(())
}

/// The folder with the socket of the server on this machine; without one, its name.
fn here(port: u16) -> &'static str {
    let has_socket = |folder: &&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    ["/var/run/postgresql", "/tmp"].into_iter().find(has_socket).unwrap_or("localhost")
}

fn add_account(config: &mut Config, around: &Surroundings<'_>) {
    let take = |is_missing: bool, keyword| around.get(keyword).filter(|_| is_missing);
    if let Some(user) = take(config.get_user().is_none(), "user") {
        config.user(&user);
    }
    if let Some(database) = take(config.get_dbname().is_none(), "dbname") {
        config.dbname(&database);
    }
    if let Some(password) = take(config.get_password().is_none(), "password") {
        config.password(password);
    }
    if let Some(options) = take(config.get_options().is_none(), "options") {
        config.options(&options);
    }
    if config.get_application_name().is_none() {
        config.application_name(around.get("application_name").as_deref().unwrap_or("shardplan"));
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

    use super::{Settings, Verification, configuration, connect, target};

    /// In a bare environment, but for these variables.
    fn with(url: &str, variables: &[(&str, &str)]) -> Result<(postgres::Config, Verification), super::Cause> {
        let variable =
            |name: &str| variables.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned());
        let Settings { config, verification, .. } = configuration(url, &variable)?;
        Ok((config, verification))
    }

    #[test]
    fn what_the_string_leaves_out_comes_from_the_environment() {
        let variables = [
            ("PGHOST", "one,two"),
            ("PGPORT", "1,2"),
            ("PGUSER", "me"),
            ("PGDATABASE", "shop"),
            ("PGPASSWORD", "secret"),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", "/ca.pem"),
            ("PGCONNECT_TIMEOUT", "3"),
            ("PGAPPNAME", "us"),
            ("PGOPTIONS", "-c a.b=1"),
        ];
        let (config, verification) = with("postgres://", &variables).unwrap();
        assert_eq!((target(&config).as_str(), config.get_user()), ("one:1,two:2/shop", Some("me")));
        assert_eq!(config.get_password(), Some(&b"secret"[..]));
        assert_eq!((config.get_ssl_mode(), verification), (SslMode::Require, Verification::full(Some("/ca.pem"))));
        assert_eq!(config.get_connect_timeout(), Some(&std::time::Duration::from_secs(3)));
        assert_eq!((config.get_application_name(), config.get_options()), (Some("us"), Some("-c a.b=1")));
        let (config, verification) =
            with("postgres://you:other@here:9/db?sslmode=disable&application_name=x", &variables).unwrap();
        assert_eq!((target(&config).as_str(), config.get_user()), ("here:9/db", Some("you")));
        assert_eq!((config.get_password(), verification), (Some(&b"other"[..]), Verification::Off));
        assert_eq!(config.get_application_name(), Some("x"));
        for wrong in [("PGPORT", "many"), ("PGHOSTADDR", "here"), ("PGSSLMODE", "perhaps"), ("PGSERVICE", "none")] {
            let error = with("postgres://", &[wrong]).err().unwrap().to_string();
            assert!(error.contains(wrong.1), "{error}");
        }
    }

    #[test]
    fn a_client_certificate_is_taken_from_where_libpq_takes_it() {
        let named = |url: &str, certificate: &str, key: &str| {
            let variables = [("PGSSLCERT", "/my.crt"), ("PGSSLKEY", "/my.key")];
            let variable =
                |name: &str| variables.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned());
            let identity = configuration(url, &variable).unwrap().identity.unwrap();
            assert_eq!((identity.certificate.to_str(), identity.key.to_str()), (Some(certificate), Some(key)), "{url}");
        };
        named("postgres://u@h/d", "/my.crt", "/my.key");
        named("postgres://u@h/d?sslcert=/other.crt&sslkey=/other.key", "/other.crt", "/other.key");
        named("host=h user=u sslcert=/other.crt", "/other.crt", "/my.key");
    }

    #[test]
    fn without_a_host_it_is_this_machine() {
        let (config, _) = with("dbname=shop user=me port=1", &[]).unwrap();
        assert_eq!(target(&config), "localhost:1/shop");
    }

    fn modes(url: &str) -> (SslMode, Verification) {
        let (config, verification) = with(url, &[]).unwrap();
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
        let (config, verification) = with("host=h sslmode = 'verify-full' user=u dbname='a b'", &[]).unwrap();
        assert_eq!(config.get_dbname(), Some("a b"));
        assert_eq!(verification, Verification::full(None));
    }

    #[test]
    fn a_wrong_sslmode_is_refused() {
        for url in ["postgres://u@h/d?sslmode=sometimes", "host=h user=u sslrootcert=system sslmode=require"] {
            assert!(with(url, &[]).is_err(), "{url}");
        }
    }

    #[test]
    fn the_target_names_no_password() {
        let (config, _) = with("postgres://me:secret@one:1,two:2/db", &[]).unwrap();
        assert_eq!(target(&config), "one:1,two:2/db");
    }

    #[test]
    fn a_string_that_cannot_be_read_is_not_repeated() {
        let error = connect("postgres://me:secret@host/db?nonsense=1").err().unwrap();
        let text = format!("{error} {} {error:?}", error.source().unwrap());
        assert!(text.contains("nonsense") && !text.contains("secret"), "{text}");
    }
}
