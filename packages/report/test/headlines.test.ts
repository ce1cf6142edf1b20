import { assert, describe, it } from "@effect/vitest"
import { smallAnalysis, smallSimulation } from "./sample/small.ts"
import { headlinesOf, messageOf } from "./sample/render.ts"

/** Runs with round numbers: ep is 4 times base at the small batch, allo 5 times at the large one. */
const runs = () => {
  const document = smallSimulation({ batches: [64, 512] })
  const throughput: Record<string, number> = {
    "base 64": 100,
    "ep 64": 400,
    "allo 64": 300,
    "base 512": 200,
    "ep 512": 600,
    "allo 512": 1000
  }
  const hops: Record<string, number> = { base: 1000, ep: 0, allo: 10 }
  for (const run of document.runs) {
    run.metrics["throughput_tokens_per_s"] = throughput[`${run.strategy.name} ${run.batch}`]!
    run.metrics["hops"] = hops[run.strategy.name]!
  }
  return document
}

describe("headlines", () => {
  it("name the best strategy, its machine and batch, and what it is compared with", () => {
    const [speed, hops] = headlinesOf([runs()])
    assert.strictEqual(speed!.value, "5.00×")
    for (const part of ["allo", "dojo", "512", "1.00", "200"]) assert.include(speed!.detail, part)
    assert.strictEqual(hops!.value, "100×")
    assert.strictEqual(messageOf([runs()], "X"), "X: MoE layers decode 5.00× as fast with allo as with base")
  })

  it("say so when no expert weight moves", () => {
    const document = runs()
    document.runs = document.runs.filter((run) => run.strategy.name !== "allo")
    assert.strictEqual(headlinesOf([document])[1]!.value, "0 hops")
  })

  it("do not boast of more hops", () => {
    const document = runs()
    for (const run of document.runs) if (run.strategy.name === "allo") run.metrics["hops"] = 3000
    const [, hops] = headlinesOf([document])
    assert.strictEqual(`${hops!.value} ${hops!.label}`, "3.00× the hops of expert weights")
  })

  it("believe the speed-up that a run states", () => {
    const document = runs()
    for (const run of document.runs) if (run.strategy.name === "ep") run.metrics["speedup"] = 9
    assert.strictEqual(headlinesOf([document])[0]!.value, "9.00×")
  })

  it("never lead with an oracle or a bound, which nobody can serve with", () => {
    const document = runs()
    const oracle = structuredClone(document.runs.find((run) => run.strategy.name === "allo")!)
    oracle.strategy = { name: "best", placement: "oracle-best", allocator: "balance", residency: "fixed" }
    oracle.metrics["throughput_tokens_per_s"] = 1e6
    document.runs.push(oracle)
    assert.include(headlinesOf([document])[0]!.detail, "allo")
  })

  it("say when the best of the others is slower than base", () => {
    const document = runs()
    for (const run of document.runs) if (run.strategy.name !== "base") run.metrics["throughput_tokens_per_s"] = 50
    assert.strictEqual(headlinesOf([document])[0]!.value, "0.50×")
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
