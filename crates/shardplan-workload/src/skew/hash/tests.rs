//! Values whose hash is known, and texts that are no values. The comparison with a server is in `tests/keys`.

use proptest::prelude::*;
use shardplan::{Catalog, QualifiedName, Type, TypeKind};

use super::*;

fn hash(data_type: &str, text: &str) -> Result<i32, Unpredictable> {
    KeyHash::new(&Catalog::default(), &data_type.into())?.of(text)
}

#[test]
fn what_is_no_value_is_refused() {
    for (data_type, text) in [
        ("smallint", "32768"),
        ("integer", "1.5"),
        ("bigint", ""),
        ("oid", "-1"),
        ("boolean", "yes please"),
        ("uuid", "1234"),
        ("uuid", "not hexadecimal at all, is it"),
        ("bytea", "abc"),
        ("bytea", "\\xabc"),
        ("numeric", "."),
        ("numeric", "1e5"),
        ("numeric", "--1"),
        ("date", "1/2/2020"),
        ("date", "2020-13-01"),
        ("date", "99999999999999999999-01-01"),
        ("timestamp without time zone", "2020-01-01"),
        ("timestamp with time zone", "2020-01-01 00:00:00"),
        ("time without time zone", "1:2:3:4"),
        ("interval", "1 fortnight"),
        ("interval", "1"),
        ("inet", "10.0.0.0/33"),
        ("inet", "10.0.0"),
        ("macaddr", "zz"),
    ] {
        assert_eq!(hash(data_type, text), Err(Unpredictable::Value(text.to_owned())), "{data_type} {text}");
    }
}

#[test]
fn what_the_server_takes_for_equal_has_one_hash() {
    for (one, other) in [
        (("numeric", "1.50"), ("numeric(10,2)", "1.5")),
        (("numeric", "100000"), ("numeric", "100000.000")),
        (("numeric", "0.00"), ("numeric", "0")),
        (("double precision", "0"), ("double precision", "-0")),
        (("character(5)", "ab   "), ("character(5)", "ab")),
        (("bigint", "-5"), ("integer", "-5")),
        (("interval", "1 mon"), ("interval", "30 days")),
        (
            ("timestamp with time zone", "2020-01-01 02:00:00+02"),
            ("timestamp with time zone", "2020-01-01 00:00:00+00"),
        ),
    ] {
        assert_eq!(hash(one.0, one.1).unwrap(), hash(other.0, other.1).unwrap(), "{one:?} {other:?}");
    }
}

#[test]
fn a_domain_is_hashed_as_what_is_below_it_and_an_enum_not_at_all() {
    let name = |name: &str| QualifiedName::new("public", name);
    let catalog = Catalog {
        types: vec![
            Type { name: name("code"), kind: TypeKind::Domain("public.short".into()) },
            Type { name: name("short"), kind: TypeKind::Domain("character varying(5)".into()) },
            Type { name: name("colour"), kind: TypeKind::Enum(vec!["red".to_owned()]) },
            Type { name: name("snake"), kind: TypeKind::Domain("public.snake".into()) },
        ],
        ..Catalog::default()
    };
    let of = |data_type: &str| KeyHash::new(&catalog, &data_type.into());
    assert_eq!(of("public.code").unwrap().of("x"), hash("text", "x"));
    assert_eq!(of("public.colour"), Err(Unpredictable::Enum("public.colour".into())));
    assert_eq!(of("public.snake"), Err(Unpredictable::Type("public.snake".into())));
    assert_eq!(of("jsonb"), Err(Unpredictable::Type("jsonb".into())));
}

proptest! {
    #[test]
    fn no_text_is_too_much(
        text in "\\PC*|[-+0-9:. ]{0,40}|[0-9]{1,30}(-[0-9]{1,30}){2}( [0-9]{1,20}:[0-9]{1,20}:[0-9]{1,20}([+-][0-9]{1,20})?)?( BC)?|-?[0-9]{1,25} (years|mons|days)",
    ) {
        for (_, kind) in KINDS {
            let _ = KeyHash(*kind).of(&text);
        }
    }
}
