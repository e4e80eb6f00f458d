//! Dates and times: text in ISO form comes in, the number that the server stores goes out. Knows no hash.

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// Days from 0000-03-01, where this calendar's arithmetic begins, to 2000-01-01, where PostgreSQL's does.
const EPOCH: i64 = 730_425;

/// Days since 2000-01-01.
pub(super) fn date(text: &str) -> Option<i32> {
    match text {
        "infinity" => Some(i32::MAX),
        "-infinity" => Some(i32::MIN),
        _ => {
            let (text, before) = era(text);
            i32::try_from(days(text, before)?).ok()
        }
    }
}

/// Microseconds since midnight.
pub(super) fn time(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours: i64 = digits(parts.next()?)?;
    let minutes: i64 = digits(parts.next()?)?;
    let (seconds, fraction) = parts.next().map_or(Some((0, 0)), seconds)?;
    let none_left = parts.next().is_none();
    let sum = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?;
    none_left.then_some(sum.checked_mul(SECOND)?.checked_add(fraction)?)
}

/// Microseconds since midnight, and seconds west of Greenwich.
pub(super) fn zoned_time(text: &str) -> Option<(i64, i32)> {
    let (time, zone) = zone(text)?;
    Some((self::time(time)?, i32::try_from(-zone).ok()?))
}

/// Microseconds since 2000-01-01.
pub(super) fn timestamp(text: &str) -> Option<i64> {
    if let Some(infinite) = infinite(text) {
        return Some(infinite);
    }
    let (text, before) = era(text);
    moment(text, before)
}

/// Microseconds since 2000-01-01 in Greenwich.
pub(super) fn zoned_timestamp(text: &str) -> Option<i64> {
    if let Some(infinite) = infinite(text) {
        return Some(infinite);
    }
    let (text, before) = era(text);
    let (local, zone) = zone(text)?;
    moment(local, before)?.checked_sub(zone.checked_mul(SECOND)?)
}

/// Microseconds of an interval whose months have 30 days, as the server compares them.
pub(super) fn interval(text: &str) -> Option<i64> {
    let (mut months, mut days, mut micros) = (0_i64, 0_i64, 0_i64);
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        if word.contains(':') {
            micros = signed(word, time)?;
            continue;
        }
        let count = signed(word, digits)?;
        match words.next()?.trim_end_matches('s') {
            "year" => months = months.checked_add(count.checked_mul(12)?)?,
            "mon" => months = months.checked_add(count)?,
            "day" => days = count,
            _ => return None,
        }
    }
    // The server adds with 128 bits and hashes the lower 64.
    let span = i128::from(micros) + (i128::from(months) * 30 + i128::from(days)) * i128::from(DAY);
    Some(span as i64)
}

fn signed(word: &str, read: impl Fn(&str) -> Option<i64>) -> Option<i64> {
    match word.strip_prefix('-') {
        Some(rest) => Some(-read(rest)?),
        None => read(word.strip_prefix('+').unwrap_or(word)),
    }
}

fn infinite(text: &str) -> Option<i64> {
    match text {
        "infinity" => Some(i64::MAX),
        "-infinity" => Some(i64::MIN),
        _ => None,
    }
}

/// The text without ` BC`, and whether it was there.
fn era(text: &str) -> (&str, bool) {
    text.strip_suffix(" BC").map_or((text, false), |rest| (rest, true))
}

fn moment(text: &str, before: bool) -> Option<i64> {
    let (date, time) = text.split_once(' ')?;
    days(date, before)?.checked_mul(DAY)?.checked_add(self::time(time)?)
}

/// What stands before a zone, and the zone in seconds east of Greenwich.
fn zone(text: &str) -> Option<(&str, i64)> {
    let at = text.rfind(['+', '-'])?;
    let (before, zone) = text.split_at(at);
    let mut parts = zone[1..].split(':').map(digits);
    let mut next = || parts.next().unwrap_or(Some(0));
    let seconds = next()?.checked_mul(3600)?.checked_add(next()?.checked_mul(60)?)?.checked_add(next()?)?;
    Some((before, if zone.starts_with('-') { -seconds } else { seconds }))
}

/// Days since 2000-01-01, in the Gregorian calendar at all times.
fn days(text: &str, before: bool) -> Option<i64> {
    let mut parts = text.splitn(3, '-').map(digits);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year > 1_000_000 {
        return None;
    }
    let year = if before { 1 - year } else { year };
    // Years that begin in March have the day that is not in every year at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - EPOCH)
}

/// Seconds and microseconds.
fn seconds(text: &str) -> Option<(i64, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 6 {
        return None;
    }
    let micros = if fraction.is_empty() { 0 } else { digits(&format!("{fraction:0<6}"))? };
    Some((digits(whole)?, micros))
}

/// A number without a sign.
fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
