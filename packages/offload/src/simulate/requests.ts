/** The requests that an expert cache is judged on, in memory, and what the others tell of its experts. */
import { defaultRoles, role, rolesOfRequests, tasksOf } from "@moira/forecast"
import { type LayerSelections, recordedTokens, rejectedDrafts, requestGroups, TraceStore } from "@moira/trace"
import { type Model, Progress } from "@moira/core"
import { type Groups, sum } from "@moira/core/statistics"
import { Effect } from "effect"
import { OffloadError } from "../error.ts"

/**
 * Judged requests, in the order of the trace. Rows of request `r` are `offsets[r]` to `offsets[r + 1]` of each layer, the
 * first `prefillTokens[r]` of them its prompt; `ids[layerIndex][row * topK + k]`, holes beyond the experts.
 */
export interface HeldOutRequests {
  readonly model: Model
  readonly layers: ReadonlyArray<number>
  readonly requests: number
  readonly ids: ReadonlyArray<Uint16Array>
  readonly offsets: Uint32Array
  readonly prefillTokens: Uint32Array
  readonly decodeTokens: Uint32Array
  /** Drafted and rejected ones among the decode tokens: work, but no tokens made. None where left out. */
  readonly rejectedTokens?: Uint32Array
  /** Requests that intervals draw together. */
  readonly groups: Groups
  /** Task of each, for predictors. */
  readonly task: Int32Array
}

export interface LoadedRequests {
  readonly heldOut: HeldOutRequests
  /** Role of each request of the trace: predictors are trained on the others. */
  readonly roles: Uint8Array
  readonly split: { readonly train: number; readonly validation: number; readonly test: number }
  /** Selections by requests that are not judged, `layerIndex * experts + expert`. */
  readonly popularity: Float64Array
}

export interface LoadRequestsOptions {
  readonly seed: number
  /** Most requests to judge on, and most decode tokens of each; all when left out. */
  readonly requests?: number
  readonly steps?: number
}

/** Copies the rows of the judged requests; hot, one allocation a layer. */
const heldOutRows = (
  { ids, offsets, topK }: LayerSelections,
  chosen: Uint32Array,
  rows: Uint32Array,
  total: number
): Uint16Array => {
  const out = new Uint16Array(total * topK)
  let to = 0
  for (let j = 0; j < chosen.length; j++) {
    const from = offsets[chosen[j]!]! * topK
    for (let i = from; i < from + rows[j]! * topK; i++) out[to++] = ids[i]!
  }
  return out
}

const countOthers = (
  { ids, offsets, topK, experts, requests }: LayerSelections,
  roles: Uint8Array,
  into: Float64Array,
  base: number
): void => {
  for (let r = 0; r < requests; r++) {
    if (roles[r] === role.test) continue
    for (let i = offsets[r]! * topK; i < offsets[r + 1]! * topK; i++) if (ids[i]! < experts) into[base + ids[i]!]!++
  }
}

const refused = (what: string, hint: string) =>
  new OffloadError({ reason: "NoDecodeTokens", where: "the trace", what, hint })

/**
 * Reads the trace layer by layer; which requests judge is the forecast's seeded split. Decode tokens of which some layer was
 * not recorded are left out, since they would be steps without work.
 */
export const loadRequests = Effect.fn("simulator.loadRequests")(function* (options: LoadRequestsOptions) {
  const store = yield* Effect.flatMap(TraceStore, recordedTokens)
  const report = yield* Progress
  const { model, layers } = store.manifest
  const roles = rolesOfRequests(store.requests, { ...defaultRoles, seed: options.seed })
  const tests = Uint32Array.from(store.requests.keys()).filter(
    (r) => roles[r] === role.test && store.requests[r]!.decodeTokens > 0
  )
  if (tests.length === 0) {
    return yield* refused(
      `${store.requests.length} requests: none with decode tokens is left to judge a cache on`,
      "a cache is judged on requests that nothing was learnt from: give a trace of two or more with decode tokens"
    )
  }
  const chosen = tests.slice(0, options.requests ?? tests.length)
  const prefillTokens = Uint32Array.from(chosen, (r) => store.requests[r]!.prefillTokens)
  const decodeTokens = Uint32Array.from(chosen, (r) =>
    Math.min(store.requests[r]!.decodeTokens, options.steps ?? Infinity)
  )
  const rejected = Uint32Array.from(chosen, (r, j) =>
    sum(rejectedDrafts(store.requests[r]!)?.subarray(0, decodeTokens[j]) ?? [])
  )
  const rows = prefillTokens.map((tokens, j) => tokens + decodeTokens[j]!)
  const offsets = new Uint32Array(chosen.length + 1)
  rows.forEach((count, j) => (offsets[j + 1] = offsets[j]! + count))
  const popularity = new Float64Array(layers.length * model.experts)
  const ids: Array<Uint16Array> = []
  for (const [layerIndex, layer] of layers.entries()) {
    const selections = yield* store.read({ layer })
    ids.push(heldOutRows(selections, chosen, rows, offsets[chosen.length]!))
    countOthers(selections, roles, popularity, layerIndex * model.experts)
    report({ stage: "load trace", done: layerIndex + 1, total: layers.length, unit: "layers" })
    yield* Effect.yieldNow
  }
  const tasks = tasksOf(store.requests)
  const withRole = (wanted: number) => roles.reduce((many, of) => many + (of === wanted ? 1 : 0), 0)
  const loaded: LoadedRequests = {
    heldOut: {
      model,
      layers,
      requests: chosen.length,
      ids,
      offsets,
      prefillTokens,
      decodeTokens,
      ...(rejected.some((tokens) => tokens > 0) ? { rejectedTokens: rejected } : {}),
      groups: requestGroups(Array.from(chosen, (r) => store.requests[r]!)),
      task: Int32Array.from(chosen, (r) => tasks.of[r]!)
    },
    roles,
    split: { train: withRole(role.train), validation: withRole(role.validation), test: chosen.length },
    popularity
  }
  return loaded
})
