//! Rows of a request as command records.

use std::collections::HashMap;

use bytemuck::Zeroable;
use commonbook_engine::record::{COMMAND_SIZE, Cancel, Order, as_bytes};
use commonbook_engine::words::CommandKind;
use jiter::{Jiter, Peek};

use crate::decimal::Step;
use crate::row::{Field, Row, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    Place,
    Cancel,
    Amend,
}

#[derive(Clone, Copy, Debug)]
pub struct Instrument {
    pub id: u32,
    pub tick: Step,
    pub lot: Step,
}

/// Whose orders they are, as the proof of the request has shown.
#[derive(Clone, Copy, Debug)]
pub struct Sender {
    pub account: u64,
    pub channel: u8,
    pub credential: u64,
}

type Names = HashMap<String, u8>;

/// The names and figures that a body is read with.
#[derive(Debug, Default)]
pub struct Reader {
    pub sides: Names,
    /// Without market orders: their worst price is read from the book.
    pub order_types: Names,
    /// "" is what an order does that says nothing.
    pub self_trades: Names,
    pub instruments: HashMap<String, Instrument>,
    pub client_id_longest: usize,
    pub tag_longest: usize,
    pub rows_most: usize,
}

/// What the client sent and gets back.
#[derive(Clone, Copy, Debug)]
pub struct Echo {
    pub order: Text,
    pub client_id: Text,
    pub tag: Text,
    pub request: Text,
}

/// A body that has been taken.
#[derive(Debug)]
pub struct Taken {
    pub operation: Operation,
    pub echoes: Vec<Echo>,
    pub instruments: Vec<u32>,
    /// The tags that occur, each once.
    pub tags: Vec<Text>,
    orders: Vec<(Order, usize)>,
    cancels: Vec<Cancel>,
}

/// Who an order with a tag is attributed to.
#[derive(Clone, Copy, Debug)]
pub struct Attributed {
    pub broker: u32,
    pub attribution: u8,
}

impl Reader {
    /// Take a whole body: an object for one row, else an array of them. None: it is for the long way.
    #[must_use]
    pub fn read(&self, operation: Operation, body: &[u8], is_single: bool, sender: Sender) -> Option<Taken> {
        let mut reader = Jiter::new(body);
        let mut taken = Taken {
            operation,
            echoes: Vec::new(),
            instruments: Vec::new(),
            tags: Vec::new(),
            orders: Vec::new(),
            cancels: Vec::new(),
        };
        if is_single {
            self.take(&Row::read(&mut reader)?, sender, &mut taken)?;
        } else {
            let mut next = reader.next_array().ok()?;
            while let Some(Peek::Object) = next {
                self.take(&Row::read(&mut reader)?, sender, &mut taken)?;
                next = reader.array_step().ok()?;
            }
            if next.is_some() {
                return None;
            }
        }
        reader.finish().ok()?;
        (1..=self.rows_most).contains(&taken.echoes.len()).then_some(taken)
    }

    fn take(&self, row: &Row, sender: Sender, taken: &mut Taken) -> Option<()> {
        let instrument = self.instruments.get(std::str::from_utf8(row.field(Field::Instrument).bytes()).ok()?)?;
        let client_id = row.field(Field::ClientId);
        let bytes = client_id.bytes();
        if bytes.len() > self.client_id_longest || !bytes.iter().all(u8::is_ascii_alphanumeric) {
            return None;
        }
        match taken.operation {
            Operation::Place => {
                let order = self.order(row, instrument, sender)?;
                let tag = row.field(Field::Tag);
                taken.orders.push((order, place_of(tag, &mut taken.tags)));
            }
            Operation::Cancel => taken.cancels.push(cancel(row, instrument, sender)?),
            Operation::Amend => taken.cancels.push(amendment(row, instrument, sender)?),
        }
        taken.instruments.push(instrument.id);
        taken.echoes.push(Echo {
            order: *row.field(Field::Order),
            client_id: *client_id,
            tag: *row.field(Field::Tag),
            request: *row.field(Field::Request),
        });
        Some(())
    }

    fn order(&self, row: &Row, instrument: &Instrument, sender: Sender) -> Option<Order> {
        let known = [
            Field::Instrument,
            Field::Mode,
            Field::Side,
            Field::Type,
            Field::Price,
            Field::Size,
            Field::ClientId,
            Field::Tag,
            Field::SelfTrade,
        ];
        let tag = row.field(Field::Tag);
        if !row.has_only(&known) || row.field(Field::Mode).bytes() != b"cash" || tag.bytes().len() > self.tag_longest {
            return None;
        }
        let mut order = Order::zeroed();
        order.kind = CommandKind::Order.number();
        order.account = sender.account;
        order.channel = sender.channel;
        order.credential = sender.credential;
        order.instrument = instrument.id;
        order.side = named(&self.sides, row.field(Field::Side))?;
        order.order_type = named(&self.order_types, row.field(Field::Type))?;
        order.self_trade = named(&self.self_trades, row.field(Field::SelfTrade))?;
        order.price_ticks = instrument.tick.count(row.field(Field::Price).bytes())?;
        order.quantity_lots = instrument.lot.count(row.field(Field::Size).bytes())?;
        order.client_id = row.field(Field::ClientId).padded()?;
        order.tag = tag.padded()?;
        Some(order)
    }
}

impl Taken {
    /// The command records, for the answers of `tags` one by one.
    #[must_use]
    pub fn records(&self, attributed: &[Attributed]) -> Option<Vec<u8>> {
        if self.operation != Operation::Place {
            return Some(as_bytes(&self.cancels).to_vec());
        }
        let mut records = Vec::with_capacity(self.orders.len().saturating_mul(COMMAND_SIZE));
        for (order, tag) in &self.orders {
            let to = attributed.get(*tag)?;
            let order = Order { broker: to.broker, attribution: to.attribution, ..*order };
            records.extend_from_slice(bytemuck::bytes_of(&order));
        }
        Some(records)
    }
}

fn named(names: &Names, text: &Text) -> Option<u8> {
    names.get(std::str::from_utf8(text.bytes()).ok()?).copied()
}

fn place_of(tag: &Text, tags: &mut Vec<Text>) -> usize {
    tags.iter().position(|known| known.bytes() == tag.bytes()).unwrap_or_else(|| {
        tags.push(*tag);
        tags.len().saturating_sub(1)
    })
}

/// Which order: by id, else by client id.
fn names_of(row: &Row, instrument: &Instrument, sender: Sender, kind: CommandKind) -> Option<Cancel> {
    let order = row.field(Field::Order);
    let client_id = row.field(Field::ClientId);
    let mut cancel = Cancel::zeroed();
    cancel.kind = kind.number();
    cancel.account = sender.account;
    cancel.credential = sender.credential;
    cancel.instrument = instrument.id;
    if order.is_empty() {
        if client_id.is_empty() {
            return None;
        }
        cancel.client_id = client_id.padded()?;
    } else {
        let digits = order.bytes();
        if digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let id: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        cancel.order = u64::try_from(id).ok().filter(|id| *id > 0)?;
    }
    Some(cancel)
}

fn cancel(row: &Row, instrument: &Instrument, sender: Sender) -> Option<Cancel> {
    let known = [Field::Instrument, Field::Order, Field::ClientId];
    row.has_only(&known).then(|| names_of(row, instrument, sender, CommandKind::Cancel))?
}

fn amendment(row: &Row, instrument: &Instrument, sender: Sender) -> Option<Cancel> {
    let known = [Field::Instrument, Field::Order, Field::ClientId, Field::NewPrice, Field::NewSize, Field::Request];
    if !row.has_only(&known) {
        return None;
    }
    let mut amend = names_of(row, instrument, sender, CommandKind::Amend)?;
    let (price, size) = (row.field(Field::NewPrice), row.field(Field::NewSize));
    if price.is_empty() && size.is_empty() {
        return None;
    }
    if !price.is_empty() {
        amend.price_ticks = instrument.tick.count(price.bytes())?;
    }
    if !size.is_empty() {
        amend.quantity_lots = instrument.lot.count(size.bytes())?;
    }
    Some(amend)
}
