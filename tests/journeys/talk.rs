//! A port as on a terminal: it listens and sends nothing, until commands are switched on; a port that is in use is not listened to.

use crate::desk::Desk;
use std::time::Duration;

#[test]
fn a_port_is_listened_to_and_commands_leave_only_after_the_switch() {
    let desk = Desk::new();
    let units = desk.plug("ports", "teltonika-fmb", &["--seed", "75"]);
    let port = units.port(0);
    let talk = ["talk", "--port", &port, "--seconds", "6"];

    let mut listening = desk.start("bench", &talk);
    listening.type_line(":cfg_info:?");
    let first = listening.next_line(Duration::from_secs(20)).unwrap();
    assert_eq!(first["type"], "talk", "{first}");
    // The port is this program's own meanwhile.
    let second = desk.run("bench", &talk);
    assert!(second.errors.contains("L-102"), "{second:#?}");
    let heard = listening.finish(Duration::from_secs(30));
    assert!(heard.errors.contains("nothing is sent"), "{heard:#?}");
    let lines = heard.of_type("talk");
    assert!(
        lines.iter().all(|line| line["from"] == "unit"),
        "{heard:#?}"
    );
    let text: String = lines.iter().map(|line| line["text"].to_string()).collect();
    assert!(
        !text.contains("cfg_info"),
        "it answered, so it was asked: {heard:#?}"
    );
    // Line ends are visible too.
    assert!(text.contains("\\\\r\\\\n"), "{heard:#?}");

    let mut all = talk.to_vec();
    all.push("--allow-commands");
    let mut asking = desk.start("bench", &all);
    asking.type_line(":cfg_info:?");
    let told = asking.finish(Duration::from_secs(30));
    assert!(
        told.errors.contains("Commands are switched on"),
        "{told:#?}"
    );
    let lines = told.of_type("talk");
    let said = |line: &&serde_json::Value| line["from"] == "you" && line["text"] == ":cfg_info:?";
    assert!(lines.iter().any(|line| said(&line)), "{told:#?}");
    let imei = format!("cfg_info:3:{}", units.id(0));
    let answered = |line: &serde_json::Value| line["text"].as_str().unwrap().contains(&imei);
    assert!(lines.iter().any(answered), "{told:#?}");
}
