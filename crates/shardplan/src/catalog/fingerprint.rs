//! A catalog comes in, a short text that tells its schema from every other goes out.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::Catalog;

impl Catalog {
    /// The SHA-256 of its [structure](Catalog::structure) in JSON, in hexadecimal digits: the same for the same schema, whatever rows,
    /// settings and statistics are with it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut digest = Sink(Sha256::new());
        serde_json::to_writer(&mut digest, &self.clone().structure()).expect("a digest takes every byte");
        digest.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// A digest that can be written to.
struct Sink(Sha256);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::Catalog;

    #[test]
    fn a_fingerprint_is_of_the_schema_alone() {
        let parsed = |sql: &str| Catalog::from_ddl(sql).catalog;
        let one = parsed("CREATE TABLE a (id int); CREATE TABLE b (id int);");
        let mut grown = one.clone();
        grown.settings.insert("wal_level".to_owned(), "logical".to_owned());
        grown.tables[0].statistics = Some(crate::Statistics { rows: Some(7), ..Default::default() });
        assert_eq!(grown.fingerprint(), one.fingerprint());
        assert_eq!(Catalog::from_json(&one.to_json()).unwrap().fingerprint(), one.fingerprint());
        assert_ne!(parsed("CREATE TABLE a (id int);").fingerprint(), one.fingerprint());
        assert_eq!(one.fingerprint().len(), 64);
    }
}
