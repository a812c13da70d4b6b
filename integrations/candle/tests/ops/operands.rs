//! PReLU and masked softmax, which take a second tensor.

use crate::common::{CASES, close, gradient, random, same};
use candle_core::{D, DType, Device, Result, Tensor, Var};
use simdact_candle::{Mask, masked_softmax, prelu, softmax};

#[test]
fn prelu_and_both_its_gradients_are_those_of_the_formula() -> Result<()> {
    for (seed, case) in (0..).zip(&CASES) {
        for dim in 0..case.make(seed)?.1.rank() {
            let what = format!("along {dim}, {}", case.name);
            let (all, x) = case.make(seed)?;
            let slopes = Var::from_tensor(&random(x.dim(dim)?, 7)?)?;
            let y = prelu(&x, &slopes, dim)?;

            let exact = [all.to_dtype(DType::F64)?, slopes.to_dtype(DType::F64)?];
            let [exact, exact_slopes] = [Var::from_tensor(&exact[0])?, Var::from_tensor(&exact[1])?];
            let mut dims = vec![1; x.rank()];
            dims[dim] = x.dim(dim)?;
            let x = case.view(&exact)?;
            let expected = (x.relu()? - x.neg()?.relu()?.broadcast_mul(&exact_slopes.reshape(dims)?)?)?;

            close(&what, &y, &expected, 1e-6)?;
            close(&format!("{what}, gradient"), &gradient(&all, &y)?, &gradient(&exact, &expected)?, 4e-6)?;
            let (found, expected) = (gradient(&slopes, &y)?, gradient(&exact_slopes, &expected)?);
            close(&format!("{what}, gradient of the slopes"), &found, &expected, 4e-6)?;
        }
    }
    let error = prelu(&random((2, 3), 1)?, &random(2, 2)?, 1).expect_err("three slopes fit").to_string();
    assert!(error.contains("[2]") && error.contains("[3]"), "{error}");
    Ok(())
}

/// Softmax of candle's where a mask `[…]` of 1 and 0 lets see.
fn formula(x: &Tensor, scale: f64, sees: &Tensor) -> Result<Tensor> {
    let hidden = Tensor::full(f64::NEG_INFINITY, x.shape(), &Device::Cpu)?;
    let logits = sees.broadcast_as(x.shape())?.where_cond(&(x * scale)?, &hidden)?;
    candle_nn::ops::softmax(&logits, D::Minus1)
}

/// Scores `[2, 3, 4, 5]`, of batches, heads, queries, keys.
fn scores() -> Result<(Var, Var)> {
    let x = random((2, 3, 4, 5), 11)?;
    Ok((Var::from_tensor(&x)?, Var::from_tensor(&x.to_dtype(DType::F64)?)?))
}

#[test]
fn masks_hide_what_candle_would_hide() -> Result<()> {
    const SCALE: f32 = 0.25;
    // Each query sees the first key, so that none sees nothing.
    let first = Tensor::new(&[1u8, 0, 0, 0, 0], &Device::Cpu)?;
    for dims in
        [vec![5], vec![4, 5], vec![1, 1, 4, 5], vec![2, 1, 4, 5], vec![3, 1, 5], vec![2, 3, 4, 1], vec![2, 3, 4, 5]]
    {
        let what = format!("a mask of {dims:?}");
        let sees =
            random(dims, 12)?.gt(0f32)?.broadcast_as((2, 3, 4, 5))?.maximum(&first.broadcast_as((2, 3, 4, 5))?)?;
        let (x, exact) = scores()?;
        let (y, expected) = (masked_softmax(&x, SCALE, Mask::Boolean(&sees))?, formula(&exact, SCALE.into(), &sees)?);
        close(&what, &y, &expected, 1e-6)?;
        close(&what, &gradient(&x, &y)?, &gradient(&exact, &expected)?, 4e-6)?;
        let zero = sees.to_dtype(DType::F32)?.zeros_like()?;
        let added = sees.where_cond(&zero, &Tensor::full(f32::NEG_INFINITY, sees.shape(), &Device::Cpu)?)?;
        same(&what, &masked_softmax(&x, SCALE, Mask::Additive(&added))?, &y)?;
    }
    Ok(())
}

#[test]
fn masks_are_repeated_as_broadcasting_does() -> Result<()> {
    let (x, _) = scores()?;
    for dims in
        [vec![], vec![5], vec![4, 5], vec![1, 4, 5], vec![1, 1, 4, 5], vec![3, 4, 5], vec![2, 1, 4, 5], vec![3, 1, 1]]
    {
        let what = format!("a mask of {dims:?}");
        let mask = random(dims, 13)?;
        let all = mask.broadcast_as(x.shape())?;
        let [few, many] = [&mask, &all].map(|mask| masked_softmax(&x, 0.5, Mask::Additive(mask)));
        same(&what, &few?, &many?)?;
        let (few, many) = (mask.gt(0f32)?, all.gt(0f32)?);
        let [few, many] = [&few, &many].map(|mask| masked_softmax(&x, 0.5, Mask::Boolean(mask)));
        same(&what, &few?, &many?)?;
    }
    for dims in [vec![4], vec![5, 5], vec![1, 2, 3, 4, 5]] {
        masked_softmax(&x, 0.5, Mask::Additive(&random(dims, 14)?)).expect_err("it does not fit");
    }
    masked_softmax(&x, 0.5, Mask::Boolean(&random(5, 14)?)).expect_err("not u8");
    Ok(())
}

#[test]
fn causal_masks_see_what_came_before() -> Result<()> {
    for offset in 0..3 {
        let sees: Vec<u8> = (0..4).flat_map(|query| (0..5).map(move |key| u8::from(key <= query + offset))).collect();
        let sees = Tensor::from_vec(sees, (4, 5), &Device::Cpu)?;
        let (x, exact) = scores()?;
        let (y, expected) = (masked_softmax(&x, 1.0, Mask::Causal { offset })?, formula(&exact, 1.0, &sees)?);
        close("causal", &y, &expected, 1e-6)?;
        close("causal, gradient", &gradient(&x, &y)?, &gradient(&exact, &expected)?, 4e-6)?;
        // Of scores that are not in order.
        let turned = x.transpose(2, 3)?.contiguous()?.transpose(2, 3)?;
        same("causal, transposed", &masked_softmax(&turned, 1.0, Mask::Causal { offset })?, &y)?;
    }
    masked_softmax(&random(5, 1)?, 1.0, Mask::Causal { offset: 0 }).expect_err("there are no queries");
    Ok(())
}

#[test]
fn nothing_hidden_is_softmax_and_nothing_seen_is_zeros() -> Result<()> {
    let (x, _) = scores()?;
    same("no mask", &masked_softmax(&x, 1.0, Mask::None)?, &softmax(&x, D::Minus1)?)?;
    let blind = masked_softmax(&x, 1.0, Mask::Causal { offset: -4 })?;
    same("blind", &blind, &x.zeros_like()?)?;
    same("blind, gradient", &gradient(&x, &blind)?, &x.zeros_like()?)?;
    let nothing = Tensor::zeros((2, 0, 5), DType::F32, &Device::Cpu)?;
    for mask in [Mask::None, Mask::Causal { offset: 0 }] {
        assert_eq!(masked_softmax(&nothing, 1.0, mask)?.dims(), [2, 0, 5]);
    }
    Ok(())
}
