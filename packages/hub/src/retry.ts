/** When to try again: capped exponential backoff with seeded jitter, and what the server asked for. */
import { random, substream } from "@moira/core"
import { Context, Effect, Result } from "effect"
import { HubError, isTransient } from "./error.ts"

export interface RetryPolicy {
  /** Tries in a row without a byte of progress before giving up. */
  readonly attempts: number
  /** First wait, doubled by every try, in milliseconds. */
  readonly baseMs: number
  /** Longest wait of our own choosing. */
  readonly capMs: number
  /** Longest wait that a server may ask for. */
  readonly longestAskedMs: number
  /** A connection that is silent this long counts as cut. */
  readonly idleMs: number
  readonly seed: number
}

/** The policy of all requests; provide another value for tests or slow mirrors. */
export const HubRetries = Context.Reference<RetryPolicy>("@moira/hub/HubRetries", {
  defaultValue: () => ({
    attempts: 6,
    baseMs: 500,
    capMs: 30_000,
    longestAskedMs: 600_000,
    idleMs: 60_000,
    seed: 1
  })
})

/** Wait before the next try after `failures` in a row, in milliseconds; `uniform` in [0, 1) is the jitter. */
export const waitMs = (policy: RetryPolicy, failures: number, askedMs: number, uniform: number): number => {
  const own = Math.min(policy.capMs, policy.baseMs * 2 ** (failures - 1))
  return Math.round(Math.max(own * (0.5 + 0.5 * uniform), askedMs))
}

const tooLong = (error: HubError, askedMs: number) =>
  new HubError({
    reason: error.reason,
    where: error.where,
    what: `${error.what}, and asks to wait ${Math.ceil(askedMs / 60_000)} minutes`,
    hint: "run the same command again then; it goes on where it stopped",
    cause: error
  })

/**
 * Runs `attempt` until it succeeds, fails for good, or fails `attempts` times in a row while `progress` (a number that
 * grows) stands still. `name` picks the stream of jitter, so that parallel downloads do not come back all at once.
 */
export const withRetries = Effect.fnUntraced(function* <A, R>(
  name: string,
  attempt: Effect.Effect<A, HubError, R>,
  progress: () => number = () => 0
) {
  const policy = yield* HubRetries
  const { uniform } = random(substream(policy.seed, name))
  let failures = 0
  for (;;) {
    const before = progress()
    const result = yield* Effect.result(attempt)
    if (Result.isSuccess(result)) return result.success
    const error = result.failure
    failures = progress() > before ? 1 : failures + 1
    const askedMs = error.retryAfterMs ?? 0
    if (!isTransient(error) || failures >= policy.attempts) return yield* error
    if (askedMs > policy.longestAskedMs) return yield* tooLong(error, askedMs)
    yield* Effect.sleep(waitMs(policy, failures, askedMs, uniform()))
  }
})
