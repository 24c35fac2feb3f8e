//! The last exchanges as they were, without key, time and signature: for tests that hold them against the contract.

use super::answer::Answer;
use super::desk::Request;
use crate::sprint::signature::Parameter;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many are kept.
const KEPT: usize = 1_000;

/// One request and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// GET or POST.
    pub method: String,
    /// Path below the base.
    pub path: String,
    /// Query without `key`, `timestamp` and `sig`.
    pub query: Vec<Parameter>,
    /// Body, if it was JSON.
    pub request: Option<Value>,
    /// Status.
    pub status: u16,
    /// Answer.
    pub answer: Value,
}

#[derive(Debug, Default)]
pub(super) struct Traffic {
    /// The answer beside each exchange, as it was shared.
    kept: VecDeque<(Exchange, Arc<Value>, Option<Arc<str>>)>,
}

impl Traffic {
    pub(super) fn note(&mut self, request: &Request, answer: &Answer) {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        let hidden = ["key", "timestamp", "sig"];
        let exchange = Exchange {
            method: request.method.clone(),
            path: request.path.clone(),
            query: request
                .query
                .iter()
                .filter(|(name, _)| !hidden.contains(&name.as_str()))
                .cloned()
                .collect(),
            request: serde_json::from_slice(&request.body).ok(),
            status: answer.status,
            answer: Value::Null,
        };
        self.kept
            .push_back((exchange, Arc::clone(&answer.body), answer.written.clone()));
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        let whole =
            |(exchange, tree, written): &(Exchange, Arc<Value>, Option<Arc<str>>)| Exchange {
                answer: written.as_deref().map_or_else(
                    || Value::clone(tree),
                    |text| serde_json::from_str(text).unwrap_or_default(),
                ),
                ..exchange.clone()
            };
        self.kept.iter().map(whole).collect()
    }
}
