//! The order of floats, and their units in the last place.

/// The place of `x` among all bit patterns in ascending order: NaN, −∞, … −0, +0, … ∞, NaN.
pub fn order(x: f32) -> u32 {
    if x.is_sign_negative() { !x.to_bits() } else { x.to_bits() ^ (1 << 31) }
}

/// The exponent of the unit in the last place of a float near `value`, subnormals included: −149 … 104.
fn exponent(value: f64) -> i32 {
    let biased = (value.to_bits() >> 52 & 0x7ff) as i32;
    (biased - 1023).clamp(-126, 127) - 23
}

/// The unit in the last place of a float near `value`.
pub fn ulp(value: f64) -> f64 {
    power(exponent(value))
}

/// The same, inverted.
#[inline(always)]
pub(crate) fn per_ulp(value: f64) -> f64 {
    power(-exponent(value))
}

/// 2 to the power of `exponent`, which is that of a normal number.
#[inline(always)]
pub(crate) const fn power(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// The smallest subnormal.
pub const SMALLEST: f64 = f32::from_bits(1) as f64;

/// What follows the largest float: the place of ∞ on the scale of errors, so that an overflow to it costs what one
/// more step would.
pub(crate) const BEYOND: f64 = (1u128 << 127) as f64 * 2.0;

/// A value with ±∞, and all that is beyond the floats, brought to where they stand on the scale of errors.
#[inline(always)]
pub(crate) fn finite(value: f64) -> f64 {
    value.clamp(-BEYOND, BEYOND)
}

/// How many ULP of the true value `found` is from it.
pub fn ulps(found: f32, truth: f64) -> f64 {
    let truth = finite(truth);
    (finite(f64::from(found)) - truth).abs() * per_ulp(truth)
}

/// How far `found` is from the true value; infinite where one of them is NaN and the other is not.
pub fn distance(found: f32, truth: f64) -> f64 {
    match (found.is_nan(), truth.is_nan()) {
        (true, true) => 0.0,
        (false, false) => (finite(f64::from(found)) - finite(truth)).abs(),
        _ => f64::INFINITY,
    }
}

/// A well-mixed function of `word`: SplitMix64, S. Vigna's public-domain generator.
pub(crate) fn mixed(word: u64) -> u64 {
    let z = word.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_measured() {
        let next = |x: f32, floats: i32| f32::from_bits(x.to_bits().wrapping_add_signed(floats));
        assert_eq!(ulps(next(0.75, 1), 0.75), 1.0);
        assert_eq!(ulps(next(0.75, -3), 0.75), 3.0);
        // Below a power of two the floats are twice as dense.
        assert_eq!(ulps(next(1.0, -1), 1.0), 0.5);
        assert_eq!(ulps(f32::from_bits(3), 0.0), 3.0);
        assert_eq!(ulps(f32::from_bits(2), 2.5 * f64::from(f32::from_bits(1))), 0.5);
        // ∞ stands one step after the largest float.
        assert_eq!(ulps(f32::INFINITY, f64::from(f32::MAX)), 1.0);
        assert_eq!(ulps(f32::MAX, f64::INFINITY), 1.0);
        assert_eq!(ulps(f32::INFINITY, 1e300), 0.0);
        assert!(ulps(f32::INFINITY, 1.0) > 1e38);
    }

    #[test]
    fn floats_are_in_order() {
        let ascending = [f32::NEG_INFINITY, -1.0, -f32::MIN_POSITIVE, -0.0, 0.0, 1e-40, 1.0, f32::INFINITY, f32::NAN];
        assert!(ascending.windows(2).all(|pair| order(pair[0]) < order(pair[1])));
        assert_eq!(order(-0.0) + 1, order(0.0));
    }
}
