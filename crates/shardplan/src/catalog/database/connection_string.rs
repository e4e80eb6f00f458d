//! What the driver does not know of libpq's connection strings: a string in, the string without those parameters, and these, out.

use std::collections::BTreeMap;

/// The parameters that are ours.
const OURS: [&str; 6] = ["sslmode", "sslrootcert", "sslcert", "sslkey", "service", "passfile"];

/// A connection string taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'k> {
    keywords: &'k [&'k str],
    /// What is left for the driver.
    pub(super) rest: String,
    /// What the driver does not know, by keyword.
    taken: BTreeMap<String, String>,
}

impl Parts<'_> {
    /// Takes a pair that is ours; the last of several counts. Says whether it was.
    fn take(&mut self, key: &str, value: String) -> bool {
        let is_ours = self.keywords.contains(&key);
        if is_ours {
            self.taken.insert(key.to_owned(), value);
        }
        is_ours
    }

    fn read_url(mut self, text: &str) -> Self {
        let Some((address, parameters)) = text.rsplit_once('?') else {
            self.rest = text.to_owned();
            return self;
        };
        let ours = |pair: &&str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            !self.take(key, percent_decoded(value))
        };
        let others: Vec<&str> = parameters.split('&').filter(ours).collect();
        let mark = if others.is_empty() { "" } else { "?" };
        self.rest = format!("{address}{mark}{}", others.join("&"));
        self
    }

    fn read_pairs(mut self, text: &str) -> Self {
        let mut left = text.trim_start();
        while !left.is_empty() {
            let (key, value, after) = first_pair(left);
            if !self.take(key, value) {
                self.rest.push_str(&left[..left.len() - after.len()]);
                self.rest.push(' ');
            }
            left = after.trim_start();
        }
        self
    }

    /// The value of a parameter that was taken out.
    pub(super) fn get(&self, keyword: &str) -> Option<&str> {
        self.taken.get(keyword).map(String::as_str)
    }
}

/// Takes our parameters out of a URL or of `key=value` pairs. What is malformed is left to the driver to refuse.
pub(super) fn take_ours(text: &str) -> Parts<'static> {
    take(text, &OURS)
}

/// The string without a password, and the password.
pub(super) fn without_password(text: &str) -> (String, Option<String>) {
    let mut parts = take(text, &["password"]);
    let mut password = parts.taken.remove("password");
    if let Some((start, account, rest)) = account(&parts.rest)
        && let Some((user, before_at)) = account.split_once(':')
    {
        // As to libpq, a parameter counts more.
        password.get_or_insert_with(|| percent_decoded(before_at));
        parts.rest = format!("{start}{user}{rest}");
    }
    (parts.rest, password)
}

/// What stands before, as and after the user and the password of a URL.
fn account(text: &str) -> Option<(&str, &str, &str)> {
    let begin = if is_url(text) { text.find("://")? + 3 } else { return None };
    let end = text[begin..].find(['/', '?']).map_or(text.len(), |end| begin + end);
    let at = text[begin..end].rfind('@')? + begin;
    Some((&text[..begin], &text[begin..at], &text[at..]))
}

fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

fn take<'k>(text: &str, keywords: &'k [&'k str]) -> Parts<'k> {
    let parts = Parts { keywords, rest: String::new(), taken: BTreeMap::new() };
    if is_url(text) { parts.read_url(text) } else { parts.read_pairs(text) }
}

/// Bytes that are not UTF-8 become replacement characters: no mode and hardly a path has them.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let byte = (bytes[at] == b'%').then(|| hex_pair(bytes.get(at + 1..at + 3)?)).flatten();
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex_pair(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// The key, the unquoted value and the remainder. A text without `=` is a key as a whole, and nobody's.
fn first_pair(text: &str) -> (&str, String, &str) {
    let Some((key, after)) = text.split_once('=') else { return (text, String::new(), "") };
    let after = after.trim_start();
    let (value, rest) = match after.strip_prefix('\'') {
        Some(quoted) => value_until(quoted, |c| c == '\''),
        None => value_until(after, char::is_whitespace),
    };
    (key.trim_end(), value, rest)
}

/// The value up to its end, which is consumed; a backslash makes the next character literal.
fn value_until(text: &str, ends: impl Fn(char) -> bool) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        if ends(c) {
            return (value, &text[at + c.len_utf8()..]);
        }
        let literal = if c == '\\' { characters.next().map(|(_, c)| c) } else { Some(c) };
        value.extend(literal);
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::{OURS, Parts, take_ours, without_password};

    fn parts(rest: &str, mode: Option<&str>, root: Option<&str>) -> Parts<'static> {
        let taken = [("sslmode", mode), ("sslrootcert", root)];
        let taken = taken.into_iter().filter_map(|(keyword, value)| Some((keyword.to_owned(), value?.to_owned())));
        Parts { keywords: &OURS, rest: rest.to_owned(), taken: taken.collect() }
    }

    #[test]
    fn a_url_keeps_its_other_parameters() {
        let url = "postgres://u:p@h/d?connect_timeout=3&sslmode=verify-ca&application_name=x&sslrootcert=%2Fa%20b.pem";
        let rest = "postgres://u:p@h/d?connect_timeout=3&application_name=x";
        assert_eq!(take_ours(url), parts(rest, Some("verify-ca"), Some("/a b.pem")));
        assert_eq!(take_ours("postgresql://h?sslmode=require"), parts("postgresql://h", Some("require"), None));
        assert_eq!(take_ours("postgres://h/d"), parts("postgres://h/d", None, None));
    }

    #[test]
    fn pairs_keep_the_others_as_they_are() {
        let text = r"host=h password='a sslmode=\'x' sslmode = require  user=u\ v sslrootcert='/a b'";
        let rest = r"host=h password='a sslmode=\'x' user=u\ v ";
        let taken = take_ours(text);
        assert_eq!((taken.get("sslmode"), taken.get("sslrootcert")), (Some("require"), Some("/a b")));
        assert_eq!(taken.rest.split_whitespace().collect::<Vec<_>>(), rest.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn the_password_is_taken_out_wherever_it_stands() {
        for (text, rest, password) in [
            ("postgres://me:s%40cret@h:1/d?sslmode=require", "postgres://me@h:1/d?sslmode=require", Some("s@cret")),
            ("postgresql://me:a:b@h", "postgresql://me@h", Some("a:b")),
            ("postgres://me@h/d", "postgres://me@h/d", None),
            ("postgres:///d?host=/tmp", "postgres:///d?host=/tmp", None),
            ("postgres://h/d?user=me&password=se%26cret", "postgres://h/d?user=me", Some("se&cret")),
            ("host=h password='a b' user=me", "host=h  user=me ", Some("a b")),
            ("service=shop", "service=shop ", None),
        ] {
            let (found, secret) = without_password(text);
            assert_eq!((found.as_str(), secret.as_deref()), (rest, password), "{text}");
        }
    }

    #[test]
    fn malformed_text_does_not_panic() {
        for text in ["", "=", "a", "sslmode", "sslmode=", "host='", "x=\\", "postgres://?%", "postgres://h?sslmode=%f"]
        {
            let _ = (take_ours(text), without_password(text));
        }
    }
}
