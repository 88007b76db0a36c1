//! The end of the journal on the disk: one frame at a time is written into space that was prepared for it, and synced.
//!
//! ```text
//!            durable frames          one frame on its way        zeros, synced before
//!   ┌──────┬─────────┬─────────┬──╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┬───────────────────────────┐    ┌───────────────┐
//!   │ head │ frame   │ frame   │                            │ 0 0 0 0 0 0 0 0 0 0 0 0 0 │    │ next.draft: 0 │
//!   └──────┴─────────┴─────────┴──╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┴───────────────────────────┘    └───────────────┘
//! ```
//! A sync that must grow the file costs twice one that need not. So the next segment is filled with zeros and synced on a
//! thread of its own while this one is in use (`spare`), and takes its name by a rename. Because the frame before is durable when
//! one is written, whatever order the disk writes its sectors in, a bad place with a valid frame behind it is never what a
//! power cut left.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, Writing};
use crate::fault::{Fault, Outcome};
use crate::frame::{self, KEPT_BYTES, RECORD_SIZE, SEGMENT_HEAD, SegmentHead};
use crate::planted::{Bug, planted};
use crate::scan::{End, Found};
use crate::segment::{segment_path, segments, spare_path};
use crate::spare::{Filling, fill};

/// How a journal's files are cut and prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// A segment is closed before it exceeds this; one frame that is larger has a segment to itself.
    pub segment_bytes: u64,
    /// What is prepared at once where no spare segment is ready yet; twice as much each time if none is on its way.
    pub step_bytes: u64,
    /// Prepare the spare segment on a thread of its own; tests do it in line, to be the same each time.
    pub background: bool,
}

impl Cut {
    #[must_use]
    pub const fn of(segment_bytes: u64) -> Self {
        Self { segment_bytes, step_bytes: 1024 * 1024, background: true }
    }
}

/// Room for so many frames as large as this one, where that is more than a step.
const FRAMES: u64 = 8;

type File = Box<dyn Writing>;

enum Spare {
    None,
    Working(Filling),
    Ready(File),
}

struct Open {
    path: PathBuf,
    file: File,
    /// Where the next frame goes.
    length: u64,
    /// The file is zeros, and synced, from `length` up to here.
    prepared: u64,
}

/// Owned by the thread that syncs.
pub struct Tail {
    data_dir: PathBuf,
    disk: Arc<dyn Disk>,
    cut: Cut,
    epoch: u64,
    end: End,
    /// Where the last good frame of the newest segment ends.
    offset: u64,
    begins_empty: bool,
    open: Option<Open>,
    spare: Spare,
    step: u64,
    /// Memory for the frame on its way.
    frame: Vec<u8>,
}

impl Tail {
    /// The end that a scan found, its torn tail cut. No file is opened before the first frame.
    #[must_use]
    pub fn new(data_dir: &Path, disk: Arc<dyn Disk>, cut: Cut, found: &Found) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            disk,
            cut,
            epoch: found.end.epoch + 1,
            end: found.end,
            offset: found.offset,
            begins_empty: false,
            open: None,
            spare: Spare::None,
            step: cut.step_bytes,
            frame: Vec::new(),
        }
    }

    /// The same where there is no folder to look into: for disks that are only recorded.
    #[must_use]
    pub const fn in_empty_folder(mut self) -> Self {
        self.begins_empty = true;
        self
    }

    /// Write records as one frame and make it durable. Gives the last sequence.
    ///
    /// # Errors
    /// The disk's; what is on it is then not known, and nothing more may be written.
    pub fn commit(&mut self, payload: &[u8]) -> Outcome<u64> {
        let first = self.end.last_sequence + 1;
        let mut bytes = std::mem::take(&mut self.frame);
        let hash = frame::encode_into(&mut bytes, self.epoch, first, &self.end.last_hash, payload);
        let head = self.place_for(first, bytes.len() as u64)?;
        drop(bytes.splice(..0, head));
        let open = self.open.as_mut().ok_or(Fault::Misuse("no segment is open"))?;
        open.file.write_at(open.length, &bytes).map_err(Fault::io(&open.path))?;
        if !planted(Bug::DurableBeforeSync) {
            let synced = open.file.sync();
            if !planted(Bug::FailedSyncIgnored) {
                synced.map_err(Fault::io(&open.path))?;
            }
        }
        open.length += bytes.len() as u64;
        let last = first + (payload.len() / RECORD_SIZE) as u64 - 1;
        self.end = End { last_sequence: last, last_hash: hash, epoch: self.epoch };
        if bytes.capacity() <= KEPT_BYTES {
            self.frame = bytes;
        }
        self.prepare_spare()?;
        Ok(last)
    }

    /// Give back the space that was prepared and not used.
    ///
    /// # Errors
    /// The disk's.
    pub fn close(&mut self) -> Outcome<()> {
        if self.cut.background && !matches!(self.spare, Spare::None) {
            self.spare = Spare::None; // one that is being filled stops here
            fs::remove_file(spare_path(&self.data_dir)).unwrap_or_default(); // else the next start does
        }
        if let Some(mut open) = self.open.take() {
            open.file.set_length(open.length).map_err(Fault::io(&open.path))?;
        }
        Ok(())
    }

    /// Have room for a frame in prepared space; gives the segment's head where one must be written before it.
    fn place_for(&mut self, first: u64, length: u64) -> Outcome<Vec<u8>> {
        if self.open.is_none() && !self.begins_empty {
            self.continue_newest()?;
        }
        if let Some(open) = &mut self.open {
            let wanted = open.length + length;
            let inside = wanted <= self.cut.segment_bytes;
            if inside && wanted <= open.prepared {
                return Ok(Vec::new());
            }
            if inside && !self.spare.is_ready() {
                let step = if self.cut.background { self.step.max(length.saturating_mul(FRAMES)) } else { self.step };
                let upto = wanted.max(open.prepared.saturating_add(step)).min(self.cut.segment_bytes);
                open.prepare(upto)?;
                if !self.cut.background {
                    self.step = self.step.saturating_mul(2);
                }
                return Ok(Vec::new());
            }
        }
        self.begin_segment(first, SEGMENT_HEAD as u64 + length)
    }

    /// The segment the journal ended in goes on, unless it is full or packed.
    fn continue_newest(&mut self) -> Outcome<()> {
        let Some(newest) = segments(&self.data_dir)?.pop() else { return Ok(()) };
        if newest.is_packed() || self.offset >= self.cut.segment_bytes {
            return Ok(());
        }
        let path = newest.path;
        let prepared = fs::metadata(&path).map_err(Fault::io(&path))?.len();
        let file = self.disk.open(&path).map_err(Fault::io(&path))?;
        self.open = Some(Open { path, file, length: self.offset, prepared });
        Ok(())
    }

    /// Close the segment in use and begin the next, in the spare one if there is one.
    fn begin_segment(&mut self, first_sequence: u64, length: u64) -> Outcome<Vec<u8>> {
        if let Some(mut open) = self.open.take() {
            open.file.set_length(open.length).map_err(Fault::io(&open.path))?;
        }
        let path = segment_path(&self.data_dir, first_sequence);
        let (file, prepared) = match self.take_spare()? {
            Some(file) => {
                self.disk.rename(&spare_path(&self.data_dir), &path).map_err(Fault::io(&path))?;
                (file, self.cut.segment_bytes)
            }
            None => (self.disk.create(&path).map_err(Fault::io(&path))?, 0),
        };
        let mut open = Open { path, file, length: 0, prepared };
        if open.prepared < length {
            open.prepare(length.max(self.step.min(self.cut.segment_bytes)))?;
        }
        self.disk.sync_folder(&open.path).map_err(Fault::io(&open.path))?;
        self.open = Some(open);
        let head = SegmentHead { epoch: self.epoch, first_sequence, before: self.end.last_hash };
        Ok(head.encode().to_vec())
    }

    /// Have the next segment prepared: at once, as far as this one is used, where this one is prepared to its end; else
    /// as fast as it goes, once half of what is prepared is used.
    fn prepare_spare(&mut self) -> Outcome<()> {
        let Some(open) = &self.open else { return Ok(()) };
        let whole = self.cut.background && open.prepared >= self.cut.segment_bytes;
        let used = if whole { open.length } else { u64::MAX };
        if let Spare::Working(filling) = &self.spare {
            filling.keep_up_with(used);
        }
        let half = open.prepared.max(self.cut.step_bytes) / 2;
        if !matches!(self.spare, Spare::None) || !(whole || open.length >= half) {
            return Ok(());
        }
        let (disk, path, length) = (Arc::clone(&self.disk), spare_path(&self.data_dir), self.cut.segment_bytes);
        self.spare = if self.cut.background {
            Spare::Working(Filling::begin(disk, path, length, used))
        } else {
            let io = Fault::io(&path);
            let mut file = disk.create(&path).map_err(io)?;
            fill(&mut *file, 0, length).map_err(Fault::io(&path))?;
            Spare::Ready(file)
        };
        Ok(())
    }

    /// The spare segment; waits for it if it is on its way.
    fn take_spare(&mut self) -> Outcome<Option<File>> {
        match std::mem::replace(&mut self.spare, Spare::None) {
            Spare::None => Ok(None),
            Spare::Ready(file) => Ok(Some(file)),
            Spare::Working(filling) => filling.finish().map(Some).map_err(Fault::io(spare_path(&self.data_dir))),
        }
    }
}

impl Spare {
    fn is_ready(&self) -> bool {
        match self {
            Self::None => false,
            Self::Ready(_) => true,
            Self::Working(filling) => filling.is_finished(),
        }
    }
}

impl Open {
    fn prepare(&mut self, upto: u64) -> Outcome<()> {
        fill(&mut *self.file, self.prepared.max(self.length), upto).map_err(Fault::io(&self.path))?;
        self.prepared = upto;
        Ok(())
    }
}
