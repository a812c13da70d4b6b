// A process that may start no threads: a status where the library wants some, and a result where it does not.
#include "check.h"

#include <errno.h>
#include <pthread.h>

int failures;

// Stands before that of the C library.
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  (void)thread, (void)attributes, (void)start, (void)argument;
  return EAGAIN;
}

int main(void) {
  const simdact_activation tanh = {SIMDACT_KIND_TANH, {0}};
  const simdact_kernels serial = {.serial = 1};
  const size_t length = 1 << 22;
  float *x = calloc(length, sizeof *x);
  if (x == NULL) return 1;
  OK(simdact_apply(&tanh, x, x, length, &serial));
  OK(simdact_apply(&tanh, x, x, 1000, NULL));
  fputs("A panic follows, which is as it should be.\n", stderr);
  FAILS(simdact_apply(&tanh, x, x, length, NULL), SIMDACT_STATUS_PANIC, "panicked: The global thread pool");
  OK(simdact_apply(&tanh, x, x, length, &serial));
  free(x);
  if (failures == 0) puts("no threads: all as it should be");
  return failures != 0;
}
