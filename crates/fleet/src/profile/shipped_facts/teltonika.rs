//! The Teltonika protocol notes, held against their profile.

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
    let count = parameters
        .dump
        .as_ref()
        .unwrap()
        .end
        .parse("<GET_PARAMS_END>:8123")
        .unwrap();
    assert_eq!(count["count"], "8123");
    let line = parameters
        .dump
        .as_ref()
        .unwrap()
        .line
        .parse("2004:a:b")
        .unwrap();
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
    assert_eq!(parameters.dump.as_ref().unwrap().not_ready_count, Some(0));
}

#[test]
fn the_printed_log_is_known_and_is_no_parameter() {
    let profile = profile("teltonika-fmb");
    let line = &profile
        .parameters
        .as_ref()
        .unwrap()
        .dump
        .as_ref()
        .unwrap()
        .line;
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
