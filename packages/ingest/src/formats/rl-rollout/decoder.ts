/** Decodes rollout files of reinforcement-learning trainers one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { Remark, TraceRequest } from "@moira/trace"
import { ContentFault } from "../../fault/content-fault.ts"
import { assumedPhase } from "../../parts/assumed-phase.ts"
import { labelsOf } from "../../parts/labels.ts"
import { type ReadTensor, withTree } from "../../parts/open-tree.ts"
import { byToken, layerMajor } from "../../parts/layer-major.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import type { Decoded, DecodeOptions } from "../../source.ts"
import { ofMessages, routedOf } from "./routed.ts"
import { routedNames, type Sample, samplesOf } from "./samples.ts"
import { rowsOf } from "./turns.ts"

const note = (what: string): Remark => ({ kind: "note", what })

const remarks = {
  turns: note(
    "what stands between two answers of a sample, as of a tool, is the prompt of its next turn, which is a request of its own in the same group"
  ),
  padding: note(
    "a last row of zeros or of -1 was left out: the last token of a sample is not run through the model again"
  ),
  cached: note("tokens before the first row of a sample were taken as served from cache")
}

const why = "the file does not say which tokens of a sample it was given and which it made"

const groupNames = ["group_index", "group_id", "uid", "prompt_id", "example_id", "idx"]

/** The prompt that a sample belongs to, by the trainer's own number. */
const groupOf = (sample: Sample): string | undefined => {
  const value = sample.value(groupNames)
  return typeof value === "number" || (typeof value === "string" && value !== "")
    ? String(value).slice(0, 100)
    : undefined
}

/** Without the last row where nothing is in it: the last token is made and not run through the model again. */
const filledTo = (values: ArrayLike<number>, model: Model, rowSize: number, to: number): number => {
  const blank = (fill: number) => {
    for (let i = (to - 1) * rowSize; i < to * rowSize; i++) if (values[i] !== fill) return false
    return true
  }
  return to > 0 && (blank(-1) || (model.topK > 1 && blank(0))) ? to - 1 : to
}

/** The requests of a sample: one a turn. */
function* requestsOf(
  file: LabelledFile,
  sample: Sample,
  model: Model,
  options: DecodeOptions,
  readTensor: ReadTensor
): Generator<TraceRequest> {
  const byMessages = sample.messages !== undefined && sample.numbers(routedNames) === undefined
  const { routed, rows } = byMessages
    ? ofMessages(sample, model, readTensor)
    : ((own) => ({ routed: own, rows: rowsOf(sample, own.rows, options.phase) }))(routedOf(sample, model))
  const { offset, tokens, turns, cached } = rows
  const size = routed.layers * model.topK
  const room = routed.rows - offset + cached
  const padded = sample.padded || offset > 0
  if (tokens > room + 1 || (!padded && tokens < room))
    throw new ContentFault(
      "WrongShape",
      "",
      `${room - cached} rows of ids for ${tokens} tokens, of which the last may have none`,
      "rows at the start are absent where a prefix was cached: say so in routed_experts_start; or the sample was cut after it was recorded"
    )
  const recorded = offset + Math.min(tokens, room) - cached
  const end = filledTo(routed.values, model, size, recorded)
  /** A token's row, of those that were recorded. */
  const rowOf = (token: number) => Math.max(0, Math.min(token - cached + offset, end) - offset)
  const recordedTurns = turns
    .map((turn) => ({ from: rowOf(turn.from), made: rowOf(turn.made), to: rowOf(turn.to) }))
    .filter(({ from, to }) => to > from)
  const several = recordedTurns.length > 1
  const told = [
    ...(rows.assumed ? [assumedPhase(why, options.phase ?? "prefill")] : []),
    ...(several ? [remarks.turns] : []),
    ...(end < recorded ? [remarks.padding] : []),
    ...(cached > 0 ? [remarks.cached] : [])
  ]
  const own = groupOf(sample)
  const group =
    own !== undefined ? `${file.path}, group ${own}` : several ? `${file.path}, sample ${sample.index}` : undefined
  for (const [t, { from, made, to }] of recordedTurns.entries()) {
    const source = byToken({
      values: slice(routed.values, (offset + from) * size, (to - from) * size),
      tokens: to - from,
      layers: routed.layers,
      topK: model.topK,
      ...(routed.greatest === undefined ? {} : { greatestId: routed.greatest }),
      place: () => `turn ${t}`
    })
    yield {
      ...labelsOf(file),
      source: `${file.path}, sample ${sample.index}${several ? `, turn ${t}` : ""}`,
      prefillTokens: made - from,
      decodeTokens: to - made,
      ids: layerMajor(source, model),
      ...(group === undefined ? {} : { group }),
      ...(cached > 0 && t === 0 ? { cachedTokens: cached } : {}),
      remarks: told
    }
  }
}

const slice = (values: ArrayLike<number>, from: number, length: number): ArrayLike<number> =>
  ArrayBuffer.isView(values)
    ? (values as unknown as Float64Array).subarray(from, from + length)
    : (Array.prototype.slice.call(values, from, from + length) as ReadonlyArray<number>)

const decode = (model: Model, options: DecodeOptions) =>
  function* (file: LabelledFile): Generator<Decoded> {
    yield* withTree(file.path, function* ({ root, readTensor }): Generator<Decoded> {
      for (const sample of samplesOf(root, readTensor)) {
        let requests: ReadonlyArray<TraceRequest>
        try {
          requests = [...requestsOf(file, sample, model, options, readTensor)]
        } catch (cause) {
          if (!(cause instanceof ContentFault)) throw cause
          // A sample that cannot be used costs that sample.
          const { reason, message, hint, place } = cause
          const where = `${file.path}, record ${sample.index}${place === "" ? "" : `, ${place}`}`
          yield { bad: { reason, where, what: message, hint } }
          continue
        }
        yield* requests
      }
    })
  }

export default decode
