//! How far results are from the true values.

use crate::cases::Function;

/// So many inputs tell, and all larger cases begin with the same: their errors compare, and take no time.
pub const INPUTS: usize = 64 << 10;

/// The largest error of results `y` of inputs `x`, in ULP of the true value: over the first 64 Ki of them, against f64,
/// whose own error is next to nothing in f32. None where there is no single true value: gradients depend on what was
/// saved, whose error is not theirs, and what runs along an axis on the order of its sums.
pub fn ulps(function: Function, x: &[f32], y: &[f32]) -> Option<f64> {
    let Function::Map(function) = function else { return None };
    let errors = x.iter().zip(y).take(INPUTS).map(|(&x, &y)| {
        let error = accuracy::ulps(y, (function.oracle.value)(f64::from(x)));
        // As far off as can be, and not forgotten by `max`.
        if error.is_nan() { f64::INFINITY } else { error }
    });
    Some(errors.fold(0.0, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(name: &str) -> Function {
        Function::Map(accuracy::function(name).expect("it is in the table"))
    }

    #[test]
    fn the_largest_error_counts() {
        let next = |x: f32, floats: u32| f32::from_bits(x.to_bits() + floats);
        assert_eq!(ulps(map("relu"), &[0.75, -1.0, 3.0], &[0.75, 0.0, 3.0]), Some(0.0));
        assert_eq!(ulps(map("relu"), &[0.75, 1.5, 3.0], &[0.75, next(1.5, 5), next(3.0, 2)]), Some(5.0));
        assert_eq!(ulps(map("relu"), &[0.75, 1.5], &[f32::NAN, 1.5]), Some(f64::INFINITY));
        // Correctly rounded, and one float beside that.
        let e = std::f32::consts::E;
        assert!(ulps(map("exp"), &[1.0], &[e]).is_some_and(|error| error <= 0.5));
        assert!(ulps(map("exp"), &[1.0], &[next(e, 1)]).is_some_and(|error| (0.5..1.5).contains(&error)));
    }

    #[test]
    fn not_everything_has_one_true_value() {
        let gradient = Function::MapBackward(accuracy::function("tanh").expect("it is in the table"));
        for function in [gradient, Function::Softmax, Function::Maxout] {
            assert_eq!(ulps(function, &[1.0], &[1.0]), None);
        }
    }
}
