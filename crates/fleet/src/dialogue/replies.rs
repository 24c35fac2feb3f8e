//! What has come of the replies to one request: frames in their order, a table, or a list with its count.

use super::question::Expect;
use crate::moment::Moment;
use crate::profile::{Captures, Dump, Reply};
use std::collections::{BTreeMap, BTreeSet};

/// A table that ended by silence.
#[derive(Debug)]
pub(super) struct TableEnd {
    /// What it had.
    pub(super) indices: BTreeSet<String>,
    /// It came twice like this: the unit has no more.
    pub(super) same_twice: bool,
}

/// What has come so far.
#[derive(Debug)]
pub(super) struct Replies {
    expected: Vec<Reply>,
    dump: Option<Box<Dump>>,
    next: usize,
    captures: Captures,
    /// Replies that came before their turn.
    early: BTreeMap<usize, Captures>,
    table: BTreeMap<String, String>,
    former_table: Option<BTreeMap<String, String>>,
    list: BTreeMap<String, String>,
    lines: u64,
    list_open: bool,
    /// Second values for a parameter of the list.
    contradictions: BTreeSet<(String, String)>,
    /// What all lists had that came with more lines than they counted.
    surplus: Option<Surplus>,
    asked_at: Moment,
}

/// A list with more lines than it counts: a line of the unit's log may read like one of them.
#[derive(Debug)]
struct Surplus {
    count: u64,
    pairs: BTreeSet<(String, String)>,
}

impl Replies {
    pub(super) fn new(expect: &Expect) -> Self {
        let (expected, dump) = match expect {
            Expect::Replies(replies) => (replies.clone(), None),
            Expect::Dump(dump) => (Vec::new(), Some(dump.clone())),
        };
        Self {
            expected,
            dump,
            next: 0,
            captures: Captures::new(),
            early: BTreeMap::new(),
            table: BTreeMap::new(),
            former_table: None,
            list: BTreeMap::new(),
            lines: 0,
            list_open: false,
            contradictions: BTreeSet::new(),
            surplus: None,
            asked_at: Moment::default(),
        }
    }

    /// Forgets what came, because the request is sent again.
    pub(super) fn restart(&mut self) {
        self.next = 0;
        self.captures.clear();
        self.early.clear();
        self.table.clear();
        self.list.clear();
        self.lines = 0;
        self.list_open = false;
        self.contradictions.clear();
    }

    /// The request left.
    pub(super) fn sent(&mut self, now: Moment) {
        self.asked_at = now;
    }

    /// Whether nothing more is awaited.
    pub(super) fn is_complete(&self) -> bool {
        self.dump.is_none() && self.next >= self.expected.len()
    }

    /// The reply whose turn it is.
    pub(super) fn awaited(&self) -> usize {
        self.next
    }

    /// What the replies said so far.
    pub(super) fn captures(&self) -> &Captures {
        &self.captures
    }

    pub(super) fn take_captures(&mut self) -> Captures {
        std::mem::take(&mut self.captures)
    }

    /// The time limit that the awaited reply brings itself.
    pub(super) fn next_wait_ms(&self) -> Option<u64> {
        match (&self.dump, self.expected.get(self.next)) {
            (Some(dump), _) => Some(dump.idle_ms.min(dump.timeout_ms)),
            (None, Some(Reply::Frame { within_ms, .. })) => *within_ms,
            (None, _) => None,
        }
    }

    /// Takes a reply; `early` lets one come before its turn. Says whether it counts now.
    pub(super) fn take_reply(&mut self, index: usize, captures: Captures, early: bool) -> bool {
        if index > self.next {
            // A word like OK before its turn ends another answer than ours.
            if early && !captures.is_empty() {
                self.early.insert(index, captures);
            }
            return false;
        }
        if index < self.next {
            return false;
        }
        self.captures.extend(captures);
        self.next += 1;
        self.take_early();
        true
    }

    fn take_early(&mut self) {
        while let Some(captures) = self.early.remove(&self.next) {
            self.captures.extend(captures);
            self.next += 1;
        }
    }

    /// Takes a line of a table. The first one counts where an index comes twice. Gives the silence that ends the table.
    pub(super) fn take_row(
        &mut self,
        index: usize,
        name: String,
        value: String,
        known: Option<&BTreeSet<String>>,
    ) -> Option<u64> {
        if index != self.next {
            return None;
        }
        let Some(Reply::Table {
            complete, quiet_ms, ..
        }) = self.expected.get(index)
        else {
            return None;
        };
        let quiet_ms = *quiet_ms;
        self.table.entry(name).or_insert(value);
        let whole = match known {
            Some(known) => known.iter().all(|each| self.table.contains_key(each)),
            None => {
                !complete.is_empty() && complete.iter().all(|each| self.table.contains_key(each))
            }
        };
        if whole {
            self.close_table();
        }
        Some(quiet_ms)
    }

    /// The last reply did not come, and units may leave it out: what came before it is the answer.
    pub(super) fn left_out(&mut self) -> bool {
        let awaited = self.expected.get(self.next);
        let left_out =
            self.next > 0 && matches!(awaited, Some(Reply::Frame { optional: true, .. }));
        self.next += usize::from(left_out);
        left_out
    }

    /// Whether one word is all that the reply before the awaited one said.
    pub(super) fn said_only(&self, word: &str) -> bool {
        self.next > 0
            && self.next < self.expected.len()
            && self.captures.values().any(|text| text == word)
    }

    /// The silence after a table. Without all its lines it counts when it came twice alike, or when it is the last chance.
    pub(super) fn table_ended(&mut self, last_try: bool) -> Option<TableEnd> {
        let Some(Reply::Table { complete, .. }) = self.expected.get(self.next) else {
            return None;
        };
        if self.table.is_empty() {
            return None;
        }
        let same_twice = self.former_table.as_ref() == Some(&self.table);
        if !same_twice && !last_try && !complete.is_empty() {
            self.former_table = Some(self.table.clone());
            return None;
        }
        let indices = self.table.keys().cloned().collect();
        self.close_table();
        Some(TableEnd {
            indices,
            same_twice,
        })
    }

    fn close_table(&mut self) {
        if let Some(Reply::Table { into, .. }) = self.expected.get(self.next) {
            for (index, name) in into {
                if let Some(value) = self.table.get(index) {
                    self.captures.insert(name.clone(), value.clone());
                }
            }
        }
        self.table.clear();
        self.next += 1;
        self.take_early();
    }

    /// The first line of the list came: whatever was collected before is of another answer.
    pub(super) fn list_started(&mut self) {
        self.list.clear();
        self.lines = 0;
        self.contradictions.clear();
        self.list_open = true;
    }

    /// A line of the list.
    pub(super) fn take_line(&mut self, parameter: String, value: String) {
        if !self.list_open {
            return;
        }
        self.lines += 1;
        match self.list.get(&parameter) {
            Some(former) if *former != value => {
                self.contradictions.insert((parameter, value));
            }
            Some(_) => {}
            None => {
                self.list.insert(parameter, value);
            }
        }
    }

    /// Lines of the list so far.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Until when the next line of the list must come.
    pub(super) fn list_deadline(&self, now: Moment) -> Option<Moment> {
        let dump = self.dump.as_ref().filter(|_| self.list_open)?;
        let all = self.asked_at.plus_ms(dump.timeout_ms);
        Some(all.min(now.plus_ms(dump.idle_ms)))
    }

    /// The last line of the list: its count must be the number of lines. A line that came twice alike does no harm.
    /// `None` when the list never began: the end of a former answer.
    pub(super) fn list_ended(
        &mut self,
        count: Option<u64>,
    ) -> Option<Result<BTreeMap<String, String>, String>> {
        let dump = self.dump.as_ref().filter(|_| self.list_open)?;
        let different = u64::try_from(self.list.len()).unwrap_or(u64::MAX);
        let fits = match count {
            Some(count) => count == different || count == self.lines,
            None => !dump.end.has("count"),
        };
        let of_several = count.and_then(|count| self.told_by_several(count));
        if let Some(list) = of_several {
            self.list_open = false;
            return Some(Ok(list));
        }
        if !fits {
            let said = count.map_or_else(|| "no number".to_owned(), |count| count.to_string());
            let lines = self.lines;
            return Some(Err(format!(
                "the list ends with the count {said}, but {lines} lines came"
            )));
        }
        if !self.contradictions.is_empty() {
            return Some(Err("the list has two values for one parameter".to_owned()));
        }
        self.list_open = false;
        Some(Ok(std::mem::take(&mut self.list)))
    }

    /// The list that several answers with too many lines have in common: the unit's log reads like a parameter (`12:5`) now and then, the
    /// parameters come each time. What comes each time beyond the count is kept too, but not a parameter with two values.
    fn told_by_several(&mut self, count: u64) -> Option<BTreeMap<String, String>> {
        // A unit that says it has no parameters has none to be told from the lines of its log.
        if count == 0 {
            return None;
        }
        let mut pairs: BTreeSet<(String, String)> = self.list.clone().into_iter().collect();
        pairs.extend(self.contradictions.iter().cloned());
        let told = u64::try_from(pairs.len()).unwrap_or(u64::MAX);
        if told <= count {
            return None;
        }
        let former = self.surplus.take().filter(|former| former.count == count);
        let Some(former) = former else {
            self.surplus = Some(Surplus { count, pairs });
            return None;
        };
        let both: BTreeSet<_> = pairs.intersection(&former.pairs).cloned().collect();
        let is_same = both.len() == pairs.len() && both.len() == former.pairs.len();
        let in_both = u64::try_from(both.len()).unwrap_or(u64::MAX);
        if in_both != count && !is_same {
            self.surplus = (in_both > count).then_some(Surplus { count, pairs: both });
            return None;
        }
        let mut values: BTreeMap<String, Option<String>> = BTreeMap::new();
        for (parameter, value) in both {
            let twice = values.contains_key(&parameter);
            values.insert(parameter, (!twice).then_some(value));
        }
        let sure = |(parameter, value): (String, Option<String>)| Some((parameter, value?));
        Some(values.into_iter().filter_map(sure).collect())
    }

    /// What is missing, when part of the answer came.
    pub(super) fn missing(&self) -> Option<String> {
        if self.list_open {
            return Some(format!("the list stopped after {} lines", self.lines));
        }
        if !self.table.is_empty() {
            return Some(format!(
                "the table stopped after {} lines",
                self.table.len()
            ));
        }
        let of = self.expected.len();
        (self.next > 0 && self.next < of).then(|| format!("{} of {of} replies came", self.next))
    }
}
