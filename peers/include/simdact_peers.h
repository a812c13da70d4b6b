/* What the programs in C and Python call: the cases, their values, and simdact. */
#ifndef SIMDACT_PEERS_H
#define SIMDACT_PEERS_H

#include <stddef.h>
#include <stdint.h>

/* A function, by number, and the shape of its input, along the middle axis where it has one. */
typedef struct {
    uint32_t function;
    size_t outer, len, inner;
} simdact_case;

/* The processor's name, and the versions of simdact and of rustc, which compiled it. */
const char *simdact_peers_processor(void);
const char *simdact_peers_version(void);
const char *simdact_peers_compiler(void);

/* How many cases there are, those of curves if curve is not 0, and one of them; 0 means success here and below. */
size_t simdact_peers_cases(int curve);
int simdact_peers_case(int curve, size_t number, simdact_case *result);

/* Names by number, from 0 on, NULL after the last. */
const char *simdact_peers_function(uint32_t function);
const char *simdact_peers_backend(uint32_t backend);

/* An element-wise function, or that of a gradient, with its parameters: "silu", "elu(0.7)", "softplus(1, 20)". Empty for
 * softmax and maxout. */
const char *simdact_peers_activation(uint32_t function);

/* Whether a function has the tier of that number: 0 faithful, which all have, 1 fast, 2 exact. */
int simdact_peers_has_tier(uint32_t function, uint32_t tier);

/* Writes the values of a case: input, or what was saved, and the upstream gradient where there is one. */
int simdact_peers_fill(const simdact_case *what, float *x, float *dy);

/* Computes a case on one thread; 2 means that the machine lacks the backend. */
int simdact_peers_run(const simdact_case *what, uint32_t backend, uint32_t tier, const float *x, const float *dy, float *y);

/* The largest error of results, in ULP of the true value; NAN where there is no single true value: gradients, and what
 * runs along an axis. */
double simdact_peers_ulps(const simdact_case *what, const float *x, const float *y);

#endif
