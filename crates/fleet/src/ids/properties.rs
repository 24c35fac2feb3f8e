//! Properties of identifiers over many random numbers.

use super::{Esn, Iccid, Imei, Mdn, Meid, Recognised, UnitId, luhn, recognise};
use proptest::prelude::*;

fn imei() -> impl Strategy<Value = Imei> {
    "[0-9]{14}".prop_map(|body| {
        let digit = luhn::decimal(&body).unwrap();
        Imei::parse(&format!("{body}{digit}")).unwrap()
    })
}

fn iccid() -> impl Strategy<Value = Iccid> {
    "89[0-9]{16,17}".prop_map(|body| {
        let digit = luhn::decimal(&body).unwrap();
        Iccid::parse(&format!("{body}{digit}")).unwrap()
    })
}

/// The same number with spaces and hyphens put in, in lower case.
fn spread(text: &str, gaps: &[u8]) -> String {
    let mut spread = String::from(" ");
    for (index, character) in text.chars().enumerate() {
        spread.push(character.to_ascii_lowercase());
        match gaps.get(index).copied().unwrap_or(0) % 4 {
            0 => spread.push(' '),
            1 => spread.push('-'),
            _ => {}
        }
    }
    spread
}

proptest! {
    #[test]
    fn any_wrong_digit_of_an_imei_is_noticed(imei in imei(), place in 0_usize..15, other in 1_u32..10) {
        let changed: String = imei.as_str().chars().enumerate().map(|(index, digit)| {
            if index == place { char::from_digit((digit.to_digit(10).unwrap() + other) % 10, 10).unwrap() } else { digit }
        }).collect();
        prop_assert!(Imei::parse(&changed).is_err());
        let (told, warning) = Imei::from_unit(&changed).unwrap();
        prop_assert_eq!(told.as_str(), changed.as_str());
        prop_assert!(warning.is_some());
        let file = serde_json::to_string(&told).unwrap();
        prop_assert_eq!(serde_json::from_str::<Imei>(&file).unwrap(), told);
    }

    #[test]
    fn spaces_hyphens_and_case_do_not_matter(imei in imei(), iccid in iccid(), hex in "[A-F][0-9A-F]{13}", mdn in "[0-9]{10}", gaps in prop::collection::vec(any::<u8>(), 20)) {
        prop_assert_eq!(Imei::parse(&spread(imei.as_str(), &gaps)).unwrap(), imei);
        prop_assert_eq!(Iccid::parse(&spread(iccid.as_str(), &gaps)).unwrap(), iccid);
        prop_assert_eq!(Meid::parse(&spread(&hex, &gaps)).unwrap().to_string(), hex);
        prop_assert_eq!(Mdn::parse(&spread(&mdn, &gaps)).unwrap().to_string(), mdn);
    }

    #[test]
    fn every_form_of_a_meid_is_the_same_meid(hex in "([A-F][0-9A-F]{13}|99[0-9]{12})") {
        let meid = Meid::parse(&hex).unwrap();
        for form in [
            meid.to_decimal(),
            format!("{}{}", meid.to_decimal(), meid.decimal_check_digit()),
            format!("{hex}{}", meid.check_digit()),
            meid.to_string(),
        ] {
            prop_assert_eq!(&Meid::parse(&form).unwrap(), &meid);
        }
        prop_assert!(Esn::parse(&meid.pseudo_esn().to_hex()).is_err());
        prop_assert!(Esn::parse(&meid.pseudo_esn().to_decimal()).is_err());
    }

    #[test]
    fn both_forms_of_an_esn_are_the_same_esn(number in any::<u32>().prop_filter("not pseudo", |number| number >> 24 != 0x80)) {
        let esn = Esn::parse(&format!("{number:08x}")).unwrap();
        prop_assert_eq!(Esn::parse(&esn.to_decimal()).unwrap(), esn);
    }

    #[test]
    fn card_bytes_are_the_number_with_swapped_pairs(iccid in iccid()) {
        let mut padded = iccid.to_string();
        if padded.len() % 2 == 1 { padded.push('F'); }
        let pairs: Vec<char> = padded.chars().collect();
        let card: String = pairs.chunks(2).flat_map(|pair| pair.iter().rev()).collect();
        prop_assert_eq!(Iccid::from_card_bytes_text(&card).unwrap(), iccid);
    }

    #[test]
    fn glued_numbers_are_a_row_of_good_ones(imei in imei(), iccid in iccid(), turned in any::<bool>()) {
        let text = if turned { format!("{iccid}{imei}") } else { format!("{imei}{iccid}") };
        let found = recognise(&text);
        prop_assert_eq!(found.len(), 2);
        let bare: String = found.iter().map(|each| match each {
            Recognised::Imei(imei) => imei.to_string(),
            Recognised::Iccid(iccid) => iccid.to_string(),
            other => format!("{other:?}"),
        }).collect();
        prop_assert_eq!(bare, text);
    }

    #[test]
    fn no_text_upsets_any_reader(text in "\\PC{0,60}", digits in "[0-9A-Fa-f +-]{0,60}", bytes in prop::collection::vec(any::<char>(), 0..60)) {
        let bytes: String = bytes.into_iter().collect();
        for text in [text, digits, bytes] {
            let _ = (Imei::parse(&text), Imei::from_unit(&text), Imei::from_imeisv(&text), Meid::parse(&text), Meid::from_unit(&text));
            let _ = (Esn::parse(&text), Iccid::parse(&text), Iccid::from_card_bytes_text(&text), Mdn::parse(&text), UnitId::from_unit_answer(&text));
            for found in recognise(&text) {
                if let Recognised::Other(part) | Recognised::Wrong { text: part, .. } = found {
                    prop_assert!(text.contains(&part));
                }
            }
            for error in [Imei::parse(&text).err(), Iccid::parse(&text).err()].into_iter().flatten() {
                prop_assert!(!error.to_string().chars().any(char::is_control));
            }
        }
    }
}
