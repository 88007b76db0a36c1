//! Orders as nearly all clients write them, from JSON to records and back, without a stop in Python.
//!
//! This is a short way beside the long one, which is `gateway/okx_v5/trade.py`: it takes a body only when every field
//! of every row is plain, and then its records are those of the long way, byte for byte. Whatever else there is, a
//! wrong value above all, it leaves to the long way, which alone knows what to answer. A property test compares them.

pub mod answer;
pub mod decimal;
pub mod message;
pub mod orders;
pub mod row;
