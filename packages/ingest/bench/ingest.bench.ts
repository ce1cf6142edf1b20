/** Reading patterns-json and making twins, against what people do today. */
import { compare } from "@moira/bench"
import { makeTwin } from "@moira/ingest"
import { findModel, moeLayers, type TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import patternsJson from "../src/formats/patterns-json.ts"

const model = findModel("deepseek-v3")!
const twin = makeTwin({ model, prefillTokens: 24, decodeTokens: 32, seed: 1, languages: ["en"] })
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moira-bench-"))

/** A request as the study's data set writes it. */
const patternsOf = ({ ids, prefillTokens, decodeTokens }: TraceRequest, indent: number | undefined): string => {
  const tokens = prefillTokens + decodeTokens
  const layers = moeLayers(model)
  const rows = (from: number, to: number) =>
    Object.fromEntries(
      Array.from({ length: model.layers }, (_, layer) => {
        const index = layers.indexOf(layer)
        if (index < 0) return [layer, null]
        const row = (t: number) => [
          ...ids.subarray((index * tokens + t) * model.topK, (index * tokens + t + 1) * model.topK)
        ]
        return [layer, Array.from({ length: to - from }, (__, i) => row(from + i))]
      })
    )
  const decode = Array.from({ length: decodeTokens }, (_, t) => rows(prefillTokens + t, prefillTokens + t + 1))
  return JSON.stringify([rows(0, prefillTokens), ...decode], undefined, indent)
}

try {
  for (const [form, indent] of [
    ["pretty", 4],
    ["compact", undefined]
  ] as const) {
    const directory = path.join(folder, form)
    fs.mkdirSync(directory)
    const files = Array.from({ length: 24 }, (_, i) => path.join(directory, `${i}.json`))
    files.forEach((file, i) => fs.writeFileSync(file, patternsOf(twin.request(i), indent)))
    const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0)
    const shared = { amount: bytes / 1e9, unit: "GB" }
    await compare(`patterns-json, ${form}, DeepSeek-like`, [
      {
        name: "JSON.parse(readFileSync(file, utf8))",
        run: () => files.map((file) => JSON.parse(fs.readFileSync(file, "utf8")).length),
        ...shared
      },
      {
        name: "moira: read, check, decode, hash",
        run: () =>
          Effect.runPromise(
            Effect.gen(function* () {
              const { requests } = yield* patternsJson.read([directory], { model })
              return yield* Stream.runCount(requests)
            })
          ),
        ...shared
      }
    ])
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}

const tokens = 8 * 56 * moeLayers(model).length
await compare("synthetic twin of DeepSeek-V3", [
  {
    name: "moira: 8 requests",
    run: () => Array.from({ length: 8 }, (_, i) => twin.request(i)),
    amount: tokens / 1e6,
    unit: "M token-layers"
  }
])
