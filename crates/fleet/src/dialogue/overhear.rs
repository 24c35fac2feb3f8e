//! What frames tell that nobody asked for: the family, often the model, and a number that the unit may want to be called by.

use super::Dialogue;
use crate::profile::{Access, Framing, Pattern, Profile, Reply};

/// Whether a frame that only this family sends is it: others may have lines of a form as loose as `+{word}: {text*}`.
fn known_by_name(ignored: &[Pattern], text: &str) -> bool {
    const SHORTEST_NAME: usize = 3;
    let names = |pattern: &&Pattern| {
        let name = pattern.text().split('{').next().unwrap_or_default();
        name.len() >= SHORTEST_NAME
    };
    let mut named = ignored.iter().filter(names);
    named.any(|pattern| pattern.parse(text).is_some())
}

/// Whether it is what a locked unit says of its lock, which may come too late to be an answer.
fn tells_its_lock(profile: &Profile, text: &str) -> bool {
    let Access::Keyword { state, .. } = &profile.access else {
        return false;
    };
    let replies = profile.exchange.get(state).map(|asked| &asked.replies);
    let mut replies = replies.into_iter().flatten();
    replies.any(|reply| match reply {
        Reply::Frame { any, .. } => any.iter().any(|pattern| pattern.parse(text).is_some()),
        Reply::Table { .. } => false,
    })
}

impl Dialogue {
    /// Unasked frames tell at least the family, and often the model. Whether this one tells of its lock.
    pub(super) fn overhear(&mut self, text: &str, is_frame: bool) -> bool {
        let profile = &self.talk.profile;
        let starts = match &profile.line.framing {
            Framing::Terminator { starts, .. } => starts.as_slice(),
            Framing::Line {} | Framing::Counted { .. } => &[],
        };
        let by_start = is_frame && starts.iter().any(|start| text.starts_with(start.as_str()));
        let known = profile
            .unsolicited
            .ignore
            .iter()
            .find_map(|pattern| pattern.parse(text));
        let of_lock = tells_its_lock(profile, text);
        if !by_start && known.is_none() && !of_lock {
            return false;
        }
        self.talk.family_heard = true;
        self.talk.family_named |=
            by_start || of_lock || known_by_name(&profile.unsolicited.ignore, text);
        if let Some(captures) = &known {
            self.talk.known.hear_number(captures);
        }
        if self.talk.known.identity.is_some() || self.talk.hints.len() > 16 {
            return of_lock;
        }
        if let Some(captures) = known {
            let variant = profile
                .variant_for(&captures)
                .map(|variant| variant.id.to_lowercase());
            let texts = captures.into_values().map(|text| text.to_lowercase());
            let hints: Vec<String> = texts.chain(variant).filter(|text| text.len() > 1).collect();
            self.talk.hints.extend(hints);
        }
        of_lock
    }
}
