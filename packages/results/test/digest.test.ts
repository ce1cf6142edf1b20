/** A document that was changed after it was written is known as such, whatever was changed. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { wasChanged } from "../src/digest.ts"
import { documentText, type ResultDocument } from "../src/kind.ts"

const document = {
  schema: "made-up/1",
  moira: "0.0.0",
  metrics: { throughput_tokens_per_s: 161_760.25, steps: [1, 2, 3], label: "a/b", holds: true, none: null }
} as ResultDocument

it("a document as it was written, also in other whitespace, was not changed", () => {
  assert.isFalse(wasChanged(JSON.parse(documentText(document))))
  assert.isFalse(wasChanged(JSON.parse(JSON.stringify(JSON.parse(documentText(document))))))
  assert.strictEqual(documentText(JSON.parse(documentText(document))), documentText(document))
})

it("one of an earlier Moira carries no digest, and no other value is a document", () => {
  assert.isFalse(wasChanged(document))
  for (const value of [null, undefined, 5, "digest", []]) assert.isFalse(wasChanged(value))
})

it("any bit of the text: no JSON, changed, or the same values", () => {
  const text = new TextEncoder().encode(documentText(document))
  const decoder = new TextDecoder()
  const { digest: _, ...whole } = JSON.parse(decoder.decode(text))
  let changed = 0
  for (let bit = 0; bit < 8 * text.length; bit++) {
    const flipped = text.slice()
    flipped[bit >> 3]! ^= 1 << (bit & 7)
    let value: Record<string, unknown>
    try {
      value = JSON.parse(decoder.decode(flipped))
    } catch {
      continue
    }
    if (wasChanged(value)) changed++
    // Only the name of the digest itself may go unnoticed, and whitespace.
    else assert.deepStrictEqual({ ...value, ...whole }, value)
  }
  assert.isAbove(changed, 200)
})

it("a digit put in front of a number", () => {
  const { below } = random(1)
  const text = documentText(document)
  const digits = [...text.matchAll(/(?<=[ [])\d/g)].map(({ index }) => index)
  for (const at of digits) {
    const value = JSON.parse(`${text.slice(0, at)}${1 + below(9)}${text.slice(at)}`)
    assert.isTrue(wasChanged(value))
  }
})
