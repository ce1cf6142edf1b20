/** Runs expert caches on machines with memory behind the unit, over the provided trace. */
import { predictorKind } from "@moira/forecast"
import { backendKind, type BuiltHardware, InvalidSpec, load, loadMachine } from "@moira/hardware"
import { cacheKind } from "@moira/caches"
import { type CacheScope, type CacheSize, OffloadError, type PrefetchFor, simulateOffload } from "@moira/offload"
import { type Made, type OffloadDocument } from "@moira/results"
import { TraceStore } from "@moira/trace"
import { listReferences, loadPlugin, openPlugin, referenceOf, version } from "@moira/core"
import { Effect } from "effect"
import { findMachine, type MachineRequest } from "./machine/find.ts"
import { inputOf } from "./document.ts"

/** Cache policies that are compared when nobody chooses. */
export const usualPolicies = ["lru", "lfu", "predicted", "belady"] as const

/** Who makes room is foretold a token ahead, as is what to fetch for the next token; for the next layer more is known. */
const usualPredictors = { token: "mixture-token", layer: "mixture" } as const

export interface OffloadOptions {
  /** Machines that cache experts, from {@link buildMachines}. */
  readonly machines: ReadonlyArray<BuiltHardware>
  /** Cache policies: names, packages or paths; {@link usualPolicies} when left out. */
  readonly policies?: ReadonlyArray<string>
  /** Sizes as {@link cacheSize} reads them; eight up to what fits when left out. */
  readonly caches?: ReadonlyArray<CacheSize>
  /** Slots are given to each layer, or all layers share them. */
  readonly scope: CacheScope
  /** Experts to fetch ahead for each layer step. */
  readonly prefetch: ReadonlyArray<number>
  readonly prefetchFor: PrefetchFor
  /** Requests that decode together. */
  readonly batches: ReadonlyArray<number>
  /** Says who makes room, and what to fetch ahead: names, packages or paths. */
  readonly predictor?: string
  readonly prefetchPredictor?: string
  /** Time between the experts of two layers, for attention and all else. */
  readonly betweenPs: number
  readonly bytesPerWeight?: number
  /** Most requests to judge on; the held-out ones when left out. */
  readonly requests?: number
  /** Most decode steps; all of them when left out. */
  readonly steps?: number
  readonly seed: number
}

/** `64` is a number of slots, `25%` a share of the experts. */
export const cacheSize = (text: string): Effect.Effect<CacheSize, OffloadError> => {
  const [, number = "", percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  if (number !== "" && percent === "%") return Effect.succeed({ text, share: Number(number) / 100 })
  if (Number.isSafeInteger(Number(number)) && number !== "") return Effect.succeed({ text, slots: Number(number) })
  return Effect.fail(
    new OffloadError({
      reason: "BadOption",
      where: `--cache ${text}`,
      what: "neither a whole number of slots nor a share of the experts",
      hint: "for example --cache 4,8,25%"
    })
  )
}

/** Builds machines, and says whether they cache experts; some that do and some that do not are refused. */
export const buildMachines = Effect.fn("pipeline.buildMachines")(function* (requests: ReadonlyArray<MachineRequest>) {
  const machines = yield* Effect.forEach(
    requests,
    Effect.fnUntraced(function* (request) {
      const found = yield* findMachine(request)
      const plugin = yield* openPlugin(backendKind, found.backend.module)
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

/** Runs every machine x policy x size x batch over the provided trace. */
export const offload = Effect.fn("pipeline.offload")(function* (request: OffloadOptions) {
  const store = yield* TraceStore
  const { policies: names = usualPolicies, predictor, prefetchPredictor, ...options } = request
  const policies = yield* Effect.forEach([...new Set(names)], (name) => loadPlugin(cacheKind, name))
  const cachePredictor = (yield* loadPlugin(predictorKind, predictor ?? usualPredictors.token)).plugin
  const ahead = (yield* loadPlugin(predictorKind, prefetchPredictor ?? usualPredictors[options.prefetchFor])).plugin
  const result = yield* simulateOffload({
    ...options,
    policies: policies.map(({ plugin }) => plugin),
    cachePredictor,
    prefetchPredictor: ahead
  })
  const document: Made<OffloadDocument> = {
    schema: "moira-offload/1",
    moira: version,
    plugins: listReferences([
      ...request.machines.map(({ reference }) => reference),
      ...policies.map(({ plugin }) => referenceOf(cacheKind, plugin)),
      ...[cachePredictor, ahead].map((plugin) => referenceOf(predictorKind, plugin))
    ]),
    input: inputOf(store),
    seed: request.seed,
    offload: result
  }
  return document
})
