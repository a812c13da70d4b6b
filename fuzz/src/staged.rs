//! Activations fused with sums and products, PReLU, gated units and rows with gaps, of all types of elements: each must
//! have the bits of the same steps one by one, in f32, rounded at the end.

use arbitrary::{Arbitrary, Result, Unstructured};
use simdact::{Element, Kernels, Rows, Saves};

use super::judge::{assert_same, backends};
use super::memory::{Buffer, Guard};
use super::refusal::{Wrong, blocks, length, refused};
use super::sizes::{Deviation, Offset, Shape};
use super::table::Function;
use super::values::Values;

/// A call of each, on the same numbers.
#[derive(Debug, Arbitrary)]
pub struct StagedCase {
    function: Function,
    kind: Kind,
    shape: Shape,
    offset: Offset,
    y_offset: Offset,
    bias: Option<Deviation>,
    residual: Option<Deviation>,
    factor: Option<Deviation>,
    gap: Gap,
    values: Values,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Kind {
    F32,
    F16,
    Bf16,
}

/// Elements between two rows.
#[derive(Debug, Clone, Copy)]
struct Gap(usize);

impl<'a> Arbitrary<'a> for Gap {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Gap> {
        u.int_in_range(0..=20).map(Gap)
    }
}

/// A type of elements, with its conversions by another implementation.
trait Number: Element + Guard {
    fn wide(self) -> f32;
    fn round(x: f32) -> Self;
}

impl Number for f32 {
    fn wide(self) -> f32 {
        self
    }
    fn round(x: f32) -> f32 {
        x
    }
}

#[cfg(feature = "half")]
macro_rules! number {
    ($type:ty) => {
        impl Guard for $type {
            const GUARD: $type = <$type>::from_bits(0x5a5a);
        }
        impl Number for $type {
            fn wide(self) -> f32 {
                self.to_f32()
            }
            fn round(x: f32) -> $type {
                <$type>::from_f32(x)
            }
        }
    };
}
#[cfg(feature = "half")]
number!(half::f16);
#[cfg(feature = "half")]
number!(half::bf16);

fn wide<T: Number>(x: &[T]) -> Vec<f32> {
    x.iter().map(|x| x.wide()).collect()
}

fn round<T: Number>(x: &[f32]) -> Vec<T> {
    x.iter().map(|&x| T::round(x)).collect()
}

#[track_caller]
fn assert_rounded<T: Number>(found: &[T], expected: &[f32], what: &str) {
    assert_same(&wide(found), &wide(&round::<T>(expected)), what);
}

impl StagedCase {
    pub fn check(&self) {
        for kernels in backends() {
            let kernels = self.function.kernels(kernels);
            match self.kind {
                #[cfg(feature = "half")]
                Kind::F16 => self.check_on::<half::f16>(kernels),
                #[cfg(feature = "half")]
                Kind::Bf16 => self.check_on::<half::bf16>(kernels),
                _ => self.check_on::<f32>(kernels),
            }
        }
    }

    fn check_on<T: Number>(&self, k: Kernels) {
        let Shape { axis, length: n } = self.shape;
        let activation = self.function.activation;
        // More than memory has are never asked for.
        let channels = if axis.len <= n + 8 { axis.len } else { 0 };
        let lens = [n, channels, n, n, n];
        let [x, bias, residual, factor, dy] =
            self.values.arrays(lens).map(|all| Buffer::of(&round::<T>(&all), self.offset));
        let deviated = |all: &Buffer<T>, deviation: Option<Deviation>| {
            let all = all.get();
            let len = deviation.map_or(all.len(), |deviation| deviation.of(all.len()));
            let mut all = all.to_vec();
            all.resize(len, T::GUARD);
            all
        };
        let [bias, residual, factor] =
            [(&bias, self.bias), (&residual, self.residual), (&factor, self.factor)].map(|(all, d)| deviated(all, d));

        let mut fused = activation.fused();
        let mut wrong: Wrong = vec![];
        if self.bias.is_some() {
            fused = fused.bias(&bias, axis);
            wrong = blocks(n, axis);
            wrong.extend(length("bias", bias.len(), axis.len));
        }
        if self.residual.is_some() {
            fused = fused.residual(&residual);
            wrong.extend(length("residual", residual.len(), n));
        }
        if self.factor.is_some() {
            fused = fused.factor(&factor);
            wrong.extend(length("factor", factor.len(), n));
        }
        let mut y = Buffer::output(n, self.y_offset);
        let result = k.apply_fused(&fused, x.get(), y.get_mut());
        let mut in_place = Buffer::of(x.get(), self.y_offset);
        let result_in_place = k.apply_fused_in_place(&fused, in_place.get_mut());
        let mut dx = Buffer::output(n, self.y_offset);
        let result_backward = k.fused_backward(&fused, x.get(), dy.get(), dx.get_mut());
        if refused(result, &wrong) {
            refused(result_in_place, &wrong);
            refused(result_backward, &wrong);
            y.untouched();
            dx.untouched();
            assert_same(&wide(&in_place.finish()), &wide(x.get()), "refused in place");
        } else {
            let mut sum = wide(x.get());
            let mut times = vec![1.0; n];
            for i in 0..n {
                if self.bias.is_some() {
                    sum[i] += bias[i / axis.inner % axis.len].wide();
                }
                if self.residual.is_some() {
                    sum[i] += residual[i].wide();
                }
                if self.factor.is_some() {
                    times[i] = factor[i].wide();
                }
            }
            let mut f = vec![0.0; n];
            k.apply(activation, &sum, &mut f).expect("they fit");
            let expected: Vec<f32> = f.iter().zip(&times).map(|(f, m)| f * m).collect();
            assert_rounded(&y.finish(), &expected, "fused");
            assert_rounded(&in_place.finish(), &expected, "fused, in place");
            let mut fresh = vec![std::mem::MaybeUninit::uninit(); n];
            assert_rounded(k.apply_fused_uninit(&fused, x.get(), &mut fresh).expect("it fits"), &expected, "uninit");
            let saved = if activation.saves() == Saves::Output {
                k.accuracy(Default::default()).apply(activation, &sum, &mut f).expect("they fit");
                f
            } else {
                sum
            };
            let upstream: Vec<f32> = wide(dy.get()).iter().zip(&times).map(|(dy, m)| dy * m).collect();
            let mut expected = vec![0.0; n];
            k.backward(activation, &saved, &upstream, &mut expected).expect("they fit");
            assert_rounded(&dx.finish(), &expected, "fused, backward");
        }
        self.check_rows(k, x.get(), dy.get());
        if blocks(n, axis).is_empty() && bias.len() == axis.len {
            self.check_prelu(k, x.get(), &bias, dy.get());
        }
    }

    /// Rows as long as the axis, as many as there are, with gaps between those of the output.
    fn check_rows<T: Number>(&self, k: Kernels, x: &[T], dy: &[T]) {
        let Shape { axis, .. } = self.shape;
        let activation = self.function.activation;
        let len = axis.len.clamp(1, x.len().max(1));
        let count = x.len() / len;
        let (dense, rows) = (Rows::new(len, len), Rows::new(len, len + self.gap.0));
        let (x, dy) = (&x[..count * len], &dy[..count * len]);
        let total = (count * rows.stride).saturating_sub(self.gap.0);
        let mut expected = vec![0.0; x.len()];
        k.apply(activation, &wide(x), &mut expected).expect("they fit");
        let mut y = Buffer::output(total, self.y_offset);
        k.apply_rows(activation, x, dense, y.get_mut(), rows).expect("they fit");
        self.assert_rows(&y.finish(), rows, &expected, "rows");
        let mut dx = Buffer::output(total, self.y_offset);
        k.backward(activation, &wide(x), &wide(dy), &mut expected).expect("they fit");
        k.backward_rows(activation, (x, dense), (dy, dense), (dx.get_mut(), rows)).expect("they fit");
        self.assert_rows(&dx.finish(), rows, &expected, "rows, backward");
    }

    fn assert_rows<T: Number>(&self, found: &[T], rows: Rows, expected: &[f32], what: &str) {
        let (mut within, mut gaps) = (vec![], vec![]);
        for (i, &y) in found.iter().enumerate() {
            if i % rows.stride < rows.len { &mut within } else { &mut gaps }.push(y);
        }
        assert_rounded(&within, expected, what);
        assert!(gaps.iter().all(|&y| y == T::GUARD), "written in a gap");
    }

    fn check_prelu<T: Number>(&self, k: Kernels, x: &[T], slopes: &[T], dy: &[T]) {
        let Shape { axis, length: n } = self.shape;
        let slope = |i: usize| slopes[i / axis.inner % axis.len].wide();
        let (x32, dy32) = (wide(x), wide(dy));
        let mut y = Buffer::output(n, self.y_offset);
        k.prelu(x, slopes, axis, y.get_mut()).expect("it fits");
        let expected: Vec<f32> = x32.iter().enumerate().map(|(i, &x)| if x > 0.0 { x } else { x * slope(i) }).collect();
        assert_rounded(&y.finish(), &expected, "prelu");
        let mut dx = Buffer::output(n, self.y_offset);
        let mut dslopes = Buffer::output(axis.len, self.y_offset);
        k.prelu_backward(x, slopes, axis, dy, dx.get_mut(), dslopes.get_mut()).expect("it fits");
        let gradient = |i: usize| match x32[i] {
            x if x.is_nan() => x,
            x if x > 0.0 => dy32[i],
            _ => dy32[i] * slope(i),
        };
        assert_rounded(&dx.finish(), &(0..n).map(gradient).collect::<Vec<f32>>(), "prelu, backward");
        // The sums are those of the reference.
        let mut expected = vec![T::GUARD; axis.len];
        let mut again = vec![T::GUARD; n];
        let scalar = Kernels::on(simdact::Backend::Scalar).expect("it is always there");
        scalar.prelu_backward(x, slopes, axis, dy, &mut again, &mut expected).expect("it fits");
        assert_same(&wide(&dslopes.finish()), &wide(&expected), "gradient of slopes");
    }
}
