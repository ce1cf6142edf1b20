// What Moira's allocation (packages/placement/src/balance/shed.ts) takes as a command processor would run it: the same search in
// C on 5 x 5 dies. Prints experts, units looked at, moves weighed, moves made and ns a decision, then how the cycles that
// shed.ts counts compare with those measured at the clock given.
//   cc -O2 -o /tmp/balance scripts/calibrate/decisions/balance.c -lm && /tmp/balance 2.6
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
enum { U = 25, E = 384, BLOCK = 50, R = 24, MOST = 400 };
static int hops[U][U];
static double alone[U][U], compute[U], memory_[U], token, readPs;
static uint32_t served[U], listed[U], allocation[E * U];
static uint16_t list[U][E];
static uint8_t held[E * U], stuck[U];
static int start_[E + 1], home[E];
static uint16_t holder[E * U];
static long looks, moves, unitLooks;
static double level, bestWorth;
static int bestE, bestV;
static uint32_t bestTokens;

static inline double startPs(int u) { return readPs * (1 + served[u]); }
static inline double donePs(int u) { double a = compute[u] + startPs(u); return a > memory_[u] ? a : memory_[u]; }
static int sourceOf(int e, int u) {
  int s = holder[start_[e]];
  for (int i = start_[e] + 1; i < start_[e + 1]; i++) {
    int h = holder[i], closer = hops[h][u] - hops[s][u];
    if (closer < 0 || (closer == 0 && memory_[h] < memory_[s])) s = h;
  }
  return s;
}
static void weigh(int e, int u, int from, int v, int source) {
  looks++;
  uint32_t there = allocation[e * U + v], tokens = allocation[e * U + u];
  double room = level - startPs(v) - compute[v];
  if (room <= 0) return;
  double late = compute[u] + startPs(u) - level, delay = 0;
  int fresh = there == 0;
  if (source != v) {
    double more = source == u && late > 0 ? ceil(late / level) : fresh;
    double arrival = (served[source] + 1 + more) * readPs;
    if (arrival < alone[source][v]) arrival = alone[source][v];
    double r = level - arrival - there * token;
    if (r < room) room = r;
    if (fresh) {
      if (source == u) delay = readPs;
      else if (compute[source] + startPs(source) + readPs > level) return;
    }
  }
  double most = floor(room / token);
  int byMemory = memory_[u] > compute[u] + startPs(u);
  double moved = tokens;
  if (!byMemory) {
    double wanted = ceil((late + delay) / token);
    if (wanted < BLOCK) wanted = BLOCK;
    if (wanted < moved) moved = wanted;
  }
  if (moved > most) moved = byMemory ? 0 : most;
  if (tokens - moved < BLOCK && tokens <= most) moved = tokens;
  if (moved <= 0 || moved < (tokens < BLOCK ? tokens : BLOCK)) return;
  int whole = moved == tokens;
  if (source != v && fresh && !whole && moved * token < 1.1 * sqrt(tokens * token * readPs)) return;
  double saved = whole && from == u ? readPs : 0;
  if (fresh && memory_[source] + readPs - (source == u ? saved : 0) > level) return;
  double mem = memory_[u] - saved + (fresh && source == u ? readPs : 0);
  double after = compute[u] + startPs(u) + delay - moved * token;
  if (mem > after) after = mem;
  if (after < level) after = level;
  double gain = donePs(u) - after;
  if (gain <= 0) return;
  double price = (fresh ? 0.5 + (source == v ? 0 : hops[source][v]) : 0.25) + (whole || !fresh ? 0 : 0.5);
  if (gain <= bestWorth * price) return;
  bestWorth = gain / price, bestE = e, bestV = v, bestTokens = moved;
}
static void find(int u) {
  bestE = -1, bestWorth = 0;
  uint32_t most = 0;
  for (uint32_t i = 0; i < listed[u]; i++) {
    int e = list[u][i];
    uint32_t tokens = allocation[e * U + u];
    if (!tokens) continue;
    if (tokens > most) most = tokens;
    int from = held[e * U + u] ? u : sourceOf(e, u);
    for (int h = start_[e]; h < start_[e + 1]; h++) if (holder[h] != u) weigh(e, u, from, holder[h], holder[h]);
  }
  if (bestE >= 0 || !most) return;
  for (uint32_t i = 0; i < listed[u]; i++) {
    int e = list[u][i];
    if (allocation[e * U + u] < most) continue;
    int from = held[e * U + u] ? u : sourceOf(e, u);
    for (int v = 0; v < U; v++) if (v != u && !held[e * U + v]) weigh(e, u, from, v, sourceOf(e, v));
  }
}
static void move(int u) {
  moves++;
  int at = bestE * U;
  if (!allocation[at + bestV]) {
    int s = held[at + bestV] ? bestV : sourceOf(bestE, bestV);
    memory_[s] += readPs;
    if (s != bestV) served[s]++;
    list[bestV][listed[bestV]++] = bestE;
  }
  allocation[at + u] -= bestTokens, allocation[at + bestV] += bestTokens;
  compute[u] -= bestTokens * token, compute[bestV] += bestTokens * token;
  if (allocation[at + u]) return;
  int s = held[at + u] ? u : sourceOf(bestE, u);
  memory_[s] -= readPs;
  if (s != u) served[s]--;
  for (int i = 0;; i++) if (list[u][i] == bestE) { list[u][i] = list[u][--listed[u]]; return; }
}
static void decide(const uint32_t *requests, int experts) {
  memset(compute, 0, sizeof compute), memset(memory_, 0, sizeof memory_), memset(served, 0, sizeof served);
  memset(listed, 0, sizeof listed), memset(held, 0, experts * U), memset(stuck, 0, sizeof stuck);
  double total = 0;
  int reads = 0;
  for (int e = 0; e < experts; e++) {
    uint32_t tokens = requests[e];
    if (!tokens) continue;
    int u = home[e];
    allocation[e * U + u] = tokens;
    compute[u] += tokens * token, memory_[u] += readPs, total += tokens * token, reads++;
    list[u][listed[u]++] = e;
    for (int i = start_[e]; i < start_[e + 1]; i++) held[e * U + holder[i]] = 1;
  }
  level = total / U + readPs;
  double byReads = ((reads + U - 1) / U) * readPs;
  if (byReads > level) level = byReads;
  for (int stuckCount = 0;;) {
    int u = -1;
    double late = 0;
    unitLooks += U;
    for (int v = 0; v < U; v++) { double d = donePs(v); if (!stuck[v] && d > late) late = d, u = v; }
    if (late <= level * 1.01) {
      if (!stuckCount) return;
      memset(stuck, 0, sizeof stuck), stuckCount = 0;
      for (int v = 0; v < U; v++) if (donePs(v) > late) late = donePs(v);
      unitLooks += U;
      double next = level + 0.15 * (late - level);
      level = next > level * 1.02 ? next : level * 1.02;
      continue;
    }
    find(u);
    if (bestE < 0) stuck[u] = 1, stuckCount++;
    else move(u);
  }
}
static double uniform(void) { return (rand() + 1.0) / (RAND_MAX + 2.0); }
int main(int argc, char **argv) {
  double ghz = argc > 1 ? atof(argv[1]) : 2.6;
  for (int a = 0; a < U; a++) for (int b = 0; b < U; b++) hops[a][b] = abs(a % 5 - b % 5) + abs(a / 5 - b / 5);
  static uint32_t requests[R][E];
  static double rows[MOST][4], cycles[MOST];
  int n = 0, Es[] = {64, 128, 256, 384}, scales[] = {10, 60, 250}, copies[] = {0, 4, 12};
  double bytes[] = {38e6, 88e6, 252e6};
  for (int a = 0; a < 4; a++) for (int b = 0; b < 3; b++) for (int c = 0; c < 3; c++) for (int d = 0; d < 3; d++) {
    int experts = Es[a], most = ceil(copies[d] * U * 2.0 / experts);
    readPs = bytes[b] / 3, token = bytes[b] / 791;
    for (int i = 0; i < U; i++) for (int j = 0; j < U; j++) alone[i][j] = i == j ? readPs : bytes[b] / 1.7 + 4e5 * hops[i][j];
    start_[0] = 0;
    for (int e = 0; e < experts; e++) {
      uint8_t on[U] = {0};
      home[e] = e * U / experts, on[home[e]] = 1;
      for (int k = rand() % (1 + most); k > 0; k--) on[rand() % U] = 1;
      int at = start_[e];
      for (int u = 0; u < U; u++) if (on[u]) holder[at++] = u;
      start_[e + 1] = at;
    }
    for (int r = 0; r < R; r++) for (int e = 0; e < experts; e++) requests[r][e] = rand() % 9 ? scales[c] / (0.06 + uniform()) : 0;
    double best = 1e18, empty = 1e18;
    for (int rep = 0; rep < 12; rep++) {
      struct timespec p, q;
      looks = moves = unitLooks = 0;
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &p);
      for (int r = 0; r < R; r++) { memset(allocation, 0, sizeof(uint32_t) * experts * U); decide(requests[r], experts); }
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &q);
      double ns = ((q.tv_sec - p.tv_sec) * 1e9 + (q.tv_nsec - p.tv_nsec)) / R;
      if (ns < best) best = ns;
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &p);
      for (int r = 0; r < R; r++) { memset(allocation, 0, sizeof(uint32_t) * experts * U); __asm__ volatile("" ::: "memory"); }
      clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &q);
      ns = ((q.tv_sec - p.tv_sec) * 1e9 + (q.tv_nsec - p.tv_nsec)) / R;
      if (ns < empty) empty = ns;
    }
    double row[] = {experts, (double)unitLooks / R, (double)looks / R, (double)moves / R};
    memcpy(rows[n], row, sizeof row), cycles[n] = (best - empty) * ghz;
    printf("%3d %5.0f %6.0f %4.0f %7.0f\n", experts, row[1], row[2], row[3], best - empty);
    n++;
  }
  double counted = 0, measured = 0;
  int below = 0;
  for (int i = 0; i < n; i++) {
    double model = 25 * rows[i][0] + 5 * rows[i][1] + 60 * rows[i][2] + 150 * rows[i][3];
    counted += model, measured += cycles[i], below += model < cycles[i];
  }
  printf("25 an expert, 5 a unit, 60 a move weighed, 150 a move made: %.2f of the cycles measured in sum, too few in %d of %d\n",
         counted / measured, below, n);
  return 0;
}
