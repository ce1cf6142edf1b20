import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Schema } from "effect"
import { averageRanks, spearman } from "@moira/core/statistics"
import { heatmapRho } from "../src/heatmap-rank.ts"

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))
const Values = Schema.Array(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: -3, maximum: 3 }))))

/** Average rank by comparing each value with all others. */
const plainRanks = (values: ReadonlyArray<number>) =>
  values.map((value) => {
    const below = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return below + (equal + 1) / 2
  })

/** Pearson's correlation by its definition. */
const plainCorrelation = (a: ReadonlyArray<number>, b: ReadonlyArray<number>): number | null => {
  const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [ma, mb] = [mean(a), mean(b)]
  const covariance = mean(a.map((value, i) => (value - ma) * (b[i]! - mb)))
  const spread = Math.sqrt(mean(a.map((value) => (value - ma) ** 2)) * mean(b.map((value) => (value - mb) ** 2)))
  return spread > 0 ? covariance / spread : null
}

const plainSpearman = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) =>
  a.length === 0 ? null : plainCorrelation(plainRanks(a), plainRanks(b))

const same = (actual: number | null, expected: number | null) =>
  actual === null || expected === null ? assert.strictEqual(actual, expected) : assert.closeTo(actual, expected, 1e-9)

it.prop("average ranks equal ranks by comparison, ties included", [Values], ([values]) =>
  assert.deepStrictEqual([...averageRanks(values)], plainRanks(values))
)

it.prop("rho equals the definition, ties included", [Values, Seed], ([values, seed]) => {
  const { below } = random(seed)
  const others = values.map(() => below(4))
  same(spearman(values, others), plainSpearman(values, others))
})

it("rho of a monotone relation is 1 or -1, and none with a constant", () => {
  assert.strictEqual(spearman([1, 2, 3, 4], [1, 4, 9, 16]), 1)
  assert.strictEqual(spearman([1, 2, 3, 4], [0, -1, -2, -30]), -1)
  assert.isNull(spearman([1, 2, 3], [5, 5, 5]))
  assert.isNull(spearman([], []))
})

it.prop("heatmaps correlate by P(j | i) over rows seen on both sides", [Seed, Schema.Boolean], ([seed, large]) => {
  const { below, uniform } = random(seed)
  const experts = 2 + below(7)
  // Large counts take the way that sorts cells, small ones the histogram.
  const scale = large ? 1000 : 1
  const matrix = () => {
    const counts = new Uint32Array(experts * experts).map(() => scale * below(5))
    for (let i = 0; i < experts; i++) if (uniform() < 0.2) counts.fill(0, i * experts, (i + 1) * experts)
    return counts
  }
  const [a, b] = [matrix(), matrix()]
  const row = (counts: Uint32Array, i: number) => [...counts.subarray(i * experts, (i + 1) * experts)]
  const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)
  const rows = Array.from({ length: experts }, (_, i) => i).filter((i) => sum(row(a, i)) > 0 && sum(row(b, i)) > 0)
  const shares = (counts: Uint32Array) =>
    rows.flatMap((i) => row(counts, i).map((count) => count / sum(row(counts, i))))
  same(heatmapRho(a, b, experts), plainSpearman(shares(a), shares(b)))
})

it("heatmaps that share no row have no correlation", () => {
  assert.isNull(heatmapRho(Uint32Array.of(1, 2, 0, 0), Uint32Array.of(0, 0, 1, 2), 2))
})
