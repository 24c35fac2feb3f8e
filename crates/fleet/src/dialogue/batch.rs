//! Several parameters in one request: how they are grouped into lines and what such a line says.

use super::question::{Expect, Given, Question};
use super::talk::Talk;
use super::write::{BATCH, shown_value};
use crate::fault::Fault;
use crate::plan::PlaceWrite;
use crate::profile::{BatchWrite, Place, Reply};
use crate::secret::Secret;
use std::borrow::Cow;

fn pair(batch: &BatchWrite, write: &PlaceWrite, value: &str) -> Result<String, Fault> {
    let parameter = write.place.to_string();
    batch
        .pair
        .format(|name| match name {
            "parameter" => Some(Cow::Borrowed(parameter.as_str())),
            "value" => Some(Cow::Borrowed(value)),
            _ => None,
        })
        .map_err(|hole| Fault::Internal {
            detail: format!("nothing fills '{{{hole}}}' in a pair"),
        })
}

/// Groups that fit into one line each. A pair that is too long by itself is refused.
pub(super) fn batches(
    batch: &BatchWrite,
    end_bytes: usize,
    writes: Vec<PlaceWrite>,
    refused: &mut Vec<Place>,
) -> Vec<Vec<PlaceWrite>> {
    // A fact in the request is a number of the unit: so long at most.
    let bare = batch
        .request
        .format(|name| {
            let fact = if name == "pairs" {
                ""
            } else {
                "00000000000000000000"
            };
            Some(Cow::Borrowed(fact))
        })
        .unwrap_or_default();
    let room = batch.max_bytes.saturating_sub(bare.len() + end_bytes);
    let mut groups: Vec<Vec<PlaceWrite>> = Vec::new();
    let mut used = 0;
    for write in writes {
        let length =
            pair(batch, &write, write.after.reveal()).map_or(usize::MAX, |pair| pair.len());
        if length > room {
            refused.push(write.place);
            continue;
        }
        let joined = used + batch.separator.len() + length;
        match groups.last_mut() {
            Some(group) if joined <= room => {
                group.push(write);
                used = joined;
            }
            _ => {
                groups.push(vec![write]);
                used = length;
            }
        }
    }
    groups
}

pub(super) fn batch_question(talk: &Talk, writes: &[PlaceWrite]) -> Result<Question, Fault> {
    let parameters = talk
        .profile
        .parameters
        .as_ref()
        .ok_or_else(|| Fault::Internal {
            detail: "this family has no numbered parameters".to_owned(),
        })?;
    let batch = &parameters.write;
    let mut texts = Vec::new();
    let mut shown = Vec::new();
    for write in writes {
        texts.push(pair(batch, write, write.after.reveal())?);
        shown.push(pair(batch, write, &shown_value(talk, write))?);
    }
    let question = Question {
        name: BATCH.to_owned(),
        request: batch.request.clone(),
        given: std::collections::BTreeMap::new(),
        expect: Expect::Replies(vec![Reply::Frame {
            optional: false,
            any: batch.replies.clone(),
            within_ms: None,
        }]),
        timeout_ms: batch.timeout_ms,
        tries: batch.tries.max(1),
        retry_pause_ms: 0,
        pause_after_ms: 0,
        refusals: Vec::new(),
        nothing_held: Vec::new(),
        pairs: Some(writes.len()),
        once_while_looking: false,
        is_optional: false,
        is_short: false,
        one_shot: false,
        passwords: Vec::new(),
    };
    Ok(question.with(
        "pairs",
        Given {
            text: Secret::new(texts.join(&batch.separator)),
            shown: shown.join(&batch.separator),
        },
    ))
}
