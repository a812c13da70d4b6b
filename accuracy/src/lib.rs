//! How far is a function of `f32` from the true value? Measured for all 4,294,967,296 inputs, against an oracle that is
//! exact where it matters.
//!
//! ```
//! use accuracy::{Bound, Sweep, oracle};
//!
//! # fn main() -> Result<(), accuracy::UnknownFunction> {
//! // Your kernel: any function over slices.
//! let plain = |x: &[f32], y: &mut [f32]| x.iter().zip(y).for_each(|(x, y)| *y = x.tanh());
//!
//! let sweep = Sweep::of("f32::tanh", oracle("tanh")?).bound(Bound::ulp(2.5)).symmetric();
//! let report = sweep.stride(100_003).run(plain); // without the stride: all there are, in a minute or two
//! println!("{report}");
//! println!("{}", report.to_json());
//! assert_eq!(report.exit_code(), 0, "what was promised is true");
//! # Ok(()) }
//! ```
//!
//! - The error is |y − f(x)| / ulp(f(x)), where the ULP of subnormals is 2⁻¹⁴⁹, and ∞ stands one step after the largest
//!   float.
//! - f(x) is evaluated in f64, with a stated bound of its error ([`Oracle`]). Where that does not decide how a result
//!   rounds, or which error is the largest, MPFR does (feature `mpfr`, on by default). So the largest error and the
//!   number of correctly rounded results are exact.
//! - Each comparison with MPFR also checks the stated error of the evaluation in f64.
//!
//! The program of this package measures the kernels of simdact: `cargo run --release -p accuracy`.
#![deny(unsafe_code)]

mod bound;
mod check;
mod exact;
mod fingerprints;
mod floats;
mod functions;
mod gradient;
mod inputs;
mod kernels;
mod oracle;
mod report;
mod rows;
mod sweep;
mod tally;

pub use bound::Bound;
pub use check::{Evaluation, check};
pub use exact::Exact;
#[cfg(feature = "mpfr")]
pub use exact::{PRECISION, exactly};
pub use fingerprints::{COARSE, Fingerprint, fingerprints};
pub use floats::{SMALLEST, distance, order, ulp, ulps};
pub use functions::{ExactTier, FUNCTIONS, Free, Function, Promise, UnknownFunction, function, oracle};
pub use gradient::{Gradient, Upstream};
pub use inputs::fingerprint;
pub use kernels::{KERNELS, Kernel, Tier};
pub use oracle::{Course, Oracle, ROUNDING, Symmetry, Truth};
pub use report::{Report, Subnormal};
pub use rows::{
    Class, Distribution, ROWS, RowFunction, RowReport, log_softmax, log_softmax_gradient, softmax, softmax_gradient,
    softmax1,
};
pub use sweep::Sweep;
pub use tally::{Found, Largest, Places};
