//! The largest error of a kernel in each part of the input range, from a sample.

use accuracy::{Kernel, ulps};
use rayon::prelude::*;
use simdact::Kernels;

/// Parts of each sign.
const PARTS: usize = 90;

/// How far up a positive number stands, from 0 for the smallest to 1 for the largest: by its exponent, with more room
/// around 1, where functions do what they are there for.
fn height(exponent: f64) -> f64 {
    let stretched = |exponent: f64| ((exponent - 1.0) / 4.0).asinh();
    (stretched(exponent) - stretched(-150.0)) / (stretched(128.0) - stretched(-150.0))
}

/// Where a number stands on the axis, from −1 to 1.
pub fn place(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { height(x.abs().log2()).copysign(x) }
}

/// The first bits of each part of the positive floats, and what follows the last float.
fn limits() -> Vec<u32> {
    let first = |part: usize| {
        let bits = 0..f32::INFINITY.to_bits();
        // The smallest float that stands so high.
        let (mut low, mut high) = (bits.start, bits.end);
        while low < high {
            let middle = low + (high - low) / 2;
            let at = place(f64::from(f32::from_bits(middle)));
            (low, high) = if at < part as f64 / PARTS as f64 { (middle + 1, high) } else { (low, middle) };
        }
        low
    };
    (0..PARTS).map(first).chain([f32::INFINITY.to_bits()]).collect()
}

/// The largest error in ULP of each part, in the order of the inputs: where the part is, and the error. `samples` floats
/// of each part are tried, or all there are.
pub fn profile(kernel: &Kernel, kernels: &Kernels, samples: u32) -> Vec<(f64, f64)> {
    let limits = limits();
    let worst = |part: usize, sign: f32| {
        let (start, end) = (limits[part], limits[part + 1]);
        // An odd distance misses no pattern of the last bits.
        let stride = ((end - start) / samples.max(1)) | 1;
        let x: Vec<f32> = (start..end).step_by(stride as usize).map(|bits| sign * f32::from_bits(bits)).collect();
        let mut y = vec![0.0; x.len()];
        kernel.apply(kernels, &x, &mut y);
        let errors = x.iter().zip(&y).map(|(&x, &y)| ulps(y, (kernel.oracle.value)(f64::from(x))));
        errors.fold(0.0, f64::max)
    };
    let both = (0..PARTS).rev().map(|part| (part, -1.0)).chain((0..PARTS).map(|part| (part, 1.0)));
    let both: Vec<(usize, f32)> = both.collect();
    let middle = |part: usize| (part as f64 + 0.5) / PARTS as f64;
    both.into_par_iter().map(|(part, sign)| (f64::from(sign) * middle(part), worst(part, sign))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use accuracy::{KERNELS, Tier};

    #[test]
    fn the_axis_rises_and_has_all_floats() {
        let numbers = [f32::MIN, -1.0, -1e-30, 0.0, 1e-45, 1e-30, 0.1, 1.0, 10.0, f32::MAX];
        let places = numbers.map(|x| place(f64::from(x)));
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
        assert!(places[0] >= -1.0 && places[9] <= 1.0);
        let limits = limits();
        assert_eq!((limits[0], limits[PARTS]), (0, f32::INFINITY.to_bits()));
        assert!(limits.windows(2).all(|pair| pair[0] < pair[1]), "{limits:?}");
    }

    #[test]
    fn errors_are_found_and_are_within_bounds() {
        let kernels = Kernels::default();
        for kernel in KERNELS.iter().filter(|kernel| kernel.function.name == "tanh" && kernel.tier != Tier::Fast) {
            let profile = profile(kernel, &kernels, 200);
            let largest = profile.iter().map(|&(_, error)| error).fold(0.0, f64::max);
            assert!(largest > 0.4 && kernel.bound_on(kernels.backend()).allows(largest), "{kernel}: {largest}");
            assert!(profile.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
        // The fast tier is further off than an ULP, and that would be seen.
        let fast = KERNELS.iter().find(|kernel| kernel.tier == Tier::Fast).expect("exp has one");
        assert!(profile(fast, &kernels, 200).iter().any(|&(_, error)| error > 1.0));
    }
}
