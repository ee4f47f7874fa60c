// grid_bins numbers values scale offset: rounds numbers to bins, then weighs them by their bins
#include "bench.h"

static void round_to_bins(const float *numbers, size_t n, float scale, float offset, const float *values, size_t k,
                          uint16_t *bins, float *targets) {
  for (size_t i = 0; i < n; i++) {
    float place = numbers[i] * scale + offset;
    place = place < (float)(k - 1) ? place : (float)(k - 1);
    uint16_t bin = (uint16_t)(place > 0 ? place : 0);
    bins[i] = bin;
    targets[i] = values[bin];
  }
}

static void weigh_by_bins(const float *gradients, const uint16_t *bins, size_t n, const float *slopes, float *targets,
                          double *sums) {
  for (size_t i = 0; i < n; i++) {
    sums[bins[i]] += gradients[i];
    targets[i] = gradients[i] * slopes[bins[i]];
  }
}

int main(int argc, char **argv) {
  if (argc < 6) return 1;
  size_t n, k;
  const float *numbers = read_input(argv[1], 4, &n), *values = read_input(argv[2], 4, &k);
  float scale = (float)atof(argv[3]), offset = (float)atof(argv[4]);
  int weighs = atoi(argv[5]);
  uint16_t *bins = calloc(n, 2);
  float *targets = calloc(n, 4);
  double *sums = calloc(k, 8);
  round_to_bins(numbers, n, scale, offset, values, k, bins, targets);
  if (weighs) {
    MEASURE(best, memset(sums, 0, 8 * k), weigh_by_bins(numbers, bins, n, values, targets, sums))
    report(best, targets, n * 4);
  } else {
    MEASURE(best, (void)0, round_to_bins(numbers, n, scale, offset, values, k, bins, targets))
    report(best, targets, n * 4);
  }
  return 0;
}
