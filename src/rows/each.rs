//! A kernel, or work on one row, on all rows.

use crate::axis::Axis;
use crate::error::Error;
use crate::kernels::Kernels;
use crate::lanes::{Op, Registers};
use crate::parallel::{self, Cost};
use crate::slices::{CHUNK, RowKernel, RowWork, Rows, Staged, Tiles};

/// The work of running a kernel on rows.
struct Each<'a, const N: usize, K>(Rows<'a, N>, K);

impl<const N: usize, K: RowKernel<N>> Op for Each<'_, N, K> {
    type Output = ();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        self.0.each(lanes, self.1);
    }
}

/// The same, on a desk.
struct OnDesk<'a, const N: usize, K>(Rows<'a, N>, K);

impl<const N: usize, K: RowKernel<N>> Op for OnDesk<'_, N, K> {
    type Output = ();
    #[inline(always)]
    fn run<L: Registers>(self, lanes: L) {
        self.0.each_on_desk(lanes, self.1);
    }
}

impl Kernels {
    /// Does the work on all rows, one at a time.
    pub(super) fn each_row<const N: usize>(
        &self,
        work: &dyn RowWork<N>,
        rows: Staged<'_, N>,
        axis: Axis,
    ) -> Result<(), Error> {
        Tiles::new(rows, axis)?.each(self, work);
        Ok(())
    }

    /// The same by a kernel that is made for many short rows, where they lie as it wants them.
    pub(super) fn rows<const N: usize, K: RowKernel<N> + RowWork<N>>(
        &self,
        kernel: K,
        rows: Staged<'_, N>,
        axis: Axis,
    ) -> Result<(), Error> {
        let rows = if axis.len > CHUNK { Err(rows) } else { rows.direct() };
        match rows {
            Ok(pass) => {
                let rows = Rows::new(pass, axis)?;
                parallel::each(self.threads(), Cost::Arithmetic, rows, |part| {
                    if part.wants_desk() { self.run(OnDesk(part, kernel)) } else { self.run(Each(part, kernel)) }
                });
                Ok(())
            }
            Err(rows) => self.each_row(&kernel, rows, axis),
        }
    }
}
