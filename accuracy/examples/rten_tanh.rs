//! The tanh of rten-vecmath, measured: tanh(+0) is −0.
//!
//! `cargo run --release -p accuracy --example rten_tanh -- 997` measures every 997th float; without the number, all.

use accuracy::{Bound, Report, Sweep, UnknownFunction, oracle};
use rten_simd::SimdUnaryOp;

/// Every so manieth float.
pub fn measure(stride: u64) -> Result<Report, UnknownFunction> {
    let sweep = Sweep::of("rten_vecmath::Tanh", oracle("tanh")?).bound(Bound::ulp(2.5)).stride(stride);
    Ok(sweep.run(|x, y| {
        y.copy_from_slice(x);
        rten_vecmath::Tanh {}.map_mut(y);
    }))
}

fn main() -> Result<(), UnknownFunction> {
    let report = measure(std::env::args().nth(1).and_then(|stride| stride.parse().ok()).unwrap_or(1))?;
    println!("{report}\n{:#}", report.to_json());
    std::process::exit(report.exit_code());
}
