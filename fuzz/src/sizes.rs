//! Lengths, offsets and axes, as inputs choose them.

use arbitrary::{Arbitrary, Result, Unstructured};
use simdact::Axis;

/// Values of an array along an axis; more would only be slower.
const MOST: usize = 1 << 15;

/// How far a slice lies from the alignment of its allocation, in elements.
#[derive(Debug, Clone, Copy)]
pub struct Offset(pub usize);

impl<'a> Arbitrary<'a> for Offset {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Offset> {
        u.int_in_range(0..=15).map(Offset)
    }
}

/// A length: mostly up to 249, now and then up to 20 000.
#[derive(Debug, Clone, Copy)]
pub struct Length(pub usize);

impl<'a> Arbitrary<'a> for Length {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Length> {
        Ok(Length(match u.arbitrary()? {
            short @ 0..=249 => u8::into(short),
            _ => u.int_in_range(0..=20_000)?,
        }))
    }
}

/// By how much a length is wrong: mostly not at all, now and then up to 8 elements.
#[derive(Debug, Clone, Copy)]
pub struct Deviation(isize);

impl Deviation {
    /// The wrong length instead of the right one.
    pub fn of(self, len: usize) -> usize {
        len.saturating_add_signed(self.0)
    }
}

impl<'a> Arbitrary<'a> for Deviation {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Deviation> {
        Ok(Deviation(match u.arbitrary()? {
            byte @ 240..=247 => byte as isize - 239,
            byte @ 248..=255_u8 => byte as isize - 256,
            _ => 0,
        }))
    }
}

/// Up to five slices that should all have the same length.
#[derive(Debug, Clone)]
pub struct Pieces(Vec<Deviation>);

impl Pieces {
    /// The length of each, where it should be `len`.
    pub fn of(&self, len: usize) -> Vec<usize> {
        self.0.iter().map(|deviation| deviation.of(len)).collect()
    }
}

impl<'a> Arbitrary<'a> for Pieces {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Pieces> {
        let count = u.int_in_range(0..=5)?;
        (0..count).map(|_| u.arbitrary()).collect::<Result<_>>().map(Pieces)
    }
}

/// Where an array is cut in two.
#[derive(Debug, Clone, Copy, Arbitrary)]
pub struct Cut(u16);

impl Cut {
    /// Somewhere from 0 to `len`, both included.
    pub fn of(self, len: usize) -> usize {
        usize::from(self.0) % (len + 1)
    }

    /// Between two blocks of data that fits the axis.
    pub fn between_blocks(self, length: usize, axis: Axis) -> usize {
        // Where there is no data, a block may be larger than any number.
        if length == 0 { 0 } else { self.of(length / (axis.len * axis.inner)) * axis.len * axis.inner }
    }
}

/// An axis, and the length of some data, which mostly fits it: a few rows, many short ones, or a few blocks of short
/// columns or of long ones.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub axis: Axis,
    pub length: usize,
}

impl<'a> Arbitrary<'a> for Shape {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Shape> {
        let (axis, most) = match u.int_in_range(0..=3)? {
            0 => (Axis::rows(extent(u)?), 5),
            1 => (Axis::rows(u.int_in_range(1..=32)?), 255),
            2 => (Axis::new(u.int_in_range(1..=16)?).inner(extent(u)?), 5),
            _ => (Axis::new(extent(u)?).inner(u.int_in_range(1..=40)?), 5),
        };
        let outer = u.int_in_range(0..=most)?;
        let length = match axis.len.checked_mul(axis.inner) {
            Some(block @ 1..=MOST) => outer.min(MOST / block) * block,
            _ => outer,
        };
        Ok(Shape { axis, length: Deviation::arbitrary(u)?.of(length) })
    }
}

/// The size of an axis: 6 of the 256 bytes stand for sizes that nobody should ask for.
fn extent(u: &mut Unstructured<'_>) -> Result<usize> {
    const ROOT: usize = 1 << (usize::BITS / 2);
    Ok(match u.arbitrary::<u8>()? {
        255 => 0,
        254 => usize::MAX,
        253 => usize::MAX / 2 + 1,
        252 => ROOT,
        251 => ROOT + 1,
        250 => usize::MAX / 3,
        byte @ 240..=249 => usize::from(byte - 239) * 3000 + u.int_in_range(0..=255)?,
        byte => usize::from(byte) + 1,
    })
}

/// Any number, often a small one or one near a power of two.
#[derive(Debug, Clone, Copy)]
pub struct Number(pub usize);

impl<'a> Arbitrary<'a> for Number {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Number> {
        let byte: u8 = u.arbitrary()?;
        let power = 1_usize << (u32::from(byte) % usize::BITS);
        Ok(Number(match byte {
            0..=127 => usize::from(byte) % 65,
            128..=223 => Deviation::arbitrary(u)?.of(power),
            _ => u.arbitrary()?,
        }))
    }
}
