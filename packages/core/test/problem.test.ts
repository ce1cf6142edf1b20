import { assert, it } from "@effect/vitest"
import { knownNames, taggedProblem } from "../src/problem.ts"
import { Schema } from "effect"

class Trouble extends taggedProblem("Trouble", ["Lost", "Broken"]) {}

it("a problem reads as one line: where, what, hint", () => {
  const error = new Trouble({ reason: "Lost", where: "a.json", what: "is gone", hint: "look elsewhere" })
  assert.strictEqual(error.message, "a.json: is gone; hint: look elsewhere")
  assert.instanceOf(error, Error)
})

it("a problem crosses threads as JSON with its cause", () => {
  const codec = Schema.fromJsonString(Trouble)
  const error = new Trouble({ reason: "Broken", where: "x", what: "y", hint: "z", cause: new Error("why") })
  const back = Schema.decodeSync(codec)(Schema.encodeSync(codec)(error))
  assert.deepStrictEqual([back._tag, back.reason, back.message], ["Trouble", "Broken", error.message])
  assert.instanceOf(back.cause, Error)
  assert.strictEqual(back.cause.message, "why")
})

it("a reason outside of the closed set does not decode", () => {
  const fields = { _tag: "Trouble", reason: "Other", where: "x", what: "y", hint: "z" }
  assert.throws(() => Schema.decodeUnknownSync(Trouble)(fields), /Lost.*Broken/)
})

it("names come nearest first, ties by the alphabet", () => {
  assert.strictEqual(knownNames("kitten", ["banana", "sitting", "mitten", "bitten"]), "bitten, mitten, sitting, banana")
  assert.strictEqual(knownNames("", ["bb", "a", "b"]), "a, b, bb")
  assert.strictEqual(knownNames("x", []), "")
})

it("a long list is cut and says how much is left", () => {
  const names = Array.from({ length: 20 }, (_, i) => `name-${String.fromCharCode(97 + i)}`)
  assert.strictEqual(knownNames("name-c", names, 3), "name-c, name-a, name-b and 17 more")
  assert.notInclude(knownNames("name-c", names.slice(0, 12)), "more")
  assert.isTrue(knownNames("name-c", names).endsWith(" and 8 more"))
})
