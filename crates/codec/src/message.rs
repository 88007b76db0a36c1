//! A WebSocket message that carries orders: `{"id", "op", "args"}`, in any order.

use jiter::{Jiter, Peek};

use crate::row::Text;

enum Part {
    Id,
    Operation,
    Rows,
    Other,
}

fn part_of(key: &str) -> Part {
    match key {
        "id" => Part::Id,
        "op" => Part::Operation,
        "args" => Part::Rows,
        _ => Part::Other,
    }
}

/// The operation, the id, and from where to where the array of rows stands.
#[must_use]
pub fn parts(message: &[u8]) -> Option<(String, String, usize, usize)> {
    let mut reader = Jiter::new(message);
    let (mut operation, mut id, mut rows) = (None, None, None);
    let mut key = reader.next_object().ok()?.map(part_of);
    while let Some(part) = key {
        let peek = reader.peek().ok()?;
        let start = reader.current_index();
        match (part, peek) {
            (Part::Id, Peek::String) if id.is_none() => id = Some(plain(&mut reader)?),
            (Part::Operation, Peek::String) if operation.is_none() => operation = Some(plain(&mut reader)?),
            (Part::Rows, Peek::Array) if rows.is_none() => {
                reader.known_skip(peek).ok()?;
                rows = Some((start, reader.current_index()));
            }
            _ => return None,
        }
        key = reader.next_key().ok()?.map(part_of);
    }
    reader.finish().ok()?;
    let (start, end) = rows?;
    Some((operation?, id?, start, end))
}

fn plain(reader: &mut Jiter<'_>) -> Option<String> {
    let text = Text::plain(reader.known_str().ok()?)?;
    String::from_utf8(text.bytes().to_vec()).ok()
}
