//! A name that is not there and those that are come in; which one was meant goes out. Knows not what they name.

/// A question with the nearest name, to be put behind an error; nothing where none is near.
pub(super) fn did_you_mean<'n>(wanted: &str, known: impl Iterator<Item = &'n str>) -> String {
    let near = known.filter_map(|name| distance(wanted, name).map(|distance| (distance, name)));
    near.min().map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}

/// How far two names are apart, when a slip of the finger could lead from one to the other.
pub(super) fn distance(wanted: &str, found: &str) -> Option<usize> {
    let (wanted, found) = (wanted.to_lowercase(), found.to_lowercase());
    let allowed = (wanted.chars().count() / 3).clamp(1, 3);
    if wanted.len().abs_diff(found.len()) > 4 * allowed {
        return None;
    }
    let edits = edits(&wanted, &found);
    (edits <= allowed).then_some(edits)
}

/// The fewest characters to insert, delete or replace (Levenshtein's distance).
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    #[test]
    fn only_what_is_near_is_offered() {
        let known = ["orders_pkey", "orders_email_key", "application-must-write"];
        let offered = |wanted| did_you_mean(wanted, known.into_iter());
        assert_eq!(offered("order_pkey"), "; did you mean `orders_pkey`?");
        assert_eq!(offered("application-must-writ"), "; did you mean `application-must-write`?");
        assert_eq!(offered("nothing_like_it"), "");
    }
}
