/** `run: advise`: whether balancing pays, as `moira advise`. */
import { given, loadPlugin } from "@moira/core"
import { optimizerKind } from "@moira/placement"
import { TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { advise } from "../../advise/advise.ts"
import { balanceOfCounts, balanceOfStore } from "../../advise/balance.ts"
import { refuseTrace } from "../../advise/refuse.ts"
import { ExperimentInputs, type OpenedSource } from "../inputs.ts"
import type { Advise } from "../schema.ts"
import type { MachineSource } from "../schema-parts.ts"
import { usual } from "../usual.ts"
import { builtMachine, changeTexts, identityOf, listOf, onlyMachine } from "./asked.ts"
import type { Computed, ExperimentRun } from "./kind.ts"
import { trafficAsked, type TrafficAsked, trafficOf, windowDigests } from "./traffic.ts"

type Options = NonNullable<(typeof Advise.Type)["options"]>

/** `phase` says what neither `fit` nor `judge` say. */
const ofPhase = ({ phase, fit, judge = usual.judge, ...others }: Options): Options =>
  phase === undefined
    ? { ...others, ...given({ fit }), judge }
    : { ...others, fit: fit ?? phase, judge: judge === usual.judge ? phase : judge }

/** Workloads of a counts store that place and judge where nobody says: the first of prompts, and the first of decode steps. */
const withWorkloads = (source: OpenedSource, options: Options): Options => {
  if (source.kind !== "counts" || options.workload !== undefined || options.score !== undefined) return options
  const { workloads } = source.reader.manifest
  if (workloads.length < 2) return options
  const of = (phase: string) => workloads.find((one) => one.phase === phase)
  const judging = of("decode") ?? workloads.at(-1)!
  const placing = of("prefill") ?? workloads.find((one) => one !== judging)!
  return { ...options, workload: placing.workload, score: judging.workload }
}

/** How even the load is, over all that the input holds. */
const balanceOf = Effect.fnUntraced(function* (
  source: OpenedSource,
  { judge, heldOutShare, seed, model }: TrafficAsked,
  size: { readonly units: number; readonly maxSlots: number }
) {
  const options = { ...size, split: { seed, heldOutShare } }
  if (source.kind === "trace")
    return yield* balanceOfStore({ ...options, phase: judge }).pipe(Effect.provideService(TraceStore, source.reader))
  if (source.kind === "recording") {
    const { counts } = yield* (yield* ExperimentInputs).counts(source.name, given({ model }))
    return balanceOfCounts([counts], options)
  }
  const { manifest, read } = source.reader
  return balanceOfCounts(yield* Effect.forEach(manifest.workloads, ({ workload }) => read(workload)), options)
})

/** Flags as a command line gives them; those left out, or as they usually are, stay out. */
const words = (flags: Readonly<Record<string, string | number | undefined>>): ReadonlyArray<string> =>
  Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]))

/** The command line that repeats the advice, as far as `place` and `simulate` take it. */
const askedOf = (input: string, isTrace: boolean, { name, backend, units, set }: MachineSource, of: TrafficAsked) => {
  const changes = changeTexts(set)
  const { judge, heldOutShare, seed } = of
  return {
    input,
    isTrace,
    machine: words({
      machine: listOf(name)[0],
      backend,
      set: changes.length === 0 ? undefined : changes.join(","),
      units
    }),
    traffic: words({
      workload: of.workload,
      model: of.model,
      score: of.score,
      fit: of.fit,
      judge: judge === usual.judge ? undefined : judge,
      "held-out": heldOutShare === usual.heldOutShare ? undefined : heldOutShare,
      seed: seed === usual.seed ? undefined : seed
    })
  }
}

/** What the answer's commands call the input: as the document does, or a store that is made where it runs. */
const inputName = ({ trace, options = {} }: typeof Advise.Type): string =>
  options.input ?? trace.store ?? trace.counts ?? "trace.moira"

/** By name, so that whoever runs the description again writes the same one. */
const ordered = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)))

const run: ExperimentRun<"advise"> = {
  run: "advise",
  file: "advice.json",
  prepare: Effect.fn("experiment.advise")(function* (document, source) {
    const { seed = usual.seed, stages = {} } = document
    const options = withWorkloads(source, ofPhase(document.options ?? {}))
    const {
      batch = usual.advise.batches,
      maxSlots = usual.advise.maxSlots,
      steps,
      kvReserveShare = usual.advise.kvReserveShare
    } = options
    const { machine, files } = yield* onlyMachine("advise", document.machine)
    const asked = trafficAsked(options, seed)
    const { judge, heldOutShare, score } = asked
    if (source.kind === "trace" && score === undefined)
      yield* refuseTrace(source.name, judge, { seed, heldOutShare }).pipe(
        Effect.provideService(TraceStore, source.reader)
      )
    Object.assign(files, yield* windowDigests(source, asked))
    const input = inputName(document)
    const { optimizer = usual.advise.optimizer } = stages
    const own = {
      ...machine,
      batches: [...new Set(listOf(batch))].toSorted((a, b) => a - b),
      maxSlots,
      kvReserveShare,
      seed,
      ...given({ steps }),
      asked: askedOf(input, source.kind === "trace", document.machine, asked)
    }
    const { plugin } = yield* loadPlugin(optimizerKind, optimizer)
    const identity = {
      ...own,
      machine: yield* builtMachine(machine),
      traffic: asked,
      optimizer: identityOf(optimizerKind, plugin)
    }
    const alone = Effect.gen(function* () {
      const traffic = yield* trafficOf(source, asked)
      const answer = yield* advise({ ...own, optimizer }, traffic, (size) => balanceOf(source, asked, size))
      return { document: answer } satisfies Computed
    })
    return { identity, files, described: { options: ordered({ ...document.options, input }) }, work: { alone } }
  })
}

export default run
