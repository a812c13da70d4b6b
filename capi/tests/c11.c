// The library from C11: results, errors, threads.
#include "check.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>

int failures;

enum { MANY = 1 << 20 };

static const simdact_kernels SERIAL = {.serial = 1};
static const simdact_kernels SCALAR = {.backend = SIMDACT_BACKEND_SCALAR, .serial = 1};

// Memory of exactly so many elements, so that valgrind sees what goes beyond them, and what nobody has written.
static float *floats(size_t length) {
  float *memory = malloc(length * sizeof *memory);
  if (memory == NULL) abort();
  return memory;
}

// From -8 to 8.
static float *inputs(size_t length) {
  float *x = floats(length);
  for (size_t i = 0; i < length; i++) x[i] = (float)((i * 7919) % 16001) / 1000 - 8;
  return x;
}

static bool same(const float *a, const float *b, size_t length) { return memcmp(a, b, length * sizeof *a) == 0; }

static bool near(float found, double expected, double relative) {
  return fabs(found - expected) <= relative * fabs(expected) + 1e-45;
}

static simdact_activation activation(const char *name) {
  simdact_activation activation = {UINT32_MAX, {0, 0, 0, 0}};
  OK(simdact_activation_parse(name, &activation));
  return activation;
}

static double gelu(double x) { return 0.5 * x * erfc(-x * 0.70710678118654752440); }

static void element_wise_values(void) {
  const double ulp = 1.0 / (1 << 23);
  size_t length = 1001;
  float *x = inputs(length), *y = floats(length);
  const struct {
    const char *name;
    double (*function)(double);
  } functions[] = {{"tanh", tanh}, {"Exp", exp}, {"GELU(approximate='none')", gelu}, {"erf", erf}};
  for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
    simdact_activation chosen = activation(functions[f].name);
    OK(simdact_apply(&chosen, x, y, length, NULL));
    for (size_t i = 0; i < length; i++) CHECK(near(y[i], functions[f].function(x[i]), ulp));
  }

  simdact_activation leaky = activation("leaky_relu(0.25)");
  CHECK(leaky.kind == SIMDACT_KIND_LEAKY_RELU && leaky.parameters[0] == 0.25F);
  leaky.parameters[0] = 0.5F;
  OK(simdact_apply(&leaky, x, y, length, NULL));
  for (size_t i = 0; i < length; i++) CHECK(y[i] == (x[i] > 0 ? x[i] : 0.5F * x[i]));

  // Its gradient is from the output, and GELU's from the input.
  simdact_saves saves = SIMDACT_SAVES_INPUT;
  OK(simdact_activation_saves(&leaky, &saves));
  CHECK(saves == SIMDACT_SAVES_OUTPUT);
  float *dx = floats(length);
  OK(simdact_backward(&leaky, y, x, dx, length, NULL));
  for (size_t i = 0; i < length; i++) CHECK(dx[i] == (x[i] > 0 ? x[i] : 0.5F * x[i]));
  simdact_activation smooth = activation("gelu");
  OK(simdact_activation_saves(&smooth, &saves));
  CHECK(saves == SIMDACT_SAVES_INPUT);

  // In the fast tier, less exact.
  simdact_kernels fast = {.accuracy = SIMDACT_ACCURACY_FAST};
  simdact_activation tanh_ = activation("tanh");
  OK(simdact_apply(&tanh_, x, y, length, &fast));
  double largest = 0;
  for (size_t i = 0; i < length; i++) largest = fmax(largest, x[i] == 0 ? 0 : fabs(y[i] / tanh(x[i]) - 1));
  CHECK(largest > ulp && largest < 1.0 / (1 << 13));
  // In the exact tier, half a unit at most.
  simdact_kernels exact = {.accuracy = SIMDACT_ACCURACY_EXACT};
  OK(simdact_apply(&tanh_, x, y, length, &exact));
  largest = 0;
  for (size_t i = 0; i < length; i++) largest = fmax(largest, x[i] == 0 ? 0 : fabs(y[i] / tanh(x[i]) - 1));
  CHECK(largest < 1.0001 / (1 << 24));
  free(x), free(y), free(dx);
}

// What holds for each of them, however many there are.
static void every_activation(void) {
  uint32_t kind = 0;
  for (; kind < 1000; kind++) {
    simdact_activation chosen, parsed;
    if (simdact_activation_default(kind, &chosen) != SIMDACT_STATUS_OK) break;
    char name[64];
    OK(simdact_activation_name(&chosen, name, sizeof name));
    OK(simdact_activation_parse(name, &parsed));
    CHECK(chosen.kind == kind && parsed.kind == kind && same(chosen.parameters, parsed.parameters, 4));

    for (size_t length = 0; length < 70; length += length < 35 ? 1 : 17) {
      float *x = inputs(length), *y = floats(length), *z = inputs(length), *w = floats(length);
      OK(simdact_apply(&chosen, x, y, length, NULL));
      OK(simdact_apply(&chosen, z, z, length, NULL));
      CHECK(same(y, z, length));
      OK(simdact_apply(&chosen, x, w, length, &SCALAR));
      CHECK(same(y, w, length));

      simdact_saves saves;
      OK(simdact_activation_saves(&chosen, &saves));
      const float *saved = saves == SIMDACT_SAVES_INPUT ? x : y;
      float *dy = inputs(length), *dx = floats(length);
      OK(simdact_backward(&chosen, saved, dy, dx, length, NULL));
      OK(simdact_backward(&chosen, saved, dy, w, length, &SCALAR));
      CHECK(same(dx, w, length));
      OK(simdact_backward(&chosen, saved, dy, dy, length, NULL));
      CHECK(same(dx, dy, length));
      free(x), free(y), free(z), free(w), free(dy), free(dx);
    }
  }
  CHECK(kind > SIMDACT_KIND_SNAKE && kind < 1000);
  simdact_activation none;
  FAILS(simdact_activation_default(kind, &none), SIMDACT_STATUS_UNKNOWN_NUMBER, "there is no kind of number");
}

// With the slopes of channels: two of them, of three places each.
static void prelu(void) {
  const simdact_axis axis = {2, 3};
  size_t length = 120;
  float *x = inputs(length), *dy = inputs(length), *y = floats(length), *z = inputs(length), *dx = floats(length);
  float slopes[] = {0.5F, 0.25F}, dslopes[2];
  OK(simdact_prelu(x, y, length, slopes, axis, NULL));
  OK(simdact_prelu(z, z, length, slopes, axis, &SCALAR));
  CHECK(same(y, z, length));
  OK(simdact_prelu_backward(x, dy, dx, length, slopes, dslopes, axis, NULL));
  double sums[2] = {0, 0};
  for (size_t i = 0; i < length; i++) {
    float slope = slopes[i / 3 % 2];
    CHECK(y[i] == (x[i] > 0 ? x[i] : slope * x[i]) && dx[i] == (x[i] > 0 ? dy[i] : slope * dy[i]));
    sums[i / 3 % 2] += x[i] > 0 ? 0 : (double)x[i] * dy[i];
  }
  CHECK(near(dslopes[0], sums[0], 1e-5) && near(dslopes[1], sums[1], 1e-5) && sums[0] != 0 && sums[1] != 0);
  free(x), free(dy), free(y), free(z), free(dx);
}

typedef simdact_status forward_function(const float *, float *, size_t, simdact_axis, const simdact_kernels *);
typedef simdact_status backward_function(const float *, const float *, float *, size_t, simdact_axis,
                                         const simdact_kernels *);

static void softmaxes(void) {
  const struct {
    forward_function *forward;
    backward_function *backward;
    double sign, one;
    bool logarithm;
  } functions[] = {
      {simdact_softmax, simdact_softmax_backward, 1, 0, false},
      {simdact_log_softmax, simdact_log_softmax_backward, 1, 0, true},
      {simdact_softmin, simdact_softmin_backward, -1, 0, false},
      {simdact_softmax1, simdact_softmax1_backward, 1, 1, false},
  };
  const simdact_axis axes[] = {{5, 1}, {7, 3}, {105, 1}, {1, 1}, {3, 35}};
  size_t length = 210;
  float *x = inputs(length), *dy = inputs(length), *y = floats(length), *z = floats(length), *dx = floats(length);
  for (size_t i = 0; i < length; i++) dy[i] *= 0.125F;
  for (size_t f = 0; f < sizeof functions / sizeof *functions; f++) {
    for (size_t a = 0; a < sizeof axes / sizeof *axes; a++) {
      simdact_axis axis = axes[a];
      OK(functions[f].forward(x, y, length, axis, NULL));
      OK(functions[f].backward(y, dy, dx, length, axis, NULL));
      for (size_t i = 0; i < length; i++) {
        size_t first = i / (axis.len * axis.inner) * axis.len * axis.inner + i % axis.inner;
        double sum = functions[f].one, product = 0;
        for (size_t j = 0; j < axis.len; j++) {
          sum += exp(functions[f].sign * x[first + j * axis.inner]);
          product += dy[first + j * axis.inner] * (functions[f].logarithm ? 1.0 : y[first + j * axis.inner]);
        }
        double expected = exp(functions[f].sign * x[i]) / sum;
        double gradient = functions[f].sign * y[i] * (dy[i] - product);
        if (functions[f].logarithm) {
          expected = x[i] - log(sum);
          gradient = dy[i] - exp(y[i]) * product;
        }
        CHECK(fabs(y[i] - expected) < 5e-6 * (functions[f].logarithm ? 1 + fabs(expected) : expected));
        CHECK(fabs(dx[i] - gradient) < 2e-5);
      }
      memcpy(z, x, length * sizeof *x);
      OK(functions[f].forward(z, z, length, axis, &SCALAR));
      CHECK(same(y, z, length));
      memcpy(z, dy, length * sizeof *x);
      OK(functions[f].backward(y, z, z, length, axis, &SCALAR));
      CHECK(same(dx, z, length));
      OK(functions[f].forward(NULL, NULL, 0, axis, NULL));
      OK(functions[f].backward(NULL, NULL, NULL, 0, axis, NULL));
    }
  }

  simdact_axis axis = {7, 3};
  size_t rows = length / axis.len;
  float *sums = floats(rows), *upstream = inputs(rows);
  OK(simdact_logsumexp(x, length, axis, sums, rows, NULL));
  OK(simdact_logsumexp_backward(x, dx, length, axis, sums, upstream, rows, NULL));
  for (size_t row = 0; row < rows; row++) {
    size_t first = row / axis.inner * axis.len * axis.inner + row % axis.inner;
    double sum = 0;
    for (size_t j = 0; j < axis.len; j++) sum += exp(x[first + j * axis.inner]);
    CHECK(fabs(sums[row] - log(sum)) < 1e-5);
    for (size_t j = 0; j < axis.len; j++) {
      size_t i = first + j * axis.inner;
      CHECK(fabs(dx[i] - upstream[row] * exp(x[i]) / sum) < 1e-4);
    }
  }
  memcpy(z, x, length * sizeof *x);
  OK(simdact_logsumexp(z, length, axis, z, rows, NULL));
  CHECK(same(z, sums, rows));
  memcpy(z, x, length * sizeof *x);
  OK(simdact_logsumexp_backward(z, z, length, axis, sums, upstream, rows, NULL));
  CHECK(same(z, dx, length));
  free(x), free(dy), free(y), free(z), free(dx), free(sums), free(upstream);
}

static void maxouts(void) {
  float a[] = {1, 5, -2}, b[] = {4, 2, NAN}, c[] = {4, 6, 0}, y[3], da[3], db[3], dc[3], dy[] = {0.5F, 0.25F, 2};
  const float *x[] = {a, b, c};
  float *dx[] = {da, db, dc};
  uint32_t index[3];
  OK(simdact_maxout(x, 3, y, index, 3, NULL));
  CHECK(y[0] == 4 && y[1] == 6 && isnan(y[2]) && index[0] == 1 && index[1] == 2 && index[2] == 1);
  OK(simdact_maxout(x, 3, y, NULL, 3, NULL));
  CHECK(y[0] == 4 && y[1] == 6 && isnan(y[2]));
  OK(simdact_maxout(x, 3, a, NULL, 3, NULL));
  CHECK(same(a, y, 3));
  OK(simdact_maxout_backward(index, dy, dx, 3, 3, NULL));
  CHECK(da[0] == 0 && da[1] == 0 && da[2] == 0 && db[0] == 0.5F && db[1] == 0 && db[2] == 2 && dc[1] == 0.25F);
  dx[0] = dy;
  OK(simdact_maxout_backward(index, dy, dx, 3, 3, NULL));
  CHECK(same(dy, da, 3) && db[0] == 0.5F && db[2] == 2 && dc[1] == 0.25F);

  // More slices than are listed without memory.
  const float *many[100];
  for (size_t i = 0; i < 100; i++) many[i] = i == 77 ? b : c;
  OK(simdact_maxout(many, 100, y, index, 2, NULL));
  CHECK(y[0] == 4 && y[1] == 6 && index[0] == 0 && index[1] == 0);

  // Groups of three, and two planes.
  float groups[] = {1, 2, 3, 0, 9, 9}, gradient[6], upstream[6] = {0.5F, 0.25F, 7, 7, 7, 7};
  OK(simdact_maxout_axis(groups, 6, (simdact_axis){3, 1}, y, index, 2, NULL));
  CHECK(y[0] == 3 && y[1] == 9 && index[0] == 2 && index[1] == 1);
  OK(simdact_maxout_axis_backward(index, upstream, 2, (simdact_axis){3, 1}, gradient, 6, NULL));
  CHECK(same(gradient, (float[]){0, 0, 0.5F, 0, 0.25F, 0}, 6));
  OK(simdact_maxout_axis_backward(index, upstream, 2, (simdact_axis){3, 1}, upstream, 6, NULL));
  CHECK(same(gradient, upstream, 6));
  OK(simdact_maxout_axis(groups, 6, (simdact_axis){2, 3}, y, NULL, 3, NULL));
  CHECK(same(y, (float[]){1, 9, 9}, 3));
  OK(simdact_maxout_axis(groups, 6, (simdact_axis){3, 1}, groups, NULL, 2, NULL));
  CHECK(groups[0] == 3 && groups[1] == 9);
}

static void backends(void) {
  uint32_t backend = 99, none = 98;
  OK(simdact_kernels_backend(NULL, &backend));
  CHECK(backend != SIMDACT_BACKEND_AUTOMATIC);
  const char *name = NULL;
  OK(simdact_backend_name(backend, &name));
  OK(simdact_backend_parse(name, &none));
  CHECK(none == backend);
  OK(simdact_backend_parse("AVX512", &none));
  CHECK(none == SIMDACT_BACKEND_AVX512);

  // Each computes, or is not there.
  size_t missing = 0;
  for (uint32_t i = 0; simdact_backend_name(i, &name) == SIMDACT_STATUS_OK; i++) {
    simdact_kernels kernels = {.backend = i};
    simdact_activation relu = {SIMDACT_KIND_RELU, {0}};
    float x = -1;
    simdact_status status = simdact_apply(&relu, &x, &x, 1, &kernels);
    missing += status == SIMDACT_STATUS_UNAVAILABLE;
    CHECK(status == SIMDACT_STATUS_OK ? x == 0 : x == -1 && strstr(simdact_last_error(), name));
  }
  // No machine has both AVX and NEON.
  CHECK(missing > 0);
  FAILS(simdact_backend_parse("mmx", &none), SIMDACT_STATUS_UNKNOWN_NAME, "there are scalar, portable");
  FAILS(simdact_backend_name(6, &name), SIMDACT_STATUS_UNKNOWN_NUMBER, "there is no backend of number 6");
}

// Many elements, which are split over threads, by callers that are threads themselves; each has its own error.
static void *caller(void *argument) {
  size_t number = *(size_t *)argument;
  CHECK(*simdact_last_error() == 0);
  char expected[32];
  snprintf(expected, sizeof expected, "kind of number %zu", 1000 + number);
  simdact_activation wrong = {(uint32_t)(1000 + number), {0}}, sigmoid = activation("sigmoid");
  float *x = inputs(MANY), *y = floats(MANY), *z = floats(MANY);
  FAILS(simdact_apply(&wrong, x, y, MANY, NULL), SIMDACT_STATUS_UNKNOWN_NUMBER, expected);
  OK(simdact_apply(&sigmoid, x, y, MANY, NULL));
  OK(simdact_apply(&sigmoid, x, z, MANY, &SERIAL));
  CHECK(same(y, z, MANY));
  OK(simdact_softmax(x, y, MANY, (simdact_axis){1024, 1}, NULL));
  OK(simdact_softmax(x, z, MANY, (simdact_axis){1024, 1}, &SERIAL));
  CHECK(same(y, z, MANY));
  CHECK(strstr(simdact_last_error(), expected) != NULL);
  free(x), free(y), free(z);
  return NULL;
}

static void threads(void) {
  pthread_t callers[4];
  size_t numbers[4];
  for (size_t i = 0; i < 4; i++) {
    numbers[i] = i;
    CHECK(pthread_create(&callers[i], NULL, caller, &numbers[i]) == 0);
  }
  for (size_t i = 0; i < 4; i++) CHECK(pthread_join(callers[i], NULL) == 0);
}

int main(void) {
  CHECK(strcmp(simdact_version(), VERSION) == 0);
  CHECK(*simdact_last_error() == 0);
  element_wise_values();
  every_activation();
  prelu();
  softmaxes();
  maxouts();
  backends();
  threads();
  errors();
  if (failures == 0) puts("C11: all as it should be");
  return failures != 0;
}
