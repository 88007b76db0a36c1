//! Bugs on purpose. A test build plants one and proves that the checks see it; in every other build `planted` is a
//! constant `false` and the compiler removes it.

/// The bugs that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// What is written counts as durable before it is synced.
    DurableBeforeSync,
    /// A bad place is cut even when valid frames follow.
    DamageIsCut,
    /// A frame's checksum is not compared.
    ChecksumNotCompared,
    /// A failed sync is passed over.
    FailedSyncIgnored,
    /// A frame's length is believed before so many bytes are seen.
    LengthBelieved,
}

#[cfg(not(feature = "trials"))]
#[must_use]
pub const fn planted(_bug: Bug) -> bool {
    false
}

#[cfg(feature = "trials")]
pub use build::{plant, planted};

#[cfg(feature = "trials")]
mod build {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::Bug;

    static CHOSEN: AtomicU8 = AtomicU8::new(0);

    /// Plant the bug with this number; 0 plants none.
    pub fn plant(number: u8) {
        CHOSEN.store(number, Ordering::SeqCst);
    }

    #[must_use]
    pub fn planted(bug: Bug) -> bool {
        let number = match bug {
            Bug::DurableBeforeSync => 1,
            Bug::DamageIsCut => 2,
            Bug::ChecksumNotCompared => 3,
            Bug::FailedSyncIgnored => 4,
            Bug::LengthBelieved => 5,
        };
        CHOSEN.load(Ordering::SeqCst) == number
    }
}
