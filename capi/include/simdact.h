// simdact: activation functions of neural networks in SIMD, less than 1 ULP from the true value, and the same bits on
// every machine.
//
//     simdact_activation gelu;
//     if (simdact_activation_parse("gelu", &gelu) != SIMDACT_STATUS_OK) puts(simdact_last_error());
//     simdact_apply(&gelu, x, y, n, NULL);
//
// Functions give back a simdact_status, unless they cannot fail. Where that is not SIMDACT_STATUS_OK nothing has been
// written (but for SIMDACT_STATUS_PANIC), and simdact_last_error() has the reason in words. Nothing unwinds or aborts.
//
// Pointers must be NULL or point to memory of the size that is told, which no other thread writes meanwhile, or reads
// if it is written. All else is checked: NULL is an error but where it is allowed, for `kernels`, `index` and arrays of
// length 0; so is an output that overlaps an input, unless it is one that the function takes in place, which begins at
// the same address. Outputs may be uninitialised. Enumerations are passed as numbers, of which unknown ones are errors.
//
// All functions may be called from any number of threads at once.
//
// Made by cbindgen from the source of the package simdact-capi, whose README says how.

#ifndef SIMDACT_H
#define SIMDACT_H

#include <stddef.h>
#include <stdint.h>

// What a call gives back: SIMDACT_STATUS_OK, or what was wrong, of which simdact_last_error() tells more. Nothing has
// been written then, unless it is SIMDACT_STATUS_PANIC.
typedef enum {
  // Done.
  SIMDACT_STATUS_OK = 0,
  // A pointer is NULL. An array may be where its length is 0, and `kernels` always.
  SIMDACT_STATUS_NULL_POINTER = 1,
  // A pointer is not aligned as its type asks: to 4 bytes for float.
  SIMDACT_STATUS_MISALIGNED = 2,
  // An array would be larger than PTRDIFF_MAX bytes, or go beyond the last address.
  SIMDACT_STATUS_TOO_LONG = 3,
  // An array that is written overlaps another, and is not one that the function takes in place.
  SIMDACT_STATUS_OVERLAP = 4,
  // Lengths that do not fit each other: an axis of no elements, an array that is no whole number of rows, an output
  // of another length than the result, no slices for maxout, a buffer that is too small for a text.
  SIMDACT_STATUS_SHAPE = 5,
  // An index that names no piece of a maxout.
  SIMDACT_STATUS_INDEX = 6,
  // A number that is none of its enumeration.
  SIMDACT_STATUS_UNKNOWN_NUMBER = 7,
  // A text that is no activation, or no backend.
  SIMDACT_STATUS_UNKNOWN_NAME = 8,
  // A backend that this machine lacks.
  SIMDACT_STATUS_UNAVAILABLE = 9,
  // There is no memory for a list of slices: only maxout of more than 16 slices asks for some.
  SIMDACT_STATUS_OUT_OF_MEMORY = 10,
  // The library is at fault, or could not start its threads, as where the process may have no more. Outputs may hold
  // anything.
  SIMDACT_STATUS_PANIC = 11,
} simdact_status;

// Which array of the forward pass the backward pass wants.
typedef enum {
  // The output y; the input may be overwritten in place.
  SIMDACT_SAVES_OUTPUT = 0,
  // The input x.
  SIMDACT_SAVES_INPUT = 1,
} simdact_saves;

// A tier of accuracy.
typedef enum {
  // Less than 1 ULP from the true value.
  SIMDACT_ACCURACY_FAITHFUL = 0,
  // exp, tanh and sigmoid with relative errors of 2^-13 to 2^-16, in a quarter to three quarters of the time; all
  // else as in SIMDACT_ACCURACY_FAITHFUL.
  SIMDACT_ACCURACY_FAST = 1,
  // exp, tanh, sigmoid, SiLU, GELU, erf, softplus and log-sigmoid correctly rounded, on every instruction set, in
  // 1.2 to 6.1 times the time; softmax, softmin and softmax1 within 0.501 ULP; all else as in
  // SIMDACT_ACCURACY_FAITHFUL.
  SIMDACT_ACCURACY_EXACT = 2,
} simdact_accuracy;

// An instruction set.
//
// All give the same bits, but for SIMDACT_BACKEND_PORTABLE, which has no fused multiply-add.
typedef enum {
  // The fastest of this machine, or what the environment variable SIMDACT_BACKEND says: "automatic".
  SIMDACT_BACKEND_AUTOMATIC = 0,
  // One lane, everywhere: "scalar".
  SIMDACT_BACKEND_SCALAR = 1,
  // Four lanes of what every machine of this architecture has: "portable".
  SIMDACT_BACKEND_PORTABLE = 2,
  // Eight lanes, on x86-64: "avx2".
  SIMDACT_BACKEND_AVX2 = 3,
  // Sixteen lanes, on x86-64: "avx512".
  SIMDACT_BACKEND_AVX512 = 4,
  // Four lanes, on AArch64: "neon".
  SIMDACT_BACKEND_NEON = 5,
} simdact_backend;

// An element-wise function, and its parameters with their defaults, those of PyTorch where it has the function, else
// of ONNX. s(x) is 1 / (1 + exp(-x)), and Phi the normal distribution.
typedef enum {
  // max(x, 0)
  SIMDACT_KIND_RELU = 0,
  // x where x > 0, else slope * x; slope = 0.01
  SIMDACT_KIND_LEAKY_RELU = 1,
  // e^x
  SIMDACT_KIND_EXP = 2,
  // The hyperbolic tangent
  SIMDACT_KIND_TANH = 3,
  // s(x)
  SIMDACT_KIND_SIGMOID = 4,
  // x * s(x)
  SIMDACT_KIND_SILU = 5,
  // x * s(beta * x); beta = 1
  SIMDACT_KIND_SWISH = 6,
  // x * s(1.702 * x)
  SIMDACT_KIND_QUICK_GELU = 7,
  // The error function
  SIMDACT_KIND_ERF = 8,
  // x * Phi(x)
  SIMDACT_KIND_GELU = 9,
  // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
  SIMDACT_KIND_GELU_TANH = 10,
  // x where x > 0, else alpha * (e^x - 1); alpha = 1
  SIMDACT_KIND_ELU = 11,
  // x where x > 0, else alpha * (e^(x / alpha) - 1); alpha = 1
  SIMDACT_KIND_CELU = 12,
  // lambda * x where x > 0, else lambda * alpha * (e^x - 1), with the constants of self-normalizing networks
  SIMDACT_KIND_SELU = 13,
  // log(1 + e^(beta * x)) / beta, and x where beta * x > threshold; beta = 1, threshold = 20
  SIMDACT_KIND_SOFTPLUS = 14,
  // log(s(x))
  SIMDACT_KIND_LOG_SIGMOID = 15,
  // x * tanh(log(1 + e^x))
  SIMDACT_KIND_MISH = 16,
  // x - tanh(x)
  SIMDACT_KIND_TANHSHRINK = 17,
  // min(max(x, 0), 6)
  SIMDACT_KIND_RELU6 = 18,
  // min(max(x, min), max); min = -1, max = 1
  SIMDACT_KIND_HARDTANH = 19,
  // min(max(x + 3, 0), 6) / 6, which is PyTorch's
  SIMDACT_KIND_HARDSIGMOID = 20,
  // max(0, min(1, alpha * x + beta)), which is ONNX's; alpha = 0.2, beta = 0.5
  SIMDACT_KIND_HARD_SIGMOID = 21,
  // x * min(max(x + 3, 0), 6) / 6
  SIMDACT_KIND_HARDSWISH = 22,
  // x / (1 + |x|)
  SIMDACT_KIND_SOFTSIGN = 23,
  // x nearer to 0 by lambda, and 0 where it is nearer than that; lambda = 0.5
  SIMDACT_KIND_SOFTSHRINK = 24,
  // x where |x| > lambda, else 0; lambda = 0.5
  SIMDACT_KIND_HARDSHRINK = 25,
  // x where x > alpha, else 0; alpha = 1
  SIMDACT_KIND_THRESHOLDED_RELU = 26,
  // max(x, 0)^2
  SIMDACT_KIND_RELU_SQUARED = 27,
  // x where x > 0, else (lower + upper) / 2 * x; lower = 1/8, upper = 1/3
  SIMDACT_KIND_RRELU = 28,
  // x + sin(alpha * x)^2 / alpha; alpha = 1
  SIMDACT_KIND_SNAKE = 29,
} simdact_kind;

// An element-wise function with its parameters, as simdact_activation_default() or simdact_activation_parse() make it.
typedef struct {
  // A simdact_kind.
  uint32_t kind;
  // Its parameters, in the order in which simdact_kind has them. The others do not matter.
  float parameters[4];
} simdact_activation;

// What a function runs on. All zeros is the default, and so is NULL.
typedef struct {
  // A simdact_backend.
  uint32_t backend;
  // A simdact_accuracy.
  uint32_t accuracy;
  // 0: large arrays are split over threads, which are started when they are needed first, and of which there are as
  // many as processors, or as the environment variable RAYON_NUM_THREADS says. 1: everything stays on the calling
  // thread. The results are the same.
  //
  // The child of a fork() has none of its parent's threads: there, ask for 1.
  uint32_t serial;
} simdact_kernels;

// The shape of data [outer, len, inner], row-major, and the axis `len` along which a function runs: {n, 1} for the
// rows of a matrix with n columns, {channels, height * width} for the channels of images. `outer` follows from the
// length.
typedef struct {
  // Elements along the axis, at least 1.
  size_t len;
  // Distance between two neighbours along the axis: the product of the sizes of all later axes, at least 1.
  size_t inner;
} simdact_axis;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the library, such as "0.1.0".
const char *simdact_version(void);

// Why the last call on this thread failed that did; empty where none has.
//
// The text is UTF-8, tells the numbers that do not fit, and is valid until the next call that fails on this thread, or
// until the thread ends.
const char *simdact_last_error(void);

// Writes to `activation` the function of that simdact_kind, with its default parameters.
simdact_status simdact_activation_default(uint32_t kind, simdact_activation *activation);

// Writes to `activation` the function of that name: simdact's, which are those of simdact_kind in small letters,
// PyTorch's or ONNX's, with parameters in parentheses, in their order or by name. Those that are not given are the
// default ones: "gelu", "leaky_relu(0.2)", "Softplus(beta=2)", "GELU(approximate='tanh')".
simdact_status simdact_activation_parse(const char *name,
                                        simdact_activation *activation);

// Writes simdact's name of a function, with its parameters, to `buffer`, with a NUL behind it: what
// simdact_activation_parse() makes the same function of. 64 bytes are enough for all but the oddest parameters; where
// `capacity` is not, it is SIMDACT_STATUS_SHAPE.
simdact_status simdact_activation_name(const simdact_activation *activation,
                                       char *buffer,
                                       size_t capacity);

// Writes to `saves` which array of the forward pass simdact_backward() wants as `saved`.
simdact_status simdact_activation_saves(const simdact_activation *activation, simdact_saves *saves);

// Writes the function of each element of `x` to `y`; both have `length` elements. In place where `y` is `x`.
simdact_status simdact_apply(const simdact_activation *activation,
                             const float *x,
                             float *y,
                             size_t length,
                             const simdact_kernels *kernels);

// Writes the gradient: dx = f'(x) * dy, element by element, where `saved` is the array that simdact_activation_saves()
// names, and `dy` the upstream gradient; all have `length` elements. In place where `dx` is `dy`.
simdact_status simdact_backward(const simdact_activation *activation,
                                const float *saved,
                                const float *dy,
                                float *dx,
                                size_t length,
                                const simdact_kernels *kernels);

// Writes to `backend` the simdact_backend of this name, which is one of those that SIMDACT_BACKEND has in quotation
// marks. That does not say whether this machine has it: SIMDACT_STATUS_UNKNOWN_NAME is only for names that nothing
// has.
simdact_status simdact_backend_parse(const char *name,
                                     uint32_t *backend);

// Writes to `name` what a simdact_backend is called: a text that is always there.
simdact_status simdact_backend_name(uint32_t backend, const char **name);

// Writes to `backend` which simdact_backend these kernels are, where they leave it to the machine; an error where they
// cannot be had.
simdact_status simdact_kernels_backend(const simdact_kernels *kernels,
                                       uint32_t *backend);

// Writes the largest of the elements of `slices` arrays at each place to `y`; `x` points to the pointers to them, and
// all have `length` elements. In place where `y` is `x[0]` and `index` is NULL.
//
// To `index`, unless it is NULL, goes which array it was: the first of equals. Any NaN gives NaN.
simdact_status simdact_maxout(const float *const *x,
                              size_t slices,
                              float *y,
                              uint32_t *index,
                              size_t length,
                              const simdact_kernels *kernels);

// Writes the upstream gradient `dy` to the array that won, `dx[index[i]][i] = dy[i]`, and 0 to the others; `dx` points
// to the pointers to `slices` arrays, and all have `length` elements. In place where `dx[0]` is `dy`.
simdact_status simdact_maxout_backward(const uint32_t *index,
                                       const float *dy,
                                       float *const *dx,
                                       size_t slices,
                                       size_t length,
                                       const simdact_kernels *kernels);

// Writes the largest element of each row of `x` along an axis to `y`: of groups of `axis.len` neighbours where
// `axis.inner` is 1, else of as many planes. `y` has `y_length` elements, which is `length` / `axis.len`. Where `y` is
// `x` and `index` is NULL, the results are at its beginning, and what the rest holds is left open.
//
// To `index`, unless it is NULL, goes which element along the axis it was, `y_length` numbers: the first of equals.
// Any NaN gives NaN.
simdact_status simdact_maxout_axis(const float *x,
                                   size_t length,
                                   simdact_axis axis,
                                   float *y,
                                   uint32_t *index,
                                   size_t y_length,
                                   const simdact_kernels *kernels);

// Writes the upstream gradient `dy` to the element along the axis that won, and 0 to the others. `index` and `dy` have
// `y_length` elements, and `dx` has `length`, which is `axis.len` times as many. In place where `dx` begins with `dy`.
simdact_status simdact_maxout_axis_backward(const uint32_t *index,
                                            const float *dy,
                                            size_t y_length,
                                            simdact_axis axis,
                                            float *dx,
                                            size_t length,
                                            const simdact_kernels *kernels);

// Writes x where x > 0, else slope * x, with a slope for each position along an axis: `slopes` has `axis.len`
// elements, `x` and `y` have `length`. In place where `y` is `x`. With one slope for all it is
// SIMDACT_KIND_LEAKY_RELU.
simdact_status simdact_prelu(const float *x,
                             float *y,
                             size_t length,
                             const float *slopes,
                             simdact_axis axis,
                             const simdact_kernels *kernels);

// Writes the gradients of simdact_prelu() from its input `x` and the upstream gradient `dy`: dy where x > 0, else
// slope * dy, to `dx`, and the sum of x * dy over all x <= 0 at a position to `dslopes`, which has `axis.len` elements
// as `slopes` has. Neither may overlap any other array.
simdact_status simdact_prelu_backward(const float *x,
                                      const float *dy,
                                      float *dx,
                                      size_t length,
                                      const float *slopes,
                                      float *dslopes,
                                      simdact_axis axis,
                                      const simdact_kernels *kernels);

// Writes e^x / sum e^x along an axis; `x` and `y` have `length` elements. In place where `y` is `x`.
//
// A NaN, +inf, or nothing but -inf in a row: all of it is NaN.
simdact_status simdact_softmax(const float *x,
                               float *y,
                               size_t length,
                               simdact_axis axis,
                               const simdact_kernels *kernels);

// Writes the gradient of softmax from its output `y` and the upstream gradient `dy`: dx = y * (dy - sum y * dy). In
// place where `dx` is `dy`.
simdact_status simdact_softmax_backward(const float *y,
                                        const float *dy,
                                        float *dx,
                                        size_t length,
                                        simdact_axis axis,
                                        const simdact_kernels *kernels);

// Writes x - log sum e^x along an axis; `x` and `y` have `length` elements. In place where `y` is `x`.
simdact_status simdact_log_softmax(const float *x,
                                   float *y,
                                   size_t length,
                                   simdact_axis axis,
                                   const simdact_kernels *kernels);

// Writes the gradient of log_softmax from its output `y` and the upstream gradient `dy`: dx = dy - e^y * sum dy. In
// place where `dx` is `dy`.
simdact_status simdact_log_softmax_backward(const float *y,
                                            const float *dy,
                                            float *dx,
                                            size_t length,
                                            simdact_axis axis,
                                            const simdact_kernels *kernels);

// Writes the softmax of -x along an axis; `x` and `y` have `length` elements. In place where `y` is `x`.
simdact_status simdact_softmin(const float *x,
                               float *y,
                               size_t length,
                               simdact_axis axis,
                               const simdact_kernels *kernels);

// Writes the gradient of softmin from its output `y` and the upstream gradient `dy`: dx = -y * (dy - sum y * dy). In
// place where `dx` is `dy`.
simdact_status simdact_softmin_backward(const float *y,
                                        const float *dy,
                                        float *dx,
                                        size_t length,
                                        simdact_axis axis,
                                        const simdact_kernels *kernels);

// Writes e^x / (1 + sum e^x) along an axis; `x` and `y` have `length` elements. In place where `y` is `x`.
simdact_status simdact_softmax1(const float *x,
                                float *y,
                                size_t length,
                                simdact_axis axis,
                                const simdact_kernels *kernels);

// Writes the gradient of softmax1 from its output `y` and the upstream gradient `dy`: dx = y * (dy - sum y * dy). In
// place where `dx` is `dy`.
simdact_status simdact_softmax1_backward(const float *y,
                                         const float *dy,
                                         float *dx,
                                         size_t length,
                                         simdact_axis axis,
                                         const simdact_kernels *kernels);

// Writes log sum e^x of each row along an axis to `y`, which has an element for each: `y_length` is
// `length` / `axis.len`. Where `y` is `x`, the results are at its beginning, and what the rest holds is left open.
simdact_status simdact_logsumexp(const float *x,
                                 size_t length,
                                 simdact_axis axis,
                                 float *y,
                                 size_t y_length,
                                 const simdact_kernels *kernels);

// Writes the gradient of logsumexp: dx = dy * e^(x - y), from its input `x`, and its output `y` and the upstream
// gradient `dy`, which have `y_length` elements. In place where `dx` is `x`.
simdact_status simdact_logsumexp_backward(const float *x,
                                          float *dx,
                                          size_t length,
                                          simdact_axis axis,
                                          const float *y,
                                          const float *dy,
                                          size_t y_length,
                                          const simdact_kernels *kernels);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* SIMDACT_H */
