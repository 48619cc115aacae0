/* Stands in for NVIDIA's library NVML, with two GPUs, where a machine has none. NVML_STATE says what it finds: the
   signatures and numbers are those of nvml.h. */
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NO_PERMISSION = 4, DRIVER_NOT_LOADED = 9, GPU_IS_LOST = 15 };

typedef struct { unsigned gpu, memory; } Rates;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } Memory;

static int is(const char *state) {
    const char *asked = getenv("NVML_STATE");
    return asked != NULL && strcmp(asked, state) == 0;
}

static unsigned number(void *device) { return (unsigned)(size_t)device - 1; }

int nvmlInit_v2(void) {
    if (is("no permission")) return NO_PERMISSION;
    return is("no driver") ? DRIVER_NOT_LOADED : SUCCESS;
}

int nvmlShutdown(void) { return SUCCESS; }

int nvmlDeviceGetCount_v2(unsigned *count) {
    *count = is("no GPU") ? 0 : 2;
    return SUCCESS;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    if (index > 1) return INVALID_ARGUMENT;
    if (is("lost") || (is("one lost") && index == 1)) return GPU_IS_LOST;
    *device = (void *)(size_t)(index + 1);
    return SUCCESS;
}

int nvmlDeviceGetUtilizationRates(void *device, Rates *rates) {
    rates->gpu = 70 + number(device);
    rates->memory = 5;
    /* A partition of a GPU does not know it. */
    return is("partition") ? NOT_SUPPORTED : SUCCESS;
}

int nvmlDeviceGetMemoryInfo_v2(void *device, Memory *memory) {
    if (memory->version != (sizeof(Memory) | 2 << 24)) return INVALID_ARGUMENT;
    memory->total = 80ull << 30;
    memory->used = (20ull << 30) << number(device);
    return SUCCESS;
}

int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *degrees) {
    *degrees = 60 + number(device);
    return sensor == 0 ? SUCCESS : INVALID_ARGUMENT;
}

int nvmlDeviceGetPowerUsage(void *device, unsigned *milliwatts) {
    *milliwatts = 350500 + number(device);
    return SUCCESS;
}

int nvmlDeviceGetClockInfo(void *device, int clock, unsigned *megahertz) {
    *megahertz = 1000 * (unsigned)clock + number(device);
    return SUCCESS;
}
