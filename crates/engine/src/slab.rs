//! Rows of one kind, each with a number that is used again when the row is free. Memory comes in chunks, so that growth
//! never moves what is there and never takes longer than one chunk.

use crate::fault::{Step, broken};

const CHUNK: usize = 1_024;

/// A row that nothing is in yet; chunks are filled with it.
pub trait Blank: Copy {
    const BLANK: Self;
}

#[derive(Clone, Debug)]
pub struct Slab<T> {
    chunks: Vec<Box<[T; CHUNK]>>,
    free: Vec<u32>,
    rows: u32,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), free: Vec::new(), rows: 0 }
    }
}

impl<T: Blank> Slab<T> {
    /// Keep a row, in a free place when there is one. Returns its number.
    #[inline(always)]
    pub fn put(&mut self, row: T) -> Step<u32> {
        let number = match self.free.pop() {
            Some(number) => number,
            None => self.fresh()?,
        };
        *self.at_mut(number)? = row;
        Ok(number)
    }

    /// Keep a row behind all others. Returns its number.
    pub fn push(&mut self, row: T) -> Step<u32> {
        let number = self.fresh()?;
        *self.at_mut(number)? = row;
        Ok(number)
    }

    /// The number behind all others, and memory for it.
    #[inline(never)]
    fn fresh(&mut self) -> Step<u32> {
        let number = self.rows;
        let (chunk, _) = split(number);
        if chunk == self.chunks.len() {
            self.grow()?;
        }
        self.rows = number.checked_add(1).ok_or(broken(&"slab is full"))?;
        Ok(number)
    }

    #[cold]
    fn grow(&mut self) -> Step<()> {
        let chunk: Result<Box<[T; CHUNK]>, _> = vec![T::BLANK; CHUNK].into_boxed_slice().try_into();
        self.chunks.push(chunk.map_err(|_| broken(&"chunk of another size"))?);
        Ok(())
    }

    /// The row's number may be used again.
    #[inline]
    pub fn free(&mut self, number: u32) {
        self.free.push(number);
    }

    #[inline(always)]
    pub fn at(&self, number: u32) -> Step<&T> {
        self.get(number).ok_or(broken(&"no such row"))
    }

    #[inline(always)]
    pub fn at_mut(&mut self, number: u32) -> Step<&mut T> {
        let (chunk, place) = split(number);
        self.chunks.get_mut(chunk).and_then(|chunk| chunk.get_mut(place)).ok_or(broken(&"no such row"))
    }

    /// A row that is or was, or a blank one behind them.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&T> {
        let (chunk, place) = split(number);
        self.chunks.get(chunk)?.get(place)
    }

    /// All rows that ever were, by number; free ones with what they had last.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter()).zip(0..self.rows).map(|(row, _)| row)
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

#[inline(always)]
fn split(number: u32) -> (usize, usize) {
    let number = usize::try_from(number).unwrap_or(usize::MAX);
    (number / CHUNK, number % CHUNK)
}
