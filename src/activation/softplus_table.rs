// Printed by tools/softplus.py: change that, not this.

// Below this |x|, the polynomial in x is used.
pub(super) const NEAR: f32 = 1.0;

// Coefficients of s^0 to s^6 in (s - log(1 + s)) / s^2. Rounded as they are,
// they leave an error of at most 0.0291 ULP of log(1 + s).
pub(super) const G: [f32; 7] = [0.49999985, -0.3333252, 0.24983193, -0.19820204, 0.15568118, -0.10308028, 0.03923929];

// Coefficients of x^0 to x^8 in (log(cosh(x / 2))) / x^2. Rounded as they are,
// they leave an error of at most 0.0179 ULP of softplus.
pub(super) const R: [f32; 5] = [0.125, -0.005208319, 0.00034710678, -2.6021895e-5, 1.7416645e-6];
