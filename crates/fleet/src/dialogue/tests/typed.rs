//! What a person types: it leaves as it stands, is kept without secrets, and disturbs no operation.

use super::*;
use crate::transcript::EntryKind;

fn recognised(family: &str) -> (Dialogue, Moment) {
    let shipped = ProfileRegistry::shipped();
    let profile = Arc::clone(shipped.get(family).unwrap());
    (
        Dialogue::new(profile, Knowledge::default(), Moment(1000)),
        Moment(2000),
    )
}

/// What left, and how it is kept.
fn say(family: &str, text: &str) -> (String, String) {
    let (mut dialogue, now) = recognised(family);
    assert!(dialogue.say(&Secret::new(text), now));
    let left = dialogue.take_outgoing().unwrap();
    assert_eq!(dialogue.take_outgoing(), None);
    let kept = dialogue.transcript().entries().last().unwrap().clone();
    assert_eq!(kept.kind, EntryKind::Sent);
    (String::from_utf8(left).unwrap(), kept.text)
}

#[test]
fn a_typed_line_leaves_as_it_stands_with_the_line_end_of_the_family() {
    assert_eq!(
        say("teltonika-fmb", ":cfg_info:?"),
        (":cfg_info:?\r".to_owned(), ":cfg_info:?".to_owned())
    );
    // This one ends its commands itself.
    let (left, _) = say("queclink", "AT+GTFRI=gv500,1,0,,1$");
    assert_eq!(left, "AT+GTFRI=gv500,1,0,,1$");
    // Length and checksum are nothing for fingers; a whole frame is left alone.
    let (left, kept) = say("meitrack", "W,353358017784062,E91");
    assert_eq!(left, "@@W25,353358017784062,E91*7D\r\n");
    assert_eq!(kept, "W,353358017784062,E91");
    let (left, _) = say("meitrack", "@@W25,353358017784062,E91*7D");
    assert!(left.starts_with("@@W25,353358017784062,E91*7D"), "{left}");
}

#[test]
fn typed_secrets_are_dots_wherever_the_family_keeps_them() {
    for (family, typed, kept) in [
        (
            "teltonika-fmb",
            ":cfg_setparam:2001:iot;2003:hunter22",
            ":cfg_setparam:2001:iot;2003:••••••",
        ),
        ("teltonika-fmb", ":sec_login:hunter22", ":sec_login:••••••"),
        // No request of ours is like that; its name tells enough.
        (
            "teltonika-fmb",
            ":sec_changekey:hunter22,hunter23",
            ":sec_changekey:••••••",
        ),
        (
            "queclink",
            "AT+GTRTO=gv500,8,,,,,,FFFF$",
            "AT+GTRTO=••••••,8,,,,,,FFFF$",
        ),
        (
            "calamp-lmu",
            "AT$APP PARAM 2315,0,hunter22",
            "AT$APP PARAM 2315,0,••••••",
        ),
        ("sprint-cdma", "AT$KWSPC=123456", "AT$KWSPC=••••••"),
        ("modem-3gpp", "AT+CPIN=1234", "AT+CPIN=••••••"),
        ("modem-3gpp", "AT+CSQ", "AT+CSQ"),
    ] {
        let (left, shown) = say(family, typed);
        assert!(left.starts_with(typed), "{left}");
        assert_eq!(
            shown.replace(crate::secret::DOTS, "••••••"),
            kept,
            "{family} {typed}"
        );
        assert!(!shown.contains("hunter"), "{shown}");
    }
    let (_, shown) = say(
        "meitrack",
        "H,353358017784062,A21,1,h.example,80,iot,u,hunter22",
    );
    assert!(!shown.contains("hunter"), "{shown}");
    let (_, shown) = say(
        "suntech",
        "AT^ST300NTW;;02;1;iot;u;hunter22;h.example;80;;;;1234",
    );
    assert!(
        !shown.contains("hunter") && !shown.contains("1234"),
        "{shown}"
    );
}

#[test]
fn what_the_unit_repeats_of_it_carries_no_secret_either() {
    let (mut dialogue, now) = recognised("calamp-lmu");
    assert!(dialogue.say(&Secret::new("AT$APP PARAM 2315,0,abc"), now));
    dialogue.receive(
        b"AT$APP PARAM 2315,0,abc\r\r\nOK\r\n\x1b[2J\xff\r\n",
        now.plus_ms(40),
    );
    let kept: Vec<_> = dialogue.transcript().entries().skip(1).collect();
    let texts: Vec<&str> = kept.iter().map(|entry| entry.text.as_str()).collect();
    assert!(!texts.join(" ").contains("abc"), "{texts:?}");
    assert_eq!(kept[1].kind, EntryKind::Echo, "{kept:?}");
    assert_eq!(texts[2], "OK");
    assert!(texts[3].starts_with(r"\u{1b}[2J"), "{texts:?}");
    assert!(crate::printable::is_printable(texts[3]));
}

#[test]
fn nothing_is_typed_into_an_operation_and_nothing_typed_is_taken_for_an_answer() {
    let (mut dialogue, now) = recognised("teltonika-fmb");
    assert!(!dialogue.say(&Secret::new("  "), now));
    dialogue.begin(Operation::Identify, now);
    let before = dialogue.transcript().total();
    assert!(!dialogue.say(&Secret::new(".reset"), now));
    assert_eq!(dialogue.transcript().total(), before);
}
