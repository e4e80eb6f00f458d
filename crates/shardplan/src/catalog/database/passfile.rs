//! Passwords that libpq would find: what is connected to and a password file, by default `~/.pgpass`, come in; the password goes out.

use std::fs;
use std::path::{Path, PathBuf};

use postgres::Config;
use postgres::config::Host;

/// The password for the first host that the file has a line for.
pub(super) fn password(config: &Config, file: Option<&str>) -> Option<String> {
    let path = file.map(PathBuf::from).or_else(|| Some(home()?.join(".pgpass")))?;
    let text = is_private(&path).then(|| fs::read_to_string(&path).ok()).flatten()?;
    let user = config.get_user().map(str::to_owned).or_else(|| std::env::var("USER").ok())?;
    let database = config.get_dbname().unwrap_or(&user);
    let ports = config.get_ports();
    let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432).to_string();
    let hosts = config.get_hosts().iter().enumerate();
    hosts
        .map(|(at, host)| [name(host), port(at), database.to_owned(), user.clone()])
        .find_map(|wanted| find(&text, &wanted))
}

pub(super) fn home() -> Option<PathBuf> {
    std::env::var_os("HOME").map(PathBuf::from)
}

/// libpq does not read a file that others may read.
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o077 == 0)
}

/// A socket in the usual folder is `localhost` in the file; any other is its folder.
fn name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) if folder == Path::new("/var/run/postgresql") || folder == Path::new("/tmp") => {
            "localhost".to_owned()
        }
        Host::Unix(folder) => folder.display().to_string(),
    }
}

/// The password of the first line whose four fields are `*` or as wanted.
fn find(text: &str, wanted: &[String; 4]) -> Option<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#')).map(fields);
    let mut matching = lines.filter(|fields| {
        fields.len() >= 5 && fields.iter().zip(wanted).all(|(field, wanted)| field == "*" || field == wanted)
    });
    matching.next().map(|fields| fields[4..].join(":"))
}

/// What is between the colons; a backslash takes the next character as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (letter, fields.last_mut()) {
            (':', _) => fields.push(String::new()),
            ('\\', Some(field)) => field.extend(letters.next()),
            (letter, Some(field)) => field.push(letter),
            (_, None) => {}
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::find;

    const FILE: &str =
        "# comment\nhost:5432:shop:me:one\n*:*:other:me:two\\:parts\\\\\nhost:*:*:*:any:thing\nshort:1\n";

    fn found(host: &str, port: &str, database: &str, user: &str) -> Option<String> {
        find(FILE, &[host, port, database, user].map(str::to_owned))
    }

    #[test]
    fn the_first_matching_line_counts() {
        assert_eq!(found("host", "5432", "shop", "me").as_deref(), Some("one"));
        assert_eq!(found("elsewhere", "1", "other", "me").as_deref(), Some("two:parts\\"));
        assert_eq!(found("host", "1", "shop", "you").as_deref(), Some("any:thing"));
        assert_eq!(found("elsewhere", "5432", "shop", "me"), None);
        assert_eq!(found("short", "1", "", ""), None);
    }
}
