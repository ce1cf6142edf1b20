import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { ContentFault } from "../../src/fault/content-fault.ts"
import { JsonCursor } from "../../src/codecs/json/cursor.ts"
import { mutator } from "../formats/mutate.ts"

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text))

/** Builds what the cursor sees, numbers as their text's value. */
const build = (cursor: JsonCursor): unknown => {
  switch (cursor.kind()) {
    case "object": {
      const entries: Array<readonly [string, unknown]> = []
      cursor.object((key) => entries.push([key, build(cursor)]))
      return Object.fromEntries(entries)
    }
    case "list": {
      const all: Array<unknown> = []
      cursor.list(() => all.push(build(cursor)))
      return all
    }
    case "string":
      return cursor.string()
    case "number": {
      const from = cursor.at
      cursor.skipNumber()
      return Number(Buffer.from(cursor.bytes.subarray(from, cursor.at)).toString("latin1"))
    }
    case "true":
    case "false":
      return cursor.boolean()
    case "null":
      break
  }
  cursor.skip()
  return null
}

const parsed = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const documents = [
  '{"a": [1, -2.5e+3, 0, true, false, null], "b\\u0041\\n": {"c": "\\ud83d\\ude00 é \\"\\\\"}, "": ""}',
  '[[], {}, [[1],[2]], "x", 1e2, -0.0]\r\n'
]

it("accepts what JSON.parse accepts, and refuses the rest with a place", () => {
  const draws = random(7)
  const mutate = mutator(draws)
  let [accepted, refused] = [0, 0]
  for (let n = 0; n < 6000; n++) {
    const bytes = n < 2 ? bytesOf(documents[n]!) : mutate(bytesOf(documents[n % 2]!))
    const expected = parsed(Buffer.from(bytes).toString("utf8"))
    try {
      const cursor = new JsonCursor(bytes)
      const value = build(cursor)
      cursor.finish()
      const skipping = new JsonCursor(bytes)
      skipping.skip()
      skipping.finish()
      assert.deepStrictEqual({ value }, expected, Buffer.from(bytes).toString("utf8"))
      accepted++
    } catch (cause) {
      if (!(cause instanceof ContentFault)) throw cause
      assert.match(cause.place, /^byte \d+$/)
      const strictOnly = /comes twice|deeper than/.test(cause.message)
      if (!strictOnly) assert.isUndefined(expected, `${cause.message}: ${Buffer.from(bytes).toString("utf8")}`)
      refused++
    }
  }
  assert.isAbove(accepted, 300)
  assert.isAbove(refused, 1500)
})

it("reads whole numbers that are written plainly", () => {
  const integer = (text: string) => new JsonCursor(bytesOf(text)).integer()
  assert.deepStrictEqual(["0", " 12 ", "-1", "9007199254740991"].map(integer), [0, 12, -1, 2 ** 53 - 1])
  for (const text of [
    "-0",
    "01",
    "1.0",
    "1e2",
    "+1",
    "0x1",
    "",
    "-",
    "9007199254740992",
    "1".repeat(400),
    "true",
    '"1"'
  ])
    assert.throws(() => integer(text), ContentFault)
})

it("bounds nesting", () => {
  const deep = (levels: number) => new JsonCursor(bytesOf("[".repeat(levels) + "]".repeat(levels))).skip()
  deep(64)
  assert.throws(() => deep(65), /deeper than 64/)
  assert.throws(() => deep(1_000_000), ContentFault)
})
