//! Which activation a function is.

use std::sync::LazyLock;

use simdact::Activation;

use crate::form::{Atom, Function, Sum, Term, near};

/// The activation that is this function of x, and the factor by which it is multiplied.
pub(crate) fn activation(form: &Sum) -> Option<(Activation, f64)> {
    static FIXED: LazyLock<Vec<(Activation, Sum)>> = LazyLock::new(fixed);
    // x, and numbers.
    if form.as_linear().is_some() {
        return None;
    }
    let same = FIXED.iter().find(|(_, known)| form.is_near(known)).map(|(activation, _)| *activation);
    if let Some(activation) = same.or_else(|| with_parameters(form)) {
        return Some((activation, 1.0));
    }
    FIXED.iter().find_map(|(activation, known)| {
        let factor = form.terms().first()?.factor / known.terms().first()?.factor;
        form.is_near(&known.clone().scaled(factor)).then_some((*activation, factor))
    })
}

/// Those without parameters, in all the ways to write them that are not the same multiplied out.
fn fixed() -> Vec<(Activation, Sum)> {
    use Function::{Abs, Erf, Exp, Ln, Recip, Sigmoid, Tanh};
    let x = Sum::x;
    let linear = |a: f64, b: f64| x().scaled(a).plus(Sum::number(b));
    let of_x = |function| x().call(function);
    let softplus = || Sum::number(1.0).plus(of_x(Exp)).call(Ln);
    let cube = |a: f64| x().power(3).map(|cube| cube.scaled(a));
    // √(2/π) (x + 0.044715 x³)
    let root = (2.0 / std::f64::consts::PI).sqrt();
    let inner = cube(0.044715 * root).map(|cube| cube.plus(x().scaled(root)));
    let half = |of: Sum| of.plus(Sum::number(1.0)).scaled(0.5);

    let forms = [
        (Activation::Relu, Some(x().clamp(0.0, f64::INFINITY))),
        (Activation::Relu, Some(select(0.0, false, x(), Sum::number(0.0)))),
        (Activation::Relu, Some(select(0.0, true, x(), Sum::number(0.0)))),
        (Activation::Relu6, Some(x().clamp(0.0, 6.0))),
        (Activation::ReluSquared, x().clamp(0.0, f64::INFINITY).power(2)),
        (Activation::Exp, Some(of_x(Exp))),
        (Activation::Tanh, Some(of_x(Tanh))),
        (Activation::Sigmoid, Some(of_x(Sigmoid))),
        (Activation::Sigmoid, Some(half(x().scaled(0.5).call(Tanh)))),
        (Activation::Silu, x().times(&of_x(Sigmoid))),
        (Activation::Silu, x().times(&half(x().scaled(0.5).call(Tanh)))),
        (Activation::QuickGelu, x().times(&x().scaled(1.702).call(Sigmoid))),
        (Activation::Erf, Some(of_x(Erf))),
        (Activation::Gelu, x().times(&half(x().scaled(0.5f64.sqrt()).call(Erf)))),
        (Activation::GeluTanh, inner.clone().and_then(|inner| x().times(&half(inner.call(Tanh))))),
        (Activation::GeluTanh, inner.and_then(|inner| x().times(&inner.scaled(2.0).call(Sigmoid)))),
        (Activation::LogSigmoid, Some(of_x(Sigmoid).call(Ln))),
        (Activation::Mish, x().times(&softplus().call(Tanh))),
        (Activation::Tanhshrink, Some(x().plus(of_x(Tanh).scaled(-1.0)))),
        (Activation::Softsign, x().times(&Sum::number(1.0).plus(of_x(Abs)).call(Recip))),
        (Activation::Hardsigmoid, Some(linear(1.0, 3.0).clamp(0.0, 6.0).scaled(1.0 / 6.0))),
        (Activation::Hardsigmoid, Some(linear(1.0 / 6.0, 0.5).clamp(0.0, 1.0))),
        (Activation::Hardswish, x().times(&linear(1.0, 3.0).clamp(0.0, 6.0).scaled(1.0 / 6.0))),
        (Activation::Hardswish, x().times(&linear(1.0 / 6.0, 0.5).clamp(0.0, 1.0))),
        (Activation::Selu, selu()),
    ];
    forms.into_iter().filter_map(|(activation, form)| Some((activation, form?))).collect()
}

/// λx where x > 0, else λα (eˣ − 1): its constants are those of ONNX and PyTorch.
fn selu() -> Option<Sum> {
    let (lambda, alpha) = (1.050_700_987_355_480_5, 1.673_263_242_354_377_3);
    Some(select(0.0, false, Sum::x(), elu(alpha, 1.0)).scaled(lambda))
}

/// α (e^(x / scale) − 1)
fn elu(alpha: f64, scale: f64) -> Sum {
    Sum::x().scaled(scale.recip()).call(Function::Exp).plus(Sum::number(-1.0)).scaled(alpha)
}

fn select(at: f64, ties: bool, above: Sum, below: Sum) -> Sum {
    Atom::Select { at, ties, above, below }.into()
}

/// Those with parameters, which are read off the form; then the form must be what they make it.
fn with_parameters(form: &Sum) -> Option<Activation> {
    let (activation, known) = match form.terms() {
        // ln(1 + e^(βx)) / β, x · σ(βx)
        [Term { product, factor }] => match &product[..] {
            [Atom::Call(Function::Ln, of)] => {
                let (beta, _) = of.one_plus_exp()?.as_linear()?;
                let known = Sum::number(1.0).plus(Sum::x().scaled(beta).call(Function::Exp)).call(Function::Ln);
                let softplus = Activation::Softplus { beta: beta as f32, threshold: f32::INFINITY };
                (beta > 0.0).then(|| (softplus, known.scaled(beta.recip())))?
            }
            [Atom::X, Atom::Call(Function::Sigmoid, of)] => {
                let (beta, _) = of.as_linear()?;
                let known = Sum::x().times(&Sum::x().scaled(beta).call(Function::Sigmoid))?;
                (Activation::Swish { beta: beta as f32 }, known)
            }
            [Atom::Clamp { low, high, of }] if *factor == 1.0 => clamp(*low, *high, of)?,
            [Atom::Select { at, ties, above, below }] if *factor == 1.0 => piecewise(*at, *ties, above, below)?,
            _ => return None,
        },
        // max(x, 0) + min(α (e^(x/α) − 1), 0)
        [_, _] => {
            let alpha = form.terms().iter().find_map(|term| match &term.product[..] {
                [Atom::Clamp { of, .. }] => of.terms().first().map(|one| -one.factor),
                _ => None,
            });
            let alpha = alpha.filter(|alpha| *alpha > 0.0)?;
            let known = Sum::x().clamp(0.0, f64::INFINITY).plus(elu(alpha, alpha).clamp(f64::NEG_INFINITY, 0.0));
            (Activation::Celu { alpha: alpha as f32 }, known)
        }
        _ => return None,
    };
    known.is_near(form).then_some(activation)
}

/// min(max(of, low), high)
fn clamp(low: f64, high: f64, of: &Sum) -> Option<(Activation, Sum)> {
    let (alpha, beta) = of.as_linear()?;
    let activation = if (alpha, beta) == (1.0, 0.0) && low <= high {
        Activation::Hardtanh { min: low as f32, max: high as f32 }
    } else if near(low, 0.0) && near(high, 1.0) && alpha != 0.0 {
        Activation::HardSigmoid { alpha: alpha as f32, beta: beta as f32 }
    } else {
        return None;
    };
    Some((activation, of.clone().clamp(low, high)))
}

/// Two or three pieces.
fn piecewise(at: f64, ties: bool, above: &Sum, below: &Sum) -> Option<(Activation, Sum)> {
    let x = Sum::x;
    let number = Sum::number;
    if above.as_linear() == Some((1.0, 0.0)) {
        // The parts meet at 0, so that ties do not matter.
        if at == 0.0
            && let Some((slope, 0.0)) = below.as_linear()
        {
            let known = select(at, ties, x(), x().scaled(slope));
            return Some((Activation::LeakyRelu { slope: slope as f32 }, known));
        }
        if at == 0.0 {
            let alpha = -below.terms().first()?.factor;
            return Some((Activation::Elu { alpha: alpha as f32 }, select(at, ties, x(), elu(alpha, 1.0))));
        }
        // x where x > α, else 0
        let known = select(at, false, x(), number(0.0));
        return Some((Activation::ThresholdedRelu { alpha: at as f32 }, known));
    }
    // x + bias where x < −λ, x − bias where x > λ, else 0; whichever is asked first.
    let (lambda, bias) = match (above.as_atom(), below.as_atom()) {
        (Some(Atom::Select { at: lambda, above, .. }), _) => (*lambda, -above.as_linear()?.1),
        (_, Some(Atom::Select { .. })) => (at, -above.as_linear()?.1),
        _ => return None,
    };
    let (up, down) = (x().plus(number(-bias)), x().plus(number(bias)));
    let known = if ties {
        select(-lambda, true, select(lambda, false, up, number(0.0)), down)
    } else {
        select(lambda, false, up, select(-lambda, true, number(0.0), down))
    };
    let lambda = lambda as f32;
    if bias == 0.0 && lambda >= 0.0 {
        Some((Activation::Hardshrink { lambda }, known))
    } else if near(bias, f64::from(lambda)) && lambda >= 0.0 {
        Some((Activation::Softshrink { lambda }, known))
    } else {
        None
    }
}
