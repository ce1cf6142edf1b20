import { assert, it } from "@effect/vitest"
import { catalogue, type Model, moeLayers, random, substream } from "@moira/core"
import { checkStore } from "../src/node/check-store.ts"
import { memoryReader, memoryStore } from "../src/memory-store.ts"
import { openStore, storeLayer } from "../src/node/parquet-store.ts"
import { type Phase, type TraceRequest } from "../src/selections.ts"
import { type TraceReader, TraceStore } from "../src/store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Effect, Schema, Stream } from "effect"
import { hash } from "node:crypto"
import * as path from "node:path"
import { makeModel, snapshot, temporaryDirectory } from "@moira/core/testing"
import { assertSameSelections, drawLengths, type Lengths, makeRequests, origin } from "./traces.ts"

const stored = Effect.fnUntraced(function* (model: Model, requests: ReadonlyArray<TraceRequest>) {
  const directory = path.join(yield* temporaryDirectory, "trace.moira")
  const manifest = yield* writeStore({ directory, model, origin }, Stream.fromIterable(requests))
  return { directory, manifest, reader: yield* openStore(directory) }
})

/** Compares all layers whole, then a few random queries of random range and phase. */
const assertSameReaders = Effect.fnUntraced(function* (actual: TraceReader, expected: TraceReader, seed: number) {
  const { seals, ...manifest } = actual.manifest
  assert.match(seals!.requestsSha256, /^[0-9a-f]{64}$/)
  assert.deepStrictEqual(manifest, expected.manifest)
  assert.deepStrictEqual(actual.requests, expected.requests)
  const { layers, counts } = expected.manifest
  for (const layer of layers) assertSameSelections(yield* actual.read({ layer }), yield* expected.read({ layer }))
  const { below } = random(substream(seed, "queries"))
  for (let i = 0; i < 12; i++) {
    const from = below(counts.requests + 1)
    const to = from + below(counts.requests + 1 - from)
    const phase = (["prefill", "decode", "both"] satisfies Array<Phase>)[i % 3]!
    const query = { layer: layers[below(layers.length)]!, from, to, phase }
    assertSameSelections(yield* actual.read(query), yield* expected.read(query))
  }
})

const between = (minimum: number, maximum: number) =>
  Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum })))

const moeShapes = [
  { first: 0, last: 0, every: 1 },
  { first: 3, last: 5, every: 1 },
  { first: 1, last: 5, every: 2 }
]

it.effect.prop(
  "a store gives back any trace: layers, ranges and phases, empty phases and holes",
  {
    seed: between(0, 0xffffffff),
    experts: between(2, 600),
    topK: between(1, 10),
    requests: between(1, 200),
    most: between(1, 12),
    holes: Schema.Literals([0, 0.02, 1]),
    moe: between(0, moeShapes.length - 1)
  },
  Effect.fnUntraced(function* ({ seed, experts, topK, requests, most, holes, moe }) {
    const model = makeModel({ experts, topK: Math.min(topK, experts), layers: 6, moe: moeShapes[moe]! })
    const trace = makeRequests(model, { seed, holes, lengths: drawLengths(seed, requests, most) })
    const { reader, manifest } = yield* stored(model, trace)
    assert.deepStrictEqual(manifest, reader.manifest)
    yield* assertSameReaders(reader, memoryReader(model, trace, origin), seed)
  }, Effect.scoped),
  { arbitrary: { runs: 60, seed: 7 } }
)

// Around each change of index width: a byte up to 256 entries (one is the hole's), then 9, 10 and 16 bits.
const widths = [2, 255, 256, 257, 384, 511, 512, 513, 600, 0xfffe]

it.effect.each(widths.flatMap((experts) => [0, 0.1].map((holes) => ({ experts, holes }))))(
  "every id of $experts experts survives, holes $holes",
  ({ experts, holes }) =>
    Effect.gen(function* () {
      const model = makeModel({ experts, topK: 1, layers: 1, moe: { first: 0, last: 0, every: 1 } })
      const drawn = makeRequests(model, { seed: experts, holes, lengths: [[experts, 3]] })[0]!
      const { uniform } = random(experts)
      const ids = drawn.ids.map((id, i) => (i < experts && uniform() >= holes ? i : id))
      const trace = [{ ...drawn, ids }]
      const { reader } = yield* stored(model, trace)
      yield* assertSameReaders(reader, memoryReader(model, trace, origin), experts)
    })
)

it.effect.each(catalogue.map((model) => ({ id: model.id, model })))("the catalogue's $id is stored", ({ model }) =>
  Effect.gen(function* () {
    const trace = makeRequests(model, { seed: 3, lengths: [[5, 4], ...drawLengths(3, 6, 5)] })
    const { reader } = yield* stored(model, trace)
    assert.deepStrictEqual(reader.manifest.layers, moeLayers(model))
    yield* assertSameReaders(reader, memoryReader(model, trace, origin), 3)
  })
)

it.effect("requests on both sides of each cut between chunks of 64 are read alone and together", () =>
  Effect.gen(function* () {
    const model = makeModel({ experts: 384, topK: 3 })
    const lengths = Array.from({ length: 193 }, (_, r): Lengths => [1 + (r % 3), r % 4])
    const trace = makeRequests(model, { seed: 5, holes: 0.01, lengths })
    const { reader } = yield* stored(model, trace)
    const expected = memoryReader(model, trace, origin)
    for (const cut of [64, 128, 192]) {
      for (const [from, to] of [
        [cut - 1, cut],
        [cut, cut + 1],
        [cut - 1, cut + 1],
        [cut - 64, cut],
        [cut - 64, cut + 1],
        [0, cut],
        [cut, 193]
      ] as const) {
        for (const phase of ["prefill", "decode", "both"] as const) {
          const query = { layer: 2, from, to, phase }
          assertSameSelections(yield* reader.read(query), yield* expected.read(query))
        }
      }
    }
  })
)

it.effect("chunks in which no request has a token leave no trace but their requests", () =>
  Effect.gen(function* () {
    const model = makeModel()
    const none = Array.from({ length: 64 }, (): Lengths => [0, 0])
    for (const lengths of [none, [...none, [2, 1], ...none, [1, 0]] satisfies ReadonlyArray<Lengths>]) {
      const trace = makeRequests(model, { seed: 2, lengths })
      const { reader } = yield* stored(model, trace)
      yield* assertSameReaders(reader, memoryReader(model, trace, origin), 2)
    }
  })
)

it.effect("the same requests give the same bytes of all files", () =>
  Effect.gen(function* () {
    const model = makeModel({ experts: 300, topK: 4 })
    const trace = makeRequests(model, { seed: 8, holes: 0.05, lengths: drawLengths(8, 150, 9) })
    const [first, second] = [yield* stored(model, trace), yield* stored(model, trace)]
    assert.deepStrictEqual(snapshot(second.directory), snapshot(first.directory))
    assert.deepStrictEqual(
      [...snapshot(first.directory).keys()],
      ["manifest.json", "overview.parquet", "requests.parquet", "selections.parquet"]
    )
  })
)

it.effect("names, sources and counts come back as they were", () =>
  Effect.gen(function* () {
    const model = makeModel()
    const trace = makeRequests(model, { seed: 4, holes: 0.3, lengths: drawLengths(4, 30, 5) }).map((request, r) => ({
      ...request,
      subject: `数学 "${r % 2}"\n\t\u0000`,
      source: `a/ü ${r}.json`
    }))
    const { manifest, reader } = yield* stored(model, trace)
    assert.strictEqual(
      manifest.counts.missingIds,
      trace.reduce((n, { ids }) => n + ids.filter((id) => id === 0xffff).length, 0)
    )
    assert.strictEqual(
      manifest.counts.decodeTokens,
      trace.reduce((n, request) => n + request.decodeTokens, 0)
    )
    assert.strictEqual(
      manifest.groups.reduce((n, group) => n + group.requests, 0),
      trace.length
    )
    for (const [r, row] of reader.requests.entries()) {
      const { ids, ...fields } = trace[r]!
      const none = { repeatedTokens: 0, cachedTokens: 0, group: "", sourceDigest: "" }
      assert.deepStrictEqual(row, { ...none, ...fields, runs: row.runs, sha256: hash("sha256", ids) })
      const plain = trace[r]!.ids.includes(0xffff) ? undefined : ""
      if (plain !== undefined) assert.strictEqual(row.runs, plain)
    }
  })
)

it.effect("both stores serve as the trace of a program", () =>
  Effect.gen(function* () {
    const model = makeModel()
    const trace = makeRequests(model, { seed: 6, lengths: drawLengths(6, 20, 5) })
    const { directory } = yield* stored(model, trace)
    const program = TraceStore.use((store) => store.read({ layer: 3, from: 4, to: 19, phase: "decode" }))
    assertSameSelections(
      yield* Effect.provide(program, storeLayer(directory)),
      yield* Effect.provide(program, memoryStore(model, trace))
    )
  })
)

it.effect("a query outside of the trace says what there is", () =>
  Effect.gen(function* () {
    const model = makeModel()
    const trace = makeRequests(model, { seed: 6, lengths: drawLengths(6, 20, 5) })
    const { reader } = yield* stored(model, trace)
    for (const subject of [reader, memoryReader(model, trace)]) {
      for (const layer of [0, 5, -1, 1.5]) {
        const error = yield* Effect.flip(subject.read({ layer }))
        assert.strictEqual(error.reason, "NoSuchLayer")
        assert.include(error.message, `layer ${layer}`)
        assert.include(error.message, "1, 2, 3, 4")
      }
      for (const [from, to] of [
        [-1, 3],
        [3, 2],
        [0, 21],
        [0.5, 2],
        [Number.NaN, 2]
      ] as const) {
        const error = yield* Effect.flip(subject.read({ layer: 1, from, to }))
        assert.strictEqual(error.reason, "NoSuchRequests")
        assert.include(error.message, "requests 0 to 20")
      }
    }
  })
)

it.effect("labels of any text are read as they were stored: half a pair of UTF-16, a byte order mark, nothing", () =>
  Effect.gen(function* () {
    const model = makeModel()
    const labels = ["\ud800", "\ufeffmmlu", "", "größer 𝄞", "a\u0000b", "x".repeat(70_000)]
    const trace = makeRequests(model, { seed: 4, lengths: labels.map(() => [1, 1] as const) }).map((one, r) => ({
      ...one,
      benchmark: labels[r]!,
      subject: labels.at(-1 - r)!,
      group: labels[(r + 1) % labels.length]!,
      source: `${labels[r]!}.json`
    }))
    const { directory, reader } = yield* stored(model, trace)
    yield* assertSameReaders(reader, memoryReader(model, trace, origin), 4)
    assert.deepStrictEqual((yield* checkStore(directory)).problems, [])
    assert.strictEqual(reader.requests[0]?.benchmark, "\ufffd")
    assert.strictEqual(reader.requests[3]?.benchmark, "größer 𝄞")
  })
)

it.effect("a count that the table cannot hold is refused, not stored as another one", () =>
  Effect.gen(function* () {
    const model = makeModel()
    const directory = path.join(yield* temporaryDirectory, "trace.moira")
    const [request] = makeRequests(model, { seed: 4, lengths: [[1, 1]] })
    const one = { ...request!, cachedTokens: 2 ** 31 }
    const error = yield* Effect.flip(writeStore({ directory, model, origin }, Stream.make(one)))
    assert.strictEqual(error.reason, "NotWritable")
    assert.include(error.what, "2147483648")
  })
)
