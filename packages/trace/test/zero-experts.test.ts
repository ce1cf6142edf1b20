/** Zero experts: ids after those of the experts, stored as they are, read as the choice of nobody. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { Effect, Stream } from "effect"
import * as path from "node:path"
import { countExperts } from "../src/frequency.ts"
import { memoryReader } from "../src/memory-store.ts"
import { mergeStores } from "../src/node/merge.ts"
import { openStore } from "../src/node/parquet-store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { missingExpert, type TraceRequest, zeroExpert } from "../src/selections.ts"
import { traceWarnings } from "../src/trace-warnings.ts"
import { zeroChoices } from "../src/zero-choices.ts"
import { assertSameSelections, origin } from "./traces.ts"

/** Requests that choose among `choosable` ids evenly; some ids are holes. */
const drawn = (topK: number, layers: number, choosable: number, holes = 0.05): ReadonlyArray<TraceRequest> => {
  const { uniform, below } = random(choosable)
  return [12, 7, 30].map((tokens, r) => ({
    benchmark: "bench",
    subject: "subject",
    language: "en",
    source: `made/${r}.json`,
    prefillTokens: tokens,
    decodeTokens: 5,
    ids: Uint16Array.from({ length: layers * (tokens + 5) * topK }, () =>
      uniform() < holes ? missingExpert : below(choosable)
    )
  }))
}

const written = Effect.fnUntraced(function* (
  model: ReturnType<typeof makeModel>,
  requests: ReadonlyArray<TraceRequest>
) {
  const directory = path.join(yield* temporaryDirectory, "trace.moira")
  yield* writeStore({ directory, model, origin }, Stream.fromIterable(requests))
  return directory
})

// Around the widths of a dictionary's indices.
for (const [experts, zeroExperts] of [
  [6, 3],
  [200, 100],
  [512, 256]
] as const) {
  it.effect(`${experts} experts and ${zeroExperts} zero experts: a store and a trace in memory say the same`, () =>
    Effect.gen(function* () {
      const model = makeModel({ experts, zeroExperts, topK: 3 })
      const requests = drawn(3, 4, experts + zeroExperts)
      const store = yield* openStore(yield* written(model, requests))
      const memory = memoryReader(model, requests, origin)
      const all = requests.flatMap(({ ids }) => [...ids])
      const zero = all.filter((id) => id >= experts && id !== missingExpert).length
      const missing = all.filter((id) => id === missingExpert).length
      assert.isAbove(zero, 0)
      assert.deepStrictEqual(store.manifest.counts, memory.manifest.counts)
      assert.deepStrictEqual([store.manifest.counts.zeroIds, store.manifest.counts.missingIds], [zero, missing])
      const seen = { zero: 0, missing: 0, other: 0, counted: 0 }
      for (const layer of store.manifest.layers) {
        const selections = yield* store.read({ layer })
        assertSameSelections(selections, yield* memory.read({ layer }))
        for (const id of selections.ids)
          if (id === zeroExpert) seen.zero++
          else if (id === missingExpert) seen.missing++
          else if (id >= experts) seen.other++
        const counts = new Uint32Array(experts)
        countExperts(selections.ids, 0, selections.ids.length, experts, counts)
        seen.counted += counts.reduce((a, b) => a + b, 0)
      }
      assert.deepStrictEqual(seen, { zero, missing, other: 0, counted: all.length - zero - missing })
      const told = zeroChoices(store.manifest)!
      assert.closeTo(told.share, zero / (all.length - missing), 1e-12)
      assert.closeTo(told.expertsPerToken, 3 * (1 - told.share), 1e-12)
      assert.match(traceWarnings(store.manifest).join(), new RegExp(`the ${zeroExperts} zero experts`))
    }).pipe(Effect.scoped)
  )
}

it.effect("an id after the zero experts is refused, and a token of zero experts alone is recorded", () =>
  Effect.gen(function* () {
    const model = makeModel({ experts: 6, zeroExperts: 2, topK: 2 })
    const [request] = drawn(2, 4, 8, 0)
    const outside = { ...request!, ids: request!.ids.map((id, i) => (i === 5 ? 8 : id)) }
    const error = yield* Effect.flip(written(model, [outside]))
    assert.include(String(error), "expert 8, but Test model has experts 0 to 7")
    const nobody = { ...request!, ids: request!.ids.map(() => 7) }
    const { manifest } = yield* openStore(yield* written(model, [nobody]))
    assert.deepStrictEqual([manifest.counts.unrecordedDecodeTokens, zeroChoices(manifest)?.share], [0, 1])
  }).pipe(Effect.scoped)
)

it.effect("merged stores add their zero choices", () =>
  Effect.gen(function* () {
    const model = makeModel({ experts: 6, zeroExperts: 3, topK: 3 })
    const [a, b] = [yield* written(model, drawn(3, 4, 9)), yield* written(model, drawn(3, 4, 9, 0.2))]
    const out = path.join(yield* temporaryDirectory, "all.moira")
    const merged = yield* mergeStores([a, b], out)
    const parts = [(yield* openStore(a)).manifest, (yield* openStore(b)).manifest]
    assert.strictEqual(
      merged.counts.zeroIds,
      parts.reduce((sum, { counts }) => sum + counts.zeroIds!, 0)
    )
    assert.strictEqual((yield* openStore(out)).manifest.counts.zeroIds, merged.counts.zeroIds)
  }).pipe(Effect.scoped)
)

it("models without zero experts have nothing to tell", () => {
  const { manifest } = memoryReader(makeModel(), drawn(2, 4, 16), origin)
  assert.isUndefined(manifest.counts.zeroIds)
  assert.isUndefined(zeroChoices(manifest))
  assert.deepStrictEqual(traceWarnings({ ...manifest, remarks: [], counts: { ...manifest.counts, missingIds: 0 } }), [])
})
