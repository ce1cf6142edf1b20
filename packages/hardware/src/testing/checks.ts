/** The hardware contract as a list of named checks, so that the kit itself can be tested on broken backends. */
import { assert } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { type Backend, backendContract, type Capabilities, load } from "../backend.ts"
import { sharedEngine } from "../engine.ts"
import type { Machine } from "../machine.ts"
import { Calibration, quantities } from "./calibration.ts"
import type { Check } from "@moira/core/testing"
import { claims } from "./claims.ts"
import { monotonic, timed } from "./engine-rules.ts"
import { exchanged, exchangeTimes } from "./exchange-rules.ts"
import { keepsWhatWorks } from "./fault-rules.ts"
import { endPairs, neighbours } from "./graph.ts"
import { numbered, physical, priced, routed } from "./machine-rules.ts"

export interface ConformanceOptions<S> {
  /** Specs to build besides the named machines; give the smallest legal one. */
  readonly specs?: ReadonlyArray<S>
  /** Specs with broken parts, each beside the same machine whole. */
  readonly faults?: ReadonlyArray<readonly [whole: S, broken: S]>
  /** Inputs that must be refused with `InvalidSpec`. */
  readonly refused: ReadonlyArray<unknown>
  /** The parsed `calibration.json`. */
  readonly calibration: unknown
}

const plain = (machine: Machine) => [
  machine.nodes,
  machine.links,
  machine.commandBytes,
  machine.outstandingFetches,
  machine.controllers,
  machine.energy,
  exchangeTimes(machine)
]

const unitsOf = ({ nodes }: Machine): number => nodes.filter(({ kind }) => kind === "compute").length

/** All checks of the contract for one backend. */
export const contractChecks = <S, I>(backend: Backend<S, I>, options: ConformanceOptions<S>): ReadonlyArray<Check> => {
  const { faults = [] } = options
  const specs = [...Object.values(backend.machines), ...(options.specs ?? []), ...faults.map(([, broken]) => broken)]
  const each = (check: (machine: Machine) => void) =>
    Effect.forEach(specs, (spec) => Effect.map(backend.build(spec), check), { discard: true })
  const engine = backend.engine ?? sharedEngine
  const claim = (name: keyof Capabilities): Check =>
    backend.capabilities[name] === true
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
          if (Result.isFailure(result))
            assert.notStrictEqual(result.failure.reason, "WrongBackend", result.failure.message)
        }
      })
    },
    { name: "numbers nodes and links from zero, with unique names", run: each(numbered) },
    { name: "gives physical quantities: positive rates, whole picoseconds", run: each(physical) },
    { name: "gives energy prices that are finite and have a source", run: each(priced) },
    {
      name: "exchanges tokens, where it does, in whole picoseconds, and no faster when there are more",
      run: each(exchanged)
    },
    { name: "routes every pair over joined links without a loop", run: each(routed) },
    {
      name: "takes broken parts out and leaves the other routes alone",
      run: Effect.gen(function* () {
        for (const [whole, broken] of faults) keepsWhatWorks(yield* backend.build(whole), yield* backend.build(broken))
      })
    },
    {
      name: "times layer steps in whole picoseconds, whatever ran before",
      run: each((machine) => timed(engine, machine))
    },
    {
      name: "is never slower with more bandwidth or arithmetic, in the closed form",
      run: each((machine) => monotonic(engine, machine))
    },
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
      name: "gives exactly as many units as are asked for, where it resizes at all, or says why not",
      run: Effect.gen(function* () {
        const { resize } = backend
        if (resize === undefined) return
        let others = 0
        for (const [machine, spec] of Object.entries(backend.machines)) {
          const usual = unitsOf(yield* backend.build(spec))
          for (const units of [usual, 1, 2, 7, 8, 16, 32, 72, 144]) {
            const sized = yield* Effect.result(resize(spec, units))
            if (Result.isFailure(sized)) {
              assert.strictEqual(sized.failure._tag, "InvalidSpec", `${machine} of ${units} units`)
              assert.notStrictEqual(units, usual, `${machine} refuses the ${units} units that it has`)
              continue
            }
            assert.strictEqual(unitsOf(yield* backend.build(sized.success)), units, `${machine} of ${units} units`)
            if (units !== usual) others++
          }
        }
        assert.isAbove(others, 0, "resizes to no other number of units")
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
    ...(Object.keys(claims) as ReadonlyArray<keyof Capabilities>)
      .filter((name) => backend.capabilities[name] !== undefined)
      .map(claim)
  ]
}
