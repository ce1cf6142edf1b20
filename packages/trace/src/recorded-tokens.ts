/** A trace without the decode tokens whose experts are not known: what steps are timed on. */
import { formatCount } from "@moira/core"
import { Effect } from "effect"
import { type RequestRow, runsOf } from "./requests.ts"
import { type LayerSelections, missingExpert } from "./selections.ts"
import { StoreError, type TraceReader } from "./store.ts"
import { encodeRuns, keepDecode } from "./token-runs.ts"

/** Steps are refused where more of the decode tokens than this are not known: what is left may be nothing like the rest. */
export const maxUnrecordedShare = 0.5

/** Of each request, `[decode token]` 1 where it is left out; undefined where none is. */
type LeftOut = Array<Uint8Array | undefined>

const leaveOut = (left: LeftOut, request: number, tokens: number, token: number): void => {
  left[request] ??= new Uint8Array(tokens)
  left[request][token] = 1
}

/** Tokens that the requests table says were not recorded at any layer. */
const unrecorded = (rows: ReadonlyArray<RequestRow>): LeftOut => {
  const left: LeftOut = rows.map(() => undefined)
  rows.forEach((row, r) => {
    if (row.runs === "") return
    let token = -row.prefillTokens
    for (const { tokens, missing } of runsOf(row)) {
      if (missing !== undefined)
        for (let t = Math.max(0, token); t < token + tokens; t++) leaveOut(left, r, row.decodeTokens, t)
      token += tokens
    }
  })
  return left
}

/** Adds the decode tokens of which ids are missing at this layer. */
const addHoles = ({ ids, offsets, requests, topK }: LayerSelections, left: LeftOut): void => {
  for (let r = 0; r < requests; r++) {
    const tokens = offsets[r + 1]! - offsets[r]!
    for (let i = offsets[r]! * topK; i < offsets[r + 1]! * topK; i++)
      if (ids[i] === missingExpert) leaveOut(left, r, tokens, Math.floor(i / topK) - offsets[r]!)
  }
}

const shorterRow = (row: RequestRow, left: Uint8Array | undefined): RequestRow =>
  left === undefined
    ? row
    : {
        ...row,
        decodeTokens: left.reduce((tokens, out) => tokens + 1 - out, 0),
        runs: encodeRuns(keepDecode(runsOf(row), left))
      }

/** A copy of the rows but those that are left out; decode rows are the last of each request. */
const shorter = (selections: LayerSelections, left: LeftOut): LayerSelections => {
  const { ids, offsets, prefillRows, requests, topK, firstRequest } = selections
  const kept = new Uint32Array(requests + 1)
  const out = new Uint16Array(ids.length)
  let to = 0
  for (let r = 0; r < requests; r++) {
    const gone = left[firstRequest + r]
    const decode = offsets[r]! + prefillRows[r]!
    for (let row = offsets[r]!; row < offsets[r + 1]!; row++) {
      if (gone !== undefined && row >= decode && gone[row - decode] === 1) continue
      for (let k = 0; k < topK; k++) out[to * topK + k] = ids[row * topK + k]!
      to++
    }
    kept[r + 1] = to
  }
  return { ...selections, ids: out.subarray(0, to * topK), offsets: kept }
}

/** Traces of which is known that every decode token is recorded at every layer. */
const whole = new WeakSet<TraceReader>()

const tooFew = (gone: number, all: number) =>
  new StoreError({
    reason: "Unrecorded",
    where: "the trace",
    what: `${formatCount(gone)} of ${formatCount(all)} decode tokens lack their experts at some layer`,
    hint: `steps are timed where at most ${100 * maxUnrecordedShare} % do: record again with the experts of every decode token, or leave out the requests that lack most`
  })

/**
 * The trace without the decode tokens of which some layer's experts were not recorded, since a step without them would be
 * free work; prompts stay as they are. Their numbers close up: step `t` of a request is its decode token `t` of those that
 * are left. A trace without such tokens is given back as it is. Fails with `Unrecorded` where more than
 * {@link maxUnrecordedShare} of the decode tokens would be left out.
 */
export const recordedTokens = Effect.fn("trace.recordedTokens")(function* (
  reader: TraceReader
): Effect.fn.Return<TraceReader, StoreError> {
  const { manifest, requests } = reader
  const { counts, layers, model } = manifest
  const known = (counts.unrecordedPrefillTokens + counts.unrecordedDecodeTokens) * layers.length * model.topK
  if (whole.has(reader) || (counts.missingIds === 0 && counts.unrecordedDecodeTokens === 0)) return reader
  const left = unrecorded(requests)
  // Holes of tokens that some layers do know are not in the requests table.
  if (counts.missingIds !== known)
    for (const layer of layers) {
      addHoles(yield* reader.read({ layer, phase: "decode", to: requests.length }), left)
      yield* Effect.yieldNow
    }
  const all = requests.reduce((sum, row) => sum + row.decodeTokens, 0)
  const gone = left.reduce((sum, of) => sum + (of?.reduce((a, b) => a + b, 0) ?? 0), 0)
  if (gone > all * maxUnrecordedShare) return yield* tooFew(gone, all)
  if (gone === 0) {
    whole.add(reader)
    return reader
  }
  const view: TraceReader = {
    manifest,
    requests: requests.map((row, r) => shorterRow(row, left[r])),
    read: (query) => Effect.map(reader.read(query), (selections) => shorter(selections, left))
  }
  whole.add(view)
  return view
})
