import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { createHash, hash } from "node:crypto"
import { random, sha256, sha256OfTexts } from "../src/index.ts"

const Length = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 400 })))
const Seed = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1e9 })))

describe("sha256 gives the digests of node:crypto", () => {
  it.effect.prop("of texts, lone surrogates too", { text: Schema.String }, ({ text }) =>
    Effect.sync(() => {
      for (const one of [text, `${text}\ud800`, `\udc00${text}é😀`])
        assert.strictEqual(sha256(one), hash("sha256", one))
    })
  )

  it.effect.prop("of any part of an array", { length: Length, seed: Seed }, ({ length, seed }) =>
    Effect.sync(() => {
      const draw = random(seed)
      const all = Uint16Array.from({ length: length + 7 }, () => draw.uniform() * 65536)
      for (const part of [all, all.subarray(3, 3 + length), new Uint8Array(all.buffer, 5, length)])
        assert.strictEqual(sha256(part), hash("sha256", part))
    })
  )

  it("of many texts, across the edges of blocks", () => {
    for (const size of [0, 1, 100, 65_535, 65_536, 65_537, 200_000]) {
      const texts = ["start", "x".repeat(size), "é😀".repeat(size % 1000), "", "end\n"]
      const expected = createHash("sha256")
      for (const text of texts) expected.update(text)
      assert.strictEqual(sha256OfTexts(texts), expected.digest("hex"))
    }
    assert.strictEqual(sha256OfTexts([]), hash("sha256", ""))
  })
})
