//! Bad input for everything that reads bytes: `python -m commonbook.qa fuzz` runs it.
//!
//! `commonbook-fuzz COMMANDS SEED INPUTS SECONDS BUG`: so many inputs for each reader, mutated from good ones that are
//! made of a file of command records. Every reader must give or refuse, without a panic and without more memory than
//! four times the input and 64 KiB; what it gives must be the same after writing and reading it again. Prints one JSON
//! object; a failure is in `failure`, on one line. A reader is one line in `targets::all`.

mod mutate;
mod targets;

use std::collections::BTreeMap;
use std::panic;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use commonbook_journal::random::Random;
use peak_alloc::PeakAlloc;

use crate::mutate::mutate;
use crate::targets::Target;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const FREE_BYTES: usize = 64 * 1024;
const FREE_TIMES: usize = 4;

struct Report {
    trials: u64,
    seen: BTreeMap<String, u64>,
    most: BTreeMap<String, u64>,
    failure: String,
    until: Option<Instant>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    let Some(commands) = arguments.first().and_then(|path| std::fs::read(path).ok()) else {
        eprintln!("commonbook-fuzz COMMANDS SEED INPUTS SECONDS BUG");
        return ExitCode::from(2);
    };
    plant(u8::try_from(number(4)).unwrap_or(0));
    panic::set_hook(Box::new(|_| {})); // told in the report
    let until = (number(3) > 0).then(|| Instant::now() + Duration::from_secs(number(3)));
    let mut report = Report { trials: 0, seen: BTreeMap::new(), most: BTreeMap::new(), failure: String::new(), until };
    for target in targets::all(&commands) {
        feed(target, number(1), number(2), &mut report);
        if !report.failure.is_empty() {
            break;
        }
    }
    let listed = |map: &BTreeMap<String, u64>| {
        map.iter().map(|(name, count)| format!("\"{name}\": {count}")).collect::<Vec<_>>().join(", ")
    };
    let failure = report.failure.replace('\\', "/").replace('"', "'");
    println!(
        "{{\"trials\": {}, \"seen\": {{{}}}, \"most_bytes\": {{{}}}, \"failure\": \"{failure}\"}}",
        report.trials,
        listed(&report.seen),
        listed(&report.most)
    );
    ExitCode::from(u8::from(!report.failure.is_empty()))
}

#[cfg(feature = "planted-bugs")]
fn plant(bug: u8) {
    commonbook_engine::planted::plant(bug);
    commonbook_journal::planted::plant(bug.saturating_sub(100));
}

#[cfg(not(feature = "planted-bugs"))]
const fn plant(_: u8) {}

/// All inputs of one reader.
fn feed(mut target: Target, seed: u64, inputs: u64, report: &mut Report) {
    let mut random = Random(seed);
    let mut most = 0;
    if let Some(refused) = (0..target.good.len()).find(|at| (target.read)(&target.good[*at]) != Ok(true)) {
        return fail(report, format!("{}: good input {refused} is refused", target.name));
    }
    for input in 0..inputs {
        if report.until.is_some_and(|until| input % 64 == 0 && Instant::now() > until) {
            break;
        }
        let mut bytes = target.good[random.index(target.good.len())].clone();
        mutate(&mut bytes, &mut random);
        if !random.one_in(4) {
            (target.mend)(&mut bytes);
        }
        let name = format!("seed {seed}, {} input {input} of {} bytes", target.name, bytes.len());
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let read = panic::catch_unwind(panic::AssertUnwindSafe(|| (target.read)(&bytes)));
        let taken = MEMORY.peak_usage().saturating_sub(before).saturating_sub(target.beside);
        most = most.max(taken);
        report.trials += 1;
        let outcome = match read {
            Err(_) => return fail(report, format!("{name}: panic")),
            Ok(Err(why)) => return fail(report, format!("{name}: {why}")),
            Ok(Ok(true)) => "accepted",
            Ok(Ok(false)) => "refused",
        };
        *report.seen.entry(format!("{}_{outcome}", target.name)).or_default() += 1;
        if taken > FREE_BYTES + FREE_TIMES * bytes.len() {
            return fail(report, format!("{name}: took {taken} bytes of memory"));
        }
    }
    report.most.insert(target.name.to_owned(), most as u64);
}

fn fail(report: &mut Report, why: String) {
    report.failure = why;
}
