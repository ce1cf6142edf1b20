/** Fetching from a hub that works: what is listed, what comes, what is refused before anything comes. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import { Progress } from "@moira/core"
import { fetchTraces } from "../src/fetch-traces.ts"
import { Hub } from "../src/hub.ts"
import { type HubError, type HubReason } from "../src/error.ts"
import { fakeCommit } from "../src/testing/fake-hub.ts"
import { anatomy, dataSet, large, repo, setUp, token } from "./hub-setup.ts"

const refusal = Effect.fnUntraced(function* <A>(self: Effect.Effect<A, HubError>, reason: HubReason, says: RegExp) {
  const error = yield* Effect.flip(self)
  assert.strictEqual(error.reason, reason, error.message)
  assert.match(error.message, says)
  assert.strictEqual(error.message.split("\n").length, 1)
  return error
})

describe("a fetch", () => {
  it.live("brings every file below the folder, byte for byte, and nothing else", () =>
    Effect.gen(function* () {
      const { files, found, fetch, local } = yield* setUp()
      const fetched = yield* fetch("llama4-maverick/mmlu")
      const expected = [...files.keys()]
        .filter((path) => path.includes("Maverick") && path.includes("/mmlu/"))
        .toSorted()
      assert.deepStrictEqual(found(), expected)
      for (const path of expected) assert.isTrue(fs.readFileSync(local(path)).equals(files.get(path)!), path)
      const bytes = expected.reduce((sum, path) => sum + files.get(path)!.length, 0)
      assert.deepInclude(fetched, { files: expected.length, bytes, already: 0, receivedBytes: bytes, repo })
    })
  )

  it.live("asks for nothing that is here already, and replaces what is not right", () =>
    Effect.gen(function* () {
      const { fetch, files, hub, local } = yield* setUp()
      yield* fetch("llama4-maverick/mmlu/anatomy")
      const sent = hub.sentBytes()
      const again = yield* fetch("llama4-maverick/mmlu/anatomy")
      assert.deepInclude(again, { files: 3, already: 3, receivedBytes: 0 })
      assert.strictEqual(hub.sentBytes(), sent)
      const broken = local(`${anatomy}/0.json`)
      fs.writeFileSync(broken, new Uint8Array(3000))
      const mended = yield* fetch("llama4-maverick/mmlu/anatomy")
      assert.deepInclude(mended, { already: 2, receivedBytes: 3000 })
      assert.isTrue(fs.readFileSync(broken).equals(files.get(`${anatomy}/0.json`)!))
    })
  )

  it.live("follows a list of many pages, and asks for a page again that is cut", () =>
    Effect.gen(function* () {
      const many = new Map(Array.from({ length: 57 }, (_, i) => [`a/b/mmlu/s/${i}.json`, new Uint8Array([i])] as const))
      const { fetch, found, hub } = yield* setUp({
        files: many,
        pageSize: 10,
        misbehave: ({ kind, before }) => (kind === "tree" && before === 2 ? { cutAfter: 40 } : undefined)
      })
      assert.strictEqual((yield* fetch("a/b")).files, 57)
      assert.strictEqual(found().length, 57)
      assert.strictEqual(hub.requests.filter(({ kind }) => kind === "tree").length, 7)
    })
  )

  it.live("takes a model by catalogue name, alias or hub path in any case, and one that the catalogue lacks", () =>
    Effect.gen(function* () {
      const files = dataSet()
      files.set("acme/New-MoE/mmlu/law/0.json", new Uint8Array(5))
      const { fetch } = yield* setUp({ files })
      const folders = ["qwen3-235b", "QWEN3-235B", "qwen/qwen3-235b-a22b-fp8/mmlu", "acme/New-MoE"]
      const fetched = yield* Effect.forEach(folders, (wanted) => fetch(wanted))
      assert.deepStrictEqual(
        fetched.map(({ folder }) => folder),
        ["Qwen/Qwen3-235B-A22B-FP8", "Qwen/Qwen3-235B-A22B-FP8", "Qwen/Qwen3-235B-A22B-FP8/mmlu", "acme/New-MoE"]
      )
    })
  )

  it.live("sends the token to the hub alone, and never the place of large files", () =>
    Effect.gen(function* () {
      const { fetch, hub } = yield* setUp({ token })
      yield* fetch("llama4-maverick/mmlu/anatomy", {}, { HF_TOKEN: `  ${token}\n` })
      const sees = (kind: string, path: string) =>
        hub.requests.filter((r) => r.kind === kind && r.path === path).map((r) => r.authorization)
      assert.deepStrictEqual(sees("resolve", large), [`Bearer ${token}`])
      assert.deepStrictEqual(sees("bytes", large), [undefined])
    })
  )

  it.live("reports the bytes of this run, never backwards, and all of them at the end", () =>
    Effect.gen(function* () {
      const events: Array<readonly [number, number]> = []
      const { fetch } = yield* setUp({
        misbehave: ({ kind, path, before }) =>
          kind === "bytes" && path === large && before === 0 ? { cutAfter: 70_000 } : undefined
      })
      const { receivedBytes } = yield* fetch("llama4-maverick/mmlu").pipe(
        Effect.provideService(Progress, ({ stage, done, total }) => {
          if (stage === "fetch") events.push([done, total])
        })
      )
      assert.deepStrictEqual(
        events,
        events.toSorted((a, b) => a[0] - b[0])
      )
      assert.deepStrictEqual(events.at(-1), [receivedBytes, receivedBytes])
    })
  )

  it.effect("takes another source in place of the hub", () =>
    Effect.gen(function* () {
      const elsewhere = Layer.mock(Hub, {
        commit: () => Effect.succeed("c"),
        files: () => Effect.succeed([])
      })
      const options = { wanted: "qwen3-235b", repo: "any/thing", revision: "x", directory: "never-made", maxBytes: 0 }
      const fetched = yield* fetchTraces(options).pipe(Effect.provide(elsewhere))
      assert.deepInclude(fetched, { files: 0, commit: "c", repo: "any/thing" })
    })
  )
})

describe("a fetch is refused", () => {
  it.live("beyond --max-bytes, before a byte has come, with the sum and narrower paths", () =>
    Effect.gen(function* () {
      const { fetch, found, hub } = yield* setUp()
      const says =
        /5 files of 205 kB \(205200 bytes\) .*--max-bytes 5000; hint: narrow .*livecodebench \(700 B\), .*mmlu/
      yield* refusal(fetch("llama4-maverick", { maxBytes: 5000 }), "TooLarge", says)
      assert.deepStrictEqual(found(), [])
      assert.strictEqual(hub.sentBytes(), 0)
      yield* fetch("llama4-maverick/livecodebench", { maxBytes: 700 })
    })
  )

  it.live("where a file is listed with a size that no trace has", () =>
    Effect.gen(function* () {
      const { fetch, hub } = yield* setUp({
        editList: (entries) => entries.map((entry) => ({ ...entry, size: 2 ** 40, lfs: undefined }))
      })
      yield* refusal(fetch("llama4-maverick/mmlu/anatomy"), "TooLarge", /anatomy.*listed with 1099511627776 bytes/)
      assert.strictEqual(hub.sentBytes(), 0)
    })
  )

  for (const size of [-1, 1.5, "12", null, 2 ** 60]) {
    it.live(`where a size is ${JSON.stringify(size)}`, () =>
      Effect.gen(function* () {
        const { fetch } = yield* setUp({
          editList: (entries) => entries.map((entry) => ({ ...entry, size, lfs: undefined }))
        })
        yield* refusal(fetch("llama4-maverick/mmlu/anatomy"), "BadAnswer", /no size/)
      })
    )
  }

  const evil = [
    "../x.json",
    `${anatomy}/../../../../../x.json`,
    "/etc/x.json",
    `${anatomy}/..\\..\\x.json`,
    "C:/x.json",
    `${anatomy}//x.json`,
    `${anatomy}/./x.json`,
    `${anatomy}/a\nb.json`,
    `${anatomy}/a\u0000.json`,
    `${anatomy}/${"n".repeat(300)}`,
    `${anatomy}/0.json.part`,
    "Qwen/Qwen3-235B-A22B-FP8/mmlu/anatomy/0.json"
  ]
  for (const path of evil) {
    it.live(`where the list names ${JSON.stringify(path.slice(0, 90))}`, () =>
      Effect.gen(function* () {
        const { fetch, found, hub } = yield* setUp({
          editList: (entries) => [...entries, { type: "file", oid: "0".repeat(40), size: 1, path }]
        })
        yield* refusal(fetch("llama4-maverick/mmlu/anatomy"), "UnsafePath", /the listed file/)
        assert.deepStrictEqual(found(), [])
        assert.strictEqual(hub.sentBytes(), 0)
      })
    )
  }

  it.live("where the list is not one", () =>
    Effect.gen(function* () {
      const answer = (body: string) =>
        setUp({ misbehave: ({ kind }) => (kind === "tree" ? { status: 200, body } : undefined) })
      for (const body of ["<html>", "{}", '[{"type":"file","path":"', "null"]) {
        const { fetch } = yield* answer(body)
        yield* refusal(fetch("llama4-maverick"), "BadAnswer", /HF_ENDPOINT/)
      }
      const twice = yield* setUp({ editList: (entries) => [...entries, ...entries] })
      yield* refusal(twice.fetch("llama4-maverick"), "BadAnswer", /twice/)
      const bare = yield* setUp({ editList: (entries) => entries.map((entry) => ({ ...entry, oid: "x", lfs: {} })) })
      yield* refusal(bare.fetch("llama4-maverick"), "BadAnswer", /no checksum/)
      const circle = yield* setUp()
      const next = `<${circle.hub.endpoint}/api/datasets/${repo}/tree/${fakeCommit}/${anatomy}?recursive=true&expand=false>; rel="next"`
      const round = yield* setUp({
        misbehave: ({ kind }) => (kind === "tree" ? { headers: { link: next } } : undefined)
      })
      yield* refusal(round.fetch("llama4-maverick/mmlu/anatomy"), "BadAnswer", /circle/)
    })
  )

  it.live("where there is no such data set, revision, model, benchmark or subject, with the names nearby", () =>
    Effect.gen(function* () {
      const { fetch } = yield* setUp()
      yield* refusal(fetch("llama4-maverick", { repo: "core12345/other" }), "NotFound", /no such data set/)
      yield* refusal(fetch("llama4-maverick", { revision: "nope" }), "NotFound", /nope: no such revision/)
      yield* refusal(
        fetch("kimi-k2"),
        "NotFound",
        /no model moonshotai\/Kimi-K2-Instruct, .* or moonshotai\/Kimi-K2-Thinking; hint: there is .*Qwen\/Qwen3/
      )
      yield* refusal(
        fetch("llama4-maverick/mmlux"),
        "NotFound",
        /no benchmark mmlux; hint: there is mmlu, livecodebench/
      )
      yield* refusal(fetch("llama4-maverick/mmlu/anatomi"), "NotFound", /no subject anatomi; hint: there is anatomy,/)
    })
  )

  it.live("where the request itself is wrong, without any request to the hub", () =>
    Effect.gen(function* () {
      const { fetch, hub } = yield* setUp()
      yield* refusal(fetch("llama5"), "BadOption", /unknown model; hint: known are .*llama4-maverick/)
      yield* refusal(fetch("llama4-maverick/../.."), "BadOption", /is not MODEL/)
      yield* refusal(fetch("llama4-maverick/mmlu/anatomy/0.json"), "BadOption", /deeper than a subject/)
      yield* refusal(fetch("qwen3-235b", { repo: "../.." }), "BadOption", /OWNER\/NAME/)
      yield* refusal(fetch("qwen3-235b", {}, { HF_TOKEN: `${token}\nx: y` }), "BadOption", /HF_TOKEN: holds characters/)
      yield* refusal(fetch("qwen3-235b", {}, { HF_ENDPOINT: "hub" }), "BadOption", /HF_ENDPOINT: is not an address/)
      const secret = { HF_ENDPOINT: `http://me:${token}@127.0.0.1/` }
      const error = yield* refusal(fetch("qwen3-235b", {}, secret), "BadOption", /password/)
      assert.notInclude(error.message, token)
      const plain = { HF_ENDPOINT: "http://mirror.invalid", HF_TOKEN: token }
      yield* refusal(fetch("qwen3-235b", {}, plain), "BadOption", /unencrypted/)
      assert.strictEqual(hub.requests.length, 0)
    })
  )

  it.live("where the place to write is none", () =>
    Effect.gen(function* () {
      const { fetch, out } = yield* setUp()
      fs.writeFileSync(out, "a file")
      yield* refusal(fetch("qwen3-235b"), "NotWritable", /cannot be written/)
      assert.strictEqual(fs.readFileSync(out, "utf8"), "a file")
    })
  )
})
