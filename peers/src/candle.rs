//! candle-core, as its users call it: on tensors, each operation of which allocates its result.

use candle_core::{Device, Result, Tensor};

use crate::SLOPE;
use crate::cases::{Case, Function};
use crate::race::{Candidate, Inputs};

const NAME: &str = "candle-core 0.11";

type Compute = fn(&Tensor) -> Result<Tensor>;

/// What it has of the functions; those that are in candle-nn are composed as there.
pub fn candidate(case: Case, inputs: Inputs<'_>) -> Result<Option<Candidate<'static>>> {
    let (how, compute): (&str, Compute) = match case.function {
        Function::Relu => ("allocates", Tensor::relu),
        Function::LeakyRelu => ("allocates, composed", leaky_relu),
        Function::Exp => ("allocates", Tensor::exp),
        Function::Tanh => ("allocates", Tensor::tanh),
        Function::Sigmoid => ("allocates, composed", |x| (x.neg()?.exp()? + 1.0)?.recip()),
        Function::Softmax => ("allocates, composed", softmax),
        Function::Maxout => ("allocates", |x| x.max(1)),
        _ => return Ok(None),
    };
    let Case { outer, len, inner, .. } = case;
    // Axes of one element are no axes to its users, and may cost time.
    let shape = if inner == 1 { vec![outer, len] } else { vec![outer, len, inner] };
    let x = Tensor::from_slice(inputs.x, shape, &Device::Cpu)?;
    let again = x.clone();
    let run = move || drop(std::hint::black_box(compute(&x).expect("shapes fit")));
    let value = move |y: &mut [f32]| {
        let values = compute(&again).and_then(|result| result.flatten_all()?.to_vec1()).expect("shapes fit");
        y.copy_from_slice(&values);
    };
    Ok(Some(Candidate::allocating(NAME, how, run, value)))
}

fn leaky_relu(x: &Tensor) -> Result<Tensor> {
    let zeros = x.zeros_like()?;
    zeros.maximum(x)? + (x.minimum(&zeros)? * f64::from(SLOPE))?
}

fn softmax(x: &Tensor) -> Result<Tensor> {
    let max = x.max_keepdim(1)?;
    let numerator = x.broadcast_sub(&max)?.exp()?;
    let denominator = numerator.sum_keepdim(1)?;
    numerator.broadcast_div(&denominator)
}
