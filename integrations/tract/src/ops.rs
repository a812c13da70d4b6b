//! The operators that take the place of tract's.

use simdact::{Activation, Axis, Kernels};
use tract_onnx::tract_core::internal::*;

/// An activation, of `f32`, in place. Threads are those of tract's executor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Elementwise(pub Activation);

/// The parameters are not NaN.
impl Eq for Elementwise {}

impl ElementWiseMiniOp for Elementwise {
    fn name(&self) -> String {
        format!("simdact.{}", self.0)
    }

    fn eval_in_place(&self, tensor: &mut Tensor, _: Option<DatumType>) -> TractResult<()> {
        let mut plain = tensor.try_as_plain_ram_mut()?;
        let x = plain.as_slice_mut::<f32>()?;
        let (kernels, length) = (Kernels::default().serial(), x.len());
        multithread::par_chunks_mut(x, 1, length, |_, x| {
            kernels.apply_in_place(self.0, x);
            Ok(())
        })
    }
}

/// Softmax or its logarithm, of `f32`, in place, along axes that are neighbours. Threads are those of tract's executor.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Softmax {
    axes: TVec<usize>,
    log: bool,
}

impl Softmax {
    /// None unless the axes are neighbours: only then they are one axis for simdact.
    pub fn new(axes: &[usize], log: bool) -> Option<Softmax> {
        let mut axes: TVec<usize> = axes.into();
        axes.sort_unstable();
        let neighbours = axes.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        (neighbours && !axes.is_empty()).then_some(Softmax { axes, log })
    }

    pub fn log(self) -> Option<Softmax> {
        (!self.log).then_some(Softmax { log: true, ..self })
    }
}

impl Op for Softmax {
    fn name(&self) -> StaticName {
        if self.log { "simdact.log_softmax".into() } else { "simdact.softmax".into() }
    }

    fn info(&self) -> TractResult<Vec<String>> {
        Ok(vec![format!("axes: {:?}", self.axes)])
    }

    op_as_typed_op!();
}

impl EvalOp for Softmax {
    op_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let mut tensor = args_1!(inputs).into_tensor();
        let (first, last) = (self.axes[0], self.axes[self.axes.len() - 1]);
        let shape = tensor.shape();
        ensure!(last < shape.len(), "no axis {last} in a tensor of shape {shape:?}");
        let (len, inner) = (shape[first..=last].iter().product::<usize>(), shape[last + 1..].iter().product::<usize>());
        if tensor.len() > 0 {
            let mut plain = tensor.try_as_plain_ram_mut()?;
            let x = plain.as_slice_mut::<f32>()?;
            let (kernels, length) = (Kernels::default().serial(), x.len());
            let axis = Axis::new(len).inner(inner);
            multithread::par_chunks_mut(x, len * inner, length, |_, x| {
                if self.log {
                    kernels.log_softmax_in_place(x, axis)?
                } else {
                    kernels.softmax_in_place(x, axis)?
                }
                Ok(())
            })?;
        }
        Ok(tvec!(tensor.into_tvalue()))
    }
}

impl TypedOp for Softmax {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        ensure!(inputs[0].datum_type == f32::datum_type(), "simdact's softmax is for f32, not {inputs:?}");
        Ok(tvec!(f32::fact(inputs[0].shape.clone())))
    }

    fn axes_mapping(&self, inputs: &[&TypedFact], outputs: &[&TypedFact]) -> TractResult<AxesMapping> {
        AxesMapping::natural(inputs, outputs)
    }

    fn change_axes(
        &self,
        model: &TypedModel,
        node: &TypedNode,
        _: InOut,
        change: &AxisOp,
    ) -> TractResult<Option<AxisChangeConsequence>> {
        let axes: Option<TVec<usize>> = self.axes.iter().map(|axis| change.transform_axis(*axis)).collect();
        let changed = axes.and_then(|axes| Softmax::new(&axes, self.log));
        Ok(changed.map(|op| AxisChangeConsequence::new(model, node, Some(Box::new(op)), change)))
    }

    as_op!();
}
