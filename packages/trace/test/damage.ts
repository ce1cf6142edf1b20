/** Small stores to damage, and what reading them may give then. */
import { assert } from "@effect/vitest"
import { type LayerSelections } from "../src/selections.ts"
import { memoryReader } from "../src/memory-store.ts"
import { openStore } from "../src/node/parquet-store.ts"
import { type StoreError } from "../src/store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Effect, Exit, Result, Stream } from "effect"
import { sealJson } from "@moira/core"
import { hash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { readSeal } from "../src/node/parquet/file-reader.ts"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { assertSameSelections, type Lengths, makeRequests, origin } from "./traces.ts"

const lengths: ReadonlyArray<Lengths> = [
  [3, 2],
  [0, 4],
  [5, 0],
  [0, 0],
  [1, 1]
]

/** One store for each way in which ids are packed. */
export const kinds = [
  { name: "bytes", experts: 256, topK: 8, holes: 0 },
  { name: "bytes and holes", experts: 128, topK: 2, holes: 0.2 },
  { name: "9 bits", experts: 300, topK: 3, holes: 0.1 }
]

/** A store in a directory of its own, and what its layers hold. */
export const damaged = Effect.fnUntraced(function* (kind: (typeof kinds)[number]) {
  const { experts, topK } = kind
  const model = makeModel({ experts, topK, layers: 3, moe: { first: 1, last: 2, every: 1 } })
  const requests = makeRequests(model, { seed: 1, holes: kind.holes, lengths })
  const directory = path.join(yield* temporaryDirectory, "trace.moira")
  yield* writeStore({ directory, model, origin }, Stream.fromIterable(requests))
  const memory = memoryReader(model, requests, origin)
  const expected = yield* Effect.forEach(memory.manifest.layers, (layer) => memory.read({ layer }))
  const file = (name: string) => path.join(directory, name)
  return { model, requests, directory, expected, file, selections: file("selections.parquet") }
})

/** Seals a store anew, as a forger would who changed its tables and knows how seals are made. */
export const reseal = (directory: string): void => {
  const file = (name: string) => path.join(directory, name)
  const digest = (name: string) => hash("sha256", fs.readFileSync(file(name)))
  const { manifestSha256: _, ...manifest } = JSON.parse(fs.readFileSync(file("manifest.json"), "utf8"))
  const seals = {
    selections: readSeal(file("selections.parquet")),
    requestsSha256: digest("requests.parquet"),
    overviewSha256: digest("overview.parquet")
  }
  fs.writeFileSync(file("manifest.json"), sealJson({ ...manifest, seals }, "manifestSha256"))
}

/** Opens the store and reads all layers. A defect fails the test: the exit may only hold a typed error. */
export const readAll = (directory: string) =>
  Effect.gen(function* () {
    const reader = yield* openStore(directory)
    return yield* Effect.forEach(reader.manifest.layers, (layer) => reader.read({ layer }))
  }).pipe(Effect.scoped, typedOnly)

/** The result of an effect that may fail but must not die. */
export const typedOnly = <A>(self: Effect.Effect<A, StoreError>) =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(self)
    if (Exit.isFailure(exit))
      assert.deepStrictEqual(
        exit.cause.reasons.map((reason) => reason._tag),
        ["Fail"]
      )
    return yield* Effect.result(exit)
  })

/** Asserts that reading gave the right selections (false) or an allowed error that names a place (true). */
export const assertEqualOr = (
  outcome: Result.Result<ReadonlyArray<LayerSelections>, StoreError>,
  expected: ReadonlyArray<LayerSelections>,
  allowed: ReadonlyArray<StoreError["reason"]>,
  inside: string
): boolean => {
  if (Result.isSuccess(outcome)) {
    assert.strictEqual(outcome.success.length, expected.length)
    for (const [i, selections] of outcome.success.entries()) assertSameSelections(selections, expected[i]!)
    return false
  }
  assert.include(allowed, outcome.failure.reason)
  assert.include(outcome.failure.where, inside)
  assert.isAbove(outcome.failure.hint.length, 0)
  return true
}
