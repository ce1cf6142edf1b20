/** Base64 in JSON: as strict as a plain check of its characters. */
import { assert, it } from "@effect/vitest"
import { readBase64 } from "../../src/codecs/json/base64.ts"
import { JsonCursor } from "../../src/codecs/json/cursor.ts"
import { ContentFault } from "../../src/fault/content-fault.ts"

const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** The bytes of `"text"`, or undefined where it is refused as no base64. */
const read = (text: string): ReadonlyArray<number> | undefined => {
  try {
    const cursor = new JsonCursor(Buffer.from(`"${text}"`))
    const bytes = readBase64(cursor)
    cursor.finish()
    return [...bytes]
  } catch (cause) {
    assert.instanceOf(cause, ContentFault)
    return undefined
  }
}

it("takes what is base64 and nothing else", () => {
  const characters = ["A", "b", "9", "+", "/", "=", "-", "_", " ", "\\n", "\u00e9"]
  let taken = 0
  const walk = (text: string, left: number): void => {
    const expected = strict.test(text) ? [...Buffer.from(text, "base64")] : undefined
    assert.deepStrictEqual(read(text), expected, JSON.stringify(text))
    if (expected !== undefined) taken++
    if (left > 0) for (const each of characters) walk(text + each, left - 1)
  }
  walk("", 4)
  for (const start of ["AAAA", "AA==", "AAA=", "AAA"]) walk(start, 3)
  assert.isAbove(taken, 500)
})

it("is a fault of its place: no string, no end, bytes after it", () => {
  for (const [text, place] of [
    ["12", "byte 100"],
    ['"AAAA', "byte 105"],
    ['"A\\"AA"', "byte 100"]
  ] as const) {
    const cursor = new JsonCursor(Buffer.from(text), 0, text.length, 100)
    try {
      readBase64(cursor)
      assert.fail(`took ${text}`)
    } catch (cause) {
      assert.isTrue(cause instanceof ContentFault && cause.place === place, `${text}: ${String(cause)}`)
    }
  }
})
