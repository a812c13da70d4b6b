//! Element-wise activations, in the ways that ONNX models write them.

mod onnx;

use onnx::{compare, model, typed};
use simdact::Activation;

/// A model, and the activation that it is.
const FORMS: &[(&str, &str)] = &[
    ("y = Relu(x)", "relu"),
    ("c = Greater(x, 0); y = Where(c, x, 0)", "relu"),
    ("y = Max(x, 0)", "relu"),
    ("y = Clip(x, 0, 6)", "relu6"),
    ("a = Min(x, 6); y = Max(0, a)", "relu6"),
    ("y = Clip(x, -1, 1)", "hardtanh(-1, 1)"),
    ("y = Clip(x, -2.5)", "hardtanh(-2.5, inf)"),
    ("y = LeakyRelu(x, alpha=0.2)", "leaky_relu(0.2)"),
    ("y = PRelu(x, 0.25)", "leaky_relu(0.25)"),
    ("c = GreaterOrEqual(x, 0); a = Mul(x, 0.1); y = Where(c, x, a)", "leaky_relu(0.1)"),
    ("r = Relu(x); y = Mul(r, r)", "relu_squared"),
    ("y = Exp(x)", "exp"),
    ("y = Tanh(x)", "tanh"),
    ("y = Sigmoid(x)", "sigmoid"),
    ("n = Neg(x); e = Exp(n); d = Add(1, e); y = Div(1, d)", "sigmoid"),
    ("n = Mul(x, -1.0); e = Exp(n); d = Add(e, 1); y = Reciprocal(d)", "sigmoid"),
    ("h = Mul(x, 0.5); t = Tanh(h); a = Add(t, 1); y = Mul(a, 0.5)", "sigmoid"),
    ("s = Sigmoid(x); y = Mul(x, s)", "silu"),
    ("n = Neg(x); e = Exp(n); d = Add(1, e); y = Div(x, d)", "silu"),
    ("b = Mul(x, 1.5); s = Sigmoid(b); y = Mul(s, x)", "swish(1.5)"),
    ("b = Mul(x, 1.702); s = Sigmoid(b); y = Mul(x, s)", "quick_gelu"),
    ("y = Erf(x)", "erf"),
    ("y = Gelu(x)", "gelu"),
    ("d = Div(x, 1.4142135); e = Erf(d); o = Add(e, 1); m = Mul(x, o); y = Mul(m, 0.5)", "gelu"),
    ("h = Mul(x, 0.5); d = Mul(x, 0.70710677); e = Erf(d); o = Add(1, e); y = Mul(o, h)", "gelu"),
    ("d = Mul(x, 0.70710677); e = Erf(d); o = Add(1, e); h = Mul(o, 0.5); y = Mul(h, x)", "gelu"),
    ("y = Gelu(x, approximate=tanh)", "gelu_tanh"),
    (
        "p = Pow(x, 3); c = Mul(p, 0.044715); a = Add(x, c); i = Mul(a, 0.7978846); t = Tanh(i); o = Add(t, 1);
         h = Mul(x, 0.5); y = Mul(h, o)",
        "gelu_tanh",
    ),
    (
        "c = Mul(0.044715, x); d = Mul(x, c); e = Mul(x, d); a = Add(x, e); i = Mul(0.797885, a); t = Tanh(i);
         o = Add(1, t); h = Mul(0.5, o); y = Mul(x, h)",
        "gelu_tanh",
    ),
    (
        "q = Mul(x, x); c = Mul(q, 0.044715); o = Add(c, 1); r = Mul(x, 0.7978846); i = Mul(r, o); t = Tanh(i);
         u = Add(t, 1); h = Mul(x, u); y = Mul(h, 0.5)",
        "gelu_tanh",
    ),
    ("y = Elu(x)", "elu(1)"),
    ("y = Elu(x, alpha=0.5)", "elu(0.5)"),
    ("y = Celu(x)", "celu(1)"),
    (
        "d = Div(x, 2.0); e = Exp(d); m = Sub(e, 1); s = Mul(m, 2.0); n = Min(s, 0); r = Relu(x); y = Add(r, n)",
        "celu(2)",
    ),
    ("y = Selu(x, alpha=1.6732632, gamma=1.050701)", "selu"),
    ("y = Softplus(x)", "softplus(1, inf)"),
    ("b = Mul(x, 2.0); s = Softplus(b); y = Div(s, 2.0)", "softplus(2, inf)"),
    ("s = Sigmoid(x); y = Log(s)", "log_sigmoid"),
    ("n = Neg(x); s = Softplus(n); y = Neg(s)", "log_sigmoid"),
    ("y = Mish(x)", "mish"),
    ("s = Softplus(x); t = Tanh(s); y = Mul(x, t)", "mish"),
    ("t = Tanh(x); y = Sub(x, t)", "tanhshrink"),
    ("y = HardSigmoid(x)", "hard_sigmoid(0.2, 0.5)"),
    ("y = HardSigmoid(x, alpha=0.16666667)", "hardsigmoid"),
    ("a = Add(x, 3); c = Clip(a, 0, 6); y = Div(c, 6)", "hardsigmoid"),
    ("y = HardSwish(x)", "hardswish"),
    ("a = Add(x, 3); c = Clip(a, 0, 6); m = Mul(x, c); y = Div(m, 6)", "hardswish"),
    ("s = HardSigmoid(x, alpha=0.1666667); y = Mul(x, s)", "hardswish"),
    ("y = Softsign(x)", "softsign"),
    ("y = Shrink(x, bias=0.5, lambd=0.5)", "softshrink(0.5)"),
    ("y = Shrink(x, lambd=1.5)", "hardshrink(1.5)"),
    ("y = ThresholdedRelu(x, alpha=0.75)", "thresholded_relu(0.75)"),
];

#[test]
fn every_form_is_found_and_has_the_bits_of_simdact() {
    let mut far = vec![];
    for (text, name) in FORMS {
        let compared = compare(model(text, &["n", "3", "5"], &["y"]), &[4, 3, 5]);
        assert_eq!(compared.functions(), [*name], "{text}: {}", compared.summary);
        let nodes = compared.after.nodes().len();
        assert_eq!(nodes, 2, "{text}: nothing else is left");

        let activation: Activation = name.parse().expect("simdact's name");
        let mut y = vec![0.0; compared.x.len()];
        activation.apply(&compared.x, &mut y).expect("as many");
        assert_eq!(compared.simdact, [y], "{text}");
        // As near as tract comes to the function: its chains lose some bits. Its sigmoid's error, which the instruction set
        // decides, is absolute: the logarithm of a small one makes much of that.
        let most = if text.contains("Log(") { 2048.0 } else { 8.0 };
        if compared.difference() > most {
            far.push(format!("{text}: {} units", compared.difference()));
        }
    }
    assert!(far.is_empty(), "{far:#?}");
}

/// Models that are no activation as a whole, and the activations in them.
const OTHERS: &[(&str, &[&str])] = &[
    ("y = Mul(x, x)", &[]),
    ("a = Mul(x, 2); y = Add(a, 1)", &[]),
    ("a = Abs(x); y = Sqrt(a)", &[]),
    // Of two values.
    ("t = Transpose(x, perm=[0, 2, 1]); s = Sigmoid(t); y = Mul(x, s)", &["sigmoid"]),
    // Nearly GELU.
    ("d = Mul(x, 0.7071); e = Erf(d); o = Add(1, e); h = Mul(o, 0.5); y = Mul(h, x)", &["erf"]),
    // With another factor, which tract merges with the one that belongs to the function.
    ("a = Add(x, 3); c = Clip(a, 0, 6); m = Mul(x, c); d = Div(m, 6); y = Mul(d, 1.25)", &["hardswish"]),
    (
        "p = Pow(x, 2); c = Mul(p, 0.044715); a = Add(x, c); i = Mul(a, 0.7978846); t = Tanh(i); o = Add(t, 1);
         h = Mul(x, 0.5); y = Mul(h, o)",
        &["tanh"],
    ),
    // A slope, or bounds, for each channel.
    ("y = PRelu(x, [5])", &[]),
    ("y = Max(x, [5])", &[]),
    // A constant that makes the result larger than x.
    ("s = Sum(x, [2, 5, 5]); t = Tanh(s); y = Mul(t, 0.5)", &["tanh"]),
    // tract leaves out the factor α of CELU.
    ("y = Celu(x, alpha=2.0)", &["exp", "hardtanh(-inf, 0)", "relu"]),
    // The default constants that tract has for SELU are rounded.
    ("y = Selu(x)", &["elu(1.67326)"]),
];

#[test]
fn nothing_else_is_replaced() {
    for (text, names) in OTHERS {
        let compared = compare(model(text, &["n", "5", "5"], &["y"]), &[2, 5, 5]);
        println!("{text}: {}", compared.summary);
        assert_eq!(compared.functions(), *names, "{text}");
        assert!(compared.difference() <= 8.0, "{text}: {} units", compared.difference());
    }
}

#[test]
fn other_types_stay() {
    // f16 and f64.
    for elements in [10, 11] {
        let mut model = typed("t = Tanh(x); y = Softmax(t)", elements, &["n", "5"], &["y"]);
        let before = model.clone();
        let summary = simdact_tract::rewrite(&mut model).expect("a model that works");
        assert!(summary.replaced.is_empty(), "{summary}");
        assert_eq!(model.nodes().len(), before.nodes().len());
    }
}

#[test]
fn what_is_used_elsewhere_stays() {
    // The sigmoid is an output as well, or has another user.
    for (text, outputs, names) in [
        ("s = Sigmoid(x); m = Mul(x, s); y = Neg(m)", &["y", "s"][..], &["sigmoid", "silu"][..]),
        ("s = Sigmoid(x); m = Mul(x, s); r = Sqrt(s); y = Add(m, r)", &["y"], &["sigmoid"]),
        (
            "e = Exp(x); a = Add(e, 1); l = Log(a); t = Tanh(l); m = Mul(x, t); y = Add(m, l)",
            &["y"],
            &["softplus(1, inf)", "tanh"],
        ),
        ("t = Tanh(x); e = Exp(t); y = Sub(x, t)", &["y", "e"], &["exp", "tanh"]),
    ] {
        let compared = compare(model(text, &["n", "3", "5"], outputs), &[4, 3, 5]);
        println!("{text}: {}", compared.summary);
        assert_eq!(compared.functions(), names, "{text}");
        assert!(compared.difference() <= 8.0, "{text}: {} units", compared.difference());
    }
}

#[test]
fn one_follows_another() {
    let text = "a = HardSwish(x); b = Gelu(a); s = Sigmoid(b); c = Mul(b, s); y = Elu(c)";
    let compared = compare(model(text, &["n", "3", "5"], &["y"]), &[4, 3, 5]);
    assert_eq!(compared.functions(), ["elu(1)", "gelu", "hardswish", "silu"]);
    assert!(compared.difference() <= 8.0, "{} units", compared.difference());
}

#[test]
fn what_tract_computes_while_it_stores_a_product_stays() {
    for (text, replaced, kept) in [
        ("c = Conv(x, [8, 3, 1, 1]); y = Relu(c)", &[][..], &["relu"][..]),
        ("c = Conv(x, [8, 3, 3, 3], [8]); y = Clip(c, 0, 6)", &[], &["relu6"]),
        ("c = Conv(x, [8, 3, 1, 1]); y = HardSwish(c)", &["hardswish"], &[]),
        ("c = Conv(x, [3, 1, 3, 3], group=3); y = Relu(c)", &["relu"], &[]),
        ("c = MatMul(x, [6, 8]); y = LeakyRelu(c, alpha=0.1)", &[], &["leaky_relu(0.1)"]),
    ] {
        let compared = compare(model(text, &["n", "3", "6", "6"], &["y"]), &[2, 3, 6, 6]);
        assert_eq!(compared.functions(), replaced, "{text}");
        let stay: Vec<&str> = compared.summary.kept.iter().map(|one| &one.by[..]).collect();
        assert_eq!(stay, kept, "{text}");
        assert!(compared.difference() <= 8.0, "{text}: {} units", compared.difference());
    }
}
