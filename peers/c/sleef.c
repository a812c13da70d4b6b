/* SLEEF declares its functions for those instructions that the compiler may use: this is compiled once for each set. */
#include "sleef_loops.h"

#include <immintrin.h>
#include <string.h>

#include <sleef.h>

#ifdef __AVX512F__
typedef __m512 vector;
static inline vector load(const float *x) { return _mm512_loadu_ps(x); }
static inline void store(float *y, vector v) { _mm512_storeu_ps(y, v); }
#define TANH_U10 Sleef_tanhf16_u10avx512f
#define TANH_U35 Sleef_tanhf16_u35avx512f
#define EXP_U10 Sleef_expf16_u10avx512f
#define ERF_U10 Sleef_erff16_u10avx512f
#define LOOPS sleef_avx512
#define SET "avx512f"
#else
typedef __m256 vector;
static inline vector load(const float *x) { return _mm256_loadu_ps(x); }
static inline void store(float *y, vector v) { _mm256_storeu_ps(y, v); }
#define TANH_U10 Sleef_tanhf8_u10avx2
#define TANH_U35 Sleef_tanhf8_u35avx2
#define EXP_U10 Sleef_expf8_u10avx2
#define ERF_U10 Sleef_erff8_u10avx2
#define LOOPS sleef_avx2
#define SET "avx2"
#endif

enum { LANES = sizeof(vector) / sizeof(float) };

/* SLEEF's functions are calls in any case; the compiler sees which one it is in each of those below. */
static inline void map(vector (*function)(vector), const float *x, float *y, size_t n) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) store(y + i, function(load(x + i)));
    if (i < n) {
        float last[LANES] = {0};
        memcpy(last, x + i, (n - i) * sizeof *x);
        store(last, function(load(last)));
        memcpy(y + i, last, (n - i) * sizeof *x);
    }
}

static void tanh_u10(const float *x, float *y, size_t n) { map(TANH_U10, x, y, n); }
static void tanh_u35(const float *x, float *y, size_t n) { map(TANH_U35, x, y, n); }
static void exp_u10(const float *x, float *y, size_t n) { map(EXP_U10, x, y, n); }
static void erf_u10(const float *x, float *y, size_t n) { map(ERF_U10, x, y, n); }

/* Of expf there is no u35. */
const sleef_loop LOOPS[SLEEF_LOOPS] = {
    {"tanh", "SLEEF u10 " SET, tanh_u10},
    {"tanh", "SLEEF u35 " SET, tanh_u35},
    {"exp", "SLEEF u10 " SET, exp_u10},
    {"erf", "SLEEF u10 " SET, erf_u10},
};
