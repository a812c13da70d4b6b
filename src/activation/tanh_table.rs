// Printed by tools/tanh.py: change that, not this. Errors are in ULP of
// tanh. The tables are indexed by (bits(u) >> 21) & 15.

// tanh of this, and beyond, rounds to 1.
pub(super) const LIMIT: f32 = 9.125;

// u is 1 + SCALE min(|x|, LIMIT).
pub(super) const SCALE: f32 = 1.625;

// The first interval is u < FIRST.
pub(super) const FIRST: f32 = 1.25;

// Centres of the intervals; tanh of each is A0 to within 0.0010 ULP. The 0, at
// index 12, is that of the first interval.
pub(super) const C: [f32; 16] = [
    0.7692274, 1.115435, 1.4231025, 1.6539677, 2.077037, 2.8450682, 3.4571419, 4.0731215, 5.0701137, 5.9860435,
    7.513047, 8.66434, 0.0, 0.20673421, 0.3750007, 0.5144198,
];

// tanh(C), not used on the first interval.
pub(super) const A0: [f32; 16] = [
    0.64647996, 0.8059752, 0.89024436, 0.9294001, 0.96908474, 0.9932645, 0.998015, 0.9994205, 0.9999211, 0.99998736,
    0.9999994, 0.99999994, 0.0, 0.2038385, 0.358358, 0.47338173,
];

// Coefficients of d in tanh(C + d) - A0, or on the first interval in tanh(d) -
// d. A1 to A5, rounded as they are, leave a fitting error of at most 0.0564
// ULP on the first interval and 0.2864 on the others.
pub(super) const A1: [f32; 16] = [
    0.5820637,
    0.35040367,
    0.2074648,
    0.13621552,
    0.060874466,
    0.013425921,
    0.0039661857,
    0.0011586477,
    0.0001579924,
    2.5257961e-5,
    1.1932411e-6,
    1.1927123e-7,
    0.0,
    0.95844984,
    0.8715795,
    0.7759097,
];

// Coefficients of d^2; for the fitting error see A1.
pub(super) const A2: [f32; 16] = [
    -0.37629303,
    -0.28241742,
    -0.18469463,
    -0.12659888,
    -0.05899293,
    -0.013335053,
    -0.0039581223,
    -0.0011579212,
    -0.00015781148,
    -2.5262923e-5,
    -1.1910054e-6,
    -1.1909996e-7,
    7.466461e-7,
    -0.19536908,
    -0.31233668,
    -0.36730146,
];

// Coefficients of d^3; for the fitting error see A1.
pub(super) const A3: [f32; 16] = [
    0.0492376,
    0.11090194,
    0.09531394,
    0.07224378,
    0.036897838,
    0.008751885,
    0.0026218833,
    0.00076906936,
    0.000102512626,
    1.7088261e-5,
    7.7632126e-7,
    7.8251965e-8,
    -0.3333787,
    -0.27962607,
    -0.17857735,
    -0.08474025,
];

// Coefficients of d^4; for the fitting error see A1.
pub(super) const A4: [f32; 16] = [
    0.09365481,
    0.005062523,
    -0.02313961,
    -0.02489992,
    -0.016088082,
    -0.004289667,
    -0.0013128624,
    -0.0003873527,
    -5.379697e-5,
    -8.659469e-6,
    -4.1294822e-7,
    -4.1266016e-8,
    0.00081097556,
    0.122040205,
    0.16762468,
    0.16245198,
];

// Coefficients of d^5; for the fitting error see A1.
pub(super) const A5: [f32; 16] = [
    -0.063279584,
    -0.037482023,
    -0.008975379,
    0.0027473494,
    0.0043369527,
    0.001860896,
    0.0005997857,
    0.00018010382,
    3.0241e-5,
    2.586869e-6,
    2.1919843e-7,
    2.0673548e-8,
    0.12851833,
    0.08101755,
    0.014839074,
    -0.03691228,
];

// The last interval of the fast tier ends here.
pub(super) const FAST_LIMIT: f32 = 4.890625;

// Its intervals are those that this times |x| is nearest to.
pub(super) const FAST_SCALE: f32 = 1.53125;

// Coefficients of g(x) = tanh(x) / x. Rounded as they are, they leave a
// relative error of at most 2^-13.27 of tanh.
pub(super) const G0: [f32; 8] = [1.0, 0.99967694, 1.1149939, 1.2665095, 1.2482597, 1.1282061, 0.9896636, 0.8664565];

// Coefficients of x^1 in it.
pub(super) const G1: [f32; 8] =
    [0.00085201924, 0.010157178, -0.3350466, -0.6283602, -0.6086052, -0.4859663, -0.36960402, -0.28202176];

// Coefficients of x^2 in it.
pub(super) const G2: [f32; 8] =
    [-0.34877795, -0.396072, -0.04714193, 0.14285219, 0.13605459, 0.094224796, 0.06161032, 0.040841065];

// Coefficients of x^3 in it.
pub(super) const G3: [f32; 8] =
    [0.081044436, 0.14788918, 0.028751386, -0.012397328, -0.011676361, -0.006912686, -0.003862207, -0.0022191869];
