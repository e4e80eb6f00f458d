//! Which extension brings which type, so that a type without a schema finds its schema. Knows nothing else.

/// Types of widely used extensions, sorted by type.
#[rustfmt::skip]
const TYPES: &[(&str, &str)] = &[
    ("box2d", "postgis"), ("box2df", "postgis"), ("box3d", "postgis"), ("citext", "citext"), ("cube", "cube"), ("ean13", "isn"),
    ("earth", "earthdistance"), ("geography", "postgis"), ("geometry", "postgis"), ("ghstore", "hstore"), ("gidx", "postgis"),
    ("gtrgm", "pg_trgm"), ("halfvec", "vector"), ("hll", "hll"), ("hstore", "hstore"), ("isbn", "isn"), ("isbn13", "isn"),
    ("ismn", "isn"), ("ismn13", "isn"), ("issn", "isn"), ("issn13", "isn"), ("lo", "lo"), ("lquery", "ltree"), ("ltree", "ltree"),
    ("ltxtquery", "ltree"), ("query_int", "intarray"), ("raster", "postgis_raster"), ("seg", "seg"), ("semver", "semver"),
    ("sparsevec", "vector"), ("topn", "topn"), ("upc", "isn"), ("vector", "vector"),
];

/// The extension of a type.
pub(super) fn of_type(name: &str) -> Option<&'static str> {
    TYPES.binary_search_by_key(&name, |(type_name, _)| type_name).ok().map(|at| TYPES[at].1)
}

#[cfg(test)]
mod tests {
    use super::TYPES;

    #[test]
    fn the_types_are_sorted_for_the_search() {
        assert!(TYPES.is_sorted());
    }
}
