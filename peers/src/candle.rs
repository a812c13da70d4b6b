//! candle-core, as its users call it: on tensors, each operation of which allocates its result.

use std::rc::Rc;

use candle_core::{Device, Result, Tensor};

use crate::cases::Case;
use crate::race::{Candidate, Inputs};

const NAME: &str = "candle-core 0.11";

type Compute = Rc<dyn Fn(&Tensor) -> Result<Tensor>>;

/// What it has of the functions; those that are in candle-nn are composed as there.
pub fn candidate(case: Case, inputs: Inputs<'_>) -> Result<Option<Candidate<'static>>> {
    let (how, compute): (&str, Compute) = match (&*case.function.name(), &*case.function.parameters()) {
        ("relu", []) => ("allocates", Rc::new(Tensor::relu)),
        ("leaky_relu", &[slope]) => ("allocates, composed", Rc::new(move |x| leaky_relu(x, slope.into()))),
        ("exp", []) => ("allocates", Rc::new(Tensor::exp)),
        ("tanh", []) => ("allocates", Rc::new(Tensor::tanh)),
        ("sigmoid", []) => ("allocates, composed", Rc::new(|x| (x.neg()?.exp()? + 1.0)?.recip())),
        ("silu", []) => ("allocates", Rc::new(Tensor::silu)),
        ("gelu", []) => ("allocates, gelu_erf", Rc::new(Tensor::gelu_erf)),
        ("gelu_tanh", []) => ("allocates, gelu", Rc::new(Tensor::gelu)),
        ("erf", []) => ("allocates", Rc::new(Tensor::erf)),
        ("elu", &[alpha]) => ("allocates", Rc::new(move |x| x.elu(alpha.into()))),
        ("relu6", []) => ("allocates, clamp", Rc::new(|x| x.clamp(0f32, 6f32))),
        ("relu_squared", []) => ("allocates, composed", Rc::new(|x| x.relu()?.sqr())),
        ("softmax", []) => ("allocates, composed", Rc::new(softmax)),
        ("maxout", []) => ("allocates", Rc::new(|x| x.max(1))),
        _ => return Ok(None),
    };
    let Case { outer, len, inner, .. } = case;
    // Axes of one element are no axes to its users, and may cost time.
    let shape = if inner == 1 { vec![outer, len] } else { vec![outer, len, inner] };
    let x = Tensor::from_slice(inputs.x, shape, &Device::Cpu)?;
    let (again, recompute) = (x.clone(), Rc::clone(&compute));
    let run = move || drop(std::hint::black_box(compute(&x).expect("shapes fit")));
    let value = move |y: &mut [f32]| {
        let values = recompute(&again).and_then(|result| result.flatten_all()?.to_vec1()).expect("shapes fit");
        y.copy_from_slice(&values);
    };
    Ok(Some(Candidate::allocating(NAME, how, run, value)))
}

fn leaky_relu(x: &Tensor, slope: f64) -> Result<Tensor> {
    let zeros = x.zeros_like()?;
    zeros.maximum(x)? + (x.minimum(&zeros)? * slope)?
}

fn softmax(x: &Tensor) -> Result<Tensor> {
    let max = x.max_keepdim(1)?;
    let numerator = x.broadcast_sub(&max)?.exp()?;
    let denominator = numerator.sum_keepdim(1)?;
    numerator.broadcast_div(&denominator)
}
