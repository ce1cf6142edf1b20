/** Requests that begin with the rows of others: found on the ids, counted once, in one group. */
import { assert, it } from "@effect/vitest"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { type Model, moeLayers, random, substream } from "@moira/core"
import { Effect, Schema, Stream } from "effect"
import * as path from "node:path"
import { mergeStores } from "../src/node/merge.ts"
import { openStore } from "../src/node/parquet-store.ts"
import type { Repeats } from "../src/node/repeats/mark-repeats.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { storeOfSegments } from "../src/node/segment-store.ts"
import { SegmentWriter } from "../src/node/segment.ts"
import { workDirectory } from "../src/node/work-directory.ts"
import { missingExpert, type TraceRequest } from "../src/selections.ts"
import { origin } from "./traces.ts"

const model = makeModel({ experts: 64, topK: 2 })
const layers = moeLayers(model).length

/** `tokens` rows of `[layer][k]`, drawn. */
const draw = (seed: number, tokens: number, of: Model = model): ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>> => {
  const { below } = random(substream(seed, "rows"))
  return Array.from({ length: tokens }, () =>
    Array.from({ length: moeLayers(of).length }, () => Array.from({ length: of.topK }, () => below(of.experts)))
  )
}

type Rows = ReturnType<typeof draw>

const request = (rows: Rows, decodeTokens: number, more: Partial<TraceRequest> = {}): TraceRequest => ({
  benchmark: "b",
  subject: "s",
  language: "en",
  source: "made.json",
  prefillTokens: rows.length - decodeTokens,
  decodeTokens,
  ids: Uint16Array.from(
    (rows[0] ?? []).flatMap((_, layer) => rows.flatMap((row) => row[layer]!)),
    (id) => id
  ),
  ...more
})

const stored = Effect.fnUntraced(function* (
  requests: ReadonlyArray<TraceRequest>,
  repeats: Repeats = "once",
  of: Model = model
) {
  const directory = path.join(yield* temporaryDirectory, "store")
  yield* writeStore({ directory, model: of, origin, repeats }, Stream.fromIterable(requests))
  return { directory, ...(yield* openStore(directory)) }
})

/** Turns of a conversation: each begins with all of the one before, and adds a question of 5 and an answer of 4. */
const turns = (seed: number, count: number): ReadonlyArray<TraceRequest> => {
  const rows = draw(seed, 9 + 9 * count)
  return Array.from({ length: count }, (_, turn) => request(rows.slice(0, 18 + 9 * turn), 4))
}

it.effect("turns of a conversation count what is new and are one unit, in whatever order they lie", () =>
  Effect.gen(function* () {
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0]
    ]) {
      const all = [turns(1, 3), turns(2, 3)].flatMap((conversation) => order.map((turn) => conversation[turn]!))
      const { manifest, requests, read } = yield* stored(all)
      const told = requests.map(({ repeatedTokens, prefillTokens, decodeTokens }) => [
        repeatedTokens,
        prefillTokens,
        decodeTokens
      ])
      const expected = [
        [0, 14, 4],
        [18, 5, 4],
        [27, 5, 4]
      ]
      assert.deepStrictEqual(
        told,
        [...order, ...order].map((turn) => expected[turn]!)
      )
      assert.strictEqual(manifest.counts.independentUnits, 2)
      assert.strictEqual(manifest.counts.repeatedTokens, 90)
      assert.strictEqual(new Set(requests.map(({ group }) => group)).size, 2)
      // What is read is the new rows alone.
      const { ids, offsets } = yield* read({ layer: moeLayers(model)[0]! })
      const at = order.indexOf(1)
      const second = all[at]!
      assert.deepStrictEqual(
        [...ids.subarray(offsets[at]! * 2, offsets[at + 1]! * 2)],
        [...second.ids.subarray(18 * 2, 27 * 2)]
      )
    }
  })
)

it.effect("samples of one prompt compute it once; equal answers are computed each time", () =>
  Effect.gen(function* () {
    const prompt = draw(3, 10)
    const answer = draw(4, 6)
    const all = [draw(5, 6), answer, answer].map((made) => request([...prompt, ...made], 6))
    const { requests, manifest } = yield* stored([...all, request(draw(6, 16), 6)])
    assert.deepStrictEqual(
      requests.map(({ repeatedTokens, decodeTokens }) => [repeatedTokens, decodeTokens]),
      [
        [0, 6],
        [10, 6],
        [10, 6],
        [0, 6]
      ]
    )
    assert.strictEqual(manifest.counts.independentUnits, 2)
    assert.strictEqual(manifest.remarks.length, 1)
    assert.match(manifest.remarks[0]!.what, /20 rows are counted once/)
    assert.strictEqual(manifest.remarks[0]!.requests, 2)
  })
)

it.effect("kept as load they are a group all the same", () =>
  Effect.gen(function* () {
    const all = turns(7, 3)
    const { manifest } = yield* stored(all, "keep")
    const told = yield* stored([all[0]!, { ...all[1]!, repeatedTokens: 18 }], "keep")
    assert.strictEqual(told.manifest.counts.repeatedTokens, 18)
    assert.match(
      told.manifest.remarks[0]!.what,
      /0 of these 18 rows are counted .*; the engine served 18 from its cache/
    )
    assert.strictEqual(manifest.counts.repeatedTokens, 0)
    assert.strictEqual(manifest.counts.independentUnits, 1)
    assert.match(manifest.remarks[0]!.what, /45 of these 45 rows are counted each time, as asked$/)
  })
)

it.effect("a short prompt of few layers and experts may be equal by chance, one that says much is not", () =>
  Effect.gen(function* () {
    const small = makeModel({ experts: 4, topK: 1 })
    const pair = (tokens: number, of: Model) => {
      const prompt = draw(19, tokens, of)
      return [1, 2].map((seed) => request([...prompt, ...draw(seed, 3, of)], 3))
    }
    assert.strictEqual((yield* stored(pair(3, small), "once", small)).manifest.counts.repeatedTokens, 0)
    assert.strictEqual((yield* stored(pair(40, small), "once", small)).manifest.counts.repeatedTokens, 40)
    const deep = { ...makeModel({ experts: 128, topK: 1 }), layers: 48, moe: { first: 0, last: 47, every: 1 } }
    assert.strictEqual((yield* stored(pair(3, deep), "once", deep)).manifest.counts.repeatedTokens, 3)
    assert.strictEqual((yield* stored(pair(1, deep), "once", deep)).manifest.counts.repeatedTokens, 0)
  })
)

it.effect("a partial prefix, a single row and one that says nothing join nobody", () =>
  Effect.gen(function* () {
    const system = draw(8, 20)
    const open = [1, 2, 3].map((seed) => request([...system, ...draw(seed, 9)], 4))
    const greeting = draw(9, 1)
    const short = [4, 5].map((seed) => request([...greeting, ...draw(seed, 3)], 3))
    const flat = Array.from({ length: 12 }, () => Array.from({ length: layers }, () => [1, 2]))
    const same = [6, 7].map((seed) => request([...flat, ...draw(seed, 3)], 3))
    const holes = Array.from({ length: 12 }, () => Array.from({ length: layers }, () => [missingExpert, missingExpert]))
    const cached = [10, 11].map((seed) => request([...holes, ...draw(seed, 3)], 3))
    const { requests, manifest } = yield* stored([...open, ...short, ...same, ...cached])
    assert.deepStrictEqual(
      requests.map(({ repeatedTokens, group }) => [repeatedTokens, group]),
      requests.map(() => [0, ""])
    )
    assert.deepStrictEqual(manifest.remarks, [])
  })
)

it.effect("rows that differ at one layer of one token are no repeat, whichever layer that is", () =>
  Effect.gen(function* () {
    for (let layer = 0; layer < layers; layer++) {
      const prompt = draw(12, 10)
      const other = prompt.map((row, t) =>
        row.map((ids, l) => (t === 4 && l === layer ? [ids[0]!, (ids[1]! + 1) % 64] : ids))
      )
      const { manifest } = yield* stored([
        request([...prompt, ...draw(1, 4)], 4),
        request([...other, ...draw(2, 4)], 4)
      ])
      assert.strictEqual(manifest.counts.repeatedTokens, 0)
      assert.strictEqual(manifest.counts.independentUnits, 2)
    }
  })
)

it.effect(
  "what readers told stays: short prompts of a group are repeats, and its name is that of all it is joined with",
  () =>
    Effect.gen(function* () {
      const prompt = draw(13, 3)
      const conversation = turns(14, 2)
      const { requests } = yield* stored([
        request([...prompt, ...draw(1, 4)], 4, { group: "a" }),
        request([...prompt, ...draw(2, 4)], 4, { group: "a" }),
        request([...prompt, ...draw(3, 4)], 4, { group: "b" }),
        { ...conversation[0]!, group: "c" },
        conversation[1]!
      ])
      assert.deepStrictEqual(
        requests.map(({ group, repeatedTokens }) => [group, repeatedTokens]),
        [
          ["a", 0],
          ["a", 3],
          ["b", 0],
          ["c", 0],
          ["c", 18]
        ]
      )
    })
)

it.effect("an opening that most requests share is counted once and groups nobody", () =>
  Effect.gen(function* () {
    const system = draw(15, 20)
    const all = Array.from({ length: 12 }, (_, i) => request([...system, ...draw(20 + i, 9)], 4))
    const { requests, manifest } = yield* stored([request([...system, ...draw(16, 2)], 2), ...all])
    assert.isTrue(requests.every(({ group }) => group === ""))
    assert.strictEqual(manifest.counts.repeatedTokens, 240)
    assert.strictEqual(manifest.counts.independentUnits, 13)
    assert.strictEqual(manifest.remarks.length, 2)
  })
)

it.effect("requests longer than what is read at once are found too", () =>
  Effect.gen(function* () {
    const one = makeModel({ experts: 64, topK: 1 })
    const rows = draw(17, 40_000, one)
    const { requests } = yield* stored(
      [request(rows.slice(0, 20_000), 2), request(draw(18, 5, one), 1), request(rows, 2)],
      "once",
      one
    )
    assert.deepStrictEqual(
      requests.map(({ repeatedTokens }) => repeatedTokens),
      [0, 0, 20_000]
    )
  })
)

it.effect("groups of merged stores stay apart unless they are the same, however they were merged", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const a = yield* stored([request(draw(1, 9), 4, { group: "g" }), request(draw(2, 9), 4, { group: "g" })])
    const b = yield* stored([request(draw(3, 9), 4, { group: "g" }), ...turns(4, 2)])
    const merge = Effect.fnUntraced(function* (of: ReadonlyArray<string>, name: string) {
      const out = path.join(folder, name)
      yield* mergeStores(of, out)
      return { out, rows: (yield* openStore(out)).requests }
    })
    const flat = yield* merge([a.directory, b.directory, a.directory], "flat")
    const groups = flat.rows.map(({ group }) => group)
    assert.strictEqual(new Set(groups).size, 3)
    assert.deepStrictEqual(groups.slice(0, 2), groups.slice(5))
    assert.strictEqual(groups[3], b.requests[1]!.group)
    const pair = yield* merge([a.directory, b.directory], "pair")
    const left = yield* merge([pair.out, a.directory], "left")
    assert.deepStrictEqual(left.rows, flat.rows)
  })
)

it.effect("turns in different segments are found as in one stream, to the byte", () =>
  Effect.gen(function* () {
    const all = [...turns(21, 3), ...turns(22, 3), request(draw(23, 12), 4), ...turns(24, 2)]
    const streamed = yield* stored(all)
    const directory = path.join(yield* temporaryDirectory, "store")
    yield* Effect.scoped(
      Effect.gen(function* () {
        const work = yield* workDirectory(directory)
        const cuts = [0, 2, 3, 7, all.length]
        const segments = cuts.slice(1).map((to, i) => {
          const writer = new SegmentWriter(work.segments, `part ${i}`, model)
          for (const each of all.slice(cuts[i], to)) writer.append({ ...each, ids: each.ids.slice() })
          writer.finish([])
          return { name: `part ${i}`, ready: Effect.void }
        })
        yield* storeOfSegments({ work, directory, model, segments, origin: () => origin })
      })
    )
    const parted = yield* openStore(directory)
    assert.deepStrictEqual(parted.requests, streamed.requests)
    assert.deepStrictEqual(parted.manifest.counts, streamed.manifest.counts)
    assert.strictEqual(parted.manifest.contentSha256, streamed.manifest.contentSha256)
  })
)

const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

/** What each request repeats, by comparing every two: the longest whole prompt, sequence or all but its last row. */
const plainRepeats = (requests: ReadonlyArray<TraceRequest>): ReadonlyArray<number> => {
  const tokensOf = ({ prefillTokens, decodeTokens }: TraceRequest) => prefillTokens + decodeTokens
  const rows = requests.map((of) => {
    const { ids } = of
    return Array.from({ length: tokensOf(of) }, (_, t) =>
      Array.from({ length: layers }, (__, l) => {
        const at = (l * tokensOf(of) + t) * model.topK
        return ids.subarray(at, at + model.topK).join()
      }).join(" ")
    )
  })
  return requests.map(({ prefillTokens }, r) => {
    const lengths = requests.flatMap((other, o) => {
      const isFirst = other.prefillTokens < prefillTokens || (other.prefillTokens === prefillTokens && o < r)
      const whole = tokensOf(other)
      const anchors = [other.prefillTokens, ...(other.decodeTokens > 1 ? [whole - 1] : []), whole]
      return isFirst
        ? anchors.filter((n) => n <= prefillTokens && rows[o]!.slice(0, n).every((row, t) => row === rows[r]![t]))
        : []
    })
    // So few rows as the shortest of these say enough in this model.
    return Math.max(0, ...lengths.filter((n) => n >= 6))
  })
}

it.effect.prop(
  "what is found is what comparing every two requests finds",
  { seed: Seed },
  Effect.fnUntraced(function* ({ seed }) {
    const { below } = random(seed)
    // A forest of texts: each goes on from some place in an earlier one.
    const texts: Array<Rows> = [draw(seed, 8 + below(10))]
    const requests = Array.from({ length: 14 }, (_, i) => {
      const from = texts[below(texts.length)]!
      const rows = [
        ...from.slice(0, below(3) === 0 ? 6 + below(from.length - 5) : from.length),
        ...draw(seed + i + 1, 1 + below(9))
      ]
      texts.push(rows)
      return request(rows, below(Math.min(6, rows.length - 6)))
    })
    const found = yield* stored(requests)
    assert.deepStrictEqual(
      found.requests.map(({ repeatedTokens }) => repeatedTokens),
      plainRepeats(requests)
    )
  }, Effect.scoped),
  { arbitrary: { runs: 40 } }
)
