/** The hardware contract as a list of named checks, so that the kit itself can be tested on broken backends. */
import { assert } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { type Backend, backendContract, type Capabilities, load } from "../backend.ts"
import type { Machine } from "../machine.ts"
import { Calibration, quantities } from "./calibration.ts"
import type { Check } from "./check.ts"
import { endPairs, fewestHops, neighbours, visited } from "./graph.ts"

export interface ConformanceOptions<S> {
  /** Specs to build besides the named machines; give the smallest legal one. */
  readonly specs?: ReadonlyArray<S>
  /** Inputs that must be refused with `InvalidSpec`. */
  readonly refused: ReadonlyArray<unknown>
  /** The parsed `calibration.json`. */
  readonly calibration: unknown
}

const physical = (machine: Machine): void => {
  for (const link of machine.links) {
    assert.isTrue(machine.nodes[link.from] !== undefined && machine.nodes[link.to] !== undefined)
    assert.isTrue(Number.isFinite(link.bytesPerSec) && link.bytesPerSec > 0, `link ${link.id} bandwidth`)
    assert.isTrue(Number.isSafeInteger(link.latencyPs) && link.latencyPs >= 0, `link ${link.id} latency`)
  }
  assert.isTrue(Number.isSafeInteger(machine.commandBytes) && machine.commandBytes >= 0, "command bytes")
  for (const node of machine.nodes.filter(({ kind }) => kind === "compute")) {
    const { compute, memory } = node
    if (compute === undefined || memory === undefined)
      throw new Error(`${node.name} computes without compute or memory`)
    assert.isTrue(Number.isFinite(compute.flopsPerSec) && compute.flopsPerSec > 0, `${node.name} FLOP/s`)
    assert.isTrue(compute.efficiency > 0 && compute.efficiency <= 1, `${node.name} efficiency`)
    const overheadPs = compute.taskOverheadPs ?? 0
    assert.isTrue(Number.isSafeInteger(overheadPs) && overheadPs >= 0, `${node.name} task overhead`)
    assert.isTrue(Number.isFinite(memory.bytesPerSec) && memory.bytesPerSec > 0, `${node.name} memory bandwidth`)
    assert.isTrue(Number.isSafeInteger(memory.latencyPs) && memory.latencyPs >= 0, `${node.name} memory latency`)
    assert.isTrue(memory.reservedBytes >= 0 && memory.reservedBytes < memory.capacityBytes, `${node.name} capacity`)
  }
}

const numbered = (machine: Machine): void => {
  machine.nodes.forEach((node, index) => assert.strictEqual(node.id, index))
  machine.links.forEach((link, index) => assert.strictEqual(link.id, index))
  assert.strictEqual(new Set(machine.nodes.map((node) => node.name)).size, machine.nodes.length, "names repeat")
  assert.isAbove(machine.nodes.filter((node) => node.kind === "compute").length, 0)
}

const routed = (machine: Machine): void => {
  for (const [from, to] of endPairs(machine)) {
    const route = machine.route(from, to)
    if (from === to) assert.isEmpty(route)
    let at = from
    for (const id of route) {
      assert.strictEqual(machine.links[id]?.from, at, `route ${from}>${to} jumps at link ${id}`)
      at = machine.links[id]!.to
    }
    assert.strictEqual(at, to, `route ${from}>${to} ends at ${at}`)
    const seen = visited(machine, from, to)
    assert.strictEqual(new Set(seen).size, seen.length, `route ${from}>${to} loops`)
  }
}

const minimal = (machine: Machine): void => {
  const best = machine.nodes.map((node) => fewestHops(machine, node.id))
  for (const [from, to] of endPairs(machine))
    assert.strictEqual(machine.route(from, to).length, best[from]![to], `route ${from}>${to}`)
}

const symmetric = (machine: Machine): void => {
  for (const [from, to] of endPairs(machine))
    assert.deepStrictEqual(visited(machine, to, from), visited(machine, from, to).toReversed())
}

const claims: Record<keyof Capabilities, (machine: Machine) => void> = {
  minimalRoutes: minimal,
  symmetricRoutes: symmetric
}

const plain = (machine: Machine) => [
  machine.nodes,
  machine.links,
  machine.commandBytes,
  machine.outstandingFetches,
  machine.controllers
]

/** All checks of the contract for one backend. */
export const contractChecks = <S, I>(backend: Backend<S, I>, options: ConformanceOptions<S>): ReadonlyArray<Check> => {
  const specs = [...Object.values(backend.machines), ...(options.specs ?? [])]
  const each = (check: (machine: Machine) => void) =>
    Effect.forEach(specs, (spec) => Effect.map(backend.build(spec), check), { discard: true })
  const claim = (name: keyof Capabilities): Check =>
    backend.capabilities[name]
      ? { name: `[${name}] holds as claimed`, run: each(claims[name]) }
      : {
          name: `[${name}] is not claimed and does not hold`,
          run: Effect.map(Effect.exit(each(claims[name])), (exit) =>
            assert.strictEqual(exit._tag, "Failure", `${name} holds: claim it`)
          )
        }
  return [
    {
      name: "names itself and its machines in kebab-case and speaks this contract",
      run: Effect.sync(() => {
        for (const name of [backend.id, ...Object.keys(backend.machines)])
          assert.match(name, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
        assert.strictEqual(backend.contract, backendContract)
        assert.isNotEmpty(backend.machines)
      })
    },
    {
      name: "keeps a spec through JSON",
      run: Effect.gen(function* () {
        for (const spec of specs) {
          const json = JSON.parse(JSON.stringify(yield* Schema.encodeEffect(backend.Spec)(spec)))
          assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(backend.Spec)(json), spec)
        }
      })
    },
    {
      name: "refuses what it cannot build, with a typed error",
      run: Effect.gen(function* () {
        assert.isNotEmpty(options.refused, "give at least one input that must be refused")
        for (const input of [...options.refused, null, 42, "no"]) {
          const result = yield* Effect.result(load(backend, input))
          assert.isTrue(Result.isFailure(result), `accepted ${JSON.stringify(input)}`)
          if (Result.isFailure(result)) assert.strictEqual(result.failure._tag, "InvalidSpec")
        }
      })
    },
    { name: "numbers nodes and links from zero, with unique names", run: each(numbered) },
    { name: "gives physical quantities: positive rates, whole picoseconds", run: each(physical) },
    { name: "routes every pair over joined links without a loop", run: each(routed) },
    {
      name: "is deterministic: two builds of one spec are equal",
      run: Effect.gen(function* () {
        for (const spec of specs) {
          const [a, b] = [yield* backend.build(spec), yield* backend.build(spec)]
          assert.deepStrictEqual(plain(a), plain(b))
          for (const [from, to] of endPairs(a)) assert.deepStrictEqual(a.route(from, to), b.route(from, to))
        }
      })
    },
    {
      name: "lets every number in the spec change the machine",
      run: Effect.gen(function* () {
        const encoded = yield* Schema.encodeEffect(backend.Spec)(specs[0]!)
        const before = yield* backend.build(specs[0]!)
        for (const [at, changed] of neighbours(encoded)) {
          const after = (yield* load(backend, changed)).machine
          assert.notDeepEqual(plain(after), plain(before), `spec.${at} is ignored`)
        }
      })
    },
    {
      name: "reproduces the published numbers of its calibration",
      run: Effect.gen(function* () {
        const { published } = yield* Schema.decodeUnknownEffect(Calibration)(options.calibration)
        for (const { machine, quantity, value, tolerance } of published) {
          const spec = backend.machines[machine]
          if (spec === undefined) throw new Error(`calibration names machine ${machine}, which does not exist`)
          const ours = quantities[quantity](yield* backend.build(spec))
          const error = Math.abs(ours - value) / Math.abs(value)
          assert.isAtMost(error, tolerance, `${machine} ${quantity}: ${ours} against ${value}`)
        }
      })
    },
    claim("minimalRoutes"),
    claim("symmetricRoutes")
  ]
}
