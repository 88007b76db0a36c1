//! What became of the rows, as the JSON that the client reads.

use std::collections::HashMap;

use bytemuck::try_from_bytes;
use commonbook_engine::record::{Amended, Canceled, EVENT_SIZE, EventHeader};
use commonbook_engine::words::EventKind;

use crate::orders::{Echo, Operation, Taken};

/// A refusal's code and its text, the text as it stands in JSON.
pub type Told = (String, String);

/// How each refusal of an operation is told, by its number.
pub type Refusals = HashMap<(Operation, u8), Told>;

/// What the events say of one row.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    refused: Option<u8>,
    canceled: Option<u64>,
    amended: Option<u64>,
}

impl Taken {
    /// The rows of the answer with brackets around them, and how many of them failed.
    ///
    /// `first` is the sequence of the first command, `events` all that its commands caused. None: a refusal that has
    /// no code, or events that are none of ours.
    #[must_use]
    pub fn answer(&self, first: u64, events: &[u8], now_ms: u64, refusals: &Refusals) -> Option<(Vec<u8>, usize)> {
        let mut outcomes = vec![Outcome::default(); self.echoes.len()];
        for event in events.chunks_exact(EVENT_SIZE) {
            look(event, first, &mut outcomes)?;
        }
        let mut json = Vec::with_capacity(self.echoes.len().saturating_mul(160));
        let mut failed: usize = 0;
        for (number, (echo, outcome)) in self.echoes.iter().zip(&outcomes).enumerate() {
            json.push(if number == 0 { b'[' } else { b',' });
            let told = match outcome.refused {
                None => None,
                Some(reason) => Some(refusals.get(&(self.operation, reason))?),
            };
            failed = failed.saturating_add(usize::from(told.is_some()));
            let sequence = first.checked_add(u64::try_from(number).ok()?)?;
            self.row(&mut json, echo, *outcome, sequence, told, now_ms)?;
        }
        json.push(b']');
        Some((json, failed))
    }

    fn row(
        &self,
        json: &mut Vec<u8>,
        echo: &Echo,
        outcome: Outcome,
        sequence: u64,
        told: Option<&Told>,
        now_ms: u64,
    ) -> Option<()> {
        json.extend_from_slice(b"{\"ordId\":\"");
        match self.operation {
            Operation::Place if told.is_none() => json.extend_from_slice(sequence.to_string().as_bytes()),
            Operation::Place => {}
            Operation::Cancel | Operation::Amend if told.is_none() && echo.order.is_empty() => {
                let named = if self.operation == Operation::Amend { outcome.amended } else { outcome.canceled };
                json.extend_from_slice(named?.to_string().as_bytes());
            }
            Operation::Cancel | Operation::Amend => json.extend_from_slice(echo.order.bytes()),
        }
        put(json, "clOrdId", echo.client_id.bytes());
        if self.operation == Operation::Place {
            put(json, "tag", echo.tag.bytes());
        }
        put(json, "ts", now_ms.to_string().as_bytes());
        let (number, text) = told.map_or(("0", ""), |(number, text)| (number.as_str(), text.as_str()));
        put(json, "sCode", number.as_bytes());
        put(json, "sMsg", text.as_bytes());
        if self.operation == Operation::Amend {
            put(json, "reqId", echo.request.bytes());
        }
        if self.operation != Operation::Cancel {
            put(json, "subCode", b"");
        }
        json.extend_from_slice(b"\"}");
        Some(())
    }
}

/// Close the value before, and begin the next.
fn put(json: &mut Vec<u8>, name: &str, value: &[u8]) {
    json.extend_from_slice(b"\",\"");
    json.extend_from_slice(name.as_bytes());
    json.extend_from_slice(b"\":\"");
    json.extend_from_slice(value);
}

fn look(event: &[u8], first: u64, outcomes: &mut [Outcome]) -> Option<()> {
    let header: EventHeader = bytemuck::try_pod_read_unaligned(event.get(..size_of::<EventHeader>())?).ok()?;
    let place = usize::try_from(header.sequence.checked_sub(first)?).ok()?;
    let outcome = outcomes.get_mut(place)?;
    match EventKind::read(header.kind)? {
        EventKind::Refused => outcome.refused = Some(header.reason),
        // Timers that came due have canceled orders of others before: a cancel's own event is the last.
        EventKind::Canceled => outcome.canceled = Some(read::<Canceled>(event)?.order),
        EventKind::Amended => outcome.amended = Some(read::<Amended>(event)?.order),
        _ => {}
    }
    Some(())
}

fn read<T: bytemuck::Pod>(event: &[u8]) -> Option<T> {
    try_from_bytes::<T>(event).ok().copied().or_else(|| bytemuck::try_pod_read_unaligned(event).ok())
}
