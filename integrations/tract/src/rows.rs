//! Where a model computes softmax.

use std::collections::HashSet;

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::array::MultiBroadcastTo;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::math::{Div, Exp, Ln, Max, Mul, Recip, Sub, SubF};
use tract_onnx::tract_core::ops::nn::{self, Reduce, Reducer, SoftmaxKind};

use crate::ops::Softmax;
use crate::read::number;

/// A softmax that ends at a node.
pub(crate) struct Found {
    /// Its input.
    pub x: OutletId,
    /// The nodes that compute it, the last one among them.
    pub nodes: HashSet<usize>,
    pub op: Softmax,
}

/// The softmax that ends at this node: tract's operator, eᶻ / Σ eᶻ, z − ln Σ eᶻ, or the logarithm of the former. In z,
/// the maximum may have been subtracted.
pub(crate) fn softmax(model: &TypedModel, last: usize) -> Option<Found> {
    let node = &model.nodes()[last];
    if model.outlet_fact(last.into()).ok()?.datum_type != f32::datum_type() {
        return None;
    }
    if let Some(nn::Softmax { axes, quant_output_dt: None, kind }) = node.op_as() {
        let op = Softmax::new(axes, *kind == SoftmaxKind::LogSoftmax)?;
        return Some(Found { x: node.inputs[0], nodes: HashSet::from([last]), op });
    }
    if let Some(input) = element_wise::<Ln>(node) {
        let Found { x, nodes, op } = softmax(model, input.node)?.with(last);
        return Some(Found { x, nodes, op: op.log()? });
    }
    let TypedBinOp(op, _) = node.op_as()?;
    let &[a, b] = &node.inputs[..] else { return None };
    if op.is::<Mul>() {
        quotient(model, a, b, true).or_else(|| quotient(model, b, a, true))
    } else if op.is::<Div>() {
        quotient(model, a, b, false)
    } else if op.is::<Sub>() {
        difference(model, a, b)
    } else if op.is::<SubF>() {
        difference(model, b, a)
    } else {
        None
    }
    .map(|found| found.with(last))
}

impl Found {
    fn with(mut self, node: usize) -> Found {
        self.nodes.insert(node);
        self
    }
}

/// eᶻ times 1 / Σ eᶻ, or divided by Σ eᶻ.
fn quotient(model: &TypedModel, exp: OutletId, sum: OutletId, reciprocal: bool) -> Option<Found> {
    let sum = Statistic::of::<Recip>(model, sum, Reducer::Sum)?;
    let z = element_wise::<Exp>(&model.nodes()[exp.node])?;
    if sum.of != exp || sum.mapped != reciprocal {
        return None;
    }
    let op = Softmax::new(&sum.axes, false)?;
    let mut nodes = sum.nodes;
    nodes.insert(exp.node);
    Some(shifted(model, z, &sum.axes, nodes, op))
}

/// z − ln Σ eᶻ
fn difference(model: &TypedModel, z: OutletId, ln: OutletId) -> Option<Found> {
    let sum = Statistic::of::<Ln>(model, ln, Reducer::Sum)?;
    if element_wise::<Exp>(&model.nodes()[sum.of.node])? != z || !sum.mapped {
        return None;
    }
    let op = Softmax::new(&sum.axes, true)?;
    let mut nodes = sum.nodes;
    nodes.insert(sum.of.node);
    Some(shifted(model, z, &sum.axes, nodes, op))
}

/// The softmax of z; of x where z is x less its maximum.
fn shifted(model: &TypedModel, z: OutletId, axes: &[usize], mut nodes: HashSet<usize>, op: Softmax) -> Found {
    match less_maximum(model, z, axes) {
        Some((x, shift)) => {
            nodes.extend(shift);
            Found { x, nodes, op }
        }
        None => Found { x: z, nodes, op },
    }
}

fn less_maximum(model: &TypedModel, z: OutletId, axes: &[usize]) -> Option<(OutletId, HashSet<usize>)> {
    let node = &model.nodes()[z.node];
    let TypedBinOp(op, _) = node.op_as()?;
    let (x, max) = match node.inputs[..] {
        [a, b] if op.is::<Sub>() => (a, b),
        [a, b] if op.is::<SubF>() => (b, a),
        _ => return None,
    };
    let max = Statistic::of::<Recip>(model, max, Reducer::Max)?;
    let mut nodes = max.nodes;
    nodes.insert(z.node);
    (max.of == x && max.axes[..] == *axes && !max.mapped).then_some((x, nodes))
}

/// A sum or maximum along axes, brought back to where each element meets that of its own row.
struct Statistic {
    of: OutletId,
    axes: TVec<usize>,
    /// Whether the function asked for was applied to it.
    mapped: bool,
    nodes: HashSet<usize>,
}

impl Statistic {
    fn of<Map: ElementWiseMiniOp>(model: &TypedModel, outlet: OutletId, reducer: Reducer) -> Option<Statistic> {
        let (mut at, mut mapped, mut nodes) = (outlet, false, HashSet::new());
        // What the last of the reshapes made: if that is the shape before the first, each element is where it was.
        let mut shape = None;
        loop {
            let node = &model.nodes()[at.node];
            nodes.insert(at.node);
            let &[input, ..] = &node.inputs[..] else { return None };
            if let Some(Reduce { axes, reducer: found }) = node.op_as() {
                let reduced = &model.outlet_fact(at).ok()?.shape;
                let fits = *found == reducer && shape.is_none_or(|shape| shape == reduced);
                return fits.then(|| Statistic { of: input, axes: axes.clone(), mapped, nodes });
            }
            let (before, after) = (&model.outlet_fact(input).ok()?.shape, &model.outlet_fact(at).ok()?.shape);
            at = match node.op_as::<AxisOp>() {
                Some(AxisOp::Move(..)) => return None,
                Some(_) => {
                    shape = shape.or(Some(after));
                    input
                }
                None if node.op_is::<MultiBroadcastTo>() => {
                    let outermost = shape.is_none() && before.rank() == after.rank();
                    (outermost || before == after).then_some(input)?
                }
                None if !mapped && element_wise::<Map>(node).is_some() => {
                    mapped = true;
                    input
                }
                None => not_below_minus_infinity(model, node)?,
            };
        }
    }
}

/// x, if this is max(x, −∞), as JAX writes it.
fn not_below_minus_infinity(model: &TypedModel, node: &TypedNode) -> Option<OutletId> {
    node.op_as().filter(|TypedBinOp(op, _)| op.is::<Max>())?;
    let is_bound = |&&outlet: &&OutletId| number(model, outlet) == Some(f64::NEG_INFINITY);
    node.inputs.iter().find(is_bound)?;
    node.inputs.iter().find(|outlet| !is_bound(outlet)).copied()
}

/// The input of the operator, if that is this function.
fn element_wise<Op: ElementWiseMiniOp>(node: &TypedNode) -> Option<OutletId> {
    let ElementWiseOp(op, _) = node.op_as()?;
    op.is::<Op>().then_some(*node.inputs.first()?)
}
