/** What a run must refuse before it simulates anything, naming what is wrong. */
import { assert, it } from "@effect/vitest"
import { Hardware, load, type Machine, makePlacement, type Placement } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { PlacementOptimizer } from "@moira/placement"
import predicted from "@moira/allocation/residencies/predicted"
import { Residency } from "@moira/allocation"
import { type DecodeWindow, loadWindow, SimulationError } from "../src/window/window.ts"
import { simulate, type SimulateOptions } from "../src/run/simulate.ts"
import { strategyKind } from "../src/strategy.ts"
import { nodePlugins } from "@moira/core/node"
import { loadPlugin, moeLayers, type Model } from "@moira/core"
import { Effect, Layer } from "effect"
import { makeRequests, model, stages, traceLayer } from "./scene.ts"

const window = loadWindow({ requests: 40, steps: 6 }).pipe(Effect.provide(traceLayer(30, 1)))
const options: SimulateOptions = { batch: 40, steps: 6 }
const run = (w: DecodeWindow, changed: Partial<SimulateOptions> = {}) => simulate(w, { ...options, ...changed })

const machineOf = (change: (machine: Machine) => Partial<Machine>) =>
  Layer.effect(
    Hardware,
    Effect.map(load(ring, Object.values(ring.machines)[0]), (built) => ({
      ...built,
      machine: { ...built.machine, ...change(built.machine) }
    }))
  )

const machines: ReadonlyArray<[string, (machine: Machine) => Partial<Machine>, RegExp]> = [
  [
    "a link without bandwidth",
    ({ links }) => ({ links: links.with(3, { ...links[3]!, bytesPerSec: 0 }) }),
    /machine ring-8|machine custom/
  ],
  [
    "a ring that is cut",
    ({ links }) => ({ links: links.slice(0, 7) }),
    /route die\[\d\] to die\[\d\]: no link leads on/
  ],
  [
    "a route that stops half-way",
    ({ route }) => ({ route: (a, b) => route(a, b).slice(1) }),
    /route die\[0\] to die\[1\]: ends at node 0/
  ],
  [
    "memory without bandwidth",
    ({ nodes }) => ({ nodes: nodes.with(2, { ...nodes[2]!, memory: { ...nodes[2]!.memory!, bytesPerSec: 0 } }) }),
    /die\[2\]: memory\.bytesPerSec 0/
  ],
  [
    "a unit that cannot compute",
    ({ nodes }) => ({ nodes: nodes.with(2, { ...nodes[2]!, compute: { flopsPerSec: Number.NaN, efficiency: 1 } }) }),
    /die\[2\]: compute\.flopsPerSec NaN/
  ],
  ["no units", () => ({ nodes: [] }), /nodes: none computes/]
]
it.effect("refuses a time that is beyond whole picoseconds, however it came about", () =>
  Effect.gen(function* () {
    const crawl = machineOf(({ nodes }) => ({
      nodes: nodes.map((node) => ({ ...node, memory: { ...node.memory!, bytesPerSec: 1 } }))
    }))
    const error = yield* Effect.flip(run(yield* window).pipe(Effect.provide(crawl), Effect.provide(stages)))
    assert.match(error.message, /machine .* ps are beyond what is counted in whole picoseconds/)
  })
)

for (const [name, change, message] of machines) {
  it.effect(`refuses ${name}`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        run(yield* window).pipe(Effect.provide(machineOf(change)), Effect.provide(stages))
      )
      assert.match(String(error), message)
      assert.strictEqual((error as SimulationError).reason, "BadMachine")
    })
  )
}

it.effect("names the link that has no bandwidth", () =>
  Effect.gen(function* () {
    const cut = machineOf(({ links }) => ({ links: links.with(3, { ...links[3]!, bytesPerSec: 0 }) }))
    const error = yield* Effect.flip(run(yield* window).pipe(Effect.provide(cut), Effect.provide(stages)))
    assert.match(String(error), /link 3: bytesPerSec 0/)
  })
)

const layers = moeLayers(model)
const shape = { units: 8, experts: model.experts, layers }
const good = (_: number, e: number) => [e % 8]
const placements: ReadonlyArray<[string, Placement, RegExp]> = [
  [
    "an expert with no holder",
    makePlacement(shape, (l, e) => (l === 1 && e === 5 ? [] : good(l, e))),
    /layer 2 places expert 5 nowhere/
  ],
  ["a placement for more units", makePlacement({ ...shape, units: 9 }, good), /units 9: the machine has 8/],
  ["a placement for fewer experts", makePlacement({ ...shape, experts: 11 }, good), /experts 11: the model has 12/],
  ["a placement of other layers", makePlacement({ ...shape, layers: [1, 2] }, good), /layers 1,2: the trace has 1,2,3/]
]
for (const [name, placement, message] of placements) {
  it.effect(`refuses ${name}`, () =>
    Effect.gen(function* () {
      const policy = {
        contract: "placement/v1",
        id: "mine",
        title: "Mine",
        place: () => Effect.succeed(placement)
      } as const
      const error = yield* Effect.flip(
        run(yield* window).pipe(Effect.provide(PlacementOptimizer.layer(policy)), Effect.provide(stages))
      )
      assert.match(String(error), message)
      assert.match(String(error), /placement optimizer mine, Tiny.*: .*; hint: the placement optimizer is wrong/)
    })
  )
}

it.effect("refuses a model that does not fit, with the contiguous placement and with one that does not look", () =>
  Effect.gen(function* () {
    const w = yield* window
    const huge: Model = { ...model, hidden: 1 << 20, expertFfn: 1 << 14 }
    const fits = yield* Effect.flip(Effect.provide(run({ ...w, model: huge }), stages))
    assert.match(String(fits), /take .*, it has room for/)
    const placement = makePlacement(shape, good)
    const blind = {
      contract: "placement/v1",
      id: "blind",
      title: "Blind",
      place: () => Effect.succeed(placement)
    } as const
    const error = yield* Effect.flip(
      run({ ...w, model: huge }).pipe(Effect.provide(PlacementOptimizer.layer(blind)), Effect.provide(stages))
    )
    assert.match(String(error), /placement blind.*memory: 6 experts on unit 0 take .*, it has room for/)
  })
)

it.effect("refuses what the tables of predictor-managed memory cannot hold, naming which", () =>
  Effect.gen(function* () {
    const w = yield* window
    const wide = { ...w, model: { ...model, experts: 513 } }
    const deep = { ...w, layers: Array.from({ length: 101 }, (_, l) => l) }
    for (const [bad, message] of [
      [wide, /experts 513: its tables hold 512 a layer; hint/],
      [deep, /layers 101: its tables hold 100; hint/]
    ] as const) {
      const error = yield* Effect.flip(
        run(bad).pipe(Effect.provide(Residency.layer(predicted)), Effect.provide(stages))
      )
      assert.match(String(error), message)
    }
  })
)

it.effect("refuses a batch, steps or weights of nothing", () =>
  Effect.gen(function* () {
    const w = yield* window
    for (const [bad, field] of [
      [{ batch: 0 }, /--batch 0/],
      [{ batch: Number.NaN }, /--batch NaN/],
      [{ steps: 0 }, /--steps 0/],
      [{ bytesPerWeight: 0 }, /bytesPerWeight 0/],
      [{ bytesPerWeight: Number.NaN }, /bytesPerWeight NaN/]
    ] as const) {
      const error = yield* Effect.flip(Effect.provide(run(w, bad), stages))
      assert.match(String(error), field)
    }
  })
)

it.effect("refuses an unknown strategy and says which there are", () =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(loadPlugin(strategyKind, "allo-predd"))
    assert.match(String(error), /allo-predd.*allo/)
  }).pipe(Effect.provide(nodePlugins))
)

it.effect("refuses a machine with a rate of zero while it reads the spec", () =>
  Effect.gen(function* () {
    const spec = { ...Object.values(ring.machines)[0]!, linkBytesPerSec: 0 }
    const error = yield* Effect.flip(Layer.build(Hardware.layer(ring, { spec })).pipe(Effect.scoped))
    assert.match(String(error), /linkBytesPerSec/)
  })
)

it.effect("a trace shorter than the steps asked for stops at its end and says so", () =>
  Effect.gen(function* () {
    const long = yield* loadWindow({ requests: 30, steps: 50 }).pipe(Effect.provide(traceLayer(30, 1)))
    const result = yield* Effect.provide(run(long, { batch: 30, steps: 50 }), stages)
    assert.strictEqual(result.steps, 6)
    assert.strictEqual(result.perStep.length, 6)
    assert.match(result.warnings.join(), /longest request has 6 decode tokens: 6 of 50 steps were run/)
  })
)

it.effect("so does a batch whose own requests end before the window does", () =>
  Effect.gen(function* () {
    // The first request has 6 decode tokens; a batch of the requests after it ends with the longest of those.
    const w = yield* window
    const second = makeRequests(30, 1)[1]!.decodeTokens
    const tail = { ...w, decodeTokens: Uint32Array.from(w.decodeTokens, (tokens) => Math.min(tokens, second)) }
    const result = yield* Effect.provide(run(tail), stages)
    assert.isBelow(second, 6, "the scene no longer has a short second request")
    assert.strictEqual(result.steps, second)
    assert.match(result.warnings.join(), new RegExp(`${second} of 6 steps were run`))
  })
)
