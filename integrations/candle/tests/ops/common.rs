//! Tensors of many shapes and layouts, and how near two tensors are.

use candle_core::{DType, Device, Result, Shape, Tensor, Var};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A view of a tensor: the first is contiguous, of that shape.
pub struct Case {
    pub name: &'static str,
    dims: &'static [usize],
    view: fn(&Tensor) -> Result<Tensor>,
    /// No two elements of the view are one in memory.
    pub distinct: bool,
}

const fn case(name: &'static str, dims: &'static [usize], view: fn(&Tensor) -> Result<Tensor>) -> Case {
    Case { name, dims, view, distinct: true }
}

/// 0 to 4 axes; side by side, rows with gaps, transposed, repeated, and nothing at all.
pub const CASES: [Case; 22] = [
    case("a number", &[], |x| Ok(x.clone())),
    case("one of a row", &[5], |x| x.get(3)),
    case("a row", &[67], |x| Ok(x.clone())),
    case("part of a row", &[67], |x| x.narrow(0, 3, 40)),
    case("a matrix", &[9, 31], |x| Ok(x.clone())),
    case("rows of a matrix", &[9, 31], |x| x.narrow(0, 2, 5)),
    case("columns of a matrix", &[9, 31], |x| x.narrow(1, 4, 20)),
    case("a column of a matrix", &[9, 31], |x| x.narrow(1, 4, 1)),
    case("a matrix, transposed", &[9, 31], |x| x.t()),
    case("columns of a matrix, transposed", &[9, 31], |x| x.narrow(1, 4, 20)?.t()),
    Case { distinct: false, ..case("a row, repeated", &[1, 7], |x| x.broadcast_as((4, 7))) },
    Case { distinct: false, ..case("a column, repeated", &[4, 1], |x| x.broadcast_as((4, 7))) },
    case("3 axes", &[3, 5, 8], |x| Ok(x.clone())),
    case("3 axes, the last two swapped", &[3, 5, 8], |x| x.transpose(1, 2)),
    case("3 axes, the first and the last swapped", &[3, 5, 8], |x| x.transpose(0, 2)),
    case("part of the last of 3 axes", &[3, 5, 8], |x| x.narrow(2, 1, 6)),
    case("part of the second of 3 axes", &[3, 5, 8], |x| x.narrow(1, 1, 3)),
    case("4 axes", &[2, 6, 3, 5], |x| Ok(x.clone())),
    case("4 axes, the first two swapped", &[2, 6, 3, 5], |x| x.transpose(0, 1)),
    case("4 axes, part of each, in another order", &[2, 6, 3, 5], |x| {
        x.narrow(1, 2, 3)?.narrow(2, 1, 2)?.narrow(3, 1, 3)?.permute((2, 0, 3, 1))
    }),
    case("nothing", &[0], |x| Ok(x.clone())),
    case("nothing, in 3 axes", &[3, 0, 2], |x| x.transpose(0, 1)),
];

impl Case {
    /// The whole tensor and what the view shows of it.
    pub fn make(&self, seed: u64) -> Result<(Var, Tensor)> {
        let all = Var::from_tensor(&random(self.dims, seed)?)?;
        let x = (self.view)(&all)?;
        Ok((all, x))
    }

    /// The same view of another tensor.
    pub fn view(&self, all: &Tensor) -> Result<Tensor> {
        (self.view)(all)
    }
}

/// Numbers from −6 to 6, none of which are the same, or 0.
pub fn random(shape: impl Into<Shape>, seed: u64) -> Result<Tensor> {
    let (shape, mut random) = (shape.into(), ChaCha8Rng::seed_from_u64(seed));
    let numbers = (0..shape.elem_count()).map(|_| (random.next_u32() as f32 + 0.5) / 2f32.powi(32) * 12.0 - 6.0);
    Tensor::from_iter(numbers.collect::<Vec<_>>(), &Device::Cpu)?.reshape(shape)
}

/// Whether all elements are `expected`, within `tolerance` of the larger of it and 1.
#[track_caller]
pub fn close(what: &str, found: &Tensor, expected: &Tensor, tolerance: f64) -> Result<()> {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    let numbers = |x: &Tensor| x.to_dtype(DType::F64)?.flatten_all()?.to_vec1::<f64>();
    for (at, (found, expected)) in numbers(found)?.into_iter().zip(numbers(expected)?).enumerate() {
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(error <= tolerance, "{what}, element {at}: {found} is not {expected}");
    }
    Ok(())
}

/// Whether all elements are the same, bit for bit.
#[track_caller]
pub fn same(what: &str, found: &Tensor, expected: &Tensor) -> Result<()> {
    assert_eq!(found.dtype(), expected.dtype(), "{what}");
    close(what, found, expected, 0.0)
}

/// What the gradient of the sum of all y · w is, where the w are random, and y comes of all of x.
pub fn gradient(x: &Var, y: &Tensor) -> Result<Tensor> {
    let w = random(y.shape(), 99)?.to_dtype(y.dtype())?;
    let grads = (y * w)?.sum_all()?.backward()?;
    grads.get(x).map_or_else(|| x.zeros_like(), |dx| Ok(dx.clone()))
}
