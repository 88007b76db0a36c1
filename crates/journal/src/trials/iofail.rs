//! Suite `iofail`, I6: the n-th call of the disk fails, for every n; nothing is acknowledged that a power cut right then
//! would take, and nothing is accepted afterwards.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use commonbook_journal::memory::{Fate, TraceDisk, image};
use commonbook_journal::random::Random;
use commonbook_journal::scan::Found;
use commonbook_journal::tail::{Cut, Tail};

use crate::Report;
use crate::images::{batch, start};

struct Nothing;

impl Fate for Nothing {
    fn sector_stays(&mut self) -> bool {
        false
    }
    fn length_stays(&mut self) -> bool {
        false
    }
    fn name_stays(&mut self) -> bool {
        false
    }
}

pub fn run(seed: u64, seeds: u64, until: Option<Instant>) -> Report {
    let mut report = Report::default();
    for offset in 0..seeds {
        if until.is_some_and(|until| Instant::now() > until) {
            break;
        }
        let mut call = 1;
        while report.passed() && fail_at(call, seed + offset, &mut report) {
            call += 1;
        }
    }
    report
}

/// One run in which the call with this number fails; false when the run makes fewer calls.
fn fail_at(call: u64, seed: u64, report: &mut Report) -> bool {
    let disk = TraceDisk::failing_at(call);
    let cut = Cut { segment_bytes: 16 * 1024, step_bytes: 4 * 1024, background: false };
    let mut tail = Tail::new(Path::new("/nowhere"), Arc::new(disk.clone()), cut, &Found::default()).in_empty_folder();
    let mut random = Random(seed);
    let mut commanded = Vec::new();
    let mut acknowledged = 0;
    for _ in 0..120 {
        let count = 1 + random.index(12);
        let records = batch(&mut random, acknowledged as usize + 1, count);
        let Ok(last) = tail.commit(&records) else { break };
        acknowledged = last;
        commanded.extend_from_slice(&records);
    }
    drop(tail.close());
    let (steps, failed) = disk.with(|inner| (std::mem::take(&mut inner.steps), inner.failed));
    if !failed {
        return false;
    }
    report.saw("call_failed");
    let (folder, _) = image(&steps, steps.len(), &mut Nothing);
    match start(&folder) {
        Err(fault) => report.fail(format!("seed {seed}, call {call} fails: refused: {fault}")),
        Ok((end, records)) => {
            if end.last_sequence < acknowledged {
                let durable = end.last_sequence;
                report
                    .fail(format!("seed {seed}, call {call} fails: {durable} is durable, {acknowledged} acknowledged"));
            } else if records.get(..commanded.len()) != Some(&commanded[..]) {
                report.fail(format!("seed {seed}, call {call} fails: acknowledged records are altered"));
            }
        }
    }
    true
}
