//! The files of a journal: their names, their bytes packed or not, and where a journal begins whose oldest segments
//! were given up. Rules: docs/rules/journal.md.
//!
//! ```text
//! begins  0 magic "CBBEGIN1"   8 first sequence u64   16 epoch u64   24 hash of the frame before, 32 bytes
//!         56 SHA-256 of the bytes before, 32 bytes
//! ```

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::fault::{Fault, Outcome};
use crate::frame::{PAYLOAD_MAX, SEGMENT_HEAD, SegmentHead};
use crate::scan::End;

pub const FOLDER: &str = "journal";
const PLAIN: &str = ".cbj";
const PACKED: &str = ".cbj.zst";
const BEGINS: &str = "begins.cbb";
const BEGINS_MAGIC: &[u8; 8] = b"CBBEGIN1";
const TRAILER: usize = 12;
/// No segment is longer unpacked: one frame of the largest size, and room for its heads and bits.
const UNPACKED_MAX: u64 = 4 * PAYLOAD_MAX as u64;

/// One file of the journal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    pub first_sequence: u64,
    pub path: PathBuf,
}

impl Segment {
    #[must_use]
    pub fn is_packed(&self) -> bool {
        self.name().ends_with(PACKED)
    }

    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// All its bytes as they were written.
    ///
    /// # Errors
    /// The disk's; `Damaged` when packed bytes cannot be unpacked.
    pub fn read(&self) -> Outcome<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read_into(&mut bytes)?;
        Ok(bytes)
    }

    /// The same into memory that is there already; what was in it is gone.
    ///
    /// # Errors
    /// As `read`.
    pub fn read_into(&self, bytes: &mut Vec<u8>) -> Outcome<()> {
        bytes.clear();
        let read = fs::File::open(&self.path).and_then(|mut file| {
            bytes.reserve_exact(file.metadata().map_or(0, |about| about.len() as usize));
            file.read_to_end(bytes)
        });
        match read {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.is_packed() => {
                // Packed since it was listed.
                let packed = Self { path: self.path.with_extension("cbj.zst"), ..self.clone() };
                return if packed.path.exists() { packed.read_into(bytes) } else { Err(Fault::io(&self.path)(error)) };
            }
            read => read.map_err(Fault::io(&self.path))?,
        };
        if self.is_packed() {
            *bytes = unpack(bytes).map_err(|_| Fault::Damaged {
                segment: self.name(),
                offset: 0,
                what: "packed segment cannot be unpacked",
            })?;
        }
        Ok(())
    }
}

/// A packed segment's bytes as they were.
///
/// # Errors
/// The seal does not hold, or what it seals is not zstd.
pub fn unpack(stored: &[u8]) -> io::Result<Vec<u8>> {
    let bad = || io::Error::from(io::ErrorKind::InvalidData);
    let (body, trailer) = stored.split_last_chunk::<TRAILER>().ok_or_else(bad)?;
    if *trailer != seal(body) {
        return Err(bad());
    }
    let mut bytes = Vec::new();
    zstd::stream::Decoder::new(body)?.take(UNPACKED_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A skippable zstd frame that holds the CRC-32C of all before it: zstd itself does not notice every flipped bit.
fn seal(body: &[u8]) -> [u8; TRAILER] {
    let mut trailer = [0; TRAILER];
    trailer[..4].copy_from_slice(&0x184D_2A50_u32.to_le_bytes());
    trailer[4..8].copy_from_slice(&4_u32.to_le_bytes());
    trailer[8..].copy_from_slice(&crc32c::crc32c(body).to_le_bytes());
    trailer
}

/// The name of the segment that begins with a sequence.
#[must_use]
pub fn segment_path(data_dir: &Path, first_sequence: u64) -> PathBuf {
    data_dir.join(FOLDER).join(format!("{first_sequence:020}{PLAIN}"))
}

/// The file that is being filled with zeros to become the next segment.
#[must_use]
pub fn spare_path(data_dir: &Path) -> PathBuf {
    data_dir.join(FOLDER).join("next.draft")
}

/// The segments of a data folder in order. Where a segment is there twice, since its packing was interrupted, the plain
/// one counts. What is older than the journal's beginning was to be given up, and is passed over.
///
/// # Errors
/// The folder cannot be read.
pub fn segments(data_dir: &Path) -> Outcome<Vec<Segment>> {
    let folder = data_dir.join(FOLDER);
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(Fault::io(&folder))? {
        let path = entry.map_err(Fault::io(&folder))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let digits = name.strip_suffix(PLAIN).or_else(|| name.strip_suffix(PACKED));
        if let Some(first_sequence) = digits.and_then(|digits| digits.parse().ok()) {
            found.push(Segment { first_sequence, path });
        }
    }
    found.sort(); // of two with one name the plain one is shorter, and comes first
    found.dedup_by_key(|segment| segment.first_sequence);
    let begins = beginning(data_dir)?.last_sequence;
    found.retain(|segment| segment.first_sequence > begins);
    Ok(found)
}

/// What comes before the first record: nothing, or the end of the segments that were given up.
///
/// # Errors
/// The disk's; `Damaged` when the file that says so is.
pub fn beginning(data_dir: &Path) -> Outcome<End> {
    let path = data_dir.join(FOLDER).join(BEGINS);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(End::default()),
        Err(error) => return Err(Fault::Io { path, error }),
    };
    decode_beginning(&bytes)
}

/// # Errors
/// `Damaged`: these are not the bytes that `encode_beginning` gave.
pub fn decode_beginning(bytes: &[u8]) -> Outcome<End> {
    let damaged = || Fault::Damaged { segment: BEGINS.to_owned(), offset: 0, what: "the journal's beginning is bad" };
    let (body, stored) = bytes.split_at_checked(56).ok_or_else(damaged)?;
    if !body.starts_with(BEGINS_MAGIC) || stored != sum(body) {
        return Err(damaged());
    }
    let word = |at: usize| body[at..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    let mut last_hash = [0; 32];
    last_hash.copy_from_slice(&body[24..56]);
    Ok(End { last_sequence: word(8).saturating_sub(1), last_hash, epoch: word(16) })
}

/// What is kept of the segments before this one.
#[must_use]
pub fn encode_beginning(head: &SegmentHead) -> Vec<u8> {
    let mut body = Vec::from(BEGINS_MAGIC.as_slice());
    body.extend_from_slice(&head.first_sequence.to_le_bytes());
    body.extend_from_slice(&head.epoch.to_le_bytes());
    body.extend_from_slice(&head.before);
    let sum = sum(&body);
    body.extend_from_slice(&sum);
    body
}

#[must_use]
pub fn sum(body: &[u8]) -> [u8; 32] {
    Sha256::digest(body).into()
}

/// Pack every closed segment: all but the newest. Gives the names of those it packed.
///
/// # Errors
/// The disk's; a segment that is not the same unpacked again is left as it is and told as damaged.
pub fn pack_closed(data_dir: &Path, level: i32) -> Outcome<Vec<String>> {
    let mut all = segments(data_dir)?;
    all.pop();
    let mut packed = Vec::new();
    for segment in all.into_iter().filter(|segment| !segment.is_packed()) {
        pack(&segment, level)?;
        packed.push(segment.name());
    }
    Ok(packed)
}

fn pack(segment: &Segment, level: i32) -> Outcome<()> {
    let bytes = segment.read()?;
    let stored = squeeze(&bytes, level).map_err(Fault::io(&segment.path))?;
    if unpack(&stored).map_err(Fault::io(&segment.path))? != bytes {
        return Err(Fault::Damaged { segment: segment.name(), offset: 0, what: "packing did not give the same bytes" });
    }
    let path = segment.path.with_extension("cbj.zst");
    write_whole(&path, &[&stored])?;
    fs::remove_file(&segment.path).map_err(Fault::io(&segment.path))?;
    crate::disk::sync_folder(&segment.path).map_err(Fault::io(&segment.path))
}

/// A segment's bytes packed and sealed.
///
/// # Errors
/// The packer's.
pub fn squeeze(bytes: &[u8], level: i32) -> io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), level)?;
    encoder.write_all(bytes)?;
    let mut stored = encoder.finish()?;
    let trailer = seal(&stored);
    stored.extend_from_slice(&trailer);
    Ok(stored)
}

/// Give up the segments of which every record is at or before a sequence. Gives their names.
///
/// # Errors
/// The disk's.
pub fn give_up(data_dir: &Path, upto: u64) -> Outcome<Vec<String>> {
    let all = segments(data_dir)?;
    let keep = all.iter().rposition(|segment| segment.first_sequence <= upto.saturating_add(1)).unwrap_or(0);
    let Some(oldest) = all.get(keep).filter(|_| keep > 0) else { return Ok(Vec::new()) };
    let bytes = oldest.read()?;
    let head = SegmentHead::decode(bytes.get(..SEGMENT_HEAD).unwrap_or_default()).map_err(|what| Fault::Damaged {
        segment: oldest.name(),
        offset: 0,
        what,
    })?;
    write_whole(&data_dir.join(FOLDER).join(BEGINS), &[&encode_beginning(&head)])?;
    let mut gone = Vec::new();
    for segment in &all[..keep] {
        fs::remove_file(&segment.path).map_err(Fault::io(&segment.path))?;
        gone.push(segment.name());
    }
    crate::disk::sync_folder(&oldest.path).map_err(Fault::io(&oldest.path))?;
    Ok(gone)
}

/// A file that is there whole and durable, or not at all.
///
/// # Errors
/// The disk's.
pub fn write_whole(path: &Path, parts: &[&[u8]]) -> Outcome<()> {
    let draft = path.with_extension("draft");
    let write = || {
        let mut file = fs::File::create(&draft)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()?;
        fs::rename(&draft, path)?;
        crate::disk::sync_folder(path)
    };
    write().map_err(Fault::io(path))
}
