/* SLEEF's functions over arrays, for AVX-512 and for AVX2. */
#ifndef SLEEF_LOOPS_H
#define SLEEF_LOOPS_H

#include <stddef.h>

typedef struct {
    const char *function, *name;
    void (*run)(const float *x, float *y, size_t n);
} sleef_loop;

enum { SLEEF_LOOPS = 4 };
extern const sleef_loop sleef_avx512[SLEEF_LOOPS], sleef_avx2[SLEEF_LOOPS];

#endif
