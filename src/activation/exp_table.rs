// Printed by tools/exp.py: change that, not this.

// ln 2 in 13 bits, and the rest of it.
pub(super) const LN2_HIGH: f32 = 0.69311523;
pub(super) const LN2_LOW: f32 = 0.000031946183;

// T[i] = 2^(i/8) e^d with e^d = 1.024020316, to within 0.0582 ULP; from the
// bits of each, i << 20 is taken off.
pub(super) const TABLE: [f32; 8] =
    [1.0240203, 0.99585104, 0.9838861, 0.976495, 0.9740917, 0.9771276, 0.986095, 1.0030615];

// Coefficients of r^0 to r^4 in e^(r - d) - 1. Rounded as they are, they leave
// a relative error of at most 0.0254 2^-24 of e^x.
pub(super) const P: [f32; 5] = [-0.023456875, 0.9765431, 0.48827156, 0.16277628, 0.04069248];

// For softmax: coefficients of r^0 to r^3, to 0.3199 2^-24 of e^x.
pub(super) const Q: [f32; 4] = [-0.023456892, 0.9765431, 0.48834792, 0.16277246];

// For the fast tier: 2^(i/8), each less i << 20. With r + r^2 / 2 for e^r - 1,
// the relative error is at most 2^-16.12.
pub(super) const POWERS: [f32; 8] =
    [1.0, 0.9827539, 0.96960354, 0.9609198, 0.95710677, 0.9586054, 0.9658964, 0.97950405];
