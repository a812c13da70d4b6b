//! Entry points for C: the cases, their values, and simdact. `include/simdact_peers.h` declares them.

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;
use std::slice;
use std::sync::LazyLock;

use simdact::{Backend, Kernels};

use crate::cases::{self, Case, Function};
use crate::errors;
use crate::ours::{self, TIERS};
use crate::report;

static RACE: LazyLock<Vec<Case>> = LazyLock::new(cases::all);
static CURVES: LazyLock<Vec<Case>> = LazyLock::new(cases::curves);
static FUNCTIONS: LazyLock<Vec<CFunction>> = LazyLock::new(|| {
    let all = Function::all();
    all.map(|function| CFunction { function, name: text(&function.name()), call: text(&function.call()) }).collect()
});
static PROCESSOR: LazyLock<CString> = LazyLock::new(|| text(&report::processor()));
static VERSION: LazyLock<CString> = LazyLock::new(|| text(&report::versions()["simdact"]));
static COMPILER: LazyLock<CString> = LazyLock::new(|| text(&report::versions()["rustc"]));

/// A function, whose number is its place among all, and what it is called.
struct CFunction {
    function: Function,
    name: CString,
    call: CString,
}

fn text(text: &str) -> CString {
    CString::new(text).expect("it is text")
}

/// The cases of curves if `curve` is not 0, else those of the race.
fn cases(curve: c_int) -> &'static [Case] {
    if curve == 0 { &RACE } else { &CURVES }
}

/// The backends by number.
const BACKENDS: [(&CStr, Backend); 5] = [
    (c"scalar", Backend::Scalar),
    (c"portable", Backend::Portable),
    (c"neon", Backend::Neon),
    (c"avx2", Backend::Avx2),
    (c"avx512", Backend::Avx512),
];

/// Success.
const OK: c_int = 0;
/// A number that nothing has, or a shape that does not fit.
const INVALID: c_int = 1;
/// A backend that this machine lacks.
const UNAVAILABLE: c_int = 2;

/// The processor's name.
#[unsafe(no_mangle)]
pub extern "C" fn simdact_peers_processor() -> *const c_char {
    PROCESSOR.as_ptr()
}

/// The version of simdact.
#[unsafe(no_mangle)]
pub extern "C" fn simdact_peers_version() -> *const c_char {
    VERSION.as_ptr()
}

/// The version of rustc, which compiled it.
#[unsafe(no_mangle)]
pub extern "C" fn simdact_peers_compiler() -> *const c_char {
    COMPILER.as_ptr()
}

/// How many cases there are, of curves if `curve` is not 0.
#[unsafe(no_mangle)]
pub extern "C" fn simdact_peers_cases(curve: c_int) -> usize {
    cases(curve).len()
}

/// The name of a function, or null.
#[unsafe(no_mangle)]
pub extern "C" fn simdact_peers_function(function: u32) -> *const c_char {
    FUNCTIONS.get(function as usize).map_or(ptr::null(), |function| function.name.as_ptr())
}

/// An element-wise function, or that of a gradient, with its parameters, such as "elu(0.7)"; empty for others, and null
/// where there is no function of that number.
#[unsafe(no_mangle)]
pub extern "C" fn simdact_peers_activation(function: u32) -> *const c_char {
    FUNCTIONS.get(function as usize).map_or(ptr::null(), |function| function.call.as_ptr())
}

/// Whether a function has the tier of that number, 0 faithful, 1 fast, 2 exact: 1 or 0.
#[unsafe(no_mangle)]
pub extern "C" fn simdact_peers_has_tier(function: u32, tier: u32) -> c_int {
    let (function, tier) = (FUNCTIONS.get(function as usize), TIERS.get(tier as usize));
    function.zip(tier).is_some_and(|(function, &(tier, _))| function.function.has(tier)).into()
}

/// The name of a backend, or null.
#[unsafe(no_mangle)]
pub extern "C" fn simdact_peers_backend(backend: u32) -> *const c_char {
    BACKENDS.get(backend as usize).map_or(ptr::null(), |(name, _)| name.as_ptr())
}

/// A case, by number.
#[repr(C)]
pub struct CCase {
    function: u32,
    outer: usize,
    len: usize,
    inner: usize,
}

impl CCase {
    fn case(&self) -> Option<Case> {
        let &CCase { function, outer, len, inner } = self;
        let function = FUNCTIONS.get(function as usize)?.function;
        let slices = matches!(function, Function::MaxoutSlices);
        let fits = len * inner > 0 && (!slices || len <= ours::MOST_SLICES);
        fits.then_some(Case { function, outer, len, inner })
    }
}

/// Writes a case.
///
/// # Safety
/// `case` is valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_peers_case(curve: c_int, number: usize, case: *mut CCase) -> c_int {
    let Some(&Case { function, outer, len, inner }) = cases(curve).get(number) else { return INVALID };
    let name = text(&function.name());
    let Some(number) = FUNCTIONS.iter().position(|function| function.name == name) else { return INVALID };
    // SAFETY: the caller's promise.
    unsafe { case.write(CCase { function: number as u32, outer, len, inner }) };
    OK
}

/// Writes the values that go into a case: the input or what was saved to `x`, the upstream gradient, where there is
/// one, to `dy`.
///
/// # Safety
/// `case` is valid for reads, `x` and `dy` for reads and writes of as many floats as the case has elements, apart from
/// each other.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_peers_fill(case: *const CCase, x: *mut f32, dy: *mut f32) -> c_int {
    // SAFETY: the caller's promise.
    let Some(case) = unsafe { &*case }.case() else { return INVALID };
    // SAFETY: the caller's promise.
    let (x, dy) =
        unsafe { (slice::from_raw_parts_mut(x, case.elements()), slice::from_raw_parts_mut(dy, case.elements())) };
    case.fill(x, dy);
    OK
}

/// Computes a case on one thread, in the tier of that number.
///
/// # Safety
/// `case` is valid for reads, `x` for reads of as many floats as the case has elements, `dy` likewise in gradients,
/// and `y`, apart from those, for writes of as many as the result has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_peers_run(
    case: *const CCase,
    backend: u32,
    tier: u32,
    x: *const f32,
    dy: *const f32,
    y: *mut f32,
) -> c_int {
    // SAFETY: the caller's promise.
    let Some(case) = unsafe { &*case }.case() else { return INVALID };
    let Some(&(_, backend)) = BACKENDS.get(backend as usize) else { return INVALID };
    let Ok(kernels) = Kernels::on(backend) else { return UNAVAILABLE };
    let Some(&(accuracy, _)) = TIERS.get(tier as usize) else { return INVALID };
    let upstream = if case.function.forward().is_some() { case.elements() } else { 0 };
    // SAFETY: the caller's promise; nothing is read through `dy` where it may be anything.
    let (x, dy, y) = unsafe {
        let dy = if upstream == 0 { &[] } else { slice::from_raw_parts(dy, upstream) };
        (slice::from_raw_parts(x, case.elements()), dy, slice::from_raw_parts_mut(y, case.output()))
    };
    match ours::run(&kernels.serial().accuracy(accuracy), &case, x, dy, y) {
        Ok(()) => OK,
        Err(_) => INVALID,
    }
}

/// The largest error of results `y` of inputs `x`, in ULP of the true value; NaN where there is no single true value, and
/// in a case that is none.
///
/// # Safety
/// `case` is valid for reads, `x` and `y` for reads of as many floats as the case has elements and its result has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_peers_ulps(case: *const CCase, x: *const f32, y: *const f32) -> f64 {
    // SAFETY: the caller's promise.
    let Some(case) = unsafe { &*case }.case() else { return f64::NAN };
    // SAFETY: the caller's promise.
    let (x, y) = unsafe { (slice::from_raw_parts(x, case.elements()), slice::from_raw_parts(y, case.output())) };
    errors::ulps(case.function, x, y).unwrap_or(f64::NAN)
}
