/* simdact raced against SLEEF and XNNPACK, as in src/race.rs: candidates take turns, and all of them read and write the
 * same memory. */
#define _GNU_SOURCE
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gnu/libc-version.h>
#include <xnnpack.h>

#include "simdact_peers.h"
#include "sleef_loops.h"

enum { MOST_CANDIDATES = 16, MOST_ROUNDS = 1000 };

static const double BLOCK_NS = 20e3;

typedef struct candidate {
    char name[32];
    void (*run)(const struct candidate *self, const float *x, float *y);
    const simdact_case *what;
    size_t elements;
    uint32_t backend;
    uint32_t tier;
    const sleef_loop *sleef;
    xnn_operator_t operator;
    /* Measured: the largest error in ULP, or NAN, calls in a block, and nanoseconds per element in each round. */
    double ulps;
    size_t calls;
    double times[MOST_ROUNDS];
} candidate;

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void run_memcpy(const candidate *self, const float *x, float *y) { memcpy(y, x, self->elements * sizeof *x); }

static void run_simdact(const candidate *self, const float *x, float *y) {
    if (simdact_peers_run(self->what, self->backend, self->tier, x, NULL, y) != 0) fail("simdact refused a case");
}

static void run_xnnpack(const candidate *self, const float *x, float *y) {
    (void)x, (void)y; /* Set up once: they are always the same. */
    if (xnn_run_operator(self->operator, NULL) != xnn_status_success) fail("XNNPACK refused a case");
}

static void run_sleef(const candidate *self, const float *x, float *y) { self->sleef->run(x, y, self->elements); }

typedef struct {
    candidate all[MOST_CANDIDATES];
    size_t count;
} field;

static candidate *add(field *field, const simdact_case *what, const char *name,
                      void (*run)(const candidate *, const float *, float *)) {
    if (field->count == MOST_CANDIDATES) fail("too many candidates");
    candidate *c = &field->all[field->count++];
    memset(c, 0, sizeof *c);
    snprintf(c->name, sizeof c->name, "%s", name);
    c->run = run;
    c->what = what;
    c->elements = what->outer * what->len * what->inner;
    c->ulps = NAN;
    return c;
}

static void add_simdact(field *field, const simdact_case *what, const float *x, float *y) {
    static const char *const tiers[] = {"", " fast", " exact"};
    uint32_t backends = 0;
    while (simdact_peers_backend(backends)) backends++;
    /* The best first, as the first is what ratios are to; not the scalar reference. */
    for (uint32_t b = backends; b-- > 1;) {
        if (simdact_peers_run(what, b, 0, x, NULL, y) != 0) continue;
        for (uint32_t tier = 0; tier < 3; tier++) {
            if (!simdact_peers_has_tier(what->function, tier)) continue;
            char name[32];
            snprintf(name, sizeof name, "simdact %s%s", simdact_peers_backend(b), tiers[tier]);
            candidate *c = add(field, what, name, run_simdact);
            c->backend = b;
            c->tier = tier;
        }
    }
}

static void add_sleef(field *field, const simdact_case *what, const char *function, const sleef_loop *loops) {
    for (size_t i = 0; i < SLEEF_LOOPS; i++) {
        if (!strcmp(function, loops[i].function)) add(field, what, loops[i].name, run_sleef)->sleef = &loops[i];
    }
}

/* XNNPACK's operators: created and set up once, as its users do, and run on the calling thread. */
static void add_xnnpack(field *field, const simdact_case *what, const char *function, const float *x, float *y) {
    size_t n = what->outer * what->len * what->inner;
    xnn_operator_t op = NULL;
    enum xnn_status made, ready;
    const char *activation = simdact_peers_activation(what->function);
    bool relu = !strcmp(function, "relu"), relu6 = !strcmp(function, "relu6");
    float least = 0.0f, most = relu6 ? 6.0f : INFINITY, parameter;
    if (relu || relu6 || sscanf(activation, "hardtanh(%f, %f)", &least, &most) == 2) {
        made = xnn_create_clamp_nc_f32(1, 1, 1, least, most, 0, &op);
        ready = made ? made : xnn_setup_clamp_nc_f32(op, n, x, y, NULL);
    } else if (sscanf(activation, "leaky_relu(%f)", &parameter) == 1) {
        made = xnn_create_leaky_relu_nc_f32(1, 1, 1, parameter, 0, &op);
        ready = made ? made : xnn_setup_leaky_relu_nc_f32(op, n, x, y, NULL);
    } else if (!strcmp(function, "sigmoid")) {
        made = xnn_create_sigmoid_nc_f32(1, 1, 1, 0, &op);
        ready = made ? made : xnn_setup_sigmoid_nc_f32(op, n, x, y, NULL);
    } else if (sscanf(activation, "elu(%f)", &parameter) == 1) {
        made = xnn_create_elu_nc_f32(1, 1, 1, parameter, 0, &op);
        ready = made ? made : xnn_setup_elu_nc_f32(op, n, x, y, NULL);
    } else if (!strcmp(function, "hardswish")) {
        made = xnn_create_hardswish_nc_f32(1, 1, 1, 0, &op);
        ready = made ? made : xnn_setup_hardswish_nc_f32(op, n, x, y, NULL);
    } else if (!strcmp(function, "softmax") && what->inner == 1) {
        made = xnn_create_softmax_nc_f32(what->len, what->len, what->len, 0, &op);
        ready = made ? made : xnn_setup_softmax_nc_f32(op, what->outer, x, y, NULL);
    } else {
        return;
    }
    if (made != xnn_status_success || ready != xnn_status_success) fail("XNNPACK cannot set up an operator");
    add(field, what, "XNNPACK", run_xnnpack)->operator = op;
}

/* Whether all compute what the first after memcpy computes; and how large their errors are. */
static void agree(field *field, const float *x, float *y, float *reference) {
    for (size_t k = 1; k < field->count; k++) {
        candidate *c = &field->all[k];
        for (size_t i = 0; i < c->elements; i++) y[i] = NAN;
        c->run(c, x, y);
        c->ulps = simdact_peers_ulps(c->what, x, y);
        if (k == 1) {
            memcpy(reference, y, c->elements * sizeof *y);
            continue;
        }
        /* Sums of a row in float, one element after the other, may be that far off. */
        float tolerance = 1e-3f + (float)c->what->len * 0x1p-24f, largest = 0;
        for (size_t i = 0; i < c->elements; i++) largest = fmaxf(largest, fabsf(reference[i]));
        for (size_t i = 0; i < c->elements; i++) {
            if (!(fabsf(y[i] - reference[i]) <= tolerance * fabsf(reference[i]) + 1e-4f * largest)) {
                fprintf(stderr, "%s: element %zu is %g and not %g\n", c->name, i, y[i], reference[i]);
                exit(1);
            }
        }
    }
}

static double block(const candidate *c, const float *x, float *y, size_t calls) {
    if (c->elements <= 1 << 20) c->run(c, x, y);
    double start = now();
    for (size_t i = 0; i < calls; i++) c->run(c, x, y);
    return now() - start;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t race(field *field, const float *x, float *y, double seconds, double least_rounds) {
    double round = 0;
    for (size_t k = 0; k < field->count; k++) {
        candidate *c = &field->all[k];
        c->calls = 1;
        double took;
        while ((took = block(c, x, y, c->calls)) < BLOCK_NS) c->calls *= 2;
        round += took;
    }
    size_t rounds = (size_t)fmin(fmax(seconds * 1e9 / round, least_rounds), MOST_ROUNDS);
    for (size_t r = 0; r < rounds; r++) {
        for (size_t k = 0; k < field->count; k++) {
            candidate *c = &field->all[k];
            c->times[r] = block(c, x, y, c->calls) / (double)c->calls / (double)c->elements;
        }
    }
    for (size_t k = 0; k < field->count; k++) qsort(field->all[k].times, rounds, sizeof(double), ascending);
    return rounds;
}

/* The fastest time of a name, or NAN. */
static double fastest(const field *field, const char *name) {
    for (size_t k = 0; k < field->count; k++) {
        if (!strcmp(field->all[k].name, name)) return field->all[k].times[0];
    }
    return NAN;
}

static void print(FILE *json, const field *field, const simdact_case *what, const char *title, size_t rounds, bool first) {
    char fast[sizeof field->all[1].name + 8];
    const char *ours = field->all[1].name;
    snprintf(fast, sizeof fast, "%s fast", ours);
    double standard = fastest(field, ours), quick = fastest(field, fast);
    printf("\n%s, %zu rounds\n", title, rounds);
    printf("  %-24s%10s%10s%9s%9s%10s\n", "ns per element", "min", "median", "x ours", "x fast", "ULP");
    if (json) {
        fprintf(json, "%s{\"function\":\"%s\",\"shape\":[%zu,%zu,%zu],\"rounds\":%zu,\"candidates\":[",
                first ? "" : ",\n", simdact_peers_function(what->function), what->outer, what->len, what->inner, rounds);
    }
    for (size_t k = 0; k < field->count; k++) {
        const candidate *c = &field->all[k];
        double min = c->times[0], median = c->times[rounds / 2];
        printf("  %-24s%10.4f%10.4f%9.2f", c->name, min, median, min / standard);
        if (isnan(quick)) printf("%9s", "");
        else printf("%9.2f", min / quick);
        if (!isnan(c->ulps)) printf("%10.2f", c->ulps);
        printf("\n");
        if (!json) continue;
        fprintf(json, "%s{\"name\":\"%s\",\"how\":\"\",\"min\":%.4f,\"median\":%.4f,\"ratio\":%.4f,\"ratio_fast\":",
                k ? "," : "", c->name, min, median, min / standard);
        if (isnan(quick)) fprintf(json, "null");
        else fprintf(json, "%.4f", min / quick);
        if (isnan(c->ulps)) fprintf(json, ",\"ulps\":null}");
        else fprintf(json, ",\"ulps\":%.4f}", c->ulps);
    }
    if (json) fprintf(json, "]}");
    fflush(stdout);
}

static float *array(size_t elements) {
    /* From a page on, as in src/race.rs. XNNPACK may read a little beyond the end. */
    float *memory = aligned_alloc(4096, (elements * sizeof *memory + XNN_EXTRA_BYTES + 4095) / 4096 * 4096);
    if (!memory) fail("out of memory");
    return memory;
}

/* What a case is called, as in src/cases.rs. */
static void entitle(char *title, size_t room, const simdact_case *what) {
    int end = snprintf(title, room, "%s %zu", simdact_peers_function(what->function), what->outer);
    if (what->len > 1 || what->inner > 1) end += snprintf(title + end, room - end, "x%zu", what->len);
    if (what->inner > 1) snprintf(title + end, room - end, "x%zu", what->inner);
}

/* Whether a title contains one of the filters, where there are any. */
static bool wanted(const char *title, char *const *filters, size_t count) {
    bool is = count == 0;
    for (size_t i = 0; i < count; i++) is = is || strstr(title, filters[i]);
    return is;
}

int main(int argc, char **argv) {
    double seconds = -1;
    const char *path = NULL;
    size_t filters = 0;
    bool quick = false, curve = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--json") && i + 1 < argc) path = argv[++i];
        else if (!strcmp(argv[i], "--seconds") && i + 1 < argc) seconds = atof(argv[++i]);
        else if (!strcmp(argv[i], "--quick")) quick = true, seconds = 0;
        else if (!strcmp(argv[i], "--curve")) curve = true;
        else if (argv[i][0] != '-') argv[filters++] = argv[i];
        else fail("usage: compare [--json FILE] [--seconds S] [--quick] [--curve] [CASE…]");
    }
    /* A curve has many points, and a bad one shows. */
    if (seconds < 0) seconds = curve ? 0.1 : 1;
    double least_rounds = curve ? 5 : 15;
    if (xnn_initialize(NULL) != xnn_status_success) fail("XNNPACK does not run on this machine");

    const char *processor = simdact_peers_processor();
    char date[16];
    time_t today = time(NULL);
    strftime(date, sizeof date, "%Y-%m-%d", gmtime(&today));
    FILE *json = path ? fopen(path, "w") : NULL;
    if (path && !json) fail("cannot write the file");
    printf("%s, %s\n", processor, date);
    if (json) {
        fprintf(json, "{\"program\":\"c\",\"date\":\"%s\",\"processor\":\"%s\",\"versions\":{", date, processor);
        fprintf(json, "\"simdact\":\"%s\",\"rustc\":\"%s\",", simdact_peers_version(), simdact_peers_compiler());
        fprintf(json, "\"SLEEF\":\"%s\",\"XNNPACK\":\"%s\",", SLEEF_PACKAGE, XNNPACK_PACKAGE);
        fprintf(json, "\"cc\":\"%s\",\"glibc\":\"%s\"},\"curve\":%s,\"cases\":[\n", __VERSION__, gnu_get_libc_version(),
                curve ? "true" : "false");
    }

    bool first = true;
    for (size_t number = 0; number < simdact_peers_cases(curve); number++) {
        simdact_case what;
        if (simdact_peers_case(curve, number, &what) != 0) fail("no such case");
        const char *function = simdact_peers_function(what.function);
        size_t n = what.outer * what.len * what.inner;
        char title[96];
        entitle(title, sizeof title, &what);
        if (!wanted(title, argv, filters) || strstr(function, "backward") || strstr(function, "maxout")) continue;
        if (quick && n > 64 << 10) continue;

        float *x = array(n), *dy = array(n), *y = array(n), *reference = array(n);
        if (simdact_peers_fill(&what, x, dy) != 0) fail("cannot fill a case");
        static field field;
        field.count = 0;
        add(&field, &what, "memcpy", run_memcpy);
        add_simdact(&field, &what, x, y);
        size_t ours = field.count;
        if (__builtin_cpu_supports("avx512f")) add_sleef(&field, &what, function, sleef_avx512);
        if (__builtin_cpu_supports("avx2")) add_sleef(&field, &what, function, sleef_avx2);
        add_xnnpack(&field, &what, function, x, y);
        if (field.count > ours) {
            agree(&field, x, y, reference);
            size_t rounds = race(&field, x, y, seconds, least_rounds);
            print(json, &field, &what, title, rounds, first);
            first = false;
        }
        for (size_t k = ours; k < field.count; k++) {
            if (field.all[k].operator) xnn_delete_operator(field.all[k].operator);
        }
        free(x), free(dy), free(y), free(reference);
    }
    if (json) {
        fprintf(json, "\n]}\n");
        fclose(json);
    }
    return 0;
}
