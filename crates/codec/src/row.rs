//! One row of a request: its fields as they stand there, or nothing when one of them is not plain.

use jiter::{Jiter, Peek};

/// The longest text that a plain field has.
const LONGEST: usize = 40;

/// A short text, kept where it is.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Text {
    pub const EMPTY: Self = Self { bytes: [0; LONGEST], length: 0 };

    /// Printable ASCII that needs no escape in JSON, as long as it is short.
    #[must_use]
    pub fn plain(value: &str) -> Option<Self> {
        let mut text = Self { bytes: [0; LONGEST], length: value.len() };
        text.bytes.get_mut(..value.len())?.copy_from_slice(value.as_bytes());
        value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\').then_some(text)
    }

    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Zero-filled, as records have names.
    #[must_use]
    pub fn padded<const SIZE: usize>(&self) -> Option<[u8; SIZE]> {
        let mut field = [0; SIZE];
        field.get_mut(..self.length)?.copy_from_slice(self.bytes());
        Some(field)
    }
}

/// The fields a plain row may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    Instrument,
    Mode,
    Side,
    Type,
    Price,
    Size,
    ClientId,
    Tag,
    SelfTrade,
    Order,
    NewPrice,
    NewSize,
    Request,
}

const FIELDS: [(&str, Field); 13] = [
    ("instId", Field::Instrument),
    ("tdMode", Field::Mode),
    ("side", Field::Side),
    ("ordType", Field::Type),
    ("px", Field::Price),
    ("sz", Field::Size),
    ("clOrdId", Field::ClientId),
    ("tag", Field::Tag),
    ("stpMode", Field::SelfTrade),
    ("ordId", Field::Order),
    ("newPx", Field::NewPrice),
    ("newSz", Field::NewSize),
    ("reqId", Field::Request),
];

#[derive(Clone, Copy, Debug)]
pub struct Row {
    fields: [Text; FIELDS.len()],
}

impl Row {
    /// A field's text; empty when the row has none.
    #[must_use]
    pub fn field(&self, wanted: Field) -> &Text {
        FIELDS
            .iter()
            .position(|(_, field)| *field == wanted)
            .and_then(|place| self.fields.get(place))
            .unwrap_or(&Text::EMPTY)
    }

    /// Whether no other fields than these say anything.
    #[must_use]
    pub fn has_only(&self, wanted: &[Field]) -> bool {
        FIELDS.iter().zip(&self.fields).all(|((_, field), text)| text.is_empty() || wanted.contains(field))
    }

    /// Read the object that the reader stands before.
    pub fn read(reader: &mut Jiter<'_>) -> Option<Self> {
        let mut row = Self { fields: [Text::EMPTY; FIELDS.len()] };
        let mut seen = [false; FIELDS.len()];
        let mut key = reader.next_object().ok()?.map(place_of);
        while let Some(place) = key {
            match place {
                Some(place) => {
                    let seen = seen.get_mut(place)?;
                    if std::mem::replace(seen, true) {
                        return None;
                    }
                    *row.fields.get_mut(place)? = value(reader)?;
                }
                None => nothing(reader)?,
            }
            key = reader.next_key().ok()?.map(place_of);
        }
        Some(row)
    }
}

fn place_of(key: &str) -> Option<usize> {
    FIELDS.iter().position(|(name, _)| *name == key)
}

fn value(reader: &mut Jiter<'_>) -> Option<Text> {
    match reader.peek().ok()? {
        Peek::String => Text::plain(reader.known_str().ok()?),
        Peek::Null => reader.known_null().ok().map(|()| Text::EMPTY),
        _ => None,
    }
}

/// A field that is not ours may stand there as long as it says nothing.
fn nothing(reader: &mut Jiter<'_>) -> Option<()> {
    match reader.peek().ok()? {
        Peek::String => reader.known_str().ok()?.is_empty().then_some(()),
        Peek::Null => reader.known_null().ok(),
        Peek::Array => reader.known_array().ok()?.is_none().then_some(()),
        _ => None,
    }
}
