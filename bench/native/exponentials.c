#include "bench.h"
#include "fast_math.h"

static void exponentials(const float *values, float *targets, size_t n) {
  for (size_t i = 0; i < n; i++) targets[i] = exp2_fast(values[i] * 1.4426950408889634f);
}

int main(int argc, char **argv) {
  size_t n;
  const float *values = read_input(argv[1], 4, &n);
  float *targets = calloc(n, 4);
  MEASURE(best, (void)0, exponentials(values, targets, n))
  report(best, targets, n * 4);
  return argc < 2;
}
