// A process that loads the library, lets it start its threads, and closes it: they go on where it was.
#define _DEFAULT_SOURCE
#include <dlfcn.h>
#include <simdact.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int count, char **arguments) {
  void *library = count == 2 ? dlopen(arguments[1], RTLD_NOW) : NULL;
  if (library == NULL) return 1;
  simdact_status (*apply)(const simdact_activation *, const float *, float *, size_t, const simdact_kernels *);
  *(void **)&apply = dlsym(library, "simdact_apply");
  const simdact_activation tanh = {SIMDACT_KIND_TANH, {0}};
  const size_t length = 1 << 22;
  float *x = calloc(length, sizeof *x);
  if (apply == NULL || x == NULL || apply(&tanh, x, x, length, NULL) != SIMDACT_STATUS_OK) return 1;
  free(x);
  if (dlclose(library) != 0) return 1;
  usleep(200000);
  puts("unloaded: all as it should be");
  return 0;
}
