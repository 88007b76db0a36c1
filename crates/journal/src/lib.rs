//! The journal: what was commanded, in order, durable, chained. docs/reference/journal.md gives the bytes.
//!
//! `frame` knows the bytes of one frame, `segment` the files, `scan` reads and judges them, `writer` queues batches and
//! `tail` makes them durable on one sync thread, `spare` fills the next segment meanwhile, `reader` follows, `snapshot`
//! keeps the engine's state beside it, `disk` is the little of the file system that is used, so that tests can let it
//! fail, and `memory` is such a disk, for trials and simulations.

pub mod disk;
pub mod fault;
pub mod frame;
pub mod memory;
pub mod planted;
pub mod random;
pub mod reader;
pub mod scan;
pub mod segment;
pub mod snapshot;
pub mod spare;
pub mod tail;
pub mod writer;
