//! What the functions of elements of 16 bits share that are polynomials by intervals. Their tables are made by
//! `tools/tables_narrow.py`.

use super::exact;
use crate::lanes::Lanes;

/// The polynomial of t with the coefficients, lowest first, of the interval that t · scale is rounded to the number of;
/// t · scale is not negative.
#[inline(always)]
pub(super) fn polynomial<L: Lanes, const COUNT: usize>(
    l: L,
    t: L::F32,
    scale: f32,
    tables: [&[f32; 16]; COUNT],
) -> L::F32 {
    let i = l.to_bits(l.mul_add(t, l.splat(scale), l.splat(exact::WHOLE)));
    let Some((top, others)) = tables.split_last() else { return t };
    let mut g = l.table16(top, i);
    for table in others.iter().rev() {
        g = l.mul_add(t, g, l.table16(table, i));
    }
    g
}
