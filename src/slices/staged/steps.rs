//! Functions in steps, whose intermediate results stay in the first cache.

use super::{Area, PIECE, Spot, Spots};
use crate::slices::Pass;

impl Pass<'_, 4> {
    /// The steps of f(x + bias + residual) · factor: `sum` of the first three, `function` of that, and the `product` with
    /// the last. The pass is no longer than a piece.
    pub(crate) fn in_steps(
        self,
        spots: Spots<4>,
        sum: impl FnOnce(Pass<'_, 3>, Spots<3>),
        function: impl FnOnce(Pass<'_, 1>),
        product: impl FnOnce(Pass<'_, 2>, Spots<2>),
    ) {
        let Pass { from: [x, bias, residual, factor], to, len, life } = self;
        let [x_spot, bias_spot, residual_spot, factor_spot] = spots.each;
        debug_assert!(len <= PIECE);
        let len = len.min(PIECE);
        let mut area = Area::<PIECE>::EMPTY;
        let area: *mut f32 = area.0.as_mut_ptr().cast();
        // It is written before it is read.
        sum(Pass { from: [x, bias, residual], to: area, len, life }, [x_spot, bias_spot, residual_spot].into());
        function(Pass { from: [area], to: area, len, life });
        product(Pass { from: [area, factor], to, len, life }, [Spot::EACH, factor_spot].into());
    }
}

impl Pass<'_, 5> {
    /// The steps of a gradient that is computed from x, bias, residual, dy and factor: `sum` of the first three, what is
    /// `saved` of that, `product` of the last two, and `gradient` of the last two steps' results. The pass is no longer
    /// than a piece.
    pub(crate) fn with_saved(
        self,
        spots: Spots<5>,
        sum: impl FnOnce(Pass<'_, 3>, Spots<3>),
        saved: impl FnOnce(Pass<'_, 1>),
        product: impl FnOnce(Pass<'_, 2>, Spots<2>),
        gradient: impl FnOnce(Pass<'_, 2>),
    ) {
        let Pass { from: [x, bias, residual, dy, factor], to, len, life } = self;
        let [x_spot, bias_spot, residual_spot, dy_spot, factor_spot] = spots.each;
        debug_assert!(len <= PIECE);
        let len = len.min(PIECE);
        let (mut input, mut upstream) = (Area::<PIECE>::EMPTY, Area::<PIECE>::EMPTY);
        let (input, upstream): (*mut f32, *mut f32) = (input.0.as_mut_ptr().cast(), upstream.0.as_mut_ptr().cast());
        // Each area is written before it is read.
        sum(Pass { from: [x, bias, residual], to: input, len, life }, [x_spot, bias_spot, residual_spot].into());
        saved(Pass { from: [input], to: input, len, life });
        product(Pass { from: [dy, factor], to: upstream, len, life }, [dy_spot, factor_spot].into());
        gradient(Pass { from: [input, upstream], to, len, life });
    }
}
