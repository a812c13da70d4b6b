//! PReLU, whose slopes are an array.

use crate::kernels::CKernels;
use crate::memory::{Array, Pair};
use crate::softmax::CAxis;
use crate::status::{CStatus, guard};

/// Writes x where x > 0, else slope * x, with a slope for each position along an axis: `slopes` has `axis.len`
/// elements, `x` and `y` have `length`. In place where `y` is `x`. With one slope for all it is
/// SIMDACT_KIND_LEAKY_RELU.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_prelu(
    x: *const f32,
    y: *mut f32,
    length: usize,
    slopes: *const f32,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        let (x, y) = (Array::new("x", x, length)?, Array::new("y", y, length)?);
        let slopes = Array::new("slopes", slopes, axis.len)?;
        slopes.apart(&y)?;
        // SAFETY: as the header asks.
        unsafe {
            match x.pair(&y)? {
                Pair::Apart(x, y) => kernels.prelu(x, slopes.read(), axis.into(), y)?,
                Pair::InPlace(x) => kernels.prelu_in_place(x, slopes.read(), axis.into())?,
            }
        }
        Ok(())
    })
}

/// Writes the gradients of simdact_prelu() from its input `x` and the upstream gradient `dy`: dy where x > 0, else
/// slope * dy, to `dx`, and the sum of x * dy over all x <= 0 at a position to `dslopes`, which has `axis.len` elements
/// as `slopes` has. Neither may overlap any other array.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn simdact_prelu_backward(
    x: *const f32,
    dy: *const f32,
    dx: *mut f32,
    length: usize,
    slopes: *const f32,
    dslopes: *mut f32,
    axis: CAxis,
    kernels: *const CKernels,
) -> CStatus {
    guard(|| {
        // SAFETY: as the header asks.
        let kernels = unsafe { CKernels::chosen(kernels)? };
        let inputs =
            [Array::new("x", x, length)?, Array::new("dy", dy, length)?, Array::new("slopes", slopes, axis.len)?];
        let (dx, dslopes) = (Array::new("dx", dx, length)?, Array::new("dslopes", dslopes, axis.len)?);
        for input in &inputs {
            input.apart(&dx)?;
            input.apart(&dslopes)?;
        }
        dx.apart(&dslopes)?;
        let [x, dy, slopes] = inputs;
        // SAFETY: as the header asks.
        unsafe {
            kernels.prelu_backward(x.read(), slopes.read(), axis.into(), dy.read(), dx.write(), dslopes.write())?;
        }
        Ok(())
    })
}
