// By the formulas of src/kernels/prior-kernels.ts, operation by operation as src/kernels/reference/quantizing-prior.ts.
#include "bench.h"
#include "fast_math.h"

#define LOG2_E 1.4426950408889634f
#define WINDOW (-5.129582367605204f)
#define INVERSE_TAU2 7.111111111111111f

typedef struct {
  float value, slope, d2;
} Level;

static inline Level log_uniform(float d, float inverse_v, float log_v) {
  float squared = d * d, d2 = squared > 1e-20f ? squared : 1e-20f;
  float q = d2 * inverse_v;
  float p = exp2_fast(1.48695f * (log2_fast(d2) - log_v) - 2.702456350593206f);
  float s = 1 / (1 + p), ps = p * s, one_plus = 1 + q;
  Level level = {-0.63576f * ps - 0.34657359027997264f * log2_fast(one_plus),
                 0.9453433320000001f * (ps * s) + 0.5f * q / one_plus, d2};
  return level;
}

static inline float by_distance(Level level, float d) { return -2 * level.slope * d / level.d2; }

static double add_prior(const float *means, const float *logs, const float *variances, const float *prior, int levels,
                        float *by_means, float *by_variances, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) {
    float x = means[i] * prior[0], v = variances[i] * prior[1], inverse_v = 1 / v;
    float log_v = logs[i] * LOG2_E + prior[2];
    float c = prior[5] * exp2_fast(-2.8853900817779268f * v), c_slope = 2 * v * c;
    float value = 0, by_x = 0, by_log = 0, windows = 0, windows_by_x = 0;
    for (int k = -levels; k <= levels; k++) {
      if (k == 0) continue;
      float d = x - (float)k;
      Level level = log_uniform(d, inverse_v, log_v);
      float window = exp2_fast(WINDOW * level.d2), window_by_x = -INVERSE_TAU2 * d * window;
      float height = level.value - c;
      value = value + window * height;
      by_x = by_x + (window * by_distance(level, d) + window_by_x * height);
      by_log = by_log + window * (level.slope + c_slope);
      windows = windows + window;
      windows_by_x = windows_by_x + window_by_x;
    }
    Level own = log_uniform(x, inverse_v, log_v);
    float rest = 1 - windows > 0 ? 1 - windows : 0, rest_by_x = rest > 0 ? -windows_by_x : 0;
    float middle = exp2_fast(WINDOW * own.d2), height = own.value - middle * c;
    value = value + rest * height;
    float height_by_x = by_distance(own, x) + INVERSE_TAU2 * x * middle * c;
    by_x = by_x + (rest * height_by_x + rest_by_x * height);
    by_log = by_log + rest * (own.slope + middle * c_slope);
    float by_mean = by_means[i] - prior[3] * by_x;
    float limit = prior[6] + prior[7] * sqrtf(variances[i]);
    by_means[i] = fabsf(means[i]) >= limit && means[i] * by_mean < 0 ? 0 : by_mean;
    by_variances[i] = by_variances[i] * variances[i] - prior[4] * by_log;
    sum -= value;
  }
  return sum;
}

int main(int argc, char **argv) {
  size_t n, eight;
  const float *means = read_input(argv[1], 4, &n), *logs = read_input(argv[2], 4, &n),
              *variances = read_input(argv[3], 4, &n), *prior = read_input(argv[4], 4, &eight),
              *means_before = read_input(argv[5], 4, &n), *variances_before = read_input(argv[6], 4, &n);
  float *by_means = calloc(n, 4), *by_variances = calloc(n, 4);
  volatile double sum;
  MEASURE(best, (memcpy(by_means, means_before, n * 4), memcpy(by_variances, variances_before, n * 4)),
          sum = add_prior(means, logs, variances, prior, atoi(argv[7]), by_means, by_variances, n))
  (void)sum;
  report(best, by_variances, n * 4);
  return argc < 8;
}
