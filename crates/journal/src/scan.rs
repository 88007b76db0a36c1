//! Reading segments and judging them: whole, torn at the end, or damaged in the middle. Rules: docs/rules/journal.md.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::fault::{Fault, Outcome};
use crate::frame::{self, FRAME_MAGIC, Frame, Hash, SEGMENT_HEAD, SegmentHead};
use crate::planted::{Bug, planted};
use crate::segment::{Segment, beginning, segments};

/// So much of a segment is read at once: it stays in the processor's cache while it is judged.
const WINDOW: u64 = 1024 * 1024;

/// Where the journal ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    pub last_sequence: u64,
    pub last_hash: Hash,
    pub epoch: u64,
}

/// A tail that no valid record follows, to be cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Torn {
    pub segment: String,
    /// The segment keeps this many bytes; 0 takes the whole file away.
    pub keep: u64,
    pub what: &'static str,
}

/// What a scan found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    pub end: End,
    /// Where the last good frame ends in the segment read last; what is behind it is zeros, or torn.
    pub offset: u64,
    pub torn: Option<Torn>,
}

/// Read every segment, hand each good frame to `visit`, and judge the first bad place.
///
/// # Errors
/// `Damaged` when a valid frame follows a bad place, here or in a later segment; what `visit` answers; the disk's.
pub fn scan(data_dir: &Path, mut visit: impl FnMut(&Frame<'_>) -> Outcome<()>) -> Outcome<Found> {
    let mut scan = Scan::new(beginning(data_dir)?);
    let mut bytes = Vec::new();
    for segment in segments(data_dir)? {
        scan.file(&segment, &mut bytes, &mut visit)?;
    }
    Ok(scan.found)
}

/// The judgement itself, on bytes: segments go in one behind the other.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    pub found: Found,
    /// Zeros were the rest of this segment, from this offset on: its prepared space, unless records are missing there.
    zeros: Option<(String, u64)>,
}

impl Scan {
    #[must_use]
    pub fn new(beginning: End) -> Self {
        Self { found: Found { end: beginning, ..Found::default() }, zeros: None }
    }

    /// # Errors
    /// As `scan`.
    pub fn segment(
        &mut self,
        name: &str,
        first: u64,
        bytes: &[u8],
        mut visit: impl FnMut(&Frame<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        if let Some(torn) = &self.found.torn {
            // J-5: the bad place was in an earlier segment; anything valid here means damage, not a torn tail.
            return if has_valid_frame(bytes) {
                Err(damaged(&torn.segment, torn.keep, torn.what))
            } else {
                must_be_ours(name, bytes)
            };
        }
        if let Err(what) = check_head(bytes, first, &self.found.end) {
            if let Some((name, offset)) = self.zeros.take().filter(|_| has_valid_frame(bytes)) {
                return Err(damaged(&name, offset, "records are missing from here on"));
            }
            return self.judge(name, bytes, 0, what);
        }
        self.begin();
        self.rest(name, bytes, &mut visit)
    }

    /// The same from the segment's file, a window at a time; where a frame is not good, from all of its bytes.
    ///
    /// # Errors
    /// As `scan`.
    pub fn file(
        &mut self,
        segment: &Segment,
        window: &mut Vec<u8>,
        mut visit: impl FnMut(&Frame<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        let mut file = File::open(&segment.path).ok().filter(|_| !segment.is_packed() && self.found.torn.is_none());
        let mut used = 0;
        window.clear();
        if !read_on(&mut file, window, &mut used).map_err(Fault::io(&segment.path))?
            || check_head(window, segment.first_sequence, &self.found.end).is_err()
        {
            segment.read_into(window)?;
            return self.segment(&segment.name(), segment.first_sequence, window, visit);
        }
        self.begin();
        used = SEGMENT_HEAD;
        loop {
            if let Ok(frame) = frame::decode(&window[used..]).and_then(|found| check_chain(found, &self.found.end)) {
                used += frame.length;
                self.good(&frame, &mut visit)?;
            } else if !read_on(&mut file, window, &mut used).map_err(Fault::io(&segment.path))? {
                if used == window.len() {
                    return Ok(());
                }
                segment.read_into(window)?;
                return self.rest(&segment.name(), window, &mut visit);
            }
        }
    }

    /// A segment's head was good.
    fn begin(&mut self) {
        self.zeros = None;
        self.found.offset = SEGMENT_HEAD as u64;
    }

    fn good(&mut self, frame: &Frame<'_>, visit: &mut impl FnMut(&Frame<'_>) -> Outcome<()>) -> Outcome<()> {
        visit(frame)?;
        self.found.end = End { last_sequence: frame.last_sequence(), last_hash: frame.hash(), epoch: frame.epoch };
        self.found.offset += frame.length as u64;
        Ok(())
    }

    /// What is behind the good frames of a segment so far.
    fn rest(&mut self, name: &str, bytes: &[u8], visit: &mut impl FnMut(&Frame<'_>) -> Outcome<()>) -> Outcome<()> {
        let mut at = self.found.offset as usize;
        while at < bytes.len() {
            match frame::decode(&bytes[at..]).and_then(|found| check_chain(found, &self.found.end)) {
                Ok(frame) => {
                    at += frame.length;
                    self.good(&frame, visit)?;
                }
                Err(_) if is_zero(&bytes[at..]) => {
                    self.zeros = Some((name.to_owned(), at as u64));
                    break;
                }
                Err(what) => return self.judge(name, bytes, at, what),
            }
        }
        Ok(())
    }

    /// A bad place: torn when nothing valid begins there or behind it in this segment, damaged when something does. A
    /// frame that is whole but does not continue the chain is valid in this sense: what was before it was altered or is
    /// gone.
    fn judge(&mut self, name: &str, bytes: &[u8], at: usize, what: &'static str) -> Outcome<()> {
        if has_valid_frame(&bytes[at..]) {
            return Err(damaged(name, at as u64, what));
        }
        must_be_ours(name, bytes)?;
        self.found.torn = Some(Torn { segment: name.to_owned(), keep: at as u64, what });
        Ok(())
    }
}

/// J-6: what stands behind the head of another format cannot be judged here, and so is never cut.
fn must_be_ours(name: &str, bytes: &[u8]) -> Outcome<()> {
    if SegmentHead::is_of_another_format(bytes) && !is_zero(&bytes[SEGMENT_HEAD..]) {
        return Err(Fault::Foreign { segment: name.to_owned() });
    }
    Ok(())
}

/// Take a torn tail away.
///
/// # Errors
/// The disk's.
pub fn cut(data_dir: &Path, torn: &Torn) -> Outcome<()> {
    let mut after = false;
    for segment in segments(data_dir)? {
        let path: PathBuf = segment.path.clone();
        let io = Fault::io(&path);
        if segment.name() == torn.segment && torn.keep > 0 {
            let file = fs::OpenOptions::new().write(true).open(&path).map_err(io)?;
            file.set_len(torn.keep).and_then(|()| file.sync_all()).map_err(Fault::io(&path))?;
            after = true;
        } else if after || segment.name() == torn.segment {
            fs::remove_file(&path).and_then(|()| crate::disk::sync_folder(&path)).map_err(io)?;
            after = true;
        }
    }
    Ok(())
}

/// Let go what is used of a window and read on behind it; false when there is no more.
fn read_on(file: &mut Option<File>, window: &mut Vec<u8>, used: &mut usize) -> std::io::Result<bool> {
    let Some(file) = file else { return Ok(false) };
    window.drain(..*used);
    *used = 0;
    Ok(file.take(WINDOW).read_to_end(window)? > 0)
}

fn check_head(bytes: &[u8], first: u64, end: &End) -> Result<(), &'static str> {
    let head = SegmentHead::decode(bytes)?;
    if head.first_sequence != first || first != end.last_sequence + 1 {
        return Err("segment does not continue the sequence");
    }
    if head.before != end.last_hash {
        return Err("segment does not continue the hash chain");
    }
    if head.epoch < end.epoch { Err("segment's epoch falls") } else { Ok(()) }
}

fn check_chain<'a>(found: Frame<'a>, end: &End) -> Result<Frame<'a>, &'static str> {
    if found.first_sequence != end.last_sequence + 1 {
        return Err("frame does not continue the sequence");
    }
    if found.before != end.last_hash {
        return Err("frame does not continue the hash chain");
    }
    if found.epoch < end.epoch { Err("frame's epoch falls") } else { Ok(found) }
}

fn is_zero(bytes: &[u8]) -> bool {
    let (head, words, tail) = (bytes.chunks_exact(64), bytes.len() / 64 * 64, bytes);
    head.into_iter().all(|chunk| chunk == [0; 64]) && tail[words..].iter().all(|byte| *byte == 0)
}

fn has_valid_frame(bytes: &[u8]) -> bool {
    if planted(Bug::DamageIsCut) {
        return false;
    }
    let mut from = 0;
    while let Some(found) = find_magic(&bytes[from..]) {
        if frame::decode(&bytes[from + found..]).is_ok() {
            return true;
        }
        from += found + 1;
    }
    false
}

fn find_magic(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let found = from + bytes[from..].iter().position(|byte| *byte == FRAME_MAGIC[0])?;
        if bytes[found..].starts_with(FRAME_MAGIC) {
            return Some(found);
        }
        from = found + 1;
    }
}

fn damaged(segment: &str, offset: u64, what: &'static str) -> Fault {
    Fault::Damaged { segment: segment.to_owned(), offset, what }
}
