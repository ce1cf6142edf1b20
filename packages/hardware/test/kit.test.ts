/** The kit must catch broken backends: each mutant breaks one rule, and the check named must fail on it. */
import { assert, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type Backend } from "../src/backend.ts"
import { InvalidSpec } from "../src/invalid-spec.ts"
import { type Engine, sharedEngine } from "../src/engine.ts"
import { linkIndex, type Machine } from "../src/machine.ts"
import { routeXY } from "../src/routing/xy.ts"
import { routeYX } from "../src/routing/yx.ts"
import { type ConformanceOptions, contractChecks } from "../src/testing/checks.ts"
import { ring, RingSpec } from "../src/testing/ring.ts"
import { grid, type GridSpec, star } from "./backends.ts"

const smallest = { dies: 2, linkBytesPerSec: 1, flopsPerSec: 1, memoryBytesPerSec: 1 }
const options = {
  specs: [smallest],
  refused: [{ ...smallest, dies: 1 }],
  calibration: {
    published: [{ machine: "ring-8", quantity: "linkBytesPerSec", value: 1e12, tolerance: 0.01, source: "made up" }]
  }
}

const changed = (change: (machine: Machine, spec: RingSpec) => Machine): Backend<RingSpec> => ({
  ...ring,
  build: (spec) => Effect.map(ring.build(spec), (machine) => change(machine, spec))
})
const nodes = (edit: (node: Machine["nodes"][number]) => Machine["nodes"][number]) =>
  changed((machine) => ({ ...machine, nodes: machine.nodes.map(edit) }))
const links = (edit: (link: Machine["links"][number]) => Machine["links"][number]) =>
  changed((machine) => ({ ...machine, links: machine.links.map(edit) }))

const energy = (picojoules: number, source: string) =>
  changed((machine) => ({ ...machine, energy: { linkBit: { picojoules, source } } }))
const controller = (basePs: number, cyclePs: number) =>
  changed((machine) => ({ ...machine, controllers: { cp: { basePs, cyclePs } } }))

/** The shared engine with its time, or its counters, spoiled. */
const engine = (spoil: (ps: number, engine: Engine, fastestLink: number) => number): Backend<RingSpec> => ({
  ...ring,
  engine: (fabric, network) => {
    const shared = sharedEngine(fabric, network)
    return {
      demand: shared.demand,
      step: (work) => spoil(shared.step(work), shared, Math.max(...fabric.linkBytesPerSec))
    }
  }
})
let steps = 0

const Lax = Schema.Struct({ ...RingSpec.fields, dies: Schema.Int })

let builds = 0
const mutants: Record<string, readonly [check: RegExp, backend: Backend<RingSpec>]> = {
  "a unit more than asked for": [
    /as many units as are asked for/,
    { ...ring, resize: (spec, units) => Effect.succeed({ ...spec, dies: units + 1 }) }
  ],
  "no number of units but its own": [
    /as many units as are asked for/,
    {
      ...ring,
      resize: (spec, units) =>
        units === spec.dies
          ? Effect.succeed(spec)
          : Effect.fail(new InvalidSpec({ reason: "NotBuildable", where: "units", what: "no", hint: "no" }))
    }
  ],
  "wrong contract version": [/speaks this contract/, { ...ring, contract: "hardware/v0" as "hardware/v1" }],
  "name with capitals": [/kebab-case/, { ...ring, id: "Ring" }],
  "spec that does not survive JSON": [
    /through JSON/,
    { ...ring, machines: { "ring-8": { ...ring.machines["ring-8"]!, linkBytesPerSec: Infinity } } }
  ],
  "throws where it should fail": [
    /refuses/,
    {
      ...ring,
      Spec: Lax,
      build: (spec) => (spec.dies < 2 ? Effect.die(new Error("boom")) : ring.build(spec))
    }
  ],
  "accepts what it should refuse": [/refuses/, { ...ring, Spec: Lax }],
  "ids from one": [/numbers nodes/, nodes((node) => ({ ...node, id: node.id + 1 }))],
  "duplicate names": [/numbers nodes/, nodes((node) => ({ ...node, name: "die" }))],
  "fractional latency": [/physical/, links((link) => ({ ...link, latencyPs: 0.5 }))],
  "no bandwidth": [/physical/, links((link) => ({ ...link, bytesPerSec: 0 }))],
  "half a picosecond a task": [
    /physical/,
    nodes((node) => ({ ...node, compute: { ...node.compute!, taskOverheadPs: 0.5 } }))
  ],
  "compute without memory": [
    /physical/,
    nodes(({ id, name, kind, compute }) => ({ id, name, kind, compute: compute! }))
  ],
  "everything reserved": [
    /physical/,
    nodes((node) => ({ ...node, memory: { ...node.memory!, reservedBytes: node.memory!.capacityBytes } }))
  ],
  "memory without end": [
    /physical/,
    nodes((node) => ({ ...node, memory: { ...node.memory!, capacityBytes: Infinity } }))
  ],
  "nothing in flight": [/physical/, changed((machine) => ({ ...machine, outstandingFetches: 0 }))],
  "half a fetch in flight": [/physical/, changed((machine) => ({ ...machine, outstandingFetches: 1.5 }))],
  "half a picosecond to decide": [/physical/, controller(0.5, 333)],
  "cycles of no time": [/physical/, controller(1, Number.NaN)],
  "a cache of no bytes": [/physical/, nodes((node) => ({ ...node, llc: { bytes: 0, hitPs: 1, missPs: 1 } }))],
  "a link to where it starts": [/physical/, links((link) => (link.id === 0 ? { ...link, to: link.from } : link))],
  "two dies at one place": [/numbers nodes/, nodes((node) => ({ ...node, at: [0, 0] }))],
  "a die at no place": [/numbers nodes/, nodes((node) => ({ ...node, at: [node.id, Number.NaN] }))],
  "energy of no number": [/energy/, energy(Number.NaN, "measured")],
  "energy without end": [/energy/, energy(Infinity, "measured")],
  "energy out of nowhere": [/energy/, energy(1, " ")],
  "time in halves": [/times layer steps/, engine((ps) => ps + 0.5)],
  "time that never comes": [/times layer steps/, engine(() => Infinity)],
  "an engine that remembers": [/times layer steps/, engine((ps) => ps + steps++)],
  "a counter that is no number": [
    /times layer steps/,
    engine((ps, { demand }) => {
      demand.byteHops = Number.NaN
      return ps
    })
  ],
  "bandwidth that slows down": [/never slower/, engine((ps, _, fastest) => Math.ceil(ps + fastest))],
  "a time that nothing changes": [/never slower/, engine(() => 1)],
  "false claim of even latency": [
    /symmetricLatency/,
    { ...ring, capabilities: { ...ring.capabilities, symmetricLatency: true } }
  ],
  "false claim of no deadlock": [
    /deadlockFree/,
    { ...ring, capabilities: { ...ring.capabilities, deadlockFree: true } }
  ],
  "exchange in half picoseconds": [
    /exchanges tokens/,
    changed((machine) => ({ ...machine, exchange: () => ({ dispatchPs: () => 0.5, combinePs: () => 1 }) }))
  ],
  "exchange faster with more tokens": [
    /exchanges tokens/,
    changed((machine) => ({
      ...machine,
      exchange: () => ({ dispatchPs: (copies) => 10_000 - copies[0]!, combinePs: () => 1 })
    }))
  ],
  "route stops early": [
    /joined links/,
    changed((machine) => ({ ...machine, route: (a, b) => machine.route(a, b).slice(0, -1) }))
  ],
  "route to itself": [
    /joined links/,
    changed((machine, { dies }) => ({
      ...machine,
      route: (a, b) => (a === b ? Array.from({ length: dies }, (_, i) => (a + i) % dies) : machine.route(a, b))
    }))
  ],
  "random names": [/deterministic/, nodes((node) => ({ ...node, name: `${node.name}-${builds++}` }))],
  "ignored spec field": [
    /every number/,
    changed((machine) => ({ ...machine, links: machine.links.map((link) => ({ ...link, bytesPerSec: 1e12 })) }))
  ],
  "bits for bytes": [/published numbers/, links((link) => ({ ...link, bytesPerSec: link.bytesPerSec * 8 }))],
  "false claim": [/symmetricRoutes/, { ...ring, capabilities: { minimalRoutes: true, symmetricRoutes: true } }],
  "claim left out": [/minimalRoutes/, { ...ring, capabilities: { minimalRoutes: false, symmetricRoutes: false } }]
}

const whole = { columns: 4, rows: 4, dead: [] }
const gridOptions: ConformanceOptions<GridSpec> = {
  faults: [[whole, { ...whole, dead: [9] }]],
  refused: [{ ...whole, columns: 1 }],
  calibration: {
    published: [{ machine: "grid-4x4", quantity: "units", value: 16, tolerance: 0, source: "by construction" }]
  }
}
const broken = (change: (machine: Machine, spec: GridSpec) => Machine): Backend<GridSpec> => ({
  ...grid,
  build: (spec) => Effect.map(grid.build(spec), (machine) => change(machine, spec))
})
/** A way round by node 5 wherever that passes no node twice. */
const byNodeFive = (machine: Machine): Machine["route"] => {
  const { route } = machine
  const seen = (path: ReadonlyArray<number>) => path.map((id) => machine.links[id]!.to)
  return (a, b) => {
    const way = a === 5 || b === 5 || a === b ? [] : [...route(a, 5), ...route(5, b)]
    return way.length > 0 && new Set([a, ...seen(way)]).size === way.length + 1 ? way : route(a, b)
  }
}
let routes = 0
const gridMutants: Record<string, readonly [check: RegExp, backend: Backend<GridSpec>]> = {
  "a fault that takes nothing away": [/takes broken parts out/, { ...grid, build: () => grid.build(whole) }],
  "a fault that changes every route": [
    /takes broken parts out/,
    broken((machine, { columns, dead }) => {
      const yx = routeYX(columns, linkIndex(machine.links))
      const route: Machine["route"] = (a, b) => (yx(a, b).includes(-1) ? machine.route(a, b) : yx(a, b))
      return dead.length === 0 ? machine : { ...machine, route }
    })
  ],
  "a fault that adds a link": [
    /takes broken parts out/,
    broken((machine, { dead }) => {
      const stray = machine.links.map((link) => (dead.length > 0 && link.id === 0 ? { ...link, to: 15 } : link))
      return { ...machine, links: stray }
    })
  ],
  "a route over the broken link": [
    /joined links/,
    broken((machine, { columns }) => ({ ...machine, route: routeXY(columns, linkIndex(machine.links)) }))
  ],
  "a detour that is too long": [/minimalRoutes/, broken((machine) => ({ ...machine, route: byNodeFive(machine) }))],
  "a route that changes when asked again": [
    /deterministic/,
    broken((machine, { columns, dead }) => {
      const ways = [routeXY, routeYX].map((way) => way(columns, linkIndex(machine.links)))
      return dead.length > 0 ? machine : { ...machine, route: (a, b) => ways[Math.floor(routes++ / 7) % 2]!(a, b) }
    })
  ],
  "even latency denied": [
    /symmetricLatency/,
    { ...grid, capabilities: { ...grid.capabilities, symmetricLatency: false } }
  ]
}
const starMutants: Record<string, readonly [check: RegExp, backend: typeof star]> = {
  "freedom of deadlock denied": [
    /deadlockFree/,
    { ...star, capabilities: { ...star.capabilities, deadlockFree: false } }
  ]
}

const known = new Map<unknown, ReadonlyArray<string>>()
/** Names of the checks that fail, worked out once for each backend. */
const failing = Effect.fnUntraced(function* <S>(backend: Backend<S>, given: ConformanceOptions<S>) {
  const before = known.get(backend)
  if (before !== undefined) return before
  const failed: Array<string> = []
  for (const { name, run } of contractChecks(backend, given))
    if ((yield* Effect.exit(run))._tag === "Failure") failed.push(name)
  known.set(backend, failed)
  return failed
})

const catches = <S>(
  backends: Record<string, readonly [check: RegExp, backend: Backend<S>]>,
  given: ConformanceOptions<S>
) => {
  for (const [mutant, [check, backend]] of Object.entries(backends)) {
    it.effect(`catches: ${mutant}`, () =>
      Effect.gen(function* () {
        const failed = yield* failing(backend, given)
        assert.isTrue(
          failed.some((name) => check.test(name)),
          `failed were: ${failed.join("; ") || "none"}`
        )
      })
    )
  }
}
catches(mutants, options)
catches(gridMutants, gridOptions)
const starOptions = {
  refused: [null],
  calibration: {
    published: [{ machine: "star-8", quantity: "units", value: 8, tolerance: 0, source: "by construction" }]
  }
}
catches(starMutants, starOptions)

it.effect("every mutant's original passes all checks", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* failing(grid, gridOptions), [])
    assert.deepStrictEqual(yield* failing(star, starOptions), [])
    assert.deepStrictEqual(yield* failing(ring, options), [])
  })
)

it.effect(
  "every check is proven by at least one mutant",
  () =>
    Effect.gen(function* () {
      const proven = new Set<string>()
      for (const [, backend] of Object.values(mutants))
        for (const name of yield* failing(backend, options)) proven.add(name)
      for (const [, backend] of Object.values(gridMutants))
        for (const name of yield* failing(backend, gridOptions)) proven.add(name)
      for (const [, backend] of Object.values(starMutants))
        for (const name of yield* failing(backend, starOptions)) proven.add(name)
      const all = [...contractChecks(ring, options), ...contractChecks(grid, gridOptions)].map(({ name }) => name)
      assert.deepStrictEqual(
        all.filter((name) => !name.includes("is not claimed") && !proven.has(name)),
        []
      )
    }),
  60_000
)
