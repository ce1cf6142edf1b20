/** A check reads everything: what an opened store cannot know is wrong is found, and nothing else. */
import { assert, it } from "@effect/vitest"
import { choosableIds, sealJson } from "@moira/core"
import { makeManifest } from "../src/memory-store.ts"
import { checkStore } from "../src/node/check-store.ts"
import { writeCounts } from "../src/node/counts/write-counts.ts"
import { requestTable } from "../src/node/requests-table.ts"
import { openStore } from "../src/node/parquet-store.ts"
import { tableBytes } from "../src/node/parquet/table-writer.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { overviewColumns, overviewTable, readOverview } from "../src/overview.ts"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { damaged, kinds, reseal } from "./damage.ts"
import { drawLengths, makeRequests, origin } from "./traces.ts"

const whats = (directory: string) =>
  Effect.map(checkStore(directory), ({ problems }) => problems.map(({ where, what }) => `${where}: ${what}`))

it.effect.each(kinds)("a store as it was written: $name", (kind) =>
  Effect.gen(function* () {
    const { directory, expected } = yield* damaged(kind)
    const check = yield* checkStore(directory)
    assert.deepStrictEqual(check, { holds: "trace", requests: 5, read: expected.length, problems: [] })
  })
)

it.effect("a store of several chunks, some of requests without tokens, with repeated rows", () =>
  Effect.gen(function* () {
    const directory = path.join(yield* temporaryDirectory, "x.moira")
    const model = makeModel({ experts: 300, topK: 3 })
    const lengths = drawLengths(3, 150, 5).map(([p, d], r) => (r % 40 < 3 ? ([0, 0] as const) : ([p + 2, d] as const)))
    const requests = makeRequests(model, { seed: 3, lengths, holes: 0.1 })
    const repeated = requests.map((one, r) =>
      r % 4 === 3 ? { ...one, repeatedTokens: Math.min(2, one.prefillTokens) } : one
    )
    yield* writeStore({ directory, model, origin }, Stream.fromIterable(repeated))
    assert.deepStrictEqual(yield* whats(directory), [])
    // The overview counts what a plain loop over what is read counts.
    const { manifest, read } = yield* openStore(directory)
    const bytes = fs.readFileSync(path.join(directory, "overview.parquet"))
    const { tasks, counts } = yield* Effect.promise(() => readOverview(manifest, bytes))
    for (const [l, layer] of manifest.layers.entries()) {
      const { ids, offsets, prefillRows, topK } = yield* read({ layer })
      const loop = new Map<string, number>()
      requests.forEach(({ benchmark }, r) => {
        for (let i = offsets[r]! * topK; i < offsets[r + 1]! * topK; i++) {
          if (ids[i]! >= model.experts) continue
          const phase = i < (offsets[r]! + prefillRows[r]!) * topK ? 0 : 1
          const key = `${benchmark} ${phase} ${ids[i]}`
          loop.set(key, (loop.get(key) ?? 0) + 1)
        }
      })
      tasks.forEach((task, t) => {
        for (const phase of [0, 1])
          for (let expert = 0; expert < model.experts; expert++)
            assert.strictEqual(
              counts[((2 * t + phase) * manifest.layers.length + l) * choosableIds(model) + expert],
              loop.get(`${task} ${phase} ${expert}`) ?? 0
            )
      })
    }
  })
)

it.effect("more tasks than are counted apart are counted together", () =>
  Effect.gen(function* () {
    const directory = path.join(yield* temporaryDirectory, "x.moira")
    const model = makeModel()
    const requests = makeRequests(model, { seed: 1, lengths: Array.from({ length: 70 }, () => [1, 1] as const) })
    const named = requests.map((one, r) => ({ ...one, benchmark: `task ${r}` }))
    yield* writeStore({ directory, model, origin }, Stream.fromIterable(named))
    assert.deepStrictEqual(yield* whats(directory), [])
    const { manifest } = yield* openStore(directory)
    const bytes = fs.readFileSync(path.join(directory, "overview.parquet"))
    const { tasks, counts } = yield* Effect.promise(() => readOverview(manifest, bytes))
    assert.deepStrictEqual(tasks, [""])
    assert.strictEqual(
      counts.reduce((a, b) => a + b, 0),
      140 * manifest.layers.length * model.topK
    )
  })
)

it.effect("a digest of a request that is not of its ids, sealed as if it were", () =>
  Effect.gen(function* () {
    const { directory } = yield* damaged(kinds[0]!)
    const { requests } = yield* Effect.scoped(openStore(directory))
    const rows = requests.map((row, r) => (r === 2 ? { ...row, source: "another" } : row))
    fs.writeFileSync(path.join(directory, "requests.parquet"), requestTable(rows))
    reseal(directory)
    assert.deepStrictEqual(yield* whats(directory), [])
    const other = requests.map((row, r) => (r === 2 ? { ...row, sha256: "0".repeat(64) } : row))
    fs.writeFileSync(path.join(directory, "requests.parquet"), requestTable(other))
    reseal(directory)
    const [disagrees] = yield* whats(directory)
    assert.include(disagrees, "contentSha256")
    const manifest = path.join(directory, "manifest.json")
    const { manifestSha256: _, ...fields } = JSON.parse(fs.readFileSync(manifest, "utf8"))
    const { contentSha256 } = makeManifest(fields.model, other, fields.counts.missingIds, origin)
    fs.writeFileSync(manifest, sealJson({ ...fields, contentSha256 }, "manifestSha256"))
    const [problem] = yield* whats(directory)
    assert.include(problem, "the ids of request 2 (made/2.json) are not those of its digest")
  })
)

it.effect("an overview of other counts, sealed as if it were this store's", () =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[1]!)
    const { manifest } = yield* Effect.scoped(openStore(directory))
    const overview = yield* Effect.promise(() => readOverview(manifest, fs.readFileSync(file("overview.parquet"))))
    const counts = overview.counts.slice()
    counts[counts.findIndex((n) => n > 0)]! += 1
    fs.writeFileSync(
      file("overview.parquet"),
      tableBytes(overviewColumns, "gzip", overviewTable({ ...overview, counts }))
    )
    reseal(directory)
    const problems = yield* whats(directory)
    assert.strictEqual(problems.length, 1)
    assert.include(problems[0], "not those of the selections")
  })
)

it.effect("every column that reading passes over", () =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[0]!)
    const bytes = fs.readFileSync(file("selections.parquet"))
    // The first bytes are the magic ones, then the column of layers of the first group.
    for (const at of [0, 20]) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      fs.writeFileSync(file("selections.parquet"), changed)
      const problems = yield* whats(directory)
      assert.strictEqual(problems.length, 1, `byte ${at}`)
      assert.include(problems[0], file("selections.parquet"))
    }
  })
)

it.effect("a store that cannot be opened has that as its problem; no store is none", () =>
  Effect.gen(function* () {
    const { directory, file } = yield* damaged(kinds[0]!)
    fs.writeFileSync(
      file("manifest.json"),
      fs.readFileSync(file("manifest.json"), "utf8").replace('"version": 2', '"version": 7')
    )
    assert.include((yield* whats(directory))[0], "changed after it was written")
    const error = yield* Effect.flip(checkStore(path.join(directory, "none")))
    assert.strictEqual(error.reason, "NotFound")
  })
)

it.effect("counts", () =>
  Effect.gen(function* () {
    const directory = path.join(yield* temporaryDirectory, "x.counts")
    const shape = {
      phase: "both",
      layers: [0, 1],
      experts: 2,
      steps: 1,
      source: "made",
      sha256: "",
      notes: []
    } as const
    const one = { workload: "w", counts: Float64Array.of(1, 0, 3, 4), ...shape }
    yield* writeCounts({ directory, origin }, Stream.make(one, { ...one, workload: "v" }))
    assert.deepStrictEqual(yield* checkStore(directory), { holds: "counts", requests: 0, read: 2, problems: [] })
    const table = path.join(directory, "counts.parquet")
    const bytes = fs.readFileSync(table)
    bytes[9]! ^= 4
    fs.writeFileSync(table, bytes)
    assert.include((yield* whats(directory))[0], "does not belong to this manifest")
  })
)
