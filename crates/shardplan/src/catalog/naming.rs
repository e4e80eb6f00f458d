//! Names for what nobody named, as PostgreSQL would choose them.

use crate::name::{MAX_NAME_BYTES, Name};

/// `name1_name2_label`, with the longer of the two names cut, on a character boundary, until it fits 63 bytes
/// (PostgreSQL's `makeObjectName`). An empty `name2` or `label` is left out.
pub(crate) fn object_name(name1: &str, name2: &str, label: &str) -> Name {
    let separators = usize::from(!name2.is_empty()) + usize::from(!label.is_empty());
    let available = MAX_NAME_BYTES.saturating_sub(label.len() + separators);
    let (mut len1, mut len2) = (name1.len(), name2.len());
    while len1 + len2 > available {
        if len1 > len2 {
            len1 -= 1;
        } else {
            len2 -= 1;
        }
    }
    let mut name = String::with_capacity(len1 + len2 + label.len() + separators);
    for part in [clip(name1, len1), clip(name2, len2), label].into_iter().filter(|part| !part.is_empty()) {
        name.push_str(if name.is_empty() { "" } else { "_" });
        name.push_str(part);
    }
    Name::from(name)
}

/// [`object_name`] with the label numbered (`key`, `key1`, `key2`, …) until the name is free (PostgreSQL's
/// `ChooseRelationName`).
pub(super) fn choose_free_name(name1: &str, name2: &str, label: &str, is_taken: impl Fn(&Name) -> bool) -> Name {
    let mut candidate = object_name(name1, name2, label);
    let mut pass = 0u32;
    while is_taken(&candidate) {
        pass += 1;
        candidate = object_name(name1, name2, &format!("{label}{pass}"));
    }
    candidate
}

/// The longest prefix of at most `bytes` bytes that ends on a character boundary.
pub(super) fn clip(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::{choose_free_name, object_name};
    use crate::name::MAX_NAME_BYTES;

    #[test]
    fn empty_parts_are_left_out() {
        assert_eq!(object_name("t", "", "pkey"), "t_pkey");
        assert_eq!(object_name("t", "a", ""), "t_a");
    }

    #[test]
    fn the_longer_name_is_cut_first_and_never_within_a_character() {
        let name = object_name(&"t".repeat(63), "column", "fkey");
        assert_eq!(name, format!("{}_column_fkey", "t".repeat(51)).as_str());
        let name = object_name(&"é".repeat(40), &"ß".repeat(40), "key");
        assert!(name.as_str().len() <= MAX_NAME_BYTES && name.as_str().ends_with("ß_key"));
    }

    #[test]
    fn taken_names_are_numbered() {
        let taken = ["t_a_key", "t_a_key1"];
        assert_eq!(choose_free_name("t", "a", "key", |name| taken.contains(&name.as_str())), "t_a_key2");
    }
}
