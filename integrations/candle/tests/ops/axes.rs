//! Softmax, its relatives and maxout, along every axis of every layout, against candle's own ops.

use crate::common::{CASES, Case, close, gradient, random, same};
use candle_core::{D, DType, Device, Result, Tensor, Var};
use simdact_candle as ours;

/// An op along an axis.
type Along = fn(&Tensor, usize) -> Result<Tensor>;

struct Op {
    name: &'static str,
    ours: Along,
    /// In candle's own ops.
    formula: Along,
    in_place: Option<fn(&Tensor, usize) -> Result<()>>,
}

const OPS: [Op; 6] = [
    Op {
        name: "softmax",
        ours: ours::softmax,
        formula: candle_nn::ops::softmax,
        in_place: Some(ours::softmax_in_place),
    },
    Op {
        name: "log_softmax",
        ours: ours::log_softmax,
        formula: candle_nn::ops::log_softmax,
        in_place: Some(ours::log_softmax_in_place),
    },
    Op {
        name: "softmin",
        ours: ours::softmin,
        formula: |x, dim| candle_nn::ops::softmax(&x.neg()?, dim),
        in_place: Some(ours::softmin_in_place),
    },
    Op {
        name: "softmax1",
        ours: ours::softmax1,
        formula: |x, dim| {
            let e = x.exp()?;
            e.broadcast_div(&(e.sum_keepdim(dim)? + 1.0)?)
        },
        in_place: Some(ours::softmax1_in_place),
    },
    Op { name: "logsumexp", ours: ours::logsumexp, formula: |x, dim| x.log_sum_exp(dim), in_place: None },
    Op { name: "maxout", ours: ours::maxout, formula: |x, dim| x.max(dim), in_place: None },
];

/// Every op, layout and axis. Those of no elements are another matter.
fn each(mut test: impl FnMut(&str, &Op, &Case, usize, Var, Tensor) -> Result<()>) -> Result<()> {
    for op in &OPS {
        for (seed, case) in (0..).zip(&CASES) {
            let rank = case.make(seed)?.1.rank();
            for dim in 0..rank {
                let (all, x) = case.make(seed)?;
                if x.elem_count() > 0 {
                    test(&format!("{} along {dim}, {}", op.name, case.name), op, case, dim, all, x)?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn values_and_gradients_are_those_of_candle() -> Result<()> {
    each(|what, op, case, dim, all, x| {
        let y = (op.ours)(&x, dim)?;
        let exact = Var::from_tensor(&all.to_dtype(DType::F64)?)?;
        let expected = (op.formula)(&case.view(&exact)?, dim)?;
        close(what, &y, &expected, 1e-6)?;
        // Candle gives the gradient of a maximum to all that are as large, which repeated elements are.
        if op.name != "maxout" || case.distinct {
            close(&format!("{what}, gradient"), &gradient(&all, &y)?, &gradient(&exact, &expected)?, 4e-6)?;
        }
        Ok(())
    })
}

#[test]
fn bits_do_not_depend_on_the_layout() -> Result<()> {
    each(|what, op, _, dim, _, x| same(what, &(op.ours)(&x, dim)?, &(op.ours)(&x.contiguous()?, dim)?))
}

#[test]
fn in_place_is_the_same() -> Result<()> {
    each(|what, op, case, dim, _, x| {
        let (Some(in_place), expected) = (op.in_place, (op.ours)(&x, dim)?) else { return Ok(()) };
        assert_eq!(in_place(&x, dim).is_ok(), case.distinct, "{what}");
        if case.distinct { same(what, &x, &expected) } else { Ok(()) }
    })
}

#[test]
fn elements_of_16_bits_are_computed_in_f32_and_rounded_once() -> Result<()> {
    for (op, dtype) in OPS.iter().flat_map(|op| [(op, DType::F16), (op, DType::BF16)]) {
        let x = Var::from_tensor(&random((6, 11), 3)?.to_dtype(dtype)?)?;
        let narrow = (op.ours)(&x.narrow(1, 2, 7)?, 1)?;
        let wide = (op.ours)(&x.to_dtype(DType::F32)?.narrow(1, 2, 7)?, 1)?;
        same(op.name, &narrow, &wide.to_dtype(dtype)?)?;
        let (half, full) = (gradient(&x, &narrow)?, gradient(&x, &wide)?);
        assert_eq!(half.dtype(), dtype, "{}", op.name);
        close(op.name, &half, &full, if dtype == DType::F16 { 0.01 } else { 0.1 })?;
    }
    Ok(())
}

#[test]
fn of_nothing_comes_nothing() -> Result<()> {
    for op in &OPS {
        let x = Tensor::zeros((3, 0, 2), DType::F32, &Device::Cpu)?;
        let reduces = op.in_place.is_none();
        // Along another axis, the result is as empty.
        let dims = if reduces { vec![3, 0] } else { vec![3, 0, 2] };
        assert_eq!((op.ours)(&x, 2)?.dims(), dims, "{}", op.name);
        // Six maxima of nothing are not to be had; softmax has nothing to write.
        match (op.ours)(&x, 1) {
            Ok(y) => assert_eq!((y.dims(), reduces), (x.dims(), false), "{}", op.name),
            Err(error) => assert!(reduces && error.to_string().contains("axis of len 0"), "{}: {error}", op.name),
        }
        if let Some(in_place) = op.in_place {
            in_place(&x, 1)?;
        }
    }
    Ok(())
}

#[test]
fn what_cannot_be_is_refused_by_name() -> Result<()> {
    for op in &OPS {
        let x = random((2, 3), 1)?;
        let refused = |x: &Tensor, dim| (op.ours)(x, dim).expect_err("there is no such op").to_string();
        for (error, word) in [(refused(&x, 2), "out of range"), (refused(&x.to_dtype(DType::F64)?, 1), "F64")] {
            assert!(error.contains(op.name) && error.contains(word), "{error}");
        }
        let error = (op.ours)(&random((), 1)?, 0).expect_err("a number has no axes").to_string();
        assert!(error.contains(op.name), "{error}");
    }
    Ok(())
}

#[test]
fn the_first_of_the_largest_gets_the_gradient() -> Result<()> {
    let x = Var::new(&[[2f32, 7.0, 7.0], [3.0, 3.0, 1.0]], &Device::Cpu)?;
    let grads = ours::maxout(&x, D::Minus1)?.sum_all()?.backward()?;
    let dx = grads.get(&x).expect("x is a variable").to_vec2::<f32>()?;
    assert_eq!(dx, [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]);
    Ok(())
}
