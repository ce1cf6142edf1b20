/** The three engines of the patterns-json decoder as one: what they say must be the same, to the byte. */
import { assert } from "@effect/vitest"
import type { Model } from "@moira/core"
import { type DecodedPatterns, makeDecoder, type PatternDecoder } from "../src/formats/patterns-json/decode.ts"
import { Fault } from "../src/formats/patterns-json/fault.ts"
import { patternShape } from "../src/formats/patterns-json/shape.ts"

export type Outcome = DecodedPatterns | Fault

const outcomeOf = (decoder: PatternDecoder, file: Uint8Array): Outcome => {
  decoder.reserve(file.length).set(file)
  try {
    return decoder.decode(file.length)
  } catch (error) {
    if (error instanceof Fault) return error
    throw error
  }
}

const sameBytes = (a: Uint16Array, b: Uint16Array): boolean => a.length === b.length && a.every((id, i) => id === b[i])

/** The same place, reason and words, or the same ids. */
export const agree = (a: Outcome, b: Outcome): boolean => {
  if (a instanceof Fault)
    return (
      b instanceof Fault &&
      a.reason === b.reason &&
      a.message === b.message &&
      a.place.byte === b.place.byte &&
      a.place.layer === b.place.layer &&
      a.place.token === b.place.token
    )
  return (
    !(b instanceof Fault) &&
    a.prefillTokens === b.prefillTokens &&
    a.decodeTokens === b.decodeTokens &&
    sameBytes(a.ids, b.ids)
  )
}

const shown = (outcome: Outcome): string =>
  outcome instanceof Fault
    ? `${outcome.reason} ${JSON.stringify(outcome.place)} ${outcome.message}`
    : `${outcome.prefillTokens} + ${outcome.decodeTokens} tokens, ids ${outcome.ids.join()}`

/** Decodes with engines that last from file to file, as in use; what the plain one says, if the others say the same. */
export const enginesOf = (model: Model): ((file: Uint8Array) => Outcome) => {
  const shape = patternShape(model)
  const [plain, ...fast] = (["plain", "js", "wasm"] as const).map((engine) => makeDecoder(shape, engine))
  return (file) => {
    const judge = outcomeOf(plain!, file)
    for (const decoder of fast) {
      const outcome = outcomeOf(decoder, file)
      if (!agree(judge, outcome))
        assert.fail(
          `plain: ${shown(judge)}\n${decoder.engine}: ${shown(outcome)}\nof ${JSON.stringify(Buffer.from(file).toString("latin1"))}`
        )
    }
    return judge
  }
}
