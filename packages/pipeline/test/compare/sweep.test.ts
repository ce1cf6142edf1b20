/** A small sweep as it is simulated: what the comparison says of it is what its runs say. */
import { assert, it } from "@effect/vitest"
import { inlineRunner } from "@moira/core"
import { nodePluginsFrom } from "@moira/core/node"
import { tinyTrace } from "@moira/trace/testing"
import { Effect } from "effect"
import { compare, sweep } from "../../src/index.ts"

const plugins = nodePluginsFrom({ app: import.meta.url })

it.effect(
  "links and memories of a wafer: a row a run, waterfalls that add up to its time, factors that follow from its rates",
  () =>
    Effect.gen(function* () {
      const documents = []
      for (const link of [1e10, 1e11, 1e12]) {
        for (const memory of [1e12, 4e12]) {
          const document = yield* sweep({
            machines: ["dojo"],
            changes: [`linkBytesPerSec=${link}`, `hbmBytesPerSec=${memory}`],
            network: "bottleneck",
            strategies: ["base", "ep"],
            batches: [32],
            steps: 2,
            tokenTraffic: "modelled",
            seed: 1
          })
          documents.push(document)
        }
      }
      const { comparison: of, input } = yield* Effect.fromResult(compare(documents, { by: "linkBytesPerSec" }))
      const runs = documents.flatMap((document) => document.runs)
      assert.strictEqual(of.rows.length, runs.length)
      assert.strictEqual(input?.contentSha256, documents[0]!.input.contentSha256)
      assert.deepStrictEqual(
        of.axes.map(({ field }) => field),
        ["machine.hbmBytesPerSec", "machine.linkBytesPerSec", "strategy"]
      )
      for (const row of of.rows) {
        const run = runs.find(
          ({ machine, strategy }) =>
            strategy.name === row.at["strategy"] &&
            (machine.spec as Record<string, number>)["linkBytesPerSec"] === row.at["machine.linkBytesPerSec"] &&
            (machine.spec as Record<string, number>)["hbmBytesPerSec"] === row.at["machine.hbmBytesPerSec"]
        )!
        const { time_ps: timePs, lower_bound_ratio: ratio, throughput_tokens_per_s: rate } = run.metrics
        assert.strictEqual(row.metrics["throughput_tokens_per_s"], rate)
        assert.strictEqual(
          row.waterfall!.reduce((sum, { ps }) => sum + ps, 0),
          timePs
        )
        assert.strictEqual(row.waterfall![0]!.ps, Math.round(timePs! / ratio!))
        assert.closeTo(
          row.binds.reduce((sum, { share }) => sum + share, 0),
          1,
          1e-9
        )
        if (row.overBaseline !== null) assert.closeTo(row.overBaseline.factor, run.metrics["speedup"]!, 1e-12)
        assert.deepStrictEqual(row.at["batch"], undefined)
      }
      const based = of.sensitivities.find(
        ({ field, of: strategy }) => field === "machine.linkBytesPerSec" && strategy === "base"
      )!
      assert.isAbove(based.elasticity!, 0.5, "base waits for links")
      assert.isNotNull(of.pareto[0]!.front[0])
      assert.strictEqual(of.pareto[0]!.without.length, 0)
    }).pipe(Effect.provide([tinyTrace(12, 4), inlineRunner, plugins])),
  120_000
)

it.effect("numbers of dies are one axis: the columns and rows that follow from them are none", () =>
  Effect.gen(function* () {
    const points = yield* Effect.forEach([16, 25, 64], (units) =>
      Effect.map(
        sweep({
          machines: ["dojo"],
          units,
          network: "bottleneck",
          strategies: ["ep"],
          batches: [32],
          steps: 1,
          tokenTraffic: "modelled",
          seed: 1
        }),
        (document) => ({ document, at: { "machine.units": units } })
      )
    )
    const fieldsOf = (documents: Parameters<typeof compare>[0]) =>
      Effect.map(Effect.fromResult(compare(documents)), ({ comparison }) => comparison.axes.map(({ field }) => field))
    assert.deepStrictEqual(yield* fieldsOf(points), ["units"])
    // Results that no sweep made do not say what was chosen: all that differs is told.
    const alone = yield* fieldsOf(points.map(({ document }) => document))
    assert.sameMembers([...alone], ["units", "machine.columns", "machine.rows"])
  }).pipe(Effect.provide([tinyTrace(12, 4), inlineRunner, plugins]))
)
