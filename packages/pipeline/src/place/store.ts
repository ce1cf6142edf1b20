/** Traffic out of a trace: some requests place, others judge. */
import { groupsOf, heldOutMembers } from "@moira/core/statistics"
import { loadWindow } from "@moira/simulator"
import {
  type LayerSelections,
  type Manifest,
  type Phase,
  pickRequests,
  recordedTokens,
  requestGroups,
  traceWarnings,
  TraceStore
} from "@moira/trace"
import { given, Progress } from "@moira/core"
import { Effect } from "effect"
import { inputOf } from "../document.ts"
import { following, together } from "./pair-counts.ts"
import { type HeldOut, type Pairs, PlaceError, type PlaceTraffic, sumOf, type Tokens, zeroLayers } from "./traffic.ts"

export interface StoreOptions {
  /** Which tokens place; where left out prompts, or what is decoded where none of those that place has a prompt. */
  readonly fit?: Phase
  /** Which tokens judge, of other requests. */
  readonly judge: Phase
  readonly heldOutShare: number
  readonly seed: number
}

/** What belongs together is drawn again in at most so many groups. */
const maxGroups = 128
/** Tokens of a layer whose traffic is counted one by one. */
const maxTokens = 2 ** 17
/** Tasks and languages told apart. */
const maxWorkloads = 16

/** Rows of request `r` in a phase: the first, and the one after the last. */
const rowsIn = ({ offsets, prefillRows }: LayerSelections, r: number, phase: Phase): readonly [number, number] => {
  const [from, to] = [offsets[r]!, offsets[r + 1]!]
  const decode = from + prefillRows[r]!
  return [phase === "decode" ? decode : from, phase === "prefill" ? decode : to]
}

const add = (
  { ids, topK, experts }: LayerSelections,
  [from, to]: readonly [number, number],
  into: Float64Array
): void => {
  for (let i = from * topK; i < to * topK; i++) if (ids[i]! < experts) into[ids[i]!]!++
}

/** Workload of each request, by benchmark and language; undefined where there are too many or only one. */
const workloadsOf = (rows: ReadonlyArray<{ readonly benchmark: string; readonly language: string }>) => {
  const names = rows.map(({ benchmark, language }) => `${benchmark} ${language}`)
  const distinct = [...new Set(names)]
  return distinct.length <= maxWorkloads ? { distinct, of: names.map((name) => distinct.indexOf(name)) } : undefined
}

const emptyGroups = ({ layers, model }: Manifest, samples: number) =>
  Array.from({ length: Math.min(maxGroups, samples) }, () => layers.map(() => new Float64Array(model.experts)))

/** Decode steps of some requests of the provided trace, which judge by no other tokens; of none where none decodes. */
const windowOf = Effect.fnUntraced(function* (judge: Phase, requests: ReadonlyArray<number>) {
  const store = yield* TraceStore
  const report = yield* Progress
  const related = requestGroups(requests.map((r) => store.requests[r]!))
  if (judge !== "decode" || !requests.some((r) => store.requests[r]!.decodeTokens > 0)) return { together: related }
  const judging = yield* recordedTokens(pickRequests(store, requests))
  const window: NonNullable<HeldOut["window"]> = (size) =>
    loadWindow(size).pipe(Effect.provideService(TraceStore, judging), Effect.provideService(Progress, report))
  return { window, together: related }
})

/** Some requests, and into which of the groups each is counted: all of what belongs together into one. */
const dealt = (of: Uint32Array, requests: ReadonlyArray<number>) => {
  const { of: sample, count } = groupsOf(requests.map((r) => of[r]!))
  const into = new Map(requests.map((r, i) => [r, sample[i]!]))
  return { count, into: (request: number, groups: number) => into.get(request)! % groups }
}

/** How many requests, and how many samples they are where that is fewer. */
const told = (requests: number, samples: number): string =>
  `${requests} requests${samples < requests ? ` in ${samples} independent groups` : ""}`

/** Counts of a phase of every request: what another trace is judged on. */
export const judgeStore = Effect.fn("pipeline.judgeStore")(function* (phase: Phase, on: string) {
  const store = yield* TraceStore
  const { layers } = store.manifest
  const requests = store.requests.length
  const samples = requestGroups(store.requests)
  const groups = emptyGroups(store.manifest, samples.count)
  for (const [l, layer] of layers.entries()) {
    const selections = yield* store.read({ layer })
    for (let r = 0; r < requests; r++)
      add(selections, rowsIn(selections, r, phase), groups[samples.of[r]! % groups.length]![l]!)
  }
  return {
    on: `${phase} tokens of ${on}`,
    groups,
    counts: sumOf(groups),
    warnings: traceWarnings(store.manifest),
    ...(yield* windowOf(
      phase,
      Array.from({ length: requests }, (_, r) => r)
    ))
  } satisfies HeldOut
})

const total = (counts: ReadonlyArray<Float64Array>): number =>
  counts.reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0)

/** Some requests of the provided trace place, by a seeded draw, the others judge. */
export const storeTraffic = Effect.fn("pipeline.storeTraffic")(function* (where: string, options: StoreOptions) {
  const { judge, heldOutShare, seed } = options
  const store = yield* TraceStore
  const report = yield* Progress
  const { model, layers } = store.manifest
  const requests = store.requests.length
  const samples = requestGroups(store.requests)
  const mask = heldOutMembers(samples, { seed, heldOutShare })
  const side = (held: 0 | 1) => Array.from(mask.keys()).filter((r) => mask[r] === held)
  const judging = side(1)
  const [placers, judges] = [dealt(samples.of, side(0)), dealt(samples.of, judging)]
  const prompted = store.requests.some((row, r) => mask[r] === 0 && row.prefillTokens > 0)
  const { fit = prompted ? "prefill" : "decode" } = options
  const known = workloadsOf(store.requests)
  const tasks = (known?.distinct ?? []).map((name) => ({
    name,
    counts: layers.map(() => new Float64Array(model.experts))
  }))
  const placing = emptyGroups(store.manifest, Math.max(1, placers.count))
  const groups = emptyGroups(store.manifest, judges.count)
  for (const [l, layer] of layers.entries()) {
    const selections = yield* store.read({ layer })
    for (let r = 0; r < requests; r++) {
      if (mask[r] === 1) add(selections, rowsIn(selections, r, judge), groups[judges.into(r, groups.length)]![l]!)
      else {
        add(selections, rowsIn(selections, r, fit), placing[placers.into(r, placing.length)]![l]!)
        if (known !== undefined) add(selections, rowsIn(selections, r, fit), tasks[known.of[r]!]!.counts[l]!)
      }
    }
    report({ stage: "count selections", done: l + 1, total: layers.length, unit: "layers" })
    yield* Effect.yieldNow
  }
  const counts = sumOf(placing)
  const train = { on: `${fit} tokens of ${told(requests - judging.length, placers.count)}`, counts, groups: placing }
  if (total(counts) === 0)
    return yield* new PlaceError({
      reason: "NoCounts",
      where,
      what: `no ${fit} tokens to place by`,
      hint: "choose other tokens with --fit prefill, decode or both"
    })
  const others = groups.length === 0 ? undefined : sumOf(groups)
  const heldOut: HeldOut | undefined =
    others === undefined || total(others) === 0
      ? undefined
      : {
          on: `${judge} tokens of ${told(judging.length, judges.count).replace("requests", "other requests")}`,
          counts: others,
          groups,
          ...(yield* windowOf(judge, judging))
        }

  /** Rows of one layer of one side, at most `most`. */
  const tokensOf = Effect.fnUntraced(function* (layerIndex: number, held: 0 | 1, phase: Phase, most: number) {
    const selections = yield* store.read({ layer: layers[layerIndex]! })
    const { topK } = selections
    const spans = Array.from(mask.keys()).flatMap((r) => (mask[r] === held ? [rowsIn(selections, r, phase)] : []))
    const rows = Math.min(
      most,
      spans.reduce((sum, [from, to]) => sum + to - from, 0)
    )
    const ids = new Uint16Array(rows * topK)
    let at = 0
    for (const [from, to] of spans) {
      const taken = Math.min(to - from, rows - at)
      ids.set(selections.ids.subarray(from * topK, (from + taken) * topK), at * topK)
      at += taken
    }
    return { ids, topK } satisfies Tokens
  })

  const pairs = Effect.gen(function* () {
    const coActivation: Array<Uint32Array> = []
    const transitions: Array<Uint32Array> = []
    let before: Tokens | undefined
    for (const l of layers.keys()) {
      const tokens: Tokens = yield* tokensOf(l, 0, fit, Infinity)
      coActivation.push(together(tokens, model.experts))
      if (before !== undefined) transitions.push(following(before, tokens, model.experts))
      before = tokens
      report({ stage: "count pairs", done: l + 1, total: layers.length, unit: "layers" })
      yield* Effect.yieldNow
    }
    return { coActivation, transitions } satisfies Pairs
  })

  const traffic: PlaceTraffic = {
    model,
    layers,
    input: inputOf(store),
    train,
    ...given({ heldOut }),
    workloads: tasks.filter((task) => total(task.counts) > 0),
    pairs,
    tokens: (l) => (heldOut === undefined ? tokensOf(l, 0, fit, maxTokens) : tokensOf(l, 1, judge, maxTokens)),
    warnings: zeroLayers(layers, train),
    ...(judging.length === 0 ? {} : { placedBy: { trace: store.manifest.contentSha256, heldOutShare, seed } })
  }
  return traffic
})
