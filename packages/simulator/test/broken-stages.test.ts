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
  type Demand,
  type Engine,
  type Fabric,
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
import { placeChecked, PlacementOptimizer, PlacementError, type PlacementPolicy } from "@moira/placement"
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
  "hands out half the requests that it halved before, later": [
    allocator((requests, _holders, allocation) => {
      requests.forEach((tokens, e) => (requests[e] = tokens >> 1))
      allocation.forEach((tokens, i) => (allocation[i] = tokens >> 1))
    }, 3),
    "ChangedInput",
    /layer 1, step 1: writes to the requests/
  ],
  "writes to the holders once": [
    allocator((_requests, { unit }) => void unit.fill(0), 4),
    "ChangedInput",
    /layer 2, step 1: writes to the requests or to who holds them/
  ],
  "makes the holders endless": [
    allocator((_requests, { start }) => void (start[start.length - 1] = 4e9)),
    "ChangedInput",
    /writes to the requests or to who holds them/
  ],
  "gives its cycles as text": [allocator(() => "5"), "WrongShape", /gives "5" for the cycles/],
  "gives null for its cycles": [allocator(() => null), "WrongShape", /gives null for the cycles/],
  "gives a list for its cycles": [allocator(() => []), "WrongShape", /gives an object \(Array\) for the cycles/],
  "gives a symbol for its cycles": [allocator(() => Symbol("5")), "WrongShape", /gives Symbol\(5\) for the cycles/],
  "takes half a cycle": [allocator(() => 0.5), "NotWhole", /gives 0\.5 for the cycles/],
  "takes more cycles than are counted": [allocator(() => 1e300), "OutOfRange", /gives 1e\+300 for the cycles/],
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

let fabricOfRun: Fabric | undefined
const network = (
  spoil: (ps: number, ...call: Parameters<ReturnType<NetworkModel["prepare"]>>) => any,
  prepared: (fabric: Fabric) => void = () => {}
): NetworkModel =>
  mine({
    ...bottleneck,
    prepare: (fabric) => {
      prepared(fabric)
      const makespan = bottleneck.prepare(fabric)
      return (...call) => spoil(makespan(...call), ...call)
    }
  })

let times = 0
const networks: Record<string, readonly [NetworkModel, PluginFault["reason"], RegExp]> = {
  "gives NaN": [network(() => NaN), "NotFinite", /layer 1, step 0: gives NaN ps;/],
  "gives infinity": [network(() => Infinity), "NotFinite", /gives Infinity ps;/],
  "gives less than nothing": [network((ps) => -ps), "Negative", /gives -\d+ ps;/],
  "gives a fraction of a picosecond": [network((ps) => ps + 0.5), "NotWhole", /gives \d+\.5 ps, not whole picoseconds/],
  "gives nothing for some work": [network(() => 0), "OutOfRange", /layer 1, step 0: gives 0 ps for \d+ tasks/],
  "gives more than is counted": [network(() => 2 ** 60), "OutOfRange", /gives 1152921504606847000 ps, more than 2\^53/],
  "gives a big integer": [network(() => 5n), "WrongShape", /gives 5, not picoseconds/],
  "empties the work": [
    network((ps, work) => ((work.count = 0), ps)),
    "ChangedInput",
    /writes to the work that it times/
  ],
  "makes the work endless": [
    network((ps, work) => ((work.count = Infinity), ps)),
    "ChangedInput",
    /writes to the work/
  ],
  "writes to the counters once": [
    network((ps, _work, demand) => {
      if (times++ === 4) demand.hops = NaN
      return ps
    }),
    "ChangedInput",
    /layer 2, step 1: writes to the work that it times/
  ],
  "writes to the size of the weights": [
    network((ps, work) => (Object.assign(work, { weightBytes: 1 }), ps)),
    "ChangedInput",
    /writes to the work that it times/
  ],
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
  "drops tasks, later": [
    residency((own) => ({
      ...own,
      after: (layerIndex: number, step: number, work: any) => void (step === 1 && layerIndex === 1 && (work.count = 0))
    })),
    "ChangedInput",
    /layer 2, step 1: writes to the tasks of the step/
  ],
  "makes the tasks endless": [
    residency((own) => ({ ...own, after: (_l: number, _s: number, work: any) => void (work.count = Infinity) })),
    "ChangedInput",
    /writes to the tasks of the step/
  ],
  "says that all weights lie in caches": [
    residency((own) => ({ ...own, after: (_l: number, _s: number, work: any) => work.cached.fill(1) })),
    "ChangedInput",
    /writes to the tasks of the step/
  ],
  "stops the tokens": [
    residency((own) => ({ ...own, after: (_l: number, _s: number, work: any) => work.tokenCopies.fill(0) })),
    "ChangedInput",
    /writes to the tasks of the step/
  ],
  "copies to a unit that does not exist": [
    copying((e, home) => [e, home, 8]),
    "OutOfRange",
    /copies expert \d+ to unit 8 of 8/
  ],
  "writes more than a layer has": [
    residency((own) => ({ ...own, after: (_l: number, _s: number, work: any) => work.localWriteBytes.fill(1e300) })),
    "OutOfRange",
    /gives 1e\+300 for the bytes written on unit 0, of \d+ at most/
  ],
  "gives fractions of units": [
    residency((own) => ({
      ...own,
      holders: (layerIndex: number) => {
        const { start, unit } = own.holders(layerIndex)
        return { start, unit: Float64Array.from(unit, (u) => u + 0.25) }
      }
    })),
    "WrongShape",
    /as holders/
  ],
  "moves experts from where they lie for good": [
    mine({
      ...fixed,
      prepare: (setup) => {
        setup.homes[0]!.unit.reverse()
        return fixed.prepare(setup)
      }
    }),
    "ChangedInput",
    /layer 1, step 0: writes to where experts lie for good/
  ],
  "writes to what is known": [
    mine({
      ...retained,
      prepare: (setup) => {
        setup.knowledge.prefillCounts[0]![0]!++
        return retained.prepare(setup)
      }
    }),
    "ChangedInput",
    /prepare: writes to what is known of the prompts/
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
  "writes to the machine": [
    mine({
      ...contiguous,
      place: (input) => {
        input.fabric.memoryBytesPerSec.fill(1e15)
        return contiguous.place(input)
      }
    }),
    "ChangedInput",
    /writes to its statistics, or to the machine/
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

for (const [name, layer, kind] of [
  [
    "an allocator",
    Allocator.layer(
      mine({
        ...atHome,
        prepare: (setup) => {
          setup.fabric.memoryBytesPerSec.fill(1e16)
          return atHome.prepare(setup)
        }
      })
    ),
    "allocator"
  ],
  [
    "a network",
    Network.layer(
      network(
        (ps) => (fabricOfRun?.linkBytesPerSec.fill(1e16), ps),
        (fabric) => (fabricOfRun = fabric)
      )
    ),
    "network model"
  ]
] as const)
  it.effect(`${name} that writes to the machine is found once the run is done`, () =>
    Effect.gen(function* () {
      const fault = String(yield* failure(layer))
      assert.match(fault, /writes to the machine; hint/)
      assert.include(fault, `${kind} mine`)
    })
  )

it.effect("an optimizer that changes its placement later changes nothing", () =>
  Effect.gen(function* () {
    const made: Array<Placement> = []
    const policy = mine<PlacementPolicy>({
      ...contiguous,
      place: (input) => Effect.tap(contiguous.place(input), (placement) => Effect.sync(() => made.push(placement)))
    })
    const { model: of, layers } = yield* Effect.provide(loadWindow({ requests: 10, steps: 3 }), traceLayer(10, 3))
    const fabric = fabricOf(yield* ring.build(ring.machines["ring-8"]!))
    const placed = yield* placeChecked(policy, { model: of, layers, fabric, expertBytes: 1, spareSlots: 0 })
    const before = placed.physicalToLogical.map((slots) => slots.slice())
    for (const slots of made[0]!.physicalToLogical) slots.fill(0)
    assert.deepStrictEqual(placed.physicalToLogical, before)
  })
)

it.effect("an optimizer that refuses its input says so in its own words", () =>
  Effect.gen(function* () {
    const refusal = new PlacementError({ reason: "Unsuitable", where: "here", what: "no", hint: "try another" })
    const error = yield* failure(PlacementOptimizer.layer(mine({ ...contiguous, place: () => Effect.fail(refusal) })))
    assert.strictEqual(error, refusal)
  })
)

/** The ring with an engine that spoils the shared one's answers. */
const engine = (spoil: (ps: number, demand: Demand) => any) =>
  Layer.effect(
    Hardware,
    Effect.map(load(ring, ring.machines["ring-8"]), (built) => ({
      ...built,
      backend: "mine",
      plugin: { id: "mine" },
      engine: (...parts: Parameters<typeof sharedEngine>): Engine => {
        const { demand, step } = sharedEngine(...parts)
        return { demand, step: (work) => spoil(step(work), demand) }
      }
    }))
  )

for (const [name, spoil, line] of [
  ["gives NaN", () => NaN, /hardware backend mine, layer 1, step 0: gives NaN ps/],
  ["gives a fraction", (ps: number) => ps / 3 + 0.1, /hardware backend mine, layer 1, step 0: gives .* not whole/],
  ["loses count", (ps: number, demand: Demand) => ((demand.hops = -5), ps), /gives -5 for demand\.hops/],
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
