//! What the protocol notes say, held against the shipped profiles: parameter numbers, limits, printed frames, field counts.

use super::tests::key;
use super::{
    Access, Captures, Exchange, Pattern, Place, Profile, ProfileRegistry, Reply, Setting,
    from_wire, to_wire,
};
use crate::setting::{SettingKind, Value};
use std::sync::Arc;

fn profile(id: &str) -> Arc<Profile> {
    Arc::clone(ProfileRegistry::shipped().get(id).unwrap())
}

fn on(profile: &Profile, variant: &str, setting: &str) -> Setting {
    let variant = profile.variant(variant).unwrap();
    profile.setting_on(variant, &key(setting)).unwrap()
}

fn places(setting: &Setting) -> String {
    let texts: Vec<String> = setting.places.iter().map(Place::to_string).collect();
    texts.join(" ")
}

/// What a reply's first fitting pattern catches.
fn caught(exchange: &Exchange, reply: usize, frame: &str) -> Captures {
    let Reply::Frame { any, .. } = &exchange.replies[reply] else {
        panic!("a table");
    };
    any.iter()
        .find_map(|pattern| pattern.parse(frame))
        .unwrap_or_else(|| panic!("nothing fits {frame}"))
}

mod teltonika {
    use super::*;

    #[test]
    fn settings_stand_at_the_documented_parameters() {
        let profile = profile("teltonika-fmb");
        for (setting, expected) in [
            ("apn.name", "2001"),
            ("apn.user", "2002"),
            ("apn.password", "2003"),
            ("server.host", "2004"),
            ("server.port", "2005"),
            ("server.transport", "2006"),
            (
                "report.moving_interval_s",
                "10050 10055 10150 10155 10250 10255",
            ),
            (
                "report.parked_interval_s",
                "10000 10005 10100 10105 10200 10205",
            ),
            ("teltonika.moving_send_interval_s", "10055 10155 10255"),
            ("teltonika.parked_send_interval_s", "10005 10105 10205"),
            ("teltonika.moving_distance_m", "10051 10151 10251"),
            ("teltonika.moving_angle_degrees", "10052 10152 10252"),
            ("teltonika.moving_speed_delta_kmh", "10053 10153 10253"),
            ("teltonika.moving_min_records", "10054 10154 10254"),
            ("teltonika.parked_min_records", "10004 10104 10204"),
            ("teltonika.gprs", "2000"),
            ("teltonika.open_link_timeout_s", "1000"),
            ("teltonika.backup_server_host", "2007"),
            ("teltonika.backup_server_port", "2008"),
            ("teltonika.backup_server_transport", "2009"),
            ("teltonika.backup_mode", "2010"),
            ("teltonika.low_power_interval_s", "19501"),
        ] {
            assert_eq!(
                places(&on(&profile, "fmb920", setting)),
                expected,
                "{setting}"
            );
        }
    }

    #[test]
    fn limits_are_the_documented_ones() {
        let profile = profile("teltonika-fmb");
        for (setting, longest) in [
            ("apn.name", 32),
            ("apn.user", 32),
            ("apn.password", 32),
            ("server.host", 55),
        ] {
            let setting = on(&profile, "fmc130", setting);
            let text = |length: usize| match setting.kind {
                SettingKind::Secret => Value::Secret(crate::Secret::new("a".repeat(length))),
                _ => Value::Text("a".repeat(length)),
            };
            assert!(to_wire(&profile, &setting, &text(longest)).is_ok());
            assert!(to_wire(&profile, &setting, &text(longest + 1)).is_err());
        }
        for (setting, least, greatest) in [
            ("report.moving_interval_s", 1, 2_592_000),
            ("server.port", 1, 65_535),
            ("teltonika.moving_min_records", 1, 255),
            ("teltonika.low_power_interval_s", 120, 2_592_000),
        ] {
            let setting = on(&profile, "fmc130", setting);
            let write = |number| to_wire(&profile, &setting, &Value::Integer(number));
            assert!(write(least).is_ok() && write(greatest).is_ok());
            assert!(write(least - 1).is_err() && write(greatest + 1).is_err());
        }
        let transport = on(&profile, "fmc130", "server.transport");
        assert_eq!(
            from_wire(&transport, "0"),
            Some(Value::Text("tcp".to_owned()))
        );
        assert_eq!(
            from_wire(&transport, "1"),
            Some(Value::Text("udp".to_owned()))
        );
        for reserved in [';', ':', '#', '\r', '\n'] {
            let text = Value::Text(format!("a{reserved}b"));
            assert!(to_wire(&profile, &on(&profile, "fmb920", "apn.name"), &text).is_err());
        }
    }

    #[test]
    fn the_hardware_map_names_the_models() {
        let profile = profile("teltonika-fmb");
        for (hardware, model, proven) in [
            ("FMB0:1", "FMB010", true),
            ("FMB0:2", "FMB001", true),
            ("FMB0:4", "FMB003", true),
            ("FMB0:6", "FMB020", true),
            ("FMB1:2", "FMB120 / FMB122", true),
            ("FMB1:3", "FMB125", true),
            ("FMB1:5", "FMB130", true),
            ("FMB1:6", "FMB140", true),
            ("FMB9:22", "FMB920", true),
            ("FMC1:4", "FMC130", true),
            ("FMC9:1", "FMC920", true),
            ("FMM9:1", "FMM920", true),
            ("FMB9:2", "Teltonika FMB9:2", false),
            ("FMC6:3", "Teltonika FMC6:3", false),
        ] {
            let facts = Captures::from([("hardware".to_owned(), hardware.to_owned())]);
            let variant = profile.variant_for(&facts).unwrap();
            assert_eq!(variant.model_name(&facts), model);
            assert_eq!(variant.unproven.is_none(), proven, "{hardware}");
        }
        for stranger in ["FTC961", "FMB", "", "XX1:2", "FMB1:2;"] {
            let facts = Captures::from([("hardware".to_owned(), stranger.to_owned())]);
            assert!(profile.variant_for(&facts).is_none(), "{stranger}");
        }
    }

    #[test]
    fn printed_lines_are_understood() {
        let profile = profile("teltonika-fmb");
        let state = &profile.exchange["keyword_state"];
        let lock = caught(state, 0, "<SECSTAT>1,1,1,0,5");
        let words = [
            "valid",
            "has_keyword",
            "authenticated",
            "locked",
            "tries_left",
        ];
        assert_eq!(
            words.map(|word| lock[word].as_str()),
            ["1", "1", "1", "0", "5"]
        );
        let Access::Keyword { locked_text, .. } = &profile.access else {
            panic!("the family has a keyword");
        };
        assert_ne!(*locked_text, lock["locked"]);

        let sim = &profile.exchange["sim_card"];
        assert_eq!(
            caught(sim, 0, "IMEI:352093081540152")["imei"],
            "352093081540152"
        );
        for line in [
            "[2026.08.01 02:01:05]-[READ_ASCII] ICCID: 8955000000000000000",
            "[2026.08.01 02:01:05]-[MODEM] ICCID: 8955000000000000000",
            "ICCID: 8955000000000000000",
        ] {
            assert_eq!(caught(sim, 1, line)["iccid"], "8955000000000000000");
        }

        let parameters = profile.parameters.as_ref().unwrap();
        let count = parameters.dump.end.parse("<GET_PARAMS_END>:8123").unwrap();
        assert_eq!(count["count"], "8123");
        let line = parameters.dump.line.parse("2004:a:b").unwrap();
        assert_eq!(
            (line["parameter"].as_str(), line["value"].as_str()),
            ("2004", "a:b")
        );
        let written: Vec<Captures> = ["<SETPARAM_RESULT>:2", "OK"]
            .iter()
            .filter_map(|text| {
                parameters
                    .write
                    .replies
                    .iter()
                    .find_map(|each| each.parse(text))
            })
            .collect();
        assert_eq!(written[0]["accepted"], "2");
        assert!(!written[1].contains_key("accepted"));
        assert_eq!(parameters.dump.not_ready_count, Some(0));
    }

    #[test]
    fn the_printed_log_is_known_and_is_no_parameter() {
        let profile = profile("teltonika-fmb");
        let line = &profile.parameters.as_ref().unwrap().dump.line;
        for text in [
            "[2026.08.01 02:01:15]-[MODEM.STATUS] SIM: detectado",
            "[2026.08.01 02:01:33]-[GPS.API] Lat: -23.550520, Lon: -46.633309, Alt: 851.5",
            "[2026.08.01 02:01:47]-[LiPo] ExtV: 12368mV",
            "[2026.08.01 02:01:30]-[NETWORK] Socket Opened",
            "[2026.08.01 02:01:06]-[READ_ASCII] IMEI: 352093081540152",
        ] {
            let known = profile
                .unsolicited
                .ignore
                .iter()
                .any(|each| each.parse(text).is_some());
            assert!(known, "{text}");
            let number = line
                .parse(text)
                .map(|captures| captures["parameter"].clone());
            assert!(number.is_none_or(|number| number.parse::<u32>().is_err()));
        }
    }

    #[test]
    fn a_heartbeat_is_lacking_with_its_reason() {
        let profile = profile("teltonika-fmb");
        let variant = profile.variant("fmb920").unwrap();
        let why = profile
            .setting_on(variant, &key("report.heartbeat_interval_s"))
            .unwrap_err()
            .to_string();
        assert!(why.contains("no heartbeat"), "{why}");
    }
}

mod queclink {
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
        let all =
            "FRI.check_interval FRI.send_interval FRI.ign_check_interval FRI.ign_send_interval";
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
}
