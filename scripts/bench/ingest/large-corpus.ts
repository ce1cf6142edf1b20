/** A seeded corpus of DeepSeek-like patterns-json of any size, as Python's `json.dump(indent=4)` writes it. */
import { type Model, moeLayers, random, substream } from "../../../packages/core/src/index.ts"
import * as fs from "node:fs"
import * as path from "node:path"

const [prefillTokens, decodeTokens] = [24, 128]

/** Experts in a table of 2^16 draws, their popularity log-normal (sigma 0.7), about as uneven as the experts of DeepSeek. */
const popularity = (model: Model, seed: number): Uint16Array => {
  const { normal } = random(substream(seed, "popularity"))
  const weights = Array.from({ length: model.experts }, () => Math.exp(0.7 * normal()))
  const total = weights.reduce((a, b) => a + b)
  const table = new Uint16Array(1 << 16)
  let [expert, reached] = [0, weights[0]! / total]
  for (let i = 0; i < table.length; i++) {
    while (i / table.length >= reached && expert < model.experts - 1) reached += weights[++expert]! / total
    table[i] = expert
  }
  return table
}

/** Text that grows in one buffer; hot, so ids are written digit by digit. */
class Text {
  readonly bytes: Buffer
  length = 0
  constructor(room: number) {
    this.bytes = Buffer.allocUnsafe(room)
  }
  put(text: string): void {
    this.length += this.bytes.write(text, this.length, "latin1")
  }
}

/** Writes one request; all its text but the ids is the same in every file. */
const writeRequest = (model: Model, table: Uint16Array, seed: number, text: Text): void => {
  const { uint32 } = random(substream(seed, "request"))
  const seen = new Int32Array(model.experts).fill(-1)
  const digits = Array.from({ length: model.experts }, (_, id) => `${" ".repeat(16)}${id}`)
  const moe = new Set(moeLayers(model))
  let mark = 0
  const row = () => {
    text.put(`${" ".repeat(12)}[\n`)
    for (let k = 0; k < model.topK;) {
      const id = table[uint32() >>> 16]!
      if (seen[id] === mark) continue
      seen[id] = mark
      text.put(digits[id]!)
      text.put(++k < model.topK ? ",\n" : "\n")
    }
    mark++
    text.put(`${" ".repeat(12)}]`)
  }
  text.length = 0
  text.put("[\n")
  for (let step = 0; step <= decodeTokens; step++) {
    text.put("    {\n")
    for (let layer = 0; layer < model.layers; layer++) {
      text.put(`        "${layer}": `)
      if (moe.has(layer)) {
        text.put("[\n")
        for (let i = step === 0 ? prefillTokens : 1; i > 0; i--) {
          row()
          text.put(i > 1 ? ",\n" : "\n")
        }
        text.put("        ]")
      } else text.put("null")
      text.put(layer + 1 < model.layers ? ",\n" : "\n")
    }
    text.put(step < decodeTokens ? "    },\n" : "    }\n")
  }
  text.put("]")
}

/**
 * Writes files below `folder` until they hold `bytes` bytes, and returns how many bytes they hold. All requests differ: those
 * that begin with the rows of an earlier one are looked for, and would cost what no real corpus does.
 */
export const writeLargeCorpus = (folder: string, model: Model, bytes: number, seed: number): number => {
  const subject = path.join(folder, model.id, "mmlu", "all")
  fs.mkdirSync(subject, { recursive: true })
  const table = popularity(model, seed)
  const text = new Text(16 << 20)
  let written = 0
  for (let i = 0; written < bytes; i++) {
    writeRequest(model, table, seed + i, text)
    fs.writeFileSync(path.join(subject, `${i}.json`), text.bytes.subarray(0, text.length))
    written += text.length
  }
  return written
}
