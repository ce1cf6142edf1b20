/** The memory of the patterns-json decoder: growing, shrinking, large files, reading. */
import { assert, it } from "@effect/vitest"
import { findModel } from "@moira/core"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import {
  type DecodedPatterns,
  makeDecoder,
  type PatternDecoder,
  type PatternEngine
} from "../src/formats/patterns-json/decode.ts"
import { readInto } from "../src/formats/patterns-json/read-file.ts"
import { patternShape } from "../src/formats/patterns-json/shape.ts"
import { Fault } from "../src/formats/patterns-json/fault.ts"
import { agree, enginesOf } from "./engines.ts"
import { patternsText } from "./patterns-text.ts"
import { randomRequest } from "./random-request.ts"
import { small } from "./small-models.ts"

const model = small[0]!
const shape = patternShape(model)
const pretty = { indent: 4, edit: (text: string) => text }
const textOf = (decodeTokens: number): Uint8Array =>
  Buffer.from(patternsText(model, randomRequest(model, 5, decodeTokens, 2), pretty), "latin1")

const decodeWith = (decoder: PatternDecoder, file: Uint8Array): DecodedPatterns => {
  decoder.reserve(file.length).set(file)
  return decoder.decode(file.length)
}

const engines: ReadonlyArray<PatternEngine> = ["plain", "js", "wasm"]

it("chooses WebAssembly where there is SIMD", () => {
  assert.strictEqual(makeDecoder(shape).engine, "wasm")
})

it("does not take a row whose digits and blanks are as many as they should be but not where", () => {
  const take = enginesOf(model)
  const text = Buffer.from(textOf(60)).toString("latin1")
  // In a row whose layout is long known: one blank moved from before an id of two digits into one of three.
  const rows = [...text.matchAll(/\[\n {16}\d[^[\]]*\]/g)].slice(90)
  const row = rows.find(([found]) => / {16}\d\d,/.test(found) && /\d\d\d,/.test(found))!
  const moved = row[0].replace(/ ( {15}\d\d,)/, "$1").replace(/(\d)\d(\d,)/, "$1 $2")
  assert.strictEqual(moved.length, row[0].length - 1)
  for (const changed of [moved, row[0].replace(/ ( {15}\d\d,)/, "$1")]) {
    const outcome = take(Buffer.from(text.replace(row[0], changed), "latin1"))
    assert.strictEqual(outcome instanceof Fault, changed === moved)
  }
})

it("takes 8 ids in every layout, and whatever number of digits each has", () => {
  const take = enginesOf(model)
  const ids = [
    [7, 10, 99, 100, 255, 0, 9, 42],
    [1, 2, 3, 4, 5, 6, 8, 9],
    [110, 120, 130, 140, 150, 160, 170, 255]
  ]
  // Each of the lengths of 1-3 in each of the 8 places: 6,561 rows in 2,187 steps of 3 layers.
  for (let n = 0; n < 3 ** 8; n++)
    ids.push(Array.from({ length: 8 }, (_, place) => [place, 10 + place, 100 + place][Math.floor(n / 3 ** place) % 3]!))
  const step = (from: number, rows: number) => ({
    0: null,
    ...Object.fromEntries([1, 2, 3].map((layer, i) => [layer, ids.slice(from + i * rows, from + (i + 1) * rows)]))
  })
  const steps = [step(0, 1), ...Array.from({ length: 3 ** 7 }, (_, i) => step(3 + 3 * i, 1))]
  const expected = [1, 2, 3].flatMap((layer) => ids.filter((_, i) => i % 3 === layer - 1).flat())
  for (const indent of [undefined, 1, 2, 3, 4, 5, "\t", "\t\t"]) {
    const outcome = take(Buffer.from(JSON.stringify(steps, undefined, indent), "latin1"))
    assert.deepStrictEqual(outcome instanceof Fault ? outcome : [...outcome.ids], expected, `indent ${indent}`)
  }
})

it("puts ids into room it is given, if there is enough, in all engines and at any place", () => {
  const file = textOf(7)
  for (const engine of engines) {
    const decoder = makeDecoder(shape, engine)
    const expected = decodeWith(decoder, file).ids
    const room = new Uint16Array(expected.length + 3)
    for (const given of [room, room.subarray(1), room.subarray(1, 1 + expected.length), room.subarray(4)]) {
      room.fill(0xffff)
      decoder.reserve(file.length).set(file)
      const { ids } = decoder.decode(file.length, given)
      assert.deepStrictEqual(ids, expected)
      const enough = given.length >= expected.length
      assert.deepStrictEqual([ids.buffer === room.buffer, ids.byteOffset], [enough, enough ? given.byteOffset : 0])
      assert.isTrue(room.subarray(-2).every((id) => id === 0xffff))
    }
  }
})

it("gives arrays of its own, whatever is decoded later", () => {
  for (const engine of engines) {
    const decoder = makeDecoder(shape, engine)
    const [first, second] = [textOf(3), textOf(40)]
    const before = decodeWith(decoder, first)
    const copy = before.ids.slice()
    decodeWith(decoder, second)
    assert.deepStrictEqual(before.ids, copy)
    assert.notStrictEqual(before.ids.length, 0)
  }
})

it("finds room for files and ids that outgrow it, then for small ones again", () => {
  // 5,000 steps of 3 layers are 120,000 ids and 3 MB, more than there is room for at first.
  const [long, short] = [textOf(5000), textOf(2)]
  const outcomes = engines.map((engine) => {
    const decoder = makeDecoder(shape, engine)
    return [short, long, short, long].map((file) => decodeWith(decoder, file))
  })
  for (const [a, b, c, d] of outcomes) {
    assert.isTrue(agree(a!, c!) && agree(b!, d!))
    assert.isTrue(agree(a!, outcomes[0]![0]!) && agree(b!, outcomes[0]![1]!))
    assert.deepStrictEqual([b!.decodeTokens, b!.ids.length], [5000, 3 * (b!.prefillTokens + 5000) * 8])
  }
})

it("leaves files beyond WebAssembly's memory to the other engine, and takes the next again", () => {
  const decoder = makeDecoder(shape, "wasm", 100_000)
  const plain = makeDecoder(shape, "plain")
  for (const tokens of [1, 300, 400, 1, 300]) {
    const file = textOf(tokens)
    assert.isTrue(agree(decodeWith(decoder, file), decodeWith(plain, file)), `${tokens} tokens, ${file.length} bytes`)
  }
})

it("keeps what was read of a file that is longer than was said", () => {
  for (const most of [100_000, undefined]) {
    for (const engine of engines) {
      const decoder = most === undefined ? makeDecoder(shape, engine) : makeDecoder(shape, engine, most)
      const file = textOf(4000)
      const part = 60_000
      decoder.reserve(part).set(file.subarray(0, part))
      decoder.reserve(file.length, part).set(file.subarray(part), part)
      assert.strictEqual(decoder.decode(file.length).decodeTokens, 4000)
    }
  }
})

it("reads a file straight into that memory, and names one that is not there", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moira-decoder-"))
  try {
    const file = path.join(folder, "0.json")
    const text = textOf(2000)
    fs.writeFileSync(file, text)
    const decoder = makeDecoder(shape)
    const bytes = readInto(decoder, file)
    assert.isTrue(Buffer.from(bytes).equals(text))
    assert.strictEqual(decoder.decode(bytes.length).decodeTokens, 2000)
    assert.throws(() => readInto(decoder, path.join(folder, "1.json")), /ENOENT/)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
})

it("forgets a layout when the next file has its layers in another order", () => {
  const deepseek = findModel("deepseek-v3")!
  const request = randomRequest(deepseek, 2, 6, 5)
  const texts = [pretty, { ...pretty, backwards: true as const }, pretty].map((style) =>
    Buffer.from(patternsText(deepseek, request, style), "latin1")
  )
  for (const engine of engines) {
    const decoder = makeDecoder(patternShape(deepseek), engine)
    for (const text of texts) assert.deepStrictEqual(decodeWith(decoder, text).ids, request.ids)
  }
})
