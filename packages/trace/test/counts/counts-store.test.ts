/** Counts: their checks and sums, and a store of them. */
import { assert, it } from "@effect/vitest"
import { countsFault, type ExpertCounts, sumSteps, summarizeCounts } from "../../src/counts/expert-counts.ts"
import { isCountsStore, writeCounts } from "../../src/node/counts/write-counts.ts"
import { openCounts } from "../../src/node/counts/open-counts.ts"
import { openStore } from "../../src/node/parquet-store.ts"
import { random, sealJson } from "@moira/core"
import { Effect, Schema, Stream } from "effect"
import { parquetReadObjects } from "hyparquet"
import * as fs from "node:fs"
import * as path from "node:path"
import * as zlib from "node:zlib"
import { makeModel, snapshot, temporaryDirectory } from "@moira/core/testing"

class SourceFailed extends Schema.TaggedError<SourceFailed>()("SourceFailed", {}) {}

const make = (seed: number, steps: number, fields: Partial<ExpertCounts> = {}): ExpertCounts => {
  const { below } = random(seed)
  const layers = [0, 3, 4]
  const counts = Float64Array.from({ length: steps * layers.length * 6 }, (_, i) =>
    Math.floor(i / 6) % 3 === 0 ? 0 : below(4) === 0 ? 0 : below(1000) * 2 ** (seed % 30)
  )
  return {
    workload: `workload ${seed}`,
    phase: seed % 2 === 0 ? "prefill" : "both",
    layers,
    experts: 6,
    steps,
    counts,
    source: `made/${seed}`,
    sha256: "0".repeat(64),
    notes: seed === 1 ? ["a note"] : [],
    ...fields
  }
}

const origin = { format: "test", options: {} }
const write = (directory: string, ...workloads: ReadonlyArray<ExpertCounts>) =>
  writeCounts({ directory, origin }, Stream.fromIterable(workloads))

it("sums over steps, and what a summary says, by plain loops", () => {
  const counts = make(1, 4)
  const sums = Array.from({ length: 18 }, () => 0)
  counts.counts.forEach((count, i) => (sums[i % 18]! += count))
  assert.deepStrictEqual([...sumSteps(counts)], sums)
  const rows = [6, 12].map((at) => sums.slice(at, at + 6))
  const totals = rows.map((row) => row.reduce((a, b) => a + b))
  const skews = rows.map((row, i) => (Math.max(...row) * 6) / totals[i]!)
  const summary = summarizeCounts(counts)
  assert.deepStrictEqual(summary.emptyLayers, [0])
  assert.strictEqual(summary.selections, totals[0]! + totals[1]!)
  assert.deepStrictEqual(summary.layerSelections, { least: Math.min(...totals), greatest: Math.max(...totals) })
  assert.deepStrictEqual(
    [summary.skew.least, summary.skew.mean, summary.skew.greatest],
    [Math.min(...skews), (skews[0]! + skews[1]!) / 2, Math.max(...skews)]
  )
})

const withCount = (count: number) => make(1, 1, { counts: make(1, 1).counts.with(7, count) })

it.each<readonly [string, ExpertCounts, string]>([
  ["a fraction", withCount(0.5), "step 0, layer 3, expert 1"],
  ["a negative count", withCount(-1), "step 0, layer 3, expert 1"],
  ["not a number", withCount(Number.NaN), "step 0, layer 3, expert 1"],
  ["infinity", withCount(Number.POSITIVE_INFINITY), "step 0, layer 3, expert 1"],
  ["2^53", withCount(2 ** 53), "step 0, layer 3, expert 1"],
  ["a sum beyond 2^53", make(1, 1, { counts: new Float64Array(18).fill(2 ** 52) }), "sums would not be exact"],
  ["too few counts", make(1, 1, { counts: new Float64Array(17) }), "17 counts"],
  ["no step", make(1, 1, { steps: 0, counts: new Float64Array(0) }), "hold nothing"],
  ["layers that do not ascend", make(1, 1, { layers: [3, 3, 4] }), "ascending"],
  ["more than memory is kept for", make(1, 1, { steps: 1e9 }), "more than"]
])("%s is a fault with its place", (_, counts, what) => {
  assert.include(countsFault(counts), what)
})

it.effect("reads back what was written, workload by workload, and says the same of it", () =>
  Effect.gen(function* () {
    const directory = path.join(yield* temporaryDirectory, "x.counts")
    const model = makeModel({ experts: 6 })
    // More rows than a row group holds in one of them.
    const all = [make(1, 30_000, { model }), make(2, 1, { model }), make(53, 7, { model })]
    const manifest = yield* write(directory, ...all)
    assert.isTrue(isCountsStore(directory))
    const reader = yield* openCounts(directory)
    assert.deepStrictEqual(reader.manifest, manifest)
    for (const counts of all) assert.deepStrictEqual(yield* reader.read(counts.workload), counts)
    assert.strictEqual((yield* Effect.flip(reader.read("other"))).reason, "NoSuchRequests")
  })
)

it.effect("the table is ordinary Parquet, a row for every count that is not zero", () =>
  Effect.gen(function* () {
    const directory = path.join(yield* temporaryDirectory, "x.counts")
    const counts = make(2, 2)
    yield* write(directory, counts)
    const bytes = fs.readFileSync(path.join(directory, "counts.parquet"))
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
    const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zlib.zstdDecompressSync(input)) }
    const rows = yield* Effect.promise(() => parquetReadObjects({ file, compressors }))
    const expected = [...counts.counts].flatMap((count, i) => {
      const row = {
        workload: counts.workload,
        step: Math.floor(i / 18),
        layer: counts.layers[Math.floor(i / 6) % 3]!,
        expert: i % 6
      }
      return count === 0 ? [] : [{ ...row, count: BigInt(count) }]
    })
    assert.deepStrictEqual(rows, expected)
  })
)

it.effect("same counts, same bytes", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    for (const name of ["a", "b"]) yield* write(path.join(folder, name), make(1, 3), make(2, 2))
    assert.deepStrictEqual(snapshot(path.join(folder, "a")), snapshot(path.join(folder, "b")))
  })
)

it.effect("what cannot be stored leaves the old store as it was", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const directory = path.join(folder, "x.counts")
    yield* write(directory, make(1, 3))
    const before = snapshot(folder)
    const broken = Stream.concat(Stream.fromIterable([make(2, 2)]), Stream.fail(new SourceFailed()))
    assert.strictEqual((yield* Effect.flip(writeCounts({ directory, origin }, broken)))._tag, "SourceFailed")
    const errors = [
      yield* Effect.flip(write(directory, make(1, 1), make(1, 1))),
      yield* Effect.flip(write(directory, make(1, 1), make(2, 1, { layers: [0, 1, 2] }))),
      yield* Effect.flip(write(directory, make(1, 1), make(2, 1, { model: makeModel() }))),
      yield* Effect.flip(write(directory, withCount(0.5)))
    ]
    assert.deepStrictEqual(
      errors.map((error) => error.reason),
      ["NotWritable", "NotWritable", "NotWritable", "NotWritable"]
    )
    assert.strictEqual((yield* Effect.flip(write(directory))).reason, "Empty")
    assert.deepStrictEqual(snapshot(folder), before)
    assert.deepStrictEqual(fs.readdirSync(folder), ["x.counts"])
  })
)

it.effect("only a counts store is ever replaced", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    fs.writeFileSync(path.join(folder, "notes.txt"), "mine")
    assert.include((yield* Effect.flip(write(folder, make(1, 1)))).what, "not a Moira counts store")
    const directory = path.join(folder, "x.counts")
    yield* write(directory, make(1, 1))
    fs.writeFileSync(path.join(directory, "notes.txt"), "mine")
    assert.include((yield* Effect.flip(write(directory, make(1, 1)))).what, "notes.txt")
    fs.rmSync(path.join(directory, "notes.txt"))
    const manifest = yield* write(directory, make(2, 1))
    assert.deepStrictEqual(
      manifest.workloads.map(({ workload }) => workload),
      ["workload 2"]
    )
  })
)

it.effect("a flipped byte anywhere in a counts store is Corrupt or another typed refusal", () =>
  Effect.gen(function* () {
    const directory = path.join(yield* temporaryDirectory, "x.counts")
    const counts = make(2, 2)
    yield* write(directory, counts)
    const { below } = random(5)
    for (const name of ["counts.parquet", "manifest.json"]) {
      const file = path.join(directory, name)
      const bytes = fs.readFileSync(file)
      for (let n = 0; n < 120; n++) {
        const damaged = Buffer.from(bytes)
        damaged[below(bytes.length)]! ^= 1 << below(8)
        fs.writeFileSync(file, damaged)
        const read = Effect.flatMap(openCounts(directory), (reader) => reader.read(counts.workload))
        const outcome = yield* Effect.result(read)
        assert.strictEqual(outcome._tag === "Failure" && outcome.failure._tag, "StoreError")
      }
      fs.writeFileSync(file, bytes)
    }
  })
)

it.effect("a counts store is no trace, no trace is a counts store, and other versions are told", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const directory = path.join(folder, "x.counts")
    yield* write(directory, make(2, 1))
    const reasonOf = (where: string) => Effect.map(Effect.flip(openCounts(where)), (error) => error.reason)
    assert.strictEqual((yield* Effect.flip(Effect.scoped(openStore(directory)))).reason, "NotAStore")
    assert.strictEqual(yield* reasonOf(path.join(folder, "none")), "NotFound")
    assert.strictEqual(yield* reasonOf(folder), "NotAStore")
    const file = path.join(directory, "manifest.json")
    const text = fs.readFileSync(file, "utf8")
    const { manifestSha256: _, ...manifest } = JSON.parse(text)
    fs.writeFileSync(file, sealJson({ ...manifest, version: 3 }, "manifestSha256"))
    assert.strictEqual(yield* reasonOf(directory), "WrongVersion")
    fs.writeFileSync(file, sealJson({ ...manifest, schema: "moira-store" }, "manifestSha256"))
    assert.strictEqual(yield* reasonOf(directory), "NotAStore")
    fs.writeFileSync(file, text.replace('"version": 2', '"version": 1'))
    assert.strictEqual(yield* reasonOf(directory), "Corrupt")
  })
)

it.effect("loads that were scaled keep their scale, and stores of another scale have another hash", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const [plain, scaled] = [make(1, 2), make(1, 2, { scale: 1024 })]
    const manifest = yield* write(path.join(folder, "scaled"), scaled)
    assert.strictEqual(manifest.workloads[0]!.scale, 1024)
    const reader = yield* openCounts(path.join(folder, "scaled"))
    assert.deepStrictEqual(yield* reader.read("workload 1"), scaled)
    const other = yield* write(path.join(folder, "plain"), plain)
    assert.notProperty(other.workloads[0], "scale")
    assert.notStrictEqual(other.contentSha256, manifest.contentSha256)
    for (const scale of [0, 3, 0.5, -2, Number.NaN])
      assert.include(countsFault(make(1, 2, { scale })), "no power of two")
  }).pipe(Effect.scoped)
)
