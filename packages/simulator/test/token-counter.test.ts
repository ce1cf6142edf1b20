/** Tokens counted in WebAssembly and in plain loops, against each other and against a plain telling, token by token. */
import { assert, describe, it } from "@effect/vitest"
import { type LayerWork, makeWork, pushTask } from "@moira/hardware"
import { findModel, type Model, random } from "@moira/core"
import { Effect } from "effect"
import { tokenCounter } from "../src/tokens/index.ts"
import { jsTokens } from "../src/tokens/js.ts"
import { wasmTokens } from "../src/tokens/wasm.ts"
import { type Batch, makeBatch } from "../src/window/batch.ts"
import { type DecodeWindow, loadWindow } from "../src/window/window.ts"
import { makeRequests, model, recordedOnly, traceLayer } from "./scene.ts"

interface Units {
  readonly units: number
  readonly servers: number
  readonly serverOf: Uint16Array
}

const unitsOf = (units: number, servers = 1): Units => ({
  units,
  servers,
  serverOf: Uint16Array.from({ length: units }, (_, u) => Math.floor((u * servers) / units))
})

const workOf = ({ units, servers }: Units, experts: number, countsServers: boolean): LayerWork =>
  makeWork({
    units,
    experts,
    ...(countsServers ? { servers } : {}),
    weightBytes: 1,
    flopPerToken: 1,
    dispatchBytesPerToken: 1,
    combineBytesPerToken: 1
  })

const engines = ["js", "wasm"] as const

const counterOf = (engine: (typeof engines)[number], batch: Batch, units: Units, countsServers: boolean) =>
  engine === "js" ? jsTokens(batch, units) : wasmTokens(batch, units, countsServers)!

/** Deals the tokens of each expert to some units, one piece a unit, by draws of `below`. */
const dealRandomly = (expertTokens: Uint32Array, units: number, pieces: number, below: (n: number) => number) => {
  const tasks: Array<readonly [expert: number, unit: number, tokens: number]> = []
  for (const [e, tokens] of expertTokens.entries()) {
    const on = new Set(Array.from({ length: Math.min(pieces, tokens) }, () => below(units)))
    let left = tokens
    let rest = on.size
    for (const u of [...on].toSorted((a, b) => a - b)) {
      rest--
      const taken = rest === 0 ? left : 1 + below(left - rest)
      tasks.push([e, u, taken])
      left -= taken
    }
  }
  return tasks
}

const filled = (
  window: Pick<Model, "experts">,
  units: Units,
  countsServers: boolean,
  tasks: ReturnType<typeof dealRandomly>
) => {
  const work = workOf(units, window.experts, countsServers)
  for (const [e, u, tokens] of tasks) pushTask(work, e, u, u, tokens)
  return work
}

for (const engine of engines)
  it.effect(
    `${engine}: a token goes to each unit once, and to each server once, however many of its experts are there`,
    () =>
      Effect.gen(function* () {
        const requests = recordedOnly(makeRequests(20, 4, 20))
        const window = yield* loadWindow({ requests: 20, steps: 6 })
        const size = 33
        const four = unitsOf(4, 2)
        const homeOf = (expert: number) => Math.floor((expert * 4) / model.experts)
        const [layerIndex, step] = [1, 2]
        const expected = new Uint32Array(model.experts)
        const [copies, crossing, tokens] = [new Uint32Array(16), new Uint32Array(8), new Uint32Array(4)]
        for (let slot = 0; slot < size; slot++) {
          const request = requests[slot % 20]!
          if (request.decodeTokens <= step) continue
          const from = slot % 4
          tokens[from]!++
          const row = layerIndex * (request.prefillTokens + request.decodeTokens) + request.prefillTokens + step
          const chosen = [...request.ids.subarray(row * 2, row * 2 + 2)].filter((e) => e < model.experts)
          for (const expert of chosen) expected[expert]!++
          const targets = new Set(chosen.map(homeOf))
          for (const to of targets) copies[from * 4 + to]!++
          for (const server of new Set([...targets].map((to) => four.serverOf[to]!))) crossing[from * 2 + server]!++
        }
        for (const countsServers of [true, false]) {
          const counter = counterOf(engine, makeBatch(window, size), four, countsServers)
          const expertTokens = new Uint32Array(model.experts).fill(9)
          counter.count(layerIndex, step, expertTokens)
          assert.deepStrictEqual(expertTokens, expected)
          const tasks = [...expertTokens].map((n, e) => [e, homeOf(e), n] as const).filter(([, , n]) => n > 0)
          const work = filled(model, four, countsServers, tasks)
          counter.deal(work)
          assert.strictEqual(counter.engine, engine)
          assert.deepStrictEqual(work.tokenCopies, copies)
          assert.deepStrictEqual(work.serverCopies, countsServers ? crossing : undefined)
          assert.deepStrictEqual(work.tokensAt, countsServers ? tokens : undefined)
        }
      }).pipe(Effect.provide(traceLayer(20, 4, 20)))
  )

for (const engine of engines)
  it(`${engine}: tokens of an expert go to its units in slot order, lower units first`, () => {
    const one = { ...findModel("deepseek-v3")!, experts: 2, topK: 1 }
    const decodeTokens = Uint32Array.of(1, 1, 1, 1, 1)
    const window: DecodeWindow = {
      model: one,
      layers: [0],
      requests: 5,
      steps: 1,
      ids: Uint8Array.of(1, 0, 1, 1, 1),
      decodeTokens
    }
    const three = unitsOf(3)
    const counter = counterOf(engine, makeBatch(window, 10), three, false)
    const expertTokens = new Uint32Array(2)
    counter.count(0, 0, expertTokens)
    assert.deepStrictEqual([...expertTokens], [2, 8])
    // Slots of expert 1 are 0 2 3 4 5 7 8 9, on homes 0 2 0 1 2 1 2 0.
    const work = filled(one, three, false, [
      [0, 1, 2],
      [1, 0, 3],
      [1, 2, 5]
    ])
    counter.deal(work)
    // From 0: slots 0 and 3 to unit 0, then 9 to unit 2; from 1: slots 1 (expert 0), 4, 7; from 2: 2, 5, 8.
    // Expert 0 has slots 1 and 6, on homes 1 and 0.
    assert.deepStrictEqual([...work.tokenCopies], [2, 1, 1, 0, 1, 2, 1, 0, 2])
  })

interface Shape {
  readonly name: string
  readonly experts: number
  readonly topK: number
  readonly wide?: boolean
  /** Of so many ids one is no expert, where ids are wide. */
  readonly holes?: number
  readonly units: Units
  readonly requests: number
  readonly size: number
}

const shapes: ReadonlyArray<Shape> = [
  { name: "25 dies, one request a slot", experts: 256, topK: 8, units: unitsOf(25), requests: 300, size: 300 },
  { name: "requests wrap round", experts: 256, topK: 8, units: unitsOf(25), requests: 30, size: 333 },
  { name: "fewer slots than requests", experts: 16, topK: 4, units: unitsOf(3), requests: 50, size: 37 },
  { name: "one slot, one unit", experts: 4, topK: 1, units: unitsOf(1), requests: 3, size: 1 },
  {
    name: "one unit, more rounds than digits of few rows",
    experts: 8,
    topK: 2,
    units: unitsOf(1),
    requests: 90,
    size: 1025
  },
  {
    name: "holes among wide ids",
    experts: 384,
    topK: 8,
    wide: true,
    holes: 9,
    units: unitsOf(25),
    requests: 90,
    size: 200
  },
  {
    name: "holes, top 3, wide masks",
    experts: 60,
    topK: 3,
    wide: true,
    holes: 4,
    units: unitsOf(40),
    requests: 90,
    size: 200
  },
  { name: "all of 32 bits", experts: 64, topK: 6, units: unitsOf(28, 4), requests: 64, size: 500 },
  { name: "33 columns", experts: 64, topK: 6, units: unitsOf(33), requests: 64, size: 300 },
  { name: "servers beyond the first word", experts: 128, topK: 8, units: unitsOf(30, 10), requests: 70, size: 410 },
  { name: "all of 64 bits", experts: 128, topK: 9, units: unitsOf(56, 8), requests: 70, size: 410 },
  { name: "64 GPUs in 8 servers", experts: 256, topK: 8, units: unitsOf(64, 8), requests: 70, size: 700 },
  {
    name: "100 dies, wide ids with holes",
    experts: 512,
    topK: 10,
    wide: true,
    holes: 5,
    units: unitsOf(100),
    requests: 80,
    size: 300
  },
  { name: "72 GPUs, a server each", experts: 16, topK: 2, units: unitsOf(72, 72), requests: 40, size: 90 }
]

/** Requests that end at all steps, so that lists change. */
const windowOf = (
  { experts, topK, wide = false, holes = 0, requests }: Shape,
  below: (n: number) => number
): DecodeWindow => {
  const [layers, steps] = [[0, 1], 5]
  const cells = { length: layers.length * steps * requests * topK }
  const id = () => (holes > 0 && below(holes) === 0 ? [0xffff, 0xfffe, experts][below(3)]! : below(experts))
  return {
    model: { ...findModel("deepseek-v3")!, experts, topK },
    layers,
    requests,
    steps,
    ids: wide ? Uint16Array.from(cells, id) : Uint8Array.from(cells, id),
    decodeTokens: Uint32Array.from({ length: requests }, () => below(steps + 2))
  }
}

describe("WebAssembly counts what plain loops count", () => {
  for (const [number, shape] of shapes.entries())
    it(shape.name, () => {
      const { units, experts, size } = shape
      const { below } = random(number + 1)
      const window = windowOf(shape, below)
      const countsServers = units.servers > 1
      const counters = engines.map((engine) => counterOf(engine, makeBatch(window, size), units, countsServers))
      let sent = 0
      // Not in time order too: counters are asked for a step, not for the next one.
      for (const step of [0, 1, 2, 1, 4, 0, 3])
        for (const layerIndex of [0, 1])
          for (const pieces of [1, 2, 5]) {
            const given = counters.map((counter) => {
              const expertTokens = new Uint32Array(experts)
              counter.count(layerIndex, step, expertTokens)
              return expertTokens
            })
            assert.deepStrictEqual(given[1], given[0])
            const tasks = dealRandomly(given[0]!, units.units, pieces, below)
            const works = counters.map((counter) => {
              const work = filled(window.model, units, countsServers, tasks)
              counter.deal(work)
              return work
            })
            assert.deepStrictEqual(works[1], works[0], `step ${step}, layer ${layerIndex}, ${pieces} pieces`)
            sent += works[0]!.tokenCopies.reduce((a, b) => a + b, 0)
          }
      assert.isAbove(sent, 0)
    })
})

it("counters of a thread have memory of their own, however many there are", () => {
  const shape = shapes[0]!
  const { below } = random(5)
  const window = windowOf(shape, below)
  const batch = makeBatch(window, shape.size)
  const first = new Uint32Array(256)
  const kept = wasmTokens(batch, shape.units, false)!
  kept.count(0, 0, first)
  for (let i = 0; i < 300; i++) wasmTokens(batch, shape.units, false)!.count(1, i % 5, new Uint32Array(256))
  const work = workOf(shape.units, 256, false)
  first.forEach((tokens, e) => tokens > 0 && pushTask(work, e, e % 25, e % 25, tokens))
  const plain = jsTokens(batch, shape.units)
  plain.count(0, 0, first)
  const expected = workOf(shape.units, 256, false)
  first.forEach((tokens, e) => tokens > 0 && pushTask(expected, e, e % 25, e % 25, tokens))
  kept.deal(work)
  plain.deal(expected)
  assert.deepStrictEqual(work, expected)
})

it("machines whose copies need too much memory are counted in plain loops", () => {
  const { below } = random(3)
  const batch = makeBatch(windowOf(shapes[2]!, below), 37)
  assert.strictEqual(tokenCounter(batch, unitsOf(8200), false).engine, "js")
  assert.strictEqual(tokenCounter(batch, unitsOf(400), false).engine, "wasm")
})
