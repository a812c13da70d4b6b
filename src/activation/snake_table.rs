// Printed by tools/snake.py: change that, not this.

// Where the first interval of r ends.
pub(super) const EDGE: f32 = 0.484375;

// u / pi is not beyond 2^23 up to here.
pub(super) const LIMIT: f32 = 26353588.0;

// Coefficients of w^0 to w^3 in q. Rounded as they are, they leave an error of
// at most 0.0190 2^-24 of r.
pub(super) const Q: [f32; 4] = [-0.33333334, 0.04444443, -0.0031743117, 0.00013910138];

// Those in h, to 0.0092 2^-24 of 1.
pub(super) const H: [f32; 4] = [-0.6666667, 0.13333333, -0.01269815, 0.00070083304];

// Coefficients of w^0 to w^4 in g, to 0.3164 2^-24 of 1.
pub(super) const G: [f32; 5] = [-1.3333334, 0.26666665, -0.025396591, 0.001409867, -4.931623e-5];

// For elements of 16 bits: of w^0 to w^5 in sin^2 u / w, to 0.4966 2^-24.
#[cfg(feature = "half")]
pub(super) const NARROW: [f32; 6] = [1.0, -0.33333308, 0.04444318, -0.0031723983, 0.00013934937, -3.6310944e-6];
