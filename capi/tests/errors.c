// Every way to call the library wrongly: a status, words, and nothing written.
#include "check.h"

static float memory[64];
static const float *const X = memory, *const X2 = memory + 16;
static float *const Y = memory + 32;
static uint32_t numbers[16];

static const simdact_axis ROWS = {4, 1};

static void nulls(const simdact_activation *relu) {
  uint32_t number;
  simdact_saves saves;
  simdact_activation activation;
  char buffer[64];
  const float *x[] = {X, NULL};
  float *dx[] = {Y, NULL};
  const simdact_status null = SIMDACT_STATUS_NULL_POINTER;
  FAILS(simdact_apply(NULL, X, Y, 4, NULL), null, "`activation` is NULL");
  FAILS(simdact_apply(relu, NULL, Y, 4, NULL), null, "`x` is NULL");
  FAILS(simdact_apply(relu, X, NULL, 4, NULL), null, "`y` is NULL");
  FAILS(simdact_apply(relu, NULL, NULL, 4, NULL), null, "`x` is NULL");
  FAILS(simdact_backward(NULL, X, X, Y, 4, NULL), null, "`activation` is NULL");
  FAILS(simdact_backward(relu, NULL, X, Y, 4, NULL), null, "`saved` is NULL");
  FAILS(simdact_backward(relu, X, NULL, Y, 4, NULL), null, "`dy` is NULL");
  FAILS(simdact_backward(relu, X, X, NULL, 4, NULL), null, "`dx` is NULL");
  FAILS(simdact_activation_default(0, NULL), null, "`activation` is NULL");
  FAILS(simdact_activation_parse(NULL, &activation), null, "`name` is NULL");
  FAILS(simdact_activation_parse("relu", NULL), null, "`activation` is NULL");
  FAILS(simdact_activation_name(NULL, buffer, 64), null, "`activation` is NULL");
  FAILS(simdact_activation_name(relu, NULL, 64), null, "`buffer` is NULL");
  FAILS(simdact_activation_saves(NULL, &saves), null, "`activation` is NULL");
  FAILS(simdact_activation_saves(relu, NULL), null, "`saves` is NULL");
  FAILS(simdact_backend_parse(NULL, &number), null, "`name` is NULL");
  FAILS(simdact_backend_parse("avx2", NULL), null, "`backend` is NULL");
  FAILS(simdact_backend_name(0, NULL), null, "`name` is NULL");
  FAILS(simdact_kernels_backend(NULL, NULL), null, "`backend` is NULL");
  FAILS(simdact_prelu(X, Y, 4, NULL, ROWS, NULL), null, "`slopes` is NULL");
  FAILS(simdact_prelu(NULL, Y, 4, X2, ROWS, NULL), null, "`x` is NULL");
  FAILS(simdact_prelu_backward(X, X, Y, 4, X2, NULL, ROWS, NULL), null, "`dslopes` is NULL");
  FAILS(simdact_softmax(NULL, Y, 4, ROWS, NULL), null, "`x` is NULL");
  FAILS(simdact_log_softmax(X, NULL, 4, ROWS, NULL), null, "`y` is NULL");
  FAILS(simdact_softmin_backward(NULL, X, Y, 4, ROWS, NULL), null, "`y` is NULL");
  FAILS(simdact_softmax1_backward(X, NULL, Y, 4, ROWS, NULL), null, "`dy` is NULL");
  FAILS(simdact_softmax_backward(X, X, NULL, 4, ROWS, NULL), null, "`dx` is NULL");
  FAILS(simdact_logsumexp(NULL, 4, ROWS, Y, 1, NULL), null, "`x` is NULL");
  FAILS(simdact_logsumexp(X, 4, ROWS, NULL, 1, NULL), null, "`y` is NULL");
  FAILS(simdact_logsumexp_backward(X, Y, 4, ROWS, NULL, X2, 1, NULL), null, "`y` is NULL");
  FAILS(simdact_logsumexp_backward(X, Y, 4, ROWS, X2, NULL, 1, NULL), null, "`dy` is NULL");
  FAILS(simdact_maxout(NULL, 2, Y, NULL, 4, NULL), null, "`x` is NULL");
  FAILS(simdact_maxout(x, 2, Y, NULL, 4, NULL), null, "`x[1]` is NULL");
  FAILS(simdact_maxout(x, 1, NULL, NULL, 4, NULL), null, "`y` is NULL");
  FAILS(simdact_maxout_backward(NULL, X, dx, 1, 4, NULL), null, "`index` is NULL");
  FAILS(simdact_maxout_backward(numbers, NULL, dx, 1, 4, NULL), null, "`dy` is NULL");
  FAILS(simdact_maxout_backward(numbers, X, NULL, 1, 4, NULL), null, "`dx` is NULL");
  FAILS(simdact_maxout_backward(numbers, X, dx, 2, 4, NULL), null, "`dx[1]` is NULL");
  FAILS(simdact_maxout_axis(X, 4, ROWS, NULL, numbers, 1, NULL), null, "`y` is NULL");
  FAILS(simdact_maxout_axis_backward(NULL, X, 1, ROWS, Y, 4, NULL), null, "`index` is NULL");

  // Of no elements there need be no memory.
  OK(simdact_apply(relu, NULL, NULL, 0, NULL));
  OK(simdact_backward(relu, NULL, NULL, NULL, 0, NULL));
  OK(simdact_logsumexp(NULL, 0, ROWS, NULL, 0, NULL));
  OK(simdact_logsumexp_backward(NULL, NULL, 0, ROWS, NULL, NULL, 0, NULL));
  x[0] = NULL, dx[0] = NULL;
  OK(simdact_maxout(x, 2, NULL, NULL, 0, NULL));
  OK(simdact_maxout(x, 2, NULL, numbers, 0, NULL));
  OK(simdact_maxout_backward(NULL, NULL, dx, 2, 0, NULL));
  OK(simdact_maxout_axis(NULL, 0, ROWS, NULL, NULL, 0, NULL));
  OK(simdact_maxout_axis_backward(NULL, NULL, 0, ROWS, NULL, 0, NULL));
}

static void overlaps(const simdact_activation *relu) {
  const simdact_status overlap = SIMDACT_STATUS_OVERLAP;
  float *x = memory;
  FAILS(simdact_apply(relu, x, x + 1, 4, NULL), overlap, "`x` and `y` overlap");
  FAILS(simdact_apply(relu, x + 3, x, 4, NULL), overlap, "`x` and `y` overlap");
  OK(simdact_apply(relu, x + 4, x, 4, NULL));
  OK(simdact_apply(relu, x, x + 4, 4, NULL));
  FAILS(simdact_backward(relu, x, x + 8, x, 4, NULL), overlap, "`saved` and `dx` overlap");
  FAILS(simdact_backward(relu, x, x, x, 4, NULL), overlap, "`saved` and `dx` overlap");
  FAILS(simdact_backward(relu, x + 8, x, x + 1, 4, NULL), overlap, "`dy` and `dx` overlap");
  OK(simdact_backward(relu, x, x, x + 4, 4, NULL));
  FAILS(simdact_prelu(x, x + 1, 4, x + 8, ROWS, NULL), overlap, "`x` and `y` overlap");
  FAILS(simdact_prelu(x, x, 4, x + 3, ROWS, NULL), overlap, "`slopes` and `y` overlap");
  FAILS(simdact_prelu_backward(x, x + 4, x + 4, 4, x, x + 8, ROWS, NULL), overlap, "`dy` and `dx` overlap");
  FAILS(simdact_prelu_backward(x, x + 4, x + 8, 4, x, x, ROWS, NULL), overlap, "`x` and `dslopes` overlap");
  FAILS(simdact_prelu_backward(x, x, x + 8, 4, x, x + 11, ROWS, NULL), overlap, "`dx` and `dslopes` overlap");
  FAILS(simdact_softmax(x, x + 1, 4, ROWS, NULL), overlap, "`x` and `y` overlap");
  FAILS(simdact_softmin_backward(x, x + 8, x + 3, 4, ROWS, NULL), overlap, "`y` and `dx` overlap");
  FAILS(simdact_softmax1_backward(x + 8, x, x + 3, 4, ROWS, NULL), overlap, "`dy` and `dx` overlap");
  FAILS(simdact_logsumexp(x, 8, ROWS, x + 1, 2, NULL), overlap, "`x` and `y` overlap");
  FAILS(simdact_logsumexp_backward(x, x + 7, 8, ROWS, x + 20, x + 24, 2, NULL), overlap, "`x` and `dx` overlap");
  FAILS(simdact_logsumexp_backward(x, x + 8, 8, ROWS, x + 15, x + 24, 2, NULL), overlap, "`y` and `dx` overlap");
  FAILS(simdact_logsumexp_backward(x, x, 8, ROWS, x + 20, x, 2, NULL), overlap, "`dy` and `dx` overlap");

  const float *pieces[] = {x, x + 4, x + 8};
  FAILS(simdact_maxout(pieces, 3, x + 11, NULL, 4, NULL), overlap, "`x[2]` and `y` overlap");
  FAILS(simdact_maxout(pieces, 3, x + 4, NULL, 4, NULL), overlap, "`x[1]` and `y` overlap");
  FAILS(simdact_maxout(pieces, 3, x, numbers, 4, NULL), overlap, "`x[0]` and `y` overlap");
  FAILS(simdact_maxout(pieces, 3, x + 16, (uint32_t *)(void *)(x + 19), 4, NULL), overlap, "`index` and `y` overlap");
  FAILS(simdact_maxout(pieces, 3, x + 16, (uint32_t *)(void *)(x + 3), 4, NULL), overlap, "`x[0]` and `index` overlap");
  pieces[1] = x;  // Twice the same, and in place.
  OK(simdact_maxout(pieces, 1, x, NULL, 4, NULL));
  FAILS(simdact_maxout(pieces, 3, x, NULL, 4, NULL), overlap, "`x[1]` and `y` overlap");

  float *gradients[] = {x + 8, x, x + 4, x + 11};
  FAILS(simdact_maxout_backward(numbers, x + 20, gradients, 4, 4, NULL), overlap, "`dx[0]` and `dx[3]` overlap");
  FAILS(simdact_maxout_backward(numbers, x + 7, gradients, 3, 4, NULL), overlap, "`dy` and `dx[0]` overlap");
  FAILS(simdact_maxout_backward(numbers, x, gradients, 3, 4, NULL), overlap, "`dy` and `dx[1]` overlap");
  FAILS(simdact_maxout_backward((uint32_t *)(void *)(x + 7), x + 20, gradients, 3, 4, NULL), overlap,
        "`index` and `dx[0]` overlap");
  FAILS(simdact_maxout_axis(x, 8, ROWS, x + 7, NULL, 2, NULL), overlap, "`x` and `y` overlap");
  FAILS(simdact_maxout_axis(x, 8, ROWS, x, numbers, 2, NULL), overlap, "`x` and `y` overlap");
  FAILS(simdact_maxout_axis_backward(numbers, x + 1, 2, ROWS, x, 8, NULL), overlap, "`dy` and `dx` overlap");
}

static void shapes(void) {
  const simdact_status shape = SIMDACT_STATUS_SHAPE;
  float *x = memory, *y = memory + 32;
  FAILS(simdact_prelu(x, y, 7, x, ROWS, NULL), shape, "7 elements are no whole number of blocks of len 4");
  FAILS(simdact_prelu(x, y, 8, NULL, (simdact_axis){0, 1}, NULL), shape, "an axis of len 0");
  FAILS(simdact_prelu_backward(x, x, y, 7, x, y + 8, ROWS, NULL), shape, "7 elements are no whole number");
  FAILS(simdact_softmax(x, y, 7, ROWS, NULL), shape, "7 elements are no whole number of blocks of len 4");
  FAILS(simdact_softmax(x, x, 7, ROWS, NULL), shape, "7 elements are no whole number of blocks of len 4");
  FAILS(simdact_softmax(x, y, 8, (simdact_axis){0, 1}, NULL), shape, "an axis of len 0 and inner 1 has no elements");
  FAILS(simdact_softmin(x, y, 8, (simdact_axis){4, 0}, NULL), shape, "an axis of len 4 and inner 0 has no elements");
  FAILS(simdact_softmax1(x, y, 8, (simdact_axis){SIZE_MAX, 2}, NULL), shape, "8 elements are no whole number");
  FAILS(simdact_log_softmax_backward(x, x, y, 9, ROWS, NULL), shape, "9 elements are no whole number");
  FAILS(simdact_logsumexp(x, 8, ROWS, y, 3, NULL), shape, "`y` has 3 elements where 2 fit");
  FAILS(simdact_logsumexp(x, 8, ROWS, x, 3, NULL), shape, "`y` has 3 elements where 2 fit");
  FAILS(simdact_logsumexp(x, 8, ROWS, x, 9, NULL), shape, "`y` has 9 elements where 2 fit");
  FAILS(simdact_logsumexp(x, 8, (simdact_axis){0, 1}, x, 2, NULL), shape, "an axis of len 0");
  FAILS(simdact_logsumexp_backward(x, y, 8, ROWS, x, x, 1, NULL), shape, "has 1 elements where 2 fit");
  FAILS(simdact_maxout(NULL, 0, y, NULL, 4, NULL), shape, "maxout of 0 slices");
  FAILS(simdact_maxout_backward(numbers, x, NULL, 0, 4, NULL), shape, "maxout of 0 slices");
  FAILS(simdact_maxout_axis(x, 8, ROWS, y, NULL, 8, NULL), shape, "`y` has 8 elements where 2 fit");
  FAILS(simdact_maxout_axis(x, 8, ROWS, y, numbers, 1, NULL), shape, "elements where 2 fit");
  FAILS(simdact_maxout_axis(x, 8, ROWS, x, NULL, 8, NULL), shape, "`y` has 8 elements where 2 fit");
  FAILS(simdact_maxout_axis_backward(numbers, x, 3, ROWS, y, 8, NULL), shape, "`dy` has 3 elements where 2 fit");
  FAILS(simdact_maxout_axis_backward(numbers, y, 3, ROWS, y, 8, NULL), shape, "`dy` has 3 elements where 2 fit");

  float *gradients[] = {y, y + 4};
  numbers[2] = 2;
  FAILS(simdact_maxout_backward(numbers, x, gradients, 2, 4, NULL), SIMDACT_STATUS_INDEX,
        "index[2] is 2, but there are only 2 pieces");
  numbers[2] = 7;
  FAILS(simdact_maxout_axis_backward(numbers, x, 4, ROWS, y, 16, NULL), SIMDACT_STATUS_INDEX, "index[2] is 7");
  numbers[2] = 0;
}

static void the_rest(const simdact_activation *relu) {
  // Lengths that no memory has.
  const size_t most = (size_t)PTRDIFF_MAX / sizeof(float);
  const simdact_status too_long = SIMDACT_STATUS_TOO_LONG;
  FAILS(simdact_apply(relu, X, Y, most + 1, NULL), too_long, "`x` of 2305843009213693952 elements");
  FAILS(simdact_apply(relu, X, Y, SIZE_MAX, NULL), too_long, "`x` of 18446744073709551615 elements");
  FAILS(simdact_apply(relu, (float *)(UINTPTR_MAX - 15), Y, 16, NULL), too_long, "`x` of 16 elements");
  FAILS(simdact_softmax(X, Y, SIZE_MAX / 4 + 2, ROWS, NULL), too_long, "`x` of");
  FAILS(simdact_maxout((const float *const *)memory, SIZE_MAX, Y, NULL, 4, NULL), too_long, "`x` of");

  float *odd = (float *)(void *)((char *)memory + 1);
  FAILS(simdact_apply(relu, odd, Y, 4, NULL), SIMDACT_STATUS_MISALIGNED, "`x` is not aligned to 4 bytes");
  FAILS(simdact_apply(relu, X, odd, 4, NULL), SIMDACT_STATUS_MISALIGNED, "`y` is not aligned to 4 bytes");
  FAILS(simdact_apply((const simdact_activation *)(void *)odd, X, Y, 4, NULL), SIMDACT_STATUS_MISALIGNED,
        "`activation` is not aligned");

  // Numbers that are none of their enumeration.
  simdact_activation none = {UINT32_MAX, {0}}, unchanged = none;
  simdact_saves saves;
  char buffer[64] = "unchanged";
  const simdact_status number = SIMDACT_STATUS_UNKNOWN_NUMBER;
  FAILS(simdact_apply(&none, X, Y, 4, NULL), number, "there is no kind of number 4294967295");
  FAILS(simdact_backward(&none, X, X, Y, 4, NULL), number, "no kind");
  FAILS(simdact_activation_name(&none, buffer, 64), number, "no kind");
  FAILS(simdact_activation_saves(&none, &saves), number, "no kind");
  simdact_kernels kernels = {.backend = 77};
  FAILS(simdact_apply(relu, X, Y, 4, &kernels), number, "there is no backend of number 77");
  kernels = (simdact_kernels){.accuracy = 77};
  FAILS(simdact_softmax(X, Y, 4, ROWS, &kernels), number, "there is no accuracy of number 77");
  kernels = (simdact_kernels){.serial = 2};
  FAILS(simdact_logsumexp(X, 4, ROWS, Y, 1, &kernels), number, "there is no serial of number 2");

  // Texts.
  const simdact_status name = SIMDACT_STATUS_UNKNOWN_NAME;
  FAILS(simdact_activation_parse("tahn", &none), name, "near it are tanh");
  FAILS(simdact_activation_parse("", &none), name, "no such activation; there are relu");
  FAILS(simdact_activation_parse("leaky_relu(0.1, 2)", &none), name, "it has no such parameter");
  FAILS(simdact_activation_parse("relu\xff", &none), name, "`name` is no UTF-8");
  CHECK(memcmp(&none, &unchanged, sizeof none) == 0);
  FAILS(simdact_activation_name(relu, buffer, 4), SIMDACT_STATUS_SHAPE, "the text has 5 bytes with its NUL");
  FAILS(simdact_activation_name(relu, NULL, 0), SIMDACT_STATUS_SHAPE, "where the buffer has 0");
  CHECK(strcmp(buffer, "unchanged") == 0);
  OK(simdact_activation_name(relu, buffer, 5));
  CHECK(strcmp(buffer, "relu") == 0);
}

void errors(void) {
  const simdact_activation relu = {SIMDACT_KIND_RELU, {0}};
  float before[64];
  for (size_t i = 0; i < 64; i++) memory[i] = i % 2 ? 1 : 2;
  overlaps(&relu);
  for (size_t i = 0; i < 64; i++) memory[i] = i % 2 ? -1 : (float)i;
  memcpy(before, memory, sizeof memory);
  nulls(&relu);
  shapes();
  the_rest(&relu);
  CHECK(memcmp(before, memory, sizeof memory) == 0);
}
