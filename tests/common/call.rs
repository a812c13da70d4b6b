//! One way to call every function in every form.

use core::fmt;
use core::mem::MaybeUninit;

use accuracy::{KERNELS, Kernel};
use simdact::{Axis, Error, Kernels};

use super::functions::{ALONG, Along};
use super::guarded::{Guarded, spare};

/// A function of the crate.
#[derive(Clone, Copy)]
pub enum Function {
    Map(&'static Kernel),
    MapBackward(&'static accuracy::Function),
    Row(&'static Along),
    RowBackward(&'static Along),
    Maxout(Pieces),
    MaxoutBackward(Pieces),
}

/// What maxout chooses from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pieces {
    /// Separate slices: parts of one array here, each of which starts elsewhere than at alignment.
    Slices,
    /// Groups of neighbours, or planes.
    Axis,
}

/// Where the result goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    OutOfPlace,
    InPlace,
    Uninit,
    WithIndex,
}

/// Data `[outer, len, inner]`, with the axis in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub outer: usize,
    pub len: usize,
    pub inner: usize,
}

impl Shape {
    pub const fn new(outer: usize, len: usize, inner: usize) -> Shape {
        Shape { outer, len, inner }
    }
    /// Elements that stand side by side, where the axis does not matter.
    pub const fn flat(n: usize) -> Shape {
        Shape::new(n, 1, 1)
    }
    pub const fn size(self) -> usize {
        self.outer * self.len * self.inner
    }
    pub const fn rows(self) -> usize {
        self.outer * self.inner
    }
    pub const fn axis(self) -> Axis {
        Axis::new(self.len).inner(self.inner)
    }
    /// The places of the elements of each row.
    pub fn each_row(self) -> impl Iterator<Item = Vec<usize>> {
        let Shape { outer, len, inner } = self;
        let row = move |block: usize, column| (0..len).map(|i| (block * len + i) * inner + column).collect();
        (0..outer).flat_map(move |block| (0..inner).map(move |column| row(block, column)))
    }
}

/// What is read: `x` is the input, or what was saved of the forward pass. Functions take what they need.
#[derive(Clone, Copy)]
pub struct Operands<'a> {
    pub shape: Shape,
    pub x: &'a [f32],
    /// The upstream gradient.
    pub dy: &'a [f32],
    /// The index of winners.
    pub winners: &'a [u32],
}

/// Where a result goes: in place, it holds there what [`Function::in_place_input`] names.
pub enum Place<'y> {
    Ready(&'y mut [f32]),
    Uninit(&'y mut [MaybeUninit<f32>]),
}

/// What is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub values: Vec<f32>,
    /// Empty unless the form is [`Form::WithIndex`].
    pub index: Vec<u32>,
}

/// Most slices in one call.
pub const MAX_SLICES: usize = 16;

impl Function {
    /// Every function, forward and backward.
    pub fn all() -> impl Iterator<Item = Function> {
        let map = KERNELS.iter().flat_map(|f| {
            // The gradient is the same in all tiers.
            let backward = f.is_default().then_some(Function::MapBackward(f.function));
            [Function::Map(f)].into_iter().chain(backward)
        });
        let along = ALONG.iter().flat_map(|f| {
            let backward = f.is_default().then_some(Function::RowBackward(f));
            [Function::Row(f)].into_iter().chain(backward)
        });
        let maxout =
            [Pieces::Slices, Pieces::Axis].into_iter().flat_map(|p| [Function::Maxout(p), Function::MaxoutBackward(p)]);
        map.chain(along).chain(maxout)
    }

    /// Every function and each of its forms.
    pub fn all_forms() -> impl Iterator<Item = (Function, Form)> {
        Function::all().flat_map(|function| function.forms().iter().map(move |&form| (function, form)))
    }

    pub fn forms(self) -> &'static [Form] {
        match self {
            Function::Map(_) | Function::Row(_) => &[Form::OutOfPlace, Form::InPlace, Form::Uninit],
            Function::Maxout(_) => &[Form::WithIndex, Form::OutOfPlace, Form::InPlace, Form::Uninit],
            _ => &[Form::OutOfPlace, Form::InPlace],
        }
    }

    pub fn is_backward(self) -> bool {
        matches!(self, Function::MapBackward(_) | Function::RowBackward(_) | Function::MaxoutBackward(_))
    }

    /// Shapes in which the vectors of the function run over `n` elements.
    pub fn shapes(self, n: usize) -> Vec<Shape> {
        let shapes = match self {
            Function::Map(_) | Function::MapBackward(_) => vec![Shape::flat(n)],
            Function::Row(_) | Function::RowBackward(_) => vec![Shape::new(1, n, 1), Shape::new(1, 5, n)],
            Function::Maxout(Pieces::Slices) | Function::MaxoutBackward(Pieces::Slices) => vec![Shape::new(n, 3, 1)],
            Function::Maxout(Pieces::Axis) | Function::MaxoutBackward(Pieces::Axis) => {
                let groups = [1, 2, 3, 4, 8].map(|len| Shape::new(n, len, 1));
                groups.into_iter().chain([Shape::new(1, 3, n)]).collect()
            }
        };
        // An axis has elements; an empty array has none of them.
        let fits = |shape: Shape| if shape.len * shape.inner > 0 { shape } else { Shape::new(0, 3, 2) };
        shapes.into_iter().map(fits).collect()
    }

    /// Elements of the result.
    pub fn result_len(self, operands: Operands) -> usize {
        match self {
            Function::Maxout(_) => operands.shape.rows(),
            Function::MaxoutBackward(_) => operands.shape.size(),
            _ => operands.x.len(),
        }
    }

    /// What stands at the beginning of the result's place before a call in place.
    pub fn in_place_input(self, operands: Operands<'_>) -> &[f32] {
        match self {
            Function::Map(_) | Function::Row(_) | Function::Maxout(Pieces::Axis) => operands.x,
            Function::Maxout(Pieces::Slices) => &operands.x[..operands.shape.rows()],
            _ => operands.dy,
        }
    }

    /// Those inputs that element `i` of the result comes from, for messages.
    pub fn inputs_of(self, operands: Operands, i: usize) -> Vec<f32> {
        let Operands { shape: Shape { len, inner, .. }, x, dy, winners, .. } = operands;
        match self {
            Function::Map(_) | Function::Row(_) => vec![x[i]],
            Function::MapBackward(_) | Function::RowBackward(_) => vec![x[i], dy[i]],
            Function::Maxout(Pieces::Slices) => (0..len).map(|piece| x[piece * x.len() / len + i]).collect(),
            Function::Maxout(Pieces::Axis) => {
                (0..len).map(|piece| x[(i / inner * len + piece) * inner + i % inner]).collect()
            }
            Function::MaxoutBackward(pieces) => {
                let row = match pieces {
                    Pieces::Slices => i % dy.len(),
                    Pieces::Axis => i / (len * inner) * inner + i % inner,
                };
                vec![dy[row], winners[row] as f32]
            }
        }
    }

    /// Calls it, and gives out the result. Allocates nothing.
    pub fn run<'y>(
        self,
        kernels: &Kernels,
        form: Form,
        operands: Operands<'_>,
        place: Place<'y>,
        index: &mut [u32],
    ) -> Result<&'y mut [f32], Error> {
        let Operands { shape, x, dy, winners } = operands;
        let (axis, rows) = (shape.axis(), shape.rows());
        let y = match (self, place) {
            (Function::Map(f), Place::Uninit(y)) => {
                return f.on(kernels).apply_uninit(f.activation, x, y);
            }
            (Function::Row(f), Place::Uninit(y)) => return (f.uninit)(kernels, x, axis, y),
            (Function::Maxout(Pieces::Slices), Place::Uninit(y)) => {
                return kernels.maxout_uninit(&slices(x, rows)[..shape.len], y);
            }
            (Function::Maxout(Pieces::Axis), Place::Uninit(y)) => return kernels.maxout_axis_uninit(x, axis, y),
            (_, Place::Uninit(_)) => panic!("{self} has no such form"),
            (_, Place::Ready(y)) => y,
        };
        match (self, form) {
            (Function::Map(f), Form::OutOfPlace) => f.on(kernels).apply(f.activation, x, y)?,
            (Function::Map(f), Form::InPlace) => f.on(kernels).apply_in_place(f.activation, y),
            (Function::MapBackward(f), Form::OutOfPlace) => kernels.backward(f.activation, x, dy, y)?,
            (Function::MapBackward(f), Form::InPlace) => kernels.backward_in_place(f.activation, x, y)?,
            (Function::Row(f), Form::OutOfPlace) => (f.apply)(kernels, x, axis, y)?,
            (Function::Row(f), Form::InPlace) => (f.in_place)(kernels, y, axis)?,
            (Function::RowBackward(f), Form::OutOfPlace) => (f.backward)(kernels, x, dy, axis, y)?,
            (Function::RowBackward(f), Form::InPlace) => (f.backward_in_place)(kernels, x, y, axis)?,
            (Function::Maxout(Pieces::Slices), Form::OutOfPlace) => {
                kernels.maxout(&slices(x, rows)[..shape.len], y)?;
            }
            (Function::Maxout(Pieces::Slices), Form::InPlace) => {
                kernels.maxout_in_place(y, &slices(x, rows)[1..shape.len])?;
            }
            (Function::Maxout(Pieces::Slices), Form::WithIndex) => {
                kernels.maxout_with_index(&slices(x, rows)[..shape.len], y, index)?;
            }
            (Function::Maxout(Pieces::Axis), Form::OutOfPlace) => kernels.maxout_axis(x, axis, y)?,
            (Function::Maxout(Pieces::Axis), Form::InPlace) => return kernels.maxout_axis_in_place(y, axis),
            (Function::Maxout(Pieces::Axis), Form::WithIndex) => kernels.maxout_axis_with_index(x, axis, y, index)?,
            (Function::MaxoutBackward(Pieces::Slices), Form::OutOfPlace) => {
                kernels.maxout_backward(winners, dy, &mut slices_mut(y, rows)[..shape.len])?;
            }
            (Function::MaxoutBackward(Pieces::Slices), Form::InPlace) => {
                let (first, others) = y.split_at_mut(rows);
                kernels.maxout_backward_in_place(winners, first, &mut slices_mut(others, rows)[..shape.len - 1])?;
            }
            (Function::MaxoutBackward(Pieces::Axis), Form::OutOfPlace) => {
                kernels.maxout_axis_backward(winners, dy, axis, y)?;
            }
            (Function::MaxoutBackward(Pieces::Axis), Form::InPlace) => {
                kernels.maxout_axis_backward_in_place(winners, axis, y)?;
            }
            _ => panic!("{self} has no such form"),
        }
        Ok(y)
    }

    /// Calls it with a new place for the result, `offset` elements after alignment, and checks that nothing around it
    /// was touched.
    pub fn call(self, kernels: &Kernels, form: Form, operands: Operands, offset: usize) -> Output {
        let len = self.result_len(operands);
        if form == Form::Uninit {
            let mut place = spare(len, offset);
            let to = Place::Uninit(&mut place.spare_capacity_mut()[..len]);
            let values = self.run(kernels, form, operands, to, &mut []).expect("all fits").to_vec();
            return Output { values, index: Vec::new() };
        }
        let input = if form == Form::InPlace { self.in_place_input(operands) } else { &[] };
        let mut place = Guarded::copy(input, len, offset);
        let mut index = Guarded::untouched(if form == Form::WithIndex { len } else { 0 }, offset + 3);
        let result = self.run(kernels, form, operands, Place::Ready(&mut place), &mut index);
        let values = result.expect("all fits").to_vec();
        let damage = place.damage().or(index.damage());
        assert_eq!(damage, None, "{self} on {kernels:?}, {form:?}, {:?}: touched the element there", operands.shape);
        Output { values, index: index.to_vec() }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Function::Map(kernel) => return write!(f, "{kernel}"),
            Function::MapBackward(accuracy::Function { name, .. }) => name,
            Function::Row(Along { name, .. }) | Function::RowBackward(Along { name, .. }) => name,
            Function::Maxout(Pieces::Slices) | Function::MaxoutBackward(Pieces::Slices) => "maxout of slices",
            Function::Maxout(Pieces::Axis) | Function::MaxoutBackward(Pieces::Axis) => "maxout along an axis",
        };
        write!(f, "{name}{}", if self.is_backward() { ", backward" } else { "" })
    }
}

/// The array as slices of `len` elements.
fn slices(all: &[f32], len: usize) -> [&[f32]; MAX_SLICES] {
    let mut parts = all.chunks(len.max(1));
    core::array::from_fn(|_| parts.next().unwrap_or_default())
}

fn slices_mut(all: &mut [f32], len: usize) -> [&mut [f32]; MAX_SLICES] {
    let mut parts = all.chunks_mut(len.max(1));
    core::array::from_fn(|_| parts.next().unwrap_or_default())
}
