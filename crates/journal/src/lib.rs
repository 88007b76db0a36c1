//! The journal: what was commanded, in order, durable, chained. docs/reference/journal.md gives the bytes.
//!
//! `frame` knows the bytes of one frame, `scan` reads and judges whole segments, `writer` appends with one sync thread,
//! `snapshot` keeps the engine's state beside it, `disk` is the little of the file system that is used, so that tests
//! can let it fail.

pub mod disk;
pub mod fault;
pub mod frame;
pub mod reader;
pub mod scan;
pub mod snapshot;
pub mod writer;
