//! Pieces of SQL come in, they go out one after the other. Knows no statement.
//!
//! What `write!` does, without the calls through pointers that it makes for each piece: a plan has millions of them, most of them
//! a few bytes long. A sequence of pieces is a tuple, and itself a piece.

use std::borrow::Cow;
use std::fmt;

use shardplan::{DataType, LockMode, Name, QualifiedName};

/// A piece of SQL.
pub(crate) trait Put {
    /// Writes it.
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result;
}

impl<T: Put + ?Sized> Put for &T {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        (**self).put(to)
    }
}

impl Put for str {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        to.write_str(self)
    }
}

impl Put for String {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        to.write_str(self)
    }
}

impl Put for Cow<'_, str> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        to.write_str(self)
    }
}

/// Nothing, if there is none.
impl<T: Put> Put for Option<T> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        self.as_ref().map_or(Ok(()), |piece| piece.put(to))
    }
}

/// With the quotes that it needs.
impl Put for Name {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        if self.needs_quotes() { write!(to, "{self}") } else { to.write_str(self.as_str()) }
    }
}

/// As for people: [`qualified`] is for the server.
impl Put for QualifiedName {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        if self.schema == "public" { self.name.put(to) } else { qualified(self).put(to) }
    }
}

/// A name with its schema, always.
pub(crate) fn qualified(name: &QualifiedName) -> impl Put + '_ {
    (&name.schema, ".", &name.name)
}

impl Put for DataType {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        to.write_str(self.as_str())
    }
}

impl Put for LockMode {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        write!(to, "{self}")
    }
}

impl Put for usize {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        match DIGITS.get(*self) {
            Some(digit) => to.write_str(digit),
            None => write!(to, "{self}"),
        }
    }
}

impl Put for u32 {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        write!(to, "{self}")
    }
}

impl Put for bool {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        to.write_str(if *self { "true" } else { "false" })
    }
}

/// What is written too seldom to be taken apart.
impl Put for fmt::Arguments<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        to.write_fmt(*self)
    }
}

/// A piece that `write!` takes too.
pub(crate) struct Shown<T>(pub(crate) T);

impl<T: Put> Put for Shown<T> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        self.0.put(to)
    }
}

impl<T: Put> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.put(f)
    }
}

macro_rules! sequences {
    ($(($($piece:ident)+))+) => {$(
        impl<$($piece: Put),+> Put for ($($piece,)+) {
            #[allow(non_snake_case, reason = "a piece is called as its type is")]
            fn put<Writer: fmt::Write + ?Sized>(&self, to: &mut Writer) -> fmt::Result {
                let ($($piece,)+) = self;
                $($piece.put(to)?;)+
                Ok(())
            }
        }
    )+};
}

sequences! {
    (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_written_in_order_with_the_quotes_that_names_need() {
        let table = QualifiedName::new("public", "Orders");
        let mut text = String::new();
        let none: Option<&str> = None;
        let pieces = ("ALTER TABLE ", qualified(&table), (none, Some(" ADD ")), Name::from("id"), 7_usize, true);
        pieces.put(&mut text).unwrap();
        assert_eq!(text, "ALTER TABLE public.\"Orders\" ADD id7true");
        text.clear();
        table.put(&mut text).unwrap();
        assert_eq!(text, table.to_string());
    }
}
