/** Writing, merging and reading stores of a DeepSeek-like trace: time a chunk, a layer and an id take. */
import { compare } from "@moira/bench"
import { findModel, moeLayers, random, substream } from "@moira/core"
import { mergeStores } from "../src/node/merge.ts"
import { openStore } from "../src/node/parquet-store.ts"
import { type TraceRequest } from "../src/selections.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const model = findModel("deepseek-v3")!
const layers = moeLayers(model).length
const requests = 832
const tokens = 152
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moira-bench-"))

/** Ids of log-normal popularity (sigma 0.7), about as uneven as the experts of DeepSeek; drawn once for all layers. */
const drawn = (() => {
  const { uniform, below } = random(substream(1, "ids"))
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const weights = Array.from({ length: model.experts }, () => Math.exp(0.7 * normal()))
  const total = weights.reduce((a, b) => a + b)
  const table = new Uint16Array(1 << 16)
  let [expert, reached] = [0, weights[0]! / total]
  for (let i = 0; i < table.length; i++) {
    while (i / table.length >= reached && expert < model.experts - 1) reached += weights[++expert]! / total
    table[i] = expert
  }
  return Uint16Array.from({ length: 1 << 22 }, () => table[below(table.length)]!)
})()

const request = (r: number): TraceRequest => {
  const size = layers * tokens * model.topK
  const from = (r * 7919) % (drawn.length - size)
  const ids = drawn.slice(from, from + size)
  return {
    benchmark: "mmlu",
    subject: "all",
    language: "en",
    source: `${r}`,
    prefillTokens: 24,
    decodeTokens: tokens - 24,
    ids
  }
}

const store = path.join(folder, "trace.moira")
const half = path.join(folder, "half.moira")
const origin = { format: "bench", options: {} }
const write = (directory: string, from: number, to: number) =>
  Effect.runPromise(writeStore({ directory, model, origin }, Stream.map(Stream.range(from, to - 1), request)))
const ids = requests * tokens * layers * model.topK
const layerIds = requests * tokens * model.topK

try {
  await write(store, 0, requests)
  await write(half, 0, requests / 2)
  const bytes = fs.statSync(path.join(store, "selections.parquet")).size
  console.log(`\n${(bytes / ids).toFixed(3)} bytes an id; ${(layerIds / 1e6).toFixed(2)} M ids a layer`)
  await compare(
    "store of a DeepSeek-like trace, writing",
    [
      {
        name: "write from a stream",
        run: () => write(path.join(folder, "w.moira"), 0, requests),
        amount: ids / 1e6,
        unit: "M ids"
      },
      {
        name: "merge two halves",
        run: () => Effect.runPromise(mergeStores([half, half], path.join(folder, "m.moira"))),
        amount: ids / 1e6,
        unit: "M ids"
      }
    ],
    { rounds: 3 }
  )
  await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const reader = yield* openStore(store)
        const all = moeLayers(model)
        let turn = 0
        const next = () => all[turn++ % layers]!
        yield* Effect.promise(() =>
          compare("store of a DeepSeek-like trace, reading", [
            {
              name: "100 chunks of one layer and 64 requests",
              run: () => {
                for (let i = 0; i < 100; i++) {
                  const from = 64 * (i % 13)
                  Effect.runSync(reader.read({ layer: next(), from, to: from + 64 }))
                }
              }
            },
            {
              name: "10 whole layers of a million ids",
              run: () => {
                for (let i = 0; i < 10; i++) Effect.runSync(reader.read({ layer: next() }))
              }
            },
            { name: "open the store", run: () => Effect.runPromise(Effect.scoped(openStore(store))) }
          ])
        )
      })
    )
  )
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
