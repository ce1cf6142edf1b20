/** Reading patterns-json and making twins, against what people do today. */
import { compare } from "../../../tooling/bench/index.js"
import { makeTwin } from "../../../packages/twin/src/index.ts"
import { sharedData } from "../../../tooling/test-data/index.js"
import { findModel, moeLayers } from "../../../packages/core/src/index.ts"
import { type TraceRequest } from "../../../packages/trace/src/index.ts"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { simdjsonIn } from "./other-languages.ts"
import { printRates, printWorkers } from "./patterns.ts"
import { printWholeIngest } from "./whole-ingest.ts"
import { printRatios, type Ratio } from "./ratios.ts"

const model = findModel("deepseek-v3")!
const twin = makeTwin({ model, prefillTokens: 19, decodeTokens: 128, seed: 1, languages: ["en"] })
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

const writeForm = (form: string, indent: number | undefined): ReadonlyArray<string> => {
  const directory = path.join(folder, form)
  fs.mkdirSync(directory)
  const files = Array.from({ length: 64 }, (_, i) => path.join(directory, `${i}.json`))
  files.forEach((file, i) => fs.writeFileSync(file, patternsOf(twin.request(i), indent)))
  return files
}

const real = sharedData("traces/patterns")

const ofPretty = { jsonParse: 14, python: 20, simdjson: 1.4, read: 0.4 }
const ofCompact = { jsonParse: 7, python: 20, simdjson: 1.4 }
const ratios: Array<Ratio> = []

try {
  const simdjson = simdjsonIn(folder)
  const pretty = { title: "DeepSeek-like, pretty", model: model.id, files: writeForm("pretty", 4), aims: ofPretty }
  ratios.push(...printRates(pretty, simdjson))
  if (real !== undefined) {
    const files = fs.globSync(path.join(real, "**", "*.json"))
    ratios.push(...printRates({ title: "Llama 4, pretty", model: "llama4-maverick", files, aims: ofPretty }, simdjson))
  }
  const compact = { model: model.id, files: writeForm("compact", undefined), aims: ofCompact }
  ratios.push(...printRates({ title: "DeepSeek-like, compact", ...compact }, simdjson))
  console.log("\npretty, DeepSeek-like, worker threads")
  ratios.push(...(await printWorkers(pretty)))
  ratios.push(...printWholeIngest(folder))
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
printRatios(ratios)

const tokens = 8 * 56 * moeLayers(model).length
await compare("synthetic twin of DeepSeek-V3", [
  {
    name: "moira: 8 requests",
    run: () => Array.from({ length: 8 }, (_, i) => twin.request(i)),
    amount: tokens / 1e6,
    unit: "M token-layers"
  }
])
