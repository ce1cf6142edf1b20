/** A stranger's mistake is told in one line that names the plug-in, for every seam of a run. */
import { assert, it } from "@effect/vitest"
import atHome from "@moira/allocation/allocators/at-home"
import fixed from "@moira/allocation/residencies/fixed"
import retained from "@moira/allocation/residencies/retained"
import {
  type AllocateStep,
  type AllocationPolicy,
  Allocator,
  checkedResidency,
  type PreparedResidency,
  Residency,
  type ResidencyPolicy
} from "@moira/allocation"
import { PluginFault } from "@moira/core"
import { importedFrom } from "@moira/core/testing"
import bottleneck from "@moira/hardware/networks/bottleneck"
import {
  costModel,
  fabricOf,
  type Engine,
  Hardware,
  holdersOf,
  load,
  makePlacement,
  Network,
  type NetworkModel,
  type Placement,
  pushCopy,
  pushTask,
  sharedEngine
} from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import contiguous from "@moira/placement/optimizers/contiguous"
import { PlacementOptimizer, PlacementError, type PlacementPolicy } from "@moira/placement"
import { Effect, Layer } from "effect"
import { simulate } from "../src/run/simulate.ts"
import { loadKnowledge, noKnowledge } from "../src/window/knowledge.ts"
import { loadWindow } from "../src/window/window.ts"
import { model, stages, traceLayer } from "./scene.ts"

const module = "file:///strangers/mine.ts"
const mine = <P extends { readonly id: string }>(policy: P): P => importedFrom({ ...policy, id: "mine" }, module)

const failure = Effect.fnUntraced(
  function* (layer: Layer.Layer<any>) {
    const decode = yield* loadWindow({ requests: 10, steps: 3 })
    const window = { ...decode, knowledge: yield* loadKnowledge({ requests: 10 }) }
    return yield* simulate(window, { batch: 64, steps: 3 }).pipe(
      Effect.provide(layer),
      Effect.provide(stages),
      Effect.flip
    )
  },
  Effect.provide(traceLayer(10, 3))
)

/** One line that names kind, plug-in and module, says what it gave and where, and keeps what was thrown. */
const tells = (kind: string, layer: Layer.Layer<any>, reason: PluginFault["reason"], line: RegExp) =>
  Effect.gen(function* () {
    const fault = yield* failure(layer)
    assert.instanceOf(fault, PluginFault)
    if (!(fault instanceof PluginFault)) return
    assert.strictEqual(fault.reason, reason, fault.message)
    assert.isTrue(fault.message.startsWith(`${kind} mine (${module}), `), fault.message)
    assert.match(fault.message, line)
    assert.match(fault.message, /; hint: the [a-z ]+ is wrong: run it through \w+ of @moira\/\w+\/testing$/)
    assert.notInclude(fault.message, "\n")
    if (reason === "Threw") assert.match(String(fault.cause), /broke/)
  })

const broke = (): never => {
  throw new RangeError("broke\nat line 3")
}
/** A promise that fails; nobody awaits it. */
const rejected = (): any => Promise.reject(new Error("later"))
const never = (): any => new Promise(() => {})

/** `atHome` with something done to its answer. */
const allocator = (spoil: (...call: Parameters<AllocateStep>) => any, step = 0): AllocationPolicy =>
  mine({
    ...atHome,
    prepare: (setup) => {
      const allocate = atHome.prepare(setup)
      let calls = 0
      return (...call) => {
        const cycles = allocate(...call)
        return calls++ >= step ? spoil(...call) : cycles
      }
    }
  })

/** The first expert that somebody computes, and its entry. */
const firstEntry = (allocation: Uint32Array): number => allocation.findIndex((tokens) => tokens > 1)

const allocators: Record<string, readonly [AllocationPolicy, PluginFault["reason"], RegExp]> = {
  "hands out half the tokens": [
    allocator((_requests, _holders, allocation) => allocation.forEach((n, i) => (allocation[i] = n >> 1))),
    "WrongSum",
    /layer 1, step 0, expert \d+: hands out \d+ of \d+ tokens/
  ],
  "hands out none": [
    allocator((_requests, _holders, allocation) => allocation.fill(0) && 0),
    "WrongSum",
    /hands out 0 of \d+ tokens/
  ],
  "hands out a token twice, later": [
    allocator((_requests, _holders, allocation) => void allocation[firstEntry(allocation)]!++, 4),
    "WrongSum",
    /layer 2, step 1, expert \d+: hands out (\d+) of (?!\1 )\d+ tokens/
  ],
  "hands out less than nothing": [
    allocator((_requests, _holders, allocation) => {
      allocation[firstEntry(allocation)] = -1
    }),
    "WrongSum",
    /hands out 42949\d+ of \d+ tokens/
  ],
  "computes on a unit that does not exist": [
    allocator((_requests, _holders, allocation) => {
      const entry = firstEntry(allocation)
      allocation[allocation.length + 3] = allocation[entry]!
      allocation[entry] = 0
    }),
    "WrongSum",
    /hands out 0 of \d+ tokens/
  ],
  "gives to another expert": [
    allocator((_requests, _holders, allocation) => allocation.set(allocation.toReversed())),
    "WrongSum",
    /hands out \d+ of \d+ tokens/
  ],
  "takes NaN cycles": [allocator(() => NaN), "NotFinite", /layer 1, step 0: gives NaN for the cycles/],
  "takes endless cycles": [allocator(() => Infinity), "NotFinite", /gives Infinity for the cycles/],
  "takes negative cycles": [allocator(() => -5, 1), "Negative", /layer 2, step 0: gives -5 for the cycles/],
  "gives a promise that fails": [allocator(rejected), "WrongShape", /gives an object \(Promise\) for the cycles/],
  "gives a promise that never ends": [allocator(never), "WrongShape", /gives an object \(Promise\)/],
  "writes to the requests": [allocator((requests) => void requests[0]!++), "ChangedInput", /writes to the requests/],
  "writes to the holders": [
    allocator((_requests, { unit }) => void unit.fill(0)),
    "ChangedInput",
    /writes to the requests or to who holds them/
  ],
  throws: [allocator(broke, 3), "Threw", /layer 1, step 1: throws RangeError: broke;/],
  "throws when it is prepared": [mine({ ...atHome, prepare: broke }), "Threw", /prepare: throws RangeError: broke;/],
  "prepares no function": [
    mine({ ...atHome, prepare: () => 3 as never }),
    "WrongShape",
    /prepare: gives 3, not a function/
  ]
}
for (const [name, [policy, reason, line]] of Object.entries(allocators))
  it.effect(`an allocator that ${name}`, () => tells("allocator", Allocator.layer(policy), reason, line))

const network = (spoil: (ps: number, ...call: Parameters<ReturnType<NetworkModel["prepare"]>>) => any): NetworkModel =>
  mine({
    ...bottleneck,
    prepare: (fabric) => {
      const makespan = bottleneck.prepare(fabric)
      return (...call) => spoil(makespan(...call), ...call)
    }
  })

const networks: Record<string, readonly [NetworkModel, PluginFault["reason"], RegExp]> = {
  "gives NaN": [network(() => NaN), "NotFinite", /layer 1, step 0: gives NaN ps;/],
  "gives infinity": [network(() => Infinity), "NotFinite", /gives Infinity ps;/],
  "gives less than nothing": [network((ps) => -ps), "Negative", /gives -\d+ ps;/],
  "gives a fraction of a picosecond": [network((ps) => ps + 0.5), "NotWhole", /gives \d+\.5 ps, not whole picoseconds/],
  "gives text": [network(String), "WrongShape", /gives "\d+", not picoseconds/],
  "gives nothing": [network(() => {}), "WrongShape", /gives undefined, not picoseconds/],
  "gives a promise that fails": [network(rejected), "WrongShape", /gives an object \(Promise\), not picoseconds/],
  "gives a promise that never ends": [network(never), "WrongShape", /gives an object \(Promise\), not picoseconds/],
  "writes to the work": [
    network((ps, work) => ((work.unit[0] = 7 - work.unit[0]!), ps)),
    "ChangedInput",
    /writes to the work that it times/
  ],
  "writes to the demand": [network((ps, _work, demand) => (demand.memoryBytes.fill(3), ps)), "ChangedInput", /writes/],
  throws: [network(broke), "Threw", /layer 1, step 0: throws RangeError: broke;/],
  "throws when it is prepared": [mine({ ...bottleneck, prepare: broke }), "Threw", /prepare: throws/],
  "prepares no function": [mine({ ...bottleneck, prepare: () => null as never }), "WrongShape", /prepare: gives null/]
}
for (const [name, [model_, reason, line]] of Object.entries(networks))
  it.effect(`a network that ${name}`, () => tells("network model", Network.layer(model_), reason, line))

/** `retained` with something done to what it prepares. */
const residency = (spoil: (residency: PreparedResidency, units: number) => any, of = retained): ResidencyPolicy =>
  mine({ ...of, prepare: (setup) => spoil(of.prepare(setup), setup.fabric.units) })

const spoiltHolders = (spoil: (start: Uint32Array, unit: Uint16Array) => void): ResidencyPolicy =>
  residency((own) => ({
    ...own,
    holders: (layerIndex: number) => {
      const holders = own.holders(layerIndex)
      const [start, unit] = [holders.start.slice(), holders.unit.slice()]
      if (layerIndex === 1) spoil(start, unit)
      return { start, unit }
    }
  }))

/** Copies of expert 3, whose home is told, from a source to a target. */
const copying = (
  copy: (expert: number, home: number) => readonly [expert: number, source: number, unit: number]
): ResidencyPolicy =>
  residency((own) => ({
    ...own,
    after: (layerIndex: number, _step: number, work: any) => {
      const { start, unit } = own.holders(layerIndex)
      const [expert, source, to] = copy(3, unit[start[3]!]!)
      pushCopy(work, expert, to, source)
    }
  }))

const residencies: Record<string, readonly [ResidencyPolicy, PluginFault["reason"], RegExp]> = {
  "names a unit that does not exist": [
    spoiltHolders((_start, unit) => (unit[0] = 8)),
    "OutOfRange",
    /layer 2, step 0: expert 0 lies on unit 8 of 8/
  ],
  "lists units in disorder": [
    spoiltHolders((start, unit) => {
      unit.copyWithin(2, 1)
      unit.set([3, 1])
      for (let e = 1; e < start.length; e++) start[e]!++
    }),
    "WrongShape",
    /expert \d+ lists unit \d+ after unit \d+/
  ],
  "loses an expert": [
    spoiltHolders((start) => (start[5] = start[4]!)),
    "WrongSum",
    /layer 2, step 0: expert 4 lies nowhere/
  ],
  "lists more holders than it gives": [
    spoiltHolders((start) => (start[start.length - 1] = 4e9)),
    "OutOfRange",
    /lists holders 0 to 4000000000 of the \d+ that it gives/
  ],
  "lists fewer experts": [
    residency((own) => ({ ...own, holders: () => ({ start: new Uint32Array(5), unit: new Uint16Array(5) }) })),
    "WrongShape",
    /lists holders of 4 experts, not of 12/
  ],
  "gives no holders": [residency((own) => ({ ...own, holders: () => {} })), "WrongShape", /gives undefined as holders/],
  "gives a promise that fails": [
    residency((own) => ({ ...own, holders: rejected })),
    "WrongShape",
    /gives an object \(Promise\) as holders/
  ],
  "copies from who lacks it": [
    copying((e, home) => [e, (home + 1) % 8, (home + 2) % 8]),
    "OutOfRange",
    /layer 1, step 0: copies expert \d+ from unit \d+, which lacks it/
  ],
  "copies to who has it": [
    copying((e, home) => [e, home, home]),
    "WrongSum",
    /copies expert \d+ to unit \d+, which has it/
  ],
  "adds a task": [
    residency((own) => ({ ...own, after: (_l: number, _s: number, work: any) => pushTask(work, 0, 0, 0, 5) })),
    "ChangedInput",
    /adds a task of 5 tokens/
  ],
  "writes NaN bytes": [
    residency((own) => ({ ...own, after: (_l: number, _s: number, work: any) => work.localWriteBytes.fill(NaN) })),
    "NotFinite",
    /gives NaN for the bytes written on unit 0/
  ],
  "takes bytes back": [
    residency((own) => ({ ...own, after: (_l: number, _s: number, work: any) => (work.localWriteBytes[3] = -9) })),
    "Negative",
    /gives -9 for the bytes written on unit 3/
  ],
  "writes to the tasks": [
    residency((own) => ({ ...own, after: (_l: number, _s: number, work: any) => work.tokens.fill(1) })),
    "ChangedInput",
    /writes to the tasks of the step/
  ],
  "throws when asked": [residency((own) => ({ ...own, holders: broke })), "Threw", /layer 1, step 0: throws/],
  "throws afterwards": [residency((own) => ({ ...own, after: broke })), "Threw", /layer 1, step 0: throws/],
  "throws when it is prepared": [mine({ ...fixed, prepare: broke }), "Threw", /prepare: throws/],
  "prepares nothing": [mine({ ...fixed, prepare: () => undefined as never }), "WrongShape", /prepare: gives undefined/]
}
for (const [name, [policy, reason, line]] of Object.entries(residencies))
  it.effect(`a residency that ${name}`, () => tells("residency policy", Residency.layer(policy), reason, line))

it("a residency that keeps more copies than fit", () => {
  const fabric = fabricOf(Effect.runSync(ring.build(ring.machines["ring-8"]!)))
  const everywhere = makePlacement({ units: 8, experts: 8, layers: [0] }, () => [0, 1, 2, 3, 4, 5, 6, 7])
  const greedy = residency((own) => ({ ...own, holders: () => holdersOf(everywhere, 0) }), fixed)
  const { holders } = checkedResidency(greedy, () => "layer 1, step 0").prepare({
    fabric,
    experts: 8,
    homes: [
      holdersOf(
        makePlacement({ units: 8, experts: 8, layers: [0] }, (_, e) => [e]),
        0
      )
    ],
    spareCopies: new Uint32Array(8).fill(2),
    cost: costModel(fabric, 1, 1),
    knowledge: noKnowledge(model, 1)
  })
  assert.throws(() => holders(0), /residency policy mine .*, layer 1, step 0: keeps 8 experts on unit 0, 3 fit/)
})

const changed = (change: (placement: Placement) => any): PlacementPolicy =>
  mine({ ...contiguous, place: (input) => Effect.map(contiguous.place(input), change) })

const optimizers: Record<string, readonly [PlacementPolicy, PluginFault["reason"], RegExp]> = {
  "puts an expert nowhere": [
    changed((placement) => ({
      ...placement,
      physicalToLogical: placement.physicalToLogical.map((row) => row.map((e) => (e === 5 ? 4 : e)))
    })),
    "OutOfRange",
    /Tiny: layer 1 places expert 5 nowhere/
  ],
  "names an expert that does not exist": [
    changed((placement) => ({
      ...placement,
      physicalToLogical: placement.physicalToLogical.map((row) => row.with(0, 12))
    })),
    "OutOfRange",
    /layer 1 names expert 12 of 12/
  ],
  "fills more slots than are allowed": [
    mine({
      ...contiguous,
      place: ({ fabric, layers }) =>
        Effect.succeed(
          makePlacement({ units: fabric.units, experts: 12, layers }, (_, e) => (e === 0 ? [0] : [0, e % 8]))
        )
    }),
    "WrongShape",
    /fills \d+ slots a unit, 2 are allowed/
  ],
  "gives rows of another length": [
    changed((placement) => ({
      ...placement,
      physicalToLogical: placement.physicalToLogical.map((row) => row.slice(1))
    })),
    "OutOfRange",
    /layer 1 has 15 slots, not 16/
  ],
  "gives plain lists": [
    changed((placement) => ({ ...placement, physicalToLogical: placement.physicalToLogical.map((row) => [...row]) })),
    "WrongShape",
    /gives an object \(Object\), not a placement/
  ],
  "gives NaN slots": [changed((placement) => ({ ...placement, slotsPerUnit: NaN })), "WrongShape", /not a placement/],
  "gives nothing": [changed(() => {}), "WrongShape", /gives undefined, not a placement/],
  "gives a placement and no effect": [
    mine({ ...contiguous, place: (input) => Effect.runSync(contiguous.place(input)) as never }),
    "WrongShape",
    /gives an object \(Object\), not an effect/
  ],
  "gives a promise that fails": [mine({ ...contiguous, place: rejected }), "WrongShape", /Promise\), not an effect/],
  "writes to its counts": [
    mine({
      ...contiguous,
      place: (input) => {
        ;(input.counts![0] as Uint32Array)[0]! += 1
        return contiguous.place(input)
      }
    }),
    "ChangedInput",
    /writes to its statistics/
  ],
  throws: [mine({ ...contiguous, place: broke }), "Threw", /Tiny: throws RangeError: broke;/],
  "throws inside its effect": [mine({ ...contiguous, place: () => Effect.sync(broke) }), "Threw", /throws RangeError/],
  "fails with an error of its own": [
    mine({ ...contiguous, place: () => Effect.fail(new Error("broke")) as never }),
    "Threw",
    /throws Error: broke/
  ]
}
for (const [name, [policy, reason, line]] of Object.entries(optimizers))
  it.effect(`an optimizer that ${name}`, () =>
    tells("placement optimizer", PlacementOptimizer.layer(policy), reason, line)
  )

it.effect("an optimizer that refuses its input says so in its own words", () =>
  Effect.gen(function* () {
    const refusal = new PlacementError({ reason: "Unsuitable", where: "here", what: "no", hint: "try another" })
    const error = yield* failure(PlacementOptimizer.layer(mine({ ...contiguous, place: () => Effect.fail(refusal) })))
    assert.strictEqual(error, refusal)
  })
)

/** The ring with an engine that spoils the shared one's answers. */
const engine = (spoil: (ps: number) => any) =>
  Layer.effect(
    Hardware,
    Effect.map(load(ring, ring.machines["ring-8"]), (built) => ({
      ...built,
      backend: "mine",
      engine: (...parts: Parameters<typeof sharedEngine>): Engine => {
        const { demand, step } = sharedEngine(...parts)
        return { demand, step: (work) => spoil(step(work)) }
      }
    }))
  )

for (const [name, spoil, line] of [
  ["gives NaN", () => NaN, /hardware backend mine, layer 1, step 0: gives NaN ps/],
  ["gives a fraction", (ps: number) => ps / 3 + 0.1, /hardware backend mine, layer 1, step 0: gives .* not whole/],
  ["throws", broke, /hardware backend mine, layer 1, step 0: throws RangeError: broke;/]
] as const)
  it.effect(`a backend whose engine ${name}`, () =>
    Effect.gen(function* () {
      const fault = yield* failure(engine(spoil).pipe(Layer.orDie))
      assert.instanceOf(fault, PluginFault)
      assert.match(String(fault), line)
    })
  )

it.effect("a network that breaks inside a backend's engine is named, not the backend", () =>
  Effect.gen(function* () {
    const both = Layer.mergeAll(engine((ps) => ps).pipe(Layer.orDie), Network.layer(network(broke)))
    assert.match(String(yield* failure(both)), /network model mine/)
  })
)
