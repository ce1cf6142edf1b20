import { assert, it } from "@effect/vitest"
import { given } from "../src/given.ts"

const only = (fields: { readonly a?: number; readonly b: string }) => fields

it("keeps what is given, in order, null and zero too, and leaves out what is undefined", () => {
  const absent = undefined as number | undefined
  assert.deepStrictEqual(Object.entries(given({ b: "", a: absent, c: null, d: 0 })), [
    ["b", ""],
    ["c", null],
    ["d", 0]
  ])
  // Types too: with exactOptionalPropertyTypes an optional field may not be undefined.
  assert.notProperty(only(given({ a: absent, b: "x" })), "a")
})
