//! What is measured: functions, shapes, and the values that go in.

use std::ffi::CStr;
use std::fmt;

use simdact::Kernels;

use crate::ours;

/// A function of simdact. Numbers are those of C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Function {
    Relu,
    LeakyRelu,
    Exp,
    Tanh,
    Sigmoid,
    Softmax,
    /// Along an axis: groups of neighbours, or planes.
    Maxout,
    /// Of slices that are separate arguments, here the `len` parts of one array.
    MaxoutSlices,
    ReluBackward,
    LeakyReluBackward,
    TanhBackward,
    SigmoidBackward,
    SoftmaxBackward,
}

use Function::*;

impl Function {
    pub const ALL: [Function; 13] = [
        Relu,
        LeakyRelu,
        Exp,
        Tanh,
        Sigmoid,
        Softmax,
        Maxout,
        MaxoutSlices,
        ReluBackward,
        LeakyReluBackward,
        TanhBackward,
        SigmoidBackward,
        SoftmaxBackward,
    ];

    /// Its name, for C as well.
    pub const fn c_name(self) -> &'static CStr {
        match self {
            Relu => c"relu",
            LeakyRelu => c"leaky_relu",
            Exp => c"exp",
            Tanh => c"tanh",
            Sigmoid => c"sigmoid",
            Softmax => c"softmax",
            Maxout => c"maxout",
            MaxoutSlices => c"maxout_slices",
            ReluBackward => c"relu_backward",
            LeakyReluBackward => c"leaky_relu_backward",
            TanhBackward => c"tanh_backward",
            SigmoidBackward => c"sigmoid_backward",
            SoftmaxBackward => c"softmax_backward",
        }
    }

    pub fn name(self) -> &'static str {
        self.c_name().to_str().expect("it is ASCII")
    }

    /// The function whose output is what a gradient is computed from.
    pub const fn forward(self) -> Option<Function> {
        match self {
            ReluBackward => Some(Relu),
            LeakyReluBackward => Some(LeakyRelu),
            TanhBackward => Some(Tanh),
            SigmoidBackward => Some(Sigmoid),
            SoftmaxBackward => Some(Softmax),
            _ => None,
        }
    }

    pub const fn is_maxout(self) -> bool {
        matches!(self, Maxout | MaxoutSlices)
    }

    /// Whether there is a fast tier.
    pub const fn has_fast(self) -> bool {
        matches!(self, Exp | Tanh | Sigmoid)
    }
}

/// A function and the shape of its input: `[outer, len, inner]`, along the middle axis where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub function: Function,
    pub outer: usize,
    pub len: usize,
    pub inner: usize,
}

impl Case {
    const fn flat(function: Function, n: usize) -> Case {
        Case { function, outer: n, len: 1, inner: 1 }
    }

    /// Elements of the input; times are divided by it.
    pub const fn elements(&self) -> usize {
        self.outer * self.len * self.inner
    }

    /// Elements of the output.
    pub const fn output(&self) -> usize {
        if self.function.is_maxout() { self.outer * self.inner } else { self.elements() }
    }

    /// How many elements memcpy copies to read and write as many bytes.
    pub const fn traffic(&self) -> usize {
        let upstream = if self.function.forward().is_some() { self.elements() } else { 0 };
        (self.elements() + upstream + self.output()) / 2
    }

    /// The input, or what was saved of the forward pass, and the upstream gradient. Where there is none of that, `dy`
    /// is left as it is.
    pub fn fill(&self, x: &mut [f32], dy: &mut [f32]) {
        noise(1, 6.0, x);
        if let Some(forward) = self.function.forward() {
            let kernels = Kernels::default().serial();
            let input = x.to_vec();
            let case = Case { function: forward, ..*self };
            ours::run(&kernels, &case, &input, &[], x).expect("shapes fit");
            noise(2, 1.0, dy);
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case { function, outer, len, inner } = self;
        write!(f, "{} ", function.name())?;
        match (len, inner) {
            (1, 1) => write!(f, "{outer}"),
            (_, 1) => write!(f, "{outer}x{len}"),
            _ => write!(f, "{outer}x{len}x{inner}"),
        }
    }
}

/// Evenly distributed values between `-limit` and `limit`, the same for the same seed (SplitMix64).
fn noise(seed: u64, limit: f32, x: &mut [f32]) {
    let mut state = seed;
    for x in x {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let unit = (z >> 40) as f32 / (1 << 24) as f32;
        *x = (2.0 * unit - 1.0) * limit;
    }
}

const KI: usize = 1 << 10;

/// Each function at so many elements.
fn flat<const N: usize>(functions: &[Function], sizes: [usize; N]) -> Vec<Case> {
    functions.iter().flat_map(|&function| sizes.map(|n| Case::flat(function, n))).collect()
}

/// The cases of the race.
pub fn all() -> Vec<Case> {
    const SIZES: [usize; 7] = [8, 64, 512, 4 * KI, 64 * KI, KI * KI, 16 * KI * KI];
    const SOFTMAX: [(usize, usize, usize); 6] =
        [(1024, 64, 1), (128, 1000, 1), (64, 32768, 1), (1, 4 * KI * KI, 1), (8, 50257, 1), (1, 21, 512 * 512)];
    let softmax = |function| SOFTMAX.map(|(outer, len, inner)| Case { function, outer, len, inner });

    let mut cases = flat(&[Relu, LeakyRelu, Exp, Tanh, Sigmoid], SIZES);
    cases.extend(softmax(Softmax));
    for n in &SIZES[2..] {
        cases.push(Case { function: Maxout, outer: 1, len: 2, inner: n / 2 });
        cases.push(Case { function: Maxout, outer: n / 4, len: 4, inner: 1 });
        // Each slice begins at the beginning of a cache line.
        cases.push(Case { function: MaxoutSlices, outer: 1, len: 5, inner: n / 5 / 16 * 16 });
    }
    cases.extend(flat(&[ReluBackward, LeakyReluBackward, TanhBackward, SigmoidBackward], SIZES));
    cases.extend(softmax(SoftmaxBackward));
    cases
}

/// The cases of curves: how the cost of an element changes as work grows.
pub fn curves() -> Vec<Case> {
    // Powers of two, of the large ones every second.
    const SIZES: [usize; 20] = {
        let mut sizes = [1; 20];
        let mut i = 1;
        while i < sizes.len() {
            sizes[i] = sizes[i - 1] * if sizes[i - 1] < 4 * KI { 2 } else { 4 };
            i += 1;
        }
        sizes
    };
    let softmax = |function| {
        let rows = (3..=22).map(|power| 1 << power);
        rows.map(move |len| Case { function, outer: (64 * KI / len).max(1), len, inner: 1 })
    };

    let mut cases = flat(&[Relu, LeakyRelu, Exp, Tanh, Sigmoid], SIZES);
    cases.extend(softmax(Softmax));
    for n in SIZES.into_iter().filter(|&n| n >= 64) {
        cases.push(Case { function: Maxout, outer: 1, len: 2, inner: n / 2 });
        cases.push(Case { function: Maxout, outer: n / 4, len: 4, inner: 1 });
        // Whole cache lines, of which five slices have at least five.
        cases.push(Case { function: MaxoutSlices, outer: 1, len: 5, inner: n.div_ceil(5 * 16) * 16 });
    }
    cases.extend(flat(&[ReluBackward, LeakyReluBackward, TanhBackward, SigmoidBackward], SIZES));
    cases.extend(softmax(SoftmaxBackward));
    cases
}
