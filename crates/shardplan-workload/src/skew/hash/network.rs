//! Network addresses: text comes in, the bytes that the server hashes go out. Knows no hash.

use std::net::IpAddr;

/// Family, length of the prefix and address of an `inet` or a `cidr`.
pub(super) fn address(text: &str) -> Option<Vec<u8>> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix.parse::<u8>().ok()?)),
        None => (text, None),
    };
    // PostgreSQL's own numbers of the families.
    let (family, widest, octets) = match address.parse().ok()? {
        IpAddr::V4(four) => (2, 32, four.octets().to_vec()),
        IpAddr::V6(six) => (3, 128, six.octets().to_vec()),
    };
    let prefix = prefix.unwrap_or(widest);
    (prefix <= widest).then(|| [vec![family, prefix], octets].concat())
}
