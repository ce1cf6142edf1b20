/** Runs expert caches on machines with memory behind the unit, over the provided trace. */
import { predictorKind } from "@moira/forecast"
import { type BuiltHardware, InvalidSpec, load, loadMachine } from "@moira/hardware"
import { cacheKind } from "@moira/caches"
import { type CacheScope, type CacheSize, type PrefetchFor, simulateOffload } from "@moira/offload"
import { importPlugin, loadPlugin } from "@moira/core/node"
import { type OffloadDocument } from "@moira/results"
import { TraceStore } from "@moira/trace"
import { version } from "@moira/core"
import { Effect } from "effect"
import { cliBackends, findMachine } from "./machine/find.ts"
import { inputOf } from "./document.ts"

/** Cache policies that are compared when nobody chooses. */
export const usualPolicies = ["lru", "lfu", "predicted", "belady"] as const

/** Who makes room is foretold a token ahead, as is what to fetch for the next token; for the next layer more is known. */
const usualPredictors = { token: "mixture-token", layer: "mixture" } as const

export interface OffloadRequest {
  readonly machines: ReadonlyArray<BuiltHardware>
  readonly policies: ReadonlyArray<string>
  readonly caches?: ReadonlyArray<CacheSize>
  readonly scope: CacheScope
  readonly prefetch: ReadonlyArray<number>
  readonly prefetchFor: PrefetchFor
  readonly batches: ReadonlyArray<number>
  readonly predictor?: string
  readonly prefetchPredictor?: string
  readonly betweenPs: number
  readonly bytesPerWeight?: number
  readonly requests?: number
  readonly steps?: number
  readonly seed: number
}

/** Builds the machines that a user names, and says whether they cache experts; some that do and some that do not are refused. */
export const buildMachines = Effect.fn("cli.buildMachines")(function* (
  names: ReadonlyArray<string>,
  backend: string | undefined,
  changes: ReadonlyArray<string>
) {
  const machines = yield* Effect.forEach(
    names,
    Effect.fnUntraced(function* (name) {
      const found = yield* findMachine(name, backend, changes)
      const plugin = yield* importPlugin(cliBackends, found.backend)
      return typeof found.machine === "string"
        ? yield* loadMachine(plugin, found.machine)
        : yield* load(plugin, found.machine.spec, found.machine.name)
    })
  )
  const caching = machines.filter(({ machine }) => machine.expertTiers !== undefined)
  if (caching.length > 0 && caching.length < machines.length) {
    const other = machines.find(({ machine }) => machine.expertTiers === undefined)!
    return yield* new InvalidSpec({
      reason: "NotBuildable",
      where: "--machine",
      what: `${caching[0]!.machineName} caches experts, ${other.machineName} holds them for good`,
      hint: "simulate them one after the other: their strategies and results differ"
    })
  }
  return { machines, caching: caching.length > 0 }
})

export const offloadAll = Effect.fn("cli.offload")(function* (request: OffloadRequest) {
  const store = yield* TraceStore
  const { policies: names, predictor, prefetchPredictor, ...options } = request
  const policies = yield* Effect.forEach([...new Set(names)], (name) => loadPlugin(cacheKind, name))
  const cachePredictor = (yield* loadPlugin(predictorKind, predictor ?? usualPredictors.token)).plugin
  const ahead = (yield* loadPlugin(predictorKind, prefetchPredictor ?? usualPredictors[options.prefetchFor])).plugin
  const offload = yield* simulateOffload({
    ...options,
    policies: policies.map(({ plugin }) => plugin),
    cachePredictor,
    prefetchPredictor: ahead
  })
  const document: OffloadDocument = {
    schema: "moira-offload/1",
    moira: version,
    input: inputOf(store),
    seed: request.seed,
    offload
  }
  return document
})
