//! Snapshots of the engine's state, beside the journal. One that is damaged, or whose state is of a format that is not
//! read here, is passed over: the journal rebuilds everything.
//!
//! ```text
//! 0 magic "CBSNAP01"   8 sequence u64   16 length u64   24 SHA-256 of the state, 32 bytes   56 the state
//! ```

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::thread;

use sha2::{Digest, Sha256};

use crate::fault::{Fault, Outcome};
use crate::segment::write_whole;

pub const FOLDER: &str = "snapshots";
const MAGIC: &[u8; 8] = b"CBSNAP01";
const HEAD: usize = 56;
/// A state says in so many bytes what format it is of.
const FORMAT: usize = 8;
const SUFFIX: &str = ".cbs";

/// Write a snapshot whole or not at all, then drop all but the newest `keep`.
///
/// # Errors
/// The disk's.
pub fn write(data_dir: &Path, sequence: u64, state: &[u8], keep: usize) -> Outcome<()> {
    let folder = data_dir.join(FOLDER);
    fs::create_dir_all(&folder).map_err(Fault::io(&folder))?;
    let path = folder.join(format!("{sequence:020}{SUFFIX}"));
    write_whole(&path, &[&head(sequence, state), state])?;
    let mut all = list(data_dir)?;
    while all.len() > keep.max(1) {
        let (_, oldest) = all.remove(0);
        fs::remove_file(&oldest).map_err(Fault::io(&oldest))?;
    }
    Ok(())
}

/// The newest whole snapshot at or before a sequence whose state is of a format that `is_known`.
///
/// # Errors
/// The disk's.
pub fn load(data_dir: &Path, at_most: u64, is_known: fn(&[u8]) -> bool) -> Outcome<Option<(u64, Vec<u8>)>> {
    load_as(data_dir, at_most, is_known, <[u8]>::to_vec)
}

/// The same as what `read` makes of the state. It reads while another thread checks the bytes, so it may be given bytes
/// that are not whole; what it made of those is thrown away.
///
/// # Errors
/// The disk's.
pub fn load_as<T>(
    data_dir: &Path,
    at_most: u64,
    is_known: fn(&[u8]) -> bool,
    read: impl Fn(&[u8]) -> T,
) -> Outcome<Option<(u64, T)>> {
    for (sequence, path) in list(data_dir)?.into_iter().rev() {
        if sequence <= at_most {
            let bytes = read_halves(&path).map_err(Fault::io(&path))?;
            let made = thread::scope(|scope| {
                let check = scope.spawn(|| whole(&bytes, sequence).is_some());
                let made = bytes.get(HEAD..).filter(|state| is_known(state)).map(&read);
                made.filter(|_| check.join().unwrap_or(false))
            });
            if let Some(made) = made {
                return Ok(Some((sequence, made)));
            }
        }
    }
    Ok(None)
}

/// Whole snapshots whose states are not of a format that `is_known`, with the format, their first eight bytes. Of the
/// others no more is read than shows that they are not these.
///
/// # Errors
/// The disk's.
pub fn of_other_formats(data_dir: &Path, is_known: fn(&[u8]) -> bool) -> Outcome<Vec<(u64, String)>> {
    let mut found = Vec::new();
    for (sequence, path) in list(data_dir)? {
        let begins = begin_of(&path).map_err(Fault::io(&path))?;
        if begins.get(HEAD..).is_none_or(is_known) {
            continue; // shorter than any, or one of ours
        }
        let bytes = read_halves(&path).map_err(Fault::io(&path))?;
        if let Some(state) = whole(&bytes, sequence) {
            found.push((sequence, String::from_utf8_lossy(&state[..state.len().min(FORMAT)]).into_owned()));
        }
    }
    Ok(found)
}

/// The head of a file and the format of the state behind it, or what is there of both.
fn begin_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut begins = Vec::new();
    File::open(path)?.take((HEAD + FORMAT) as u64).read_to_end(&mut begins)?;
    Ok(begins)
}

/// A file's bytes, its halves read at the same time: most of it is waiting for fresh memory.
fn read_halves(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut bytes = vec![0; file.metadata()?.len() as usize];
    let half = bytes.len() / 2;
    let (first, second) = bytes.split_at_mut(half);
    thread::scope(|scope| {
        let other = scope.spawn(|| file.read_exact_at(second, half as u64));
        file.read_exact_at(first, 0)?;
        other.join().unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::Interrupted)))
    })?;
    Ok(bytes)
}

/// Snapshots by sequence, damaged ones included.
///
/// # Errors
/// The disk's.
pub fn list(data_dir: &Path) -> Outcome<Vec<(u64, PathBuf)>> {
    let folder = data_dir.join(FOLDER);
    let mut found = Vec::new();
    if folder.is_dir() {
        for entry in fs::read_dir(&folder).map_err(Fault::io(&folder))? {
            let path = entry.map_err(Fault::io(&folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Some(sequence) = name.strip_suffix(SUFFIX).and_then(|digits| digits.parse().ok()) {
                found.push((sequence, path));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What stands before a state in its file.
#[must_use]
pub fn head(sequence: u64, state: &[u8]) -> Vec<u8> {
    let mut head = Vec::with_capacity(HEAD);
    head.extend_from_slice(MAGIC);
    head.extend_from_slice(&sequence.to_le_bytes());
    head.extend_from_slice(&(state.len() as u64).to_le_bytes());
    head.extend_from_slice(&Sha256::digest(state));
    head
}

/// The state in the bytes of a snapshot's file, if they are whole and of this sequence.
#[must_use]
pub fn whole(bytes: &[u8], sequence: u64) -> Option<&[u8]> {
    let head = bytes.first_chunk::<HEAD>()?;
    let state = &bytes[HEAD..];
    let same = &head[0..8] == MAGIC
        && head[8..16] == sequence.to_le_bytes()
        && head[16..24] == (state.len() as u64).to_le_bytes()
        && head[24..56] == Sha256::digest(state)[..];
    same.then_some(state)
}
