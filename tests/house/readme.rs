//! What README.md shows is true: its template, its files and its commands are read by the program itself.

use super::source::root;
use clap::Parser as _;
use fleet::Template;
use fleet::profile::ProfileRegistry;
use fleetdesk::cli::Arguments;

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).unwrap()
}

/// Blocks of indented lines, each without its indent.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut block: Vec<&str> = Vec::new();
    for line in text.lines().chain(["end"]) {
        if line.is_empty() || line.starts_with("    ") {
            block.push(line);
        } else if !block.is_empty() {
            let indent = block
                .iter()
                .filter(|line| !line.is_empty())
                .map(|line| line.len() - line.trim_start().len())
                .min();
            let bare = block
                .iter()
                .map(|line| line.get(indent.unwrap_or(0)..).unwrap_or(""));
            blocks.push(bare.collect::<Vec<_>>().join("\n").trim().to_owned());
            block.clear();
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// Commands of the blocks, with lines that go on put together and remarks taken away.
fn commands(text: &str) -> Vec<Vec<String>> {
    let bare = |line: &str| {
        line.split(" #")
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    blocks(text)
        .iter()
        .flat_map(|block| {
            let joined = block.replace("\\\n", " ");
            joined.lines().map(bare).collect::<Vec<_>>()
        })
        .filter(|line| line == "fleetdesk" || line.starts_with("fleetdesk "))
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect()
}

fn block_with(start: &str) -> String {
    let all = blocks(&readme());
    all.into_iter().find(|block| block.contains(start)).unwrap()
}

#[test]
fn the_template_of_the_readme_is_one_that_every_family_takes() {
    let template = Template::from_toml(&block_with("name = \"Van standard\"")).unwrap();
    let registry = ProfileRegistry::shipped();
    assert!(template.settings.len() >= 5);
    let unknown = template.unknown_keys(|key| registry.known_setting(key).is_some());
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn the_preferences_of_the_readme_are_understood() {
    let text = format!("{}\n{}", block_with("office = "), block_with("[carrier]"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("preferences.toml");
    std::fs::write(&path, text).unwrap();
    let preferences = fleetdesk::preferences::Preferences::load(&path).unwrap();
    assert_eq!(preferences.office, "Springfield");
    assert_eq!(preferences.carrier.unwrap().service_zip, "66251");
}

#[cfg(unix)]
#[test]
fn the_secrets_of_the_readme_are_understood() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secrets.toml");
    std::fs::write(&path, block_with("[units]")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let secrets = fleetdesk::secrets::UnitSecrets::from_file(&path).unwrap();
    let id = fleet::UnitId::Imei(fleet::Imei::parse("490154203237518").unwrap());
    let by_unit = secrets.for_unit(Some(&id), "queclink").unwrap();
    let by_family = secrets.for_unit(None, "queclink").unwrap();
    assert_ne!(by_unit.reveal(), by_family.reveal());
}

#[test]
fn every_command_of_the_readme_can_be_typed() {
    let commands = commands(&readme());
    assert!(commands.len() >= 10, "{commands:?}");
    let refused = |words: &Vec<String>| {
        Arguments::try_parse_from(words)
            .err()
            .map(|error| format!("{words:?}: {error}"))
    };
    super::nothing_is_wrong(&commands.iter().filter_map(refused).collect::<Vec<_>>());
}

#[test]
fn a_command_that_is_none_is_seen() {
    let planted =
        commands("Text\n\n    fleetdesk provison --port \\\n        COM7   # remark\n    other\n");
    assert_eq!(planted, [["fleetdesk", "provison", "--port", "COM7"]]);
    assert!(Arguments::try_parse_from(&planted[0]).is_err());
}

#[test]
fn what_the_pages_point_to_is_there() {
    let mut missing = Vec::new();
    for page in ["README.md", "ARCHITECTURE.md", "device_profiles/README.md"] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        let folder = root().join(page).parent().unwrap().to_owned();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let is_file = !link.contains("://") && !link.starts_with('#');
            if is_file && !folder.join(link).exists() {
                missing.push(format!("{page}: {link}"));
            }
        }
    }
    super::nothing_is_wrong(&missing);
}

#[test]
fn the_control_file_of_the_sandbox_is_one() {
    let block = block_with("\"portal\":");
    let file = block.find('{').map(|at| &block[at..]).unwrap();
    let file = carrier::sandbox::ControlFile::parse(file).unwrap();
    let switches = serde_json::Value::Object(file.switches);
    let switches = carrier::sandbox::Switches::default().changed_by(&switches);
    assert_eq!(switches.unwrap().quota_per_day, 500);
    assert_eq!((file.units.len(), file.portal.len()), (1, 1));
}
