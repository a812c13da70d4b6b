//! The plain 1 / (1 + e⁻ˣ), measured: e⁻ˣ overflows below −88.7, and the result is 0 where it should be subnormal.
//!
//! `cargo run --release -p accuracy --example plain_sigmoid -- 997` measures every 997th float; without the number, all.

use accuracy::{Bound, Report, Sweep, UnknownFunction, oracle};

/// Every so manieth float.
pub fn measure(stride: u64) -> Result<Report, UnknownFunction> {
    let sweep = Sweep::of("1 / (1 + exp(-x))", oracle("sigmoid")?).bound(Bound::ulp(4.0)).stride(stride);
    Ok(sweep.run(|x, y| x.iter().zip(y).for_each(|(x, y)| *y = 1.0 / (1.0 + (-x).exp()))))
}

fn main() -> Result<(), UnknownFunction> {
    let report = measure(std::env::args().nth(1).and_then(|stride| stride.parse().ok()).unwrap_or(1))?;
    println!("{report}\n{:#}", report.to_json());
    std::process::exit(report.exit_code());
}
