// Shared by the native yardsticks: reads the inputs that bench/kernels.mjs wrote, times a kernel, hashes its result.
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPEATS 3

static void *read_input(const char *path, size_t element_size, size_t *count) {
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    exit(1);
  }
  fseek(file, 0, SEEK_END);
  size_t size = (size_t)ftell(file);
  rewind(file);
  void *data = aligned_alloc(64, (size + 127) / 64 * 64);
  if (fread(data, 1, size, file) != size) exit(1);
  fclose(file);
  *count = size / element_size;
  return data;
}

static double now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/** FNV-1a; bench/kernels.mjs has the same. */
static uint32_t hash_bytes(const void *data, size_t size) {
  const uint8_t *bytes = data;
  uint32_t hash = 0x811c9dc5u;
  for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x01000193u;
  return hash;
}

static void report(double ns, const void *result, size_t size) { printf("%.0f %u\n", ns, hash_bytes(result, size)); }

/** Runs `work` after `reset`, REPEATS times; `best` is the least time of `work` in ns. */
#define MEASURE(best, reset, work)                \
  double best = 1e300;                            \
  for (int repeat = 0; repeat < REPEATS; repeat++) { \
    reset;                                        \
    double start_ns = now_ns();                   \
    work;                                         \
    double time_ns = now_ns() - start_ns;         \
    if (time_ns < best) best = time_ns;           \
  }
