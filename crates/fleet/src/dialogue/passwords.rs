//! The order in which a family's factory passwords are tried where wrong ones cost nothing, and which one was right.

use crate::secret::Secret;

/// Factory passwords of one question. Empty where the password is known or none is needed.
#[derive(Debug)]
pub(super) struct Passwords {
    list: Vec<Secret>,
    /// Not yet tried in this pass.
    untried: Vec<usize>,
    /// The one that the unit answered to.
    right: Option<usize>,
    /// How many more may be tried in this pass.
    left: usize,
}

impl Passwords {
    /// `most` are tried in the first pass, so that other families need not wait for long; all of them afterwards.
    pub(super) fn new(list: Vec<Secret>, most: usize) -> Self {
        Self {
            untried: (0..list.len()).collect(),
            list,
            right: None,
            left: most,
        }
    }

    /// Whether any are tried at all.
    pub(super) fn are_tried(&self) -> bool {
        !self.list.is_empty()
    }

    /// Whether the next request would carry another one.
    pub(super) fn has_more(&self) -> bool {
        self.right.is_none() && !self.untried.is_empty() && self.left > 0
    }

    /// Which one the unit answered to.
    pub(super) fn right(&self) -> Option<usize> {
        self.right
    }

    /// The unit answered to this one.
    pub(super) fn settle(&mut self, index: Option<usize>) {
        self.right = self.right.or(index);
    }

    pub(super) fn get(&self, index: usize) -> Option<&Secret> {
        self.list.get(index)
    }

    /// The one for the next request: that fits what the unit was heard to be, else the next in the file.
    pub(super) fn next(&mut self, hints: &[String]) -> Option<usize> {
        if self.right.is_some() {
            return self.right;
        }
        let fits = |index: &usize| {
            let password = self.list.get(*index)?.reveal().to_lowercase();
            let hinted = hints.iter().any(|hint| hint.contains(&password));
            hinted.then_some(password.len())
        };
        let best = self
            .untried
            .iter()
            .enumerate()
            .filter_map(|(place, index)| fits(index).map(|length| (length, place)))
            .max_by_key(|&(length, place)| (length, std::cmp::Reverse(place)))
            .map_or(0, |(_, place)| place);
        if best >= self.untried.len() || self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(self.untried.remove(best))
    }

    /// Lets one be tried again in this pass. Says whether it will be: not when the right one is known.
    pub(super) fn retry(&mut self, index: Option<usize>) -> bool {
        match index {
            Some(index) if self.right.is_none() => {
                self.untried.insert(0, index);
                self.left = self.left.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    /// Begins another pass over all of them.
    pub(super) fn begin_again(&mut self) {
        if self.right.is_none() {
            self.untried = (0..self.list.len()).collect();
            self.left = self.list.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(["gl300", "gv55", "gl300vc"].map(Secret::new).to_vec(), 3)
    }

    fn order(hints: &[&str]) -> Vec<usize> {
        let hints: Vec<String> = hints.iter().map(ToString::to_string).collect();
        let mut passwords = passwords();
        std::iter::from_fn(|| passwords.next(&hints)).collect()
    }

    #[test]
    fn they_stand_in_the_files_order_and_the_one_that_fits_a_report_comes_first() {
        assert_eq!(order(&[]), [0, 1, 2]);
        assert_eq!(order(&["gv55"]), [1, 0, 2]);
        assert_eq!(order(&["gl300vc"]), [2, 0, 1]);
    }

    #[test]
    fn the_first_pass_is_short_and_the_next_one_tries_all() {
        let list = ["gl300", "gv55", "gl300vc"].map(Secret::new).to_vec();
        let mut passwords = Passwords::new(list, 2);
        let hints = ["gl300vc".to_owned()];
        assert_eq!(passwords.next(&hints), Some(2));
        assert!(passwords.has_more());
        assert_eq!(passwords.next(&hints), Some(0));
        assert!(!passwords.has_more());
        assert_eq!(passwords.next(&hints), None);
        passwords.begin_again();
        assert_eq!(std::iter::from_fn(|| passwords.next(&[])).count(), 3);
    }

    #[test]
    fn the_right_one_stays() {
        let mut passwords = passwords();
        passwords.next(&[]);
        passwords.settle(Some(1));
        passwords.settle(Some(2));
        assert_eq!(passwords.next(&["gl300".to_owned()]), Some(1));
        assert!(!passwords.has_more() && !passwords.retry(Some(0)));
    }

    #[test]
    fn a_pass_can_be_repeated_as_a_whole_or_for_one() {
        let mut passwords = passwords();
        while passwords.next(&[]).is_some() {}
        assert!(passwords.retry(Some(2)));
        assert_eq!(passwords.next(&[]), Some(2));
        assert!(!passwords.has_more());
        passwords.begin_again();
        assert_eq!(passwords.next(&[]), Some(0));
    }
}
