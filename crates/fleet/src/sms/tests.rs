//! Messages of each family against the forms that the notes print, and answers as the notes print them.

use super::*;
use crate::plan::{PlaceWrite, Plan};
use crate::profile::ProfileRegistry;
use crate::reading::{Identity, Reading};
use crate::template::Template;
use std::sync::Arc;

fn profile(id: &str) -> Arc<Profile> {
    Arc::clone(ProfileRegistry::shipped().get(id).unwrap())
}

fn texting<'a>(profile: &'a Profile, variant: &str, password: Option<&str>) -> Texting<'a> {
    let facts = Captures::from([
        ("imei".to_owned(), "353358017784062".to_owned()),
        ("device_id".to_owned(), device_id(profile).to_owned()),
    ]);
    let access = SmsAccess {
        login: None,
        password: password.map(Secret::new),
    };
    Texting::new(profile, variant, facts, access, 0x0100).unwrap()
}

fn device_id(profile: &Profile) -> &'static str {
    if profile.id == "suntech" {
        "100850000"
    } else {
        "0848028047"
    }
}

fn write(place: &str, text: &str) -> PlaceWrite {
    PlaceWrite {
        place: Place::named(place),
        before: None,
        after: Secret::new(text),
    }
}

fn texts(messages: &[SmsMessage]) -> Vec<&str> {
    messages.iter().map(|each| each.text().reveal()).collect()
}

fn template(text: &str) -> Template {
    Template::from_toml(&format!("name = \"Test\"\nversion = 1\n[settings]\n{text}")).unwrap()
}

fn identity(profile: &Profile, variant: &str) -> Identity {
    Identity {
        id: crate::UnitId::Imei("353358017784062".parse().unwrap()),
        imei: None,
        meid: None,
        esn: None,
        iccid: None,
        iccid_text: None,
        profile: profile.id.clone(),
        variant: variant.to_owned(),
        model: "Model".to_owned(),
        firmware: None,
        hardware: None,
        serial_number: None,
        warnings: vec![],
    }
}

fn places(names: &[&str]) -> std::collections::BTreeSet<Place> {
    names.iter().map(|name| Place::named(name)).collect()
}

#[test]
fn teltonika_writes_several_parameters_and_understands_what_comes_back() {
    let profile = profile("teltonika-fmb");
    let texting = texting(&profile, "fmb120", None);
    let writes = [
        write("2001", "wap"),
        write("2002", "user"),
        write("2003", "pass-1"),
    ];
    let sent = texting.writes(&writes, &Held::default()).unwrap();
    assert_eq!(texts(&sent), ["  setparam 2001:wap;2002:user;2003:pass-1"]);
    assert_eq!(
        sent[0].shown(),
        format!("  setparam 2001:wap;2002:user;2003:{}", crate::secret::DOTS)
    );
    for (answer, not_repeated) in [
        ("New value 2001:wap;2002:user;2003:pass-1", vec![]),
        ("New value 2001:wap;2002:user;2003:pass-1;", vec![]),
        ("New value 2001:wap;2003:pass-1\r\n", vec!["2002"]),
        ("New value 2001:WAP;2002:user;2003:pass-1", vec!["2001"]),
    ] {
        let understood = texting.understand(&sent[0], answer);
        let not_repeated = not_repeated.into_iter().map(Place::named).collect();
        assert_eq!(
            understood.answer,
            SmsAnswer::Taken { not_repeated },
            "{answer}"
        );
        assert!(!understood.shown.contains("pass-1"), "{}", understood.shown);
    }
    for answer in [
        "Param ID:2001 doesn't exist",
        "Invalid parameter id provided",
        "WARNING: Not supported Param ID or Value detected",
        "Error while configuring parameters",
    ] {
        assert_eq!(
            texting.understand(&sent[0], answer).answer,
            SmsAnswer::Refused,
            "{answer}"
        );
    }
    assert_eq!(
        texting.understand(&sent[0], "Call me back").answer,
        SmsAnswer::NotAnAnswer
    );

    let asked = texting
        .questions(&places(&["1000", "2001", "2003"]))
        .unwrap();
    assert_eq!(texts(&asked), ["  getparam 1000;2001;2003"]);
    let understood = texting.understand(&asked[0], "Param ID:1000 Value:30;2001:;2003:pass-1");
    let SmsAnswer::Values(held) = understood.answer else {
        panic!("{understood:?}");
    };
    let reading = held.to_reading(&profile, "fmb120");
    assert_eq!(reading.get(&Place::named("2001")), Some(""));
    assert_eq!(reading.get(&Place::named("1000")), Some("30"));
    assert!(
        !understood.shown.contains("pass-1") && !format!("{reading:?} {held:?}").contains("pass-1")
    );
    // An answer about something that was not asked is no answer.
    let stranger = texting.understand(&asked[0], "Param ID:2005 Value:5027");
    assert_eq!(stranger.answer, SmsAnswer::NotAnAnswer);
}

#[test]
fn login_and_password_stand_in_front_and_are_dots_everywhere_else() {
    let profile = profile("teltonika-fmb");
    let access = SmsAccess {
        login: Some(Secret::new("anna")),
        password: Some(Secret::new("geheim")),
    };
    let texting = Texting::new(&profile, "fmb120", Captures::new(), access, 1).unwrap();
    let sent = texting
        .writes(&[write("2001", "wap")], &Held::default())
        .unwrap();
    assert_eq!(texts(&sent), ["anna geheim setparam 2001:wap"]);
    let dots = crate::secret::DOTS;
    assert_eq!(sent[0].shown(), format!("{dots} {dots} setparam 2001:wap"));
    assert!(!format!("{sent:?} {texting:?}").contains("geheim"));
    let echoed = texting.understand(&sent[0], "anna geheim setparam 2001:wap is what you sent");
    assert!(!echoed.shown.contains("geheim") && !echoed.shown.contains("anna"));
}

#[test]
fn more_than_fits_is_cut_between_parameters_and_never_inside_one() {
    let profile = profile("teltonika-fmb");
    let texting = texting(&profile, "fmb120", None);
    let long = "h".repeat(55);
    let writes: Vec<PlaceWrite> = ["2004", "2007", "2001", "2002", "2003"]
        .iter()
        .map(|place| {
            write(
                place,
                &long[..if place.starts_with("200") && *place > "2003" {
                    55
                } else {
                    32
                }],
            )
        })
        .collect();
    let sent = texting.writes(&writes, &Held::default()).unwrap();
    assert!(sent.len() > 1);
    assert!(sent.iter().all(|each| each.length() <= 160));
    let all: Vec<Place> = sent.iter().flat_map(|each| each.places.clone()).collect();
    let expected: Vec<Place> = writes.iter().map(|each| each.place.clone()).collect();
    assert_eq!(all, expected);
    let too_long = texting.writes(&[write("2004", &"h".repeat(150))], &Held::default());
    assert!(matches!(
        too_long,
        Err(SmsProblem::TooLong { most: 160, .. })
    ));
    let two_values = texting.writes(&[write("2001", "a;2004:evil")], &Held::default());
    assert_eq!(
        two_values.unwrap_err(),
        SmsProblem::Character(Place::named("2001"))
    );
}

#[test]
fn queclink_asks_first_and_writes_every_field_back() {
    let profile = profile("queclink");
    let texting = texting(&profile, "gl500", None);
    let change = [write("SRI.main_host", "fleet.example.com")];
    let blind = texting.writes(&change, &Held::default());
    assert_eq!(
        blind.unwrap_err(),
        SmsProblem::AskFirst(vec!["SRI".to_owned()])
    );
    let asked = texting
        .questions(&places(&["SRI.main_host", "SRI.main_port"]))
        .unwrap();
    assert_eq!(texts(&asked), ["AT+GTRTO=gl500,2,SRI,,,,,0101$"]);
    assert!(!asked[0].shown().contains("=gl500"));
    let answer = "+RESP:GTALS,400300,868487003716602,GL500,SRI,3,,1,gl500.mysirui.com,2107,223.6.250.102,2107,,0,0,0,,,,20161027164723,02A4$";
    let SmsAnswer::Values(held) = texting.understand(&asked[0], answer).answer else {
        panic!("not understood");
    };
    let sent = texting.writes(&change, &held).unwrap();
    assert_eq!(
        texts(&sent),
        ["AT+GTSRI=gl500,3,,1,fleet.example.com,2107,223.6.250.102,2107,,0,0,0,,,,0100$"]
    );
    let ack = "+ACK:GTSRI,400300,868487003716602,GL500,0100,20161027164723,02A5$";
    let taken = SmsAnswer::Taken {
        not_repeated: vec![],
    };
    assert_eq!(texting.understand(&sent[0], ack).answer, taken);
    // Another number, another command: not ours.
    for other in [
        ack.replace(",0100,", ",0108,"),
        ack.replace("GTSRI", "GTFRI"),
    ] {
        assert_eq!(
            texting.understand(&sent[0], &other).answer,
            SmsAnswer::NotAnAnswer
        );
    }
    let cut = answer.replace(",2107,223.6.250.102", "");
    assert_eq!(
        texting.understand(&asked[0], &cut).answer,
        SmsAnswer::NotAnAnswer
    );
}

#[test]
fn the_newer_queclink_dialect_says_no_in_words() {
    let profile = profile("queclink-pro");
    let texting = texting(&profile, "gl601", None);
    let asked = texting.questions(&places(&["APN.apn"])).unwrap();
    assert_eq!(texts(&asked), ["AT@APN?gl601###,,0101$"]);
    let answer = "+QRY:APN,123456789012345,C031,10,0,1,1,,testapn,,,0,,0101,20210407101530,1234$";
    let SmsAnswer::Values(held) = texting.understand(&asked[0], answer).answer else {
        panic!("not understood");
    };
    let sent = texting
        .writes(&[write("APN.apn", "iot.example")], &held)
        .unwrap();
    assert_eq!(texts(&sent), ["AT@APN=gl601###,,iot.example,,,0,,0100$"]);
    let refused = "+NACK:APN,123456789012345,C031,10,0,,0,0100,20210407101530,1234$";
    assert_eq!(
        texting.understand(&sent[0], refused).answer,
        SmsAnswer::Refused
    );
}

#[test]
fn meitrack_needs_its_password_and_every_field() {
    let profile = profile("meitrack");
    let whole = "\"server.transport\" = \"tcp\"\n\"server.host\" = \"67.203.13.26\"\n\"server.port\" = 8800\n\"apn.name\" = \"internet\"\n\"apn.user\" = \"\"\n\"apn.password\" = \"\"\n";
    let identity = identity(&profile, "t333");
    let plan =
        Plan::for_messages(&profile, &identity, &Reading::default(), &template(whole)).unwrap();
    assert_eq!(
        plan.not_readable.len(),
        6,
        "nothing of it can be proved by message"
    );
    let writes: Vec<PlaceWrite> = plan.groups().concat();
    let nameless = texting(&profile, "t333", None);
    let problem = nameless.writes(&writes, &Held::default()).unwrap_err();
    assert!(
        problem.to_string().contains("0000 from the factory"),
        "{problem}"
    );
    let texting = texting(&profile, "t333", Some("0000"));
    let sent = texting.writes(&writes, &Held::default()).unwrap();
    assert_eq!(texts(&sent), ["0000,A21,1,67.203.13.26,8800,internet,,"]);
    for answer in ["353358017784062,A21,OK", "353358017784062,A21,ok"] {
        let taken = SmsAnswer::Taken {
            not_repeated: vec![],
        };
        assert_eq!(texting.understand(&sent[0], answer).answer, taken);
    }
    let of_another = texting.understand(&sent[0], "353358017784070,A21,OK");
    assert_eq!(of_another.answer, SmsAnswer::NotAnAnswer);
    assert!(
        texting
            .questions(&places(&["A21.host"]))
            .unwrap()
            .is_empty()
    );
    let half = template("\"server.host\" = \"67.203.13.26\"\n");
    assert!(Plan::for_messages(&profile, &identity, &Reading::default(), &half).is_err());
}

#[test]
fn xirgo_is_set_by_message_with_port_and_user_first() {
    let profile = profile("xirgo");
    let wanted = template(
        "\"server.host\" = \"192.0.2.7\"\n\"server.port\" = 5000\n\"apn.name\" = \"internet\"\n\"apn.user\" = \"u\"\n\"apn.password\" = \"p4ss\"\n",
    );
    let identity = identity(&profile, "xt");
    assert!(Plan::compute(&profile, &identity, &Reading::default(), &wanted).is_err());
    let plan = Plan::for_messages(&profile, &identity, &Reading::default(), &wanted).unwrap();
    let texting = texting(&profile, "xt", None);
    let sent = texting
        .writes(&plan.groups().concat(), &Held::default())
        .unwrap();
    assert_eq!(
        texts(&sent),
        ["+XT:1002,u,p4ss,internet", "+XT:1001,5000,192.0.2.7,4,0,0"]
    );
    assert!(
        sent.iter()
            .all(|each| !each.is_answered && !each.shown().contains("p4ss"))
    );
    assert!(texting.unproven().is_some());
}

#[test]
fn suntech_speaks_its_radio_form_with_the_units_own_number() {
    let legacy = profile("suntech");
    let talking = texting(&legacy, "st300", None);
    let asked = talking.questions(&places(&["RPT.driving"])).unwrap();
    assert_eq!(texts(&asked), ["ST300CMD;100850000;02;Preset"]);
    // One question shows every command, so that a change of one field need not bring all the others.
    let blind = talking.writes(&[write("RPT.driving", "90")], &Held::default());
    assert_eq!(
        blind.unwrap_err(),
        SmsProblem::AskFirst(vec!["RPT".to_owned()])
    );
    let preset = "ST300CMD;Res;100850000;010;Preset;NTW;0;internet;;;111.111.111.111;8600;;;;1234;RPT;60;180;120;60;3;0;0;;;;EVT;1;GSM;2;SVC;3;DEV;0;0;0;0";
    let SmsAnswer::Values(held) = talking.understand(&asked[0], preset).answer else {
        panic!("not understood");
    };
    let sent = talking
        .writes(&[write("RPT.driving", "90")], &held)
        .unwrap();
    assert_eq!(texts(&sent), ["ST300RPT;100850000;02;180;90;60;3;0;0;;;"]);
    let universal = profile("suntech-universal");
    let talking = texting(&universal, "universal", None);
    let sent = talking
        .writes(
            &[write("01", "internet"), write("06", "9601")],
            &Held::default(),
        )
        .unwrap();
    assert_eq!(texts(&sent), ["AT^PRG;0848028047;10;01#internet;06#9601"]);
    assert_eq!(
        talking.understand(&sent[0], "RPR;0848028047;OK;10").answer,
        SmsAnswer::Taken {
            not_repeated: vec![]
        }
    );
}

#[test]
fn families_without_a_form_say_so() {
    for id in ["calamp-lmu", "airlink", "modem-3gpp", "sprint-cdma"] {
        let profile = profile(id);
        let variant = profile.variants[0].id.clone();
        let problem = Texting::new(&profile, &variant, Captures::new(), SmsAccess::default(), 0);
        assert_eq!(problem.unwrap_err(), SmsProblem::NoForm, "{id}");
    }
    assert!(profile("calamp-lmu").sms.is_none());
}

/// Every model with a form: its message stays one message, is GSM-7, and hides what it must.
#[test]
fn every_setting_of_every_model_is_one_message_or_says_why_not() {
    let registry = ProfileRegistry::shipped();
    for profile in registry.all().filter(|each| each.sms.is_some()) {
        for variant in &profile.variants {
            let texting = texting(profile, &variant.id, Some("Pw-8"));
            for place in profile.places_on(variant) {
                let written = texting.writes(
                    &[PlaceWrite {
                        place: place.clone(),
                        before: None,
                        after: Secret::new("1"),
                    }],
                    &Held::default(),
                );
                match written {
                    Ok(messages) => assert!(
                        messages
                            .iter()
                            .all(|each| each.length() <= 160 && !each.shown().contains("Pw-8")),
                        "{} {place}",
                        profile.id
                    ),
                    Err(SmsProblem::AskFirst(_) | SmsProblem::Incomplete(_)) => {}
                    Err(other) => panic!("{} {} {place}: {other}", profile.id, variant.id),
                }
            }
        }
    }
}

/// A simulated unit takes and shows by message what it takes and shows over its cable.
#[test]
fn simulated_units_obey_and_answer_messages() {
    use crate::simulator::{SimulatedUnit, SimulatedUnitOptions};
    let change = |id: &str| match id {
        "meitrack" => ("A12.interval", "12"),
        "queclink-pro" => ("APN.apn", "iot.example"),
        "queclink" => ("SRI.main_host", "new.example.com"),
        "suntech" => ("RPT.driving", "90"),
        "xirgo" => ("1002.apn", "iot.example"),
        "suntech-universal" => ("01", "iot.example"),
        _ => ("2001", "iot.example"),
    };
    let registry = ProfileRegistry::shipped();
    for profile in registry.all().filter(|each| each.sms.is_some()) {
        let mut unit = SimulatedUnit::new(
            Arc::clone(profile),
            SimulatedUnitOptions {
                seed: 3,
                ..Default::default()
            },
            crate::Moment(0),
        )
        .unwrap();
        let mut facts = Captures::new();
        if let Some(imei) = unit.imei() {
            facts.insert("imei".to_owned(), imei.to_owned());
        }
        if let Some(number) = unit.facts().get("device_id") {
            facts.insert("device_id".to_owned(), number.clone());
        }
        let password = (profile.id == "meitrack").then(|| Secret::new("0000"));
        let access = SmsAccess {
            login: None,
            password,
        };
        let texting = Texting::new(profile, unit.variant(), facts, access, 7).unwrap();
        let (place, text) = change(&profile.id);
        let mut writes = vec![write(place, text)];
        if profile.id == "xirgo" {
            writes.push(write("1002.apn_user", "u"));
            writes.push(write("1002.apn_password", "p4ss"));
        }
        let mut held = Held::default();
        for question in texting.questions(&places(&[place])).unwrap() {
            let answer = unit.text_message(question.text().reveal(), crate::Moment(10));
            let understood = texting.understand(&question, &answer.unwrap());
            let SmsAnswer::Values(shown) = understood.answer else {
                panic!("{}: {understood:?}", profile.id);
            };
            held.merge(shown);
        }
        for message in texting.writes(&writes, &held).unwrap() {
            let answer = unit.text_message(message.text().reveal(), crate::Moment(20));
            assert_eq!(answer.is_some(), message.is_answered, "{}", profile.id);
            if let Some(answer) = answer {
                let taken = SmsAnswer::Taken {
                    not_repeated: vec![],
                };
                assert_eq!(
                    texting.understand(&message, &answer).answer,
                    taken,
                    "{answer}"
                );
            }
            let wrong = message.text().reveal().replace("0000,", "1234,");
            let wrong = wrong.replace("  setparam", " x setparam");
            if wrong != message.text().reveal() {
                assert_eq!(unit.text_message(&wrong, crate::Moment(30)), None);
            }
        }
        assert_eq!(
            unit.flash().get(&Place::named(place)).map(String::as_str),
            Some(text),
            "{}",
            profile.id
        );
    }
}

/// A server by its name may need the address of a name server first: documented.
#[test]
fn meitrack_is_told_its_name_server_before_its_server() {
    let profile = profile("meitrack");
    let wanted = template(
        "meitrack.dns_address = \"8.8.8.8\"\nserver.host = \"gps.example.net\"\nserver.port = 5027\nserver.transport = \"tcp\"\napn.name = \"iot\"\napn.user = \"\"\napn.password = \"\"\n",
    );
    let identity = identity(&profile, "t333");
    let plan = Plan::for_messages(&profile, &identity, &Reading::default(), &wanted).unwrap();
    let writes = plan.groups().concat();
    let commands: Vec<String> = writes.iter().map(|each| each.place.to_string()).collect();
    assert!(commands[0].starts_with("A22."), "{commands:?}");
    let texting = texting(&profile, "t333", Some("0000"));
    let sent = texting.writes(&writes, &Held::default()).unwrap();
    assert_eq!(
        texts(&sent),
        ["0000,A22,8.8.8.8", "0000,A21,1,gps.example.net,5027,iot,,"]
    );
}
