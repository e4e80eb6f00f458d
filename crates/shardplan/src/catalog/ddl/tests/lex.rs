//! The tokens of a text: PostgreSQL's, wherever the library cuts them and wherever the text is cut for the library.

use std::time::Instant;

use proptest::prelude::*;

use crate::catalog::ddl::lex::{Kind, Lexer};

fn tokens(sql: &str) -> Vec<(Kind, usize, usize)> {
    Lexer::new(sql).map(|token| (token.kind, token.start, token.end)).collect()
}

/// The tokens as they are written, with their kinds.
fn texts(sql: &str) -> Vec<(Kind, &str)> {
    tokens(sql).into_iter().map(|(kind, start, end)| (kind, &sql[start..end])).collect()
}

#[rustfmt::skip]
const SINGLE: &[(Kind, &[&str])] = &[
    (Kind::Word, &["a", "B", "e", "u", "N1", "_a$1", "größe", "日本", "x\u{a0}y", "a$$b$$"]),
    (Kind::Quoted, &["\"a\"\"b\"", "\"it's; -- \\ /*\"", "U&\"d\\0061t\"", "u&\"d!+000061\"", "\"a\nb\""]),
    (Kind::Text, &[
        "'it''s; -- \\'", "'a\nb'", "E'it\\'s'", "e'\\\\'", "E'\\303\\251'", "E'\\xZZ'", "U&'\\0061'", "u&'!0061\\'", "B'01'", "b'01'",
        "X'1F'", "x'1f'", "N'a'", "n'a'", "$$a$b'$$", "$q$ $$ $Q$ ; $q$", "$été$x$été$", "$$$$",
    ]),
    (Kind::Number, &["1", "1.5", ".5", "1.", "1e5", "1.5E-10", "1_000", "1_000.5_0", "0x1F", "0b101", "0o17", "1_", "$1", "12L"]),
    (Kind::Symbol, &[
        "<->", "@>", "<@", "::", ":=", "->", "->>", "?|", "?&", "?", "#>>", "#-", "~~*", "!~~*", "||", "&&", "|&>", "|&", "@-@", "@-", "<<|",
        "-|-", "=>", "<=>", "^@", "##", "||/", "`", "(", "]", "{", ":", ".", "\u{1}",
    ]),
    (Kind::Unclosed, &["'a", "\"a", "$$a", "$a$b", "E'a\\'", "/* /* */", "U&'a", "b'1"]),
];

#[test]
fn every_token_of_postgresql_is_one() {
    for (kind, cases) in SINGLE {
        for case in *cases {
            assert_eq!(texts(case), [(*kind, *case)], "{case}");
        }
    }
}

#[test]
fn neighbours_are_told_apart() {
    let cases: [(&str, &[&str]); 12] = [
        ("a.b.\"c\"::d[]", &["a", ".", "b", ".", "\"c\"", "::", "d", "[", "]"]),
        ("(a)._b._c", &["(", "a", ")", ".", "_b", ".", "_c"]),
        ("b\"x\"", &["b", "\"x\""]),
        ("a||-- it's\nb", &["a", "||", "b"]),
        ("a||/* it's */b", &["a", "||", "b"]),
        ("a#--it's\n+b", &["a", "#", "+", "b"]),
        ("a ?1", &["a", "?", "1"]),
        ("1::int", &["1", "::", "int"]),
        ("u & 'x'", &["u", "&", "'x'"]),
        ("a-- x\r\nb/* /* '; */ */c", &["a", "b", "c"]),
        ("x'1'y", &["x'1'", "y"]),
        ("a \\gset it's\nb\n\\restrict 'x\nc", &["a", "\\gset it's", "b", "c"]),
    ];
    for (sql, expected) in cases {
        let found: Vec<_> = texts(sql).into_iter().map(|(_, text)| text).collect();
        assert_eq!(found, expected, "{sql}");
    }
}

proptest! {
    /// The text is read in stretches; where one ends must not show.
    #[test]
    fn a_text_has_the_same_tokens_wherever_it_starts(
        picks in proptest::collection::vec((0..SINGLE.len() - 1, any::<proptest::sample::Index>()), 1..60),
        blanks in 1..200usize,
    ) {
        let words: Vec<_> = picks.iter().map(|(row, at)| *at.get(SINGLE[*row].1)).collect();
        let sql = words.join(" ");
        let found: Vec<_> = texts(&sql).into_iter().map(|(_, text)| text).collect();
        prop_assert_eq!(found, words);
        let moved = " ".repeat(blanks) + &sql;
        let expected: Vec<_> = tokens(&sql).into_iter().map(|(kind, start, end)| (kind, start + blanks, end + blanks)).collect();
        prop_assert_eq!(tokens(&moved), expected);
    }

    /// What stands alone as one token does so next to anything that cannot belong to it.
    #[test]
    fn tokens_without_blanks_are_the_same(picks in proptest::collection::vec((0..SINGLE.len() - 1, any::<proptest::sample::Index>()), 1..60)) {
        let words: Vec<_> = picks.iter().map(|(row, at)| *at.get(SINGLE[*row].1)).collect();
        let sql = words.join(",");
        let found: Vec<_> = texts(&sql).into_iter().map(|(_, text)| text).filter(|text| *text != ",").collect();
        prop_assert_eq!(found, words);
    }
}

/// Texts at which the library stops again and again, or finds nothing for long, all in one line where that is possible.
#[test]
fn work_grows_with_the_text() {
    let texts: [fn(usize) -> String; 9] = [
        |n| ")._a".repeat(n),
        |n| "|/*c*/".repeat(n),
        |n| "a \\g\n".repeat(n),
        |n| "E'\\303'".repeat(n),
        |n| "/* ;\n".repeat(n),
        |n| (0..n).map(|i| format!("$a{i}$;\n")).collect(),
        |n| "é,".repeat(n * 10),
        |n| format!("'{}", "x".repeat(n * 20)),
        |n| "COPY a FROM stdin;\nit's\n\\.\n".repeat(n),
    ];
    for text in texts {
        let time = |n| {
            let sql = text(n);
            let start = Instant::now();
            let count = Lexer::new(&sql).count();
            assert!(count > 0);
            start.elapsed().as_secs_f64()
        };
        // Ten times the text; a hundred times the time would be quadratic. A busy machine gets more than one try.
        let in_proportion = |_| time(20_000) < time(2_000) * 50.0 + 0.5;
        assert!((0..3).any(in_proportion), "{:.20}", text(10));
    }
}
