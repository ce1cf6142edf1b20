/** A store cannot lie: every single bit of every file is refused when it is changed, or changes nothing that is read. */
import { assert, it } from "@effect/vitest"
import { writeCounts } from "../src/node/counts/write-counts.ts"
import { openCounts } from "../src/node/counts/open-counts.ts"
import { openOverview } from "../src/node/overview-file.ts"
import { openStore } from "../src/node/parquet-store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Effect, Result, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { typedOnly } from "./damage.ts"
import { makeRequests, origin } from "./traces.ts"

const model = makeModel({ experts: 5, topK: 2, layers: 3, moe: { first: 1, last: 2, every: 1 } })

/** Flips each bit of a file; `read` gives what the store says then. Returns how many were refused. */
const flipAll = Effect.fnUntraced(function* <A>(file: string, read: Effect.Effect<Result.Result<A, unknown>>) {
  const whole = yield* read
  assert.isTrue(Result.isSuccess(whole))
  const bytes = fs.readFileSync(file)
  const fd = yield* Effect.acquireRelease(
    Effect.sync(() => fs.openSync(file, "r+")),
    (opened) => Effect.sync(() => fs.closeSync(opened))
  )
  let refused = 0
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const at = bit >> 3
    fs.writeSync(fd, Uint8Array.of(bytes[at]! ^ (1 << (bit & 7))), 0, 1, at)
    const outcome = yield* read
    if (Result.isFailure(outcome)) refused++
    else assert.deepStrictEqual(outcome, whole, `bit ${bit & 7} of byte ${at} of ${file} changed what is read`)
    fs.writeSync(fd, bytes, at, 1, at)
  }
  return { refused, bits: 8 * bytes.length }
})

it.live(
  "a trace",
  () =>
    Effect.gen(function* () {
      const directory = path.join(yield* temporaryDirectory, "tiny.moira")
      const requests = makeRequests(model, {
        seed: 1,
        holes: 0.1,
        lengths: [
          [2, 1],
          [1, 1]
        ]
      })
      yield* writeStore({ directory, model, origin }, Stream.fromIterable(requests))
      const read = Effect.gen(function* () {
        const { manifest, requests: rows, read: layer } = yield* openStore(directory)
        const selections = yield* Effect.forEach(manifest.layers, (real) => layer({ layer: real }))
        return { manifest, rows, selections }
      }).pipe(Effect.scoped, typedOnly)
      for (const name of ["manifest.json", "requests.parquet"]) {
        const { refused, bits } = yield* flipAll(path.join(directory, name), read)
        assert.strictEqual(refused, bits, name)
      }
      // Columns that repeat what the requests say are not read, and nothing depends on them.
      const selections = yield* flipAll(path.join(directory, "selections.parquet"), read)
      assert.isAbove(selections.refused, selections.bits / 2)
      const { manifest } = yield* Effect.scoped(openStore(directory))
      const overview = yield* flipAll(
        path.join(directory, "overview.parquet"),
        typedOnly(openOverview(directory, manifest))
      )
      assert.strictEqual(overview.refused, overview.bits)
    }),
  120_000
)

it.live(
  "counts",
  () =>
    Effect.gen(function* () {
      const directory = path.join(yield* temporaryDirectory, "tiny.counts")
      const counts = Float64Array.of(1, 0, 3, 4)
      const shape = {
        phase: "both",
        layers: [0, 1],
        experts: 2,
        steps: 1,
        source: "made",
        sha256: "",
        notes: []
      } as const
      yield* writeCounts({ directory, origin }, Stream.make({ workload: "w", counts, ...shape }))
      const read = Effect.flatMap(openCounts(directory), (reader) => reader.read("w")).pipe(typedOnly)
      for (const name of ["manifest.json", "counts.parquet"]) {
        const { refused, bits } = yield* flipAll(path.join(directory, name), read)
        assert.strictEqual(refused, bits, name)
      }
    }),
  60_000
)

it.effect("the selections of another store of the same shape and length, also beside requests of that store", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const [a, b] = [path.join(folder, "a"), path.join(folder, "b")]
    // Ids that zstd cannot shrink: both files have the same length.
    const [first] = makeRequests(model, { seed: 1, lengths: [[3, 2]] })
    const swapped = { ...first!, ids: first!.ids.map((id) => 4 - id) }
    yield* writeStore({ directory: a, model, origin }, Stream.make(first!))
    yield* writeStore({ directory: b, model, origin }, Stream.make(swapped))
    const size = (directory: string) => fs.statSync(path.join(directory, "selections.parquet")).size
    assert.strictEqual(size(a), size(b))
    for (const name of ["selections.parquet", "requests.parquet"]) {
      fs.copyFileSync(path.join(b, name), path.join(a, name))
      const error = yield* Effect.flip(Effect.scoped(openStore(a)))
      assert.strictEqual(error.reason, "Corrupt")
      assert.include(error.what, "does not belong to this manifest")
    }
  })
)
