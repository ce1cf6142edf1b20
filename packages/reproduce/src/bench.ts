/** What reproductions work with: a twin of each model, real traces where the user has some, and their analyses. */
import { synthesize } from "@moira/twin"
import { type AnalysisDocument, type SimulationDocument } from "@moira/results"
import { type Manifest, TraceStore } from "@moira/trace"
import { storeLayer, writeStore } from "@moira/trace/node"
import { type Model, type Plugins, Runner } from "@moira/core"
import { resolveModel } from "@moira/core/node"
import { Effect } from "effect"
import * as path from "node:path"
import { analyse, spatial, sweep, type SweepOptions, temporal } from "@moira/pipeline"

/** The four models of the study, by catalogue id. */
export const studyModels: ReadonlyArray<string> = ["deepseek-v3", "qwen3-235b", "llama4-maverick", "kimi-k2"]

/** One model's traces: stores by directory. */
export interface Subject {
  readonly model: Model
  readonly twin: StoreAt
  readonly real: StoreAt | undefined
}

export interface StoreAt {
  readonly directory: string
  readonly manifest: Manifest
}

export interface BenchOptions {
  readonly models: ReadonlyArray<string>
  /** Directories of real stores; each stands for the model it is of. */
  readonly traces: ReadonlyArray<string>
  readonly requests: number
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly seed: number
  /** Decode steps of simulations, and the network model that they use. */
  readonly steps: number
  readonly network: string
  /** Folder of the tables measured on one GPU; what is not there is not compared. */
  readonly hardware: string | undefined
  /** Where twins are kept between runs. */
  readonly out: string
}

/** What an experiment fails with: any error that says where, what and what to do. */
export interface ExperimentError {
  readonly _tag: string
  readonly where: string
  readonly what: string
  readonly hint: string
}

export interface Bench {
  readonly options: BenchOptions
  readonly subjects: ReadonlyArray<Subject>
  /** The analysis of a store, made once whoever asks. */
  readonly analysis: (store: StoreAt) => Effect.Effect<AnalysisDocument, ExperimentError>
  /** Simulations of a store as the study makes them (2 bytes a weight, no token traffic), changed as asked; made once. */
  readonly simulation: (
    store: StoreAt,
    asked: StudyRequest
  ) => Effect.Effect<SimulationDocument, ExperimentError, Plugins>
}

const manifestOf = (directory: string) =>
  TraceStore.use(({ manifest }) => Effect.succeed(manifest)).pipe(Effect.provide(storeLayer(directory)))

const twinStore = Effect.fn("reproduce.twinStore")(function* (model: Model, options: BenchOptions) {
  const { requests, prefillTokens, decodeTokens, seed, out } = options
  const directory = path.join(out, "twins", `${model.id}-${requests}x${decodeTokens}-${seed}.moira`)
  const recipe = { model, requests, prefillTokens, decodeTokens, seed, languages: ["en", "zh"] as const }
  const made = yield* synthesize(recipe)
  // A twin of an earlier run is taken where it was made by the same recipe.
  const found = yield* Effect.option(manifestOf(directory))
  if (found._tag === "Some" && JSON.stringify(found.value.origin) === JSON.stringify(made.origin)) {
    return { directory, manifest: found.value } satisfies StoreAt
  }
  const manifest = yield* writeStore({ directory, model, origin: made.origin, expected: requests }, made.requests)
  return { directory, manifest } satisfies StoreAt
})

/** What an experiment asks of the simulator; all else is as in the study. */
export type StudyRequest = Pick<SweepOptions, "machines" | "strategies" | "batches"> & Partial<SweepOptions>

/** Opens the real stores, makes the twins that are missing, and keeps analyses for as long as the bench lives. */
export const makeBench = Effect.fn("reproduce.makeBench")(function* (options: BenchOptions) {
  const real = new Map<string, StoreAt>()
  for (const directory of options.traces) {
    const manifest = yield* manifestOf(directory)
    real.set(manifest.model.id, { directory, manifest })
  }
  const subjects = yield* Effect.forEach(options.models, (name) =>
    Effect.gen(function* () {
      const model = yield* resolveModel(name)
      return { model, twin: yield* twinStore(model, options), real: real.get(model.id) } satisfies Subject
    })
  )
  const runner = yield* Runner
  const analyses = new Map<string, AnalysisDocument>()
  const analysis = Effect.fn("reproduce.benchAnalysis")(function* (store: StoreAt) {
    const known = analyses.get(store.directory)
    if (known !== undefined) return known
    const [document] = yield* analyse({
      analyses: [temporal, spatial],
      heldOutShare: 0.5,
      seed: options.seed
    }).pipe(Effect.provide(storeLayer(store.directory)), Effect.provideService(Runner, runner))
    analyses.set(store.directory, document)
    return document
  })
  const simulations = new Map<string, SimulationDocument>()
  const simulation = Effect.fn("reproduce.benchSimulation")(function* (store: StoreAt, asked: StudyRequest) {
    const request: SweepOptions = {
      network: options.network,
      steps: options.steps,
      tokenTraffic: "ignored",
      bytesPerWeight: 2,
      // The study reserves 10 % of memory, as the machines say, and speaks of nothing else.
      kvReserveShare: 0,
      seed: options.seed,
      // What the study publishes is over its own baseline.
      ...(asked.strategies.includes("base") ? { baseline: "base" } : {}),
      ...asked
    }
    const key = JSON.stringify([store.directory, request])
    const known = simulations.get(key)
    if (known !== undefined) return known
    const document = yield* sweep(request).pipe(
      Effect.provide(storeLayer(store.directory)),
      Effect.provideService(Runner, runner)
    )
    simulations.set(key, document)
    return document
  })
  return { options, subjects, analysis, simulation } satisfies Bench
})
