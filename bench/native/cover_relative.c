#include "bench.h"

enum { BUCKETS = 65536, BLOCK = 1024 };
static double before[BUCKETS + 1], gain[BUCKETS], most[BUCKETS / BLOCK];
static int32_t from[BUCKETS], to[BUCKETS];

static float float_of(int bucket, int low) {
  uint32_t bits = ((uint32_t)(bucket + (0x35800000 >> 12)) << 12) | (uint32_t)low;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static void set_window(int b, int start, int end) {
  from[b] = start;
  to[b] = end;
  gain[b] = end > start ? before[end] - before[start] : 0;
}

static void refresh(int block) {
  double best = 0;
  for (int i = block * BLOCK; i < (block + 1) * BLOCK; i++) best = gain[i] > best ? gain[i] : best;
  most[block] = best;
}

static int cover(const uint32_t *counts, double delta, double coverage, int max_picks, float *picks) {
  for (int b = 0; b < BUCKETS; b++) before[b + 1] = before[b] + counts[b];
  int first = 1, stop = 1, size = 0;
  set_window(0, 0, 0);
  set_window(BUCKETS - 1, 0, 0);
  for (int b = 1; b < BUCKETS - 1; b++) {
    double centre = float_of(b, 0x800), low = centre / (1 + delta), high = centre / (1 - delta);
    while (first < BUCKETS - 1 && float_of(first, 0) < low) first++;
    while (stop < BUCKETS - 1 && float_of(stop, 0xfff) <= high) stop++;
    set_window(b, first, stop);
  }
  for (int block = 0; block < BUCKETS / BLOCK; block++) refresh(block);
  double goal = coverage * before[BUCKETS], covered = 0;
  while (covered < goal && size < max_picks) {
    int block = -1;
    double best = 0;
    for (int i = 0; i < BUCKETS / BLOCK; i++)
      if (most[i] > best) best = most[block = i];
    if (block < 0) break;
    int pick = block * BLOCK;
    while (gain[pick] != best) pick++;
    covered += best;
    picks[size++] = float_of(pick, 0x800);
    int start = from[pick], end = to[pick], b = pick - 1;
    for (; b > 0 && to[b] > start; b--) set_window(b, from[b], start);
    int first_block = (b + 1) / BLOCK;
    for (b = pick + 1; b < BUCKETS - 1 && from[b] < end; b++) set_window(b, end, to[b]);
    set_window(pick, start, start);
    for (int i = first_block; i <= (b - 1) / BLOCK; i++) refresh(i);
  }
  return size;
}

int main(int argc, char **argv) {
  size_t n;
  const uint32_t *counts = read_input(argv[1], 4, &n);
  float *picks = calloc(BUCKETS, 4);
  int size = 0;
  MEASURE(best, , size = cover(counts, atof(argv[2]), atof(argv[3]), atoi(argv[4]), picks))
  report(best, picks, (size_t)size * 4);
  return argc < 5;
}
