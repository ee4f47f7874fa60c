#include "bench.h"
#include <math.h>

static void sum_errors(const float *values, size_t rows, size_t length, const float *inverses, size_t count, float levels,
                       float *sums) {
  for (size_t r = 0; r < rows; r++) {
    for (size_t k = 0; k < count; k++) {
      float lanes[16] = {0}, inverse = inverses[r * count + k];
      for (size_t i = 0; i < length; i += 16) {
        size_t rest = length - i < 16 ? length - i : 16;
        for (size_t l = 0; l < rest; l++) {
          float t = fabsf(values[r * length + i + l]) * inverse, e = t - rintf(t < levels ? t : levels);
          lanes[l] += e * e;
        }
      }
      float s[4];
      for (int l = 0; l < 4; l++) s[l] = (lanes[l] + lanes[l + 4]) + (lanes[l + 8] + lanes[l + 12]);
      sums[r * count + k] = (s[0] + s[1]) + (s[2] + s[3]);
    }
  }
}

int main(int argc, char **argv) {
  size_t n, m, rows = (size_t)atoi(argv[3]);
  const float *values = read_input(argv[1], 4, &n), *inverses = read_input(argv[2], 4, &m);
  float *sums = calloc(m, 4);
  MEASURE(best, (void)0, sum_errors(values, rows, n / rows, inverses, m / rows, (float)atoi(argv[4]), sums))
  report(best, sums, m * 4);
  return argc < 5;
}
