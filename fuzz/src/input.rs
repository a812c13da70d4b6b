//! How the bytes of an input are read.

use simdact::{Activation, Axis};

/// Values of all inputs together; more would only be slower.
const MOST: usize = 1 << 15;

/// The bytes of an input: first the choices, in the order in which the check asks for them, one byte each unless
/// stated; then the values, which start again from the front when they are used up. Where choices are missing, 0 is
/// read; where there are no values at all, 0.0. So every file is an input, and so is every beginning of one.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(data: &'a [u8]) -> Input<'a> {
        Input(data)
    }

    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&byte, rest)) => {
                self.0 = rest;
                byte
            }
            None => 0,
        }
    }

    /// A number less than `end`, which is at most 256.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// How far slices lie from the alignment of their allocations.
    pub fn offsets<const N: usize>(&mut self) -> [usize; N] {
        std::array::from_fn(|_| self.below(16))
    }

    /// A length up to 249, by one byte, or up to 20 000 by three.
    pub fn length(&mut self) -> usize {
        match self.byte() {
            byte @ 0..=249 => byte.into(),
            _ => usize::from(u16::from_le_bytes([self.byte(), self.byte()])) % 20_001,
        }
    }

    /// 0, or now and then up to 8 more or less.
    pub fn deviation(&mut self) -> isize {
        match self.byte() {
            byte @ 240..=247 => byte as isize - 239,
            byte @ 248..=255 => byte as isize - 256,
            _ => 0,
        }
    }

    /// A length that should be `len`, with a [deviation](Input::deviation).
    pub fn nearly(&mut self, len: usize) -> usize {
        len.saturating_add_signed(self.deviation())
    }

    /// An axis, and the length of some data, which mostly fits it: a few rows, many short ones, or a few blocks of
    /// columns.
    pub fn axis(&mut self) -> (Axis, usize) {
        let (axis, end) = match self.below(3) {
            0 => (Axis::rows(self.extent()), 6),
            1 => (Axis::rows(self.below(32) + 1), 256),
            _ => (Axis::new(self.extent()).inner(self.extent()), 6),
        };
        let outer = self.below(end);
        let length = match axis.len.checked_mul(axis.inner) {
            Some(block @ 1..=MOST) => outer.min(MOST / block) * block,
            _ => outer,
        };
        (axis, self.nearly(length))
    }

    /// A size of an axis: 6 of the 256 bytes stand for sizes that nobody should ask for.
    fn extent(&mut self) -> usize {
        const ROOT: usize = 1 << (usize::BITS / 2);
        match self.byte() {
            255 => 0,
            254 => usize::MAX,
            253 => usize::MAX / 2 + 1,
            252 => ROOT,
            251 => ROOT + 1,
            250 => usize::MAX / 3,
            byte @ 240..=249 => usize::from(byte - 239) * 3000 + self.below(256),
            byte => usize::from(byte) + 1,
        }
    }

    /// An activation; the slope of leaky ReLU is four bytes.
    pub fn activation(&mut self) -> Activation {
        match self.below(4) {
            0 => Activation::Relu,
            1 => Activation::LeakyRelu { slope: f32::from_le_bytes(std::array::from_fn(|_| self.byte())) },
            2 => Activation::Tanh,
            _ => Activation::Sigmoid,
        }
    }

    /// What is left, as values; the first byte tells how they are coded.
    pub fn values(mut self) -> Values<'a> {
        let code = match self.below(4) {
            0 => Code::Bits,
            1 => Code::HighBits,
            2 => Code::Fixed,
            _ => Code::Short,
        };
        Values { code, bytes: self.0.iter().cycle() }
    }
}

/// How values are coded.
#[derive(Clone, Copy)]
enum Code {
    /// Four bytes: the bits of the float.
    Bits,
    /// Two bytes: the higher half of the bits.
    HighBits,
    /// Two bytes: a fixed-point number in ±128.
    Fixed,
    /// One byte: a special value, or a fixed-point number in ±15.
    Short,
}

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

/// The values of an input, without end.
pub struct Values<'a> {
    code: Code,
    bytes: std::iter::Cycle<std::slice::Iter<'a, u8>>,
}

impl Values<'_> {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.bytes.next().copied().unwrap_or(0))
    }

    fn float(&mut self) -> f32 {
        match self.code {
            Code::Bits => f32::from_le_bytes(self.bytes()),
            Code::HighBits => f32::from_bits(u32::from(u16::from_le_bytes(self.bytes())) << 16),
            Code::Fixed => f32::from(i16::from_le_bytes(self.bytes())) / 256.0,
            Code::Short => {
                let [byte] = self.bytes();
                SPECIAL.get(usize::from(byte)).copied().unwrap_or((f32::from(byte) - 136.0) / 8.0)
            }
        }
    }

    /// The next `len` floats.
    pub fn floats(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.float()).collect()
    }

    /// `len` numbers of pieces, one byte each: now and then one that is no piece.
    pub fn indices(&mut self, len: usize, pieces: usize) -> Vec<u32> {
        let index = |[byte]: [u8; 1]| match byte {
            255 => u32::MAX,
            254 => u32::try_from(pieces).unwrap_or(u32::MAX),
            byte => (usize::from(byte) % pieces.max(1)) as u32,
        };
        (0..len).map(|_| index(self.bytes())).collect()
    }
}
