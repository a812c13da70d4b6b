//! What functions share that are polynomials by intervals.

use super::exact;
use crate::lanes::Lanes;

/// t · scale, rounded to an integer in the low bits: the number of the interval, where it is not negative.
#[inline(always)]
pub(super) fn index<L: Lanes>(l: L, t: L::F32, scale: f32) -> L::U32 {
    l.to_bits(l.mul_add(t, l.splat(scale), l.splat(exact::WHOLE)))
}

/// The polynomial of t whose coefficients, lowest first, the tables have for the interval.
#[inline(always)]
pub(super) fn polynomial<L: Lanes, const COUNT: usize>(
    l: L,
    t: L::F32,
    i: L::U32,
    tables: [&[f32; 16]; COUNT],
) -> L::F32 {
    let Some((top, others)) = tables.split_last() else { return t };
    let mut g = l.table16(top, i);
    for table in others.iter().rev() {
        g = l.mul_add(t, g, l.table16(table, i));
    }
    g
}
