/** Fetching from a hub that fails: cut connections, changed files, wrong bytes, refusals. */
import { assert, describe, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Effect, Fiber } from "effect"
import * as fs from "node:fs"
import type { FakeRequest, Misbehaviour } from "../src/testing/fake-hub-options.ts"
import type { HubReason } from "../src/error.ts"
import { anatomy, bytesOf, dataSet, large, setUp, token } from "./hub-setup.ts"

const wanted = "llama4-maverick/mmlu/anatomy"
const small = `${anatomy}/0.json`

/** The misbehaviour of the first `times` requests for the bytes of `path`. */
const first =
  (path: string, times: number, how: (request: FakeRequest) => Misbehaviour) =>
  (request: FakeRequest): Misbehaviour | undefined =>
    request.kind === "bytes" && request.path === path && request.before < times ? how(request) : undefined

const rangesOf = (requests: ReadonlyArray<FakeRequest>, path: string) =>
  requests.filter((r) => r.kind === "bytes" && r.path === path).map((r) => r.range)

describe("a cut connection", () => {
  for (let seed = 0; seed < 12; seed++) {
    it.live(`at random bytes (seed ${seed}) is taken up where it broke`, () =>
      Effect.gen(function* () {
        const { below } = random(seed)
        const { fetch, files, hub, local } = yield* setUp({
          misbehave: first(large, 3, () => ({ cutAfter: below(120_000) }))
        })
        const { bytes } = yield* fetch(wanted)
        assert.isTrue(fs.readFileSync(local(large)).equals(files.get(large)!))
        assert.deepStrictEqual(fs.readdirSync(local(anatomy)).toSorted(), ["0.json", "1.json", "10.json"])
        // What was on its way when the connection broke is sent again, and nothing else.
        assert.isAtMost(hub.sentBytes(), bytes + 3 * 65_536)
        for (const range of rangesOf(hub.requests, large).slice(1)) assert.match(range ?? "bytes=0-", /^bytes=\d+-$/)
      })
    )
  }

  it.live("that never gets further ends the fetch, and the next one goes on with what came", () =>
    Effect.gen(function* () {
      const { fetch, hub, local } = yield* setUp({
        misbehave: first(large, 5, ({ before }) => (before === 0 ? { cutAfter: 150_000 } : { cutAfter: 0 }))
      })
      const error = yield* Effect.flip(fetch(wanted))
      assert.strictEqual(error.reason, "Cut")
      assert.match(error.message, /1\.json: the connection was lost: .*; hint: .*goes on where it stopped/)
      assert.isFalse(fs.existsSync(local(large)))
      const kept = fs.statSync(local(`${large}.part`)).size
      assert.isAbove(kept, 0)
      const sent = hub.sentBytes()
      const { already } = yield* fetch(wanted)
      assert.isAtMost(hub.sentBytes() - sent, 200_000 - kept + 3000)
      assert.isAtLeast(already, 0)
      assert.strictEqual(rangesOf(hub.requests, large).at(-1), `bytes=${kept}-`)
      assert.deepStrictEqual(fs.readdirSync(local(anatomy)).toSorted(), ["0.json", "1.json", "10.json"])
    })
  )

  it.live("of a server that is silent is noticed", () =>
    Effect.gen(function* () {
      const { fetch, files, local } = yield* setUp({ misbehave: first(small, 1, () => ({ silent: true })) })
      yield* fetch(wanted)
      assert.isTrue(fs.readFileSync(local(small)).equals(files.get(small)!))
    })
  )

  it.live("of a server that ignores ranges starts over", () =>
    Effect.gen(function* () {
      const { fetch, files, hub, local } = yield* setUp({
        misbehave: first(large, 2, ({ before }) => (before === 0 ? { cutAfter: 90_000 } : { ignoreRange: true }))
      })
      const { receivedBytes } = yield* fetch(wanted)
      assert.isTrue(fs.readFileSync(local(large)).equals(files.get(large)!))
      assert.isAbove(receivedBytes, 203_000)
      assert.match(rangesOf(hub.requests, large)[1]!, /^bytes=\d+-$/)
    })
  )

  it.live("of a server that ignores ranges and always cuts does not go on for ever", () =>
    Effect.gen(function* () {
      const { fetch, hub } = yield* setUp({
        misbehave: first(large, Infinity, () => ({ cutAfter: 90_000, ignoreRange: true }))
      })
      assert.strictEqual((yield* Effect.flip(fetch(wanted))).reason, "Cut")
      assert.isAtMost(rangesOf(hub.requests, large).length, 12)
    })
  )

  it.live("of a server without a strong tag is resumed by the hash that the hub names, and else not", () =>
    Effect.gen(function* () {
      const weak = { cutAfter: 2500, headers: { etag: 'W/"1"' } }
      const { fetch, files, hub, local } = yield* setUp({
        misbehave: (request) => first(large, 1, () => weak)(request) ?? first(small, 1, () => weak)(request)
      })
      yield* fetch(wanted)
      for (const path of [small, large]) assert.isTrue(fs.readFileSync(local(path)).equals(files.get(path)!))
      assert.deepStrictEqual(rangesOf(hub.requests, small), [undefined, undefined])
      assert.deepStrictEqual(rangesOf(hub.requests, large), [undefined, "bytes=2500-"])
    })
  )
})

describe("a changed file", () => {
  it.live("is not glued to the old one: the part is dropped and the fetch says so", () =>
    Effect.gen(function* () {
      const changed = bytesOf(200_000, 99)
      const { fetch, found, hub, local } = yield* setUp({
        misbehave: first(large, Infinity, ({ before }) => (before === 0 ? { cutAfter: 120_000 } : { content: changed }))
      })
      const error = yield* Effect.flip(fetch(wanted))
      assert.strictEqual(error.reason, "WrongHash")
      assert.match(rangesOf(hub.requests, large)[1]!, /^bytes=\d+-$/)
      assert.isFalse(fs.existsSync(local(large)))
      assert.isFalse(found().some((path) => path.startsWith(large)))
    })
  )

  it.live("is noticed by its tag where the server ignores If-Range", () =>
    Effect.gen(function* () {
      const changed = bytesOf(200_000, 99)
      // The second answer is a part of another file; the third is the right file again.
      const { fetch, files, hub, local } = yield* setUp({
        misbehave: first(large, 2, ({ before }) =>
          before === 0 ? { cutAfter: 120_000 } : { content: changed, ignoreIfRange: true }
        )
      })
      yield* fetch(wanted)
      assert.isTrue(fs.readFileSync(local(large)).equals(files.get(large)!))
      assert.deepStrictEqual(rangesOf(hub.requests, large).at(-1), undefined)
    })
  )

  it.live("between two runs is fetched from its start", () =>
    Effect.gen(function* () {
      const { fetch, files, hub, local } = yield* setUp({
        misbehave: first(large, 4, ({ before }) => (before === 0 ? { cutAfter: 150_000 } : { cutAfter: 0 }))
      })
      yield* Effect.flip(fetch(wanted))
      files.set(large, bytesOf(180_000, 98))
      yield* fetch(wanted)
      assert.isTrue(fs.readFileSync(local(large)).equals(files.get(large)!))
      assert.strictEqual(rangesOf(hub.requests, large).at(-1), undefined)
    })
  )

  it.live("is refused where the hub names another hash than it listed, or another size", () =>
    Effect.gen(function* () {
      const other = { "x-linked-etag": `"${"a".repeat(64)}"` }
      const linked = yield* setUp({
        misbehave: ({ kind, path }) => (kind === "resolve" && path === large ? { headers: other } : undefined)
      })
      assert.strictEqual((yield* Effect.flip(linked.fetch(wanted))).reason, "Changed")
      const longer = yield* setUp({ misbehave: first(small, Infinity, () => ({ content: bytesOf(4000, 1) })) })
      const error = yield* Effect.flip(longer.fetch(wanted))
      assert.strictEqual(error.reason, "Changed")
      assert.match(error.message, /has 4000 bytes now, the list says 3000/)
    })
  )
})

describe("wrong bytes", () => {
  for (const path of [small, large]) {
    it.live(`never get the name of ${path.slice(anatomy.length + 1)}, nor stay as a part`, () =>
      Effect.gen(function* () {
        const wrong = bytesOf(dataSet().get(path)!.length, 77)
        const { fetch, found, hub } = yield* setUp({ misbehave: first(path, Infinity, () => ({ content: wrong })) })
        const error = yield* Effect.flip(fetch(wanted))
        assert.strictEqual(error.reason, "WrongHash")
        assert.match(error.message, /what came is not the file that is listed \((?:sha256|git-sha1) [0-9a-f]+\); hint:/)
        assert.isFalse(found().some((name) => name.startsWith(path)))
        assert.strictEqual(rangesOf(hub.requests, path).length, 1)
      })
    )
  }

  it.live("in a part of an earlier run cost one more fetch of that file", () =>
    Effect.gen(function* () {
      const { fetch, files, local } = yield* setUp({
        misbehave: first(large, 4, ({ before }) => (before === 0 ? { cutAfter: 150_000 } : { cutAfter: 0 }))
      })
      yield* Effect.flip(fetch(wanted))
      const part = local(`${large}.part`)
      fs.writeFileSync(part, fs.readFileSync(part).fill(0))
      yield* fetch(wanted)
      assert.isTrue(fs.readFileSync(local(large)).equals(files.get(large)!))
    })
  )

  it.live("beyond the listed size are not even read", () =>
    Effect.gen(function* () {
      const content = bytesOf(5_000_000, 1)
      const { fetch, found } = yield* setUp({
        misbehave: first(small, Infinity, () => ({ content, chunked: true }))
      })
      const error = yield* Effect.flip(fetch(wanted))
      assert.strictEqual(error.reason, "WrongHash")
      assert.match(error.message, /sends more than the 3000 bytes/)
      assert.isFalse(found().some((name) => name.startsWith(small)))
    })
  )
})

describe("a refusal by the hub", () => {
  const refuses = (
    name: string,
    how: Misbehaviour,
    reason: HubReason,
    says: RegExp,
    environment: Record<string, string> = {},
    tries = 1
  ) =>
    it.live(name, () =>
      Effect.gen(function* () {
        const { fetch, found, hub } = yield* setUp({
          misbehave: ({ kind, path }) => (kind === "resolve" && path === small ? how : undefined)
        })
        const error = yield* Effect.flip(fetch(wanted, {}, environment))
        assert.strictEqual(error.reason, reason, error.message)
        assert.match(error.message, says)
        assert.notInclude(error.message + JSON.stringify(error), token)
        assert.isFalse(found().includes(small))
        const tried = hub.requests.filter(({ kind, path }) => kind === "resolve" && path === small).length
        assert.strictEqual(tried, tries)
      })
    )

  const terms = /the data set is gated: accept its terms on its page and set HF_TOKEN; hint: /
  const echo = JSON.stringify({ error: `token ${token} is bad` })
  const withToken = { HF_TOKEN: token }
  refuses("401 without a token", { status: 401 }, "Gated", new RegExp(`${terms.source}HF_TOKEN is not set`))
  refuses("401 with a token", { status: 401, body: echo }, "Gated", /does not know the token/, withToken)
  refuses(
    "403 with a token",
    { status: 403, body: echo },
    "Gated",
    new RegExp(`${terms.source}.*no access yet`),
    withToken
  )
  refuses("404 of a listed file", { status: 404 }, "NotFound", /0\.json: no such file/)
  refuses("400", { status: 400, body: echo }, "BadAnswer", /status 400/, withToken)
  refuses("503 for ever", { status: 503, body: echo }, "ServerFault", /the hub failed \(status 503\)/, withToken, 4)
  refuses("429 for an hour", { status: 429, headers: { "retry-after": "3600" } }, "Busy", /asks to wait 60 minutes/)
  refuses(
    "a redirect in a circle",
    { status: 302, headers: { location: "?" } },
    "BadAnswer",
    /redirects more than 5/,
    {},
    6
  )
  refuses("a redirect to nowhere", { status: 302 }, "BadAnswer", /redirects to nowhere/)
  refuses(
    "a redirect to a file",
    { status: 302, headers: { location: "file:///etc/passwd" } },
    "BadAnswer",
    /redirects/
  )

  it.live("that passes is waited out: 500, 502, 429", () =>
    Effect.gen(function* () {
      const statuses = [500, 502, 429]
      const { fetch, files, local } = yield* setUp({
        misbehave: ({ kind, before }) =>
          (kind === "resolve" || kind === "tree") && before < 3 ? { status: statuses[before]! } : undefined
      })
      yield* fetch(wanted)
      assert.isTrue(fs.readFileSync(local(small)).equals(files.get(small)!))
    })
  )

  it.live("for lack of access is told without, and forgotten with the token", () =>
    Effect.gen(function* () {
      const { fetch, found } = yield* setUp({ token })
      assert.strictEqual((yield* Effect.flip(fetch(wanted))).reason, "Gated")
      assert.strictEqual((yield* Effect.flip(fetch(wanted, {}, { HF_TOKEN: "hf_other" }))).reason, "Gated")
      yield* fetch(wanted, {}, { HF_TOKEN: token })
      assert.strictEqual(found().length, 3)
    })
  )

  it.live("to listen at all is told at once where the host is unknown", () =>
    Effect.gen(function* () {
      const { fetch } = yield* setUp()
      const error = yield* Effect.flip(fetch(wanted, {}, { HF_ENDPOINT: "http://no-such-host.invalid" }))
      assert.include(["Unreachable", "Cut"], error.reason)
      assert.match(error.message, /hint: .*network/)
    })
  )
})

describe("two at once in one folder", () => {
  for (let seed = 0; seed < 8; seed++) {
    it.live(`leave right files or say so (seed ${seed})`, () =>
      Effect.gen(function* () {
        const { below } = random(seed)
        // Cuts, weak tags that forbid resuming, and whole answers, in any order.
        const { fetch, files, found, local } = yield* setUp({
          misbehave: ({ kind, before }) =>
            kind !== "bytes" || before > 4 || below(3) === 0
              ? undefined
              : { cutAfter: below(150_000), ignoreRange: below(2) === 0 }
        })
        const results = yield* Effect.forEach([0, 1, 2], () => Effect.result(fetch(wanted)), { concurrency: 3 })
        for (const result of results) {
          if (result._tag === "Failure")
            assert.include(["NotWritable", "Cut"], result.failure.reason, String(result.failure))
        }
        for (const path of found().filter((name) => name.endsWith(".json")))
          assert.isTrue(fs.readFileSync(local(path)).equals(files.get(path)!), path)
        yield* fetch(wanted)
        assert.deepStrictEqual(fs.readdirSync(local(anatomy)).toSorted(), ["0.json", "1.json", "10.json"])
        for (const path of found()) assert.isTrue(fs.readFileSync(local(path)).equals(files.get(path)!), path)
      })
    )
  }
})

it.live("an interrupt keeps what came", () =>
  Effect.gen(function* () {
    const { fetch, local } = yield* setUp({
      misbehave: ({ kind, path, before }) =>
        kind === "bytes" && path === large ? (before === 0 ? { cutAfter: 100_000 } : { silent: true }) : undefined
    })
    const fiber = yield* Effect.forkChild(fetch(wanted))
    const part = local(`${large}.part`)
    while (!fs.existsSync(part) || fs.statSync(part).size === 0) yield* Effect.sleep(5)
    yield* Fiber.interrupt(fiber)
    assert.isAbove(fs.statSync(part).size, 0)
    assert.isFalse(fs.existsSync(local(large)))
  })
)
