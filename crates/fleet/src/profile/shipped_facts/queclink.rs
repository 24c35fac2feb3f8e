//! The Queclink protocol notes and printed layouts, held against their profile.

use super::*;

#[test]
fn models_are_told_by_the_protocol_version() {
    let profile = profile("queclink");
    for (protocol, variant) in [
        ("0F0106", "gv55"),
        ("2F0101", "gv55"),
        ("1A0800", "gl300"),
        ("300400", "gl300"),
        ("C30303", "gl320m"),
        ("060100", "gv300"),
        ("250100", "gv300"),
        ("360201", "gv500"),
        ("080100", "gmt100"),
        ("3F0100", "gmt100"),
        ("400300", "gl500"),
        ("040100", "gv200"),
        ("280500", "gl300vc"),
        ("410700", "other"),
        ("F50201", "other"),
        ("80202100", "other"),
    ] {
        let facts = Captures::from([("protocol".to_owned(), protocol.to_owned())]);
        let found = profile.variant_for(&facts).map(|each| each.id.as_str());
        assert_eq!(found, Some(variant), "{protocol}");
    }
    for stranger in ["", "1A08", "1A0800,", "hello!"] {
        let facts = Captures::from([("protocol".to_owned(), stranger.to_owned())]);
        assert!(profile.variant_for(&facts).is_none(), "{stranger}");
    }
}

/// A printed command, the model whose layout it shows, and what stands in some of its fields.
type Printed = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const PRINTED: &[Printed] = &[
    (
        "AT+GTBSI=gl300,cmnet,,,,,,,0002$",
        "gl300",
        &[("apn", "cmnet")],
    ),
    (
        "AT+GTSRI=gl300,4,,,116.226.44.17,9001,116.226.44.16,9002,+8613812341234,0,1,,,,,0003$",
        "gl300",
        &[
            ("report_mode", "4"),
            ("main_host", "116.226.44.17"),
            ("main_port", "9001"),
            ("backup_port", "9002"),
            ("sms_gateway", "+8613812341234"),
            ("heartbeat", "0"),
            ("sack", "1"),
        ],
    ),
    (
        "AT+GTFRI=gl300,3,0,,,0000,0000,30,30,180,180,001F,1000,100,0,5,50,5,0,,FFFF$",
        "gl300",
        &[
            ("mode", "3"),
            ("send_interval", "30"),
            ("ign_send_interval", "180"),
            ("report_mask", "001F"),
            ("distance", "1000"),
            ("mileage", "100"),
        ],
    ),
    (
        "AT+GTNMD=gl300,0,2,3,2,300,300,2,3,0,,,,,0005$",
        "gl300",
        &[
            ("mode", "0"),
            ("rest_fix_interval", "300"),
            ("rest_send_interval", "300"),
        ],
    ),
    (
        "AT+GTNMD=gl300,,3,2,3,,,,,,,,,,0005$",
        "gl300",
        &[("rest_duration", "3")],
    ),
    (
        "AT+GTFRI=gl320m,1,1,,,0000,0000,30,30,30,30,,1000,1000,0,5,50,5,0,00000000,FFFF$",
        "gl320m",
        &[
            ("mode", "1"),
            ("check_interval", "30"),
            ("eri_mask", "00000000"),
        ],
    ),
    (
        "AT+GTBSI=gl320m,sensor.net,,,,,,0,0,0,0,0,0,0,,FFFF$",
        "gl320m",
        &[
            ("apn", "sensor.net"),
            ("gprs_apn", ""),
            ("network_mode", "0"),
        ],
    ),
    (
        "AT+GTNMD=gl320m,E,10,3,2,300,300,2,3,0,0,2,,,FFFF$",
        "gl320m",
        &[("mode", "E"), ("rest_send_interval", "300")],
    ),
    (
        "AT+GTFRI=gv55,1,0,,0,0000,0000,,60,1000,1000,,30,1800,,,,,FFFF$",
        "gv55",
        &[
            ("mode", "1"),
            ("send_interval", "60"),
            ("corner", "30"),
            ("igf_interval", "1800"),
        ],
    ),
    (
        "AT+GTFRI=gv500,1,0,,1,0000,0000,,10,1000,1000,,45,600,,,,,FFFF$",
        "gv500",
        &[
            ("period_enable", "1"),
            ("send_interval", "10"),
            ("igf_interval", "600"),
        ],
    ),
    (
        "AT+GTFRI=gv300,1,0,,0,0000,0000,60,60,1000,1000,,25,1800,00000000,,,,FFFF$",
        "gv300",
        &[
            ("check_interval", "60"),
            ("send_interval", "60"),
            ("igf_interval", "1800"),
        ],
    ),
    (
        "AT+GTFRI=gmt100,1,0,,0,0000,0000,300,300,1000,1000,,0,1200,,,,,FFFF$",
        "gmt100",
        &[("check_interval", "300"), ("igf_interval", "1200")],
    ),
];

#[test]
fn printed_commands_have_the_fields_of_their_models() {
    let profile = profile("queclink");
    for (command, variant, expected) in PRINTED {
        let captures = profile.exchange["write"].request.parse(command).unwrap();
        let fields: Vec<&str> = captures["fields"].split(',').collect();
        let variant = profile.variant(variant).unwrap();
        let name = captures["command"].as_str();
        assert_eq!(fields.len(), variant.fields[name].len(), "{command}");
        for (field, text) in *expected {
            let index = variant.field_index(name, field).unwrap();
            assert_eq!(fields[index], *text, "{field} of {command}");
        }
    }
}

#[test]
fn printed_replies_are_understood() {
    let profile = profile("queclink");
    let version = &profile.exchange["version"];
    let real = caught(
        version,
        1,
        "+RESP:GTVER,1A0800,860599000773978,GL300,GL300,0A03,0103,20161007041531,10F8$",
    );
    let words = ["protocol", "id", "model", "firmware", "hardware"];
    assert_eq!(
        words.map(|word| real[word].as_str()),
        ["1A0800", "860599000773978", "GL300", "0A03", "0103"]
    );
    let with_vin = caught(
        version,
        1,
        "+RESP:GTVER,360201,864251020143727,,gv500,GV500,0209,0101,20160329161513,061B$",
    );
    assert_eq!(
        (with_vin["model"].as_str(), with_vin["firmware"].as_str()),
        ("GV500", "0209")
    );
    let ack = "+ACK:GTRTO,1A0800,860599000773978,GL300,VER,FFFF,20161006053520,0C19$";
    assert_eq!(caught(version, 0, ack)["serial"], "FFFF");

    let sim = caught(
        &profile.exchange["sim_card"],
        1,
        "+RESP:GTCID,1A0102,135790246811220,,898600810906F8048812,20100214093254,11F0$",
    );
    assert_eq!(sim["iccid"], "898600810906F8048812");

    let stored = caught(
        &profile.exchange["read"],
        1,
        "+RESP:GTALS,400300,868487003716602,GL500,SRI,3,,1,gl500.mysirui.com,2107,223.6.250.102,2107,,0,0,0,,,,20161027164723,02A4$",
    );
    let fields: Vec<&str> = stored["fields"].split(',').collect();
    let variant = profile.variant("gl500").unwrap();
    assert_eq!(fields.len(), variant.fields["SRI"].len());
    assert_eq!(
        fields[variant.field_index("SRI", "main_host").unwrap()],
        "gl500.mysirui.com"
    );

    let written = caught(
        &profile.exchange["write"],
        0,
        "+ACK:GTSRI,C30303,860201069202698,,FFFF,20260804162604,0000$",
    );
    assert_eq!(
        (written["command"].as_str(), written["serial"].as_str()),
        ("SRI", "FFFF")
    );
}

#[test]
fn printed_requests_are_the_ones_we_send() {
    let profile = profile("queclink");
    let fill = |name: &str| {
        let text = match name {
            "password" => "gl300",
            "serial" => "FFFF",
            "command" => "BSI",
            "fields" => "cmnet,,,,,,",
            _ => return None,
        };
        Some(text.into())
    };
    let say = |pattern: &Pattern| pattern.format(fill).unwrap();
    for (name, expected) in [
        ("version", "AT+GTRTO=gl300,8,,,,,,FFFF$"),
        ("sim_card", "AT+GTRTO=gl300,6,,,,,,FFFF$"),
        ("restart", "AT+GTRTO=gl300,3,,,,,,FFFF$"),
        ("read", "AT+GTRTO=gl300,2,BSI,,,,,FFFF$"),
        ("write", "AT+GTBSI=gl300,cmnet,,,,,,,FFFF$"),
    ] {
        assert_eq!(say(&profile.exchange[name].request), expected);
    }
}

#[test]
fn limits_and_words_are_the_documented_ones() {
    let profile = profile("queclink");
    let heartbeat = on(&profile, "gl300", "report.heartbeat_interval_s");
    let write = |seconds| to_wire(&profile, &heartbeat, &Value::Integer(seconds)).ok();
    assert_eq!(write(0).as_deref(), Some("0"));
    assert_eq!(write(300).as_deref(), Some("5"));
    assert_eq!(write(21_600).as_deref(), Some("360"));
    assert_eq!((write(240), write(21_660), write(310)), (None, None, None));

    let transport = on(&profile, "gv55", "server.transport");
    for (wire, word) in [
        ("1", Some("tcp")),
        ("2", Some("tcp")),
        ("3", Some("tcp")),
        ("7", Some("tcp")),
        ("4", Some("udp")),
        ("6", Some("udp")),
        ("0", None),
        ("5", None),
    ] {
        let word = word.map(|word| Value::Text(word.to_owned()));
        assert_eq!(from_wire(&transport, wire), word, "{wire}");
    }
    let tcp = Value::Text("tcp".to_owned());
    assert_eq!(to_wire(&profile, &transport, &tcp).as_deref(), Ok("3"));

    for (setting, longest) in [("apn.name", 40), ("apn.user", 30), ("server.host", 60)] {
        assert_eq!(on(&profile, "gl300", setting).max_length, Some(longest));
    }
    let parked = |variant| on(&profile, variant, "report.parked_interval_s");
    assert_eq!(
        (parked("gv55").min, parked("gmt100").min),
        (Some(5), Some(300))
    );
}

#[test]
fn intervals_stand_where_each_model_has_them() {
    let profile = profile("queclink");
    let all = "FRI.check_interval FRI.send_interval FRI.ign_check_interval FRI.ign_send_interval";
    for (variant, moving, parked, needs) in [
        ("gv55", "FRI.send_interval", "FRI.igf_interval", "FRI.mode"),
        (
            "gl300",
            all,
            "NMD.rest_fix_interval NMD.rest_send_interval",
            "NMD.mode FRI.mode",
        ),
        (
            "gl320m",
            all,
            "NMD.rest_fix_interval NMD.rest_send_interval",
            "NMD.mode FRI.mode",
        ),
        (
            "gv300",
            "FRI.check_interval FRI.send_interval",
            "FRI.igf_interval",
            "FRI.mode",
        ),
    ] {
        assert_eq!(
            places(&on(&profile, variant, "report.moving_interval_s")),
            moving
        );
        let setting = on(&profile, variant, "report.parked_interval_s");
        assert_eq!(places(&setting), parked);
        let texts: Vec<String> = setting
            .needs
            .iter()
            .map(|need| need.place.to_string())
            .collect();
        assert_eq!(texts.join(" "), needs);
    }
}

#[test]
fn what_is_not_published_is_lacking_with_a_reason() {
    let profile = profile("queclink");
    for variant in ["other", "gl300vc"] {
        let variant = profile.variant(variant).unwrap();
        assert_eq!(profile.settings_on(variant).count(), 0);
        assert!(variant.lacks.values().all(|why| why.ends_with('.')));
    }
}
