// As assembly/shared/fused-table.ts.
#pragma once
#include "bench.h"

static inline uint32_t key_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits ^ ((uint32_t)((int32_t)bits >> 31) | 0x80000000u);
}

static inline int fused_shift(const uint32_t *thresholds, int n) {
  int shift = 20;
  while ((uint64_t)n >= (uint64_t)1 << (32 - shift)) shift--;
  for (int i = 1; i < n; i++) {
    uint32_t a = thresholds[i - 1], b = thresholds[i];
    while (shift >= 12 && a >> shift == b >> shift && (a & ((1u << shift) - 1))) shift--;
  }
  return shift;
}

static inline void fill_fused_table(const uint32_t *thresholds, int n, int shift, uint32_t *table) {
  uint32_t low = (1u << shift) - 1;
  int rank = 0;
  for (uint32_t bucket = 0; bucket < 1u << (32 - shift); bucket++) {
    while (rank < n && thresholds[rank] <= bucket << shift) rank++;
    uint32_t entry = ((uint32_t)rank - bucket) << shift;
    if (rank < n && thresholds[rank] >> shift == bucket) entry += low + 1 - (thresholds[rank] & low);
    table[bucket] = entry;
  }
}

static inline uint32_t fused_rank(const uint32_t *table, uint32_t key, int shift) {
  return (table[key >> shift] + key) >> shift;
}
