//! Cancel-all-after: an account's promise to say it is alive. Engine time decides, so a replay decides the same.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    pub deadline_ns: i64,
    pub account: u64,
    pub tag: [u8; 16],
}

#[derive(Clone, Debug, Default)]
pub struct Timers {
    due: BTreeSet<Timer>,
    set: BTreeMap<(u64, [u8; 16]), i64>,
}

impl Timers {
    /// Set or renew a timer; a deadline of 0 clears it.
    pub fn set(&mut self, account: u64, tag: [u8; 16], deadline_ns: i64) {
        if let Some(deadline_ns) = self.set.remove(&(account, tag)) {
            self.due.remove(&Timer { deadline_ns, account, tag });
        }
        if deadline_ns != 0 {
            self.set.insert((account, tag), deadline_ns);
            self.due.insert(Timer { deadline_ns, account, tag });
        }
    }

    /// The earliest timer whose deadline has come; it is cleared.
    #[inline]
    pub fn pop_due(&mut self, now_ns: i64) -> Option<Timer> {
        if self.due.is_empty() { None } else { self.pop(now_ns) }
    }

    fn pop(&mut self, now_ns: i64) -> Option<Timer> {
        let first = *self.due.first().filter(|timer| timer.deadline_ns <= now_ns)?;
        self.due.remove(&first);
        self.set.remove(&(first.account, first.tag));
        Some(first)
    }

    pub fn all(&self) -> impl ExactSizeIterator<Item = &Timer> {
        self.due.iter()
    }
}
