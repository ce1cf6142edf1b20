// CPU seconds of cross-layer counting in C++, the best of three passes over a file of ids, top-8.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

int main(int, char **argv) {
  const size_t layers = atoi(argv[2]), rows = atoi(argv[3]), experts = atoi(argv[5]);
  std::vector<uint16_t> ids(layers * rows * 8);
  FILE *file = fopen(argv[1], "rb");
  if (!file || fread(ids.data(), 2, ids.size(), file) != ids.size()) return 1;
  std::vector<uint32_t> counts(experts * experts);
  double best = 1e9;
  for (int pass = 0; pass < 3; pass++) {
    const clock_t start = clock();
    for (size_t layer = 0; layer + 1 < layers; layer++) {
      const uint16_t *a = &ids[layer * rows * 8], *b = a + rows * 8;
      for (size_t t = 0; t < rows; t++, a += 8, b += 8)
        for (int i = 0; i < 8; i++) {
          uint32_t *row = &counts[a[i] * experts];
          for (int j = 0; j < 8; j++) row[b[j]]++;
        }
    }
    const double seconds = double(clock() - start) / CLOCKS_PER_SEC;
    if (seconds < best) best = seconds;
  }
  printf("%g\n", best);
  return counts[0] == 0xffffffff;
}
