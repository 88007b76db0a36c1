//! The two ways a command can end without its effect.

use crate::words::Refusal;

/// A broken invariant: a bug, not a refusal. The engine must not go on.
///
/// One word long, so that what may fail still comes back in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault(pub &'static &'static str);

/// What stops a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    Refused(Refusal),
    Broken(Fault),
}

pub type Step<T> = Result<T, Fault>;
pub type Outcome<T> = Result<T, Stop>;

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

#[must_use]
pub const fn broken(what: &'static &'static str) -> Fault {
    Fault(what)
}
