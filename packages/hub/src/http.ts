/** Requests to the hub: the token goes to the hub's own origin only, redirects are followed by hand, silence is a cut. */
import { given } from "@moira/core"
import { Clock, Effect, Option, Redacted, type Scope } from "effect"
import { badAnswer, HubError, networkProblem } from "./error.ts"
import { HubRetries } from "./retry.ts"
import type { HubSettings } from "./settings.ts"

const maxRedirects = 5

export interface Answer {
  readonly response: Response
  /** SHA-256 that the hub names for a file that lies elsewhere, as it came. */
  readonly linkedEtag: string | undefined
}

const authorization = ({ endpoint, token }: HubSettings, url: URL): Record<string, string> =>
  Option.isSome(token) && url.origin === new URL(endpoint).origin
    ? { authorization: `Bearer ${Redacted.value(token.value)}` }
    : {}

/** Fails where `self` takes longer than the policy's silence. */
export const orCut = <A, R>(self: Effect.Effect<A, HubError, R>, where: string): Effect.Effect<A, HubError, R> =>
  Effect.gen(function* () {
    const { idleMs } = yield* HubRetries
    return yield* Effect.timeoutOrElse(self, {
      duration: idleMs,
      orElse: () => Effect.fail(networkProblem(where)(new Error(`nothing came for ${Math.round(idleMs / 1000)} s`)))
    })
  })

const nextHop = (response: Response, from: URL, where: string): URL | HubError => {
  const location = response.headers.get("location") ?? ""
  if (location === "" || !URL.canParse(location, from.href)) return badAnswer(where, "the hub redirects to nowhere")
  const next = new URL(location, from)
  const web = next.protocol === "https:" || (next.protocol === "http:" && from.protocol === "http:")
  return web ? next : badAnswer(where, "the hub redirects to an address that is not encrypted")
}

/** Reads the few bytes of a redirect to their end, so that the connection can be used again. */
const finish = (response: Response): Effect.Effect<void> => {
  const short = Number(response.headers.get("content-length") ?? Infinity) <= 65_536
  return Effect.ignore(
    Effect.tryPromise<unknown>(() => (short ? response.arrayBuffer() : (response.body?.cancel() ?? Promise.resolve())))
  )
}

/** One GET. The connection is dropped with the scope, whether the body was read or not. */
export const get = Effect.fnUntraced(function* (
  settings: HubSettings,
  address: string,
  headers: Readonly<Record<string, string>>,
  where: string
): Effect.fn.Return<Answer, HubError, Scope.Scope> {
  const dropped = yield* Effect.acquireRelease(
    Effect.sync(() => new AbortController()),
    (controller) => Effect.sync(() => controller.abort())
  )
  let url = new URL(address)
  let linkedEtag: string | undefined
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = yield* Effect.tryPromise({
      try: () =>
        fetch(url, {
          redirect: "manual",
          signal: dropped.signal,
          headers: { "user-agent": "moira", ...headers, ...authorization(settings, url) }
        }),
      catch: networkProblem(where)
    }).pipe((self) => orCut(self, where))
    linkedEtag ??= response.headers.get("x-linked-etag") ?? undefined
    if (![301, 302, 303, 307, 308].includes(response.status)) return { response, linkedEtag }
    const next = nextHop(response, url, where)
    if (next instanceof HubError) return yield* next
    yield* orCut(finish(response), where)
    url = next
  }
  return yield* badAnswer(where, `the hub redirects more than ${maxRedirects} times`)
})

/** Seconds, a date, or the hub's `RateLimit: "api";r=0;t=93`; undefined where the server says nothing. */
export const retryAfterMs = (headers: Headers, nowMs: number): number | undefined => {
  const text = headers.get("retry-after")?.trim() ?? ""
  if (/^\d{1,9}$/.test(text)) return 1000 * Number(text)
  const date = Date.parse(text)
  if (!Number.isNaN(date)) return Math.max(0, date - nowMs)
  const reset = /(?:^|;)\s*t=(\d{1,9})\b/.exec(headers.get("ratelimit") ?? "")
  return reset === null ? undefined : 1000 * Number(reset[1])
}

const gated = (where: string, status: number, hasToken: boolean) =>
  new HubError({
    reason: "Gated",
    where,
    what: "the data set is gated: accept its terms on its page and set HF_TOKEN",
    hint: hasToken
      ? status === 401
        ? "the hub does not know the token in HF_TOKEN; make a new one that may read"
        : "HF_TOKEN is set, but its account has no access yet or the token may not read gated data"
      : "HF_TOKEN is not set; a token that may read is enough"
  })

const notFound = (where: string, headers: Headers) => {
  const missing = headers.get("x-error-code")
  const revision = missing === "RevisionNotFound"
  return new HubError({
    reason: "NotFound",
    where,
    what: revision ? "no such revision" : missing === "RepoNotFound" ? "no such data set" : "no such file or folder",
    hint: revision
      ? "check --revision; main is the newest"
      : missing === "RepoNotFound"
        ? "check --repo; one that is private needs HF_TOKEN"
        : "check the spelling, and --repo"
  })
}

/** What a status that is not a success means; undefined for those that are. */
export const statusProblem = Effect.fnUntraced(function* (settings: HubSettings, response: Response, where: string) {
  const { status, headers } = response
  if (status >= 200 && status < 300) return undefined
  if (headers.get("x-error-code") === "RepoNotFound") return notFound(where, headers)
  if (status === 401 || status === 403) return gated(where, status, Option.isSome(settings.token))
  if (status === 404) return notFound(where, headers)
  if (status === 408 || status === 429 || status >= 500) {
    const asked = retryAfterMs(headers, yield* Clock.currentTimeMillis)
    return new HubError({
      reason: status === 429 ? "Busy" : "ServerFault",
      where,
      what: status === 429 ? "the hub limits the rate of requests (status 429)" : `the hub failed (status ${status})`,
      hint: "run the same command again later; it goes on where it stopped",
      ...given({ retryAfterMs: asked })
    })
  }
  return badAnswer(where, `the hub answered with status ${status}`)
})
