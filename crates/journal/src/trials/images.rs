//! Suite `powercut`. I4: whatever a power cut leaves, what was acknowledged is there, as it was, and the start goes on.
//! I5: any flipped bit, zeroed or swapped sector of what was durable is found: what is told is never altered, and damage
//! before a valid record is refused.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use commonbook_journal::fault::Fault;
use commonbook_journal::frame::{HALF, RECORD_SIZE, SEGMENT_HEAD, decode};
use commonbook_journal::memory::{self, Chance, Everything, Image, SECTOR, Step, TraceDisk, image};
use commonbook_journal::random::Random;
use commonbook_journal::scan::{End, Found};
use commonbook_journal::tail::{Cut, Tail};

use crate::Report;

/// Bytes of the journal of which every cut is tried.
const EVERY_BYTE: usize = 64 * 1024;

/// The commands of one journal, in order, and the calls that wrote them.
struct Written {
    records: Vec<u8>,
    steps: Vec<Step>,
}

/// Of one journal so many images of power cuts and so many damages, until there are `images` of the first.
const IMAGES: u64 = 500;
const DAMAGES: u64 = 990;

pub fn run(seed: u64, images: u64, until: Option<Instant>) -> Report {
    let mut report = Report::default();
    every_cut(seed, &mut report);
    let mut world = 0;
    while report.passed() && world * IMAGES < images && !until.is_some_and(|until| Instant::now() > until) {
        let mut random = Random(seed.wrapping_mul(1_000_003).wrapping_add(world));
        let written = write(&mut random, 40, 16 * 1024, 4 * 1024);
        for _ in 0..IMAGES {
            let name = format!("seed {seed}, world {world}, image {}", report.trials);
            power_cut(&written, &mut random, &name, &mut report);
        }
        for _ in 0..DAMAGES {
            let name = format!("seed {seed}, world {world}, damage {}", report.trials);
            spoil(&written, &mut random, &name, &mut report);
        }
        world += 1;
    }
    report
}

/// A journal in memory: some frames, some of them of several batches.
fn write(random: &mut Random, frames: usize, segment_bytes: u64, step_bytes: u64) -> Written {
    let disk = TraceDisk::default();
    let cut = Cut { segment_bytes, step_bytes, background: false };
    let mut tail = Tail::new(Path::new("/nowhere"), Arc::new(disk.clone()), cut, &Found::default()).in_empty_folder();
    let mut records = Vec::new();
    for _ in 0..frames {
        let count = 1 + random.index(12);
        let batch = batch(random, records.len() / RECORD_SIZE + 1, count);
        match tail.commit(&batch) {
            Ok(last) => disk.with(|inner| inner.steps.push(Step::Acknowledged { last })),
            Err(_) => break,
        }
        records.extend_from_slice(&batch);
    }
    Written { records, steps: disk.with(|inner| std::mem::take(&mut inner.steps)) }
}

pub fn batch(random: &mut Random, first: usize, count: usize) -> Vec<u8> {
    let mut batch = vec![0; count * RECORD_SIZE];
    for (place, record) in batch.chunks_exact_mut(RECORD_SIZE).enumerate() {
        let filled = if random.below(4) == 0 { RECORD_SIZE } else { HALF };
        for word in record[..filled].chunks_exact_mut(8) {
            word.copy_from_slice(&random.next().to_le_bytes());
        }
        record[..8].copy_from_slice(&((first + place) as u64).to_le_bytes());
    }
    batch
}

/// What a start makes of a folder: the end, and the records that it gives.
pub fn start(folder: &Image) -> Result<(End, Vec<u8>), Fault> {
    let mut records = Vec::new();
    let found = memory::start(folder, |some| records.extend_from_slice(&some))?;
    Ok((found.end, records))
}

/// Every cut of a journal of 64 KiB in one segment, without its prepared space and with it.
fn every_cut(seed: u64, report: &mut Report) {
    let written = write(&mut Random(seed), 140, 4 * EVERY_BYTE as u64, 4 * EVERY_BYTE as u64);
    let (folder, _) = image(&written.steps, written.steps.len(), &mut Everything);
    let Some((name, bytes)) = folder.into_iter().find(|(name, _)| name.ends_with(".cbj")) else {
        return report.fail(format!("seed {seed}: no segment was written"));
    };
    for cut in 0..EVERY_BYTE.min(bytes.len()) {
        for zeros in [0, 700] {
            let mut torn = bytes[..cut].to_vec();
            torn.resize(cut + zeros, 0);
            report.saw(if zeros == 0 { "byte_cut" } else { "byte_cut_in_prepared_space" });
            let found = start(&Image::from([(name.clone(), torn)]));
            check(&found, &written.records, 0, &format!("seed {seed}, cut at byte {cut}"), report);
        }
    }
}

fn power_cut(written: &Written, random: &mut Random, name: &str, report: &mut Report) {
    let upto = 1 + random.index(written.steps.len());
    let stays = [0, 10, 50, 90, 100][random.index(5)];
    let (folder, acknowledged) = image(&written.steps, upto, &mut Chance(random, stays));
    report.saw(match stays {
        0 => "unsynced_writes_dropped",
        100 => "unsynced_writes_kept",
        _ => "unsynced_writes_torn_and_reordered",
    });
    check(&start(&folder), &written.records, acknowledged, &format!("{name}, power cut behind step {upto}"), report);
}

/// I4: the start goes on, and gives what was acknowledged and nothing that was never commanded.
fn check(found: &Result<(End, Vec<u8>), Fault>, commanded: &[u8], acknowledged: u64, name: &str, report: &mut Report) {
    match found {
        Err(fault) => report.fail(format!("{name}: refused: {fault}")),
        Ok((end, records)) => {
            if end.last_sequence < acknowledged {
                report.fail(format!("{name}: ends at {}, {acknowledged} was acknowledged", end.last_sequence));
            }
            if commanded.get(..records.len()) != Some(records) {
                report.fail(format!("{name}: gives records that were never commanded"));
            }
        }
    }
}

/// I5, on a journal that was durable to its end.
fn spoil(written: &Written, random: &mut Random, name: &str, report: &mut Report) {
    let (mut folder, _) = image(&written.steps, written.steps.len(), &mut Everything);
    let segments: Vec<String> = folder.keys().filter(|name| name.ends_with(".cbj")).cloned().collect();
    let chosen = &segments[random.index(segments.len())];
    let Some(bytes) = folder.get_mut(chosen) else { return };
    let before = bytes.clone();
    let kind = match random.below(3) {
        0 => {
            let at = random.index(bytes.len());
            bytes[at] ^= 1 << random.below(8);
            "bit_flipped"
        }
        1 => {
            let from = random.index(bytes.len()) / SECTOR as usize * SECTOR as usize;
            let upto = (from + SECTOR as usize).min(bytes.len());
            bytes[from..upto].fill(0);
            "sector_zeroed"
        }
        _ => {
            let whole = bytes.len() / SECTOR as usize;
            let (a, b) = (random.index(whole), random.index(whole));
            for at in 0..SECTOR as usize {
                bytes.swap(a * SECTOR as usize + at, b * SECTOR as usize + at);
            }
            "sectors_swapped"
        }
    };
    report.saw(kind);
    if *bytes == before || epoch_of_head_alone(&before, bytes) {
        return;
    }
    let last_segment = segments.last() == Some(chosen);
    match start(&folder) {
        Err(Fault::Damaged { .. }) => {}
        Err(fault) => report.fail(format!("{name}, {kind} in {chosen}: {fault}")),
        Ok((_, records)) => {
            // Not refused: then it lies behind the last valid record, and what is given is a beginning of what was.
            if written.records.get(..records.len()) != Some(&records[..]) {
                report.fail(format!("{name}, {kind} in {chosen}: gives altered records"));
            } else if !last_segment && records.len() < written.records.len() {
                report.fail(format!("{name}, {kind} in {chosen}: valid records behind it were cut"));
            } else if last_segment && lost_whole_frame(&before, &folder[chosen], records.len()) {
                report.fail(format!("{name}, {kind} in {chosen}: a frame that was not touched was cut"));
            }
        }
    }
}

/// A segment's head says when it began, for people (reference/journal.md); each frame carries its own epoch.
fn epoch_of_head_alone(before: &[u8], bytes: &[u8]) -> bool {
    before.iter().zip(bytes).enumerate().all(|(at, (a, b))| a == b || (16..24).contains(&at))
}

/// Whether a frame behind the records that were given is the same as before.
fn lost_whole_frame(before: &[u8], bytes: &[u8], given: usize) -> bool {
    let mut at = SEGMENT_HEAD;
    while let Ok(frame) = decode(&before[at.min(before.len())..]) {
        let lost = frame.last_sequence() as usize * RECORD_SIZE > given;
        if lost && before[at..at + frame.length] == bytes[at..at + frame.length] {
            return true;
        }
        at += frame.length;
    }
    false
}
