//! Activations by name: simdact's, PyTorch's and ONNX's.

use std::collections::HashSet;

use simdact::Activation;

fn parse(text: &str) -> Activation {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn message(text: &str) -> String {
    text.parse::<Activation>().expect_err("it is no activation").to_string()
}

#[test]
fn each_is_parsed_from_what_it_displays() {
    for &activation in Activation::ALL {
        assert_eq!(parse(&activation.to_string()), activation);
        assert_eq!(parse(activation.name()), activation, "the parameters are the default ones");
    }
    for slope in [0.2, -0.0, 1e-45, 1e30, f32::INFINITY] {
        let activation = Activation::LeakyRelu { slope };
        assert_eq!(parse(&activation.to_string()), activation);
    }
    assert!(matches!(parse("leaky_relu(NaN)"), Activation::LeakyRelu { slope } if slope.is_nan()));
}

#[test]
fn names_are_unique() {
    let names: Vec<_> = Activation::ALL.iter().map(Activation::name).collect();
    assert_eq!(names.len(), names.iter().collect::<HashSet<_>>().len(), "{names:?}");
}

#[test]
fn parameters_are_given_in_order_or_by_name() {
    let leaky = |slope| Activation::LeakyRelu { slope };
    for text in
        ["leaky_relu(0.2)", "LeakyReLU(negative_slope=0.2)", "LeakyRelu(alpha = 0.2)", " leaky_relu ( slope=.2 ) "]
    {
        assert_eq!(parse(text), leaky(0.2), "{text:?}");
    }
    assert_eq!(parse("LeakyReLU()"), leaky(0.01));
    assert_eq!(parse("PReLU"), leaky(0.25));
    assert_eq!(parse("prelu(0.1)"), leaky(0.1));
    assert_eq!(parse("relu()"), Activation::Relu);
}

#[test]
fn errors_tell_what_would_fit() {
    assert_eq!(message("tahn"), "no such activation; near it are tanh, Tanh");
    let all = message("fourier");
    assert!(all.starts_with("no such activation; there are relu, leaky_relu, exp, tanh, sigmoid"), "{all}");
    for (text, what) in [
        ("leaky_relu(0.2", "`)` is missing at the end"),
        ("leaky_relu(x)", "a parameter is not a number"),
        ("leaky_relu(0.2,)", "a parameter is not a number"),
        ("leaky_relu(beta=1)", "it has no such parameter"),
        ("leaky_relu(0.1, 0.2)", "it has no such parameter"),
    ] {
        assert_eq!(message(text), format!("{what}; with its default parameters it is leaky_relu(0.01)"), "{text:?}");
    }
    assert_eq!(message("tanh(1)"), "it has no such parameter; with its default parameters it is tanh");
    // Longer than all names, and empty.
    assert!(message(&"sigmoid".repeat(100)).starts_with("no such activation; there are"));
    assert!(message("").starts_with("no such activation; there are"));
}

#[cfg(feature = "serde")]
#[test]
fn serde_takes_names() {
    let text = serde_json::to_string(&Activation::LeakyRelu { slope: 0.5 }).expect("it can be written");
    assert_eq!(text, r#""leaky_relu(0.5)""#);
    assert_eq!(
        serde_json::from_str::<Activation>(&text).expect("it can be read"),
        Activation::LeakyRelu { slope: 0.5 }
    );
    let error = serde_json::from_str::<Activation>(r#""tahn""#).expect_err("there is none").to_string();
    assert!(error.starts_with("no such activation; near it are tanh"), "{error}");
}
