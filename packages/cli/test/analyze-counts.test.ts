/** Analysis of counts as users run it, and the real DeepSeek-671B counts against a plain computation from the files. */
import { afterAll, assert, describe, it } from "vitest"
import { sharedData } from "@moira/test-data"
import type { CountsAnalysisDocument } from "@moira/results"
import * as fs from "node:fs"
import * as path from "node:path"
import { matchPhases } from "@moira/pipeline"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

describe("prefill and decode that belong together", () => {
  const named = (...names: ReadonlyArray<string>) =>
    names.map((workload) => ({
      workload,
      phase: workload.includes("prefill") ? ("prefill" as const) : ("decode" as const)
    }))
  const pairs = (...names: ReadonlyArray<string>) =>
    matchPhases(named(...names)).map(([prefill, decode]) => `${prefill.workload} ${decode.workload}`)

  it("differ in the phase alone", () => {
    assert.deepStrictEqual(pairs("prefill_a", "decode_a", "decode_b", "c-prefill", "c-decode"), [
      "prefill_a decode_a",
      "c-prefill c-decode"
    ])
  })
  it("or are the only two", () => assert.deepStrictEqual(pairs("prefill_x", "decode_y"), ["prefill_x decode_y"]))
  it("and are not guessed", () => {
    assert.deepStrictEqual(pairs("prefill_a", "prefill_b", "decode_c", "decode_d"), [])
    assert.deepStrictEqual(pairs("a/prefill", "prefill a", "a/decode", "decode_b"), [])
  })
})

it("counts of one phase say why there is nothing to compare, as text and as JSON", async () => {
  const store = inScratch("one.counts")
  fs.writeFileSync(inScratch("decode_a.json"), '{"logical_count": [[0, 0, 0], [3, 1, 0]]}')
  assert.strictEqual((await moira("ingest", inScratch("decode_a.json"), "--out", store)).code, 0)
  const text = await moira("analyze", store)
  assert.strictEqual(text.code, 0, text.stderr)
  assert.match(text.stdout, /decode_a +decode +1 +2\.3 x +0\.50/)
  assert.match(text.stdout, /Ob3\): the store has no prefill counts/)
  const { stdout } = await moira("analyze", store, "--json", "--only", "temporal")
  const document: CountsAnalysisDocument = JSON.parse(stdout)
  assert.deepStrictEqual([document.schema, document.workloads, document.phases], ["moira-counts-analysis/1", null, []])
  assert.notInclude(stdout, "NaN")
  assert.isFalse(document.notMeasured.some(({ what }) => what.includes("Ob5")))
})

const real = sharedData("traces/deepseek-671b-counts")

/** Ranks from 1 with the mean for ties, by counting. */
const ranks = (values: ReadonlyArray<number>): ReadonlyArray<number> =>
  values.map((v) => values.filter((w) => w < v).length + (values.filter((w) => w === v).length + 1) / 2)

const mean = (values: ReadonlyArray<number>): number => values.reduce((a, b) => a + b, 0) / values.length

const correlation = (x: ReadonlyArray<number>, y: ReadonlyArray<number>): number => {
  const [mx, my] = [mean(x), mean(y)]
  const covariance = mean(x.map((v, i) => (v - mx) * (y[i]! - my)))
  const deviation = (of: ReadonlyArray<number>, m: number) => Math.sqrt(mean(of.map((v) => (v - m) ** 2)))
  return covariance / (deviation(x, mx) * deviation(y, my))
}

const hottest = (counts: ReadonlyArray<number>, n: number): ReadonlyArray<number> =>
  counts
    .map((count, expert) => ({ count, expert }))
    .toSorted((a, b) => b.count - a.count || a.expert - b.expert)
    .slice(0, n)
    .map(({ expert }) => expert)

it.skipIf(real === undefined)(
  "DeepSeek-671B: Ob4 and prefill to decode equal a plain computation from the files, and the published rho",
  async () => {
    const store = inScratch("deepseek.counts")
    const out = inScratch("report")
    assert.strictEqual((await moira("ingest", real!, "--out", store)).code, 0)
    const made = await moira("analyze", store, "--json", "--out", out)
    assert.strictEqual(made.code, 0, made.stderr)
    const document: CountsAnalysisDocument = JSON.parse(made.stdout)
    const raw = (workload: string): ReadonlyArray<ReadonlyArray<number>> =>
      JSON.parse(fs.readFileSync(path.join(real!, `${workload}.json`), "utf8")).logical_count
    assert.strictEqual(document.workloads!.length, 6)
    for (const { workload, layers, mean: means, emptyLayers } of document.workloads!) {
      const counts = raw(workload)
      assert.deepStrictEqual(emptyLayers, [0, 1, 2])
      const skews = layers.map(({ layer, skewMaxOverMean, gini, coverage }) => {
        const row = counts[layer]!
        const total = row.reduce((a, b) => a + b, 0)
        const differences = row.reduce((sum, x) => sum + row.reduce((inner, y) => inner + Math.abs(x - y), 0), 0)
        assert.closeTo(gini, differences / (2 * 256 * total), 1e-9)
        const top = hottest(row, 51).reduce((sum, expert) => sum + row[expert]!, 0)
        assert.closeTo(coverage.inSample, top / total, 1e-9)
        const skew = (Math.max(...row) * 256) / total
        assert.closeTo(skewMaxOverMean, skew, 1e-9)
        return skew
      })
      assert.strictEqual(skews.length, 58)
      assert.closeTo(means!.skewMaxOverMean, mean(skews), 1e-9)
      // Measured before on the same files: 5.6 to 8.1 times the mean.
      assert.isTrue(means!.skewMaxOverMean > 5.5 && means!.skewMaxOverMean < 8.2)
    }
    const rhos = document.phases!.map(({ prefill, decode, layers, mean: means }) => {
      const [before, after] = [raw(prefill), raw(decode)]
      const each = layers.map(({ layer, rhoFrequency, overlapTop5, overlapTop20 }) => {
        const [a, b] = [before[layer]!, after[layer]!]
        const rho = correlation(ranks(a), ranks(b))
        assert.closeTo(rhoFrequency!, rho, 1e-9)
        const overlap = (n: number) => hottest(a, n).filter((expert) => hottest(b, n).includes(expert)).length / n
        assert.closeTo(overlapTop5, overlap(5), 1e-12)
        assert.closeTo(overlapTop20, overlap(20), 1e-12)
        return rho
      })
      assert.closeTo(means!.rhoFrequency!, mean(each), 1e-9)
      return [decode, means!.rhoFrequency!] as const
    })
    const of = new Map(rhos)
    // 0.88 at 100 output tokens, 0.64 to 0.71 at 1,000 to 1,500.
    assert.closeTo(of.get("decode_in2000out100")!, 0.88, 0.01)
    assert.closeTo(of.get("decode_in1000out1000")!, 0.71, 0.01)
    const why = document.notMeasured.map((gap) => `${gap.what}: ${gap.why}`).join("\n")
    for (const part of ["Ob1", "Ob2", "Ob5", "prefill_in1024: no decode counts", "held-out coverage"])
      assert.include(why, part)
    assert.isTrue(fs.existsSync(path.join(out, "figures", "counts-skew.svg")))
    assert.isTrue(fs.existsSync(path.join(out, "figures", "counts-rho.svg")))
    assert.include(fs.readFileSync(path.join(out, "report.html"), "utf8"), "6 workloads")
  }
)
