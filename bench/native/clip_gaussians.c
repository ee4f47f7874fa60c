#include "bench.h"
#include "fast_math.h"

static float clamp(float x, float low, float high) {
  float above = x > low ? x : low;
  return above < high ? above : high;
}

static void clip(float *means, float *logs, float *variances, size_t n, float lowest, float highest, float outermost,
                 float border) {
  for (size_t i = 0; i < n; i++) {
    logs[i] = clamp(logs[i], lowest, highest);
    variances[i] = exp2_fast(logs[i] * 1.4426950408889634f);
    float limit = outermost + border * sqrtf(variances[i]);
    means[i] = clamp(means[i], -limit, limit);
  }
}

int main(int argc, char **argv) {
  size_t n;
  const float *start = read_input(argv[1], 4, &n);
  float *logs = read_input(argv[2], 4, &n), *means = calloc(n, 4), *variances = calloc(n, 4);
  MEASURE(best, memcpy(means, start, n * 4),
          clip(means, logs, variances, n, (float)atof(argv[3]), (float)atof(argv[4]), (float)atof(argv[5]),
               (float)atof(argv[6])))
  report(best, means, n * 4);
  return argc < 7;
}
