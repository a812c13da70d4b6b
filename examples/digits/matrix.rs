//! Row-major matrices and their product.

/// A row-major matrix.
#[derive(Clone)]
pub struct Matrix {
    rows: usize,
    cols: usize,
    /// Always `rows × cols` elements.
    data: Vec<f32>,
}

/// A matrix or its transpose, to be read.
#[derive(Clone, Copy)]
pub struct View<'a> {
    matrix: &'a Matrix,
    transposed: bool,
}

impl Matrix {
    pub fn zeros(rows: usize, cols: usize) -> Matrix {
        Matrix { rows, cols, data: vec![0.0; rows * cols] }
    }

    /// Rows of `cols` elements; what is left over at the end is dropped.
    pub fn from_elements(cols: usize, mut data: Vec<f32>) -> Matrix {
        let rows = data.len() / cols;
        data.truncate(rows * cols);
        Matrix { rows, cols, data }
    }

    /// Every row the same.
    pub fn of_equal_rows(rows: usize, row: &[f32]) -> Matrix {
        Matrix { rows, cols: row.len(), data: row.repeat(rows) }
    }

    /// The rows of these numbers, in this order.
    pub fn pick(&self, numbers: &[usize]) -> Matrix {
        let data = numbers.iter().flat_map(|&number| self.row(number)).copied().collect();
        Matrix { rows: numbers.len(), cols: self.cols, data }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn cols(&self) -> usize {
        self.cols
    }

    pub fn row(&self, number: usize) -> &[f32] {
        &self.data[number * self.cols..][..self.cols]
    }

    pub fn row_mut(&mut self, number: usize) -> &mut [f32] {
        &mut self.data[number * self.cols..][..self.cols]
    }

    pub fn iter_rows(&self) -> impl Iterator<Item = &[f32]> {
        (0..self.rows).map(|number| self.row(number))
    }

    /// All elements, row after row.
    pub fn elements(&self) -> &[f32] {
        &self.data
    }

    pub fn elements_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    pub fn view(&self) -> View<'_> {
        View { matrix: self, transposed: false }
    }

    /// The transpose.
    pub fn t(&self) -> View<'_> {
        View { matrix: self, transposed: true }
    }
}

impl View<'_> {
    /// Rows, columns, and the distances in memory between neighbouring rows and columns.
    fn layout(self) -> (usize, usize, isize, isize) {
        let Matrix { rows, cols, .. } = *self.matrix;
        let stride = cols as isize;
        if self.transposed { (cols, rows, 1, stride) } else { (rows, cols, stride, 1) }
    }
}

/// C ← A·B + C.
///
/// The same bits on every machine with fused multiply-add: the AVX2, AVX-512 and NEON kernels of `matrixmultiply` all
/// compute an element as chains of fused multiply-adds over the inner dimension, in order, a chain for every 256
/// steps, and add the chains to C one by one. Where a block ends or which way it lies does not show.
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply_add(a: View<'_>, b: View<'_>, c: &mut Matrix) {
    let (m, k, a_down, a_right) = a.layout();
    let (b_rows, n, b_down, b_right) = b.layout();
    assert_eq!(k, b_rows, "A is {m} × {k}, B is {b_rows} × {n}");
    assert_eq!((c.rows, c.cols), (m, n), "A·B and C have different shapes");
    let (a, b) = (a.matrix.data.as_ptr(), b.matrix.data.as_ptr());
    // SAFETY: a matrix has rows × cols elements, a view's strides reach no others, the shapes have just been found to
    // fit, and C is borrowed alone.
    #[allow(unsafe_code)]
    unsafe {
        let c_down = n as isize;
        let c = c.data.as_mut_ptr();
        matrixmultiply::sgemm(m, k, n, 1.0, a, a_down, a_right, b, b_down, b_right, 1.0, c, c_down, 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Random, Stream};

    fn random(rows: usize, cols: usize, random: &mut Random) -> Matrix {
        let mut matrix = Matrix::zeros(rows, cols);
        matrix.elements_mut().fill_with(|| random.signed());
        matrix
    }

    /// What the documentation of [`multiply_add`] promises, spelt out.
    fn chains(x: &Matrix, y: &Matrix, row: usize, col: usize, start: f32) -> f32 {
        let steps: Vec<usize> = (0..x.cols()).collect();
        steps
            .chunks(256)
            .fold(start, |c, steps| c + steps.iter().fold(0.0, |sum, &k| x.row(row)[k].mul_add(y.row(k)[col], sum)))
    }

    fn transpose(x: &Matrix) -> Matrix {
        let mut t = Matrix::zeros(x.cols(), x.rows());
        for row in 0..x.rows() {
            for col in 0..x.cols() {
                t.row_mut(col)[row] = x.row(row)[col];
            }
        }
        t
    }

    /// The products of a training step: the layer, its input's gradient, its weights' gradient.
    #[test]
    fn every_kernel_computes_the_same_chains() {
        let fused = if cfg!(target_arch = "x86_64") {
            simdact::Backend::Avx2.is_available()
        } else {
            cfg!(target_arch = "aarch64")
        };
        if !fused {
            return;
        }
        let mut numbers = Random::new(1, Stream::Weights);
        for (m, k, n) in [(32, 64, 64), (32, 64, 10), (29, 64, 128), (360, 64, 1), (5, 257, 3), (64, 1437, 64)] {
            let (a, b, c) = (random(m, k, &mut numbers), random(k, n, &mut numbers), random(m, n, &mut numbers));
            let (a_t, b_t) = (transpose(&a), transpose(&b));
            for (x, y) in [(a.view(), b.view()), (a_t.t(), b.view()), (a.view(), b_t.t())] {
                let mut product = c.clone();
                multiply_add(x, y, &mut product);
                for row in 0..m {
                    for col in 0..n {
                        let expected = chains(&a, &b, row, col, c.row(row)[col]);
                        let found = product.row(row)[col];
                        assert_eq!(found.to_bits(), expected.to_bits(), "{m} × {k} × {n} at ({row}, {col})");
                    }
                }
            }
        }
    }
}
