#include "bench.h"
#include <math.h>

enum { STATES = 256, BANK = 0xa6, PARITY = 0x79 };

static float cost_of(float x, int k, int bank, float weight, int sign, const float *row, int min) {
  int level = 2 * k - bank * ((k > 0) - (k < 0));
  float distance = x - (float)level;
  return weight * (distance * distance) + row[sign * k - min];
}

/** The cheapest number of one parity in one bank. */
static int32_t candidate(float target, float weight, const float *row, int min, int size, int bank, int parity, int *best) {
  static const float rests[] = {0, 2, 3, 1};
  int sign = target < 0 ? -1 : 1;
  float x = fabsf(target), rest = rests[2 * bank + parity];
  int most = sign > 0 ? min + size - 1 : -min, outermost = most - ((most ^ parity) & 1);
  float lower = rest + 4 * floorf((x - rest) * 0.25f);
  int whole = (int)lower;
  int folded[3] = {whole < 0 ? -parity : (whole + bank * (whole > 0)) / 2, (whole + 4 + bank) / 2, 0};
  float least = INFINITY;
  for (int i = 0; i < 3 - parity; i++) {
    int k = folded[i] < outermost ? folded[i] : outermost;
    float cost = cost_of(x, k, bank, weight, sign, row, min);
    if (cost < least) least = cost, *best = sign * k;
  }
  return (int32_t)((least < 1024 ? least : 1024) * 4096);
}

static void search(const float *targets, const float *weights, const uint8_t *classes, const float *rates, int min, int size,
                   size_t n, uint8_t (*odd)[STATES], int (*numbers)[4], int16_t *levels) {
  int32_t costs[STATES], next[STATES];
  for (int s = 0; s < STATES; s++) costs[s] = s ? 1 << 28 : 0;
  for (size_t i = 0; i < n; i++) {
    int32_t d[4];
    for (int subset = 0; subset < 4; subset++) {
      int bank = subset >> 1;
      const float *row = rates + (size_t)(2 * classes[i] + bank) * (size_t)size;
      d[subset] = candidate(targets[i], weights[i], row, min, size, bank, subset & 1, &numbers[i][subset]);
    }
    for (int half = 0; half < 2; half++)
      for (int t = 0; t < STATES / 2; t++) {
        int a = half ? t ^ (BANK & 127) : t;
        int32_t even = costs[2 * a + half] + d[2 * half], other = costs[2 * (a ^ PARITY) + half] + d[2 * half + 1];
        odd[i][128 * half + t] = other < even;
        next[128 * half + t] = other < even ? other : even;
      }
    int32_t least = next[0];
    if ((i & 63) == 63)
      for (int s = 1; s < STATES; s++) least = next[s] < least ? next[s] : least;
    else least = 0;
    for (int s = 0; s < STATES; s++) costs[s] = next[s] - least;
  }
  int state = 0;
  for (int s = 1; s < STATES; s++) if (costs[s] < costs[state]) state = s;
  for (size_t i = n; i-- > 0;) {
    int parity = odd[i][state], bank = state >> 7, a = bank ? state ^ BANK : state;
    state = (parity ? a ^ PARITY : a) << 1 | bank;
    int k = numbers[i][2 * bank + parity];
    levels[i] = (int16_t)(2 * k - bank * ((k > 0) - (k < 0)));
  }
}

int main(int argc, char **argv) {
  size_t n, same, cells;
  const float *targets = read_input(argv[1], 4, &n), *weights = read_input(argv[2], 4, &same);
  const uint8_t *classes = read_input(argv[3], 1, &same);
  const float *rates = read_input(argv[4], 4, &cells);
  int min = atoi(argv[5]), size = atoi(argv[6]);
  uint8_t(*odd)[STATES] = malloc(n * STATES);
  int(*numbers)[4] = malloc(n * sizeof *numbers);
  int16_t *levels = malloc(2 * n);
  MEASURE(best, , search(targets, weights, classes, rates, min, size, n, odd, numbers, levels))
  report(best, levels, 2 * n);
  return argc < 7;
}
