//! Inputs.

use core::f32::consts;

use accuracy::KERNELS;
use simdact::Backend;

use super::call::{Form, Function, Operands, Pieces, Shape};
use super::guarded::Guarded;

/// SplitMix64: S. Vigna's public-domain generator.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// Less than `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    /// At least `from`, less than `to`.
    pub fn within(&mut self, from: f32, to: f32) -> f32 {
        from + (to - from) * ((self.next() >> 40) as f32 / (1 << 24) as f32)
    }
    pub fn bits(&mut self) -> f32 {
        f32::from_bits((self.next() >> 32) as u32)
    }
}

/// Values at which something happens, of both signs.
pub const SPECIAL: [f32; 28] = [
    0.0,
    f32::from_bits(1),
    1e-40,
    f32::from_bits(0x007f_ffff),
    f32::MIN_POSITIVE,
    1e-20,
    2.44e-4,
    f32::EPSILON,
    0.2,
    consts::LN_2 / 2.0,
    0.5,
    0.999_999_94,
    1.0,
    1.000_000_1,
    consts::LN_2,
    2.0,
    9.010_913,
    9.5,
    17.328_68,
    30.0,
    87.336_55,
    88.722_84,
    103.972_08,
    104.0,
    105.0,
    1e30,
    f32::MAX,
    f32::INFINITY,
];

/// A kind of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Numbers as networks have them.
    Logits,
    /// The whole range in which exponentials of differences are not 0.
    Wide,
    /// Few different numbers, also both zeros: ties.
    Ties,
    /// [`SPECIAL`] values, and NaN now and then.
    Special,
    /// Any bits: all magnitudes, subnormals, infinities and NaNs.
    Bits,
}

impl Data {
    pub const ALL: [Data; 5] = [Data::Logits, Data::Wide, Data::Ties, Data::Special, Data::Bits];

    pub fn value(self, random: &mut Random) -> f32 {
        match self {
            Data::Logits => random.within(-8.0, 8.0),
            Data::Wide => random.within(-110.0, 110.0),
            Data::Ties => [0.0, -0.0, 1.0, -1.0, 2.0][random.below(5)],
            Data::Special if random.below(64) == 0 => f32::NAN,
            Data::Special => {
                let value = SPECIAL[random.below(SPECIAL.len())];
                if random.below(2) == 0 { value } else { -value }
            }
            Data::Bits => random.bits(),
        }
    }

    pub fn values(self, n: usize, random: &mut Random) -> Vec<f32> {
        (0..n).map(|_| self.value(random)).collect()
    }

    /// Whether every number is one that a network computes with: finite, and of moderate size.
    pub fn is_tame(self) -> bool {
        matches!(self, Data::Logits | Data::Wide | Data::Ties)
    }
}

/// What a function is called with, in arrays away from alignment.
pub struct Sample {
    pub shape: Shape,
    pub data: Data,
    pub x: Guarded<f32>,
    pub dy: Guarded<f32>,
    pub winners: Guarded<u32>,
}

impl Sample {
    /// Operands for `function`. What is saved of the forward pass is what the reference saves, where the data is
    /// tame; else it is as wild as everything.
    pub fn new(function: Function, shape: Shape, data: Data, seed: u64, offset: usize) -> Sample {
        let mut random = Random(seed);
        let mut x = data.values(shape.size(), &mut random);
        let (dy_len, winners_len) = match function {
            Function::MapBackward(_) | Function::RowBackward(_) => (shape.size(), 0),
            Function::MaxoutBackward(_) => (shape.rows(), shape.rows()),
            _ => (0, 0),
        };
        let dy_data = if data == Data::Wide { Data::Logits } else { data };
        let dy = dy_data.values(dy_len, &mut random);
        let winners: Vec<u32> = (0..winners_len).map(|_| random.below(shape.len) as u32).collect();
        if data.is_tame() {
            x = saved(function, shape, x);
        }
        let x = Guarded::copy(&x, 0, offset);
        let dy = Guarded::copy(&dy, 0, offset + 5);
        Sample { shape, data, x, dy, winners: Guarded::copy(&winners, 0, offset + 10) }
    }

    pub fn operands(&self) -> Operands<'_> {
        Operands { shape: self.shape, x: &self.x, dy: &self.dy, winners: &self.winners }
    }

    /// Whether the bound of `backend` holds for such operands. Where gradients are inexact without the fused
    /// multiply-add, it does for numbers of moderate size: others may overflow on the way with one rounding more.
    pub fn suits(&self, function: Function, backend: Backend) -> bool {
        let inexact = match function {
            Function::MapBackward(f) => f.gradient.portable.is_some(),
            Function::RowBackward(_) => true,
            _ => false,
        };
        self.data.is_tame() || !inexact || backend != Backend::Portable
    }
}

/// What the backward function wants of the forward pass over `x`.
pub fn saved(function: Function, shape: Shape, x: Vec<f32>) -> Vec<f32> {
    let forward = match function {
        Function::MapBackward(f) if f.activation.saves() == simdact::Saves::Output => {
            Function::Map(KERNELS.iter().find(|kernel| kernel.function.name == f.name).expect("each has a kernel"))
        }
        Function::RowBackward(f) => Function::Row(f),
        _ => return x,
    };
    let operands = Operands { shape, x: &x, dy: &[], winners: &[] };
    forward.call(&super::scalar(), Form::OutOfPlace, operands, 0).values
}

/// The exact result of maxout and of its backward function, by a plain loop.
pub fn maxout(pieces: Pieces, operands: Operands) -> (Vec<f32>, Vec<u32>) {
    let function = Function::Maxout(pieces);
    let winner = |i| {
        let values = function.inputs_of(operands, i);
        let nan = values.iter().position(|x| x.is_nan());
        // The first of those that no other exceeds.
        let largest = || values.iter().position(|x| values.iter().all(|other| other <= x));
        let at = nan.or_else(largest).expect("numbers have a largest");
        (values[at], at as u32)
    };
    (0..operands.shape.rows()).map(winner).unzip()
}
