/** Energy of whole runs on a small ring, against the counters of the same run. */
import { assert, it } from "@effect/vitest"
import { type EnergyCosts, Hardware, load } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import atHome from "@moira/allocation/allocators/at-home"
import evenBlocks from "@moira/allocation/allocators/even-blocks"
import retained from "@moira/allocation/residencies/retained"
import { Allocator, Residency } from "@moira/allocation"
import { loadKnowledge } from "../src/window/knowledge.ts"
import { loadWindow } from "../src/window/window.ts"
import { simulate, type SimulateOptions } from "../src/run/simulate.ts"
import { expertFlopPerToken, expertParameters } from "@moira/core"
import { metrics } from "@moira/results"
import { Effect, Layer } from "effect"
import { model, stages, traceLayer } from "./scene.ts"

const price = (picojoules: number) => ({ picojoules, source: "made up" })
const costs = { memoryBit: price(4), linkBit: price(0.5), flop: price(0.25) }
// Two dies: whatever crosses between them crosses one link.
const two = { dies: 2, linkBytesPerSec: 1e12, flopsPerSec: 1e15, memoryBytesPerSec: 4e12 }
const priced = (energy: EnergyCosts | undefined) =>
  Layer.effect(
    Hardware,
    Effect.map(load(ring, two), (built) => ({
      ...built,
      machine: { ...built.machine, ...(energy === undefined ? {} : { energy }) }
    }))
  )

const window = loadWindow({ requests: 30, steps: 6 }).pipe(Effect.provide(traceLayer(30, 1)))
const run = (options: Partial<SimulateOptions>, energy: EnergyCosts | undefined = costs, allocator = evenBlocks) =>
  Effect.gen(function* () {
    return yield* simulate(yield* window, { batch: 60, steps: 6, ...options })
  }).pipe(Effect.provide(Layer.merge(priced(energy), Allocator.layer(allocator))), Effect.provide(stages))

it.effect("memory, links and arithmetic, from the run's own counters", () =>
  Effect.gen(function* () {
    for (const tokenTraffic of ["modelled", "ignored"] as const) {
      const { metrics: m, warnings } = yield* run({ tokenTraffic })
      const moved = m["dram_local_read_bytes"]! + m["dram_remote_read_bytes"]! + m["dram_local_write_bytes"]!
      const crossed = m["byte_hops"]! + 16 * m["hops"]! + m["token_bytes"]!
      const layers = 3
      assert.strictEqual(m["flop"], m["tokens"]! * layers * model.topK * expertFlopPerToken(model))
      assert.approximately(m["energy_memory_j"]!, 8 * moved * 4e-12, 1e-15)
      assert.approximately(m["energy_link_j"]!, 8 * crossed * 0.5e-12, 1e-15)
      assert.approximately(m["energy_compute_j"]!, m["flop"]! * 0.25e-12, 1e-15)
      const sum = m["energy_memory_j"]! + m["energy_link_j"]! + m["energy_compute_j"]!
      assert.approximately(m["energy_j"]!, sum, 1e-12 * sum)
      assert.isAbove(m["energy_link_j"]!, 0)
      assert.notInclude(warnings.join(), "energy")
      for (const id of Object.keys(m)) assert.isTrue(metrics.has(id), `${id} is not in the metric table`)
    }
  })
)

it.effect("nothing crosses a link at home, twice the requests take twice the arithmetic and the same reads", () =>
  Effect.gen(function* () {
    const once = (yield* run({ batch: 30, tokenTraffic: "ignored" }, costs, atHome)).metrics
    const twice = (yield* run({ batch: 60, tokenTraffic: "ignored" }, costs, atHome)).metrics
    assert.strictEqual(once["energy_link_j"], 0)
    assert.approximately(twice["energy_compute_j"]!, 2 * once["energy_compute_j"]!, 1e-18)
    assert.strictEqual(twice["energy_memory_j"], once["energy_memory_j"])
    assert.strictEqual(once["dram_local_read_bytes"]! % expertParameters(model), 0)
  })
)

it.effect("copies that are made ahead are read, sent and written in the step that makes them", () =>
  Effect.gen(function* () {
    const w = yield* window
    const knowledge = yield* loadKnowledge({ requests: 30 }).pipe(Effect.provide(traceLayer(30, 1)))
    const { metrics: m } = yield* simulate(
      { ...w, knowledge },
      { batch: 60_000, steps: 6, tokenTraffic: "ignored" }
    ).pipe(
      Effect.provide(Layer.mergeAll(priced(costs), Allocator.layer(atHome), Residency.layer(retained))),
      Effect.provide(stages)
    )
    assert.isAbove(m["copy_bytes"]!, 0)
    assert.isAbove(m["copies_held"]!, 0)
    // Nothing else is read from afar at home.
    assert.strictEqual(m["dram_remote_read_bytes"], m["copy_bytes"])
    assert.strictEqual(m["dram_local_write_bytes"], m["copy_bytes"])
    const moved = m["dram_local_read_bytes"]! + m["dram_remote_read_bytes"]! + m["dram_local_write_bytes"]!
    assert.approximately(m["energy_memory_j"]!, 8 * moved * 4e-12, 1e-12)
    assert.approximately(m["energy_link_j"]!, 8 * (m["byte_hops"]! + 16 * m["hops"]!) * 0.5e-12, 1e-12)
  })
)

it.effect("parts without a price are not counted, and prices change nothing else", () =>
  Effect.gen(function* () {
    const free = yield* run({}, {})
    for (const id of Object.keys(free.metrics)) assert.notMatch(id, /^energy/)
    const { linkBit } = costs
    const part = yield* run({}, { linkBit })
    assert.strictEqual(part.metrics["energy_j"], part.metrics["energy_link_j"])
    assert.isUndefined(part.metrics["energy_memory_j"])
    assert.match(part.warnings.join(), /energy counts links, not memory and arithmetic/)
    assert.strictEqual(part.metrics["time_ps"], free.metrics["time_ps"])
  })
)

it.effect("a block size changes what blocks change, is recorded, and 0 is refused", () =>
  Effect.gen(function* () {
    const usual = yield* run({ batch: 400 })
    assert.deepStrictEqual(
      { ...(yield* run({ batch: 400, blockTokens: 50 })), blockTokens: undefined },
      { ...usual, blockTokens: undefined }
    )
    const fine = yield* run({ batch: 400, blockTokens: 5 })
    assert.strictEqual(fine.blockTokens, 5)
    assert.isAbove(fine.metrics["hops"]!, usual.metrics["hops"]!, "finer blocks go to more units")
    const error = yield* Effect.flip(run({ blockTokens: 0 }))
    assert.match(error.message, /--block-tokens 0: not a whole number above 0/)
  })
)
