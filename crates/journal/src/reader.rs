//! Following a journal while another process appends to it.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::PathBuf;

use crate::fault::{Fault, Outcome};
use crate::frame::{self, FRAME_HEAD, SEGMENT_HEAD};
use crate::segment::{Segment, beginning, segments};

const READ_AHEAD: usize = 4 * 1024 * 1024;

/// Gives the records of the frames that hold sequences above a start, up to the last whole frame.
#[derive(Debug)]
pub struct Reader {
    data_dir: PathBuf,
    after: u64,
    segment: Option<Place>,
    ahead: Vec<u8>,
    used: usize,
}

#[derive(Debug)]
struct Place {
    segment: Segment,
    /// Of the next frame.
    offset: u64,
    /// The last sequence read of it, or the one before its first.
    reached: u64,
}

impl Reader {
    #[must_use]
    pub const fn new(data_dir: PathBuf, after: u64) -> Self {
        Self { data_dir, after, segment: None, ahead: Vec::new(), used: 0 }
    }

    /// The next frame's records, or nothing when the end, or a frame not whole yet, is reached.
    ///
    /// # Errors
    /// The disk's; `Misuse` when what is asked for was given up. Damage is not judged here: opening the journal does.
    pub fn next_payload(&mut self) -> Outcome<Option<Vec<u8>>> {
        if self.segment.is_none() && self.after < beginning(&self.data_dir)?.last_sequence {
            return Err(Fault::Misuse("the journal begins later: the segments asked for were given up"));
        }
        loop {
            if self.segment.is_none() && !self.next_segment()? {
                return Ok(None);
            }
            let Some((last, payload)) = self.next_frame()? else {
                if self.next_segment()? {
                    continue;
                }
                return Ok(None);
            };
            if last > self.after {
                self.after = last;
                return Ok(Some(payload));
            }
        }
    }

    /// Move to the segment that continues the one in hand; with none, to the one that holds the start.
    fn next_segment(&mut self) -> Outcome<bool> {
        let all = segments(&self.data_dir)?;
        let next = match &self.segment {
            Some(place) => all.into_iter().find(|one| {
                // Only what continues it: a frame may have come between the look at its end and this one.
                one.first_sequence > place.segment.first_sequence && one.first_sequence == place.reached + 1
            }),
            None => {
                let start = all.iter().rposition(|one| one.first_sequence <= self.after + 1).unwrap_or(0);
                all.into_iter().nth(start)
            }
        };
        let Some(segment) = next else { return Ok(false) };
        let reached = segment.first_sequence - 1;
        self.segment = Some(Place { segment, offset: SEGMENT_HEAD as u64, reached });
        self.forget();
        Ok(true)
    }

    fn next_frame(&mut self) -> Outcome<Option<(u64, Vec<u8>)>> {
        let mut wanted = FRAME_HEAD;
        loop {
            if self.ahead.len() - self.used >= wanted {
                let rest = &self.ahead[self.used..];
                match frame::decode(rest) {
                    Ok(found) => {
                        let answer = (found.last_sequence(), found.records());
                        self.used += found.length;
                        if let Some(place) = &mut self.segment {
                            place.offset += found.length as u64;
                            place.reached = answer.0;
                        }
                        return Ok(Some(answer));
                    }
                    Err("frame is cut short") => wanted = rest.len() + 1,
                    Err(_) => {
                        self.forget(); // prepared space: it may be written by the next look
                        return Ok(None);
                    }
                }
            }
            if !self.read_on(wanted)? {
                return Ok(None);
            }
        }
    }

    fn forget(&mut self) {
        self.ahead.clear();
        self.used = 0;
    }

    /// Read from the next frame's start on, at least `wanted` bytes; false when the file has no more.
    fn read_on(&mut self, wanted: usize) -> Outcome<bool> {
        let Some(place) = &mut self.segment else { return Ok(false) };
        if !place.segment.path.exists() {
            // Packed meanwhile: what a closed segment holds stays the same.
            let first = place.segment.first_sequence;
            let Some(found) = segments(&self.data_dir)?.into_iter().find(|one| one.first_sequence == first) else {
                let error = std::io::Error::from(ErrorKind::NotFound);
                return Err(Fault::Io { path: place.segment.path.clone(), error });
            };
            place.segment = found;
        }
        let offset = place.offset;
        let mut bytes = Vec::new();
        if place.segment.is_packed() {
            bytes = place.segment.read()?;
            bytes.drain(..bytes.len().min(offset as usize));
        } else {
            let path = &place.segment.path;
            let mut file = File::open(path).map_err(Fault::io(path))?;
            file.seek(SeekFrom::Start(offset)).map_err(Fault::io(path))?;
            file.take((wanted + READ_AHEAD) as u64).read_to_end(&mut bytes).map_err(Fault::io(path))?;
        }
        let grown = bytes.len() >= wanted;
        self.ahead = bytes;
        self.used = 0;
        Ok(grown)
    }
}
