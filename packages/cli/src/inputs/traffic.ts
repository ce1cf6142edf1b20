/** The traffic that places experts and that judges layouts, as `place` and `advise` take it from the command line. */
import { given } from "@moira/core"
import { resolveModel } from "@moira/core/node"
import {
  countsTraffic,
  driftedTraffic,
  type HeldOut,
  judgeCounts,
  judgeStore,
  PlaceError,
  type PlaceTraffic,
  storeTraffic
} from "@moira/pipeline"
import { isCountsStore, storeLayer } from "@moira/trace/node"
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import * as fs from "node:fs"
import * as path from "node:path"
import { heldOutShare, nameList, seed } from "../flags/shared.ts"
import { readCounts } from "./counts.ts"

/** A store of traces. */
export const isStore = (where: string): boolean =>
  fs.existsSync(path.join(where, "manifest.json")) && !isCountsStore(where)

/** What of a trace may place and judge. */
export const phases = ["prefill", "decode", "both"] as const

export interface TrafficFlags {
  readonly fit: Option.Option<(typeof phases)[number]>
  readonly judge: (typeof phases)[number]
  readonly heldOut: number
  readonly seed: number
  readonly workload: Option.Option<string>
  readonly model: Option.Option<string>
  readonly score: Option.Option<string>
  readonly earlier: Option.Option<ReadonlyArray<string>>
}

const optional = <K extends string>(key: K, value: Option.Option<string>) =>
  Option.match(value, { onNone: () => ({}), onSome: (a) => ({ [key]: a }) as { readonly [key in K]: string } })

type Use<A, E, R> = (traffic: PlaceTraffic) => Effect.Effect<A, E, R>

/** Counts of a workload of the same counts store, or of a file. */
const judgedByCounts = Effect.fnUntraced(function* (
  input: string,
  score: string,
  flags: TrafficFlags,
  of: PlaceTraffic
) {
  const model = Option.getOrElse(flags.model, () => of.model.id)
  const isWorkload = isCountsStore(input) && !fs.existsSync(score)
  const read = isWorkload ? readCounts(input, { model, workload: score }) : readCounts(score, { model })
  return yield* judgeCounts(yield* read, of.model)
})

/** Counts of another trace. */
const judgedByTrace = Effect.fnUntraced(function* (score: string, { judge }: TrafficFlags, of: PlaceTraffic) {
  const found = yield* judgeStore(judge, path.basename(score))
  if (found.counts.length === of.layers.length && found.counts[0]!.length === of.model.experts) return found
  return yield* new PlaceError({
    reason: "OtherModel",
    where: score,
    what: `a trace of another model than ${of.model.title}`,
    hint: "give a trace or counts of the same model"
  })
})

/** Uses the traffic as what `--score` names judges it; a trace that judges stays open meanwhile. */
const scored = <A, E, R>(input: string, flags: TrafficFlags, traffic: PlaceTraffic, use: Use<A, E, R>) => {
  if (Option.isNone(flags.score)) return use(traffic)
  const score = flags.score.value
  const { tokens: _, ...withoutTokens } = traffic
  const go = (heldOut: HeldOut) => use({ ...withoutTokens, heldOut })
  return isStore(score)
    ? judgedByTrace(score, flags, traffic).pipe(Effect.flatMap(go), Effect.provide(storeLayer(score)))
    : Effect.flatMap(judgedByCounts(input, score, flags, traffic), go)
}

/** A window that `--earlier` names. */
const earlierWindow = (input: string, name: string, flags: TrafficFlags, of: PlaceTraffic) =>
  isStore(name)
    ? judgedByTrace(name, flags, of).pipe(Effect.provide(storeLayer(name)))
    : judgedByCounts(input, name, flags, of)

/** What places, drifted as the two windows that `--earlier` names did where it is given. */
const drifted = Effect.fnUntraced(function* (input: string, flags: TrafficFlags, traffic: PlaceTraffic) {
  if (Option.isNone(flags.earlier)) return traffic
  const [before, after, ...more] = flags.earlier.value
  if (before === undefined || after === undefined || more.length > 0)
    return yield* new PlaceError({
      reason: "BadOption",
      where: `--earlier ${flags.earlier.value.join(",")}`,
      what: "not two windows",
      hint: "name what was recorded before and what was recorded after it, such as prefill.json,decode.json"
    })
  const fit = Option.getOrElse(flags.fit, () => "prefill" as const)
  const found = driftedTraffic(traffic, {
    before: yield* earlierWindow(input, before, { ...flags, judge: fit }, traffic),
    after: yield* earlierWindow(input, after, flags, traffic)
  })
  return found instanceof PlaceError ? yield* found : found
})

/** Traffic of counts, of the model that was named or that they are of. */
const ofCounts = Effect.fnUntraced(function* (input: string, { workload, model }: TrafficFlags) {
  const found = yield* readCounts(input, { ...optional("workload", workload), ...optional("model", model) })
  return yield* countsTraffic(found, found.input, Option.isSome(model) ? yield* resolveModel(model.value) : undefined)
})

/** What `use` makes of the traffic; a trace stays open until everything was judged by its tokens, counts are in memory. */
export const withTraffic = <A, E, R>(input: string, flags: TrafficFlags, use: Use<A, E, R>) => {
  const go = (traffic: PlaceTraffic) =>
    Effect.flatMap(drifted(input, flags, traffic), (forecast) => scored(input, flags, forecast, use))
  if (!isStore(input)) return Effect.flatMap(ofCounts(input, flags), go)
  const { judge, heldOut, seed: from } = flags
  const fit = Option.getOrUndefined(flags.fit)
  return storeTraffic(input, { ...given({ fit }), judge, heldOutShare: heldOut, seed: from }).pipe(
    Effect.flatMap(go),
    Effect.provide(storeLayer(input))
  )
}

/** Flags of what places and judges. */
export const trafficFlags = {
  score: Flag.String("score").pipe(
    Flag.optional,
    Flag.withDescription("other counts to judge on: a file, a store, or a workload of the same counts store")
  ),
  earlier: nameList("earlier").pipe(
    Flag.optional,
    Flag.withDescription("two earlier windows, such as PREFILL,DECODE: loads are expected to drift so again")
  ),
  fit: Flag.Literals("fit", phases).pipe(
    Flag.optional,
    Flag.withDescription("tokens of a trace that place; prompts when left out, or decode where there are none")
  ),
  judge: Flag.Literals("judge", phases).pipe(
    Flag.withDefault("decode" as const),
    Flag.withDescription("tokens of a trace that judge, of other requests than those that place")
  ),
  heldOut: heldOutShare,
  workload: Flag.String("workload").pipe(
    Flag.optional,
    Flag.withDescription("workload of a counts store that places, where it has several")
  ),
  model: Flag.String("model").pipe(
    Flag.optional,
    Flag.withDescription("model name or .json file; read off the counts when left out")
  ),
  seed
} as const
