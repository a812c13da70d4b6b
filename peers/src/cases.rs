//! What is measured: functions, shapes, and the values that go in.

use std::fmt;

use accuracy::FUNCTIONS;
use simdact::{Accuracy, Kernels, Saves};

use crate::ours;

/// A function of simdact.
#[derive(Clone, Copy)]
pub enum Function {
    /// An element-wise function.
    Map(&'static accuracy::Function),
    /// Its gradient.
    MapBackward(&'static accuracy::Function),
    Softmax,
    SoftmaxBackward,
    /// Along an axis: groups of neighbours, or planes.
    Maxout,
    /// Of slices that are separate arguments, here the `len` parts of one array.
    MaxoutSlices,
}

use Function::*;

impl Function {
    /// All of them: the element-wise ones are those that the package `accuracy` knows, with the parameters that it has.
    pub fn all() -> impl Iterator<Item = Function> {
        let maps = FUNCTIONS.iter().flat_map(|function| [Map(function), MapBackward(function)]);
        maps.chain([Softmax, SoftmaxBackward, Maxout, MaxoutSlices])
    }

    pub fn name(self) -> String {
        match self {
            Map(function) => function.name.to_string(),
            MapBackward(function) => format!("{}_backward", function.name),
            Softmax => "softmax".to_string(),
            SoftmaxBackward => "softmax_backward".to_string(),
            Maxout => "maxout".to_string(),
            MaxoutSlices => "maxout_slices".to_string(),
        }
    }

    /// An element-wise function with its parameters, such as `elu(0.7)`, where the name is simdact's; else nothing.
    pub fn call(self) -> String {
        match self {
            Map(function) | MapBackward(function) => function.activation.to_string(),
            _ => String::new(),
        }
    }

    /// The parameters of an element-wise function, in the order of [`call`](Function::call): with the name, that is
    /// what a rival needs to know.
    pub fn parameters(self) -> Vec<f32> {
        let call = self.call();
        let Some((_, parameters)) = call.split_once('(') else { return Vec::new() };
        let parameters = parameters.trim_end_matches(')').split(", ");
        parameters.map(|text| text.parse().expect("parameters are numbers")).collect()
    }

    /// The function whose gradient it is.
    pub fn forward(self) -> Option<Function> {
        match self {
            MapBackward(function) => Some(Map(function)),
            SoftmaxBackward => Some(Softmax),
            _ => None,
        }
    }

    /// Whether it is a gradient that is computed from the output.
    pub fn wants_output(self) -> bool {
        match self {
            MapBackward(function) => function.activation.saves() == Saves::Output,
            SoftmaxBackward => true,
            _ => false,
        }
    }

    pub fn is_maxout(self) -> bool {
        matches!(self, Maxout | MaxoutSlices)
    }

    /// Whether there is such a tier.
    pub fn has(self, tier: Accuracy) -> bool {
        match (self, tier) {
            (_, Accuracy::Faithful) => true,
            (Map(function), Accuracy::Fast) => function.fast.is_some(),
            (Map(function), Accuracy::Exact) => function.exact().is_some(),
            _ => false,
        }
    }
}

/// A function and the shape of its input: `[outer, len, inner]`, along the middle axis where it has one.
#[derive(Clone, Copy)]
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
    pub fn output(&self) -> usize {
        if self.function.is_maxout() { self.outer * self.inner } else { self.elements() }
    }

    /// How many elements memcpy copies to read and write as many bytes.
    pub fn traffic(&self) -> usize {
        let upstream = if self.function.forward().is_some() { self.elements() } else { 0 };
        (self.elements() + upstream + self.output()) / 2
    }

    /// The input, or what was saved of the forward pass, and the upstream gradient. Where there is none of that, `dy`
    /// is left as it is.
    pub fn fill(&self, x: &mut [f32], dy: &mut [f32]) {
        noise(1, 6.0, x);
        let Some(forward) = self.function.forward() else { return };
        noise(2, 1.0, dy);
        if self.function.wants_output() {
            let kernels = Kernels::default().serial();
            let input = x.to_vec();
            let case = Case { function: forward, ..*self };
            ours::run(&kernels, &case, &input, &[], x).expect("shapes fit");
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

/// Element-wise functions that are raced at all sizes: those that are everywhere. There are many others.
const AT_ALL_SIZES: [&str; 5] = ["relu", "leaky_relu", "exp", "tanh", "sigmoid"];
/// Those whose curves are drawn, and those whose gradients' are.
const DRAWN: [&str; 8] = ["relu", "leaky_relu", "exp", "tanh", "sigmoid", "silu", "gelu", "softplus"];
const DRAWN_BACKWARD: [&str; 4] = ["relu", "leaky_relu", "tanh", "sigmoid"];

/// Each of the element-wise functions, or each of their gradients, at so many elements.
fn flat<'a>(
    make: fn(&'static accuracy::Function) -> Function,
    sizes: impl Fn(&str) -> &'a [usize],
) -> impl Iterator<Item = Case> {
    FUNCTIONS.iter().flat_map(move |function| {
        let sizes = sizes(function.name);
        sizes.iter().map(move |&n| Case::flat(make(function), n))
    })
}

/// The cases of the race.
pub fn all() -> Vec<Case> {
    const SIZES: [usize; 7] = [8, 64, 512, 4 * KI, 64 * KI, KI * KI, 16 * KI * KI];
    const SOFTMAX: [(usize, usize, usize); 6] =
        [(1024, 64, 1), (128, 1000, 1), (64, 32768, 1), (1, 4 * KI * KI, 1), (8, 50257, 1), (1, 21, 512 * 512)];
    // Calls that cost more than work tell the same of all functions, and so does memory.
    let sizes = |name: &str| if AT_ALL_SIZES.contains(&name) { &SIZES[..] } else { &SIZES[3..6] };
    let softmax = |function| SOFTMAX.map(|(outer, len, inner)| Case { function, outer, len, inner });

    let mut cases: Vec<Case> = flat(Map, sizes).collect();
    cases.extend(softmax(Softmax));
    for n in &SIZES[2..] {
        cases.push(Case { function: Maxout, outer: 1, len: 2, inner: n / 2 });
        cases.push(Case { function: Maxout, outer: n / 4, len: 4, inner: 1 });
        // Each slice begins at the beginning of a cache line.
        cases.push(Case { function: MaxoutSlices, outer: 1, len: 5, inner: n / 5 / 16 * 16 });
    }
    cases.extend(flat(MapBackward, sizes));
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
    let sizes_if = |drawn: bool| if drawn { &SIZES[..] } else { &[] };
    let softmax = |function| {
        let rows = (3..=22).map(|power| 1 << power);
        rows.map(move |len| Case { function, outer: (64 * KI / len).max(1), len, inner: 1 })
    };

    let mut cases: Vec<Case> = flat(Map, |name| sizes_if(DRAWN.contains(&name))).collect();
    cases.extend(softmax(Softmax));
    for n in SIZES.into_iter().filter(|&n| n >= 64) {
        cases.push(Case { function: Maxout, outer: 1, len: 2, inner: n / 2 });
        cases.push(Case { function: Maxout, outer: n / 4, len: 4, inner: 1 });
        // Whole cache lines, of which five slices have at least five.
        cases.push(Case { function: MaxoutSlices, outer: 1, len: 5, inner: n.div_ceil(5 * 16) * 16 });
    }
    cases.extend(flat(MapBackward, |name| sizes_if(DRAWN_BACKWARD.contains(&name))));
    cases.extend(softmax(SoftmaxBackward));
    cases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_those_of_the_activation() {
        let parameters = |name: &str| Map(accuracy::function(name).expect("it is in the table")).parameters();
        assert!(parameters("relu").is_empty());
        assert_eq!(parameters("leaky_relu"), [0.01]);
        assert_eq!(parameters("softplus"), [1.0, 20.0]);
        for function in Function::all() {
            // Whatever is added, its parameters can be read.
            function.parameters();
        }
    }

    #[test]
    fn every_function_is_raced_and_what_is_drawn_exists() {
        let raced: Vec<String> = all().iter().map(|case| case.function.name()).collect();
        for function in Function::all() {
            assert!(raced.contains(&function.name()), "{}", function.name());
        }
        for name in [&AT_ALL_SIZES[..], &DRAWN, &DRAWN_BACKWARD].concat() {
            assert!(accuracy::function(name).is_ok(), "{name}");
        }
    }
}
