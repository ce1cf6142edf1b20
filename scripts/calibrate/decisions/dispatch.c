// What the best split among copies (packages/allocation/src/shares/min-max.ts) and the fewest active experts
// (packages/allocation/src/allocators/fewest-active.ts) take as a command processor would run them: 5 x 5 dies, drawn copies.
// Prints experts, copies, what each counts, ns a decision, and the cycles that the product charges over those measured.
//   cc -O2 -o /tmp/dispatch scripts/calibrate/decisions/dispatch.c && /tmp/dispatch 2.6
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
enum { U = 25, MOST = 512, R = 24, NONE = 0xffff };
static int E, start_[MOST + 1];
static uint16_t holder[MOST * U], several[MOST], choice[MOST * U], queue_[U], fromUnit[U], byExpert[U];
static uint32_t allocation[MOST * U], tokens[R][MOST], active[U];
static double load_[U], waiting[MOST], level;
static int first_[U + 1], filled[U], tail;
static uint8_t reached[U];
static long edges, visits;

static void reach(int e, int from) {
  for (int h = start_[e]; h < start_[e + 1]; h++) {
    int u = holder[h];
    if (reached[u]) continue;
    reached[u] = 1; fromUnit[u] = from; byExpert[u] = e; queue_[tail++] = u;
  }
}
static void shift(int e, int end) {
  double t = waiting[e], room = level - load_[end];
  if (room < t) t = room;
  for (int u = end; fromUnit[u] != NONE; u = fromUnit[u]) {
    double there = allocation[byExpert[u] * U + fromUnit[u]];
    if (there < t) t = there;
  }
  int u = end;
  for (; fromUnit[u] != NONE; u = fromUnit[u]) {
    allocation[byExpert[u] * U + u] += t;
    allocation[byExpert[u] * U + fromUnit[u]] -= t;
  }
  allocation[e * U + u] += t; load_[end] += t; waiting[e] -= t;
}
static void augment(int e) {
  memset(reached, 0, sizeof reached);
  tail = 0;
  visits++;
  reach(e, NONE);
  for (int head = 0; head < tail; head++) {
    int u = queue_[head];
    if (load_[u] < level) { shift(e, u); return; }
    edges += first_[u + 1] - first_[u];
    for (int c = first_[u]; c < first_[u + 1]; c++)
      if (allocation[choice[c] * U + u] > 0) reach(choice[c], u);
  }
  double up = waiting[e] / tail; level += up == (long)up ? up : (long)up + 1;
}
static void split(const uint32_t *want) {
  int count = 0; double total = 0;
  memset(allocation, 0, sizeof(uint32_t) * E * U);
  for (int u = 0; u < U; u++) load_[u] = 0;
  for (int e = 0; e < E; e++) {
    total += want[e];
    if (!want[e]) continue;
    if (start_[e + 1] - start_[e] > 1) several[count++] = e;
    else { int u = holder[start_[e]]; allocation[e * U + u] = want[e]; load_[u] += want[e]; }
  }
  level = (long)((total + U - 1) / U);
  for (int u = 0; u < U; u++) if (load_[u] > level) level = load_[u];
  memset(first_, 0, sizeof first_); memset(filled, 0, sizeof filled);
  for (int i = 0; i < count; i++) for (int h = start_[several[i]]; h < start_[several[i] + 1]; h++) first_[holder[h] + 1]++;
  for (int u = 0; u < U; u++) first_[u + 1] += first_[u];
  for (int i = 0; i < count; i++) for (int h = start_[several[i]]; h < start_[several[i] + 1]; h++) {
    int u = holder[h]; choice[first_[u] + filled[u]++] = several[i];
  }
  for (int i = 0; i < count; i++) { int e = several[i]; waiting[e] = want[e]; while (waiting[e] > 0) augment(e); }
}
static void fewest(const uint32_t *want) {
  int at[U + 2];
  memset(at, 0, sizeof at);
  memset(allocation, 0, sizeof(uint32_t) * E * U); memset(active, 0, sizeof active);
  for (int u = 0; u < U; u++) load_[u] = 0;
  for (int e = 0; e < E; e++) at[start_[e + 1] - start_[e] + 1]++;
  for (int c = 0; c <= U; c++) at[c + 1] += at[c];
  for (int e = 0; e < E; e++) several[at[start_[e + 1] - start_[e]]++] = e;
  for (int i = 0; i < E; i++) {
    int e = several[i], best = holder[start_[e]];
    if (!want[e]) continue;
    for (int h = start_[e] + 1; h < start_[e + 1]; h++) {
      int u = holder[h];
      if (active[u] < active[best] || (active[u] == active[best] && load_[u] < load_[best])) best = u;
    }
    active[best]++; load_[best] += want[e]; allocation[e * U + best] = want[e];
  }
}
static double timed(void (*decide)(const uint32_t *)) {
  double best = 1e18;
  for (int rep = 0; rep < 7; rep++) {
    struct timespec p, q;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &p);
    for (int i = 0; i < 10 * R; i++) decide(tokens[i % R]);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &q);
    double ns = ((q.tv_sec - p.tv_sec) * 1e9 + (q.tv_nsec - p.tv_nsec)) / (10 * R);
    if (ns < best) best = ns;
  }
  return best;
}
int main(int argc, char **argv) {
  double ghz = argc > 1 ? atof(argv[1]) : 2.6;
  srand(1);
  int sizes[] = {64, 128, 256, 384, 512}, each[] = {1, 4, 10, 20}, batches[] = {4096, 32768, 131072};
  printf("split: experts copies tokens | visits edges ns charged/measured    fewest: ns charged/measured\n");
  for (int a = 0; a < 5; a++) for (int c = 0; c < 4; c++) for (int b = 0; b < 3; b++) {
    E = sizes[a];
    double w[MOST], s = 0;
    for (int e = 0; e < E; e++) { w[e] = 1 / (0.05 + (rand() + 1.0) / RAND_MAX); s += w[e]; }
    static uint8_t held[MOST][U];
    memset(held, 0, sizeof held);
    for (int e = 0; e < E; e++) held[e][e * U / E] = 1;
    for (int u = 0; u < U; u++) for (int k = 0; k < each[c]; k++) {
      int e = rand() % E, f = rand() % E;
      held[w[e] > w[f] ? e : f][u] = 1;
    }
    int at = 0;
    for (int e = 0; e < E; e++) { start_[e] = at; for (int u = 0; u < U; u++) if (held[e][u]) holder[at++] = u; }
    start_[E] = at;
    for (int r = 0; r < R; r++) for (int e = 0; e < E; e++) tokens[r][e] = batches[b] * w[e] / s * (0.6 + 0.8 * rand() / RAND_MAX);
    edges = visits = 0;
    for (int r = 0; r < R; r++) split(tokens[r]);
    double v = (double)visits / R, g = (double)edges / R;
    double ns = timed(split), charged = 8 * E + 3 * at + 24 * v + 11 * g;
    double fs = timed(fewest), fcharged = 15 * E + 6 * at;
    printf("%d %d %d | %.0f %.0f %.0f %.2f    %.0f %.2f\n", E, at - E, batches[b], v, g, ns, charged / (ns * ghz), fs, fcharged / (fs * ghz));
  }
  return 0;
}
