/** Runs a source to its end and says what came of it, whatever it does. */
import { digest } from "@moira/trace/testing"
import { given, type Model, moeLayers } from "@moira/core"
import { type TraceRequest } from "@moira/trace"
import { Cause, Effect, Exit, Stream } from "effect"
import { IngestError } from "../fault/error.ts"
import type { TraceSource } from "../source.ts"

/** What a source did that its contract does not allow. */
export class Nonconformance extends Error {
  override readonly name = "Nonconformance"
}

export const demand = (holds: boolean, otherwise: string): void => {
  if (!holds) throw new Nonconformance(otherwise)
}

export interface Collected {
  readonly model: Model
  readonly files: number
  readonly requests: ReadonlyArray<TraceRequest>
  /** A digest of each request, taken when it came. */
  readonly digests: ReadonlyArray<string>
}

/** True when `part` is `whole` with requests left out at its end, and the last one perhaps shorter. */
export const isBeginning = (part: Collected, whole: Collected): boolean => {
  const last = part.requests.length - 1
  if (last >= whole.requests.length || !part.digests.slice(0, -1).every((each, r) => each === whole.digests[r]))
    return false
  const [a, b] = [part.requests[last], whole.requests[last]]
  if (a === undefined || b === undefined) return true
  const [tokens, all] = [a.prefillTokens + a.decodeTokens, b.prefillTokens + b.decodeTokens]
  if (a.prefillTokens > b.prefillTokens || a.decodeTokens > b.decodeTokens || tokens === 0) return false
  if (a.decodeTokens > 0 && a.prefillTokens !== b.prefillTokens) return false
  const size = a.ids.length / (moeLayers(part.model).length * tokens)
  return a.ids.every((id, i) => {
    const layer = Math.floor(i / (tokens * size))
    return id === b.ids[layer * all * size + (i - layer * tokens * size)]
  })
}

const patience = "10 seconds"

/** Reads everything. A throw, a defect or no end within ten seconds is `Nonconformance`; an `IngestError` is a value. */
export const outcome = Effect.fnUntraced(function* (
  source: TraceSource,
  folder: string,
  model: string | Model | undefined
) {
  const run = Effect.gen(function* () {
    const read = yield* source.read([folder], given({ model }))
    const digests: Array<string> = []
    const tapped = Stream.tap(read.requests, (request) => Effect.sync(() => digests.push(digest(request))))
    const requests = yield* Stream.runCollect(tapped)
    return { model: read.model, files: read.files, requests, digests } satisfies Collected
  })
  const exit = yield* Effect.exit(
    Effect.timeoutOption(
      Effect.suspend(() => run),
      patience
    )
  )
  if (Exit.isSuccess(exit)) {
    if (exit.value._tag === "None") throw new Nonconformance(`did not end within ${patience}`)
    return exit.value.value
  }
  const failure = exit.cause.reasons.length === 1 ? exit.cause.reasons[0]! : undefined
  if (failure?._tag === "Fail" && failure.error instanceof IngestError) return failure.error
  throw new Nonconformance(`threw or failed untyped instead of an IngestError: ${Cause.pretty(exit.cause)}`)
})
