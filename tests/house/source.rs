//! Reading Rust text just well enough for rules: code without comments and literals, literals alone, and the paths that code names.

use std::path::{Path, PathBuf};

/// A file of the project.
pub struct SourceFile {
    /// From the project's root, with `/`.
    pub path: String,
    pub text: String,
}

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under the named folders or with the named names, whose ending is one of `endings`; built things left out.
pub fn files(places: &[&str], endings: &[&str]) -> Vec<SourceFile> {
    let mut found = Vec::new();
    for place in places {
        collect(&root().join(place), endings, &mut found);
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(path: &Path, endings: &[&str], found: &mut Vec<SourceFile>) {
    if path.is_dir() {
        if !matches!(
            path.file_name().and_then(|name| name.to_str()),
            Some("target" | ".git")
        ) {
            for entry in std::fs::read_dir(path).unwrap() {
                collect(&entry.unwrap().path(), endings, found);
            }
        }
    } else if endings
        .iter()
        .any(|ending| path.to_str().is_some_and(|path| path.ends_with(ending)))
        && let Ok(text) = std::fs::read_to_string(path)
    {
        let inside = path.strip_prefix(root()).unwrap();
        found.push(SourceFile {
            path: inside.to_str().unwrap().replace('\\', "/"),
            text,
        });
    }
}

/// The text's code and its string literals with their lines.
pub struct Split {
    /// Comments and literals are blanks; lines stay where they were.
    pub code: String,
    pub strings: Vec<(usize, String)>,
}

pub fn split(text: &str) -> Split {
    let letters: Vec<char> = text.chars().collect();
    let at = |index: usize| letters.get(index).copied().unwrap_or('\0');
    let (mut code, mut strings) = (String::new(), Vec::new());
    let (mut index, mut line) = (0, 1);
    while index < letters.len() {
        let end = match at(index) {
            '/' if at(index + 1) == '/' => (index..letters.len())
                .find(|&i| at(i) == '\n')
                .unwrap_or(letters.len()),
            '/' if at(index + 1) == '*' => comment_end(&letters, index),
            '"' => quoted_end(&letters, index, '"'),
            '\'' if at(index + 1) == '\\' => quoted_end(&letters, index, '\''),
            '\'' if at(index + 2) == '\'' => index + 3,
            'r' if !is_word(at(index.wrapping_sub(1)))
                || matches!(at(index.wrapping_sub(1)), 'b' | 'c') =>
            {
                raw_end(&letters, index)
            }
            _ => index,
        };
        if end == index {
            line += usize::from(at(index) == '\n');
            code.push(at(index));
            index += 1;
            continue;
        }
        let piece: String = letters[index..end.min(letters.len())].iter().collect();
        if matches!(at(index), '"' | 'r') {
            strings.push((line, piece.clone()));
        }
        line += piece.matches('\n').count();
        code.extend(
            piece
                .chars()
                .map(|letter| if letter == '\n' { '\n' } else { ' ' }),
        );
        index = end;
    }
    Split { code, strings }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn comment_end(letters: &[char], start: usize) -> usize {
    let (mut index, mut depth) = (start, 0);
    while index + 1 < letters.len() {
        match (letters[index], letters[index + 1]) {
            ('/', '*') => (depth, index) = (depth + 1, index + 2),
            ('*', '/') => (depth, index) = (depth - 1, index + 2),
            _ => index += 1,
        }
        if depth == 0 {
            return index;
        }
    }
    letters.len()
}

fn quoted_end(letters: &[char], start: usize, quote: char) -> usize {
    let mut index = start + 1;
    while index < letters.len() {
        match letters[index] {
            '\\' => index += 2,
            letter if letter == quote => return index + 1,
            _ => index += 1,
        }
    }
    letters.len()
}

/// End of the raw string that begins with the `r` at `start`; `start` itself when none begins there.
fn raw_end(letters: &[char], start: usize) -> usize {
    let hashes = letters[start + 1..]
        .iter()
        .take_while(|letter| **letter == '#')
        .count();
    let open = start + 1 + hashes;
    if letters.get(open) != Some(&'"') {
        return start;
    }
    let closes = |index: usize| {
        letters[index] == '"'
            && letters[index + 1..]
                .iter()
                .take(hashes)
                .filter(|letter| **letter == '#')
                .count()
                == hashes
    };
    (open + 1..letters.len())
        .find(|&index| closes(index))
        .map_or(letters.len(), |index| index + 1 + hashes)
}

/// A path that code names, with groups of `use` written out: `use a::{b, c::d}` is `a::b` and `a::c::d`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    pub line: usize,
    pub path: String,
    /// Modules opened in the file itself around this place, outermost first.
    pub inside: Vec<String>,
}

/// Paths of two parts and more, and everything that `use` names.
pub fn paths(text: &str) -> Vec<NamedPath> {
    let code = split(text).code;
    let mut walk = Walk {
        tokens: tokens(&code),
        next: 0,
        blocks: Vec::new(),
        found: Vec::new(),
    };
    walk.run();
    walk.found
}

fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                letter if is_word(letter) => {
                    rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())
                }
                ':' if rest.starts_with("::") => 2,
                letter => letter.len_utf8(),
            };
            let (token, after) = rest.split_at(length);
            if !token.trim().is_empty() {
                tokens.push((number + 1, token.to_owned()));
            }
            rest = after;
        }
    }
    tokens
}

struct Walk {
    tokens: Vec<(usize, String)>,
    next: usize,
    /// Open braces: the module's name, or nothing for other blocks.
    blocks: Vec<Option<String>>,
    found: Vec<NamedPath>,
}

impl Walk {
    fn token(&self, ahead: usize) -> &str {
        self.tokens
            .get(self.next + ahead)
            .map_or("", |(_, token)| token)
    }

    fn is_name(&self, ahead: usize) -> bool {
        self.token(ahead)
            .starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
    }

    fn run(&mut self) {
        while self.next < self.tokens.len() {
            match self.token(0) {
                "mod" if self.token(2) == "{" => {
                    self.blocks.push(Some(self.token(1).to_owned()));
                    self.next += 3;
                }
                "use" => {
                    self.next += 1;
                    self.tree("", true);
                }
                "{" => {
                    self.blocks.push(None);
                    self.next += 1;
                }
                "}" => {
                    self.blocks.pop();
                    self.next += 1;
                }
                _ if self.is_name(0) => self.tree("", false),
                _ => self.next += 1,
            }
        }
    }

    /// Reads one path, or one branch of a `use`, from here on.
    fn tree(&mut self, before: &str, in_use: bool) {
        let line = self.tokens.get(self.next).map_or(0, |(line, _)| *line);
        let mut path = before.to_owned();
        if self.token(0) == "::" {
            self.next += 1;
        }
        loop {
            if in_use && self.token(0) == "{" {
                self.next += 1;
                while !matches!(self.token(0), "}" | "") {
                    self.tree(&path, true);
                    if self.token(0) == "," {
                        self.next += 1;
                    }
                }
                self.next += 1;
                return;
            }
            if self.is_name(0) || (in_use && self.token(0) == "*") {
                path = if path.is_empty() {
                    self.token(0).to_owned()
                } else {
                    format!("{path}::{}", self.token(0))
                };
                self.next += 1;
            } else if in_use {
                self.next += 1;
                return;
            }
            if self.token(0) != "::" {
                break;
            }
            self.next += 1;
        }
        if in_use && self.token(0) == "as" {
            self.next += 2;
        }
        if in_use || path.contains("::") {
            let inside = self.blocks.iter().flatten().cloned().collect();
            self.found.push(NamedPath { line, path, inside });
        }
    }
}

/// Whether `path` is `prefix` or leads on from it.
pub fn leads_from(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        paths(text).into_iter().map(|named| named.path).collect()
    }

    #[test]
    fn groups_of_use_are_written_out() {
        assert_eq!(
            named(
                "use crate::{engine::{Command, self}, link as l};\nuse ::std::{fs, io::*};\nuse {a::b, c};"
            ),
            [
                "crate::engine::Command",
                "crate::engine::self",
                "crate::link",
                "std::fs",
                "std::io::*",
                "a::b",
                "c"
            ]
        );
    }

    #[test]
    fn paths_in_code_are_seen_and_comments_and_literals_are_not() {
        let text = "//! std::fs\nfn f<'a>(x: &'a str) { /* std::net /* std::env */ */ std::fs::read(\"std::thread::x\", r#\"a::b \"c::d\"#, 'x', '\\'', b'\"'); Vec::<u8>::new() }";
        assert_eq!(named(text), ["std::fs::read"]);
        assert_eq!(paths(text)[0].line, 2);
        assert_eq!(split(text).strings.len(), 2);
    }

    #[test]
    fn modules_opened_in_the_file_are_told() {
        let found = paths(
            "fn f() { a::b(); }\nmod tests {\n  mod inner { use super::super::X; }\n  use super::*;\n}\nuse c::d;",
        );
        let inside: Vec<_> = found
            .iter()
            .map(|named| (named.path.as_str(), named.inside.join("/")))
            .collect();
        assert_eq!(
            inside,
            [
                ("a::b", String::new()),
                ("super::super::X", "tests/inner".into()),
                ("super::*", "tests".into()),
                ("c::d", String::new())
            ]
        );
    }
}
