//! Rows of one kind, each with a number that is used again when the row is free. Memory comes in chunks, so that growth
//! never moves what is there and never takes longer than one chunk.

use crate::fault::{Step, broken};

const CHUNK: usize = 1_024;

#[derive(Clone, Debug)]
pub struct Slab<T> {
    chunks: Vec<Vec<T>>,
    free: Vec<u32>,
    rows: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), free: Vec::new(), rows: 0 }
    }
}

impl<T: Copy> Slab<T> {
    /// Keep a row, in a free place when there is one. Returns its number.
    #[inline]
    pub fn put(&mut self, row: T) -> Step<u32> {
        if let Some(number) = self.free.pop() {
            *self.at_mut(number)? = row;
            return Ok(number);
        }
        self.push(row)
    }

    /// Keep a row behind all others. Returns its number.
    pub fn push(&mut self, row: T) -> Step<u32> {
        let number = self.rows;
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        self.chunks.last_mut().ok_or(broken("slab without chunks"))?.push(row);
        self.rows = self.rows.checked_add(1).ok_or(broken("slab is full"))?;
        Ok(number)
    }

    /// The row's number may be used again.
    #[inline]
    pub fn free(&mut self, number: u32) {
        self.free.push(number);
    }

    #[inline]
    pub fn at(&self, number: u32) -> Step<&T> {
        self.get(number).ok_or(broken("no such row"))
    }

    #[inline]
    pub fn at_mut(&mut self, number: u32) -> Step<&mut T> {
        let (chunk, place) = split(number);
        self.chunks.get_mut(chunk).and_then(|chunk| chunk.get_mut(place)).ok_or(broken("no such row"))
    }

    #[inline]
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&T> {
        let (chunk, place) = split(number);
        self.chunks.get(chunk)?.get(place)
    }

    /// All rows that ever were, by number; free ones with what they had last.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    #[must_use]
    pub const fn len(&self) -> u32 {
        self.rows
    }

    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

#[inline]
fn split(number: u32) -> (usize, usize) {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    (number / CHUNK, number % CHUNK)
}
