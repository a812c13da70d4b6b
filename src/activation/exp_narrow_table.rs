// Printed by tools/exp_narrow.py: change that, not this.

// Coefficients of r^0 to r^3 in e^(r - d) - 1: with them, the function of each
// f16 and each bfloat16 is rounded to the same such number as in f32; with
// those of softmax, 1 are not.
pub(super) const EXP_OF_16_BITS: [f32; 4] = [-0.023456862, 0.9765425, 0.48836654, 0.16366021];

// Coefficients of r^0 to r^3 in e^(r - d) - 1: with them, the function of each
// f16 and each bfloat16 is rounded to the same such number as in f32; with
// those of softmax, 2 are not.
pub(super) const SILU_OF_16_BITS: [f32; 4] = [-0.02345685, 0.9765422, 0.48831046, 0.16115294];

// Coefficients of r^0 to r^3 in e^(r - d) - 1: with them, the function of each
// f16 and each bfloat16 is rounded to the same such number as in f32; with
// those of softmax, 8 are not.
pub(super) const SIGMOID_OF_16_BITS: [f32; 4] = [-0.023456734, 0.97654223, 0.48835742, 0.1625699];

// Coefficients of r^0 to r^3 in 1 + p: with them, the function of each f16 and
// each bfloat16 is rounded to the same such number as in f32; with those of
// softmax, 2 are not.
pub(super) const MISH_OF_16_BITS: [f32; 4] = [0.8211716, 0.8211744, 0.41061664, 0.1343491];

// Coefficients of r^0 to r^3 in 1 + p: with them, the function of each f16 and
// each bfloat16 is rounded to the same such number as in f32; with those of
// softmax, 3 are not.
pub(super) const QUICK_GELU_OF_16_BITS: [f32; 4] = [0.82117164, 0.569191, 0.19727083, 0.046373695];

// Coefficients of r^0 to r^3 in 1 + p: with them, the function of each f16 and
// each bfloat16 is rounded to the same such number as in f32; with those of
// softmax, 0 are not.
pub(super) const GELU_TANH_OF_16_BITS: [f32; 4] = [0.90787995, 0.6292944, 0.21813093, 0.050395794];
