//! What the nodes of a model compute, element by element, as a function of one of their values.

use std::collections::{HashMap, HashSet};

use tract_onnx::tract_core::internal::*;
use tract_onnx::tract_core::ops::binary::{BinMiniOp, TypedBinOp};
use tract_onnx::tract_core::ops::element_wise::ElementWiseOp;
use tract_onnx::tract_core::ops::logic::{CompGT, CompGTE, CompLT, CompLTE, Iff};
use tract_onnx::tract_core::ops::math::{self, Add, Div, Max, Min, Mul, Pow, PowConst, Sub, SubF};
use tract_onnx::tract_core::ops::nn;

use crate::form::{Atom, Function, Sum};

/// How many nodes may compute a function: more than any that is looked for needs.
const MOST: usize = 24;

/// A function that ends at a node.
pub(crate) struct Found {
    /// Its input.
    pub x: OutletId,
    /// The nodes that compute it, the last one among them.
    pub nodes: HashSet<usize>,
    pub form: Sum,
}

/// All functions of one value that end at this node, with a known form and the shape of their input, whose nodes serve
/// nothing else.
pub(crate) fn functions(model: &TypedModel, last: usize) -> Vec<Found> {
    let (mut inputs, mut seen, mut nodes) = (vec![], HashSet::from([last]), vec![last]);
    let mut next = 0;
    while let Some(&node) = nodes.get(next) {
        next += 1;
        for &input in &model.nodes()[node].inputs {
            if number(model, input).is_some() {
                continue;
            }
            if !inputs.contains(&input) {
                inputs.push(input);
            }
            if nodes.len() < MOST && is_element_wise(&model.nodes()[input.node]) && seen.insert(input.node) {
                nodes.push(input.node);
            }
        }
    }
    inputs.into_iter().filter_map(|x| function(model, &seen, last, x)).collect()
}

fn is_element_wise(node: &TypedNode) -> bool {
    node.op_is::<TypedBinOp>() || node.op_is::<ElementWiseOp>() || node.op_is::<Iff>()
}

/// The function of x that these nodes compute at the last one.
fn function(model: &TypedModel, among: &HashSet<usize>, last: usize, x: OutletId) -> Option<Found> {
    let outlet = OutletId::from(last);
    let (from, to) = (model.outlet_fact(x).ok()?, model.outlet_fact(outlet).ok()?);
    let f32 = f32::datum_type();
    if from.datum_type != f32 || to.datum_type != f32 || from.shape != to.shape {
        return None;
    }
    let mut reader = Reader { model, among, x, read: HashMap::new() };
    let form = reader.sum(outlet)?;
    let nodes: HashSet<usize> = reader.read.keys().map(|outlet| outlet.node).collect();
    serve_only(model, &nodes, last).then_some(Found { x, nodes, form })
}

/// Whether these nodes serve nothing but the last of them.
pub(crate) fn serve_only(model: &TypedModel, nodes: &HashSet<usize>, last: usize) -> bool {
    nodes.iter().filter(|node| **node != last).all(|&node| {
        let mut users = model.nodes()[node].outputs.iter().flat_map(|output| &output.successors);
        users.all(|user| nodes.contains(&user.node)) && model.outputs.iter().all(|output| output.node != node)
    })
}

/// The one number of which a value consists.
pub(crate) fn number(model: &TypedModel, outlet: OutletId) -> Option<f64> {
    let fact = model.outlet_fact(outlet).ok()?;
    let value = fact.uniform.as_ref().filter(|value| value.datum_type() == f32::datum_type())?;
    let value = value.cast_to_scalar::<f32>().ok()?;
    (!value.is_nan()).then_some(f64::from(value))
}

struct Reader<'m> {
    model: &'m TypedModel,
    among: &'m HashSet<usize>,
    x: OutletId,
    read: HashMap<OutletId, Option<Sum>>,
}

impl Reader<'_> {
    /// The function of x that this value is, if it is one.
    fn sum(&mut self, outlet: OutletId) -> Option<Sum> {
        if outlet == self.x {
            return Some(Sum::x());
        }
        if let Some(number) = number(self.model, outlet) {
            return number.is_finite().then(|| Sum::number(number));
        }
        if let Some(known) = self.read.get(&outlet) {
            return known.clone();
        }
        let sum = self.node(outlet);
        self.read.insert(outlet, sum.clone());
        sum
    }

    fn node(&mut self, outlet: OutletId) -> Option<Sum> {
        let node = &self.model.nodes()[outlet.node];
        let fact = self.model.outlet_fact(outlet).ok()?;
        if !self.among.contains(&outlet.node) || node.outputs.len() != 1 || fact.datum_type != f32::datum_type() {
            return None;
        }
        if let Some(TypedBinOp(op, _)) = node.op_as() {
            let &[a, b] = &node.inputs[..] else { return None };
            return self.binary(op.as_ref(), a, b);
        }
        if let Some(ElementWiseOp(op, _)) = node.op_as() {
            let of = self.sum(*node.inputs.first()?)?;
            return unary(op.as_ref(), of);
        }
        if node.op_is::<Iff>() {
            let &[condition, yes, no] = &node.inputs[..] else { return None };
            let (at, ties, is_above) = self.condition(condition)?;
            let (yes, no) = (self.sum(yes)?, self.sum(no)?);
            let (above, below) = if is_above { (yes, no) } else { (no, yes) };
            return Some(Atom::Select { at, ties, above, below }.into());
        }
        None
    }

    fn binary(&mut self, op: &dyn BinMiniOp, a: OutletId, b: OutletId) -> Option<Sum> {
        if op.is::<Max>() || op.is::<Min>() {
            let (bound, of) = match (number(self.model, a), number(self.model, b)) {
                (Some(bound), None) => (bound, b),
                (None, Some(bound)) => (bound, a),
                _ => return None,
            };
            let of = self.sum(of)?;
            let (low, high) = if op.is::<Max>() { (bound, f64::INFINITY) } else { (f64::NEG_INFINITY, bound) };
            return Some(of.clamp(low, high));
        }
        let (a, b) = (self.sum(a)?, self.sum(b)?);
        if op.is::<Add>() {
            Some(a.plus(b))
        } else if op.is::<Sub>() {
            Some(a.plus(b.scaled(-1.0)))
        } else if op.is::<SubF>() {
            Some(b.plus(a.scaled(-1.0)))
        } else if op.is::<Mul>() {
            a.times(&b)
        } else if op.is::<Div>() {
            a.times(&b.call(Function::Recip))
        } else if op.is::<Pow>() {
            power(&a, b.as_number()?)
        } else {
            None
        }
    }

    /// Where x lies if this is true: the bound, whether x = bound belongs to what is above it, and whether it is above.
    fn condition(&mut self, outlet: OutletId) -> Option<(f64, bool, bool)> {
        let node = &self.model.nodes()[outlet.node];
        let TypedBinOp(op, _) = node.op_as()?;
        let &[a, b] = &node.inputs[..] else { return None };
        let (at, x_is_left) = match (number(self.model, a), number(self.model, b)) {
            (None, Some(at)) if a == self.x => (at, true),
            (Some(at), None) if b == self.x => (at, false),
            _ => return None,
        };
        // Whether the larger side is the left one, and whether equality is enough.
        let (left, or_equal) = if op.is::<CompGT>() {
            (true, false)
        } else if op.is::<CompGTE>() {
            (true, true)
        } else if op.is::<CompLT>() {
            (false, false)
        } else if op.is::<CompLTE>() {
            (false, true)
        } else {
            return None;
        };
        self.read.insert(outlet, None);
        let is_above = left == x_is_left;
        Some((at, or_equal == is_above, is_above))
    }
}

fn unary(op: &dyn ElementWiseMiniOp, of: Sum) -> Option<Sum> {
    let half = |of: Sum| of.plus(Sum::number(1.0)).scaled(0.5);
    let called = [
        (op.is::<math::Abs>(), Function::Abs),
        (op.is::<math::Erf>(), Function::Erf),
        (op.is::<math::Exp>(), Function::Exp),
        (op.is::<math::Ln>(), Function::Ln),
        (op.is::<math::Recip>(), Function::Recip),
        (op.is::<nn::Sigmoid>(), Function::Sigmoid),
        (op.is::<math::Tanh>(), Function::Tanh),
    ];
    if let Some((_, function)) = called.into_iter().find(|(is, _)| *is) {
        Some(of.call(function))
    } else if op.is::<math::Neg>() {
        Some(of.scaled(-1.0))
    } else if op.is::<math::Square>() {
        of.power(2)
    } else if let Some(PowConst { exponent }) = op.downcast_ref() {
        power(&of, f64::from(*exponent))
    } else if op.is::<nn::Silu>() {
        of.times(&of.clone().call(Function::Sigmoid))
    } else if op.is::<nn::GeluExact>() {
        of.times(&half(of.clone().scaled(0.5f64.sqrt()).call(Function::Erf)))
    } else if let Some(nn::GeluApproximate { fast_impl: false }) = op.downcast_ref() {
        let root = (2.0 / std::f64::consts::PI).sqrt();
        let inner = of.clone().plus(of.power(3)?.scaled(0.044715)).scaled(root);
        of.times(&half(inner.call(Function::Tanh)))
    } else if op.is::<nn::HardSwish>() {
        of.times(&of.clone().plus(Sum::number(3.0)).clamp(0.0, 6.0).scaled(1.0 / 6.0))
    } else if let Some(nn::LeakyRelu { alpha }) = op.downcast_ref() {
        let is_x = of == Sum::x();
        let below = of.clone().scaled(f64::from(*alpha));
        is_x.then(|| Atom::Select { at: 0.0, ties: false, above: of, below }.into())
    } else {
        None
    }
}

/// `of` to a small whole power.
fn power(of: &Sum, exponent: f64) -> Option<Sum> {
    let whole = (1..=4).find(|whole| f64::from(*whole) == exponent)?;
    of.power(whole as usize)
}
