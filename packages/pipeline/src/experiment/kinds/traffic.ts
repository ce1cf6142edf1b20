/** The traffic that places experts and that judges layouts, as documents of `place` and `advise` name it. */
import { given } from "@moira/core"
import { TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { countsTraffic, judgeCounts } from "../../place/counts.ts"
import { driftedTraffic } from "../../place/drifted.ts"
import { judgeStore, storeTraffic } from "../../place/store.ts"
import { type HeldOut, PlaceError, type PlaceTraffic } from "../../place/traffic.ts"
import { contentOf, ExperimentInputs, type OpenedSource } from "../inputs.ts"
import type { Place } from "../schema.ts"
import { usual } from "../usual.ts"

type Phase = "prefill" | "decode" | "both"
type Options = NonNullable<(typeof Place.Type)["options"]>

type TrafficOptions = Pick<Options, "fit" | "judge" | "heldOutShare" | "workload" | "model" | "score" | "earlier">

/** What of a document says which traffic places and which judges. */
export interface TrafficAsked extends Omit<TrafficOptions, "judge" | "heldOutShare"> {
  readonly judge: Phase
  readonly heldOutShare: number
  readonly seed: number
}

export const trafficAsked = (options: TrafficOptions, seed: number): TrafficAsked => {
  const { fit, judge = usual.judge, heldOutShare = usual.heldOutShare, workload, model, score, earlier } = options
  return { ...given({ fit, workload, model, score, earlier }), judge, heldOutShare, seed }
}

const baseName = (name: string): string => /[^/\\]*$/.exec(name.replace(/[/\\]+$/, ""))![0]

/** Counts of a workload of the same counts store, or of a file or store of their own. */
const judgedByCounts = Effect.fnUntraced(function* (
  source: OpenedSource,
  name: string,
  asked: TrafficAsked,
  of: PlaceTraffic
) {
  const inputs = yield* ExperimentInputs
  const model = asked.model ?? of.model.id
  const isWorkload = source.kind === "counts" && inputs.what(name) === undefined
  const read = isWorkload ? inputs.counts(source.name, { model, workload: name }) : inputs.counts(name, { model })
  return yield* judgeCounts(yield* read, of.model)
})

/** Counts of another trace, which stays open as long as the scope. */
const judgedByTrace = Effect.fnUntraced(function* (name: string, judge: Phase, of: PlaceTraffic) {
  const opened = yield* (yield* ExperimentInputs).open({ store: name })
  if (opened.kind === "trace") {
    const found = yield* judgeStore(judge, baseName(name)).pipe(Effect.provideService(TraceStore, opened.reader))
    if (found.counts.length === of.layers.length && found.counts[0]!.length === of.model.experts) return found
  }
  return yield* new PlaceError({
    reason: "OtherModel",
    where: name,
    what: `a trace of another model than ${of.model.title}`,
    hint: "give a trace or counts of the same model"
  })
})

/** Another window of traffic, by its name. */
const windowOf = Effect.fnUntraced(function* (
  source: OpenedSource,
  name: string,
  asked: TrafficAsked,
  of: PlaceTraffic
) {
  const inputs = yield* ExperimentInputs
  const found: HeldOut =
    inputs.what(name) === "trace"
      ? yield* judgedByTrace(name, asked.judge, of)
      : yield* judgedByCounts(source, name, asked, of)
  return found
})

const drifted = Effect.fnUntraced(function* (source: OpenedSource, asked: TrafficAsked, traffic: PlaceTraffic) {
  if (asked.earlier === undefined) return traffic
  const [before, after] = asked.earlier
  const found = driftedTraffic(traffic, {
    before: yield* windowOf(source, before, { ...asked, judge: asked.fit ?? "prefill" }, traffic),
    after: yield* windowOf(source, after, asked, traffic)
  })
  return found instanceof PlaceError ? yield* found : found
})

const ofCounts = Effect.fnUntraced(function* (source: OpenedSource, { workload, model }: TrafficAsked) {
  const inputs = yield* ExperimentInputs
  const found = yield* inputs.counts(source.name, given({ workload, model }))
  return yield* countsTraffic(found, found.input, model === undefined ? undefined : yield* inputs.model(model))
})

const ofTrace = (source: OpenedSource & { readonly kind: "trace" }, asked: TrafficAsked) => {
  const { fit, judge, heldOutShare, seed } = asked
  return storeTraffic(source.name, { ...given({ fit }), judge, heldOutShare, seed }).pipe(
    Effect.provideService(TraceStore, source.reader)
  )
}

/** What places and what judges; traces stay open as long as the scope, counts are in memory. */
export const trafficOf = Effect.fn("experiment.traffic")(function* (source: OpenedSource, asked: TrafficAsked) {
  const known = source.kind === "trace" ? yield* ofTrace(source, asked) : yield* ofCounts(source, asked)
  const traffic = yield* drifted(source, asked, known)
  if (asked.score === undefined) return traffic
  const { tokens: _, ...withoutTokens } = traffic
  const heldOut = yield* windowOf(source, asked.score, asked, traffic)
  return { ...withoutTokens, heldOut } satisfies PlaceTraffic
})

/** Digests of the other windows that are named, for who wants the same again; workloads of the same store are of its own. */
export const windowDigests = Effect.fnUntraced(function* (source: OpenedSource, asked: TrafficAsked) {
  const inputs = yield* ExperimentInputs
  const digests: Record<string, string> = {}
  for (const name of [...(asked.score === undefined ? [] : [asked.score]), ...(asked.earlier ?? [])]) {
    const what = inputs.what(name)
    if (what === undefined && source.kind === "counts") continue
    if (what === "trace" || what === "counts") digests[name] = contentOf(yield* inputs.open({ store: name }))
    else digests[name] = (yield* inputs.counts(name, given({ model: asked.model }))).input.contentSha256
  }
  return digests
})
