//! Finding units by any fragment of any number, by plate, customer, office or words of the note; best first.
//!
//! Beginnings and ends of numbers are ranges of two B-trees, fragments come from a trigram index, one or two characters from an
//! index of beginnings of words: nothing here goes through the whole table.

use super::InventoryError;
use super::units::{UnitsPage, unit_at};
use fleet::UnitId;
use fleet::unit::Unit;
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// Most rows that one word of a query may bring in; beyond it the words are too common to sort by.
const MOST_HITS: usize = 10_000;
/// Most words of a query that are looked at.
const MOST_WORDS: usize = 8;
/// Fewest characters that the fragment index can find.
const SHORTEST_FRAGMENT: usize = 3;

/// What a text that should name one unit names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Exactly this one.
    One(Box<Unit>),
    /// None.
    Nothing,
    /// So many.
    Several(u64),
}

/// Writes what searches need to know of a row, in place of what they knew.
pub(super) fn index(connection: &Connection, row: i64, unit: &Unit) -> Result<(), InventoryError> {
    forget(connection, row)?;
    for number in numbers(unit) {
        let reversed: String = number.chars().rev().collect();
        connection
            .prepare_cached("INSERT INTO unit_number (unit, number, reversed) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![row, number, reversed])?;
    }
    let text = searched_text(unit);
    connection
        .prepare_cached("INSERT INTO unit_fragment (rowid, text) VALUES (?1, ?2)")?
        .execute(params![row, text])?;
    connection
        .prepare_cached("INSERT INTO unit_word (rowid, text) VALUES (?1, ?2)")?
        .execute(params![row, text])?;
    Ok(())
}

/// Takes out what searches know of a row.
pub(super) fn forget(connection: &Connection, row: i64) -> Result<(), InventoryError> {
    for table in [
        "DELETE FROM unit_number WHERE unit = ?1",
        "DELETE FROM unit_fragment WHERE rowid = ?1",
        "DELETE FROM unit_word WHERE rowid = ?1",
    ] {
        connection.prepare_cached(table)?.execute([row])?;
    }
    Ok(())
}

/// Everything of a unit that people read out as a number, bare; a plate is one too.
fn numbers(unit: &Unit) -> Vec<String> {
    let mut numbers = vec![bare(unit.id.as_str())];
    match &unit.id {
        UnitId::Meid(meid) => numbers.push(meid.to_decimal()),
        UnitId::Esn(esn) => numbers.push(esn.to_decimal()),
        UnitId::Imei(_) | UnitId::Hardware(_) => {}
    }
    let others = [
        unit.iccid.as_ref().map(fleet::Iccid::as_str),
        unit.mdn.as_ref().map(fleet::Mdn::as_str),
        unit.serial_number.as_deref(),
        unit.carrier_id.as_deref(),
        unit.vehicle.as_deref(),
    ];
    numbers.extend(others.into_iter().flatten().map(bare));
    numbers.retain(|number| !number.is_empty());
    numbers.dedup();
    numbers
}

/// Letters and digits only, in capitals: what is left of 'KL-4821 b' is 'KL4821B'.
fn bare(text: &str) -> String {
    text.chars()
        .filter(|each| each.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// A number as people type or scan it: an ICCID may carry the F that fills up the card's last byte.
fn typed_number(text: &str) -> String {
    let number = bare(text);
    match number.strip_suffix('F') {
        Some(iccid) if iccid.len() == 19 && iccid.bytes().all(|each| each.is_ascii_digit()) => {
            iccid.to_owned()
        }
        _ => number,
    }
}

fn searched_text(unit: &Unit) -> String {
    let mut lines = numbers(unit);
    let texts = [
        &unit.customer,
        &unit.vehicle,
        &unit.office,
        &unit.note,
        &unit.model,
        &unit.template,
    ];
    lines.extend(texts.into_iter().flatten().cloned());
    lines.join("\n")
}

/// How well a row fits; smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Ends = 0,
    Begins = 1,
    Contains = 2,
}

/// Rows that fit one word.
struct Hits {
    word: String,
    fit_of: HashMap<i64, Fit>,
    /// There are more than were looked at.
    cut: bool,
}

/// Units that fit every word of `query`, best first: a number ends with it, begins with it, contains it; then texts.
pub(super) fn find(
    connection: &Connection,
    query: &str,
    limit: u32,
    offset: u32,
) -> Result<UnitsPage, InventoryError> {
    let words = words(query);
    if words.is_empty() {
        return super::units::page(connection, limit, offset);
    }
    let mut fitting = Vec::new();
    for way in words {
        fitting = rank(connection, &way)?;
        if !fitting.is_empty() {
            break;
        }
    }
    let total = u64::try_from(fitting.len()).unwrap_or(u64::MAX);
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let take = usize::try_from(limit).unwrap_or(usize::MAX);
    let rows = fitting
        .into_iter()
        .skip(skip)
        .take(take)
        .map(|row| unit_at(connection, row))
        .collect::<Result<_, _>>()?;
    Ok(UnitsPage { rows, total })
}

/// The ways to read a query, most literal last: '8901 2602 0001' as one number first, then as three words.
fn words(query: &str) -> Vec<Vec<String>> {
    let query: String = query
        .chars()
        .map(|each| if each.is_control() { ' ' } else { each })
        .collect();
    let words: Vec<String> = query
        .split_whitespace()
        .take(MOST_WORDS)
        .map(str::to_owned)
        .collect();
    let joined = bare(&query);
    let one_number = words.len() > 1 && joined.chars().all(|each| each.is_ascii_digit());
    let mut ways = Vec::new();
    if one_number {
        ways.push(vec![joined]);
    }
    if !words.is_empty() {
        ways.push(words);
    }
    ways
}

fn rank(connection: &Connection, words: &[String]) -> Result<Vec<i64>, InventoryError> {
    let mut all = words
        .iter()
        .map(|word| hits(connection, word))
        .collect::<Result<Vec<_>, _>>()?;
    // The rarest word decides which rows are looked at, so that a common one beside it loses none.
    all.sort_by_key(|hits| (hits.cut, hits.fit_of.len()));
    let mut fitting: Vec<(u32, i64)> = Vec::new();
    if let Some((rarest, others)) = all.split_first() {
        for (row, fit) in &rarest.fit_of {
            let fits: Option<Vec<Fit>> = others
                .iter()
                .map(|hits| fit_in(connection, hits, *row).transpose())
                .collect::<Option<Result<_, _>>>()
                .transpose()?;
            if let Some(fits) = fits {
                fitting.push((
                    *fit as u32 + fits.into_iter().map(|fit| fit as u32).sum::<u32>(),
                    *row,
                ));
            }
        }
    }
    // Newer rows first among equals.
    fitting.sort_by_key(|(fit, row)| (*fit, std::cmp::Reverse(*row)));
    Ok(fitting.into_iter().map(|(_, row)| row).collect())
}

/// How a row fits a word. Where a word brought in more rows than were kept, the row itself is looked at.
fn fit_in(connection: &Connection, hits: &Hits, row: i64) -> Result<Option<Fit>, InventoryError> {
    if let Some(fit) = hits.fit_of.get(&row) {
        return Ok(Some(*fit));
    }
    if !hits.cut {
        return Ok(None);
    }
    let text = searched_text(&unit_at(connection, row)?).to_lowercase();
    let number = bare(&hits.word).to_lowercase();
    let contains =
        text.contains(&hits.word.to_lowercase()) || (!number.is_empty() && text.contains(&number));
    Ok(contains.then_some(Fit::Contains))
}

fn hits(connection: &Connection, word: &str) -> Result<Hits, InventoryError> {
    let mut hits = Hits {
        word: word.to_owned(),
        fit_of: HashMap::new(),
        cut: false,
    };
    let number = typed_number(word);
    if !number.is_empty() {
        let reversed: String = number.chars().rev().collect();
        let ends = "SELECT unit FROM unit_number WHERE reversed >= ?1 AND reversed < ?2 LIMIT ?3";
        collect(
            connection,
            ends,
            &reversed,
            &after_all_that_begin_with(&reversed),
            Fit::Ends,
            &mut hits,
        )?;
        let begins = "SELECT unit FROM unit_number WHERE number >= ?1 AND number < ?2 LIMIT ?3";
        collect(
            connection,
            begins,
            &number,
            &after_all_that_begin_with(&number),
            Fit::Begins,
            &mut hits,
        )?;
    }
    for text in [word, &number] {
        let quoted = format!("\"{}\"", text.replace('"', "\"\""));
        if text.chars().count() >= SHORTEST_FRAGMENT {
            let contains =
                "SELECT rowid FROM unit_fragment WHERE unit_fragment MATCH ?1 AND ?2 = '' LIMIT ?3";
            collect(connection, contains, &quoted, "", Fit::Contains, &mut hits)?;
        } else if text.chars().any(char::is_alphanumeric) {
            let word_begins =
                "SELECT rowid FROM unit_word WHERE unit_word MATCH ?1 || ' *' AND ?2 = '' LIMIT ?3";
            collect(
                connection,
                word_begins,
                &quoted,
                "",
                Fit::Contains,
                &mut hits,
            )?;
        }
    }
    Ok(hits)
}

/// Bound for the texts that begin with `text`: no character of ours comes after this one.
fn after_all_that_begin_with(text: &str) -> String {
    format!("{text}\u{10ffff}")
}

fn collect(
    connection: &Connection,
    question: &'static str,
    first: &str,
    second: &str,
    fit: Fit,
    hits: &mut Hits,
) -> Result<(), InventoryError> {
    let limit = i64::try_from(MOST_HITS).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(question)?;
    let mut rows = statement.query(params![first, second, limit])?;
    let mut found = 0;
    while let Some(row) = rows.next()? {
        found += 1;
        hits.fit_of
            .entry(row.get(0)?)
            .and_modify(|known| *known = fit.min(*known))
            .or_insert(fit);
    }
    hits.cut |= found >= MOST_HITS;
    Ok(())
}

/// The one unit that has exactly this number; failing that, the one whose number ends with it.
pub(super) fn named(connection: &Connection, text: &str) -> Result<Named, InventoryError> {
    let number = typed_number(text);
    if number.is_empty() {
        return Ok(Named::Nothing);
    }
    let reversed: String = number.chars().rev().collect();
    let exact = rows(
        connection,
        "SELECT DISTINCT unit FROM unit_number WHERE number = ?1 AND ?2 = '' LIMIT 1000",
        &number,
        "",
    )?;
    let fitting = if exact.is_empty() {
        let ends = "SELECT DISTINCT unit FROM unit_number WHERE reversed >= ?1 AND reversed < ?2 LIMIT 1000";
        rows(
            connection,
            ends,
            &reversed,
            &after_all_that_begin_with(&reversed),
        )?
    } else {
        exact
    };
    match fitting.as_slice() {
        [] => Ok(Named::Nothing),
        [row] => Ok(Named::One(Box::new(unit_at(connection, *row)?))),
        several => Ok(Named::Several(
            u64::try_from(several.len()).unwrap_or(u64::MAX),
        )),
    }
}

fn rows(
    connection: &Connection,
    question: &'static str,
    first: &str,
    second: &str,
) -> Result<Vec<i64>, InventoryError> {
    let mut statement = connection.prepare_cached(question)?;
    let rows = statement.query_map([first, second], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
