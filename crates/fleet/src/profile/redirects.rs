//! What a profile can redirect: where a file decides that a unit reports, and what it writes by itself. Shown to the person who confirms it.

use super::schema::Profile;
use crate::printable::printable;

/// One thing that a file of the bench decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Which setting, or the text messages.
    pub what: String,
    /// Where the file says that it stands, or what the file writes there.
    pub how: String,
}

impl Profile {
    /// Guarded settings with their places, and texts that the file writes by itself. Everything is safe to show.
    #[must_use]
    pub fn redirects(&self) -> Vec<Redirect> {
        let mut found = Vec::new();
        for setting in &self.settings {
            let what = setting.key.as_str().to_owned();
            if setting.guarded {
                let mut places: Vec<String> =
                    setting.places.iter().map(ToString::to_string).collect();
                for variant in &self.variants {
                    let other = variant.replace.get(&setting.key);
                    let other = other.and_then(|other| other.places.as_ref());
                    places.extend(other.into_iter().flatten().map(ToString::to_string));
                }
                places.sort();
                places.dedup();
                let how = format!("at {}", printable(&places.join(" ")));
                let what = what.clone();
                found.push(Redirect { what, how });
            }
            for need in &setting.needs {
                let text = need.any.first().map(String::as_str).unwrap_or_default();
                let how = format!("writes '{}' at {}", printable(text), need.place);
                let what = what.clone();
                found.push(Redirect { what, how });
            }
        }
        let fixed = self.sms.iter().flat_map(|sms| &sms.fixed);
        found.extend(fixed.map(|(place, text)| Redirect {
            what: "text messages".to_owned(),
            how: format!("write '{}' at {place}", printable(text)),
        }));
        found
    }
}
