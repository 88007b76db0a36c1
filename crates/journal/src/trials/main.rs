//! Trials of invariants I4 to I6 as a program: a journal on a recorded disk, every image a power cut may leave of it,
//! every kind of damage, every I/O failing once. `python -m commonbook.qa powercut|iofail` runs it.
//!
//! `journal-trials SUITE SEED TRIALS BUG SECONDS`: prints one JSON object; a failure is in `failure`, on one line. It ends
//! in good order after so many seconds, if any are given.

mod images;
mod iofail;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use commonbook_journal::planted;

/// What a suite met.
#[derive(Default)]
pub struct Report {
    pub trials: u64,
    pub seen: BTreeMap<&'static str, u64>,
    pub failure: String,
}

impl Report {
    pub fn saw(&mut self, what: &'static str) {
        self.trials += 1;
        *self.seen.entry(what).or_default() += 1;
    }

    pub fn fail(&mut self, why: String) {
        if self.failure.is_empty() {
            self.failure = why;
        }
    }

    pub const fn passed(&self) -> bool {
        self.failure.is_empty()
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    planted::plant(u8::try_from(number(3)).unwrap_or(0));
    let until = (number(4) > 0).then(|| Instant::now() + Duration::from_secs(number(4)));
    let report = match arguments.first().map(String::as_str) {
        Some("powercut") => images::run(number(1), number(2), until),
        Some("iofail") => iofail::run(number(1), number(2), until),
        _ => {
            eprintln!("journal-trials powercut|iofail SEED TRIALS BUG SECONDS");
            return ExitCode::from(2);
        }
    };
    let seen: Vec<String> = report.seen.iter().map(|(name, count)| format!("\"{name}\": {count}")).collect();
    let failure = report.failure.replace('\\', "/").replace('"', "'");
    println!("{{\"trials\": {}, \"seen\": {{{}}}, \"failure\": \"{failure}\"}}", report.trials, seen.join(", "));
    ExitCode::from(u8::from(!report.passed()))
}
