// Printed by tools/pairs.py: change that, not this.

// ln 2, in three parts.
pub(super) const HIGH: f32 = 0.69311523;
pub(super) const MIDDLE: f32 = 3.194809e-5;
pub(super) const LOW: f32 = -1.9046542e-9;

// 2^(i/16), each less i << 19.
pub(super) const T: [f32; 16] = [
    1.0, 0.99088687, 0.9827539, 0.9756443, 0.96960354, 0.9646789, 0.9609198, 0.9583778, 0.95710677, 0.9571631,
    0.9586054, 0.96149516, 0.9658964, 0.9718761, 0.97950405, 0.9888533,
];

// What those lack, relative.
pub(super) const D: [f32; 16] = [
    0.0,
    4.628547e-8,
    -1.19921575e-8,
    4.7297824e-8,
    3.193418e-8,
    3.6210572e-8,
    -3.099072e-8,
    -7.475213e-9,
    1.7114271e-8,
    -3.0476834e-8,
    5.233334e-9,
    6.1075918e-9,
    -1.4719605e-8,
    -5.258795e-9,
    -6.1282597e-9,
    5.1406093e-9,
];

// More than the relative error of what is rounded: 5.1e-11.
pub(super) const SLACK: f32 = 6e-11;

// D less that.
pub(super) const D_LESS: [f32; 16] = [
    -6e-11,
    4.6225473e-8,
    -1.20521575e-8,
    4.7237826e-8,
    3.1874183e-8,
    3.6150574e-8,
    -3.1050718e-8,
    -7.535213e-9,
    1.705427e-8,
    -3.053683e-8,
    5.173334e-9,
    6.0475918e-9,
    -1.4779605e-8,
    -5.318795e-9,
    -6.1882597e-9,
    5.0806093e-9,
];

// Of c: they leave 2^-36.54 of e^x.
pub(super) const C: [f32; 3] = [0.5, 0.16666959, 0.041667156];
