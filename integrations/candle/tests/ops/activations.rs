//! Every activation, there and back, against its formula in candle's own ops.

use crate::common::{CASES, Case, close, gradient, random, same};
use candle_core::{CpuStorage, CustomOp1, DType, Device, InplaceOp1, Layout, Result, Tensor, Var};
use half::{bf16, f16};
use simdact::Activation as A;
use simdact_candle::{Activate, apply, apply_in_place};

/// The formula, in whatever type the elements have; its gradient is candle's.
fn formula(activation: A, x: &Tensor) -> Result<Tensor> {
    let sigmoid = |x: &Tensor| candle_nn::ops::sigmoid(x);
    // Clamps are made of relu, whose gradient candle has.
    let clamp = |x: &Tensor, min: f64, max: f64| ((x - min)?.relu()? - (x - max)?.relu()?)? + min;
    let leaky = |x: &Tensor, slope: f64| x.relu()? - (x.neg()?.relu()? * slope)?;
    let negative = |x: &Tensor| x.neg()?.relu()?.neg();
    let mask = |x: &Tensor| x.gt(&x.zeros_like()?)?.to_dtype(x.dtype());
    let softplus = |x: &Tensor| (x.exp()? + 1.0)?.log();
    Ok(match activation {
        A::Relu => x.relu()?,
        A::LeakyRelu { slope } => leaky(x, slope.into())?,
        A::Exp => x.exp()?,
        A::Tanh => x.tanh()?,
        A::Sigmoid => sigmoid(x)?,
        A::Silu => x.silu()?,
        A::Swish { beta } => (x * sigmoid(&(x * f64::from(beta))?)?)?,
        A::QuickGelu => (x * sigmoid(&(x * 1.702)?)?)?,
        A::Erf => x.erf()?,
        A::Gelu => (x * 0.5)?.mul(&((x * 0.5f64.sqrt())?.erf()? + 1.0)?)?,
        A::GeluTanh => {
            let inner = (x + (x.powf(3.0)? * 0.044715)?)?;
            (x * 0.5)?.mul(&((inner * std::f64::consts::FRAC_2_PI.sqrt())?.tanh()? + 1.0)?)?
        }
        A::Elu { alpha } => x.elu(alpha.into())?,
        A::Celu { alpha } => {
            let alpha = f64::from(alpha);
            (x.relu()? + negative(&(((x / alpha)?.exp()? - 1.0)? * alpha)?)?)?
        }
        A::Selu => {
            const ALPHA: f64 = 1.6732632423543772;
            const LAMBDA: f64 = 1.0507009873554805;
            ((x.relu()? + negative(&((x.exp()? - 1.0)? * ALPHA)?)?)? * LAMBDA)?
        }
        A::Softplus { beta, .. } => (softplus(&(x * f64::from(beta))?)? / f64::from(beta))?,
        A::LogSigmoid => softplus(&x.neg()?)?.neg()?,
        A::Mish => (x * softplus(x)?.tanh()?)?,
        A::Tanhshrink => (x - x.tanh()?)?,
        A::Relu6 => clamp(x, 0.0, 6.0)?,
        A::Hardtanh { min, max } => clamp(x, min.into(), max.into())?,
        A::Hardsigmoid => (clamp(&(x + 3.0)?, 0.0, 6.0)? / 6.0)?,
        A::HardSigmoid { alpha, beta } => clamp(&((x * f64::from(alpha))? + f64::from(beta))?, 0.0, 1.0)?,
        A::Hardswish => (x * (clamp(&(x + 3.0)?, 0.0, 6.0)? / 6.0)?)?,
        A::Softsign => (x / (x.abs()? + 1.0)?)?,
        A::Softshrink { lambda } => ((x - f64::from(lambda))?.relu()? - (x.neg()? - f64::from(lambda))?.relu()?)?,
        A::Hardshrink { lambda } => (x * mask(&(x.abs()? - f64::from(lambda))?)?)?,
        A::ThresholdedRelu { alpha } => (x * mask(&(x - f64::from(alpha))?)?)?,
        A::ReluSquared => x.relu()?.sqr()?,
        A::Rrelu { lower, upper } => leaky(x, (f64::from(lower) + f64::from(upper)) / 2.0)?,
        A::Snake { alpha } => (x + ((x * f64::from(alpha))?.sin()?.sqr()? / f64::from(alpha))?)?,
        other => panic!("the formula of {other} is missing here"),
    })
}

#[test]
fn values_and_gradients_are_those_of_the_formula() -> Result<()> {
    for &activation in A::ALL {
        for (seed, case) in (0..).zip(&CASES) {
            let what = format!("{activation}, {}", case.name);
            let (all, x) = case.make(seed)?;
            let y = apply(activation, &x)?;
            let exact = Var::from_tensor(&all.to_dtype(DType::F64)?)?;
            let expected = formula(activation, &case.view(&exact)?)?;
            close(&what, &y, &expected, 3e-7)?;
            close(&format!("{what}, gradient"), &gradient(&all, &y)?, &gradient(&exact, &expected)?, 4e-6)?;
        }
    }
    Ok(())
}

#[test]
fn bits_are_those_of_the_slice_whatever_the_layout() -> Result<()> {
    for &activation in A::ALL {
        for (seed, case) in (100..).zip(&CASES) {
            let what = format!("{activation}, {}", case.name);
            let (_, x) = case.make(seed)?;
            let mut y = x.flatten_all()?.to_vec1::<f32>()?;
            activation.apply_in_place(&mut y);
            same(&what, &apply(activation, &x)?, &Tensor::new(y, &Device::Cpu)?.reshape(x.shape())?)?;
        }
    }
    Ok(())
}

#[test]
fn gradients_arrive_in_any_layout() -> Result<()> {
    for &activation in A::ALL {
        let (x, dy) = (random((4, 6), 1)?, random((6, 8), 2)?.narrow(1, 3, 4)?);
        let y = apply(activation, &x)?;
        let backward = |dy: &Tensor| -> Result<Tensor> {
            let dx = Activate(activation).bwd(&x, &y, dy)?;
            Ok(dx.unwrap_or_else(|| panic!("{activation} has a gradient")))
        };
        same(activation.name(), &backward(&dy.t()?)?, &backward(&dy.t()?.contiguous()?)?)?;
    }
    Ok(())
}

#[test]
fn in_place_changes_what_the_view_shows_and_nothing_else() -> Result<()> {
    for &activation in A::ALL {
        for (seed, case) in (200..).zip(&CASES) {
            let what = format!("{activation}, {}", case.name);
            let (all, x) = case.make(seed)?;
            let (before, expected) = (all.copy()?, apply(activation, &x)?);
            let Err(error) = apply_in_place(activation, &x) else {
                assert!(case.distinct, "{what}: each element would have been changed several times");
                same(&what, &x, &expected)?;
                // What has changed lies in the view: put back, there is no difference left.
                let (changed, view) = (all.flatten_all()?.to_vec1::<f32>()?, marked(case)?);
                for ((now, before), seen) in changed.iter().zip(before.flatten_all()?.to_vec1::<f32>()?).zip(view) {
                    assert!(seen || *now == before, "{what}: {before} became {now}");
                }
                continue;
            };
            assert!(!case.distinct, "{what}: {error}");
        }
    }
    Ok(())
}

/// Which elements of the whole the view shows.
fn marked(case: &Case) -> Result<Vec<bool>> {
    let (all, _) = case.make(0)?;
    let marks = Var::from_tensor(&all.zeros_like()?)?;
    let seen = case.view(&marks)?.sum_all()?.backward()?;
    let seen = seen.get(&marks).map_or_else(|| marks.zeros_like(), |seen| Ok(seen.clone()))?;
    Ok(seen.flatten_all()?.to_vec1::<f32>()?.into_iter().map(|seen| seen > 0.0).collect())
}

#[test]
fn elements_of_16_bits_are_computed_in_f32_and_rounded_once() -> Result<()> {
    for &activation in A::ALL {
        for dtype in [DType::F16, DType::BF16] {
            for view in [|x: &Tensor| Ok(x.clone()), |x: &Tensor| x.narrow(1, 2, 9), |x: &Tensor| x.t()] {
                let x = view(&random((7, 13), 5)?.to_dtype(dtype)?)?;
                let wide = apply(activation, &x.to_dtype(DType::F32)?)?;
                same(activation.name(), &apply(activation, &x)?, &wide.to_dtype(dtype)?)?;
                let in_place = x.copy()?;
                apply_in_place(activation, &in_place)?;
                same(activation.name(), &in_place, &wide.to_dtype(dtype)?)?;
            }
        }
    }
    let x = Var::new(&[f16::from_f32(-1.0), f16::from_f32(2.0)], &Device::Cpu)?;
    let dx = gradient(&x, &apply(A::Relu, &x)?)?.to_vec1::<f16>()?;
    assert_eq!(dx[0], f16::ZERO);
    assert_ne!(dx[1], f16::ZERO);
    assert_eq!(apply(A::Relu, &Tensor::new(bf16::NEG_ONE, &Device::Cpu)?)?.to_scalar::<bf16>()?, bf16::ZERO);
    Ok(())
}

#[test]
fn other_types_and_devices_are_refused_by_name() -> Result<()> {
    let x = random((2, 3), 1)?;
    for dtype in [DType::F64, DType::U8, DType::I64] {
        let x = x.to_dtype(dtype)?;
        for error in [apply(A::Gelu, &x).map(drop), apply_in_place(A::Gelu, &x)] {
            let error = error.expect_err("no kernel for such elements").to_string();
            assert!(error.contains("gelu") && error.contains(&format!("{dtype:?}")), "{error}");
        }
    }
    let refused = CustomOp1::cuda_fwd(&Activate(A::Gelu), &candle_core::CudaStorage, x.layout());
    let error = refused.expect_err("no kernel for CUDA");
    assert!(error.to_string().contains("no cuda implementation for gelu"), "{error}");
    Ok(())
}

#[test]
fn a_layout_that_leaves_the_storage_is_refused() {
    let storage = CpuStorage::F32(vec![0.5; 5]);
    for strides in [[3, 1], [4, 1], [1, 2], [2, 2]] {
        let layout = Layout::new((2, 3).into(), strides.to_vec(), 1);
        CustomOp1::cpu_fwd(&Activate(A::Tanh), &storage, &layout).expect_err("there are five elements");
        InplaceOp1::cpu_fwd(&Activate(A::Tanh), &mut storage.clone(), &layout).expect_err("there are five elements");
    }
}
