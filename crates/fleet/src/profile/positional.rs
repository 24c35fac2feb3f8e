//! The fields of positional commands: how one text becomes fields, and which names they have on a model.

use super::pattern::Captures;
use super::schema::{Positional, Profile, Variant};

impl Positional {
    /// The fields of `command` in an answer: all of it, or its section where one answer shows several commands.
    pub(crate) fn fields_in(&self, command: &str, captures: &Captures) -> String {
        if self.sections.is_empty() {
            return captures.get("fields").cloned().unwrap_or_default();
        }
        let all = captures
            .get("sections")
            .map(String::as_str)
            .unwrap_or_default();
        let separator = self.separator.as_str();
        let mut texts = all.split(separator).skip_while(|text| *text != command);
        texts.next();
        let is_name = |text: &&str| self.sections.iter().any(|name| name == text);
        let rest: Vec<&str> = texts.collect();
        let is_last = self.sections.last().is_some_and(|last| last == command);
        match rest.iter().position(is_name) {
            Some(end) => rest.get(..end).unwrap_or_default().join(separator),
            None if is_last => rest.join(separator),
            // The answer was cut: a section that looks like a shorter form is not believed.
            None => String::new(),
        }
    }

    /// The fields of a command in their order, without quotation marks.
    pub(crate) fn split(&self, fields: &str) -> Vec<String> {
        let separator = self.separator.as_str();
        let Some(quote) = self.quote else {
            return fields.split(separator).map(ToOwned::to_owned).collect();
        };
        let mut texts = Vec::new();
        let mut rest = fields;
        loop {
            let inside = rest
                .strip_prefix(quote)
                .and_then(|inside| inside.split_once(quote));
            let (text, behind) = match inside {
                Some((text, behind)) => (text, behind),
                None => rest.split_at(rest.find(separator).unwrap_or(rest.len())),
            };
            texts.push(text.to_owned());
            match behind.strip_prefix(separator) {
                Some(next) => rest = next,
                None => return texts,
            }
        }
    }
}

impl Profile {
    /// The names of so many fields of a command: the model's list, or another form in which it shows them.
    pub(crate) fn names_for(
        &self,
        variant: &Variant,
        command: &str,
        count: usize,
    ) -> Option<Vec<String>> {
        let written = variant.fields.get(command)?;
        let more = self
            .positional
            .as_ref()
            .is_some_and(|positional| positional.more_fields);
        if written.len() == count || (more && written.len() < count) {
            return Some(written.clone());
        }
        let forms = variant.shown_as.get(command)?;
        forms.iter().find(|form| form.len() == count).cloned()
    }

    /// The fields as they are written, from the form in which the unit showed them.
    pub(crate) fn in_layout(
        &self,
        variant: &Variant,
        command: &str,
        read: &[String],
    ) -> Option<Vec<String>> {
        let layout = variant.fields.get(command)?;
        let names = self.names_for(variant, command, read.len())?;
        if names == *layout {
            return Some(read.iter().take(layout.len()).cloned().collect());
        }
        let text = |field: &String| {
            let index = names.iter().position(|name| name == field && name != "_")?;
            read.get(index).cloned()
        };
        layout.iter().map(text).collect()
    }
}
