// draw_levels numbers rows draws low high step spread around seed: see GridKernels.drawLevels, hard
#include <math.h>

#include "bench.h"
#include "noise.h"

#define BINS 320
#define ODDS 8

static void draw_levels(const float *numbers, size_t n, const float *rows, const float *draws, int low, int high,
                        float step, float spread, int around, uint32_t seed, float *targets, float *slopes) {
  int near = 2 * around + 1;
  float inverse = 1 / step;
  for (size_t i = 0; i < n; i++) {
    float t = numbers[i] * inverse;
    float nearest = fmaxf(low, fminf(high, floorf(t + 0.5f)));
    int level = (int)nearest;
    int bin = (int)fmaxf(0, fminf(BINS - 1, (t - nearest + 2.5f) * 64));
    float sums[ODDS] = {0};
    float most = -1;
    int best = 0;
    int first = low - level > -around ? low - level : -around, last = high - level < around ? high - level : around;
    for (int j = first; j <= last; j++) {
      int k = j + around;
      uint32_t bits = hash_index((uint32_t)(around + 1) * (uint32_t)i + (uint32_t)(k >> 1), seed);
      float u = draws[k & 1 ? bits >> 16 : bits & 0xffff];
      const float *row = rows + (bin * near + k) * ODDS;
      for (int m = 0; m < ODDS; m++) sums[m] += row[m] * u;
      if (row[0] * u > most) {
        most = row[0] * u;
        best = j;
      }
    }
    float mean = sums[1] / sums[0];
    float by_t = (sums[4] - mean * sums[2]) / sums[0], by_s = (sums[5] - mean * sums[3]) / sums[0];
    targets[i] = step * (nearest + best);
    slopes[i] = by_t;
    slopes[n + i] = nearest + mean - (t * by_t + spread * by_s);
    slopes[2 * n + i] = by_s;
  }
}

int main(int argc, char **argv) {
  if (argc < 10) return 1;
  size_t n, size, drawn;
  const float *numbers = read_input(argv[1], 4, &n);
  const float *rows = read_input(argv[2], 4, &size);
  const float *draws = read_input(argv[3], 4, &drawn);
  float *targets = calloc(n, 4), *slopes = calloc(3 * n, 4);
  MEASURE(best, (void)0,
          draw_levels(numbers, n, rows, draws, atoi(argv[4]), atoi(argv[5]), (float)atof(argv[6]), (float)atof(argv[7]),
                      atoi(argv[8]), (uint32_t)atol(argv[9]), targets, slopes))
  report(best, targets, n * 4);
  return 0;
}
