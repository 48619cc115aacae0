// Makes writes to event files wait as those to a disk that does not answer: once the file STALL_SWITCH is there, each
// write that begins within STALL_SECONDS of the first returns only when these are over. Preloaded by extras.py.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static _Atomic double until;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int is_event_file(int file) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "tfevents") != NULL;
}

ssize_t write(int file, const void *bytes, size_t count) {
    static ssize_t (*plain)(int, const void *, size_t);
    if (!plain) plain = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    const char *flag = getenv("STALL_SWITCH"), *seconds = getenv("STALL_SECONDS");
    if (flag && seconds && access(flag, F_OK) == 0 && is_event_file(file)) {
        double none = 0;
        atomic_compare_exchange_strong(&until, &none, now() + atof(seconds));
        double left = until - now();
        if (left > 0) {
            struct timespec wait = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
            nanosleep(&wait, NULL);
        }
    }
    return plain(file, bytes, count);
}
