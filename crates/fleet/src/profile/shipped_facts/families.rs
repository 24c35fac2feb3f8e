//! The later families: requests and answers as the protocol notes print them, with their limits.

use super::*;

fn pattern_fits(profile: &Profile, exchange: &str, reply: usize, frame: &str) -> Captures {
    caught(&profile.exchange[exchange], reply, frame)
}

/// A request of the profile with its holes filled.
fn said(profile: &Profile, exchange: &str, words: &[(&str, &str)]) -> String {
    let fill = |name: &str| {
        let word = words.iter().find(|(word, _)| *word == name);
        word.map(|(_, text)| (*text).into())
    };
    profile.exchange[exchange].request.format(fill).unwrap()
}

fn wire(profile: &Profile, variant: &str, setting: &str, value: i64) -> Option<String> {
    to_wire(
        profile,
        &on(profile, variant, setting),
        &Value::Integer(value),
    )
    .ok()
}

#[test]
fn calamp_parameters_are_written_and_read_as_printed() {
    let profile = profile("calamp-lmu");
    let write = |parameter, value| {
        said(
            &profile,
            "write",
            &[("parameter", parameter), ("value", value)],
        )
    };
    assert_eq!(write("2306,0", "internet"), "AT$APP PARAM 2306,0,internet");
    assert_eq!(write("769,0", "20500"), "AT$APP PARAM 769,0,20500");
    assert_eq!(write("1280,0", "4,4"), "AT$APP PARAM 1280,0,4,4");
    assert_eq!(
        said(&profile, "read", &[("parameter", "2319,0")]),
        "AT$APP PARAM? 2319,0"
    );
    let read = pattern_fits(&profile, "read", 0, "2306,0,internet");
    assert_eq!(
        (read["parameter"].as_str(), read["value"].as_str()),
        ("2306,0", "internet")
    );
    assert_eq!(said(&profile, "restart", &[]), "ATRESET");
    assert_eq!(places(&on(&profile, "lmu", "apn.name")), "2306,0 2306,1");
    assert_eq!(places(&on(&profile, "lmu", "server.host")), "2319,0 2319,1");
    assert_eq!(on(&profile, "lmu", "apn.name").max_length, Some(63));
    let heartbeat = |value| wire(&profile, "lmu", "report.heartbeat_interval_s", value);
    assert_eq!(
        (heartbeat(0), heartbeat(65_535), heartbeat(65_536)),
        (Some("0".into()), Some("65535".into()), None)
    );
    // Value and mask are written, the value alone is shown, and only the mask's bits count.
    let bit = on(&profile, "lmu", "calamp.fixed_address_bit");
    assert_eq!(to_wire(&profile, &bit, &Value::Integer(4)).unwrap(), "4,4");
    assert!(crate::profile::same_on_wire(&bit, "21", "4,4"));
    assert!(!crate::profile::same_on_wire(&bit, "17", "4,4"));
    assert_eq!(from_wire(&bit, "17"), Some(Value::Integer(0)));
    // What an undo puts back was shown without its mask, and no unit takes it so.
    let variant = profile.variant("lmu").unwrap();
    let back = |name: &str, shown: &str| {
        let place = Place::Parameter {
            parameter: name.to_owned(),
        };
        profile.written_back(variant, &place, shown)
    };
    assert_eq!(back("1280,0", "17"), "0,4");
    assert_eq!(back("1280,0", "21"), "4,4");
    assert_eq!(back("2313,0", "120"), "120");
    assert!(
        profile
            .settings
            .iter()
            .filter(|each| each.key.as_str().starts_with("calamp.timer_"))
            .count()
            == 16
    );
    assert!(on(&profile, "lmu", "report.parked_interval_s").mapped);
}

#[test]
fn suntech_answers_are_understood_as_printed() {
    let profile = profile("suntech");
    let nobody = ("label", "");
    assert_eq!(
        said(&profile, "version", &[nobody]),
        "AT^ST300CMD;;02;ReqVer"
    );
    let version = pattern_fits(
        &profile,
        "version",
        0,
        "ST300CMD;Res;100850000;010;ReqVer;ST340",
    );
    assert_eq!(
        (version["device_id"].as_str(), version["firmware"].as_str()),
        ("100850000", "010")
    );
    let preset = pattern_fits(
        &profile,
        "preset",
        0,
        "ST300CMD;Res;511848119;315;PresetA;NTW;0;eseye.com;user;pass;rastreamento.inviocar.com;6011;;;;;RPT;1800;80;80;3;1200;0;0;0;0;EVT;0",
    );
    assert!(preset["sections"].starts_with("NTW;0;eseye.com"));
    let fields = "180;120;60;3;0;0;0;0;0";
    assert_eq!(
        said(
            &profile,
            "write",
            &[nobody, ("command", "RPT"), ("fields", fields)]
        ),
        format!("AT^ST300RPT;;02;{fields}")
    );
    let answer = pattern_fits(
        &profile,
        "write",
        0,
        "ST300RPT;Res;100850000;010;180;120;60;3;0;0;0;0;0",
    );
    assert_eq!(answer["command"], "RPT");
    for (key, most) in [
        ("report.parked_interval_s", 86_400),
        ("report.moving_interval_s", 60_000),
        ("report.heartbeat_interval_s", 65_500),
        ("suntech.emergency_interval_s", 9_999),
    ] {
        assert!(
            wire(&profile, "st300", key, most).is_some()
                && wire(&profile, "st300", key, most + 1).is_none(),
            "{key}"
        );
    }
    let variant = profile.variant("st300").unwrap();
    assert_eq!(
        (variant.fields["NTW"].len(), variant.fields["RPT"].len()),
        (10, 9)
    );
}

#[test]
fn the_universal_suntech_dialect_is_as_far_as_it_is_known() {
    let profile = profile("suntech-universal");
    assert!(profile.unproven.is_some() && profile.settings.iter().all(|setting| setting.inferred));
    assert_eq!(
        said(&profile, "preset", &[("device_id", "4309999001")]),
        "AT^CMD;4309999001;03;05"
    );
    assert_eq!(
        said(&profile, "restart", &[("device_id", "4309999001")]),
        "AT^CMD;4309999001;03;03"
    );
    let write = &profile.parameters.as_ref().unwrap().write;
    assert!(write.replies[0].parse("RPR;4309999001;OK;10").is_some());
    assert!(write.replies[0].parse("RPR;4309999001;ERR;10").is_none());
    assert!(profile.lacks.contains_key(&key("report.moving_interval_s")));
}

#[test]
fn meitrack_commands_are_counted_in_the_units_of_the_notes() {
    let profile = profile("meitrack");
    let imei = "353358017784062";
    let frame = |text: &str| String::from_utf8(crate::profile::encode("@@", text)).unwrap();
    let version = said(&profile, "version", &[("serial", "W"), ("label", imei)]);
    assert_eq!(frame(&version), "@@W25,353358017784062,E91*7D\r\n");
    let write = |serial, command, fields| {
        frame(&said(
            &profile,
            "write",
            &[
                ("serial", serial),
                ("imei", imei),
                ("command", command),
                ("fields", fields),
            ],
        ))
    };
    assert_eq!(
        write("H", "A21", "1,67.203.13.26,8800,,,"),
        "@@H48,353358017784062,A21,1,67.203.13.26,8800,,,*C9\r\n"
    );
    assert_eq!(
        wire(&profile, "t333", "report.moving_interval_s", 60),
        Some("6".into())
    );
    assert_eq!(write("V", "A12", "6"), "@@V27,353358017784062,A12,6*D5\r\n");
    assert_eq!(
        write("S", "A11", "10"),
        "@@S28,353358017784062,A11,10*FD\r\n"
    );
    assert_eq!(
        wire(&profile, "t333", "report.heartbeat_interval_s", 600),
        Some("10".into())
    );
    assert_eq!(
        wire(&profile, "t333", "report.moving_interval_s", 655_350),
        Some("65535".into())
    );
    assert_eq!(
        wire(&profile, "t333", "report.moving_interval_s", 655_360),
        None
    );
    let real = pattern_fits(
        &profile,
        "version",
        0,
        "X,864507032323403,E91,T333_Y10H1412V046_T,46281520253",
    );
    assert_eq!(profile.variant_for(&real).unwrap().id, "t333");
    // The answer that is printed without the field E91 is no answer to it.
    let Reply::Frame { any, .. } = &profile.exchange["version"].replies[0] else {
        panic!()
    };
    assert!(
        any.iter()
            .all(|each| each.parse("W,353358017784062,FWV1.00,12345678").is_none())
    );
    assert!(pattern_fits(&profile, "write", 0, "H,353358017784062,A21,OK").contains_key("imei"));
    assert!(pattern_fits(&profile, "write", 0, "c,353358017784062,C50,ok").contains_key("imei"));
    let stored = pattern_fits(
        &profile,
        "stored",
        0,
        "A,353358017784062,DB4,TCP,IP1:178.131.31.231,PORT1:6180,IP2:,PORT2:,420,mcinet,2,10,0,6,6,300,80,30,0,114",
    );
    let shown = [
        "shown_host",
        "shown_port",
        "shown_apn",
        "shown_heartbeat",
        "shown_interval",
        "shown_distance",
        "shown_turn",
    ];
    assert_eq!(
        shown.map(|name| stored[name].as_str()),
        ["178.131.31.231", "6180", "mcinet", "10", "6", "300", "30"]
    );
    let parked = on(&profile, "t333", "report.parked_interval_s");
    assert_eq!(
        (
            parked.needs[0].place.to_string(),
            parked.needs[0].any[0].as_str()
        ),
        ("A16.on".to_owned(), "1")
    );
    assert!(profile.settings.iter().all(|setting| !setting.readable));
    assert!(profile.restart.as_ref().unwrap().exchange.is_none());
}

#[test]
fn the_modems_answers_are_understood_as_printed() {
    let profile = profile("modem-3gpp");
    for frame in ["867322031234567", "+CGSN:867322031234567"] {
        assert_eq!(
            pattern_fits(&profile, "number", 0, frame)["imei"],
            "867322031234567"
        );
    }
    for rest in [
        r#""IP","catm","",0,0,0,0"#,
        r#""IPV4V6","catm","0.0.0.0",0,0"#,
        r#""IP","catm","0.0.0.0",0,0,,,,"#,
    ] {
        let context = pattern_fits(&profile, "contexts", 0, &format!("+CGDCONT: 1,{rest}"));
        assert_eq!(
            (context["command"].as_str(), context["fields"].as_str()),
            ("1", rest)
        );
    }
    assert_eq!(
        said(
            &profile,
            "write",
            &[("command", "1"), ("fields", r#""IP","internet""#)]
        ),
        r#"AT+CGDCONT=1,"IP","internet""#
    );
    assert_eq!(profile.meaning["+CME ERROR: 10"], "no SIM in it");
    assert_eq!(profile.meaning["+CME ERROR: 30"], "no network");
    assert_eq!(profile.meaning["+CME ERROR: 4"], "operation not supported");
    assert!(profile.notice.as_ref().unwrap().contains("other port"));
}

#[test]
fn the_service_code_leaves_only_to_write() {
    let profile = profile("sprint-cdma");
    assert!(profile.register_first);
    let Access::ServiceCode { exchange } = &profile.access else {
        panic!("no code")
    };
    let code = &profile.exchange[exchange];
    assert!(code.one_shot && code.tries == 1);
    assert_eq!(code.request.text(), "AT$KWSPC={code}");
    for name in &profile.identify.ask {
        assert!(!profile.exchange[name].request.has("code"), "{name}");
    }
    let single = profile.single.as_ref().unwrap();
    let around: Vec<&str> = single
        .before
        .iter()
        .chain(&single.after)
        .map(|name| profile.exchange[name].request.text())
        .collect();
    assert_eq!(around, ["AT$KWMODE=1", "AT$KWSPC={code}", "AT$KWMODE=2"]);
    assert_eq!(
        said(
            &profile,
            "write",
            &[("parameter", "KWDIR"), ("value", "2065550123")]
        ),
        "AT$KWDIR=2065550123"
    );
    assert_eq!(
        pattern_fits(&profile, "meid_telit", 0, "#MEID: A1000049AB9082")["meid"],
        "A1000049AB9082"
    );
    let parts = pattern_fits(&profile, "meid_telit", 0, "#MEID: A10000,32B9F1C0");
    assert_eq!(
        (parts["meid_high"].as_str(), parts["meid_low"].as_str()),
        ("A10000", "32B9F1C0")
    );
    assert_eq!(
        pattern_fits(&profile, "meid_huawei", 0, "^MEID:A0C72311111111")["meid"],
        "A0C72311111111"
    );
}

#[test]
fn the_newer_queclink_dialect_says_no_and_leaves_empty_fields_alone() {
    let profile = profile("queclink-pro");
    let password = ("password", "gl601###");
    assert_eq!(
        said(
            &profile,
            "read",
            &[password, ("command", "APN"), ("serial", "0C37")]
        ),
        "AT@APN?gl601###,,0C37$"
    );
    let fields = ("fields", ",testapn,,,0,");
    assert_eq!(
        said(
            &profile,
            "write",
            &[password, ("command", "APN"), fields, ("serial", "012F")]
        ),
        "AT@APN=gl601###,,testapn,,,0,,012F$"
    );
    let query = pattern_fits(
        &profile,
        "read",
        0,
        "+QRY:APN,123456789012345,C031,10,0,1,1,,testapn,,,0,,0C37,20210407101530,1234$",
    );
    assert_eq!(
        (query["fields"].as_str(), query["serial"].as_str()),
        (",testapn,,,0,", "0C37")
    );
    let ack = pattern_fits(
        &profile,
        "write",
        0,
        "+ACK:APN,123456789012345,C031,10,0,,012F,20210407101530,1234$",
    );
    assert_eq!(ack["serial"], "012F");
    let refused = profile.exchange["write"].refusals[0]
        .parse("+NACK:GTC,123456789012345,C031,10,0,,0,1234,20210407101530,1234$");
    assert_eq!(refused.unwrap()["serial"], "1234");
    for (key, most) in [("apn.name", 39), ("apn.user", 32), ("apn.password", 32)] {
        assert_eq!(on(&profile, "gl601", key).max_length, Some(most));
    }
    // An empty user would be left as it is, so it cannot be asked for; an empty APN clears.
    assert_eq!(on(&profile, "gl601", "apn.user").min_length, 1);
    assert_eq!(on(&profile, "gl601", "apn.name").min_length, 0);
    assert_eq!(profile.variant("gl601").unwrap().fields["APN"].len(), 6);
}

#[test]
fn what_the_notes_do_not_support_is_not_asked_of_a_unit() {
    let xirgo = profile("xirgo");
    assert!(
        xirgo
            .exchange
            .values()
            .all(|exchange| exchange.request.text().is_empty())
    );
    assert!(xirgo.positional.as_ref().unwrap().write.is_none());
    let sms = xirgo.sms.as_ref().unwrap();
    assert_eq!(
        sms.fixed.values().map(String::as_str).collect::<Vec<_>>(),
        ["4", "0", "0"]
    );
    let airlink = profile("airlink");
    let sure: Vec<&str> = airlink
        .settings
        .iter()
        .filter(|setting| !setting.inferred)
        .map(|setting| setting.key.as_str())
        .collect();
    assert_eq!(
        sure,
        ["airlink.report_interval_s", "airlink.report_distance_hm"]
    );
    for id in [
        "calamp-lmu",
        "suntech",
        "suntech-universal",
        "meitrack",
        "sprint-cdma",
        "airlink",
        "xirgo",
    ] {
        assert!(profile(id).unproven.is_some(), "{id}");
    }
}
