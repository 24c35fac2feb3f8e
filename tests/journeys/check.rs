//! `fleetdesk carrier check` tells apart what may be in the way, in one word for programs and in two lines for people.

use super::sealed_file::at_a_terminal;
use crate::desk::{Desk, Finished};
use serde_json::{Value, json};

fn check(desk: &Desk, url: &str) -> Finished {
    desk.run("bench", &["carrier", "check", "--sandbox", url])
}

fn verdict(run: &Finished) -> String {
    let report = &run.one("carrier")["report"];
    let verdict = &report["verdict"];
    let word = verdict.as_str().or_else(|| verdict["verdict"].as_str());
    word.unwrap_or_else(|| panic!("{report}")).to_owned()
}

#[test]
fn each_trouble_with_the_account_has_its_own_word_and_its_own_cure() {
    let desk = Desk::new();
    let troubles: [(&str, Value, &str, i32, &str); 6] = [
        ("ready", json!({}), "ready", 0, "can be used"),
        (
            "portal",
            json!({ "html_instead_of_json_every": 1 }),
            "not_the_carrier",
            1,
            "Sign in to the network's portal",
        ),
        (
            "clock",
            json!({ "clock_skew_s": 5_400 }),
            "clock_wrong",
            0,
            "clock is 90 min behind",
        ),
        (
            "expired",
            json!({ "key_expired": true }),
            "key_expired",
            1,
            "Ask the carrier for a new key",
        ),
        (
            "right",
            json!({ "account_suspended": true }),
            "no_right",
            1,
            "may not be used",
        ),
        (
            "quota",
            json!({ "quota_per_day": 0 }),
            "quota_spent",
            1,
            "start again in",
        ),
    ];
    for (name, switches, word, code, cure) in troubles {
        let sandbox = desk.sandbox(name, &switches);
        let run = check(&desk, &sandbox.url);
        assert_eq!(
            (verdict(&run).as_str(), run.code),
            (word, Some(code)),
            "{name}: {run:#?}"
        );
        let told = ["carrier", "check", "--sandbox", &sandbox.url];
        let (_, said) = at_a_terminal(&desk, &told, &[]);
        assert!(said.contains(cure), "{name}: {said}");
    }
    let nobody = check(&desk, "http://127.0.0.1:1/accountServices/resources/v1");
    assert_eq!(
        (verdict(&nobody).as_str(), nobody.code),
        ("no_network", Some(1))
    );
}

#[test]
fn a_wrong_key_a_wrong_secret_and_a_proxy_are_told_apart() {
    let desk = Desk::new();
    let sandbox = desk.sandbox("carrier", &json!({}));
    let bench = desk.path("bench");
    std::fs::create_dir_all(&bench).unwrap();
    let said = |url: &str, key: &str, more: &str| {
        let preferences = format!(
            "[carrier]\nbase_url = \"{url}\"\nkey = \"{key}\"\nplan_code = \"M2MGPS5\"\nservice_zip = \"66251\"\nsecret = \"typed\"\n{more}"
        );
        std::fs::write(bench.join("preferences.toml"), preferences).unwrap();
        let (code, said) = at_a_terminal(&desk, &["carrier", "check"], &["no-such-secret"]);
        assert_eq!(code, Some(1), "{said}");
        assert!(!said.contains("no-such-secret"), "{said}");
        said
    };
    let wrong = said(&sandbox.url, "OTHER", "");
    assert!(wrong.contains("does not know the account key"), "{wrong}");
    let wrong = said(&sandbox.url, carrier::sandbox::EXAMPLE_KEY, "");
    assert!(wrong.contains("secret does not fit its key"), "{wrong}");
    let wrong = said(
        "https://carrier.example/v1",
        "OTHER",
        "proxy = \"http://127.0.0.1:1\"\n",
    );
    assert!(wrong.contains("proxy is in the way"), "{wrong}");
}
