//! What a search found, as screens draw it: the first rows at once, any page of the rest when it is looked at.

pub use crate::inventory::{Group, ListVerdict, MenuValues, UnitLine};

use crate::inventory::AllFound;
use fleet::pasted::PastedLine;
use std::collections::BTreeMap;

/// Rows of a page.
pub const PAGE: usize = 100;
/// Rows of the first answer: what a large screen shows.
pub const FIRST_ROWS: usize = 64;
/// Pages that a screen keeps; farther ones are asked for again.
const MOST_PAGES: usize = 40;

/// Answer to a search.
#[derive(Debug, Clone, Default)]
pub struct SearchAnswer {
    /// The text it answers.
    pub query: String,
    /// The first rows, best first, groups in their order.
    pub first: Vec<(Group, UnitLine)>,
    /// How many fit in all, as far as is known.
    pub total: u64,
    /// Whether the total is exact and every row can be looked at.
    pub complete: bool,
    /// Milliseconds until the first rows were there.
    pub took_ms: f64,
    /// How many units searches may not know of yet, about.
    pub behind: u64,
    /// All rows, once they are found and more than the first.
    pub all: Option<AllFound>,
    /// Pages of them that were looked at.
    pub pages: BTreeMap<usize, Vec<UnitLine>>,
}

impl SearchAnswer {
    /// How many rows can be shown now.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.all.as_ref().map_or(self.first.len(), AllFound::len)
    }

    /// Groups with their rows, in order.
    #[must_use]
    pub fn groups(&self) -> Vec<(Group, usize)> {
        if let Some(all) = &self.all {
            return all.groups.clone();
        }
        let mut groups: Vec<(Group, usize)> = Vec::new();
        for (group, _) in &self.first {
            match groups.last_mut() {
                Some((last, rows)) if last == group => *rows += 1,
                _ => groups.push((*group, 1)),
            }
        }
        groups
    }

    /// The unit in a row; `None` while its page is on its way.
    #[must_use]
    pub fn line(&self, row: usize) -> Option<&UnitLine> {
        match &self.all {
            None => self.first.get(row).map(|(_, line)| line),
            Some(_) => self.pages.get(&(row / PAGE))?.get(row % PAGE),
        }
    }

    /// Keeps a page, and lets go of those that are farthest from it.
    pub(super) fn keep_page(&mut self, page: usize, lines: Vec<UnitLine>) {
        self.pages.insert(page, lines);
        while self.pages.len() > MOST_PAGES {
            let ends = [self.pages.keys().next(), self.pages.keys().next_back()];
            let farthest = ends
                .into_iter()
                .flatten()
                .copied()
                .max_by_key(|each| each.abs_diff(page));
            match farthest {
                Some(farthest) => self.pages.remove(&farthest),
                None => return,
            };
        }
    }
}

/// A pasted list with what each line is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LookedUpList {
    /// Lines in their order.
    pub lines: Vec<(PastedLine, ListVerdict)>,
    /// Lines that were too many to look up.
    pub left_out: usize,
    /// How many units were found.
    pub found: usize,
    /// How many lines are no unit.
    pub not_found: usize,
    /// How many lines stand there twice.
    pub double: usize,
    /// How many lines fit several units.
    pub several: usize,
    /// How many lines cannot be read as a number.
    pub unreadable: usize,
    /// How many units may not have been found yet, about: searches did not know of them.
    pub behind: u64,
}

impl LookedUpList {
    /// The same, looked up while searches did not know of so many units.
    #[must_use]
    pub fn behind(self, behind: u64) -> Self {
        Self { behind, ..self }
    }

    /// Counts what there is.
    #[must_use]
    pub fn new(lines: Vec<(PastedLine, ListVerdict)>, left_out: usize) -> Self {
        let mut list = Self {
            left_out,
            ..Self::default()
        };
        for (_, verdict) in &lines {
            match verdict {
                ListVerdict::Found { .. } => list.found += 1,
                ListVerdict::NotFound { .. } => list.not_found += 1,
                ListVerdict::Double { .. } => list.double += 1,
                ListVerdict::Several(_) => list.several += 1,
                ListVerdict::WrongDigit { .. } | ListVerdict::CutOff | ListVerdict::NoNumber => {
                    list.unreadable += 1
                }
            }
        }
        list.lines = lines;
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_fits_several_units_is_counted_as_such() {
        let lines = fleet::pasted::lines("4821\n8.96E+19\n");
        let verdicts = [ListVerdict::Several(2), ListVerdict::CutOff];
        let list = LookedUpList::new(lines.into_iter().zip(verdicts).collect(), 0);
        assert_eq!((list.several, list.unreadable, list.not_found), (1, 1, 0));
    }
}
