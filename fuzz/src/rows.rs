//! Data along an axis, row after row.

use simdact::Axis;

/// The rows of data `[outer, len, inner]`.
pub struct Rows {
    /// For each element, where it stands, row after row.
    order: Vec<usize>,
    len: usize,
}

impl Rows {
    /// For data that fits the axis.
    pub fn new(length: usize, axis: Axis) -> Rows {
        let Axis { len, inner } = axis;
        let blocks = if length == 0 { 0 } else { length / (len * inner) };
        let row = |block: usize, column| (0..len).map(move |i| (block * len + i) * inner + column);
        let rows = (0..blocks).flat_map(|block| (0..inner).flat_map(move |column| row(block, column)));
        Rows { order: rows.collect(), len }
    }

    /// The elements row after row.
    pub fn gather<T: Copy>(&self, data: &[T]) -> Vec<T> {
        self.order.iter().map(|&i| data[i]).collect()
    }

    /// Undoes [`gather`](Rows::gather).
    pub fn scatter<T: Copy>(&self, rows: &[T]) -> Vec<T> {
        let mut data = rows.to_vec();
        for (&i, &x) in self.order.iter().zip(rows) {
            data[i] = x;
        }
        data
    }

    /// Applies a function to each row.
    pub fn map<T: Copy, Y: Copy>(&self, data: &[T], row: impl Fn(&[T]) -> Vec<Y>) -> Vec<Y> {
        self.scatter(&self.gather(data).chunks(self.len).flat_map(row).collect::<Vec<_>>())
    }

    /// Applies a function that gives one result for each row.
    pub fn reduce<T: Copy, Y>(&self, data: &[T], row: impl Fn(&[T]) -> Y) -> Vec<Y> {
        self.gather(data).chunks(self.len).map(row).collect()
    }
}
