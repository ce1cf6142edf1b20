/** Merging stores: what the parts hold, in order, without a page being made again. */
import { assert, it } from "@effect/vitest"
import { memoryReader } from "../src/memory-store.ts"
import { mergeStores } from "../src/node/merge.ts"
import { type Model } from "@moira/core"
import { openStore } from "../src/node/parquet-store.ts"
import { type TraceRequest } from "../src/selections.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Effect, Schema, Stream } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { makeModel, snapshot, temporaryDirectory } from "@moira/core/testing"
import { assertSameSelections, drawLengths, makeRequests, origin } from "./traces.ts"

const model = makeModel({ experts: 300, topK: 3 })
const trace = (seed: number, requests: number, holes = 0.02, of: Model = model) =>
  makeRequests(of, { seed, holes, lengths: drawLengths(seed, requests, 6) })

/** A folder with one store a part, named 0, 1, ... */
const stores = Effect.fnUntraced(function* (parts: ReadonlyArray<ReadonlyArray<TraceRequest>>, of: Model = model) {
  const folder = yield* temporaryDirectory
  const names = parts.map((_, i) => path.join(folder, String(i)))
  for (const [i, part] of parts.entries())
    yield* writeStore({ directory: names[i]!, model: of, origin }, Stream.fromIterable(part))
  return { folder, names, out: path.join(folder, "out") }
})

const selectionsOf = (directory: string) => fs.readFileSync(path.join(directory, "selections.parquet"))
const requestsOf = (directory: string) => fs.readFileSync(path.join(directory, "requests.parquet"))

it.effect("a trace that was cut between chunks and merged again is the same to the byte", () =>
  Effect.gen(function* () {
    const whole = trace(1, 400)
    const cuts = [0, 64, 64 * 3, 64 * 4, 400]
    const parts = cuts.slice(1).map((to, i) => whole.slice(cuts[i], to))
    const { names, out } = yield* stores([...parts, whole])
    const manifest = yield* mergeStores(names.slice(0, -1), out)
    assert.isTrue(selectionsOf(out).equals(selectionsOf(names.at(-1)!)))
    assert.isTrue(requestsOf(out).equals(requestsOf(names.at(-1)!)))
    const { manifest: expected } = yield* openStore(names.at(-1)!)
    assert.deepStrictEqual({ ...manifest, origin: expected.origin }, expected)
  })
)

it.effect.prop(
  "a trace that was cut anywhere and merged reads the same",
  { seed: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e6 }))) },
  Effect.fnUntraced(function* ({ seed }) {
    const whole = trace(seed, 150)
    const first = 1 + (seed % 70)
    const second = first + 1 + (seed % 79)
    const { names, out } = yield* stores([whole.slice(0, first), whole.slice(first, second), whole.slice(second)])
    yield* mergeStores(names, out)
    const merged = yield* openStore(out)
    const expected = memoryReader(model, whole)
    assert.deepStrictEqual(merged.requests, expected.requests)
    assert.strictEqual(merged.manifest.contentSha256, expected.manifest.contentSha256)
    for (const layer of expected.manifest.layers) {
      assertSameSelections(yield* merged.read({ layer }), yield* expected.read({ layer }))
      const range = { layer, from: first - 1, to: second, phase: "decode" } as const
      assertSameSelections(yield* merged.read(range), yield* expected.read(range))
    }
  }, Effect.scoped),
  { arbitrary: { runs: 12, seed: 3 } }
)

it.effect("where each part came from is kept, however they were merged", () =>
  Effect.gen(function* () {
    const { folder, names, out } = yield* stores([trace(1, 3), trace(2, 4), trace(3, 70)])
    const manifest = yield* mergeStores(names, out)
    const parts = yield* Effect.forEach(names, (name) => Effect.map(openStore(name), (store) => store.manifest))
    assert.deepStrictEqual(manifest.origin, {
      format: "merged",
      options: {
        stores: parts.map(({ counts, contentSha256 }) => ({ ...origin, requests: counts.requests, contentSha256 }))
      }
    })
    const pair = path.join(folder, "pair")
    yield* mergeStores(names.slice(0, 2), pair)
    yield* mergeStores([pair, names[2]!], path.join(folder, "left"))
    yield* mergeStores(names.slice(1), pair)
    yield* mergeStores([names[0]!, pair], path.join(folder, "right"))
    assert.deepStrictEqual(snapshot(path.join(folder, "left")), snapshot(out))
    assert.deepStrictEqual(snapshot(path.join(folder, "right")), snapshot(out))
  })
)

it.effect("a store may be appended to in place", () =>
  Effect.gen(function* () {
    const [first, second] = [trace(1, 70), trace(2, 30)]
    const { folder, names } = yield* stores([first, second])
    yield* mergeStores(names, names[0]!)
    const merged = yield* openStore(names[0]!)
    const expected = memoryReader(model, [...first, ...second])
    assertSameSelections(yield* merged.read({ layer: 2 }), yield* expected.read({ layer: 2 }))
    assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["0", "1"])
  })
)

it.effect("stores of other models, or of the same with other facts, are refused by name", () =>
  Effect.gen(function* () {
    const other = makeModel({ id: "other", experts: 8 })
    const changed = { ...model, topK: 4 }
    const { names, out } = yield* stores([trace(1, 3)])
    for (const [different, says] of [
      [other, "is of other, while"],
      [changed, "with other facts"]
    ] as const) {
      const theirs = (yield* stores([trace(2, 3, 0, different)], different)).names[0]!
      const error = yield* Effect.flip(mergeStores([names[0]!, theirs], out))
      assert.deepStrictEqual([error.reason, error.where], ["OtherModel", theirs])
      assert.include(error.what, says)
      assert.isFalse(fs.existsSync(out))
    }
  })
)

it.effect("a damaged part is named, and what was there stays", () =>
  Effect.gen(function* () {
    const { folder, names, out } = yield* stores([trace(1, 70), trace(2, 70)])
    yield* mergeStores(names, out)
    const before = snapshot(out)
    const file = path.join(names[1]!, "selections.parquet")
    const bytes = fs.readFileSync(file)
    // Past the magic bytes and a page header: the first page of the file.
    bytes[40]! ^= 1
    fs.writeFileSync(file, bytes)
    const error = yield* Effect.flip(mergeStores(names, out))
    assert.strictEqual(error.reason, "Corrupt")
    assert.include(error.where, file)
    assert.deepStrictEqual(snapshot(out), before)
    assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["0", "1", "out"])
  })
)

it.effect("nothing to merge, and a store that is not there", () =>
  Effect.gen(function* () {
    const { folder, names, out } = yield* stores([trace(1, 3)])
    assert.strictEqual((yield* Effect.flip(mergeStores([], out))).reason, "Empty")
    const absent = yield* Effect.flip(mergeStores([names[0]!, path.join(folder, "absent")], out))
    assert.strictEqual(absent.reason, "NotFound")
    assert.deepStrictEqual(fs.readdirSync(folder), ["0"])
  })
)
