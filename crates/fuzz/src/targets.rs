//! The readers and what they are fed. Each gives true for taken, false for refused, and an error for what must not be.

use commonbook_engine::engine::Engine;
use commonbook_engine::events::Events;
use commonbook_engine::record::{self, COMMAND_SIZE, as_bytes};
use commonbook_engine::snapshot as state;
use commonbook_journal::frame::{self, FRAME_HEAD, Hash, SEGMENT_HEAD, SegmentHead};
use commonbook_journal::scan::{End, Scan};
use commonbook_journal::{segment, snapshot};

type Read = Box<dyn FnMut(&[u8]) -> Result<bool, String>>;

pub struct Target {
    pub name: &'static str,
    /// Inputs that must be taken as they are.
    pub good: Vec<Vec<u8>>,
    /// Makes checksums and numbers right again, so that what is behind them is reached.
    pub mend: fn(&mut Vec<u8>),
    pub read: Read,
    /// Bytes that the result may take whatever the input, where that is a state and not what was read.
    pub beside: usize,
}

/// A state grows by chunks of 1,024 rows, whatever the command that needs the first row of one.
const STATE_CHUNKS: usize = 1024 * 1024;
/// A good packed segment gives back what was packed, which is as long as it was.
const UNPACKED: usize = 256 * 1024;
const BATCH: usize = 8;

pub fn all(commands: &[u8]) -> Vec<Target> {
    let records: Vec<&[u8]> = commands.chunks_exact(COMMAND_SIZE).collect();
    let batches: Vec<Vec<u8>> = records.chunks(BATCH).map(|some| some.concat()).collect();
    let frames = frames(&batches);
    vec![
        Target {
            name: "record",
            good: batches,
            mend: whole_records,
            read: record_reader(commands),
            beside: STATE_CHUNKS,
        },
        Target { name: "frame", good: frames.clone(), mend: mend_frame, read: Box::new(read_frame), beside: 0 },
        Target {
            name: "segment",
            good: segments(&frames),
            mend: mend_segment,
            read: Box::new(read_segment),
            beside: 0,
        },
        Target { name: "packed", good: packed(&frames), mend: leave, read: Box::new(read_packed), beside: UNPACKED },
        Target { name: "begins", good: begins(), mend: mend_begins, read: Box::new(read_begins), beside: 0 },
        Target { name: "snapshot_file", good: files(commands), mend: leave, read: Box::new(read_file), beside: 0 },
        Target { name: "state", good: states(commands), mend: leave, read: Box::new(read_state), beside: STATE_CHUNKS },
    ]
}

const fn leave(_: &mut Vec<u8>) {}

// --- command records: the engine takes any bytes of whole records ------------------------------------------------

fn whole_records(bytes: &mut Vec<u8>) {
    bytes.truncate(bytes.len() / COMMAND_SIZE * COMMAND_SIZE);
}

/// An engine in the middle of its life takes record after record; whatever is in them is an event or a refusal.
fn record_reader(commands: &[u8]) -> Read {
    let middle = commands.len() / COMMAND_SIZE / 2 * COMMAND_SIZE;
    let begun = engine_of(&commands[..middle]);
    let mut engine = begun.clone();
    let mut events = Events::with_room(64 * 1024);
    Box::new(move |bytes| {
        let Some(numbered) = numbered(bytes, &engine) else {
            return match engine.apply(bytes, &mut events) {
                Err(_) if !bytes.len().is_multiple_of(COMMAND_SIZE) => Ok(false),
                told => Err(format!("{told:?} to bytes that are not whole records")),
            };
        };
        if as_bytes(&records_of(&numbered)) != &numbered[..] {
            return Err("records are not the same bytes again".to_owned());
        }
        events.records.clear();
        let told = engine.apply(&numbered, &mut events);
        if engine.sequence > begun.sequence + 20_000 {
            engine = begun.clone(); // never a state so large that it is about its size
        }
        told.map(|()| true).map_err(|fault| format!("the engine stopped: {}", fault.0))
    })
}

fn records_of(bytes: &[u8]) -> Vec<record::Command> {
    bytes.chunks_exact(COMMAND_SIZE).map(bytemuck::pod_read_unaligned).collect()
}

/// Sequence and time are the sequencer's to give, never the input's.
fn numbered(bytes: &[u8], engine: &Engine) -> Option<Vec<u8>> {
    if !bytes.len().is_multiple_of(COMMAND_SIZE) {
        return None;
    }
    let mut numbered = bytes.to_vec();
    for (sequence, record) in (engine.sequence + 1..).zip(numbered.chunks_exact_mut(COMMAND_SIZE)) {
        record[..8].copy_from_slice(&sequence.to_le_bytes());
        record[8..16].copy_from_slice(&engine.time_ns.to_le_bytes());
    }
    Some(numbered)
}

fn engine_of(commands: &[u8]) -> Engine {
    let mut engine = Engine::new().unwrap_or_default();
    let mut events = Events::default();
    if let Err(fault) = engine.apply(commands, &mut events) {
        panic!("the good commands are not good: {}", fault.0);
    }
    engine
}

// --- the journal --------------------------------------------------------------------------------------------------

fn frames(batches: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let (mut first, mut before) = (1, [0; 32]);
    let mut frames = Vec::new();
    for batch in batches {
        let (bytes, hash) = frame::encode(1, first, &before, batch);
        frames.push(bytes);
        (first, before) = (first + (batch.len() / COMMAND_SIZE) as u64, hash);
    }
    frames
}

/// The checksum right again, for the length that the head states where there is so much.
#[allow(clippy::ptr_arg)] // one signature for all targets
fn mend_frame(bytes: &mut Vec<u8>) {
    mend_frame_at(bytes, 0);
}

fn mend_frame_at(bytes: &mut [u8], at: usize) {
    if bytes.len() < at + FRAME_HEAD {
        return;
    }
    let stated = u32::from_le_bytes([bytes[at + 4], bytes[at + 5], bytes[at + 6], bytes[at + 7]]) as usize;
    let end = (at + FRAME_HEAD).saturating_add(stated).min(bytes.len());
    bytes[at + 28..at + 32].fill(0);
    let check = crc32c::crc32c(&bytes[at..end]);
    bytes[at + 28..at + 32].copy_from_slice(&check.to_le_bytes());
}

fn read_frame(bytes: &[u8]) -> Result<bool, String> {
    let Ok(found) = frame::decode(bytes) else { return Ok(false) };
    let records = found.records();
    if records.len() as u64 != found.records * COMMAND_SIZE as u64 {
        return Err("gives another number of records than it says".to_owned());
    }
    let (again, _) = frame::encode(found.epoch, found.first_sequence, &found.before, &records);
    match frame::decode(&again) {
        Ok(twice) if twice.records() == records && twice.first_sequence == found.first_sequence => Ok(true),
        _ => Err("is not the same after writing and reading it again".to_owned()),
    }
}

/// Three frames behind a head.
fn segments(frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut segments = Vec::new();
    let mut before: Hash = [0; 32];
    for some in frames.chunks(3).take(100) {
        let Ok(first) = frame::decode(&some[0]) else { break };
        let head = SegmentHead { epoch: 1, first_sequence: first.first_sequence, before };
        before = some.last().and_then(|bytes| frame::decode(bytes).ok()).map_or(before, |last| last.hash());
        segments.push([&head.encode()[..], &some.concat()].concat());
    }
    segments
}

#[allow(clippy::ptr_arg)]
fn mend_segment(bytes: &mut Vec<u8>) {
    mend_frame_at(bytes, SEGMENT_HEAD);
}

/// As a start judges it, whatever it begins with.
fn read_segment(bytes: &[u8]) -> Result<bool, String> {
    let (first, end) = match SegmentHead::decode(bytes) {
        Ok(head) => {
            let before = head.first_sequence.saturating_sub(1);
            (head.first_sequence, End { last_sequence: before, last_hash: head.before, epoch: 0 })
        }
        Err(_) => (1, End::default()),
    };
    let mut scan = Scan::new(end);
    let mut given = 0;
    let judged = scan.segment("segment", first, bytes, |frame| {
        given += frame.records().len();
        Ok(())
    });
    if judged.is_ok() && scan.found.offset > bytes.len() as u64 {
        return Err("reads beyond its end".to_owned());
    }
    Ok(judged.is_ok() && scan.found.torn.is_none() && given > 0)
}

fn packed(frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    segments(frames).iter().filter_map(|bytes| segment::squeeze(bytes, 3).ok()).collect()
}

/// Unpacked only where the seal over all of it holds, so that nothing damaged ever reaches the unpacker.
fn read_packed(bytes: &[u8]) -> Result<bool, String> {
    let Ok(unpacked) = segment::unpack(bytes) else { return Ok(false) };
    match segment::squeeze(&unpacked, 3) {
        Ok(again) if again == bytes => Ok(true),
        _ => Err("is not the same packed again".to_owned()),
    }
}

fn begins() -> Vec<Vec<u8>> {
    (1..50_u8)
        .map(|number| {
            let before = [number; 32];
            let head = SegmentHead { epoch: number.into(), first_sequence: u64::from(number) * 1_000, before };
            segment::encode_beginning(&head)
        })
        .collect()
}

fn mend_begins(bytes: &mut Vec<u8>) {
    bytes.truncate(56);
    if bytes.len() == 56 {
        let sum = segment::sum(bytes);
        bytes.extend_from_slice(&sum);
    }
}

fn read_begins(bytes: &[u8]) -> Result<bool, String> {
    let Ok(end) = segment::decode_beginning(bytes) else { return Ok(false) };
    let head = SegmentHead { epoch: end.epoch, first_sequence: end.last_sequence + 1, before: end.last_hash };
    match segment::decode_beginning(&segment::encode_beginning(&head)) {
        Ok(again) if again == end => Ok(true),
        _ => Err("is not the same after writing and reading it again".to_owned()),
    }
}

// --- snapshots ----------------------------------------------------------------------------------------------------

/// States at several places of the commands.
fn states(commands: &[u8]) -> Vec<Vec<u8>> {
    let records = commands.len() / COMMAND_SIZE;
    (1..=8).filter_map(|part| state::write(&engine_of(&commands[..records * part / 8 * COMMAND_SIZE])).ok()).collect()
}

fn files(commands: &[u8]) -> Vec<Vec<u8>> {
    states(commands)
        .into_iter()
        .map(|state| {
            let short = &state[..state.len().min(2_000)]; // its bytes are not looked into here
            [&snapshot::head(7, short)[..], short].concat()
        })
        .collect()
}

fn read_file(bytes: &[u8]) -> Result<bool, String> {
    let Some(state) = snapshot::whole(bytes, 7) else { return Ok(false) };
    let again = [&snapshot::head(7, state)[..], state].concat();
    if again == bytes { Ok(true) } else { Err("is not the same written again".to_owned()) }
}

/// No checksum stands before it here, so that what is read may be a state that no engine comes to; it must only not
/// break the reader. A state that an engine came to is the same bytes written again.
fn read_state(bytes: &[u8]) -> Result<bool, String> {
    Ok(state::read(bytes).and_then(|engine| state::write(&engine)).is_ok_and(|written| written == bytes))
}
