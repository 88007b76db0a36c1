//! The exchange's deterministic core: counter and matching. `engine` is where to start.

pub mod accounts;
pub mod book;
pub mod config;
pub mod counter;
pub mod direct;
pub mod engine;
pub mod events;
pub mod fault;
pub mod floor;
pub mod hash;
pub mod index;
pub mod ladder;
pub mod matching;
pub mod money;
pub mod orders;
pub mod planted;
pub mod protection;
pub mod reckon;
pub mod record;
pub mod scout;
pub mod setup;
pub mod slab;
pub mod snapshot;
pub mod timers;
pub mod view;
pub mod words;
