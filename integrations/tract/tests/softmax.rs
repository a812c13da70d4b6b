//! Softmax and its logarithm, in the ways that models write them.

mod onnx;

use onnx::{compare, model};

/// The sum of e^(x − max) along the last axis, `e`; and what follows.
const CHAIN: &str = "m = ReduceMax(x, #-1); z = Sub(x, m); e = Exp(z); s = ReduceSum(e, #-1)";

#[test]
fn every_form_is_found() {
    let chain = |rest: &str| format!("{CHAIN}; {rest}");
    for (text, name) in [
        ("y = Softmax(x)".to_string(), "softmax"),
        ("y = Softmax(x, axis=1)".to_string(), "softmax"),
        ("y = LogSoftmax(x)".to_string(), "log_softmax"),
        ("s = Softmax(x, axis=1); y = Log(s)".to_string(), "log_softmax"),
        (chain("y = Div(e, s)"), "softmax"),
        (chain("r = Reciprocal(s); y = Mul(r, e)"), "softmax"),
        (chain("d = Div(e, s); y = Log(d)"), "log_softmax"),
        (chain("l = Log(s); y = Sub(z, l)"), "log_softmax"),
        // Along another axis, and along two.
        ("m = ReduceMax(x, #1); z = Sub(x, m); e = Exp(z); s = ReduceSum(e, #1); y = Div(e, s)".to_string(), "softmax"),
        // Without a maximum.
        ("e = Exp(x); s = ReduceSum(e, #-1); y = Div(e, s)".to_string(), "softmax"),
        // As JAX writes it, by way of a shape without the axis.
        (
            "m = ReduceMax(x, #2, keepdims=0); n = Max(m, -inf); u = Unsqueeze(n, #2); z = Sub(x, u); e = Exp(z);
             s = ReduceSum(e, #2, keepdims=0); v = Unsqueeze(s, #2); y = Div(e, v)"
                .to_string(),
            "softmax",
        ),
        // With the maximum and the sum expanded.
        (
            "m = ReduceMax(x, #-1); h = Shape(x); f = Expand(m, h); z = Sub(x, f); e = Exp(z); s = ReduceSum(e, #-1);
             g = Expand(s, h); y = Div(e, g)"
                .to_string(),
            "softmax",
        ),
    ] {
        let compared = compare(model(&text, &["n", "3", "5"], &["y"]), &[4, 3, 5]);
        assert_eq!(compared.functions(), [name], "{text}: {}", compared.summary);
        assert_eq!(compared.after.nodes().len(), 2, "{text}: nothing else is left");
        assert!(compared.difference() <= 8.0, "{text}: {} units", compared.difference());
    }
}

#[test]
fn other_chains_are_no_softmax() {
    for text in [
        // The sum of something else, or along another axis than it is divided by.
        "e = Exp(x); q = Mul(e, e); s = ReduceSum(q, #-1); y = Div(e, s)",
        "e = Exp(x); s = ReduceMax(e, #-1); y = Div(e, s)",
        "e = Exp(x); s = ReduceSum(e, #2, keepdims=0); v = Unsqueeze(s, #1); y = Div(e, v)",
        "e = Exp(x); s = ReduceSum(e, #-1); y = Div(s, e)",
        "e = Exp(x); s = ReduceSum(e, #-1); y = Mul(e, s)",
        // Used elsewhere.
        "e = Exp(x); s = ReduceSum(e, #-1); d = Div(e, s); y = Add(d, e)",
    ] {
        let compared = compare(model(text, &["n", "5", "5"], &["y"]), &[2, 5, 5]);
        assert_eq!(compared.functions(), ["exp"], "{text}: {}", compared.summary);
        let relative = compared.tract[0].iter().zip(&compared.simdact[0]).all(|(a, b)| (a - b).abs() <= 1e-6 * b.abs());
        assert!(relative, "{text}");
    }
}

#[test]
fn the_axis_moves_with_the_model() {
    // tract moves the transpositions through the softmax, or not: the result is the same.
    let text = "t = Transpose(x, perm=[0, 2, 1]); s = Softmax(t, axis=1); y = Transpose(s, perm=[0, 2, 1])";
    let compared = compare(model(text, &["n", "3", "5"], &["y"]), &[4, 3, 5]);
    assert_eq!(compared.functions(), ["softmax"]);
    assert!(compared.difference() <= 8.0, "{} units", compared.difference());
    let rows = compared.simdact[0].chunks(5).map(|row| row.iter().sum::<f32>());
    assert!(rows.into_iter().all(|sum| (sum - 1.0).abs() < 1e-6), "the last axis of x");
}

#[test]
fn rows_of_any_length() {
    let model = model("y = Softmax(x)", &["n", "k"], &["y"]);
    for shape in [[1, 1], [3, 7], [2, 1000], [0, 4]] {
        let compared = compare(model.clone(), &shape);
        assert_eq!(compared.functions(), ["softmax"]);
        assert!(compared.difference() <= 8.0, "{shape:?}: {} units", compared.difference());
    }
}
