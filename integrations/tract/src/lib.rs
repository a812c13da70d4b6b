//! The activation functions and softmax of [tract](tract_onnx)'s models, computed by [simdact].
//!
//! ```
//! use tract_onnx::prelude::*;
//! use tract_onnx::tract_core::ops::{math, nn};
//! # fn main() -> TractResult<()> {
//! // x · sigmoid(x), of any number of rows; a model from a file is
//! // `tract_onnx::onnx().model_for_path("model.onnx")?.into_typed()?`.
//! let mut model = TypedModel::default();
//! let n = model.symbols.sym("n");
//! let x = model.add_source("x", f32::fact([TDim::from(n), 4.into()]))?;
//! let sigmoid = model.wire_node("sigmoid", nn::sigmoid(), &[x])?;
//! let y = model.wire_node("y", math::mul(), &[x, sigmoid[0]])?;
//! model.select_output_outlets(&y)?;
//!
//! let mut model = model.into_decluttered()?;
//! let summary = simdact_tract::rewrite(&mut model)?;
//! assert_eq!(summary.replaced[0].by, "silu");
//!
//! let x = tensor2(&[[-1.0f32, 0.0, 1.0, 2.0]]);
//! let y = model.into_optimized()?.into_runnable()?.run(tvec!(x.into()))?;
//! assert_eq!(*y[0], tensor2(&[[-0.26894143f32, 0.0, 0.7310586, 1.7615942]]));
//! # Ok(()) }
//! ```
#![deny(unsafe_code)]

mod form;
mod known;
mod ops;
mod read;
mod rows;
mod summary;

use std::collections::HashSet;

use simdact::Activation;
use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cnn::Conv;
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::math::{Add, Mul, Sub, mul};

pub use summary::{Replacement, Summary};

/// Replaces the activations and the softmax of a decluttered model by simdact's, and tells which.
///
/// - **Activations** of `f32`, all of [`Activation`] but `rrelu` and `snake`: as one operator or as any number of them,
///   such as x · sigmoid(x), or the tanh form of GELU. What these compute is multiplied out and compared with the
///   functions that simdact has, so that their order and where the factors stand do not matter. A constant that is within
///   2⁻²⁰ of the function's counts as it: 0.797885 for √(2/π). A factor in front of the function stays, as a product.
/// - **Softmax** and its logarithm, along axes that are neighbours: tract's operators, and those made of exp, sum and
///   quotient, with or without the maximum subtracted.
/// - Nodes whose values are used elsewhere as well, or are outputs, stay, and so does what they are part of.
/// - ReLU, LeakyReLU and their like stay where tract computes them while it stores the result of a matrix product or of
///   a convolution, since there they cost nothing: [`Summary::kept`].
///
/// The results are those of simdact, within its bounds of the true function; tract's differ from them by its own errors.
/// Where a chain gives NaN on the way, by ∞ · 0 or ∞ / ∞, the function's limit takes its place; and NaN gives NaN where
/// tract's `max` and `min` drop it. Shapes may have symbolic dimensions. Threads are those of tract's executor.
///
/// # Errors
/// Those of tract, of a model that is not consistent.
pub fn rewrite(model: &mut TypedModel) -> TractResult<Summary> {
    let mut summary = Summary::default();
    let mut nodes = model.eval_order()?;
    // The last ones first, so that a function is found before the functions that it is made of.
    nodes.reverse();
    let mut done: HashSet<usize> = HashSet::new();
    for node in nodes {
        if done.contains(&node) {
            continue;
        }
        let Some(found) = find(model, node) else { continue };
        let ops = found.nodes.iter().map(|node| model.nodes()[*node].op.name().into_owned()).collect();
        let replacement = Replacement::new(&model.nodes()[node].name, ops, found.op.name().into_owned());
        done.extend(&found.nodes);
        if found.in_epilogue {
            summary.kept.push(replacement);
            continue;
        }
        let mut patch = TypedModelPatch::default();
        let x = patch.tap_model(model, found.x)?;
        let name = &model.nodes()[node].name;
        let y = if found.factor == 1.0 {
            patch.wire_node(name, found.op, &[x])?[0]
        } else {
            let y = patch.wire_node(format!("{name}.function"), found.op, &[x])?[0];
            let rank = model.outlet_fact(found.x)?.rank();
            let factor = tensor0(found.factor as f32).broadcast_into_rank(rank)?;
            let factor = patch.add_const(format!("{name}.factor"), factor)?;
            patch.wire_node(name, mul(), &[y, factor])?[0]
        };
        patch.shunt_outside(model, node.into(), y)?;
        patch.apply(model)?;
        summary.replaced.push(replacement);
    }
    model.compact()?;
    Ok(summary)
}

struct Found {
    x: OutletId,
    nodes: HashSet<usize>,
    op: Box<dyn TypedOp>,
    /// By which the result is multiplied.
    factor: f64,
    in_epilogue: bool,
}

fn find(model: &TypedModel, last: usize) -> Option<Found> {
    if let Some(rows::Found { x, nodes, op }) = rows::softmax(model, last)
        && read::serve_only(model, &nodes, last)
    {
        return Some(Found { x, nodes, op: Box::new(op), factor: 1.0, in_epilogue: false });
    }
    let functions = read::functions(model, last).into_iter();
    let known = functions.filter_map(|found| Some((known::activation(&found.form)?, found)));
    let ((activation, factor), read::Found { x, nodes, .. }) = known.max_by_key(|(_, found)| found.nodes.len())?;
    let in_epilogue = is_cheap(activation) && has_epilogue(model, x);
    let op = Box::new(ElementWiseOp(Box::new(ops::Elementwise(activation)), None));
    Some(Found { x, nodes, op, factor, in_epilogue })
}

/// Whether tract can compute it while it stores a matrix product.
fn is_cheap(activation: Activation) -> bool {
    use Activation::{HardSigmoid, Hardsigmoid, Hardtanh, LeakyRelu, Relu, Relu6};
    matches!(activation, Relu | Relu6 | Hardtanh { .. } | LeakyRelu { .. } | Hardsigmoid | HardSigmoid { .. })
}

/// Whether this is a matrix product, perhaps with a bias and a scale, that is used once.
fn has_epilogue(model: &TypedModel, mut x: OutletId) -> bool {
    loop {
        let node = &model.nodes()[x.node];
        if node.outputs.len() != 1 || node.outputs[0].successors.len() != 1 {
            return false;
        }
        if let Some(conv) = node.op_as::<Conv>() {
            return conv.group == 1;
        }
        if node.op_is::<EinSum>() {
            return true;
        }
        let is_linear = |TypedBinOp(op, _): &&TypedBinOp| op.is::<Add>() || op.is::<Sub>() || op.is::<Mul>();
        if node.op_as().filter(is_linear).is_none() {
            return false;
        }
        let is_constant = |outlet: &OutletId| model.outlet_fact(*outlet).is_ok_and(|fact| fact.konst.is_some());
        match &node.inputs[..] {
            [a, b] if is_constant(b) => x = *a,
            [a, b] if is_constant(a) => x = *b,
            _ => return false,
        }
    }
}
