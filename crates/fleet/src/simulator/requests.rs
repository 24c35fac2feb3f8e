//! What a simulated unit hears: bytes become requests, and a request is found among those that the profile can make.

use crate::profile::{Access, Captures, Counted, Decoder, Framing, Pattern, Profile, Save};

/// More than any request of any family; what is longer is dropped up to its end.
const LONGEST_REQUEST: usize = 8192;

/// Bytes that are not yet a request.
#[derive(Debug, Clone)]
pub(super) struct Hearing {
    /// What ends a request, and whether it is part of it.
    ends: Vec<(u8, bool)>,
    counted: Option<Decoder>,
    heard: Vec<u8>,
    too_long: bool,
}

impl Hearing {
    pub(super) fn new(profile: &Profile) -> Self {
        let counted = match &profile.line.framing {
            Framing::Counted { request_start, .. } => Some(Decoder::new(request_start)),
            Framing::Line {} | Framing::Terminator { .. } => None,
        };
        Self {
            ends: ends_of(profile),
            counted,
            heard: Vec::new(),
            too_long: false,
        }
    }

    /// Takes one byte; gives the request that ends with it. Whatever half request stood before is closed by the same end.
    pub(super) fn hear(&mut self, byte: u8) -> Option<String> {
        if let Some(counted) = &mut self.counted {
            let mut found = Vec::new();
            counted.push(byte, &mut found);
            return found.into_iter().find_map(|each| match each {
                Counted::Frame(text) => Some(text),
                Counted::Stray(_) => None,
            });
        }
        let Some((_, is_part)) = self.ends.iter().find(|(end, _)| *end == byte) else {
            if self.heard.len() >= LONGEST_REQUEST {
                self.too_long = true;
                self.heard.clear();
            }
            let blank = matches!(byte, b'\r' | b'\n') && self.heard.is_empty();
            if !self.too_long && !blank {
                self.heard.push(byte);
            }
            return None;
        };
        let mut heard = std::mem::take(&mut self.heard);
        if std::mem::take(&mut self.too_long) {
            return None;
        }
        heard.extend(is_part.then_some(byte));
        let text = String::from_utf8(heard).ok()?;
        let text = text.trim_start().trim_end_matches(['\r', '\n']);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Forgets what stands there.
    pub(super) fn clear(&mut self) {
        self.heard.clear();
        self.too_long = false;
        if let Some(counted) = &mut self.counted {
            counted.clear();
        }
    }

    /// Half a request stays behind: the cable came out.
    pub(super) fn keep(&mut self, bytes: &[u8]) {
        self.heard = bytes.to_vec();
        if let Some(counted) = &mut self.counted {
            for byte in bytes {
                counted.push(*byte, &mut Vec::new());
            }
        }
    }
}

/// How the requests of a family end: with a mark that all of them have, with what is put behind each, with the end of a line; where none of
/// these is known, as its answers do.
fn ends_of(profile: &Profile) -> Vec<(u8, bool)> {
    let exchanges = profile.exchange.values().map(|each| &each.request);
    let parameters = profile.parameters.iter();
    let parameters = parameters.flat_map(|each| {
        let dump = each.dump.as_ref().map(|dump| &dump.request);
        dump.into_iter().chain([&each.write.request])
    });
    let mut marks = exchanges
        .chain(parameters)
        .filter(|request| !request.text().is_empty())
        .map(Pattern::last_mark);
    let mark = marks.next().flatten();
    let mark = mark.filter(|mark| marks.all(|each| each == Some(*mark)));
    let mut ends: Vec<(u8, bool)> = mark.map(|mark| (mark, true)).into_iter().collect();
    let behind = profile.line.request_end.bytes().last();
    ends.extend(behind.map(|behind| (behind, false)));
    match profile.line.framing {
        Framing::Line {} => ends.extend([(b'\r', false), (b'\n', false)]),
        Framing::Terminator { end, .. } if ends.is_empty() => {
            ends.extend(u8::try_from(end).map(|end| (end, true)));
        }
        Framing::Terminator { .. } | Framing::Counted { .. } => {}
    }
    ends
}

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The dump of all numbered parameters.
    Dump,
    /// A batch write.
    BatchWrite,
    /// Reads one positional command.
    Read,
    /// Writes one positional command.
    Write,
    /// Reads one parameter.
    ReadSingle,
    /// Writes one parameter.
    WriteSingle,
    /// Sends the service code.
    ServiceCode,
    /// Tells how locked the unit is.
    AccessState,
    /// Opens a locked unit.
    Login,
    /// Copies RAM to flash.
    Save,
    /// Restarts.
    Restart,
    /// Anything else: only its replies matter.
    Question,
}

impl Meaning {
    /// Whether it changes values.
    pub(super) fn writes(&self) -> bool {
        matches!(self, Self::BatchWrite | Self::Write | Self::WriteSingle)
    }
}

/// A request that was understood.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub meaning: Meaning,
    /// Name of the exchange; empty for dumps and batch writes.
    pub exchange: String,
    pub captures: Captures,
}

/// Everything that a profile can ask, the most particular first.
#[derive(Debug, Clone)]
pub(super) struct RequestBook {
    entries: Vec<(Pattern, Meaning, String)>,
}

impl RequestBook {
    pub(super) fn new(profile: &Profile) -> Self {
        let mut entries: Vec<_> = profile
            .exchange
            .iter()
            .map(|(name, exchange)| {
                (
                    exchange.request.clone(),
                    meaning_of(profile, name),
                    name.clone(),
                )
            })
            .collect();
        if let Some(parameters) = &profile.parameters {
            if let Some(dump) = &parameters.dump {
                entries.push((dump.request.clone(), Meaning::Dump, String::new()));
            }
            entries.push((
                parameters.write.request.clone(),
                Meaning::BatchWrite,
                String::new(),
            ));
        }
        let fixed = |pattern: &Pattern| {
            pattern
                .format(|_| Some("".into()))
                .map_or(0, |text| text.len())
        };
        entries.sort_by_key(|(pattern, meaning, name)| {
            (
                std::cmp::Reverse(fixed(pattern)),
                *meaning == Meaning::Question,
                name.clone(),
            )
        });
        Self { entries }
    }

    /// What a request means, if the profile knows it.
    pub(super) fn understand(&self, text: &str) -> Option<Request> {
        self.entries
            .iter()
            .find_map(|(pattern, meaning, exchange)| {
                let captures = pattern.parse(text)?;
                Some(Request {
                    meaning: meaning.clone(),
                    exchange: exchange.clone(),
                    captures,
                })
            })
    }
}

fn meaning_of(profile: &Profile, name: &str) -> Meaning {
    if let Some(positional) = &profile.positional {
        if positional.read.as_deref() == Some(name) {
            return Meaning::Read;
        }
        if positional.write.as_deref() == Some(name) {
            return Meaning::Write;
        }
    }
    if let Some(single) = &profile.single {
        if single.read.as_deref() == Some(name) {
            return Meaning::ReadSingle;
        }
        if single.write.as_deref() == Some(name) {
            return Meaning::WriteSingle;
        }
    }
    match &profile.access {
        Access::ServiceCode { exchange } if exchange == name => return Meaning::ServiceCode,
        Access::Keyword { state, .. } if state == name => return Meaning::AccessState,
        Access::Keyword { login, .. } if login == name => return Meaning::Login,
        _ => {}
    }
    match (&profile.save, &profile.restart) {
        (Save::Exchange { exchange }, _) if exchange == name => Meaning::Save,
        (_, Some(restart)) if restart.exchange.as_deref() == Some(name) => Meaning::Restart,
        _ => Meaning::Question,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hearing_of(family: &str) -> Hearing {
        Hearing::new(
            crate::profile::ProfileRegistry::shipped()
                .get(family)
                .unwrap(),
        )
    }

    fn heard(hearing: &mut Hearing, bytes: &[u8]) -> Vec<String> {
        bytes
            .iter()
            .filter_map(|byte| hearing.hear(*byte))
            .collect()
    }

    #[test]
    fn half_a_command_joins_the_next_unless_its_end_stands_between() {
        let mut lines = hearing_of("teltonika-fmb");
        assert_eq!(
            heard(&mut lines, b":cfg_sa:cfg_info:?\r"),
            [":cfg_sa:cfg_info:?"]
        );
        assert_eq!(
            heard(&mut lines, b":cfg_sa\r:cfg_info:?\r\n"),
            [":cfg_sa", ":cfg_info:?"]
        );

        let mut frames = hearing_of("queclink");
        assert_eq!(
            heard(&mut frames, b"\r\nAT+GTAT+GTRTO=a$\r\nAT+B$"),
            ["AT+GTAT+GTRTO=a$", "AT+B$"]
        );
    }

    #[test]
    fn requests_may_end_otherwise_than_answers() {
        let text = include_str!("../../tests/families/nordlys.toml");
        let nordlys = Profile::from_toml(text).unwrap();
        let mut hearing = Hearing::new(&nordlys);
        assert_eq!(heard(&mut hearing, b";!ID?;!RST;"), [";", "!ID?;", "!RST;"]);
        let with_line_ends = text.replace("request_end = \"\"", "request_end = \"\\r\\n\"");
        let mut hearing = Hearing::new(&Profile::from_toml(&with_line_ends).unwrap());
        assert_eq!(
            heard(&mut hearing, b"!ID?;\r\n!RST;\r\n"),
            ["!ID?;", "!RST;"]
        );
    }

    #[test]
    fn what_is_longer_than_any_request_is_dropped_up_to_its_end() {
        let mut lines = hearing_of("teltonika-fmb");
        assert!(heard(&mut lines, &[b'a'; 100_000]).is_empty());
        assert!(lines.heard.len() <= LONGEST_REQUEST);
        assert_eq!(heard(&mut lines, b"\rok\r"), ["ok"]);
    }
}
