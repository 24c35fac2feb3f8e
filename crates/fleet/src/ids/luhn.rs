//! The Luhn check digit, in decimal and in base 16.

/// The digit that completes `body`, counted in `base` (10 or 16); `None` when `body` has other characters.
fn check_digit(body: &str, base: u32) -> Option<char> {
    let mut sum = 0_u32;
    for (index, character) in body.chars().rev().enumerate() {
        let digit = character.to_digit(base)?;
        // The check digit will stand to the right, so the last digit of the body is the first one doubled.
        let counted = if index % 2 == 0 { digit * 2 } else { digit };
        sum += counted / base + counted % base;
    }
    char::from_digit((base - sum % base) % base, base).map(|digit| digit.to_ascii_uppercase())
}

/// The decimal check digit of `body`.
pub(super) fn decimal(body: &str) -> Option<char> {
    check_digit(body, 10)
}

/// The base-16 check digit of `body`.
pub(super) fn hexadecimal(body: &str) -> Option<char> {
    check_digit(body, 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_get_their_check_digits() {
        assert_eq!(decimal("26053179311383"), Some('7'));
        assert_eq!(decimal("896588081210001114"), Some('6'));
        assert_eq!(hexadecimal("AF0123450ABCDE"), Some('C'));
        assert_eq!(decimal("12A"), None);
    }
}
