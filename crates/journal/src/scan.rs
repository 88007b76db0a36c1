//! Reading segments and judging them: whole, torn at the end, or damaged in the middle. Rules: docs/rules/journal.md.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fault::{Fault, Outcome};
use crate::frame::{self, FRAME_MAGIC, Frame, Hash, SEGMENT_HEAD, SegmentHead};

pub const FOLDER: &str = "journal";
const SUFFIX: &str = ".cbj";

/// The name of the segment that begins with a sequence.
#[must_use]
pub fn segment_path(data_dir: &Path, first_sequence: u64) -> PathBuf {
    data_dir.join(FOLDER).join(format!("{first_sequence:020}{SUFFIX}"))
}

/// The segments of a data folder with their first sequences, in order.
///
/// # Errors
/// The folder cannot be read.
pub fn segments(data_dir: &Path) -> Outcome<Vec<(u64, PathBuf)>> {
    let folder = data_dir.join(FOLDER);
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(Fault::io(&folder))? {
        let path = entry.map_err(Fault::io(&folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if let Some(first) = name.strip_suffix(SUFFIX).and_then(|digits| digits.parse().ok()) {
            found.push((first, path));
        }
    }
    found.sort();
    Ok(found)
}

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
    pub segment: PathBuf,
    /// The segment keeps this many bytes; 0 takes the whole file away.
    pub keep: u64,
    pub what: &'static str,
}

/// Read every segment, hand each good frame to `visit`, and judge the first bad place.
///
/// # Errors
/// `Damaged` when a valid frame follows a bad place, here or in a later segment; what `visit` answers; the disk's.
pub fn scan(data_dir: &Path, mut visit: impl FnMut(&Frame<'_>) -> Outcome<()>) -> Outcome<(End, Option<Torn>)> {
    let mut end = End::default();
    let mut torn: Option<Torn> = None;
    for (first, path) in segments(data_dir)? {
        let bytes = fs::read(&path).map_err(Fault::io(&path))?;
        if let Some(torn) = &torn {
            // J-5: the bad place was in an earlier segment; anything valid here means damage, not a torn tail.
            if has_valid_frame(&bytes) {
                return Err(damaged(&torn.segment, torn.keep, torn.what));
            }
            continue;
        }
        let mut at = match check_head(&bytes, first, &end) {
            Ok(()) => SEGMENT_HEAD,
            Err(what) => {
                torn = judge(&path, &bytes, 0, what)?;
                continue;
            }
        };
        while at < bytes.len() {
            match frame::decode(&bytes[at..]).and_then(|found| check_chain(found, &end)) {
                Ok(found) => {
                    visit(&found)?;
                    end = End { last_sequence: found.last_sequence(), last_hash: found.hash, epoch: found.epoch };
                    at += found.length;
                }
                Err(what) => {
                    torn = judge(&path, &bytes, at, what)?;
                    break;
                }
            }
        }
    }
    Ok((end, torn))
}

/// Take a torn tail away.
///
/// # Errors
/// The disk's.
pub fn cut(data_dir: &Path, torn: &Torn) -> Outcome<()> {
    let mut after = false;
    for (_, path) in segments(data_dir)? {
        let io = Fault::io(&path);
        if path == torn.segment && torn.keep > 0 {
            let file = fs::OpenOptions::new().write(true).open(&path).map_err(io)?;
            file.set_len(torn.keep).and_then(|()| file.sync_all()).map_err(Fault::io(&path))?;
            after = true;
        } else if after || path == torn.segment {
            fs::remove_file(&path).and_then(|()| crate::disk::sync_folder(&path)).map_err(io)?;
            after = true;
        }
    }
    Ok(())
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

/// A bad place: torn when nothing valid begins there or behind it in this segment, damaged when something does. A frame
/// that is whole but does not continue the chain is valid in this sense: what was before it was altered or is gone.
fn judge(path: &Path, bytes: &[u8], at: usize, what: &'static str) -> Outcome<Option<Torn>> {
    if has_valid_frame(&bytes[at..]) {
        return Err(damaged(path, at as u64, what));
    }
    Ok(Some(Torn { segment: path.to_owned(), keep: at as u64, what }))
}

fn has_valid_frame(bytes: &[u8]) -> bool {
    let mut from = 0;
    while let Some(found) = bytes[from..].windows(FRAME_MAGIC.len()).position(|window| window == FRAME_MAGIC) {
        if frame::decode(&bytes[from + found..]).is_ok() {
            return true;
        }
        from += found + 1;
    }
    false
}

fn damaged(path: &Path, offset: u64, what: &'static str) -> Fault {
    let segment = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Fault::Damaged { segment, offset, what }
}
