//! A disk in memory that remembers each call in order, and can let the n-th fail.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use commonbook_journal::disk::{Disk, Writing};

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
    calls: u64,
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
        self.disk.call(|_| Step::Sync { file: self.file })
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
            Step::Acknowledged { last } => acknowledged = *last,
        }
    }
    settle(&mut names, &mut pending, &mut || fate.name_stays());
    let mut found = Image::new();
    for (name, file) in names {
        let Some(mut file) = files.remove(&file) else { continue };
        for step in std::mem::take(&mut file.pending) {
            if matches!(step, Step::SetLength { .. }) {
                if fate.length_stays() {
                    file.apply(&step, &mut || true);
                }
            } else {
                file.apply(&step, &mut || fate.sector_stays());
            }
        }
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
