import { assert, describe, it } from "@effect/vitest"
import { box, dojo } from "./sample/simulation.ts"
import { smallAnalysis, smallSimulation } from "./sample/small.ts"
import { headlinesOf, messageOf } from "./sample/render.ts"

/** Runs with round numbers: allo is slower than ep at the small batch and faster at the large one. */
const runs = (options: Parameters<typeof smallSimulation>[0] = {}) => {
  const document = smallSimulation({ batches: [64, 512], ...options })
  const throughput: Record<string, number> = {
    "base 64": 100,
    "ep 64": 400,
    "allo 64": 300,
    "allo+pred 64": 380,
    "base 512": 200,
    "ep 512": 600,
    "allo 512": 1800,
    "allo+pred 512": 1200
  }
  const hops: Record<string, number> = { base: 1000, ep: 0, allo: 10, "allo+pred": 50 }
  for (const run of document.runs) {
    run.metrics["throughput_tokens_per_s"] = throughput[`${run.strategy.name} ${run.batch}`]!
    run.metrics["hops"] = hops[run.strategy.name]!
  }
  return document
}

const rivals = ["base", "ep", "allo", "allo+pred"] as const

describe("headlines", () => {
  it("name the strategy that is fastest over ep in the mean, every batch's range, and base beside it", () => {
    const [speed, hops] = headlinesOf([runs()])
    assert.strictEqual(`${speed!.value} ${speed!.label}`, "1.50× decode throughput over ep")
    for (const part of ["allo on dojo", "mean of 2 batches", "0.75× at batch 64", "3.00× at batch 512"])
      assert.include(speed!.detail, part)
    assert.include(speed!.detail, "3.00× to 9.00× base")
    assert.strictEqual(hops!.value, "100×")
    assert.include(hops!.detail, "at batch 512")
    assert.strictEqual(
      messageOf([runs()], "X"),
      "X: MoE layers decode 1.50× as fast with allo as with ep, mean of 2 batches"
    )
  })

  it("of one batch give both rates, the rival and base", () => {
    const [speed] = headlinesOf([runs({ batches: [512], strategies: rivals })])
    assert.strictEqual(speed!.value, "3.00×")
    assert.strictEqual(
      speed!.detail,
      "allo on dojo at batch 512: 1.80\u00a0k against 600 tokens/s; 1.50× the best other strategy, allo+pred; 9.00× base"
    )
  })

  it("say where the lead loses, and to which rival", () => {
    const document = runs({ strategies: rivals })
    const { detail } = headlinesOf([document])[0]!
    assert.include(detail, "allo on dojo")
    assert.include(detail, "loses to ep at batch 64 (0.75×)")
    for (const run of document.runs)
      if (run.strategy.name === "allo+pred" && run.batch === 64) run.metrics["throughput_tokens_per_s"] = 430
    assert.include(headlinesOf([document])[0]!.detail, "loses to allo+pred at batch 64 (0.70×)")
    assert.notInclude(headlinesOf([runs({ batches: [512], strategies: rivals })])[0]!.detail, "loses")
  })

  it("do not lead with the largest factor of a strategy that is slower in the mean, or that ran less widely", () => {
    const document = runs({ strategies: rivals })
    const rate: Record<number, number> = { 64: 10, 512: 2000 }
    for (const run of document.runs)
      if (run.strategy.name === "allo+pred") run.metrics["throughput_tokens_per_s"] = rate[run.batch]!
    assert.include(headlinesOf([document])[0]!.detail, "allo on dojo")
    document.runs = document.runs.filter((run) => run.strategy.name !== "allo+pred" || run.batch === 512)
    assert.include(headlinesOf([document])[0]!.detail, "allo on dojo")
  })

  it("are over base where the document says so, or is of before there was a choice", () => {
    for (const baseline of ["base", null]) {
      const document = runs({ baseline, batches: [512] })
      for (const run of document.runs) run.metrics["speedup"] = run.metrics["throughput_tokens_per_s"]! / 200
      const [speed] = headlinesOf([document])
      assert.strictEqual(`${speed!.value} ${speed!.label}`, "9.00× decode throughput over base")
    }
  })

  it("are over ep where it ran and nothing is said or stated", () => {
    assert.strictEqual(headlinesOf([runs({ baseline: null })])[0]!.label, "decode throughput over ep")
  })

  it("are over base where the baseline did not run", () => {
    const [speed] = headlinesOf([runs({ strategies: ["base", "allo"], batches: [512] })])
    assert.strictEqual(`${speed!.value} ${speed!.label}`, "9.00× decode throughput over base")
  })

  it("of several machines are means over all of them, and say where each end is", () => {
    const { detail } = headlinesOf([runs({ machines: [dojo, box] })])[0]!
    assert.include(detail, "mean of 4 machines and batches")
    assert.include(detail, "on dojo at batch 64")
  })

  it("tell speed and hops of one and the same strategy, also where another leads on the first machine", () => {
    const document = runs({ machines: [dojo, box], strategies: rivals, batches: [512] })
    for (const { machine, strategy, metrics } of document.runs)
      if (strategy.name === "allo+pred") metrics["throughput_tokens_per_s"] = machine.name === "dojo" ? 1790 : 9000
    for (const { detail } of headlinesOf([document])) assert.match(detail, /^allo\+pred[ ,]/)
  })

  it("say so when no expert weight moves, with ep over base where nothing else ran", () => {
    const document = runs({ strategies: ["base", "ep"] })
    const [speed, hops] = headlinesOf([document])
    assert.strictEqual(speed!.label, "decode throughput over base")
    assert.strictEqual(hops!.value, "0 hops")
  })

  it("do not boast of more hops", () => {
    const document = runs()
    for (const run of document.runs) if (run.strategy.name === "allo") run.metrics["hops"] = 3000
    const [, hops] = headlinesOf([document])
    assert.strictEqual(`${hops!.value} ${hops!.label}`, "3.00× the hops of expert weights of base")
  })

  it("believe the speed-up that a run states", () => {
    const document = runs({ batches: [512] })
    for (const run of document.runs) if (run.strategy.name === "allo") run.metrics["speedup"] = 9.5
    assert.strictEqual(headlinesOf([document])[0]!.value, "9.50×")
  })

  it("never lead with an oracle or a bound, nor count it as a rival, for nobody can serve with it", () => {
    const document = runs({ batches: [512] })
    const oracle = structuredClone(document.runs.find((run) => run.strategy.name === "allo")!)
    oracle.strategy = { name: "best", placement: "oracle-best", allocator: "balance", residency: "fixed" }
    oracle.metrics["throughput_tokens_per_s"] = 1e6
    document.runs.push(oracle)
    assert.include(headlinesOf([document])[0]!.detail, "allo")
    assert.notInclude(headlinesOf([document])[0]!.detail, "loses")
  })

  it("say when the best of the others is slower than the baseline", () => {
    const document = runs()
    for (const run of document.runs) if (run.strategy.name === "allo") run.metrics["throughput_tokens_per_s"] = 50
    const [speed] = headlinesOf([document])
    assert.isBelow(Number.parseFloat(speed!.value), 1)
    assert.include(speed!.detail, "loses to ep")
    assert.notInclude(messageOf([document], "X"), "as fast with")
  })

  it("lead with held-out coverage, its interval and the lift over popularity", () => {
    const document = smallAnalysis()
    document.temporal!.crossLayer!.mean = { inSample: 0.91, heldOut: 0.78, interval: [0.77, 0.79], popularity: 0.72 }
    const [first] = headlinesOf([document])
    assert.match(first!.value, /^78\.0.%$/)
    for (const part of ["77.0", "79.0", "72.0", "+6.0"]) assert.include(first!.detail, part)
    assert.notInclude(JSON.stringify(headlinesOf([document])), "91.0")
    assert.include(messageOf([document], "X"), "6.0")
  })

  it("are at most five, whatever the documents hold", () => {
    assert.isAtMost(headlinesOf([runs(), smallAnalysis()]).length, 5)
    assert.isAtLeast(headlinesOf([smallAnalysis()]).length, 3)
  })
})
