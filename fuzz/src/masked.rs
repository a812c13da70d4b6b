//! Softmax with a scale and a mask.

use arbitrary::Arbitrary;
use simdact::{Backend, Error, Mask};

use super::functions::UNIT;
use super::judge::{Agree, Truth, assert_same, judge};
use super::memory::{Buffer, uninit};
use super::refusal::{blocks, length, outcome, outcome_in_place, refused};
use super::rows::Rows;
use super::sizes::{Cut, Deviation, Number, Offset, Shape};
use super::values::Values;

/// A call of masked softmax.
#[derive(Debug, Arbitrary)]
pub struct MaskedCase {
    kind: Kind,
    x_offset: Offset,
    y_offset: Offset,
    shape: Shape,
    y_len: Deviation,
    mask_len: Deviation,
    /// A mask is for about so many blocks.
    repeats: Cut,
    scale: i8,
    period: [u8; 7],
    values: Values,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Kind {
    None,
    Additive,
    Boolean,
    Causal { queries: Number, offset: i8 },
}

impl MaskedCase {
    pub fn check(&self) {
        let MaskedCase { kind, x_offset, y_offset, shape: Shape { axis, length: len }, .. } = *self;
        let scale = f32::from(self.scale) / 16.0;
        let y_len = self.y_len.of(len);
        let [x] = self.values.arrays([len]);
        let x = Buffer::of(&x, x_offset);
        let wrong_axis = blocks(len, axis);
        let block = if len == 0 || !wrong_axis.is_empty() { 0 } else { axis.len * axis.inner };
        let count = len.checked_div(block).unwrap_or_default();

        // A number of blocks that divides theirs, unless the input wants it wrong.
        let part = 1 + self.repeats.of(count.saturating_sub(1));
        let part = if count == 0 { 0 } else { count / (count / part) };
        let mask_len = self.mask_len.of(part * block);
        let see = |i: usize| self.period[i % 7] >> (i / 7 % 8) & 1 == 1;
        let booleans: Vec<bool> = (0..mask_len).map(see).collect();
        let bias: Vec<f32> = (0..mask_len).map(|i| if see(i) { (i % 5) as f32 } else { f32::NEG_INFINITY }).collect();
        let mask = match kind {
            Kind::None => Mask::None,
            Kind::Additive => Mask::Additive(&bias),
            Kind::Boolean => Mask::Boolean(&booleans),
            Kind::Causal { queries: Number(queries), offset } => Mask::Causal { queries, offset: offset.into() },
        };

        let mut wrong_in_place = wrong_axis.clone();
        if wrong_axis.is_empty() {
            match mask {
                Mask::Causal { queries, .. } if queries == 0 || !count.is_multiple_of(queries) => {
                    wrong_in_place.push(Error::Queries { queries, blocks: count });
                }
                Mask::Additive(_) | Mask::Boolean(_) => {
                    let divides = len == 0 || mask_len > 0 && len.is_multiple_of(mask_len);
                    if !divides || !blocks(mask_len, axis).is_empty() {
                        let (len, inner) = (axis.len, axis.inner);
                        wrong_in_place.push(Error::Mask { mask: mask_len, length: self.shape.length, len, inner });
                    }
                }
                _ => {}
            }
        }
        let wrong = [length("y", y_len, len), wrong_in_place.clone()].concat();
        let logit = |i: usize| match mask {
            Mask::Additive(bias) if bias[i % mask_len] == f32::NEG_INFINITY => f32::NEG_INFINITY,
            Mask::Additive(bias) => x.get()[i] * scale + bias[i % mask_len],
            Mask::Boolean(mask) if !mask[i % mask_len] => f32::NEG_INFINITY,
            Mask::Causal { queries, offset } => {
                let (query, element) = (i / block % queries, i % block / axis.inner);
                let sees = (element as isize) < (query as isize + 1).saturating_add(offset);
                if sees { x.get()[i] * scale } else { f32::NEG_INFINITY }
            }
            _ => x.get()[i] * scale,
        };
        let logits: Vec<f32> = if wrong.is_empty() { (0..len).map(logit).collect() } else { vec![] };

        judge(
            Agree::AllButPortable,
            |kernels| {
                let mut y = Buffer::output(y_len, y_offset);
                let result = kernels.masked_softmax(x.get(), axis, scale, mask, y.get_mut());
                let mut fresh = uninit(y_len, y_offset);
                let in_fresh = kernels.masked_softmax_uninit(x.get(), axis, scale, mask, &mut fresh[y_offset.0..]);
                let mut in_place = Buffer::of(x.get(), x_offset);
                let result_in_place = kernels.masked_softmax_in_place(in_place.get_mut(), axis, scale, mask);
                let in_place = outcome_in_place(result_in_place, &wrong_in_place, in_place, x.get());
                let Some(y) = outcome(result, &wrong, y) else {
                    refused(in_fresh, &wrong);
                    return None;
                };
                assert_same(in_fresh.expect("not refused before"), &y, "uninit");
                assert_same(&in_place.expect("not refused out of place"), &y, "in place");
                Some(y)
            },
            |backend| {
                let rows = Rows::new(len, axis);
                rows.map(&logits, |row| truths(backend, row))
            },
        );
    }
}

fn truths(backend: Backend, logits: &[f32]) -> Vec<Truth> {
    let max = logits.iter().fold(f64::NEG_INFINITY, |max, &x| max.max(f64::from(x)));
    if max == f64::NEG_INFINITY && !logits.iter().any(|x| x.is_nan()) {
        return vec![Truth::Near { value: 0.0, slack: 0.0 }; logits.len()];
    }
    let e: Vec<f64> = logits.iter().map(|&x| core_math::exp(f64::from(x) - max)).collect();
    let sum: f64 = e.iter().sum();
    let logarithms = if backend == Backend::Portable { 2.1 } else { 1.1 };
    let truth = |(e, &x): (f64, &f32)| {
        let value = e / sum;
        let units = logits.len() as f64 / 32.0 + 16.0 - logarithms * value.max(1e-300).ln();
        match () {
            // A NaN may show where the mask is, or not.
            () if sum.is_nan() && x == f32::NEG_INFINITY => Truth::Anything,
            () if sum.is_nan() => Truth::Exactly(f32::NAN),
            () => Truth::Near { value, slack: units * UNIT * value + accuracy::SMALLEST },
        }
    };
    e.into_iter().zip(logits).map(truth).collect()
}
