//! The text of a csv file comes in, its records with their lines go out. Knows no columns.

/// The records of a csv file, as PostgreSQL writes it.
pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    /// Where the last record began.
    start: (usize, u64),
}

/// A record with the line on which it begins, or what is wrong with it.
pub(super) type Record = (u64, Result<Vec<String>, String>);

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1, start: (0, 1) }
    }

    /// The next record. After one that is none, [`Self::go_on_at_next_line`] says where to go on.
    pub(super) fn next(&mut self) -> Option<Record> {
        while self.rest().starts_with(['\n', '\r']) {
            self.line += u64::from(self.rest().starts_with('\n'));
            self.at += 1;
        }
        if self.rest().is_empty() {
            return None;
        }
        self.start = (self.at, self.line);
        let (line, mut fields) = (self.line, Vec::new());
        loop {
            match self.field() {
                Ok((field, end)) => {
                    fields.push(field);
                    if end != Some(',') {
                        return Some((line, Ok(fields)));
                    }
                }
                Err(why) => return Some((line, Err(why.to_owned()))),
            }
        }
    }

    /// Goes on at the line after the one on which the last record began: of a record that was cut off, the quotes of the next are
    /// taken for its own.
    pub(super) fn go_on_at_next_line(&mut self) {
        let (at, line) = self.start;
        let rest = &self.text[at..];
        match rest.find('\n') {
            Some(end) => (self.at, self.line) = (at + end + 1, line + 1),
            None => self.at = self.text.len(),
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// A field, and the character that ended it; `None` at the end of the text.
    fn field(&mut self) -> Result<(String, Option<char>), &'static str> {
        let rest = self.rest();
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find([',', '\n']).unwrap_or(rest.len());
            self.at += end;
            return Ok((rest[..end].trim_end_matches('\r').to_owned(), self.separator()));
        };
        let (value, length) = unquoted(quoted).ok_or("a quote is not closed")?;
        self.line += value.matches('\n').count() as u64;
        self.at += 1 + length;
        if self.rest().starts_with('\r') {
            self.at += 1;
        }
        match self.separator() {
            None if !self.rest().is_empty() => Err("something follows a closing quote"),
            end => Ok((value, end)),
        }
    }

    fn separator(&mut self) -> Option<char> {
        let found = self.rest().chars().next().filter(|c| matches!(c, ',' | '\n'))?;
        self.at += 1;
        self.line += u64::from(found == '\n');
        Some(found)
    }
}

/// The value up to the closing quote, and how many bytes that took with the quote.
fn unquoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut at = 0;
    loop {
        let end = at + text[at..].find('"')?;
        value.push_str(&text[at..end]);
        at = end + 1;
        if !text[at..].starts_with('"') {
            return Some((value, at));
        }
        value.push('"');
        at += 1;
    }
}
