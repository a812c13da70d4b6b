//! The numbers in arrays, as inputs choose them.

use std::fmt;
use std::iter::successors;

use arbitrary::{Arbitrary, Result, Unstructured};

/// Floats without end: a few that come again and again, and one among them that may be special. It is the last field
/// of a case, since it takes all bytes that are left.
#[derive(Debug, Arbitrary)]
pub struct Values {
    planted: Option<Planted>,
    period: Period,
}

impl Values {
    /// The next floats, in arrays of these lengths.
    pub fn arrays<const N: usize>(&self, lens: [usize; N]) -> [Vec<f32>; N] {
        let mut all = self.floats(lens.iter().sum()).into_iter();
        lens.map(|len| all.by_ref().take(len).collect())
    }

    /// The same, where the number of arrays is not known before.
    pub fn stack(&self, lens: &[usize]) -> Vec<Vec<f32>> {
        let mut all = self.floats(lens.iter().sum()).into_iter();
        lens.iter().map(|&len| all.by_ref().take(len).collect()).collect()
    }

    fn floats(&self, len: usize) -> Vec<f32> {
        let mut all: Vec<f32> = self.period.0.iter().copied().cycle().take(len).collect();
        if let Some(Planted { at, value: Special(value) }) = self.planted
            && len > 0
        {
            all[usize::from(at) % len] = value;
        }
        all
    }
}

/// A special value in one place only, wherever that is in the arrays.
#[derive(Debug, Clone, Copy, Arbitrary)]
struct Planted {
    at: u16,
    value: Special,
}

#[derive(Debug, Clone, Copy)]
struct Special(f32);

const SPECIAL: [f32; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::NAN,
    -f32::NAN,
    f32::MAX,
    f32::MIN,
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    1e-45,
    -1e-45,
    1.0 - f32::EPSILON / 2.0,
    1.0 + f32::EPSILON,
];

impl<'a> Arbitrary<'a> for Special {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Special> {
        u.choose(&SPECIAL).copied().map(Special)
    }
}

/// At least one float.
struct Period(Vec<f32>);

/// In one line, and not all of a long one.
impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(64)];
        write!(f, "{shown:?}, {} in all", self.0.len())
    }
}

/// How values are coded: in so many bytes, and with that meaning.
struct Code(usize, fn(u32) -> f32);

const CODES: [Code; 6] = [
    // Fixed-point numbers in ±16, in ±1, and in ±128.
    Code(2, |bits| f32::from(bits as i16) / 2048.0),
    Code(2, |bits| f32::from(bits as i16) / 32768.0),
    Code(2, |bits| f32::from(bits as i16) / 256.0),
    // A special value, or a fixed-point number in ±15.
    Code(1, |byte| SPECIAL.get(byte as usize).copied().unwrap_or((byte as f32 - 136.0) / 8.0)),
    // The bits of the float, or only the higher half of them.
    Code(4, f32::from_bits),
    Code(2, |bits| f32::from_bits(bits << 16)),
];

/// What is left is the floats; but where it is less than five bytes, it numbers a sequence of random ones, so that the
/// smallest inputs, which libFuzzer likes best, are not the dullest.
impl<'a> Arbitrary<'a> for Period {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Period> {
        let &Code(width, decode) = u.choose(&CODES)?;
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |bits, &byte| bits << 8 | u32::from(byte));
        let bytes = u.bytes(u.len())?;
        if bytes.len() > 4 {
            return Ok(Period(bytes.chunks(width).map(|bytes| decode(number(bytes))).collect()));
        }
        // A linear congruential generator, whose higher bits are the better ones (D. Knuth, MMIX).
        let step =
            |state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
        let states = successors(step(&number(bytes).into()), step).skip(1);
        Ok(Period(states.map(|state| decode((state >> (64 - 8 * width)) as u32)).take(LONG).collect()))
    }
}

/// Numbers in a sequence; no multiple of the length of a vector.
const LONG: usize = 509;

/// Numbers of pieces, of which one may be no piece.
#[derive(Debug, Arbitrary)]
pub struct Indices {
    /// Its length has no factor in common with that of a vector.
    period: [u8; 13],
    stray: Option<Stray>,
}

/// An index that is too large, somewhere.
#[derive(Debug, Clone, Copy, Arbitrary)]
struct Stray {
    at: u16,
    beyond: u32,
}

impl Indices {
    pub fn of(&self, len: usize, pieces: usize) -> Vec<u32> {
        let index = |&byte: &u8| (usize::from(byte) % pieces.max(1)) as u32;
        let mut all: Vec<u32> = self.period.iter().map(index).cycle().take(len).collect();
        if let Some(Stray { at, beyond }) = self.stray
            && len > 0
        {
            all[usize::from(at) % len] = u32::try_from(pieces).unwrap_or(u32::MAX).saturating_add(beyond);
        }
        all
    }
}
