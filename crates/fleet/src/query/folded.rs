//! Texts and numbers as they are compared: without case, accents and the spaces and hyphens that people put into numbers.

use super::field::TextField;
use crate::ids::UnitId;
use crate::unit::Unit;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// `text` in small letters without accents, as it is typed on a keyboard that has none: `STRASSE` and `Straße` are alike, and so are `lodz`
/// and `Łódź`.
#[must_use]
pub fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    let bare = text.nfkd().filter(|each| !is_combining_mark(*each));
    for letter in bare.flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(plain) => folded.push_str(plain),
            None if is_combining_mark(letter) => {}
            None => folded.push(letter),
        }
    }
    folded
}

/// What stands for a letter that is no other one with an accent.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        // At the end of a word the same letter has another form.
        'ς' => "σ",
        _ => return None,
    })
}

/// `text` as the indexes keep it. What they fold by themselves stays as it is.
#[must_use]
pub fn searched(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(folded(text))
    }
}

/// The words of a text: runs of letters and digits, folded.
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    folded(text)
        .split(|each: char| !each.is_alphanumeric())
        .filter(|token| !token.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Letters and digits only, in capitals: what is left of 'KL-4821 b' is 'KL4821B'.
#[must_use]
pub fn bare(text: &str) -> String {
    searched(text)
        .chars()
        .filter(|each| each.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// A number as people type or scan it: an ICCID may carry the F that fills up the card's last byte.
#[must_use]
pub fn typed_number(text: &str) -> String {
    let number = bare(text);
    match number.strip_suffix('F') {
        Some(iccid) if iccid.len() == 19 && iccid.bytes().all(|each| each.is_ascii_digit()) => {
            iccid.to_owned()
        }
        _ => number,
    }
}

/// A phone number without the country code of North America, where it is written with it: `+1 206 555 0142`, `1-206-555-0142`.
#[must_use]
pub fn without_country_code(number: &str) -> Option<&str> {
    let local = number.strip_prefix('1')?;
    let is_phone = local.len() == 10
        && local.bytes().all(|each| each.is_ascii_digit())
        && local.starts_with(|first| ('2'..='9').contains(&first));
    is_phone.then_some(local)
}

/// A number as it is looked for in a field: phone numbers are kept without their country code.
#[must_use]
pub fn typed_number_of(field: TextField, text: &str) -> String {
    let number = typed_number(text);
    match without_country_code(&number) {
        Some(local) if field == TextField::Mdn => local.to_owned(),
        _ => number,
    }
}

/// Everything of a unit that people read out as a number, bare; a plate is one too.
#[must_use]
pub fn numbers(unit: &Unit) -> Vec<String> {
    let mut numbers = vec![bare(unit.id.as_str())];
    match &unit.id {
        UnitId::Meid(meid) => numbers.push(meid.to_decimal()),
        UnitId::Esn(esn) => numbers.push(esn.to_decimal()),
        UnitId::Imei(_) | UnitId::Hardware(_) => {}
    }
    let others = [
        unit.iccid.as_ref().map(crate::Iccid::as_str),
        unit.mdn.as_ref().map(crate::Mdn::as_str),
        unit.serial_number.as_deref(),
        unit.carrier_id.as_deref(),
        unit.vehicle.as_deref(),
    ];
    numbers.extend(others.into_iter().flatten().map(bare));
    numbers.retain(|number| !number.is_empty());
    numbers.dedup();
    numbers
}

/// The texts of a unit that are searched.
#[must_use]
pub fn texts(unit: &Unit) -> [Option<&str>; 6] {
    [
        unit.customer.as_deref(),
        unit.vehicle.as_deref(),
        unit.office.as_deref(),
        unit.note.as_deref(),
        unit.model.as_deref(),
        unit.template.as_deref(),
    ]
}

/// Whether a word of `text` begins with `wanted`; both folded. `wanted` may be several words.
pub(super) fn has_word_begin(text: &str, wanted: &str) -> bool {
    text.match_indices(wanted).any(|(at, _)| {
        text.get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|before| !before.is_alphanumeric())
    })
}
