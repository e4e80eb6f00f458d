//! Where the database is: a connection string comes in, what psql needs of it goes out, the password apart.

use std::process::Command;

use percent_encoding::percent_decode_str;

use crate::failure::Failure;

/// A database as psql is told of it. The password goes through the environment, because everybody can read a command line.
pub(crate) struct Server {
    /// The connection string without the password.
    target: String,
    password: Option<String>,
}

impl Server {
    pub(crate) fn new(url: &str) -> Result<Self, Failure> {
        let Some((scheme, rest)) = url.split_once("://") else { return Self::of_pairs(url) };
        if rest.contains("?password=") || rest.contains("&password=") {
            return Err(in_the_way());
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let Some((account, host)) = authority.rsplit_once('@') else {
            return Ok(Self { target: url.to_owned(), password: None });
        };
        let (user, password) =
            account.split_once(':').map_or((account, None), |(user, password)| (user, Some(password)));
        let password = password.map(|password| percent_decode_str(password).decode_utf8_lossy().into_owned());
        Ok(Self { target: format!("{scheme}://{user}@{host}{path}"), password })
    }

    fn of_pairs(pairs: &str) -> Result<Self, Failure> {
        if pairs.contains("password") {
            return Err(in_the_way());
        }
        Ok(Self { target: pairs.to_owned(), password: None })
    }

    /// Adds the database to a command line of psql.
    pub(super) fn tell(&self, psql: &mut Command) {
        psql.args(["-d", &self.target]).env("PGAPPNAME", "shardplan").env("PGCONNECT_TIMEOUT", "10");
        if let Some(password) = &self.password {
            psql.env("PGPASSWORD", password);
        }
    }
}

fn in_the_way() -> Failure {
    Failure::wrong(
        "everybody on this machine could read a password there; put it into PGPASSWORD, .pgpass or before the `@` of a URL",
    )
}

#[cfg(test)]
mod tests {
    use super::Server;

    #[test]
    fn the_password_is_taken_out() {
        for (url, target, password) in [
            ("postgres://me:s%40cret@h:1/d?sslmode=require", "postgres://me@h:1/d?sslmode=require", Some("s@cret")),
            ("postgresql://me:a:b@h", "postgresql://me@h", Some("a:b")),
            ("postgres://me@h/d", "postgres://me@h/d", None),
            ("postgres:///d?host=/tmp", "postgres:///d?host=/tmp", None),
            ("service=shop", "service=shop", None),
        ] {
            let server = Server::new(url).unwrap();
            assert_eq!((server.target.as_str(), server.password.as_deref()), (target, password), "{url}");
        }
        for url in ["host=h password=secret", "postgres://h/d?user=me&password=secret"] {
            let failure = Server::new(url).err().unwrap();
            assert!(!failure.message.contains("secret"), "{}", failure.message);
        }
    }
}
