//! What a person types to a unit: it leaves as it stands and is kept without secrets. Nothing is awaited for it, so nothing is learnt
//! from what the unit says to it; whether anybody may type is decided where people are asked.

use super::Dialogue;
use super::redaction::{Redactor, dots, refilled};
use crate::moment::Moment;
use crate::printable::escaped;
use crate::profile::{Captures, Framing, Pattern, Place, Profile, Variant, encode};
use crate::secret::{DOTS, Secret};
use crate::transcript::EntryKind;

/// Parts of names of commands that carry secrets, on whatever unit.
const TELLING: [&str; 12] = [
    "pass", "pwd", "key", "pin", "code", "sec_", "spc", "auth", "login", "msl", "puk", "wsp",
];

/// What a person typed last, and how it is shown: the unit may repeat it.
#[derive(Debug)]
pub(super) struct Typed {
    text: Secret,
    shown: String,
}

impl Typed {
    /// How it is shown where the unit repeats it.
    pub(super) fn echo(&self, heard: &str) -> Option<String> {
        let is_it = escaped(self.text.reveal().trim()) == heard.trim();
        is_it.then(|| self.shown.clone())
    }
}

impl Dialogue {
    /// Sends what a person typed, with the family's line end; where a frame carries its length and checksum, they are put to a text that
    /// is no frame yet. Whether it was sent: while an operation is under way nothing is.
    pub fn say(&mut self, text: &Secret, now: Moment) -> bool {
        if self.is_busy() || text.reveal().trim().is_empty() {
            return false;
        }
        let talk = &mut self.talk;
        let mut bytes = match &talk.profile.line.framing {
            Framing::Counted { request_start, .. }
                if !text.reveal().starts_with(request_start.as_str()) =>
            {
                encode(request_start, text.reveal())
            }
            _ => text.reveal().as_bytes().to_vec(),
        };
        bytes.extend_from_slice(talk.profile.line.request_end.as_bytes());
        let profile = std::sync::Arc::clone(&talk.profile);
        let variant = talk.known.identity.as_ref();
        let variant = variant.and_then(|identity| profile.variant(&identity.variant));
        let shown = escaped(&talk.line.redactor.typed(&profile, variant, text.reveal()));
        talk.line
            .transcript
            .add(now, EntryKind::Sent, shown.clone());
        talk.line.outgoing.push_back(bytes);
        talk.line.last_sent = Some(now);
        talk.line.remember(text);
        // It may have ended a session or changed what was read: nothing of that is relied on.
        talk.session_begun = false;
        talk.fields.clear();
        talk.line.drain_due = true;
        talk.line.wake_due = true;
        talk.line.may_be_late = true;
        self.typed = Some(Typed {
            text: text.clone(),
            shown,
        });
        true
    }
}

impl Redactor {
    /// What a person typed, as it may be kept: secrets stand where the family's own requests carry them, or behind a name that tells of
    /// one. They become known on the way.
    fn typed(&mut self, profile: &Profile, variant: Option<&Variant>, text: &str) -> String {
        let text = text.trim();
        let unframed = unframed(profile, text);
        let plain = unframed.as_deref().unwrap_or(text);
        for request in requests(profile) {
            if let Some(shown) = self.single_secret(request, plain) {
                return self.text(&shown);
            }
            let Some(captures) = request.parse(plain) else {
                continue;
            };
            if let Some(shown) = self.without_secrets(profile, variant, captures.clone())
                && shown != captures
            {
                return self.text(&refilled(request, &shown, "", ""));
            }
        }
        self.behind_telling_names(text)
    }

    /// A request that writes one secret parameter. Its name may hold the mark that stands behind it (`2315,0`), so each is looked for.
    fn single_secret(&mut self, request: &Pattern, text: &str) -> Option<String> {
        if !(request.has("parameter") && request.has("value")) {
            return None;
        }
        let (named, value) = self.secret_parameters().find_map(|parameter| {
            let named = request.given("parameter", parameter);
            let value = named.parse(text)?.get("value")?.clone();
            Some((named, value))
        })?;
        self.learn_received(&value);
        let captures = Captures::from([("value".to_owned(), value.clone())]);
        Some(refilled(&named, &captures, "value", &dots(&value)))
    }

    /// The holes of a request with secrets as dots; `None` where the request is no whole one.
    fn without_secrets(
        &mut self,
        profile: &Profile,
        variant: Option<&Variant>,
        mut captures: Captures,
    ) -> Option<Captures> {
        for name in ["password", "keyword", "code"] {
            if let Some(value) = captures.get_mut(name) {
                self.learn_received(value);
                *value = dots(value);
            }
        }
        if let Some(pairs) = captures.get("pairs") {
            let write = &profile.parameters.as_ref()?.write;
            let shown: Vec<String> = pairs
                .split(write.separator.as_str())
                .map(|pair| self.pair(&write.pair, pair))
                .collect();
            captures.insert("pairs".to_owned(), shown.join(&write.separator));
        }
        if let Some(fields) = self.fields(profile, variant, &captures) {
            captures.insert("fields".to_owned(), fields);
        }
        Some(captures)
    }

    fn pair(&mut self, form: &Pattern, pair: &str) -> String {
        let Some(captures) = form.parse(pair) else {
            return pair.to_owned();
        };
        match (captures.get("parameter"), captures.get("value")) {
            (Some(parameter), Some(value))
                if self.is_secret(&Place::Parameter {
                    parameter: parameter.clone(),
                }) =>
            {
                self.learn_received(value);
                refilled(form, &captures, "value", &dots(value))
            }
            _ => pair.to_owned(),
        }
    }

    /// A command that no request of the family is: its values are dots where its name tells of a secret.
    fn behind_telling_names(&mut self, text: &str) -> String {
        let name_end = text
            .char_indices()
            .skip(1)
            .find(|(_, character)| matches!(character, '=' | ':' | ',' | ';' | ' ' | '#'));
        let Some((at, mark)) = name_end else {
            return self.text(text);
        };
        let (name, values) = text.split_at(at);
        let values = values.strip_prefix(mark).unwrap_or_default();
        let lower = name.to_lowercase();
        if values.is_empty() || !TELLING.iter().any(|part| lower.contains(part)) {
            return self.text(text);
        }
        for value in values.split([',', ';', ':', ' ', '"']) {
            self.learn_received(value);
        }
        format!("{name}{mark}{DOTS}")
    }
}

/// The text inside a frame with length and checksum.
fn unframed(profile: &Profile, text: &str) -> Option<String> {
    let Framing::Counted { request_start, .. } = &profile.line.framing else {
        return None;
    };
    // Length and checksum may be typed wrong: what stands between them counts.
    let inside = text.strip_prefix(request_start.as_str())?;
    let letter = inside.chars().next()?;
    let (_, rest) = inside.split_once(',')?;
    let body = rest.rsplit_once('*').map_or(rest, |(body, _)| body);
    Some(format!("{letter},{body}"))
}

/// Every request that the family knows, those that carry more first: a general one may swallow what a special one tells apart.
fn requests(profile: &Profile) -> impl Iterator<Item = &Pattern> {
    let batch = profile.parameters.iter().map(|each| &each.write.request);
    let mut requests: Vec<&Pattern> = profile
        .exchange
        .values()
        .map(|each| &each.request)
        .chain(batch)
        .filter(|request| !request.text().is_empty() && !request.fits_any_line())
        .collect();
    requests.sort_by_key(|request| std::cmp::Reverse(request.names().count()));
    requests.into_iter()
}
