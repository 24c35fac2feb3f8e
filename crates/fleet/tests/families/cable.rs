//! The cable between bench and unit: pulled after any byte, put back into another unit, and with acknowledgements of writes that are lost or late on it.

use fleet::simulator::SimulatedUnit;
use fleet::{Moment, Profile};
use std::collections::BTreeMap;

/// How long a pulled cable stays out, milliseconds.
const OUT_MS: u64 = 1500;

/// What becomes of what the unit says to a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Acknowledgements {
    #[default]
    Come,
    /// Not those of the first so many requests that write.
    Lost(usize),
    /// So many milliseconds later.
    Late(u64),
}

/// What the cable does.
#[derive(Debug, Default)]
pub struct Cable {
    /// It is pulled when so many bytes went to the unit.
    pub pull_after: Option<usize>,
    /// Another unit that stands in the place of the first when the cable is put back.
    pub other: Option<SimulatedUnit>,
    /// Bytes that went to the unit.
    pub sent: usize,
    pub acknowledgements: Acknowledgements,
    after_write: bool,
    muted: bool,
    plug_at: Option<Moment>,
    coming: BTreeMap<(Moment, usize), Vec<u8>>,
    number: usize,
}

impl Cable {
    pub fn carry(
        &mut self,
        bytes: &[u8],
        unit: &mut SimulatedUnit,
        profile: &Profile,
        now: Moment,
    ) {
        self.after_write = writes(profile, &String::from_utf8_lossy(bytes));
        self.muted = false;
        if let Acknowledgements::Lost(left) = &mut self.acknowledgements
            && self.after_write
            && *left > 0
        {
            *left -= 1;
            self.muted = true;
        }
        let left = self
            .pull_after
            .and_then(|after| after.checked_sub(self.sent));
        let carried = left.unwrap_or(bytes.len()).min(bytes.len());
        unit.receive(bytes.get(..carried).unwrap(), now);
        self.sent += carried;
        if left.is_some_and(|left| left < bytes.len()) {
            self.pull_after = None;
            unit.unplug(now);
            self.plug_at = Some(now.plus_ms(OUT_MS));
        }
    }

    pub fn say(&mut self, bytes: Vec<u8>, now: Moment) {
        if self.muted {
            return;
        }
        let at = match self.acknowledgements {
            Acknowledgements::Late(late_ms) if self.after_write => now.plus_ms(late_ms),
            _ => now,
        };
        self.number += 1;
        self.coming.insert((at, self.number), bytes);
    }

    pub fn take(&mut self, now: Moment) -> Option<Vec<u8>> {
        let entry = self.coming.first_entry()?;
        (entry.key().0 <= now).then(|| entry.remove())
    }

    pub fn next_deadline(&self) -> Option<Moment> {
        let coming = self.coming.keys().next().map(|(at, _)| *at);
        [coming, self.plug_at].into_iter().flatten().min()
    }

    pub fn put_back(&mut self, unit: &mut SimulatedUnit, now: Moment) {
        if self.plug_at.is_some_and(|at| at <= now) {
            self.plug_at = None;
            if let Some(other) = &mut self.other {
                // The first one lies beside it from now on.
                std::mem::swap(unit, other);
            }
            unit.plug(now);
        }
    }
}

/// Whether a request writes: it has the form of a write and of no question.
fn writes(profile: &Profile, request: &str) -> bool {
    let request = request.trim();
    // A counted frame without its length and checksum.
    let counted = request.strip_prefix("@@").and_then(|rest| {
        let (head, body) = rest.split_once(',')?;
        let body = body.rsplit_once('*')?.0;
        Some(format!("{},{body}", head.get(..1)?))
    });
    let text = counted.as_deref().unwrap_or(request);
    let names = [
        profile
            .positional
            .as_ref()
            .and_then(|each| each.write.as_ref()),
        profile.single.as_ref().and_then(|each| each.write.as_ref()),
    ];
    let is_write = |name: &String| names.contains(&Some(name));
    let batch = profile.parameters.as_ref().map(|each| &each.write.request);
    let fits = |pattern: &fleet::profile::Pattern| pattern.parse(text).is_some();
    let mut others = profile.exchange.iter().filter(|(name, _)| !is_write(name));
    let mut own = profile.exchange.iter().filter(|(name, _)| is_write(name));
    batch.is_some_and(fits)
        || (own.any(|(_, exchange)| fits(&exchange.request))
            && !others.any(|(_, exchange)| fits(&exchange.request)))
}
