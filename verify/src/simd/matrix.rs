//! The matrix of a key, in the order in which it is read.

use super::Poly;
use crate::parameter_set::{MAX_COLUMNS, N};

/// As many values as a line of the caches has.
pub(super) const VALUES: usize = 16;

/// Lines of a polynomial.
const LINES: usize = N / VALUES;

/// Values of one polynomial that lie side by side.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Line(pub(super) [i32; VALUES]);

/// Of each row the first line of each column, then the second of each, and so on: a row is read from one
/// end to the other, which processors see and fetch what comes. The matrices of a thousand keys lie in
/// no near cache.
#[derive(Clone)]
pub(super) struct Matrix {
    lines: Box<[Line]>,
    columns: usize,
}

impl Matrix {
    /// All zeros.
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        debug_assert!(columns <= MAX_COLUMNS);
        Self {
            lines: vec![Line([0; VALUES]); rows * columns * LINES].into_boxed_slice(),
            columns,
        }
    }

    /// Puts a polynomial into its place.
    pub(super) fn put(&mut self, row: usize, column: usize, poly: &Poly) {
        let row = &mut self.lines[row * self.columns * LINES..][..self.columns * LINES];
        let places = row[column..].iter_mut().step_by(self.columns);
        for (line, values) in places.zip(poly.0.as_chunks().0) {
            line.0 = *values;
        }
    }

    /// The rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[Line]> {
        self.lines.chunks_exact(self.columns * LINES)
    }

    /// What is read first.
    pub(super) fn first_row(&self) -> &[Line] {
        &self.lines[..self.columns * LINES]
    }

    /// All of it.
    pub(super) fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The polynomial that was put there.
    #[cfg(test)]
    pub(super) fn entry(&self, row: usize, column: usize) -> Poly {
        let mut poly = Poly::ZERO;
        let row = &self.lines[row * self.columns * LINES..][..self.columns * LINES];
        for (i, values) in poly.0.as_chunks_mut().0.iter_mut().enumerate() {
            *values = row[i * self.columns + column].0;
        }
        poly
    }
}
