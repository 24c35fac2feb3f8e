//! One run over the indexes for one reading of a query. Candidates come from the index that brings the fewest; everything else is
//! asked of each candidate. It can be stopped between two candidates, so that a stale search costs nothing.

use super::facets::{Known, known};
use super::line::{Judged, Line, line_at};
use super::met::Met;
use super::pieces::containing;
use crate::inventory::InventoryError;
use fleet::query::{
    AgeOf, Compare, Facts, Filter, Query, SHORTEST_FRAGMENT, StateWord, Test, TextField, TextTest,
    folded, searched, tokens, typed_number, typed_number_of, word_fits,
};
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::rc::Rc;

/// Letters of a word that its index knows.
const INDEXED_LETTERS: usize = 6;
/// Fewer candidates than that are looked at one by one without thought.
const FEW: u64 = 20_000;
/// Candidates between two looks at the clock; where each row is read, so many take a third of a millisecond.
const BETWEEN_LOOKS: u32 = 8;

/// How a row was found; the order in which rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Ends,
    Begins,
    Contains,
    Words,
}

/// What a run found.
#[derive(Default)]
pub(super) struct Found {
    /// Row numbers by fit, newest first.
    pub rows: [Vec<i64>; 4],
    /// There are or may be more.
    pub cut: bool,
    /// How many fit in all, where that is known without finding them.
    pub total: Option<u64>,
    /// Rows among them that had to be read to be judged, while they are as few as a screen shows.
    pub lines: HashMap<i64, Line>,
}

impl Found {
    pub fn len(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }
}

/// Whether candidates go on coming.
type GoOn = bool;

/// Where words are looked for.
#[derive(Clone, Copy)]
enum Where {
    Texts,
    /// Words without digits may stand in numbers as well.
    NumbersToo,
}

pub(super) struct Run<'a> {
    connection: &'a Connection,
    known: Rc<Known>,
    reading: &'a Query,
    now: Timestamp,
    most: usize,
    stop: &'a dyn Fn() -> bool,
    /// Facets that fit, where a filter asks for some.
    facets: Option<HashSet<i64>>,
    /// Filters that a row itself must answer.
    rest: Vec<&'a Filter>,
    met: Met,
    offered: u32,
    found: Found,
}

/// Finds the rows that fit one reading, at most `most`, until `stop` says so.
pub(super) fn run(
    connection: &Connection,
    reading: &Query,
    now: Timestamp,
    most: usize,
    stop: &dyn Fn() -> bool,
) -> Result<Found, InventoryError> {
    let mut run = Run {
        connection,
        known: known(connection)?,
        reading,
        now,
        most,
        stop,
        facets: None,
        rest: Vec::new(),
        met: Met::default(),
        offered: 0,
        found: Found::default(),
    };
    let facet_units = run.judge_facets();
    if reading.words.is_empty() {
        run.by_filters(facet_units)?;
    } else if run.facets.as_ref().is_none_or(|facets| !facets.is_empty()) {
        run.by_words()?;
    }
    let mut found = run.found;
    for rows in &mut found.rows {
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(*row));
    }
    Ok(found)
}

impl<'a> Run<'a> {
    /// Answers from the facets what they can answer, and how many units fit that.
    fn judge_facets(&mut self) -> u64 {
        let (of_facets, rest): (Vec<&Filter>, Vec<&Filter>) = self
            .reading
            .filters
            .iter()
            .partition(|filter| is_of_facets(filter));
        self.rest = rest;
        let fitting = self.known.facets.iter().filter(|facet| {
            let facts = Facts {
                unit: &facet.unit,
                seen: None,
                reported: None,
                newest_version: self.known.newest_of(&facet.unit),
                differs: facet.differs,
                now: self.now,
            };
            of_facets.iter().all(|filter| filter.fits(&facts))
        });
        let mut units = 0;
        let mut numbers = HashSet::new();
        for facet in fitting {
            units += facet.units;
            numbers.insert(facet.number);
        }
        if !of_facets.is_empty() {
            self.facets = Some(numbers);
        }
        units
    }

    // ---- candidates from words

    fn by_words(&mut self) -> Result<(), InventoryError> {
        let words = &self.reading.words;
        let with_digit = |word: &&String| word.chars().any(|each| each.is_ascii_digit());
        let lead = words
            .iter()
            .enumerate()
            .filter(|(_, word)| with_digit(word) || words.len() == 1)
            .max_by_key(|(_, word)| typed_number(word).len());
        let Some((at, lead)) = lead else {
            let all: Vec<&str> = words.iter().map(String::as_str).collect();
            return self.by_texts(Where::NumbersToo, &all, &[]).map(|_| ());
        };
        let others: Vec<&str> = words
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != at)
            .map(|(_, word)| word.as_str())
            .collect();
        let number = typed_number(lead);
        if !number.is_empty() && !self.by_number(&number, &others)? {
            return Ok(());
        }
        self.by_texts(Where::Texts, &[lead], &others).map(|_| ())
    }

    /// Ends, beginnings, then anywhere.
    fn by_number(&mut self, number: &str, others: &[&str]) -> Result<GoOn, InventoryError> {
        let reversed: String = number.chars().rev().collect();
        let ends = "SELECT unit, plate FROM unit_number WHERE reversed >= ?1 AND reversed < ?2";
        if !self.range(ends, &reversed, Fit::Ends, others)?
            || !self.range(FORWARDS, number, Fit::Begins, others)?
        {
            return Ok(false);
        }
        let Some((pieces, may_stand_apart)) = containing(number) else {
            return Ok(true);
        };
        if !self.by_pieces(&pieces, may_stand_apart.then_some(number), others)? {
            return Ok(false);
        }
        self.in_heads(number, others)
    }

    /// Units with all these pieces, of which one number must contain `whole`, where that is not sure.
    fn by_pieces(
        &mut self,
        pieces: &str,
        whole: Option<&str>,
        others: &[&str],
    ) -> Result<GoOn, InventoryError> {
        let connection = self.connection;
        let mut statement = connection.prepare_cached(
            "SELECT rowid FROM unit_piece WHERE unit_piece MATCH ?1 ORDER BY rowid DESC",
        )?;
        let mut contains = connection.prepare_cached(
            "SELECT 1 FROM unit_number WHERE unit = ?1 AND plate = 0 AND instr(number, ?2) > 0",
        )?;
        let mut rows = statement.query([pieces])?;
        while let Some(found) = rows.next()? {
            let row: i64 = found.get(0)?;
            let is_meant = match whole {
                Some(whole) => contains.exists(params![row, whole])?,
                None => true,
            };
            let goes_on = if is_meant {
                self.offer(row, Fit::Contains, others)?
            } else {
                self.look_at_the_clock()
            };
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The heads of numbers are not in the index of pieces: a fragment stands in one, or begins in one and ends behind it.
    fn in_heads(&mut self, number: &str, others: &[&str]) -> Result<GoOn, InventoryError> {
        let known = Rc::clone(&self.known);
        for head in &known.heads {
            if head.contains(number) {
                if !self.range(FORWARDS, head, Fit::Contains, others)? {
                    return Ok(false);
                }
                continue;
            }
            for (cut, _) in number.char_indices().skip(1) {
                let (first, rest) = number.split_at(cut);
                if head.ends_with(first) {
                    let begin = format!("{head}{rest}");
                    if !self.range(FORWARDS, &begin, Fit::Contains, others)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn range(
        &mut self,
        question: &'static str,
        begin: &str,
        fit: Fit,
        others: &[&str],
    ) -> Result<GoOn, InventoryError> {
        let end = after_all_that_begin_with(begin);
        let mut statement = self.connection.prepare_cached(question)?;
        let mut rows = statement.query([begin, &end])?;
        while let Some(row) = rows.next()? {
            let plate: bool = row.get(1)?;
            let fit = if plate { Fit::Words } else { fit };
            if !self.offer(row.get(0)?, fit, others)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Beginnings of words first, then anywhere in a text.
    fn by_texts(
        &mut self,
        place: Where,
        words: &[&str],
        others: &[&str],
    ) -> Result<GoOn, InventoryError> {
        let begins: Vec<String> = words.iter().flat_map(|word| tokens(word)).collect();
        if !begins.is_empty() {
            let wanted = begins.iter().map(|token| word_begin(token));
            let wanted: Vec<String> = wanted.collect();
            let wanted = format!(
                "{{customer vehicle office note model template}} : ({})",
                wanted.join(" AND ")
            );
            // What the index cannot tell: letters beyond the sixth, and words that must stand side by side.
            let unsure = words.iter().copied().filter(|word| {
                let tokens = tokens(word);
                tokens.len() > 1
                    || tokens
                        .iter()
                        .any(|token| token.chars().count() > INDEXED_LETTERS)
            });
            let asked: Vec<&str> = others.iter().copied().chain(unsure).collect();
            if !self.each(
                "SELECT rowid FROM unit_word WHERE unit_word MATCH ?1 ORDER BY rowid DESC",
                vec![wanted.into()],
                Fit::Words,
                &asked,
            )? {
                return Ok(false);
            }
        }
        let long = |word: &&str| folded(word).chars().count() >= SHORTEST_FRAGMENT;
        let (long, short): (Vec<&str>, Vec<&str>) =
            words.iter().copied().partition(|word| long(word));
        if long.is_empty() {
            return Ok(true);
        }
        let wanted: Vec<String> = long.iter().map(|word| quoted(&searched(word))).collect();
        let wanted = match place {
            Where::Texts => format!("{{texts}} : ({})", wanted.join(" AND ")),
            Where::NumbersToo => wanted.join(" AND "),
        };
        let asked: Vec<&str> = others.iter().chain(&short).copied().collect();
        self.each(
            "SELECT rowid FROM unit_fragment WHERE unit_fragment MATCH ?1 ORDER BY rowid DESC",
            vec![wanted.into()],
            Fit::Words,
            &asked,
        )
    }

    // ---- candidates from filters

    fn by_filters(&mut self, facet_units: u64) -> Result<(), InventoryError> {
        if self.rest.is_empty() {
            self.found.total = Some(facet_units);
        }
        let rest = self.rest.clone();
        let number = rest.iter().find_map(|filter| number_of(filter));
        if let Some(number) = number {
            return self.by_number_alone(&number);
        }
        if self.facets.is_some() && (rest.is_empty() || facet_units <= FEW) {
            return self.by_facets().map(|_| ());
        }
        if let Some((question, bound)) = self.by_age(&rest) {
            return self
                .each(question, vec![bound.into()], Fit::Words, &[])
                .map(|_| ());
        }
        if let Some(wanted) = rest.iter().find_map(|filter| column_match(filter)) {
            let question =
                "SELECT rowid FROM unit_word WHERE unit_word MATCH ?1 ORDER BY rowid DESC";
            return self
                .each(question, vec![wanted.into()], Fit::Words, &[])
                .map(|_| ());
        }
        if self.facets.is_some() {
            return self.by_facets().map(|_| ());
        }
        let all = "SELECT unit FROM unit_facet WHERE ?1 = '' ORDER BY unit DESC";
        self.each(all, vec![String::new().into()], Fit::Words, &[])
            .map(|_| ())
    }

    /// A number asked for by its field: how it fits is no matter of groups.
    fn by_number_alone(&mut self, number: &str) -> Result<(), InventoryError> {
        self.by_number(number, &[])?;
        let mut rows = std::mem::take(&mut self.found.rows);
        let all: Vec<i64> = rows.iter_mut().flat_map(std::mem::take).collect();
        if let Some(last) = self.found.rows.last_mut() {
            *last = all;
        }
        Ok(())
    }

    /// Newest rows of all facets that fit, without sorting what is not asked for.
    fn by_facets(&mut self) -> Result<GoOn, InventoryError> {
        let facets: Vec<i64> = self.facets.iter().flatten().copied().collect();
        if self.most == usize::MAX {
            for facet in facets {
                let of_one = "SELECT unit FROM unit_facet WHERE facet = ?1";
                if !self.each(of_one, vec![facet.into()], Fit::Words, &[])? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        let connection = self.connection;
        let mut newest_before = connection
            .prepare_cached("SELECT max(unit) FROM unit_facet WHERE facet = ?1 AND unit < ?2")?;
        let mut newest: BinaryHeap<(i64, i64)> = BinaryHeap::new();
        for facet in facets {
            let row: Option<i64> = newest_before.query_row([facet, i64::MAX], |row| row.get(0))?;
            newest.extend(row.map(|row| (row, facet)));
            if !self.look_at_the_clock() {
                break;
            }
        }
        while let Some((row, facet)) = newest.pop() {
            if !self.offer(row, Fit::Words, &[])? {
                return Ok(false);
            }
            let next: Option<i64> = newest_before.query_row([facet, row], |row| row.get(0))?;
            newest.extend(next.map(|row| (row, facet)));
        }
        Ok(true)
    }

    /// An index by time that leaves most units out.
    fn by_age(&self, rest: &[&Filter]) -> Option<(&'static str, i64)> {
        const SEEN: &str = "SELECT unit FROM unit_sign WHERE seen_ms > ?1 ORDER BY seen_ms DESC";
        const REPORTED: &str =
            "SELECT unit FROM unit_sign WHERE report_ms > ?1 ORDER BY report_ms DESC";
        const QUIET: &str =
            "SELECT unit FROM unit_sign WHERE report_ms <= ?1 ORDER BY report_ms DESC";
        const SET: &str =
            "SELECT row FROM unit WHERE provisioned_ms > ?1 ORDER BY provisioned_ms DESC";
        const CHANGED: &str = "SELECT row FROM unit WHERE updated_ms > ?1 ORDER BY updated_ms DESC";
        let now = self.now.as_millisecond();
        let day_ago = now - fleet::query::QUIET_AFTER_MS;
        rest.iter()
            .filter(|filter| !filter.not)
            .find_map(|filter| match &filter.test {
                Test::Age(of, Compare::Less, age) => {
                    let question = match of {
                        AgeOf::Seen => SEEN,
                        AgeOf::Report => REPORTED,
                        AgeOf::Set => SET,
                        AgeOf::Changed => CHANGED,
                    };
                    Some((question, now - age.milliseconds()))
                }
                Test::State(states) => match states.as_slice() {
                    [StateWord::Quiet] => Some((QUIET, day_ago)),
                    [StateWord::Reporting] => Some((REPORTED, day_ago)),
                    _ => None,
                },
                _ => None,
            })
    }

    fn each(
        &mut self,
        question: &'static str,
        values: Vec<Value>,
        fit: Fit,
        others: &[&str],
    ) -> Result<GoOn, InventoryError> {
        let mut statement = self.connection.prepare_cached(question)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if !self.offer(row.get(0)?, fit, others)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    // ---- judging a candidate

    /// Whether there is time for one candidate more.
    fn look_at_the_clock(&mut self) -> GoOn {
        self.offered += 1;
        if self.offered.is_multiple_of(BETWEEN_LOOKS) && (self.stop)() {
            self.found.cut = true;
            return false;
        }
        true
    }

    fn offer(&mut self, row: i64, fit: Fit, others: &[&str]) -> Result<GoOn, InventoryError> {
        if !self.met.insert(row) {
            return Ok(true);
        }
        if !self.look_at_the_clock() {
            return Ok(false);
        }
        let Judged { is_meant, line } = self.judge(row, others)?;
        if is_meant {
            if self.found.len() >= self.most {
                self.found.cut = true;
                return Ok(false);
            }
            if let Some(rows) = self.found.rows.get_mut(fit as usize) {
                rows.push(row);
            }
            if let Some(line) = line.filter(|_| self.most != usize::MAX) {
                self.found.lines.insert(row, line);
            }
        }
        Ok(true)
    }

    fn judge(&self, row: i64, others: &[&str]) -> Result<Judged, InventoryError> {
        if let Some(facets) = &self.facets {
            let mut statement = self
                .connection
                .prepare_cached("SELECT facet FROM unit_facet WHERE unit = ?1")?;
            let mut found = statement.query([row])?;
            let fits = match found.next()? {
                Some(found) => facets.contains(&found.get(0)?),
                None => false,
            };
            if !fits {
                return Ok(Judged::unread(false));
            }
        }
        if self.rest.is_empty() && others.is_empty() {
            return Ok(Judged::unread(true));
        }
        let Some(line) = line_at(self.connection, row)? else {
            return Ok(Judged::unread(false));
        };
        let facts = Facts {
            unit: &line.unit,
            seen: line.seen_at,
            reported: line.reported_at,
            newest_version: self.known.newest_of(&line.unit),
            differs: line.differs,
            now: self.now,
        };
        let is_meant = others.iter().all(|word| word_fits(word, &line.unit))
            && self.rest.iter().all(|filter| filter.fits(&facts));
        Ok(Judged {
            is_meant,
            line: Some(line),
        })
    }
}

const FORWARDS: &str = "SELECT unit, plate FROM unit_number WHERE number >= ?1 AND number < ?2";

/// Whether the facets alone answer a filter.
fn is_of_facets(filter: &Filter) -> bool {
    match &filter.test {
        Test::Text(field, _) => matches!(field, TextField::Office | TextField::Template),
        Test::Version(..) | Test::Drift(_) => true,
        Test::State(states) => states.iter().all(|state| {
            state.unit_state().is_some()
                || state.registration().is_some()
                || matches!(state, StateWord::InUse | StateWord::NotRegistered)
        }),
        Test::Age(..) | Test::Never(_) => false,
    }
}

/// The one number that a filter asks for.
fn number_of(filter: &Filter) -> Option<String> {
    match (&filter.test, filter.not) {
        (Test::Text(field, tests), false) if field.is_number() => match tests.as_slice() {
            [TextTest::Has(text) | TextTest::Is(text)] => Some(typed_number_of(*field, text))
                .filter(|number| number.chars().count() >= SHORTEST_FRAGMENT),
            _ => None,
        },
        _ => None,
    }
}

/// What a filter on a text asks of the index of words.
fn column_match(filter: &Filter) -> Option<String> {
    let Test::Text(field, tests) = &filter.test else {
        return None;
    };
    let column = match field {
        TextField::Customer => "customer",
        TextField::Note => "note",
        TextField::Model => "model",
        TextField::Firmware | TextField::Family | TextField::Plan => "other",
        _ => return None,
    };
    if filter.not {
        return None;
    }
    let one = |test: &TextTest| match test {
        TextTest::Has(text) | TextTest::Is(text) => {
            let tokens: Vec<String> = tokens(text).iter().map(|token| word_begin(token)).collect();
            (!tokens.is_empty()).then(|| format!("({})", tokens.join(" AND ")))
        }
        TextTest::Empty => None,
    };
    let any: Vec<String> = tests.iter().map(one).collect::<Option<_>>()?;
    Some(format!("{{{column}}} : ({})", any.join(" OR ")))
}

/// A token as a beginning in the words of the index, as far as it knows words.
fn word_begin(token: &str) -> String {
    let known: String = token.chars().take(INDEXED_LETTERS).collect();
    format!("{} *", quoted(&known))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Bound for the texts that begin with `text`: no character of ours comes after this one.
pub(super) fn after_all_that_begin_with(text: &str) -> String {
    format!("{text}\u{10ffff}")
}
