//! Do the examples find what they say?

#[path = "../examples/plain_sigmoid.rs"]
#[allow(dead_code, reason = "its main")]
mod plain_sigmoid;
#[path = "../examples/rten_tanh.rs"]
#[allow(dead_code, reason = "its main")]
mod rten_tanh;

const STRIDE: u64 = 997;

#[test]
fn rten_gives_minus_0_for_0() {
    let report = rten_tanh::measure(STRIDE).expect("there is tanh");
    assert_eq!(report.zero_signs.count, 1, "{report}");
    let found = report.zero_signs.first.expect("there is one");
    assert_eq!((found.x.to_bits(), found.y.to_bits()), (0, 1 << 31), "{report}");
    assert_eq!(report.broken, ["the signs of zeros"]);
    assert_eq!(report.exit_code(), 1);
    let json = report.to_json();
    assert_eq!(json["zero_signs"]["first"]["y"], "0x80000000 (-0e0)");
}

#[test]
fn the_plain_sigmoid_flushes_below_88_7() {
    let report = plain_sigmoid::measure(STRIDE).expect("there is sigmoid");
    let (first, last) = report.flushed.first.zip(report.flushed.last).expect("it flushes");
    // Where half the smallest subnormal is, and where e⁻ˣ overflows.
    assert!(first.x > -103.98 && first.x < -103.9, "{report}");
    assert!(last.x > -88.8 && last.x < -88.7, "{report}");
    assert_eq!(report.broken, ["the bound in ULP"]);
}
