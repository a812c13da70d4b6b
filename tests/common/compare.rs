//! Comparisons that tell what differed.

use core::fmt::Write;

use accuracy::SMALLEST;
use simdact::Backend;

use super::call::{Form, Function, Operands, Output};
use super::functions::UNIT;

/// What a value came from.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub function: Function,
    pub backend: Backend,
    pub form: Form,
    pub operands: Operands<'a>,
    /// The result's distance from alignment.
    pub offset: usize,
}

impl Subject<'_> {
    /// Says what is wrong with element `i`.
    #[track_caller]
    fn fail(&self, i: usize, expected: impl Hex, found: impl Hex, why: &str) -> ! {
        let Subject { function, backend, form, operands, offset } = *self;
        let mut inputs = String::new();
        for x in function.inputs_of(operands, i) {
            write!(inputs, " {}", x.hex()).expect("a string takes all");
        }
        panic!(
            "{function} on {backend}, {form:?}, {:?}, offset {offset}: element {i}, input{inputs}\n  \
             expected {}\n     found {}\n  {why}",
            operands.shape,
            expected.hex(),
            found.hex(),
        );
    }

    /// How far the result of `Portable` may be from that of `Scalar`, if it may: the sum of the distances that either
    /// may have from the true value.
    fn apart(&self, expected: &[f32]) -> Option<Vec<f64>> {
        let Operands { shape, x, dy, .. } = self.operands;
        let n = shape.len;
        match self.function {
            Function::Map(f) => {
                f.promise.portable?;
                let apart = |&y: &f32| {
                    // `expected` may be a little below the true value, which counts.
                    let value = 1.001 * f64::from(y);
                    [Backend::Scalar, Backend::Portable].map(|b| f.bound_on(b).slack(value, value.abs())).iter().sum()
                };
                Some(expected.iter().map(apart).collect())
            }
            Function::MapBackward(f) => {
                f.gradient.portable?;
                let apart = |(&saved, &dy)| {
                    [Backend::Scalar, Backend::Portable].map(|b| f.gradient.slack(b, saved, dy)).iter().sum()
                };
                Some(x.iter().zip(dy).map(apart).collect())
            }
            Function::Row(f) => {
                let error = |backend, y| 1.001 * (f.error)(backend, n, f64::from(y));
                let apart = |&y: &f32| error(Backend::Scalar, y) + error(Backend::Portable, y) + SMALLEST;
                Some(expected.iter().map(apart).collect())
            }
            Function::RowBackward(f) => {
                let mut apart = vec![0.0; expected.len()];
                for row in shape.each_row() {
                    let [y, dy] = [x, dy].map(|all| pick(all, &row));
                    for (&i, error) in row.iter().zip((f.gradient_error)(&y, &dy)) {
                        apart[i] = 2.0 * error;
                    }
                }
                Some(apart)
            }
            Function::Maxout(_) | Function::MaxoutBackward(_) => None,
        }
    }
}

/// Elements of `all` at those places.
pub fn pick(all: &[f32], places: &[usize]) -> Vec<f32> {
    places.iter().map(|&i| all[i]).collect()
}

/// The same bits, or both NaN.
pub fn same(a: f32, b: f32) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Panics unless both results are the same, to the bit.
#[track_caller]
pub fn assert_bits(subject: &Subject, expected: &Output, found: &Output) {
    assert_eq!(expected.values.len(), found.values.len(), "{}: elements", subject.function);
    let values = expected.values.iter().zip(&found.values);
    if let Some((i, (&a, &b))) = values.enumerate().find(|&(_, (&a, &b))| !same(a, b)) {
        subject.fail(i, a, b, "must be the same bits");
    }
    // Forms without an index have none to compare.
    let index = expected.index.iter().zip(&found.index);
    if let Some((i, (&a, &b))) = index.enumerate().find(|&(_, (a, b))| a != b) {
        subject.fail(i, a, b, "must be the same index");
    }
}

/// Panics unless the result agrees with that of `Scalar`: to the bit, or, on `Portable`, as far as both bounds allow.
#[track_caller]
pub fn assert_agree(subject: &Subject, expected: &Output, found: &Output) {
    let apart = if subject.backend == Backend::Portable { subject.apart(&expected.values) } else { None };
    let Some(apart) = apart else { return assert_bits(subject, expected, found) };
    assert_eq!(expected.values.len(), found.values.len(), "{}: elements", subject.function);
    for (i, (&a, &b)) in expected.values.iter().zip(&found.values).enumerate() {
        let distance = (f64::from(a) - f64::from(b)).abs();
        let near = same(a, b) || distance <= apart[i];
        if !near {
            let why = format!("{distance:e} apart, {:e} allowed", apart[i]);
            subject.fail(i, a, b, &why);
        }
    }
}

/// A value as its bits and as a number.
pub trait Hex {
    fn hex(&self) -> String;
}

impl Hex for f32 {
    fn hex(&self) -> String {
        format!("{:#010x} ({self:e})", self.to_bits())
    }
}

impl Hex for u32 {
    fn hex(&self) -> String {
        self.to_string()
    }
}
