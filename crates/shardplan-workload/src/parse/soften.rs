//! Tokens of PostgreSQL come in, tokens that the parser takes go out. What it does not know and no rule asks about is left out or
//! said in other words; then the result is no longer the whole statement, and no rewrite may be made of it.

use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

/// The words that stand for `WHERE CURRENT OF cursor`: a call of a function of this name.
pub(crate) const CURRENT_OF: &str = "current_of";

/// The tokens in other words, and whether any were left out.
pub(super) fn soften(tokens: Vec<TokenWithSpan>) -> (Vec<TokenWithSpan>, bool) {
    let mut tokens: Vec<TokenWithSpan> =
        tokens.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
    let mut read: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    let mut changed = false;
    while at < tokens.len() {
        let (skipped, replaced) = instead(&tokens[at..], read.last());
        changed |= skipped > 0;
        for token in replaced {
            read.push(TokenWithSpan { token, span: tokens[at].span });
        }
        at += skipped;
        if skipped == 0 {
            read.push(std::mem::replace(&mut tokens[at], TokenWithSpan::wrap(Token::EOF)));
            at += 1;
        }
    }
    (read, changed)
}

/// How many of the first tokens are replaced, and by what.
fn instead(tokens: &[TokenWithSpan], before: Option<&TokenWithSpan>) -> (usize, Vec<Token>) {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| is_word(&token.token, word));
    let after = |words: &[&str]| before.is_some_and(|token| words.iter().any(|word| is_word(&token.token, word)));
    if is(0, "no") && is(1, "key") && is(2, "update") && after(&["for"]) {
        return (2, Vec::new());
    }
    if is(0, "key") && is(1, "share") && after(&["for"]) {
        return (1, Vec::new());
    }
    if is(0, "only") && after(&["from", "join", "update", "into"]) {
        return (1, Vec::new());
    }
    if is(0, "symmetric") && after(&["between"]) {
        return (1, Vec::new());
    }
    if is(0, "overriding") && (is(1, "system") || is(1, "user")) && is(2, "value") {
        return (3, Vec::new());
    }
    if is(0, "current") && is(1, "of") && tokens.len() > 2 && after(&["where"]) {
        let call = [word(CURRENT_OF), Token::LParen, tokens[2].token.clone(), Token::RParen];
        return (3, call.into());
    }
    if is(0, "table") && before.is_none_or(|token| token.token == Token::LParen) && !is(1, "if") {
        return (1, vec![word("select"), Token::Mul, word("from")]);
    }
    if is(0, "extract")
        && matches!(tokens.get(2).map(|token| &token.token), Some(Token::Placeholder(_)))
        && is(3, "from")
    {
        return (3, vec![tokens[0].token.clone(), Token::LParen, word("epoch")]);
    }
    if is(0, "on") && is(1, "conflict") && tokens.get(2).is_some_and(|token| token.token == Token::LParen) {
        return conflict_target(tokens);
    }
    (0, Vec::new())
}

/// The plain columns of `ON CONFLICT (…) WHERE …`; nothing is replaced where there is nothing else.
fn conflict_target(tokens: &[TokenWithSpan]) -> (usize, Vec<Token>) {
    let mut depth = 0_usize;
    let mut end = 2;
    let mut entries: Vec<Vec<&Token>> = vec![Vec::new()];
    for token in &tokens[2..] {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            Token::Comma if depth == 1 => entries.push(Vec::new()),
            _ => {}
        }
        if let (false, Some(entry)) = (token.token == Token::Comma && depth == 1, entries.last_mut()) {
            entry.push(&token.token);
        }
        end += 1;
        if depth == 0 {
            break;
        }
    }
    let condition = match tokens.get(end) {
        Some(token) if is_word(&token.token, "where") => {
            tokens[end..].iter().position(|token| is_word(&token.token, "do")).unwrap_or(0)
        }
        _ => 0,
    };
    let columns: Vec<Token> = entries.iter().filter_map(|entry| plain(entry)).collect();
    if columns.len() == entries.len() && condition == 0 {
        return (0, Vec::new());
    }
    let mut target = vec![tokens[0].token.clone(), tokens[1].token.clone()];
    if columns.is_empty() {
        // A target of expressions only: no plain column is among them.
        target.extend([Token::LParen, Token::make_word("(expression)", Some('"')), Token::RParen]);
    } else {
        target.push(Token::LParen);
        for (number, column) in columns.into_iter().enumerate() {
            target.extend((number > 0).then_some(Token::Comma));
            target.push(column);
        }
        target.push(Token::RParen);
    }
    (end + condition, target)
}

/// The column that an entry of a conflict target is; parentheses of the whole target stand at its first and last.
fn plain(entry: &[&Token]) -> Option<Token> {
    let inner: Vec<&&Token> = entry.iter().filter(|token| !matches!(token, Token::LParen | Token::RParen)).collect();
    match (&inner[..], entry.len() - inner.len()) {
        ([word @ Token::Word(_)], 0..=2) => Some((**word).clone()),
        _ => None,
    }
}

fn word(text: &str) -> Token {
    Token::make_word(text, None)
}

fn is_word(token: &Token, text: &str) -> bool {
    match token {
        Token::Word(Word { value, quote_style: None, .. }) => value.eq_ignore_ascii_case(text),
        _ => false,
    }
}
