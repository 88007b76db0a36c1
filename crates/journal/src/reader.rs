//! Following a journal while another process appends to it.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use crate::fault::{Fault, Outcome};
use crate::frame::{self, FRAME_HEAD, SEGMENT_HEAD};
use crate::scan::segments;

const READ_AHEAD: usize = 4 * 1024 * 1024;

/// Gives the payloads of the frames that hold sequences above a start, up to the last whole frame.
#[derive(Debug)]
pub struct Reader {
    data_dir: PathBuf,
    after: u64,
    segment: Option<(u64, PathBuf, u64)>, // first sequence, path, offset of the next frame
    ahead: Vec<u8>,
    used: usize,
}

impl Reader {
    #[must_use]
    pub const fn new(data_dir: PathBuf, after: u64) -> Self {
        Self { data_dir, after, segment: None, ahead: Vec::new(), used: 0 }
    }

    /// The next payload, or nothing when the end, or a frame not whole yet, is reached.
    ///
    /// # Errors
    /// The disk's. Damage is not judged here: opening the journal does that.
    pub fn next_payload(&mut self) -> Outcome<Option<Vec<u8>>> {
        loop {
            if self.segment.is_none() && !self.next_segment(None)? {
                return Ok(None);
            }
            let Some(found) = self.next_frame()? else {
                let current = self.segment.as_ref().map(|(first, ..)| *first);
                if self.next_segment(current)? {
                    continue;
                }
                return Ok(None);
            };
            let (last, payload) = found;
            if last > self.after {
                self.after = last;
                return Ok(Some(payload));
            }
        }
    }

    /// Move to the segment behind `current`; with none, to the one that holds the start.
    fn next_segment(&mut self, current: Option<u64>) -> Outcome<bool> {
        let all = segments(&self.data_dir)?;
        let next = match current {
            Some(current) => all.into_iter().find(|(first, _)| *first > current),
            None => {
                let start = all.iter().rposition(|(first, _)| *first <= self.after + 1).unwrap_or(0);
                all.into_iter().nth(start)
            }
        };
        let Some((first, path)) = next else { return Ok(false) };
        self.segment = Some((first, path, SEGMENT_HEAD as u64));
        self.ahead.clear();
        self.used = 0;
        Ok(true)
    }

    fn next_frame(&mut self) -> Outcome<Option<(u64, Vec<u8>)>> {
        let mut wanted = FRAME_HEAD;
        loop {
            if self.ahead.len() - self.used >= wanted {
                let rest = &self.ahead[self.used..];
                match frame::decode(rest) {
                    Ok(found) => {
                        let answer = (found.last_sequence(), found.payload.to_vec());
                        let length = found.length;
                        self.used += length;
                        if let Some((_, _, offset)) = &mut self.segment {
                            *offset += length as u64;
                        }
                        return Ok(Some(answer));
                    }
                    Err("frame is cut short") => wanted = rest.len() + 1,
                    Err(_) => return Ok(None),
                }
            }
            if !self.read_on(wanted)? {
                return Ok(None);
            }
        }
    }

    /// Read from the next frame's start on, at least `wanted` bytes; false when the file has no more.
    fn read_on(&mut self, wanted: usize) -> Outcome<bool> {
        let Some((_, path, offset)) = &self.segment else { return Ok(false) };
        let mut file = File::open(path).map_err(Fault::io(path))?;
        file.seek(SeekFrom::Start(*offset)).map_err(Fault::io(path))?;
        let mut bytes = Vec::new();
        let limit = (wanted + READ_AHEAD) as u64;
        file.take(limit).read_to_end(&mut bytes).map_err(Fault::io(path))?;
        let grown = bytes.len() >= wanted;
        self.ahead = bytes;
        self.used = 0;
        Ok(grown)
    }
}
