//! Tests of template files: what is read, what is refused and how it is said.

use super::*;
use proptest::prelude::*;

const GOOD: &str = r#"
name = "Vans north"
version = 3
optional = ["report.heartbeat_interval_s", "apn.user"]

[settings]
"apn.name" = "internet.example"
apn.user = ""
apn.password = "canary-1234"
"report.moving_interval_s" = 30
report.parked_interval_s = 3_600
report.heartbeat_interval_s = 0

[settings.server]
host = "fleet.example.net"
port = 0x14E6
transport = "tcp"

[settings.teltonika.records]
saved_most = 7

[map.meitrack]
"report.moving_interval_s" = "timer 1"
"#;

fn key(text: &str) -> SettingKey {
    SettingKey::new(text).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    Template::from_toml(text)
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect()
}

/// A good template with `lines` among its settings.
fn with_settings(lines: &str) -> String {
    format!("name = \"a\"\nversion = 1\n[settings]\n{lines}\n")
}

#[test]
fn quoted_and_dotted_keys_are_alike() {
    let template = Template::from_toml(GOOD).unwrap();
    assert_eq!(
        (template.name.as_str(), template.version),
        ("Vans north", 3)
    );
    let text = |name: &str| template.settings.get(&key(name)).map(ToString::to_string);
    assert_eq!(text("apn.name").as_deref(), Some("internet.example"));
    assert_eq!(text("server.port").as_deref(), Some("5350"));
    assert_eq!(text("report.parked_interval_s").as_deref(), Some("3600"));
    assert_eq!(
        template.settings.get(&key("teltonika.records.saved_most")),
        Some(&Value::Integer(7))
    );
    assert_eq!(
        template.optional,
        BTreeSet::from([key("apn.user"), key("report.heartbeat_interval_s")])
    );
    assert_eq!(
        template.map["meitrack"][&key("report.moving_interval_s")],
        "timer 1"
    );
    assert_eq!(template.settings.len(), 10);
    assert!(!format!("{template:?}").contains("canary"));
    let other_form = GOOD
        .replace("\"apn.name\" =", "apn.name =")
        .replace("apn.user =", "\"apn.user\" =")
        .replace('\n', "\r\n");
    assert_eq!(Template::from_toml(&other_form).unwrap(), template);
}

#[test]
fn every_problem_is_told_at_once_with_its_place() {
    let text = r#"nmae = "x"
name = ""
version = 0
optional = ["server.port", "apn.name", "apn.name", 3]
[settings]
apn.name = 5
server.host = "not a host"
"server.transport" = "sctp"
report.moving_interval_s = "30"
report.parked_interval_s = 1.5
Bad = 1
own.flag = true
"#;
    assert_eq!(
        problems(text),
        [
            "line 1: nmae: unknown key; a template has name, version, settings, optional, map and family",
            "line 2: name: the name is empty",
            "line 3: version: the version is a whole number from 1, without quotes",
            "line 4: optional: apn.name stands twice in it",
            "line 4: optional: each entry is a setting key in quotes, such as \"apn.user\"",
            "line 4: optional: apn.name is not among the settings of this template",
            "line 4: optional: server.port is not among the settings of this template",
            "line 6: settings.apn.name: a text in quotes is needed here, not a number",
            "line 7: settings.server.host: 'not a host' is neither a host name nor an IP address",
            "line 8: settings.server.transport: the transport is \"tcp\" or \"udp\", not 'sctp'",
            "line 9: settings.report.moving_interval_s: write the number without quotes: 30",
            "line 10: settings.report.parked_interval_s: a whole number is needed here, not a number with a decimal point",
            "line 11: settings.Bad: this is no setting key: use lower-case words with digits and _ joined by dots, such as apn.name",
            "line 12: settings.own.flag: a text in quotes or a whole number is needed here, not true or false",
        ]
    );
}

#[test]
fn values_out_of_range_or_of_another_type_are_refused() {
    for bad in [
        "server.port = 0",
        "server.port = 65536",
        "server.port = -1",
        "server.port = 99999999999999999999",
        "report.moving_interval_s = -1",
        "apn.name = [\"a\"]",
        "apn.password = 1234",
        "own.key = 2024-01-01",
        "own.key = inf",
        "own = {}",
        "apn.name = \"a\\u0000b\"",
        "apn.name = \"a\\r\\nAT+X\"",
        "apn.name = \"\"\"a\nb\"\"\"",
        "apn.name = \"a\\u001B[2J\"",
        "apn.name = \"a\\u202Eb\"",
        "server.host = \"\"",
        "apn = \"x\"",
    ] {
        assert_eq!(
            problems(&with_settings(bad)).len(),
            1,
            "{bad}: {:?}",
            Template::from_toml(&with_settings(bad))
        );
    }
}

#[test]
fn a_setting_that_stands_twice_is_refused_however_it_is_written() {
    for bad in [
        "\"apn.name\" = \"a\"\napn.name = \"b\"",
        "apn.name = \"a\"\napn.name = \"b\"",
        "\"apn.name\" = \"a\"\n[settings.apn]\nname = \"a\"",
    ] {
        let problems = problems(&with_settings(bad));
        assert!(
            problems
                .iter()
                .any(|problem| problem.contains("stands twice")),
            "{problems:?}"
        );
    }
}

#[test]
fn a_file_that_is_no_template_is_refused() {
    for (bad, expected) in [
        ("", "name: missing; write name = \"...\""),
        (
            "name = \"a\"\nversion = 1\n",
            "settings: missing; a template has a table [settings] with at least one setting",
        ),
        (
            "name = \"a\"\nversion = 1\n[settings]\n",
            "line 3: settings: there is no setting in it",
        ),
        (
            "name = \"a\"\nversion = 1\nsettings = 3",
            "line 3: settings: settings is a table: write [settings]",
        ),
        (
            "name = \"a\"\nversion = \"1\"\n[settings]\nown.a = 1",
            "line 2: version: the version is a whole number from 1, without quotes",
        ),
        (
            "name = \"a\"\nversion = 1\nsecret = []\n[settings]\nown.a = 1",
            "line 3: secret: unknown key; a template has name, version, settings, optional, map and family",
        ),
    ] {
        assert_eq!(
            problems(bad).first().map(String::as_str),
            Some(expected),
            "{bad}"
        );
    }
    assert!(
        problems("name = \"a\nversion")
            .iter()
            .all(|problem| problem.contains("not valid TOML"))
    );
    assert_eq!(problems(&"#".repeat(2_000_000)).len(), 1);
    assert!(
        problems(&format!(
            "name = \"{}\"\nversion = 1\n[settings]\nown.a = 1",
            "x".repeat(81)
        ))[0]
            .contains("80")
    );
}

#[test]
fn no_problem_shows_a_secret() {
    for bad in [
        "apn.password = \"canary-1234",
        "apn.password = \"canary-1234\" x",
        "apn.password = [\"canary-1234\"]",
        "apn.password = \"canary-1234\\u0000\"",
        "apn.password = \"canary-1234\"\napn.password = \"canary-1234\"",
        "apn.password = canary-1234",
    ] {
        let told = format!(
            "{:?}",
            Template::from_toml(&with_settings(bad)).unwrap_err()
        );
        assert!(!told.contains("canary"), "{told}");
    }
}

#[test]
fn the_stored_form_has_no_secret_and_is_read_again() {
    let mut template = Template::from_toml(GOOD).unwrap();
    let stored = template.to_toml_redacted();
    assert!(!stored.contains("canary"));
    let mut again = Template::from_toml_redacted(&stored).unwrap();
    assert_eq!(again.missing_secrets, BTreeSet::from([key("apn.password")]));
    assert!(!again.settings.contains_key(&key("apn.password")));
    assert_eq!(again.to_toml_redacted(), stored);
    assert!(again.supply_secret(&key("apn.password"), Secret::new("canary-1234")));
    assert!(!again.supply_secret(&key("apn.name"), Secret::new("x")));
    assert_eq!(again, template);
    template
        .settings
        .retain(|key, _| key.as_str() == "apn.password");
    template.optional.clear();
    let only_secrets = Template::from_toml_redacted(&template.to_toml_redacted()).unwrap();
    assert_eq!(
        only_secrets.keys().collect::<Vec<_>>(),
        [&key("apn.password")]
    );
}

#[test]
fn a_profile_says_which_of_its_own_keys_are_secret() {
    let text = with_settings("own.code = 1234\nown.word = \"canary\"\nown.password = \"open\"");
    let mut template = Template::from_toml(&text).unwrap();
    assert!(matches!(
        template.settings[&key("own.password")],
        Value::Secret(_)
    ));
    template.retype(|key| match key.as_str() {
        "own.code" | "own.word" => Some(SettingKind::Secret),
        "own.password" => Some(SettingKind::Text),
        _ => None,
    });
    assert_eq!(
        template.settings[&key("own.code")],
        Value::Secret(Secret::new("1234"))
    );
    assert_eq!(
        template.settings[&key("own.password")],
        Value::Text("open".to_owned())
    );
    let stored = template.to_toml_redacted();
    assert!(
        !stored.contains("1234") && !stored.contains("canary"),
        "{stored}"
    );
    assert_eq!(
        template.unknown_keys(|key| key.as_str() != "own.code"),
        [key("own.code")]
    );
}

proptest! {
    #[test]
    fn any_good_text_survives_storage(name in "[a-zA-Z0-9 äé\"'\\\\#]{1,40}", apn in "[ -~äé]{0,60}", number in any::<i64>()) {
        prop_assume!(!name.trim().is_empty());
        let template = Template {
            name,
            version: 1,
            settings: BTreeMap::from([(key("apn.name"), Value::Text(apn)), (key("own.number"), Value::Integer(number))]),
            optional: BTreeSet::from([key("own.number")]),
            map: BTreeMap::new(),
            apart: BTreeMap::new(),
            missing_secrets: BTreeSet::new(),
            former: BTreeMap::new(),
        };
        prop_assert_eq!(Template::from_toml_redacted(&template.to_toml_redacted()).unwrap(), template);
    }

    #[test]
    fn no_file_upsets_the_reader(lines in prop::collection::vec("(name|version|optional|map|\\[settings\\]|\\[settings.apn\\]|apn.name|\"a.b\"|\\PC{0,9}) ?=? ?(\"x\"|1|\\[\"a.b\"\\]|\\{\\}|true|\\PC{0,9})", 0..12)) {
        if let Err(problems) = Template::from_toml(&lines.join("\n")) {
            prop_assert!(!problems.is_empty());
            for problem in problems {
                prop_assert!(crate::printable::is_printable(&problem.to_string()));
            }
        }
    }
}

#[test]
fn deep_nesting_and_many_keys_are_refused_without_harm() {
    assert!(Template::from_toml(&with_settings(&format!("a{} = 1", ".a".repeat(5000)))).is_err());
    assert!(
        Template::from_toml(&with_settings(&format!(
            "a = {}1{}",
            "[".repeat(5000),
            "]".repeat(5000)
        )))
        .is_err()
    );
    let many: String = (0..2001)
        .map(|number| format!("own.k{number} = 1\n"))
        .collect();
    assert_eq!(
        problems(&with_settings(&many)),
        ["settings: a template has at most 2000 settings"]
    );
}
