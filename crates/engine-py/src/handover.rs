//! What a message between two cores costs: the measure of whether counter and books should each have one.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

const PLACES: usize = 256;
const WORDS: usize = 7; // with the turn a cache line, which is what a command is

/// One message, and which turn's it is.
#[derive(Default)]
#[repr(align(128))]
struct Place {
    turn: AtomicU64,
    words: [AtomicU64; WORDS],
}

/// From one writer to one reader. A reader answers every message, so that no writer comes round unread.
struct Lane(Vec<Place>);

impl Lane {
    fn new() -> Self {
        Self((0..PLACES).map(|_| Place::default()).collect())
    }

    fn at(&self, turn: u64) -> Option<&Place> {
        self.0.get(usize::try_from(turn).ok()? % PLACES)
    }

    fn send(&self, turn: u64, message: [u64; WORDS]) {
        let Some(place) = self.at(turn) else { return };
        for (word, value) in place.words.iter().zip(message) {
            word.store(value, Ordering::Relaxed);
        }
        place.turn.store(turn, Ordering::Release);
    }

    fn receive(&self, turn: u64) -> [u64; WORDS] {
        let Some(place) = self.at(turn) else { return [0; WORDS] };
        while place.turn.load(Ordering::Acquire) != turn {
            spin_loop();
        }
        std::array::from_fn(|index| place.words.get(index).map_or(0, |word| word.load(Ordering::Relaxed)))
    }
}

/// Send so many messages to a thread that answers each, with at most `ahead` unanswered.
///
/// Returns nanoseconds for one message and its answer.
#[pyfunction]
fn hand_over(py: Python<'_>, messages: u64, ahead: u64) -> PyResult<f64> {
    if messages == 0 || !(1..PLACES as u64).contains(&ahead) {
        return Err(PyValueError::new_err(format!("{messages} messages, {ahead} ahead: 1 to {} go ahead", PLACES - 1)));
    }
    py.detach(|| {
        let (there, back) = (Lane::new(), Lane::new());
        thread::scope(|scope| {
            scope.spawn(|| (1..=messages).for_each(|turn| back.send(turn, there.receive(turn))));
            let began = Instant::now();
            let mut wrong = 0_u64;
            for turn in 1..=messages.saturating_add(ahead) {
                if turn > ahead {
                    let answered = turn.saturating_sub(ahead);
                    wrong += u64::from(back.receive(answered) != [answered; WORDS]);
                }
                if turn <= messages {
                    there.send(turn, [turn; WORDS]);
                }
            }
            let nanoseconds = began.elapsed().as_nanos();
            if wrong > 0 {
                return Err(PyValueError::new_err(format!("{wrong} answers were wrong")));
            }
            Ok(nanoseconds as f64 / messages as f64)
        })
    })
}

pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(hand_over, module)?)
}
