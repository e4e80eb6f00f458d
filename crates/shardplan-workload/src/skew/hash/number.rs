//! Numbers whose text form is not their bytes: text or a float comes in, the server's hash goes out. Knows no other types.

use super::lookup3;

/// `hashfloat8`: both zeros are one value, and so are all that is not a number.
pub(super) fn double(value: f64) -> u32 {
    if value == 0.0 {
        return 0;
    }
    let canonical = if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() };
    lookup3::bytes(&canonical.to_le_bytes())
}

/// `hash_numeric`: the digits in base 10,000 without zeros at either end, and the weight of the first; not the sign, and not how
/// many digits are shown.
pub(super) fn numeric(text: &str) -> Option<u32> {
    if matches!(text, "NaN" | "Infinity" | "-Infinity") {
        return Some(0);
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let lead = whole.len().next_multiple_of(4) - whole.len();
    let mut padded = "0".repeat(lead) + whole + fraction;
    padded.push_str(&"0".repeat(fraction.len().next_multiple_of(4) - fraction.len()));
    let digits = base_ten_thousand(padded.as_bytes())?;
    let Some(first) = digits.iter().position(|digit| *digit != 0) else { return Some(u32::MAX) };
    let last = digits.iter().rposition(|digit| *digit != 0).unwrap_or(first);
    // At most 131,072 digits stand before the point (PostgreSQL documentation, 8.1.2).
    let weight = i32::try_from(whole.len().div_ceil(4)).ok()? - 1 - i32::try_from(first).ok()?;
    let bytes: Vec<u8> = digits[first..=last].iter().flat_map(|digit| digit.to_le_bytes()).collect();
    Some(lookup3::bytes(&bytes) ^ weight.cast_unsigned())
}

fn base_ten_thousand(padded: &[u8]) -> Option<Vec<u16>> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
    let group = |group: &[u8; 4]| group.iter().try_fold(0, |sum, byte| Some(sum * 10 + digit(*byte)?));
    padded.as_chunks::<4>().0.iter().map(group).collect()
}
