// What the test programs share: a count of what does not hold.
#ifndef CHECK_H
#define CHECK_H

#include <simdact.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int failures;

// Those of wrong calls, in errors.c.
void errors(void);

#define CHECK(condition)                                                                                              \
  do {                                                                                                                \
    if (!(condition)) {                                                                                               \
      fprintf(stderr, "%s:%d: %s; the last error is: %s\n", __FILE__, __LINE__, #condition, simdact_last_error());    \
      failures++;                                                                                                     \
    }                                                                                                                 \
  } while (0)

// A call that succeeds.
#define OK(call) CHECK((call) == SIMDACT_STATUS_OK)

// A call that fails with this status, and with words that have this text in them.
#define FAILS(call, status, text)                                                                                     \
  do {                                                                                                                \
    CHECK((call) == (status));                                                                                        \
    CHECK(strstr(simdact_last_error(), text) != NULL);                                                                \
  } while (0)

#endif
