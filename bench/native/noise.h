// What noise-kernels.ts calls hash and noise.
#pragma once
#include <math.h>
#include <stdint.h>

static inline uint32_t hash_index(uint32_t index, uint32_t seed) {
  uint32_t x = index * 0x9e3779b9u + seed;
  x = (x ^ (x >> 16)) * 0x21f0aaadu;
  x = (x ^ (x >> 15)) * 0x735a2d97u;
  return x ^ (x >> 15);
}

static inline int sum_of_bytes(uint32_t x) { return (x & 255) + ((x >> 8) & 255) + ((x >> 16) & 255) + (x >> 24); }

static inline float normal_at(uint32_t i, uint32_t seed) {
  int sum = sum_of_bytes(hash_index(2 * i, seed)) + sum_of_bytes(hash_index(2 * i + 1, seed));
  return (float)(sum - 1020) * (float)(1 / sqrt(43690));
}
