//! Shipped unit families say, claim by claim, where they know it from.

use super::nothing_is_wrong;
use super::source::{SourceFile, files};

/// Documented by the vendor, seen in so many independent public sources, or our conclusion.
const MARKS: &[&str] = &["documented", "community (", "inferred"];

/// Tables whose every block makes a claim about the real unit. What the simulator does is ours.
fn claims(head: &str) -> bool {
    let name = head.trim_start_matches('[');
    ["setting", "exchange", "save", "restart", "line", "access"]
        .iter()
        .any(|table| {
            name.strip_prefix(table)
                .is_some_and(|rest| rest.starts_with(['.', ']']))
        })
}

fn unmarked(file: &SourceFile) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().collect();
    let heads: Vec<usize> = (0..lines.len())
        .filter(|&number| lines[number].trim_start().starts_with('[') && is_head(lines[number]))
        .collect();
    let mut complaints = Vec::new();
    for (place, &start) in heads.iter().enumerate() {
        let end = heads.get(place + 1).copied().unwrap_or(lines.len());
        let above = lines[..start]
            .iter()
            .rev()
            .take_while(|line| line.starts_with('#'))
            .count();
        let marked = lines[start - above..end].iter().any(|line| {
            line.split_once('#')
                .is_some_and(|(_, comment)| MARKS.iter().any(|mark| comment.contains(mark)))
        });
        if claims(lines[start].trim()) && !marked {
            complaints.push(format!(
                "{}:{}: {} carries no mark of where it is known from",
                file.path,
                start + 1,
                lines[start]
            ));
        }
    }
    complaints
}

/// A table's head, and not an array that goes over lines.
fn is_head(line: &str) -> bool {
    let bare = line.split('#').next().unwrap_or_default().trim();
    bare.ends_with(']')
        && !bare.contains('=')
        && bare
            .trim_start_matches('[')
            .starts_with(|letter: char| letter.is_ascii_lowercase())
}

#[test]
fn every_claim_of_a_shipped_family_carries_its_mark() {
    let families = files(&["device_profiles"], &[".toml"]);
    assert!(families.len() >= 2, "the families were not found");
    // A bare modem has one setting, most families have many: none may be missed.
    let settings = |family: &SourceFile| family.text.matches("\n[[setting]]").count();
    assert!(
        families.iter().all(|family| settings(family) >= 1)
            && families.iter().map(settings).sum::<usize>() >= 60,
        "the settings were not found"
    );
    nothing_is_wrong(&families.iter().flat_map(unmarked).collect::<Vec<_>>());
}

#[test]
fn a_claim_without_a_mark_is_seen() {
    let planted = |text: &str| {
        unmarked(&SourceFile {
            path: "device_profiles/x.toml".into(),
            text: text.into(),
        })
        .len()
    };
    assert_eq!(
        planted(
            "[[setting]]\nkey = \"apn.name\" # documented\n[exchange.save]\nrequest = \"inferred\"\n"
        ),
        1
    );
    assert_eq!(
        planted("# community (2)\n[[setting]]\nkey = \"a\"\n[simulator.unit]\nx = 1\n"),
        0
    );
    assert_eq!(
        planted("[[setting]]\nkey = \"a\"\n\n[[setting]]\nkey = \"b\" # inferred: from the name\n"),
        1
    );
}
