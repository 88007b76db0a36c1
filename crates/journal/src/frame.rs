//! The bytes of a segment's head and of one frame.
//!
//! ```text
//! segment  0  magic "CBJRNL01"   8  format u32   12 record size u32   16 epoch u64   24 first sequence u64
//!          32 hash of the frame before the segment's first, 32 bytes
//! frame    0  magic "CBF1"   4  payload length u32   8  epoch u64   16 first sequence u64
//!          24 records u32   28 CRC-32C u32 of the frame with this field zero   32 hash of the frame before   64 payload
//! payload  one bit a record, set where its second half is not zero, lowest bit first, in whole 8 bytes; then the
//!          records in order, each with its first 64 bytes and, where its bit is set, the second 64
//! ```
//! The hash of a frame is the SHA-256 of all its bytes; the first frame of all has zeros before it.

use sha2::{Digest, Sha256};

use crate::planted::{Bug, planted};

pub const FORMAT: u32 = 2;
pub const RECORD_SIZE: usize = 128;
pub const SEGMENT_HEAD: usize = 64;
pub const FRAME_HEAD: usize = 64;
/// Records of one frame, unpacked.
pub const PAYLOAD_MAX: usize = 64 * 1024 * 1024;
/// Memory for a frame is used again for the next, unless it is more than this: one very large frame is an exception.
pub const KEPT_BYTES: usize = 16 * 1024 * 1024;
pub const HALF: usize = RECORD_SIZE / 2;

const SEGMENT_MAGIC: &[u8; 8] = b"CBJRNL01";
pub const FRAME_MAGIC: &[u8; 4] = b"CBF1";

pub type Hash = [u8; 32];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHead {
    pub epoch: u64,
    pub first_sequence: u64,
    pub before: Hash,
}

impl SegmentHead {
    #[must_use]
    pub fn encode(&self) -> [u8; SEGMENT_HEAD] {
        let mut bytes = [0; SEGMENT_HEAD];
        bytes[0..8].copy_from_slice(SEGMENT_MAGIC);
        bytes[8..12].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&(RECORD_SIZE as u32).to_le_bytes());
        bytes[16..24].copy_from_slice(&self.epoch.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.first_sequence.to_le_bytes());
        bytes[32..64].copy_from_slice(&self.before);
        bytes
    }

    /// # Errors
    /// What is wrong with the head.
    pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let head = bytes.first_chunk::<SEGMENT_HEAD>().ok_or("segment head is cut short")?;
        if &head[0..8] != SEGMENT_MAGIC {
            return Err("not a journal segment");
        }
        if word32(head, 8) != FORMAT || word32(head, 12) as usize != RECORD_SIZE {
            return Err("unknown segment format");
        }
        let mut before = [0; 32];
        before.copy_from_slice(&head[32..64]);
        Ok(Self { epoch: word64(head, 16), first_sequence: word64(head, 24), before })
    }
}

impl SegmentHead {
    /// Whether a whole head is there that names a format which is not ours. Whatever stands behind it cannot be judged by
    /// us, and so is never a torn tail.
    #[must_use]
    pub fn is_of_another_format(bytes: &[u8]) -> bool {
        bytes.first_chunk::<SEGMENT_HEAD>().is_some_and(|head| {
            let named = (word32(head, 8), word32(head, 12));
            &head[0..8] == SEGMENT_MAGIC && named.0 != 0 && named.1 != 0 && named != (FORMAT, RECORD_SIZE as u32)
        })
    }
}

/// A frame that has been read and found good.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    pub epoch: u64,
    pub first_sequence: u64,
    pub records: u64,
    pub before: Hash,
    packed: &'a [u8],
    whole: &'a [u8],
    /// Bytes of the whole frame.
    pub length: usize,
}

impl Frame<'_> {
    #[must_use]
    pub const fn last_sequence(&self) -> u64 {
        self.first_sequence + self.records - 1
    }

    /// The records, whole again.
    #[must_use]
    pub fn records(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        self.records_after(0, &mut payload);
        payload
    }

    /// The records behind a sequence, put behind what `payload` holds.
    pub fn records_after(&self, sequence: u64, payload: &mut Vec<u8>) {
        let known = (sequence + 1).saturating_sub(self.first_sequence).min(self.records) as usize;
        unpack(self.packed, self.records as usize, known, payload);
    }

    /// What the next frame has as the hash before it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Sha256::digest(self.whole).into()
    }
}

/// Bytes of the bits that say which records have their second half.
const fn bits_length(records: usize) -> usize {
    records.div_ceil(64) * 8
}

fn pack(payload: &[u8], into: &mut Vec<u8>) {
    let at = into.len();
    into.resize(at + bits_length(payload.len() / RECORD_SIZE), 0);
    for (place, record) in payload.chunks_exact(RECORD_SIZE).enumerate() {
        let (first, second) = record.split_at(HALF);
        into.extend_from_slice(first);
        if second != [0; HALF] {
            into.extend_from_slice(second);
            into[at + place / 8] |= 1 << (place % 8);
        }
    }
}

/// Args: the records at the front that are passed over.
fn unpack(packed: &[u8], records: usize, known: usize, payload: &mut Vec<u8>) {
    let (bits, mut rest) = packed.split_at(bits_length(records));
    payload.reserve((records - known) * RECORD_SIZE);
    for place in 0..records {
        let length = if is_set(bits, place) { RECORD_SIZE } else { HALF };
        let (stored, behind) = rest.split_at(length);
        rest = behind;
        if place < known {
            continue;
        }
        payload.extend_from_slice(stored);
        if length == HALF {
            payload.extend_from_slice(&[0; HALF]);
        }
    }
}

const fn is_set(bits: &[u8], place: usize) -> bool {
    bits[place / 8] & (1 << (place % 8)) != 0
}

/// Whether the bits of a payload go with its length and number of records.
fn is_packed_right(packed: &[u8], records: usize) -> bool {
    let length = bits_length(records);
    let Some(bits) = packed.get(..length) else { return false };
    let seconds: usize = bits.iter().map(|byte| byte.count_ones() as usize).sum();
    let spare = (records..length * 8).any(|place| is_set(bits, place));
    !spare && packed.len() == length + (records + seconds) * HALF
}

/// The bytes of a frame and their hash.
#[must_use]
pub fn encode(epoch: u64, first_sequence: u64, before: &Hash, payload: &[u8]) -> (Vec<u8>, Hash) {
    let mut bytes = Vec::new();
    let hash = encode_into(&mut bytes, epoch, first_sequence, before, payload);
    (bytes, hash)
}

/// The same into memory that is there already; what was in it is gone.
#[must_use]
pub fn encode_into(bytes: &mut Vec<u8>, epoch: u64, first_sequence: u64, before: &Hash, payload: &[u8]) -> Hash {
    let records = payload.len() / RECORD_SIZE;
    bytes.clear();
    bytes.reserve(FRAME_HEAD + bits_length(records) + payload.len());
    bytes.extend_from_slice(FRAME_MAGIC);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&epoch.to_le_bytes());
    bytes.extend_from_slice(&first_sequence.to_le_bytes());
    bytes.extend_from_slice(&(records as u32).to_le_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(before);
    pack(payload, bytes);
    let packed_length = (bytes.len() - FRAME_HEAD) as u32;
    bytes[4..8].copy_from_slice(&packed_length.to_le_bytes());
    let check = crc32c::crc32c(bytes);
    bytes[28..32].copy_from_slice(&check.to_le_bytes());
    Sha256::digest(bytes).into()
}

/// The frame at the start of `bytes`, if it is whole and its check holds. The chain is the caller's to compare.
///
/// # Errors
/// What is wrong with it.
pub fn decode(bytes: &[u8]) -> Result<Frame<'_>, &'static str> {
    let head = bytes.first_chunk::<FRAME_HEAD>().ok_or("frame head is cut short")?;
    if &head[0..4] != FRAME_MAGIC {
        return Err("no frame begins here");
    }
    let packed_length = word32(head, 4) as usize;
    let count = word32(head, 24) as usize;
    let smallest = bits_length(count).saturating_add(count.saturating_mul(HALF));
    let largest = smallest.saturating_add(count.saturating_mul(HALF));
    if count == 0 || count > PAYLOAD_MAX / RECORD_SIZE || !(smallest..=largest).contains(&packed_length) {
        return Err("frame length is impossible");
    }
    let records = count as u64;
    let length = FRAME_HEAD + packed_length;
    let whole = if planted(Bug::LengthBelieved) { Some(&bytes[..length]) } else { bytes.get(..length) };
    let whole = whole.ok_or("frame is cut short")?;
    let stored = word32(head, 28);
    let mut check = crc32c::crc32c(&whole[..28]);
    check = crc32c::crc32c_append(check, &[0; 4]);
    check = crc32c::crc32c_append(check, &whole[32..]);
    if check != stored && !planted(Bug::ChecksumNotCompared) {
        return Err("checksum does not hold");
    }
    if !is_packed_right(&whole[FRAME_HEAD..], count) {
        return Err("frame's records do not fill it");
    }
    let first_sequence = word64(head, 16);
    if first_sequence == 0 || first_sequence.checked_add(records).is_none() {
        return Err("frame sequence is impossible");
    }
    let mut before = [0; 32];
    before.copy_from_slice(&head[32..64]);
    Ok(Frame { epoch: word64(head, 8), first_sequence, records, before, packed: &whole[FRAME_HEAD..], whole, length })
}

fn word32(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn word64(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}
