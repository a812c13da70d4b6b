//! Functions along an axis, of elements of 16 bits, and of rows with gaps between them: each has the bits of the same in
//! f32 without gaps, rounded at the end; and what is in the gaps stays.

mod common;

use core::fmt::Debug;
use core::mem::MaybeUninit;

use common::{Data, Number, Random, kernels, some};
use rayon::ThreadPoolBuilder;
use simdact::{Axis, Backend, Element, Error, Kernels, Mask, Rows, SoftmaxStats};

#[track_caller]
fn assert_same<T: Number>(what: &str, k: &Kernels, shape: &dyn Debug, expected: &[f32], found: &[T]) {
    assert_eq!(expected.len(), found.len());
    for (i, (&e, &f)) in expected.iter().zip(found).enumerate() {
        let e = T::round(e);
        assert!(e.bits() == f.bits(), "{what} on {} of {shape:?}, element {i}: {f:?}, not {e:?}", k.backend());
    }
}

type Forward<T> = fn(&Kernels, &[T], Axis, &mut [T]) -> Result<(), Error>;
type ForwardInPlace<T> = fn(&Kernels, &mut [T], Axis) -> Result<(), Error>;
type ForwardUninit<T> = for<'y> fn(&Kernels, &[T], Axis, &'y mut [MaybeUninit<T>]) -> Result<&'y mut [T], Error>;
type Backward<T> = fn(&Kernels, &[T], &[T], Axis, &mut [T]) -> Result<(), Error>;
type BackwardInPlace<T> = fn(&Kernels, &[T], &mut [T], Axis) -> Result<(), Error>;
type ForwardRows<T> = fn(&Kernels, (&[T], Rows), (&mut [T], Rows)) -> Result<(), Error>;
type ForwardRowsInPlace<T> = fn(&Kernels, &mut [T], Rows) -> Result<(), Error>;
type BackwardRows<T> = fn(&Kernels, (&[T], Rows), (&[T], Rows), (&mut [T], Rows)) -> Result<(), Error>;

/// All there is of a function.
struct Verbs<T> {
    name: &'static str,
    forward: Forward<T>,
    in_f32: Forward<f32>,
    in_place: ForwardInPlace<T>,
    uninit: ForwardUninit<T>,
    backward: Backward<T>,
    backward_in_f32: Backward<f32>,
    backward_in_place: BackwardInPlace<T>,
    rows: ForwardRows<T>,
    rows_in_place: ForwardRowsInPlace<T>,
    backward_rows: BackwardRows<T>,
}

macro_rules! verbs {
    ($($name:ident: $in_place:ident $uninit:ident $backward:ident $backward_in_place:ident $rows:ident
        $rows_in_place:ident $backward_rows:ident;)*) => {
        /// Softmax and its relatives.
        fn family<T: Element>() -> Vec<Verbs<T>> {
            vec![$(Verbs {
                name: stringify!($name),
                forward: Kernels::$name::<T>,
                in_f32: Kernels::$name::<f32>,
                in_place: Kernels::$in_place::<T>,
                uninit: |k, x, axis, y| k.$uninit(x, axis, y),
                backward: Kernels::$backward::<T>,
                backward_in_f32: Kernels::$backward::<f32>,
                backward_in_place: Kernels::$backward_in_place::<T>,
                rows: Kernels::$rows::<T>,
                rows_in_place: Kernels::$rows_in_place::<T>,
                backward_rows: Kernels::$backward_rows::<T>,
            }),*]
        }
    };
}
verbs! {
    softmax: softmax_in_place softmax_uninit softmax_backward softmax_backward_in_place softmax_rows
        softmax_rows_in_place softmax_backward_rows;
    softmin: softmin_in_place softmin_uninit softmin_backward softmin_backward_in_place softmin_rows
        softmin_rows_in_place softmin_backward_rows;
    softmax1: softmax1_in_place softmax1_uninit softmax1_backward softmax1_backward_in_place softmax1_rows
        softmax1_rows_in_place softmax1_backward_rows;
    log_softmax: log_softmax_in_place log_softmax_uninit log_softmax_backward log_softmax_backward_in_place
        log_softmax_rows log_softmax_rows_in_place log_softmax_backward_rows;
}

/// Blocks, elements along the axis, and columns.
type Shape = (usize, usize, usize);

const SHAPES: &[Shape] = &[
    (1, 1, 1),
    (7, 5, 1),
    (3, 33, 1),
    (2, 1000, 1),
    (4, 3, 5),
    (2, 17, 40),
    (3, 5, 16),
    (1, 700, 33),
    (1, 8192, 1),
    (2, 8193, 1),
    (1, 20_000, 1),
    (1, 9000, 3),
];

fn shapes() -> impl Iterator<Item = Shape> {
    SHAPES.iter().copied().step_by(some().min(4))
}

/// Elements, and the same in f32.
fn values<T: Number>(data: Data, n: usize, random: &mut Random) -> (Vec<T>, Vec<f32>) {
    let x: Vec<T> = data.values(n, random).into_iter().map(T::round).collect();
    let wide = x.iter().map(|x| x.wide()).collect();
    (x, wide)
}

const GAP: f32 = 7.25;

/// Rows with gaps between them, none after the last.
fn apart<T: Number>(x: &[T], rows: Rows) -> Vec<T> {
    let mut with = Vec::new();
    for row in x.chunks(rows.len) {
        with.extend_from_slice(row);
        with.resize(with.len() + rows.stride - rows.len, T::round(GAP));
    }
    with.truncate(with.len().saturating_sub(rows.stride - rows.len));
    with
}

fn check<T: Number>(k: &Kernels, verbs: &Verbs<T>, (outer, len, inner): Shape, data: Data) {
    let Verbs { name, .. } = verbs;
    let (n, axis) = (outer * len * inner, Axis::new(len).inner(inner));
    let shape = (outer, len, inner, data);
    let mut random = Random(n as u64);
    let (x, wide) = values::<T>(data, n, &mut random);
    let (dy, dy_wide) = values::<T>(Data::Logits, n, &mut random);
    let mut expected = vec![9.0; n];
    (verbs.in_f32)(k, &wide, axis, &mut expected).expect("all fits");
    let mut y = vec![T::round(9.0); n];
    (verbs.forward)(k, &x, axis, &mut y).expect("all fits");
    assert_same(name, k, &shape, &expected, &y);
    let mut in_place = x.clone();
    (verbs.in_place)(k, &mut in_place, axis).expect("all fits");
    assert_same(name, k, &shape, &expected, &in_place);
    let mut uninit = Vec::with_capacity(n);
    let fresh = (verbs.uninit)(k, &x, axis, &mut uninit.spare_capacity_mut()[..n]).expect("all fits");
    assert_same(name, k, &shape, &expected, fresh);

    let y_wide: Vec<f32> = y.iter().map(|y| y.wide()).collect();
    let mut gradient = vec![9.0; n];
    (verbs.backward_in_f32)(k, &y_wide, &dy_wide, axis, &mut gradient).expect("all fits");
    let mut dx = vec![T::round(9.0); n];
    (verbs.backward)(k, &y, &dy, axis, &mut dx).expect("all fits");
    assert_same(name, k, &("backward", shape), &gradient, &dx);
    let mut in_place = dy.clone();
    (verbs.backward_in_place)(k, &y, &mut in_place, axis).expect("all fits");
    assert_same(name, k, &("backward", shape), &gradient, &in_place);

    if inner == 1 {
        let [a, b, c] = [0, 3, 16].map(|gap| Rows::new(len, len + gap));
        let with_gaps = |y: &[f32], rows| apart(y, rows);
        let blank = |rows| apart(&vec![T::round(1.0); n], rows);
        let mut to = blank(c);
        (verbs.rows)(k, (&apart(&x, b), b), (&mut to, c)).expect("all fits");
        assert_same(name, k, &("apart", shape), &with_gaps(&expected, c), &to);
        let mut in_place = apart(&x, b);
        (verbs.rows_in_place)(k, &mut in_place, b).expect("all fits");
        assert_same(name, k, &("apart", shape), &with_gaps(&expected, b), &in_place);
        let mut to = blank(b);
        (verbs.backward_rows)(k, (&apart(&y, c), c), (&apart(&dy, a), a), (&mut to, b)).expect("all fits");
        assert_same(name, k, &("apart, backward", shape), &with_gaps(&gradient, b), &to);
    }
}

fn family_of<T: Number>() {
    for verbs in family::<T>() {
        for shape in shapes() {
            for data in [Data::Logits, Data::Special] {
                for backend in Backend::available() {
                    check(&kernels(backend), &verbs, shape, data);
                }
            }
        }
    }
}

fn masks_of<T: Number>() {
    for (outer, len, inner) in shapes() {
        let (n, axis) = (outer * len * inner, Axis::new(len).inner(inner));
        let mut random = Random(n as u64);
        let (x, wide) = values::<T>(Data::Logits, n, &mut random);
        let additive = Data::Logits.values(len * inner, &mut random);
        let boolean: Vec<bool> = additive.iter().map(|x| *x > 0.0).collect();
        let causal = Mask::Causal { queries: outer, offset: len as isize / 2 };
        for mask in [Mask::None, Mask::Additive(&additive), Mask::Boolean(&boolean), causal] {
            for backend in Backend::available() {
                let k = &kernels(backend);
                let (mut expected, mut y) = (vec![9.0; n], vec![T::round(9.0); n]);
                k.masked_softmax(&wide, axis, 0.3, mask, &mut expected).expect("all fits");
                k.masked_softmax(&x, axis, 0.3, mask, &mut y).expect("all fits");
                let what = &("masked", outer, len, inner);
                assert_same("masked_softmax", k, what, &expected, &y);
                if inner == 1 {
                    let rows = Rows::new(len, len + 5);
                    let mut to = apart(&y, rows);
                    k.masked_softmax_rows((&apart(&x, rows), rows), 0.3, mask, (&mut to, rows)).expect("all fits");
                    assert_same("masked_softmax_rows", k, what, &apart(&expected, rows), &to);
                    let mut to = apart(&x, rows);
                    k.masked_softmax_rows_in_place(&mut to, rows, 0.3, mask).expect("all fits");
                    assert_same("masked_softmax_rows", k, what, &apart(&expected, rows), &to);
                    let (dy, dy_wide) = (x.clone(), wide.clone());
                    let y_wide: Vec<f32> = y.iter().map(|y| y.wide()).collect();
                    let mut gradient = vec![9.0; n];
                    k.masked_softmax_backward(&y_wide, &dy_wide, axis, 0.3, &mut gradient).expect("all fits");
                    let mut to = apart(&y, rows);
                    k.masked_softmax_backward_rows((&y, axis_rows(len)), (&dy, axis_rows(len)), 0.3, (&mut to, rows))
                        .expect("all fits");
                    assert_same("masked_softmax_backward_rows", k, what, &apart(&gradient, rows), &to);
                }
            }
        }
    }
}

/// Rows without gaps.
fn axis_rows(len: usize) -> Rows {
    Rows::new(len, len)
}

fn sums_of<T: Number>() {
    for (outer, len, inner) in shapes() {
        let (n, count, axis) = (outer * len * inner, outer * inner, Axis::new(len).inner(inner));
        for data in [Data::Logits, Data::Special] {
            let mut random = Random(n as u64);
            let (x, wide) = values::<T>(data, n, &mut random);
            let (dy, dy_wide) = values::<T>(Data::Logits, count, &mut random);
            for backend in Backend::available() {
                let (k, what) = (&kernels(backend), &(outer, len, inner, data));
                let (mut expected, mut y) = (vec![9.0; count], vec![T::round(9.0); count]);
                k.logsumexp(&wide, axis, &mut expected).expect("all fits");
                k.logsumexp(&x, axis, &mut y).expect("all fits");
                assert_same("logsumexp", k, what, &expected, &y);
                let mut in_place = x.clone();
                let found = k.logsumexp_in_place(&mut in_place, axis).expect("all fits");
                assert_same("logsumexp_in_place", k, what, &expected, found);

                let y_wide: Vec<f32> = y.iter().map(|y| y.wide()).collect();
                let (mut gradient, mut dx) = (vec![9.0; n], vec![T::round(9.0); n]);
                k.logsumexp_backward(&wide, &y_wide, &dy_wide, axis, &mut gradient).expect("all fits");
                k.logsumexp_backward(&x, &y, &dy, axis, &mut dx).expect("all fits");
                assert_same("logsumexp_backward", k, what, &gradient, &dx);
                if inner == 1 {
                    let rows = Rows::new(len, len + 2);
                    let mut found = vec![T::round(9.0); count];
                    k.logsumexp_rows((&apart(&x, rows), rows), &mut found).expect("all fits");
                    assert_same("logsumexp_rows", k, what, &expected, &found);
                    let mut to = apart(&dx, rows);
                    k.logsumexp_backward_rows((&apart(&x, rows), rows), &y, &dy, (&mut to, rows)).expect("all fits");
                    assert_same("logsumexp_backward_rows", k, what, &apart(&gradient, rows), &to);
                }

                let (stats, of_wide): (SoftmaxStats, _) = (k.softmax_stats(&x), k.softmax_stats(&wide));
                assert!(stats == of_wide || stats.max().is_nan() && of_wide.max().is_nan());
                let (mut expected, mut y) = (vec![9.0; n], vec![T::round(9.0); n]);
                k.softmax_part(&stats, &wide, &mut expected).expect("all fits");
                k.softmax_part(&stats, &x, &mut y).expect("all fits");
                assert_same("softmax_part", k, what, &expected, &y);
                k.log_softmax_part(&stats, &wide, &mut expected).expect("all fits");
                k.log_softmax_part(&stats, &x, &mut y).expect("all fits");
                assert_same("log_softmax_part", k, what, &expected, &y);
            }
        }
    }
}

/// What is overwritten.
fn nines<T: Number>(n: usize) -> Vec<T> {
    vec![T::round(9.0); n]
}

fn maxout_axis_of<T: Number>() {
    for (outer, len, inner) in shapes().chain([(3, 4, 1), (1, 3, 3000), (500, 2, 1)]) {
        let (n, count, axis) = (outer * len * inner, outer * inner, Axis::new(len).inner(inner));
        for data in [Data::Logits, Data::Special] {
            let mut random = Random(n as u64);
            let (x, wide) = values::<T>(data, n, &mut random);
            let (dy, dy_wide) = values::<T>(data, count, &mut random);
            for backend in Backend::available() {
                let (k, what) = (&kernels(backend), &(outer, len, inner, data));
                let (mut expected, mut winners) = (vec![8.0; count], vec![7; count]);
                k.maxout_axis_with_index(&wide, axis, &mut expected, &mut winners).expect("all fits");
                let (mut y, mut index) = (nines::<T>(count), vec![9; count]);
                k.maxout_axis_with_index(&x, axis, &mut y, &mut index).expect("all fits");
                assert_same("maxout_axis_with_index", k, what, &expected, &y);
                assert_eq!(index, winners, "on {backend} of {what:?}");
                let mut y = nines::<T>(count);
                k.maxout_axis(&x, axis, &mut y).expect("all fits");
                assert_same("maxout_axis", k, what, &expected, &y);
                let mut uninit = Vec::with_capacity(count);
                let fresh = k.maxout_axis_uninit(&x, axis, &mut uninit.spare_capacity_mut()[..count]);
                assert_same("maxout_axis_uninit", k, what, &expected, fresh.expect("all fits"));
                let mut in_place = x.clone();
                let found = k.maxout_axis_in_place(&mut in_place, axis).expect("all fits");
                assert_same("maxout_axis_in_place", k, what, &expected, found);

                let (mut gradient, mut dx) = (vec![9.0; n], nines::<T>(n));
                k.maxout_axis_backward(&winners, &dy_wide, axis, &mut gradient).expect("all fits");
                k.maxout_axis_backward(&winners, &dy, axis, &mut dx).expect("all fits");
                assert_same("maxout_axis_backward", k, what, &gradient, &dx);
                let mut dx = nines::<T>(n);
                dx[..count].copy_from_slice(&dy);
                k.maxout_axis_backward_in_place(&winners, axis, &mut dx).expect("all fits");
                assert_same("maxout_axis_backward_in_place", k, what, &gradient, &dx);

                if inner == 1 {
                    let rows = Rows::new(len, len + 3);
                    let (mut y, mut index) = (nines::<T>(count), vec![9; count]);
                    let with_gaps = apart(&x, rows);
                    k.maxout_rows_with_index((&with_gaps, rows), &mut y, &mut index).expect("all fits");
                    assert_same("maxout_rows_with_index", k, what, &expected, &y);
                    assert_eq!(index, winners, "on {backend} of {what:?}");
                    let mut y = nines::<T>(count);
                    k.maxout_rows((&with_gaps, rows), &mut y).expect("all fits");
                    assert_same("maxout_rows", k, what, &expected, &y);
                    // What is between the rows stays.
                    let mut dx = apart(&nines::<T>(n), rows);
                    k.maxout_backward_rows(&winners, &dy, (&mut dx, rows)).expect("all fits");
                    assert_same("maxout_backward_rows", k, what, &apart(&gradient, rows), &dx);
                }
            }
        }
    }
}

fn maxout_of<T: Number>() {
    for n in [0, 1, 7, 64, 1023, 1024, 1025, 5000] {
        for data in [Data::Logits, Data::Special] {
            let mut random = Random(n as u64);
            let pieces: [_; 3] = core::array::from_fn(|_| values::<T>(data, n, &mut random));
            let (x, wide) = (pieces.each_ref().map(|p| &p.0[..]), pieces.each_ref().map(|p| &p.1[..]));
            for backend in Backend::available() {
                let (k, what) = (&kernels(backend), &(n, data));
                let (mut expected, mut winners) = (vec![8.0; n], vec![7; n]);
                k.maxout_with_index(&wide, &mut expected, &mut winners).expect("all fits");
                let (mut y, mut index) = (nines::<T>(n), vec![9; n]);
                k.maxout_with_index(&x, &mut y, &mut index).expect("all fits");
                assert_same("maxout_with_index", k, what, &expected, &y);
                assert_eq!(index, winners, "on {backend} of {what:?}");
                let mut y = nines::<T>(n);
                k.maxout(&x, &mut y).expect("all fits");
                assert_same("maxout", k, what, &expected, &y);
                let mut uninit = Vec::with_capacity(n);
                let fresh = k.maxout_uninit(&x, &mut uninit.spare_capacity_mut()[..n]).expect("all fits");
                assert_same("maxout_uninit", k, what, &expected, fresh);
                let mut in_place = x[0].to_vec();
                k.maxout_in_place(&mut in_place, &x[1..]).expect("all fits");
                assert_same("maxout_in_place", k, what, &expected, &in_place);

                let [mut a, mut b, mut c] = [(); 3].map(|()| vec![9.0; n]);
                k.maxout_backward(&winners, wide[0], &mut [&mut a, &mut b, &mut c]).expect("all fits");
                let [mut da, mut db, mut dc] = [(); 3].map(|()| nines::<T>(n));
                k.maxout_backward(&winners, x[0], &mut [&mut da, &mut db, &mut dc]).expect("all fits");
                let mut dy = x[0].to_vec();
                k.maxout_backward_in_place(&winners, &mut dy, &mut [&mut db, &mut dc]).expect("all fits");
                for (expected, found) in [(&a, &da), (&a, &dy), (&b, &db), (&c, &dc)] {
                    assert_same("maxout_backward", k, what, expected, found);
                }
            }
        }
    }
}

fn maxout_threads_of<T: Number>() {
    let pool = ThreadPoolBuilder::new().num_threads(3).build().expect("threads can be started");
    let k = Kernels::default();
    for (len, inner) in [(4, 1), (3, 1000), (1_200_000, 1)] {
        let (n, axis) = (len * inner * (2_400_000 / (len * inner)), Axis::new(len).inner(inner));
        let (x, _) = values::<T>(Data::Logits, n, &mut Random(3));
        let (mut y, mut index) = (nines::<T>(n / len), vec![9; n / len]);
        k.serial().maxout_axis_with_index(&x, axis, &mut y, &mut index).expect("all fits");
        let (mut shared, mut shared_index) = (nines::<T>(n / len), vec![8; n / len]);
        pool.install(|| k.maxout_axis_with_index(&x, axis, &mut shared, &mut shared_index)).expect("all fits");
        let y: Vec<f32> = y.iter().map(|y| y.wide()).collect();
        assert_same("maxout_axis_with_index", &k, &(len, inner), &y, &shared);
        assert_eq!(index, shared_index);
        if inner == 1 {
            let rows = Rows::new(len, len + 1);
            let (mut alone, mut shared) = (nines::<T>(n / len * rows.stride), nines::<T>(n / len * rows.stride));
            k.serial().maxout_backward_rows(&index, &x[..n / len], (&mut alone, rows)).expect("all fits");
            pool.install(|| k.maxout_backward_rows(&index, &x[..n / len], (&mut shared, rows))).expect("all fits");
            let alone: Vec<f32> = alone.iter().map(|dx| dx.wide()).collect();
            assert_same("maxout_backward_rows", &k, &(len, inner), &alone, &shared);
        }
    }
}

/// One row that threads share, and many.
fn threads_of<T: Number>() {
    let pool = ThreadPoolBuilder::new().num_threads(3).build().expect("threads can be started");
    for (outer, len, inner) in [(1, 540_000, 1), (70, 8000, 1), (2, 1000, 300)] {
        let (n, axis) = (outer * len * inner, Axis::new(len).inner(inner));
        let (x, _) = values::<T>(Data::Logits, n, &mut Random(3));
        for verbs in family::<T>() {
            let k = Kernels::default();
            let (mut alone, mut shared) = (vec![T::round(9.0); n], vec![T::round(8.0); n]);
            (verbs.forward)(&k.serial(), &x, axis, &mut alone).expect("all fits");
            pool.install(|| (verbs.forward)(&k, &x, axis, &mut shared)).expect("all fits");
            let alone: Vec<f32> = alone.iter().map(|y| y.wide()).collect();
            assert_same(verbs.name, &k, &(outer, len, inner), &alone, &shared);
            let (mut alone, mut shared) = (vec![T::round(9.0); n], vec![T::round(8.0); n]);
            (verbs.backward)(&k.serial(), &x, &x, axis, &mut alone).expect("all fits");
            pool.install(|| (verbs.backward)(&k, &x, &x, axis, &mut shared)).expect("all fits");
            let alone: Vec<f32> = alone.iter().map(|y| y.wide()).collect();
            assert_same(verbs.name, &k, &(outer, len, inner), &alone, &shared);
        }
    }
}

macro_rules! each_type {
    ($($name:ident => $generic:ident;)*) => {$(
        #[test]
        fn $name() {
            $generic::<f32>();
            #[cfg(feature = "half")]
            $generic::<half::f16>();
            #[cfg(feature = "half")]
            $generic::<half::bf16>();
        }
    )*};
}
each_type! {
    softmax_and_its_relatives => family_of;
    masks => masks_of;
    sums => sums_of;
    maxout_along_an_axis => maxout_axis_of;
    maxout_of_slices => maxout_of;
    maxout_on_threads => maxout_threads_of;
    threads_do_not_show => threads_of;
}

#[test]
fn errors_tell_what_would_fit() {
    let (x, mut y) = ([1.0_f32; 11], [9.0_f32; 11]);
    let rows = Rows::new(3, 4);
    for backend in Backend::available() {
        let k = kernels(backend);
        let too_few = k.softmax_rows((&x, rows), (&mut y[..7], rows));
        assert_eq!(too_few, Err(Error::Length { name: "y", found: 7, expected: 11 }));
        let shorter = k.log_softmax_rows((&x, rows), (&mut y, Rows::new(2, 4)));
        assert_eq!(shorter, Err(Error::Length { name: "y_rows", found: 2, expected: 3 }));
        let overlap = k.softmin_rows_in_place(&mut y, Rows::new(3, 2));
        assert_eq!(overlap, Err(Error::Stride { len: 3, stride: 2 }));
        let cut = k.softmax1_rows_in_place(&mut y[..10], rows);
        assert_eq!(cut, Err(Error::NotRows { length: 10, len: 3, stride: 4 }));
        let sums = k.logsumexp_rows((&x, rows), &mut y[..2]);
        assert_eq!(sums, Err(Error::Length { name: "y", found: 2, expected: 3 }));
        let mask = Mask::Additive(&[0.0; 2]);
        let masked = k.masked_softmax_rows((&x, rows), 1.0, mask, (&mut y, rows));
        assert_eq!(masked, Err(Error::Mask { mask: 2, length: 9, len: 3, inner: 1 }));
        let routed = k.maxout_backward_rows(&[0, 3, 0], &x[..3], (&mut y, rows));
        assert_eq!(routed, Err(Error::IndexOutOfRange { at: 1, index: 3, len: 3 }));
        let gradient = k.softmax_backward_rows((&x, rows), (&x, rows), (&mut y[..3], rows));
        assert_eq!(gradient, Err(Error::Length { name: "dx", found: 3, expected: 11 }));
    }
    assert_eq!(y, [9.0; 11], "nothing is written");
}
