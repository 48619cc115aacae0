/* Shifts the clock of a process by the seconds in CLOCK_OFF, as on a node whose clock is wrong. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(clock, now);
  const char *off = getenv("CLOCK_OFF");
  if (!failed && clock == CLOCK_REALTIME && off) now->tv_sec += atol(off);
  return failed;
}
