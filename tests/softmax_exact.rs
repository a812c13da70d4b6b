//! Softmax in the exact tier: the same bits on all backends, `Portable` too, and what makes it exact where the faithful
//! tier is not.

mod common;

use common::{Data, Random, kernels, same, scale};
use simdact::{Accuracy, Axis, Backend, Error, Kernels};

type Function = fn(&Kernels, &[f32], Axis, &mut [f32]) -> Result<(), Error>;
const FUNCTIONS: [Function; 3] = [Kernels::softmax, Kernels::softmin, Kernels::softmax1];

fn exact(backend: Backend) -> Kernels {
    kernels(backend).accuracy(Accuracy::Exact)
}

fn of(function: Function, kernels: &Kernels, x: &[f32]) -> Vec<f32> {
    let mut y = vec![9.0; x.len()];
    function(kernels, x, Axis::rows(x.len()), &mut y).expect("all fits");
    y
}

#[test]
fn all_backends_have_the_same_bits() {
    let mut random = Random(1);
    for n in (1..70).chain([255, 1000, 8191, 8192, 8193, 20_000, 300_000 / scale()]) {
        for data in Data::ALL {
            let x = data.values(n, &mut random);
            for function in FUNCTIONS {
                let scalar = of(function, &exact(Backend::Scalar), &x);
                for backend in Backend::available() {
                    let y = of(function, &exact(backend), &x);
                    assert!(y.iter().zip(&scalar).all(|(a, b)| same(*a, *b)), "{backend}, {n} × {data:?}");
                }
            }
        }
    }
}

/// Far below the maximum, x − max in f32 is off by many ULP of the result.
#[test]
fn differences_are_exact() {
    let x = [0.1, -80.05];
    let truth = (f64::from(x[1]) - f64::from(x[0])).exp();
    for backend in Backend::available() {
        assert_eq!(of(Kernels::softmax, &exact(backend), &x)[1], truth as f32, "{backend}");
        assert_ne!(of(Kernels::softmax, &kernels(backend), &x)[1], truth as f32, "{backend}: else this shows nothing");
    }
}

#[test]
fn edges() {
    const INF: f32 = f32::INFINITY;
    for backend in Backend::available() {
        let kernels = exact(backend);
        for undefined in [vec![-INF; 40], vec![INF, 0.0], vec![f32::NAN, 0.0], vec![0.0, INF, -INF]] {
            let y = of(Kernels::softmax, &kernels, &undefined);
            assert!(y.iter().all(|y| y.is_nan()), "{backend}: {undefined:?} gives {y:?}");
        }
        assert_eq!(of(Kernels::softmax, &kernels, &[0.0, -INF, 0.0]), [0.5, 0.0, 0.5], "{backend}");
        assert_eq!(of(Kernels::softmax, &kernels, &[f32::MAX, f32::MIN, 1e30]), [1.0, 0.0, 0.0], "{backend}");
        assert_eq!(of(Kernels::softmax, &kernels, &[7.0]), [1.0], "{backend}");
        assert_eq!(of(Kernels::softmin, &kernels, &[INF, 0.0, 0.0]), [0.0, 0.5, 0.5], "{backend}");
        assert_eq!(of(Kernels::softmax1, &kernels, &[-INF; 5]), [0.0; 5], "{backend}");
        assert_eq!(of(Kernels::softmax1, &kernels, &[0.0; 3]), [0.25; 3], "{backend}");
        // e^−103.5 is nearest to the smallest subnormal, and e^−104 to 0.
        assert_eq!(of(Kernels::softmax, &kernels, &[0.0, -103.5, -104.0]), [1.0, f32::from_bits(1), 0.0], "{backend}");
    }
}
