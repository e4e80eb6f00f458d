//! Statements as the server prints them in, the one-line form of the model out.

/// White space folded to single blanks.
pub(super) fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A statement on one line, without the final semicolon.
pub(super) fn query(text: &str) -> String {
    let folded = fold(text);
    folded.strip_suffix(';').map_or(folded.as_str(), str::trim_end).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{fold, query};

    #[test]
    fn lines_become_blanks() {
        assert_eq!(fold(" SELECT a,\n    b\n\tFROM t"), "SELECT a, b FROM t");
    }

    #[test]
    fn the_final_semicolon_goes() {
        assert_eq!(query(" SELECT ';'\n   FROM t;\n"), "SELECT ';' FROM t");
    }
}
