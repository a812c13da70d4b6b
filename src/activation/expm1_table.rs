// Printed by tools/expm1.py: change that, not this.

// k is 0 from here on: ln 2 (-1/2 - BIAS) = -0.4430.
pub(super) const BIAS: f32 = 0.1391139;

// Coefficients of r^0 to r^5 in (e^r - 1 - r) / r^2. Rounded as they are, they
// leave an error of at most 0.0123 ULP of e^x - 1 where k is 0, and 0.0031
// elsewhere.
pub(super) const Q: [f32; 6] = [0.5, 0.16666664, 0.04166668, 0.008334536, 0.0013899719, 0.00018504828];
