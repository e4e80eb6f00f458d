//! What libpq finds besides a connection string: a parameter's keyword comes in, its value from the service file or the environment
//! goes out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// The parameters that we take from the environment, with libpq's variables (libpq documentation, 34.15).
const VARIABLES: [(&str, &str); 14] = [
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("dbname", "PGDATABASE"),
    ("user", "PGUSER"),
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("options", "PGOPTIONS"),
    ("application_name", "PGAPPNAME"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
];

/// Where Debian's libpq looks for the file of all users, unless `PGSYSCONFDIR` says so.
const SYSTEM_FOLDER: &str = "/etc/postgresql-common";

/// How a variable of the environment is found; a test has its own.
type Variable<'v> = &'v dyn Fn(&str) -> Option<String>;

/// The service that was named, if one was, and the environment.
pub(super) struct Surroundings<'v> {
    service: BTreeMap<String, String>,
    variable: Variable<'v>,
}

impl<'v> Surroundings<'v> {
    /// Reads the service that the connection string names, or `PGSERVICE`.
    pub(super) fn new(service: Option<&str>, variable: Variable<'v>) -> Result<Self, Cause> {
        let named = service.map(str::to_owned).or_else(|| set(variable, "PGSERVICE"));
        let service = named.map_or_else(|| Ok(BTreeMap::new()), |name| service_of(&name, variable))?;
        Ok(Self { service, variable })
    }

    /// The service counts before the environment.
    pub(super) fn get(&self, keyword: &str) -> Option<String> {
        let variable = VARIABLES.iter().find(|(known, _)| *known == keyword).map(|(_, variable)| *variable);
        self.service.get(keyword).cloned().or_else(|| set(self.variable, variable?))
    }
}

/// An empty variable is none, as to libpq.
fn set(variable: Variable<'_>, name: &str) -> Option<String> {
    variable(name).filter(|value| !value.is_empty())
}

/// The file of the user, then that of all users.
fn service_of(name: &str, variable: Variable<'_>) -> Result<BTreeMap<String, String>, Cause> {
    let own = set(variable, "PGSERVICEFILE").map(PathBuf::from);
    let is_named = own.is_some();
    let own = own.or_else(|| Some(Path::new(&set(variable, "HOME")?).join(".pg_service.conf")));
    let folder = set(variable, "PGSYSCONFDIR").unwrap_or_else(|| SYSTEM_FOLDER.to_owned());
    let files = own.into_iter().chain([Path::new(&folder).join("pg_service.conf")]);
    for (at, file) in files.enumerate() {
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if at == 0 && is_named => {
                return Err(format!("service file `{}`: {error}", file.display()).into());
            }
            Err(_) => continue,
        };
        if let Some(found) = section(&text, name).map_err(|why| format!("service file `{}`, {why}", file.display()))? {
            return Ok(found);
        }
    }
    Err(format!("definition of service `{name}` not found in ~/.pg_service.conf, PGSERVICEFILE or `{folder}`").into())
}

/// The lines of a section; `None` if there is no such section.
fn section(text: &str, name: &str) -> Result<Option<BTreeMap<String, String>>, String> {
    let mut found: Option<BTreeMap<String, String>> = None;
    let mut is_ours = false;
    for (number, line) in (1..).zip(text.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(title) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            if found.is_some() {
                break;
            }
            is_ours = title == name;
            found = is_ours.then(BTreeMap::new);
        } else if is_ours {
            let (key, value) =
                line.split_once('=').ok_or_else(|| format!("line {number}: expected `keyword=value`"))?;
            if key == "service" {
                return Err(format!("line {number}: a service cannot name another one"));
            }
            found.get_or_insert_default().entry(key.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Surroundings, section};

    const FILE: &str = "# ours\n[shop]\nhost=one\nport=5433\n\n[other]\nhost=two\nservice=shop\n[odd]\nhost two\n";

    #[test]
    fn a_section_ends_where_the_next_begins() {
        let shop = section(FILE, "shop").unwrap().unwrap();
        assert_eq!((shop["host"].as_str(), shop["port"].as_str(), shop.len()), ("one", "5433", 2));
        assert_eq!(section(FILE, "none").unwrap(), None);
        assert_eq!(section(FILE, "other").unwrap_err(), "line 8: a service cannot name another one");
        assert_eq!(section(FILE, "odd").unwrap_err(), "line 10: expected `keyword=value`");
    }

    #[test]
    fn the_service_counts_before_the_environment() {
        let folder = std::env::temp_dir().join(format!("shardplan-services-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("services");
        std::fs::write(&file, FILE).unwrap();
        let path = file.to_str().unwrap().to_owned();
        let variable = |name: &str| match name {
            "PGSERVICEFILE" => Some(path.clone()),
            "PGHOST" => Some("three".to_owned()),
            "PGUSER" => Some("me".to_owned()),
            "PGDATABASE" => Some(String::new()),
            _ => None,
        };
        let none = Surroundings::new(None, &variable).unwrap();
        assert_eq!((none.get("host").as_deref(), none.get("dbname")), (Some("three"), None));
        let shop = Surroundings::new(Some("shop"), &variable).unwrap();
        let found = ["host", "port", "user", "password"].map(|keyword| shop.get(keyword));
        assert_eq!(found, [Some("one".to_owned()), Some("5433".to_owned()), Some("me".to_owned()), None]);
        let by_variable = |name: &str| if name == "PGSERVICE" { Some("shop".to_owned()) } else { variable(name) };
        assert_eq!(Surroundings::new(None, &by_variable).unwrap().get("host").as_deref(), Some("one"));
        let unknown = Surroundings::new(Some("nowhere"), &variable).err().unwrap().to_string();
        assert!(unknown.starts_with("definition of service `nowhere` not found"), "{unknown}");
        let _ = std::fs::remove_dir_all(&folder);
        let gone = Surroundings::new(Some("shop"), &variable).err().unwrap().to_string();
        assert!(gone.starts_with("service file `"), "{gone}");
    }
}
