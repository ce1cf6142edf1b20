/** Comparisons of documents whose answers are known. */
import { assert, describe, it } from "@effect/vitest"
import { ComparisonDocument, documentText, type OffloadDocument, type ResultDocument } from "@moira/results"
import { Result, Schema } from "effect"
import { compare, type CompareOptions } from "../../src/index.ts"
import { documentOf, grid, input, type Made, run } from "./documents.ts"

const compared = (documents: Parameters<typeof compare>[0], options?: CompareOptions) =>
  Result.getOrThrow(compare(documents, options)).comparison

const refused = (documents: Parameters<typeof compare>[0], options?: CompareOptions) => {
  const result = compare(documents, options)
  if (Result.isSuccess(result)) return assert.fail("was compared")
  return result.failure
}

const close = (found: number | null | undefined, wanted: number) =>
  assert.closeTo(found ?? Number.NaN, wanted, 1e-9 * Math.max(1, Math.abs(wanted)))

const links = [0.2e12, 0.4e12, 0.8e12, 1.6e12, 3.2e12, 6.4e12]
const link = "machine.linkBytesPerSec"
const memory = "machine.hbmBytesPerSec"

describe("throughput = min(a x link, b x memory)", () => {
  const of = compared(grid(links, [2e12, 5e12]), { by: "linkBytesPerSec" })

  it("finds the break between the values that bracket it, with what binds on both sides", () => {
    for (const [label, bend] of [
      ["hbm 2 TB/s", 1e12],
      ["hbm 5 TB/s", 2.5e12]
    ] as const) {
      const curve = of.scaling.find((one) => one.label === label)!
      assert.strictEqual(curve.breaks.length, 1)
      const [found] = curve.breaks
      assert.isAtMost(found!.low, bend)
      assert.isAtLeast(found!.high, bend)
      assert.isAtMost(found!.high / found!.low, 2.0001)
      assert.deepStrictEqual([found!.bindsBelow, found!.bindsAbove], ["link", "reading"])
      close(found!.elasticityBelow, 1)
      close(found!.elasticityAbove, 0)
    }
    assert.strictEqual(of.by, link)
  })

  it("has elasticities of 1 below and 0 above", () => {
    const below = compared(grid(links.slice(0, 3), [2e12, 5e12]))
    const only = below.sensitivities.find(({ field }) => field === link)!
    for (const e of [only.elasticity, only.elasticityLeast, only.elasticityGreatest]) close(e, 1)
    assert.deepStrictEqual([only.lines, only.from, only.to], [2, 0.2e12, 0.8e12])
    close(only.factor.factor, 4)
    const none = below.sensitivities.find(({ field }) => field === memory)!
    close(none.elasticity, 0)
    close(none.factor.factor, 1)
    const above = compared(grid(links.slice(4), [2e12, 5e12]))
    close(above.sensitivities.find(({ field }) => field === link)!.elasticity, 0)
    close(above.sensitivities.find(({ field }) => field === memory)!.elasticity, 1)
  })

  it("answers with the fastest machine, the least of those that are as fast", () => {
    const row = of.rows[of.verdict.fastest]!
    assert.strictEqual(row.metrics["throughput_tokens_per_s"], 5000)
    assert.strictEqual(of.machines[row.machine]!.label, "dojo, link 3.2 TB/s, hbm 5 TB/s")
    assert.include(of.verdict.sentences[0], "Fastest of 12 machines is dojo, link 3.2 TB/s, hbm 5 TB/s")
    assert.include(of.verdict.sentences[0], "one larger machine is as fast")
    assert.include(of.verdict.sentences.join(" "), "bound by reading for 90 % of its time")
    assert.include(
      of.verdict.sentences.join(" "),
      "bound by links up to 1.6 TB/s (elasticity 1.00), bound by reading from 3.2 TB/s on (elasticity 0)"
    )
  })

  it("tells what varies from what does not, and where each run is from", () => {
    assert.deepStrictEqual(of.axes, [
      { field: link, values: links },
      { field: memory, values: [2e12, 5e12] }
    ])
    assert.strictEqual(of.constants["machine.routing"], "xy")
    assert.strictEqual(of.constants["batch"], 256)
    assert.strictEqual(of.sources.length, 12)
    assert.deepStrictEqual(of.sources[0], { name: "moira-simulation/1", runs: 1 })
  })

  it("survives its file, and is the same again in whatever order documents come", () => {
    const document = Result.getOrThrow(compare(grid(links, [2e12, 5e12])))
    assert.deepStrictEqual(Schema.decodeUnknownSync(ComparisonDocument)(JSON.parse(JSON.stringify(document))), document)
    assert.strictEqual(documentText(Result.getOrThrow(compare(grid(links, [2e12, 5e12])))), documentText(document))
    const turned = compared(grid(links, [2e12, 5e12]).toReversed())
    assert.deepStrictEqual(turned.scaling, document.comparison.scaling)
    assert.deepStrictEqual(turned.sensitivities, document.comparison.sensitivities)
    assert.deepStrictEqual(turned.pareto, document.comparison.pareto)
  })
})

describe("factors", () => {
  const both = (spec: number, seed: number, ep: number, moira: number) => [
    run({ name: `m${spec}`, spec: { linkBytesPerSec: spec }, strategy: "ep", seed, rate: ep }),
    run({ name: `m${spec}`, spec: { linkBytesPerSec: spec }, strategy: "moira", seed, rate: moira })
  ]

  it("are over a strategy on the same machine, over a machine under the same strategy, and seed by seed", () => {
    const of = compared([
      documentOf([...both(1, 1, 100, 110), ...both(1, 2, 200, 260)]),
      documentOf([...both(2, 1, 150, 330), ...both(2, 2, 300, 780)])
    ])
    assert.strictEqual(of.rows.length, 4)
    const [ep1, moira1, ep2, moira2] = of.rows
    assert.isNull(ep1!.overBaseline)
    assert.isNull(ep1!.overReference)
    close(moira1!.overBaseline!.factor, Math.sqrt(1.1 * 1.3))
    assert.deepStrictEqual([moira1!.overBaseline!.least, moira1!.overBaseline!.pairs], [1.1, 2])
    close(ep2!.overReference!.factor, 1.5)
    close(moira2!.overReference!.factor, 3)
    close(moira2!.overBaseline!.factor, Math.sqrt(2.2 * 2.6))
    assert.deepStrictEqual(moira1!.seeds, [1, 2])
    assert.deepStrictEqual([moira1!.spread!.least, moira1!.spread!.greatest], [110, 260])
    close(moira1!.spread!.deviation, 75 * Math.SQRT2)
    close(moira1!.metrics["throughput_tokens_per_s"], 185)
    const said = of.verdict.sentences.join("\n")
    assert.include(said, "Machine over machine: 3.00×")
    assert.include(said, "Strategy over strategy: 2.39×")
    assert.include(said, "mean of 2 seeds")
    assert.notInclude(said, "7.17")
  })

  it("are not made between batches, networks or traces, nor where the baseline lacks the seed", () => {
    const of = compared([
      documentOf([run({ batch: 256, rate: 100 }), run({ batch: 512, strategy: "moira", rate: 300 })]),
      documentOf([run({ network: "flow", strategy: "moira", rate: 300 })]),
      documentOf([run({ strategy: "moira", seed: 2, rate: 300 })])
    ])
    assert.deepStrictEqual(
      of.rows.flatMap(({ overBaseline }) => overBaseline ?? []),
      []
    )
    assert.strictEqual(of.settings.length, 3)
  })

  it("take the baseline that documents name, ep where they name none, and another where it is asked for", () => {
    const runs = [
      run({ strategy: "base", rate: 1 }),
      run({ strategy: "ep", rate: 2 }),
      run({ strategy: "moira", rate: 6 })
    ]
    assert.strictEqual(compared([documentOf(runs)]).baseline, "ep")
    assert.strictEqual(compared([documentOf(runs, { baseline: "base" })]).baseline, "base")
    const of = compared([documentOf(runs)], { baseline: "moira" })
    assert.deepStrictEqual(
      of.rows.map(({ overBaseline }) => overBaseline?.factor ?? null),
      [1 / 6, 1 / 3, null]
    )
    assert.isNull(
      compared([documentOf(runs.slice(2)), documentOf([run({ name: "tsmc-sow", strategy: "moira", rate: 1 })])])
        .baseline
    )
  })

  it("are over the machine that is asked for, else over the first that stands without changes", () => {
    const machines = [1, 2, 3].map((value) =>
      documentOf([
        run({
          name: value === 2 ? "dojo" : `dojo with linkBytesPerSec=${value}`,
          spec: { linkBytesPerSec: value },
          rate: value
        })
      ])
    )
    const label = (options?: CompareOptions) => {
      const of = compared(machines, options)
      return of.machines[of.reference]!.label
    }
    assert.strictEqual(label(), "dojo, link 2 B/s")
    assert.strictEqual(label({ reference: { linkBytesPerSec: "3" } }), "dojo, link 3 B/s")
    assert.match(refused(machines, { reference: { linkBytesPerSec: "4" } }).message, /no machine has these values/)
    assert.match(refused(machines, { reference: { linkBytes: "3" } }).message, /known are machine\.linkBytesPerSec/)
  })

  it("are over the machine of the catalogue where all names tell changes, and one has all of its values", () => {
    const machines = grid([1, 2, 3], [5, 6])
    const usual = { "machine.linkBytesPerSec": 2, "machine.hbmBytesPerSec": 6, "machine.hbmBytes": 80e9 }
    const label = (named: CompareOptions["named"]) => {
      const of = compared(machines, named === undefined ? {} : { named })
      return of.machines[of.reference]!.label
    }
    const first = "dojo, link 1 B/s, hbm 5 B/s"
    assert.strictEqual(label(undefined), first)
    assert.strictEqual(label({ dojo: { ...usual, "machine.routing": "xy" } }), "dojo, link 2 B/s, hbm 6 B/s")
    assert.strictEqual(label({ dojo: usual }), first, "a field that the catalogue does not have")
    assert.strictEqual(label({ dojo: { ...usual, "machine.routing": "yx" } }), first)
    assert.strictEqual(label({ sow: { ...usual, "machine.routing": "xy" } }), first)
  })

  it("are told of the strategy that comes next where the fastest is the baseline, and which is which", () => {
    const of = compared([
      documentOf([
        run({ strategy: "ep", rate: 8 }),
        run({ strategy: "oracle", rate: 9 }),
        run({ strategy: "base", rate: 2 }),
        run({ strategy: "moira", rate: 6 })
      ]),
      documentOf([run({ name: "sow", strategy: "moira", rate: 7 }), run({ name: "sow", strategy: "ep", rate: 4 })])
    ])
    const { sentences, next, fastest } = of.verdict
    assert.strictEqual(of.strategies[of.rows[fastest]!.strategy]!.name, "ep")
    const row = of.rows[next!]!
    assert.deepStrictEqual([row.machine, of.strategies[row.strategy]!.name], [of.rows[fastest]!.machine, "moira"])
    assert.include(sentences, "Strategy over strategy: moira, the next, has 0.750× the throughput of ep, both on dojo.")
    assert.isNull(compared(grid([1, 2], [3])).verdict.next)
  })

  it("know a run that is given twice, and say where both differ", () => {
    const twice = [documentOf([run({ rate: 1 }), run({ strategy: "moira", rate: 2 })]), documentOf([run({ rate: 1 })])]
    assert.deepStrictEqual(compared(twice).warnings, [])
    const other = [...twice, documentOf([run({ strategy: "moira", rate: 3 })])]
    assert.match(compared(other).warnings.join(), /moira on dojo, seed 1: given twice with different results/)
    assert.strictEqual(compared(other).rows[1]!.metrics["throughput_tokens_per_s"], 2)
  })
})

describe("a field that moves nothing", () => {
  const rates = { ep: [5, 5, 5], base: [1, 2, 3] }
  const of = compared(
    [1, 2, 4].map((value, i) =>
      documentOf(
        (["ep", "base"] as const).map((strategy) =>
          run({
            name: `dojo with linkBytesPerSec=${value}`,
            spec: { linkBytesPerSec: value },
            strategy,
            rate: rates[strategy][i]!
          })
        )
      )
    ),
    { by: link }
  )

  it("is said to, with the strategy that it does move", () => {
    const text = of.verdict.sentences.join(" ")
    assert.include(
      text,
      "None of the parts that vary moves throughput (ep); link: 1.00× from 1 B/s to 4 B/s, elasticity 0."
    )
    assert.include(text, "Along link, ep stays as fast from 1 B/s to 4 B/s (elasticity 0 in the mean); base ")
    assert.include(text, "base has 3.00× the throughput from 1 B/s to 4 B/s, without a break")
  })

  it("makes the least machine the answer, and all others as fast", () => {
    assert.strictEqual(of.machines[of.rows[of.verdict.fastest]!.machine]!.label, "dojo, link 1 B/s")
    assert.include(of.verdict.sentences[0], "2 larger ones are as fast")
    const late = compared(
      [0, 9, 5].map((linkLatencyPs) =>
        documentOf([run({ name: `dojo with linkLatencyPs=${linkLatencyPs}`, spec: { linkLatencyPs }, rate: 1 })])
      )
    )
    assert.strictEqual(late.machines[late.rows[late.verdict.fastest]!.machine]!.label, "dojo, linkLatency 9 ps")
  })
})

describe("what throughput is weighed against", () => {
  const of = (name: string, rate: number, metrics: Made["metrics"] = {}, units = 2) =>
    documentOf([
      run({
        name,
        units,
        spec: { hbmBytes: 80, linkBytesPerSec: units },
        rate,
        ...(metrics === undefined ? {} : { metrics })
      })
    ])
  const machines = [
    of("a", 10, { energy_j: 20, tokens: 10, time_ps: 1e12 }),
    of("b", 20, { energy_j: 40, tokens: 10 }, 4),
    of("c", 5)
  ]

  it("is energy a token where the machine prices it, and left out and said where it does not", () => {
    const { rows, pareto, notMeasured } = compared(machines)
    assert.deepStrictEqual(
      rows.map(({ metrics }) => metrics["energy_per_token_j"] ?? null),
      [2, 4, null]
    )
    assert.deepStrictEqual(
      rows.map(({ metrics }) => metrics["power_w"] ?? null),
      [20, null, null]
    )
    assert.deepStrictEqual(pareto[0], { setting: 0, front: [0, 1], knee: null, dominated: [], without: [2] })
    assert.deepStrictEqual(
      notMeasured.find(({ what }) => what === "Throughput against energy a token"),
      { what: "Throughput against energy a token", why: "no figure is known of c" }
    )
  })

  it("is money and area as they are given, for one of a field, for products, for one machine", () => {
    const prices = { units: 100, "machine.hbmBytes*units": 0.5, "b:1": 1000 }
    const priced = compared(machines, { against: "money", prices, areas: { "a:units": 814 } })
    assert.deepStrictEqual(
      priced.machines.map(({ costs }) => costs["money"]),
      [280, 1560, 280]
    )
    assert.deepStrictEqual(
      priced.machines.map(({ costs }) => costs["area_mm2"] ?? null),
      [1628, null, null]
    )
    assert.deepStrictEqual(priced.pareto[0]!.dominated, [{ row: 2, by: 0 }])
    assert.match(refused(machines, { against: "money" }).message, /no machine says its money; hint: give prices/)
    assert.match(refused(machines, { prices: { unit: 1 } }).message, /known are .*units/)
    assert.match(
      refused(machines, { prices: { "d:units": 1 } }).message,
      /no machine is called d; hint: they are a, b, c/
    )
  })

  it("is the memory of all units", () => {
    const { machines: all } = compared(machines, { against: "memory" })
    assert.deepStrictEqual(
      all.map(({ costs }) => costs["memory_bytes"]),
      [160, 320, 160]
    )
  })

  it("leaves oracles out: they are no machine that one could build", () => {
    const runs = [run({ rate: 1 }), run({ strategy: "oracle", rate: 9 }), run({ strategy: "moira", rate: 2 })].map(
      (one) => ({
        ...one,
        metrics: { ...one.metrics, energy_j: 1, tokens: 1 }
      })
    )
    const { rows, verdict, pareto, strategies } = compared([documentOf(runs)])
    assert.strictEqual(strategies[rows[verdict.fastest]!.strategy]!.name, "moira")
    assert.deepStrictEqual(pareto[0]!.front, [2])
  })
})

describe("what is odd", () => {
  it("is refused: nothing, one point, several models, other kinds", () => {
    assert.strictEqual(refused([]).reason, "NoRuns")
    assert.strictEqual(refused([documentOf([])]).reason, "NoRuns")
    const one = refused([documentOf([run({ rate: 1 }), run({ rate: 2, seed: 2 })])])
    assert.strictEqual(one.reason, "OnePoint")
    assert.match(one.message, /^ep on dojo, batch 256: /)
    const other = documentOf([run({ rate: 1 })], { input: { ...input, model: "mixtral-8x7b" } })
    const mixed = refused([documentOf([run({ rate: 1 }), run({ rate: 1, strategy: "moira" })]), other])
    assert.strictEqual(mixed.reason, "MixedModels")
    assert.match(mixed.message, /deepseek-v3 \(2 runs\), mixtral-8x7b \(1 run\).*--only model=deepseek-v3/)
    const both = [documentOf([run({ rate: 1 }), run({ rate: 1, strategy: "moira" })]), other]
    assert.strictEqual(compared(both, { only: { model: "deepseek-v3" } }).rows.length, 2)
    const place = { schema: "moira-place/1", moira: "1" } satisfies ResultDocument
    assert.strictEqual(refused([{ document: place, name: "place.json" }]).reason, "OtherKind")
  })

  it("is refused with what is known: fields, values, baselines", () => {
    const all = grid(links, [2e12, 5e12])
    const by = refused(all, { by: "linkBytePerSec" })
    assert.strictEqual(by.reason, "UnknownField")
    assert.match(
      by.message,
      /--by linkBytePerSec: no run has a parameter linkBytePerSec; hint: known are machine\.linkBytesPerSec/
    )
    assert.match(
      refused(all, { by: "batch" }).message,
      /batch is the same in every run; hint: numbers that vary are .*machine\./
    )
    assert.match(refused(all, { only: { batch: "9" } }).message, /no run has that value; hint: batch is 256/)
    assert.match(refused(all, { baseline: "mira" }).message, /not among the strategies that ran; hint: name one of ep/)
    const apart = [documentOf([run({ rate: 1 })]), documentOf([run({ name: "tsmc-sow", strategy: "moira", rate: 2 })])]
    assert.strictEqual(refused(apart, { baseline: "ep" }).reason, "NothingInCommon")
    assert.deepStrictEqual(
      compared(apart).rows.map(({ overBaseline }) => overBaseline),
      [null, null]
    )
  })

  it("is left out and said: no throughput, none above 0, infinite figures", () => {
    const { rows, notMeasured, sensitivities, verdict } = compared([
      documentOf(
        [1, 2, 4, 8].map((value) =>
          run({
            spec: { linkBytesPerSec: value },
            rate: value === 4 ? Number.POSITIVE_INFINITY : value === 8 ? 0 : value,
            metrics: { hops: Number.NaN }
          })
        )
      )
    ])
    assert.deepStrictEqual(
      rows.map(({ metrics }) => metrics["throughput_tokens_per_s"] ?? null),
      [1, 2, null, 0]
    )
    assert.isTrue(rows.every(({ metrics }) => metrics["hops"] === undefined))
    assert.isTrue(notMeasured.some(({ what, why }) => what === "Throughput" && why.startsWith("2 of 4 rows")))
    assert.deepStrictEqual([sensitivities[0]!.from, sensitivities[0]!.to], [1, 2])
    assert.strictEqual(verdict.fastest, 1)
  })

  it("has no elasticity at 0, but a factor", () => {
    const [only] = compared([
      documentOf([0, 1, 2].map((value) => run({ spec: { warmPs: value }, rate: 8 / (value + 1) })))
    ]).sensitivities
    assert.deepStrictEqual([only!.elasticity, only!.elasticityLeast], [null, null])
    close(only!.factor.factor, 1 / 3)
  })

  it("says of parameters that vary only together that neither can be told", () => {
    const { sensitivities, notMeasured } = compared([
      documentOf([1, 2].map((value) => run({ spec: { linkBytesPerSec: value, hbmBytesPerSec: value }, rate: value })))
    ])
    assert.deepStrictEqual(sensitivities, [])
    assert.deepStrictEqual(
      notMeasured.filter(({ what }) => what.startsWith("What ")).map(({ what }) => what),
      ["What link moves", "What hbm moves"]
    )
  })

  it("tells machines of several makers apart by name, not by every field of their specs", () => {
    const { axes, machines } = compared([
      documentOf([
        run({ name: "dojo", spec: { columns: 5 }, rate: 1 }),
        run({ name: "dgx-h100", spec: { servers: 1, nvlinkBytesPerSec: 1 }, rate: 2 })
      ])
    ])
    assert.deepStrictEqual(
      axes.map(({ field }) => field),
      ["machine"]
    )
    assert.deepStrictEqual(
      machines.map(({ label }) => label),
      ["dojo", "dgx-h100"]
    )
  })

  it("draws curves along what traces were made by, and along fields as experiments call them", () => {
    const traces = [1, 2, 4].map((requests) => ({
      document: documentOf(
        [256, 512].map((batch) => run({ batch, rate: batch * requests })),
        { input: { ...input, contentSha256: `${requests}`.repeat(64) } }
      ),
      at: { "trace.twin.requests": requests }
    }))
    const along = compared(traces, { by: "trace.twin.requests" })
    assert.deepStrictEqual(
      along.scaling.map(({ points }) => points.length),
      [3, 3]
    )
    close(along.sensitivities.find(({ field }) => field === "trace.twin.requests")!.elasticity, 1)
    assert.isUndefined(Result.getOrThrow(compare(traces)).input)
    assert.strictEqual(compared(traces, { by: "options.batch" }).by, "batch")
  })

  it("takes what a sweep says of its points where runs do not say it, and passes on what is missing", () => {
    const points = [1, 2].map((skew) => ({
      document: documentOf([run({ spec: { linkBytesPerSec: 1 }, rate: skew })]),
      name: `p${skew}`,
      at: {
        "trace.twin.skew": skew,
        "options.batch": 999,
        "machine.units": 3,
        "stages.strategy": "other",
        "machine.linkBytesPerSec": 7,
        linkBytesPerSec: 7,
        seed: 9
      }
    }))
    const missing = [{ what: "Point p3", why: "failed" }]
    const { axes, rows, sources, notMeasured } = compared(points, { missing })
    assert.deepStrictEqual(axes, [{ field: "trace.twin.skew", values: [1, 2] }])
    assert.deepStrictEqual(
      rows.map(({ seeds }) => seeds),
      [[1], [1]]
    )
    assert.deepStrictEqual(
      sources.map(({ name }) => name),
      ["p1", "p2"]
    )
    assert.deepStrictEqual(notMeasured[0], missing[0])
  })
})

it("expert caches are compared by their slots: what waits is told beside what computes", () => {
  const machine = {
    name: "offload-pcie5",
    backend: "offload",
    spec: { memoryBytes: 80 },
    units: [{ name: "gpu", at: null }],
    links: [],
    unitExperts: 8,
    tiers: []
  }
  const caches = (slots: number, strategy: string, rate: number) => ({
    machine: machine.name,
    batch: 1,
    strategy,
    title: strategy,
    knows: strategy === "belady" ? ("future" as const) : ("past" as const),
    prefetch: 0,
    slots,
    slotShare: slots / 8,
    metrics: { throughput_tokens_per_s: rate, stall_share: 0.75 },
    hitRateInterval: null,
    throughputInterval: null,
    layers: []
  })
  const document: OffloadDocument = {
    schema: "moira-offload/1",
    moira: "1.0.0",
    input,
    seed: 1,
    offload: {
      scope: "layer",
      split: { train: 1, validation: 1, test: 1 },
      decodeTokens: 1,
      cachePredictor: null,
      prefetchPredictor: null,
      prefetchFor: "layer",
      bytesPerWeight: 1,
      expertBytes: 1,
      expertsInAll: 1,
      betweenPs: 0,
      machines: [machine],
      runs: [caches(2, "lru", 10), caches(4, "lru", 20), caches(2, "belady", 15), caches(4, "belady", 40)],
      warnings: [],
      notMeasured: []
    }
  }
  const of = compared([document], { baseline: "lru", by: "slots" })
  assert.deepStrictEqual(
    of.rows.map(({ binds }) => binds[0]),
    Array.from({ length: 4 }, () => ({ name: "stall", share: 0.75 }))
  )
  assert.strictEqual(of.strategies[of.rows[of.verdict.fastest]!.strategy]!.label, "lru, slots 4")
  assert.deepStrictEqual(
    of.rows.flatMap(({ overBaseline }) => overBaseline?.factor ?? []),
    [1.5, 2]
  )
  assert.deepStrictEqual(
    of.scaling.map(({ of: name, strategies, label }) => [name, strategies, label]),
    [
      ["lru", [0, 1], ""],
      ["belady", [2, 3], ""]
    ]
  )
  assert.deepStrictEqual(
    of.sensitivities.map(({ of: name, lines }) => [name, lines]),
    [
      ["belady", 1],
      ["lru", 1]
    ]
  )
  assert.include(of.verdict.sentences.join(), "Of what varies, slots moves throughput (lru) most: 2.00×")
  assert.include(of.verdict.sentences[1], "bound by waiting for experts for 75 %")
})
