//! A disk in memory that remembers each call in order, can let one fail, and tells what a power cut leaves; and a
//! journal on it, with the real writer and the real judgement of a start. For trials and simulations.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::disk::{Disk, Writing};
use crate::fault::{Fault, Outcome};
use crate::random::Random;
use crate::scan::{End, Found, Scan};
use crate::tail::{Cut, Tail};

/// One call, as a power cut sees it.
#[derive(Clone, Debug)]
pub enum Step {
    Create {
        file: usize,
        name: String,
    },
    Write {
        file: usize,
        offset: u64,
        bytes: Vec<u8>,
    },
    SetLength {
        file: usize,
        length: u64,
    },
    Sync {
        file: usize,
    },
    /// What it should have made durable is there or not, and no later sync changes that.
    SyncFailed {
        file: usize,
    },
    Rename {
        from: String,
        to: String,
    },
    SyncFolder,
    /// Not a call: from here on the world knows that so much is durable.
    Acknowledged {
        last: u64,
    },
}

#[derive(Default)]
pub struct Inner {
    pub steps: Vec<Step>,
    files: usize,
    names: BTreeMap<String, usize>,
    pub calls: u64,
    /// The call with this number fails; 0 lets all succeed.
    pub fails_at: u64,
    pub failed: bool,
}

#[derive(Clone, Default)]
pub struct TraceDisk(Arc<Mutex<Inner>>);

struct TraceFile {
    disk: TraceDisk,
    file: usize,
}

impl TraceDisk {
    pub fn failing_at(call: u64) -> Self {
        let disk = Self::default();
        disk.with(|inner| inner.fails_at = call);
        disk
    }

    pub fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn call(&self, step: impl FnOnce(&mut Inner) -> Step) -> io::Result<()> {
        self.with(|inner| {
            inner.calls += 1;
            if inner.calls == inner.fails_at {
                inner.failed = true;
                return Err(io::Error::other("this call was chosen to fail"));
            }
            let step = step(inner);
            inner.steps.push(step);
            Ok(())
        })
    }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

impl Disk for TraceDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Writing>> {
        let mut file = 0;
        self.call(|inner| {
            file = inner.files;
            inner.files += 1;
            inner.names.insert(name(path), file);
            Step::Create { file, name: name(path) }
        })?;
        Ok(Box::new(TraceFile { disk: self.clone(), file }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Writing>> {
        let file = self.with(|inner| inner.names.get(&name(path)).copied()).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(TraceFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(|inner| {
            if let Some(file) = inner.names.remove(&name(from)) {
                inner.names.insert(name(to), file);
            }
            Step::Rename { from: name(from), to: name(to) }
        })
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        self.call(|_| Step::SyncFolder)
    }
}

impl Writing for TraceFile {
    fn write_at(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.disk.call(|_| Step::Write { file: self.file, offset, bytes: bytes.to_vec() })
    }

    fn sync(&mut self) -> io::Result<()> {
        let synced = self.disk.call(|_| Step::Sync { file: self.file });
        if synced.is_err() {
            self.disk.with(|inner| inner.steps.push(Step::SyncFailed { file: self.file }));
        }
        synced
    }

    fn set_length(&mut self, length: u64) -> io::Result<()> {
        self.disk.call(|_| Step::SetLength { file: self.file, length })
    }
}

/// The folder a power cut leaves: names to bytes.
pub type Image = BTreeMap<String, Vec<u8>>;

/// Why each change that was not made durable is there or not: the answers are the caller's.
pub trait Fate {
    /// Whether one sector of an unsynced write is on the disk.
    fn sector_stays(&mut self) -> bool;
    /// Whether an unsynced change of a file's length is.
    fn length_stays(&mut self) -> bool;
    /// Whether an unsynced name is.
    fn name_stays(&mut self) -> bool;
}

pub const SECTOR: u64 = 512;

#[derive(Default)]
struct File {
    bytes: Vec<u8>,
    pending: Vec<Step>,
}

impl File {
    fn apply(&mut self, step: &Step, fate: &mut impl FnMut() -> bool) {
        match step {
            Step::Write { offset, bytes, .. } => {
                // In sectors of the file, each there or not; one that is not keeps what it was.
                let mut at = 0;
                while at < bytes.len() {
                    let place = *offset + at as u64;
                    let length = ((SECTOR - place % SECTOR) as usize).min(bytes.len() - at);
                    if fate() {
                        let (from, upto) = (place as usize, place as usize + length);
                        if self.bytes.len() < upto {
                            self.bytes.resize(upto, 0);
                        }
                        self.bytes[from..upto].copy_from_slice(&bytes[at..at + length]);
                    }
                    at += length;
                }
            }
            Step::SetLength { length, .. } => self.bytes.resize(*length as usize, 0),
            _ => {}
        }
    }
}

impl File {
    /// What was never made durable is there or not.
    fn settle(&mut self, fate: &mut impl Fate) {
        for step in std::mem::take(&mut self.pending) {
            if matches!(step, Step::SetLength { .. }) {
                if fate.length_stays() {
                    self.apply(&step, &mut || true);
                }
            } else {
                self.apply(&step, &mut || fate.sector_stays());
            }
        }
    }
}

/// What is on the disk when the power goes behind the first `upto` steps.
pub fn image(steps: &[Step], upto: usize, fate: &mut impl Fate) -> (Image, u64) {
    let mut files: BTreeMap<usize, File> = BTreeMap::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut pending: Vec<Step> = Vec::new();
    let mut acknowledged = 0;
    for step in &steps[..upto] {
        match step {
            Step::Create { file, .. } => {
                files.insert(*file, File::default());
                pending.push(step.clone());
            }
            Step::Rename { .. } => pending.push(step.clone()),
            Step::SyncFolder => settle(&mut names, &mut pending, &mut || true),
            Step::Write { file, .. } | Step::SetLength { file, .. } => {
                if let Some(file) = files.get_mut(file) {
                    file.pending.push(step.clone());
                }
            }
            Step::Sync { file } => {
                if let Some(file) = files.get_mut(file) {
                    for step in std::mem::take(&mut file.pending) {
                        file.apply(&step, &mut || true);
                    }
                }
            }
            Step::SyncFailed { file } => {
                if let Some(file) = files.get_mut(file) {
                    file.settle(fate);
                }
            }
            Step::Acknowledged { last } => acknowledged = *last,
        }
    }
    settle(&mut names, &mut pending, &mut || fate.name_stays());
    let mut found = Image::new();
    for (name, file) in names {
        let Some(mut file) = files.remove(&file) else { continue };
        file.settle(fate);
        found.insert(name, file.bytes);
    }
    (found, acknowledged)
}

/// Names become durable in order: a journaling file system never keeps a later change without an earlier one.
fn settle(names: &mut BTreeMap<String, usize>, pending: &mut Vec<Step>, stays: &mut impl FnMut() -> bool) {
    for step in std::mem::take(pending) {
        if !stays() {
            return;
        }
        match step {
            Step::Create { file, name } => {
                names.insert(name, file);
            }
            Step::Rename { from, to } => {
                if let Some(file) = names.remove(&from) {
                    names.insert(to, file);
                }
            }
            _ => {}
        }
    }
}

/// What an unsynced sector, length or name becomes, by chance.
pub struct Chance<'a>(pub &'a mut Random, pub u64);

impl Fate for Chance<'_> {
    fn sector_stays(&mut self) -> bool {
        self.0.below(100) < self.1
    }
    fn length_stays(&mut self) -> bool {
        self.0.coin()
    }
    fn name_stays(&mut self) -> bool {
        self.0.coin()
    }
}

/// All of it is there: nobody cut the power.
pub struct Everything;

impl Fate for Everything {
    fn sector_stays(&mut self) -> bool {
        true
    }
    fn length_stays(&mut self) -> bool {
        true
    }
    fn name_stays(&mut self) -> bool {
        true
    }
}

/// What a start makes of a folder: where the journal ends and what is torn behind it.
///
/// # Errors
/// `Damaged`, or what `visit` answers; it is given the records of each good frame.
pub fn start(folder: &Image, mut visit: impl FnMut(Vec<u8>)) -> Outcome<Found> {
    let mut scan = Scan::new(End::default());
    for (name, bytes) in folder {
        if let Some(first) = name.strip_suffix(".cbj").and_then(|digits| digits.parse().ok()) {
            scan.segment(name, first, bytes, |frame| {
                visit(frame.records());
                Ok(())
            })?;
        }
    }
    Ok(scan.found)
}

/// How a run of the writer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The process is killed: what it wrote is there, synced or not.
    Killed,
    /// The machine loses its power: what was not synced is there or not, sector by sector.
    PowerCut,
}

/// A journal whose disk is in memory. Nothing is written before somebody waits for it, and then at once.
pub struct MemoryJournal {
    how: Cut,
    random: Random,
    /// The disk as the last crash left it.
    folder: Image,
    disk: TraceDisk,
    tail: Tail,
    queued: Vec<u8>,
    appended: u64,
    durable: u64,
    failed: Option<String>,
}

impl MemoryJournal {
    #[must_use]
    pub fn new(seed: u64, segment_bytes: u64, step_bytes: u64) -> Self {
        let how = Cut { segment_bytes, step_bytes, background: false };
        let disk = TraceDisk::default();
        let tail = tail_on(&disk, how, &Found::default());
        let (folder, queued) = (Image::new(), Vec::new());
        Self { how, random: Random(seed), folder, disk, tail, queued, appended: 0, durable: 0, failed: None }
    }

    #[must_use]
    pub const fn last_sequence(&self) -> u64 {
        self.appended
    }

    #[must_use]
    pub const fn durable(&self) -> u64 {
        self.durable
    }

    /// As the journal's own.
    ///
    /// # Errors
    /// As the journal's own.
    pub fn append(&mut self, payload: &[u8]) -> Outcome<()> {
        if payload.is_empty() || !payload.len().is_multiple_of(crate::frame::RECORD_SIZE) {
            return Err(Fault::Misuse("a batch is a whole number of records, at least one"));
        }
        self.sound()?;
        self.queued.extend_from_slice(payload);
        self.appended += (payload.len() / crate::frame::RECORD_SIZE) as u64;
        Ok(())
    }

    /// Write what is queued as one frame, and sync it.
    ///
    /// # Errors
    /// `Failed` for ever after the first failure.
    pub fn wait_durable(&mut self, sequence: u64) -> Outcome<()> {
        if self.durable >= sequence {
            return Ok(());
        }
        self.sound()?;
        let payload = std::mem::take(&mut self.queued);
        match self.tail.commit(&payload) {
            Ok(last) => {
                self.durable = last;
                Ok(())
            }
            Err(fault) => {
                self.failed = Some(fault.to_string());
                self.sound()
            }
        }
    }

    fn sound(&self) -> Outcome<()> {
        self.failed.as_ref().map_or(Ok(()), |why| Err(Fault::Failed(why.clone())))
    }

    /// The disk's call with this number from now on fails.
    pub fn fail_at(&self, call: u64) {
        self.disk.with(|inner| inner.fails_at = inner.calls + call);
    }

    /// The writer is gone; the next start finds what the ending left. Where something is queued it may be in the middle
    /// of writing it.
    pub fn crash(&mut self, ending: Ending) {
        let before = self.disk.with(|inner| inner.steps.len());
        let payload = std::mem::take(&mut self.queued);
        if !payload.is_empty() && self.failed.is_none() {
            drop(self.tail.commit(&payload));
        }
        let steps = self.disk.with(|inner| std::mem::take(&mut inner.steps));
        let upto = before + self.random.index(steps.len() - before + 1);
        let left = match ending {
            Ending::Killed => image(&steps, upto, &mut Everything).0,
            Ending::PowerCut => {
                let stays = [0, 10, 50, 90, 100][self.random.index(5)];
                image(&steps, upto, &mut Chance(&mut self.random, stays)).0
            }
        };
        self.folder.extend(left);
        self.folder.retain(|name, _| name.ends_with(".cbj"));
    }

    /// Begin again behind a crash: judge what is there, cut what is torn. Gives the records of each frame.
    ///
    /// # Errors
    /// `Damaged`: the start refuses to serve.
    pub fn start(&mut self) -> Outcome<Vec<Vec<u8>>> {
        let mut frames = Vec::new();
        let found = start(&self.folder, |records| frames.push(records))?;
        if let Some(torn) = &found.torn {
            let keep = usize::try_from(torn.keep).unwrap_or(usize::MAX);
            self.folder.retain(|name, bytes| {
                if *name == torn.segment {
                    bytes.truncate(keep);
                }
                *name < torn.segment || (*name == torn.segment && keep > 0)
            });
        }
        self.disk = TraceDisk::default();
        self.tail = tail_on(&self.disk, self.how, &found);
        self.queued.clear();
        (self.appended, self.durable, self.failed) = (found.end.last_sequence, found.end.last_sequence, None);
        Ok(frames)
    }

    /// The records of each frame that is written, as a reader beside the writer finds them.
    ///
    /// # Errors
    /// `Damaged`.
    pub fn frames(&self) -> Outcome<Vec<Vec<u8>>> {
        let mut folder = self.folder.clone();
        folder.extend(self.disk.with(|inner| image(&inner.steps, inner.steps.len(), &mut Everything).0));
        let mut frames = Vec::new();
        start(&folder, |records| frames.push(records))?;
        Ok(frames)
    }
}

/// A writer that begins a segment of its own behind the end that a start found.
fn tail_on(disk: &TraceDisk, how: Cut, found: &Found) -> Tail {
    Tail::new(Path::new("/nowhere"), Arc::new(disk.clone()), how, found).in_empty_folder()
}
