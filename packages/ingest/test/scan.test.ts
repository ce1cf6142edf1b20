import { assert, describe, it } from "@effect/vitest"
import type { DecodedPatterns } from "../src/formats/patterns-json/decode.ts"
import { Fault } from "../src/formats/patterns-json/fault.ts"
import { enginesOf } from "./engines.ts"
import { tiny, trace, traceIds } from "./tiny.ts"

const engines = enginesOf(tiny)

const decode = (text: string): DecodedPatterns => {
  const outcome = engines(Buffer.from(text, "latin1"))
  if (outcome instanceof Fault) throw outcome
  return outcome
}

const faultOf = (text: string): Fault => {
  const outcome = engines(Buffer.from(text, "latin1"))
  return outcome instanceof Fault ? outcome : assert.fail(`accepted ${text}`)
}

const compact = JSON.stringify(trace)

describe("what is accepted", () => {
  it("gives layer-major ids whatever the white space", () => {
    for (const text of [
      compact,
      JSON.stringify(trace, null, 4),
      JSON.stringify(trace, null, "\t").replaceAll("\n", "\r\n"),
      ` ${compact}\n\n`
    ]) {
      const { prefillTokens, decodeTokens, ids } = decode(text)
      assert.deepStrictEqual([prefillTokens, decodeTokens], [2, 2])
      assert.deepStrictEqual([...ids], traceIds)
    }
  })

  it("takes the layers of the first element in any order, and sorts them", () => {
    const turned = '[{"2":[[7,1]],"0":null,"1":[[0,11]]},{"2":[[6,0]],"0":null,"1":[[3,9]]}]'
    assert.deepStrictEqual([...decode(turned).ids], [0, 11, 3, 9, 7, 1, 6, 0])
  })

  it("takes a prefill without tokens when all layers agree, and one without decode tokens", () => {
    const { prefillTokens, decodeTokens, ids } = decode(
      '[{"0":null,"1":[ ],"2":[]},{"0":null,"1":[[3,9]],"2":[[6,0]]}]'
    )
    assert.deepStrictEqual([prefillTokens, decodeTokens, ...ids], [0, 1, 3, 9, 6, 0])
    assert.strictEqual(decode('[{"0":null,"1":[[3,9]],"2":[[6,0]]}]').decodeTokens, 0)
  })

  it("forgets the file before, whatever became of it", () => {
    faultOf(compact.slice(0, 40))
    assert.deepStrictEqual([...decode(compact).ids], traceIds)
  })
})

/** Text with a `^` before the byte at which the fault must be told; reason; layer and token; what it says. */
const refusals: ReadonlyArray<readonly [string, string, Fault["reason"], number, number, string]> = [
  ["an empty file", "^", "Truncated", -1, -1, "the file is empty"],
  ["blanks alone", " \n^", "Truncated", -1, -1, "a list of steps"],
  ["a byte order mark", '^\xef\xbb\xbf[{"0":null', "Malformed", -1, -1, "byte order mark"],
  ["an object", '^{"0":null}', "Malformed", -1, -1, "{ where a list of steps"],
  ["an empty list", "[^]", "Malformed", -1, -1, "] where an object of layers"],
  ["no token at all", '[{"0":null,"1":[],"2":[]}]^', "WrongShape", -1, -1, "no token"],
  ["NaN", '[{"0":null,"1":[[0,^NaN]]', "Malformed", 1, 0, "NaN is not an expert id"],
  ["null for an id", '[{"0":null,"1":[[0,^null]]', "Malformed", 1, 0, "null is not an expert id"],
  ["a negative id", '[{"0":null,"1":[[0,^-1]]', "OutOfRange", 1, 0, "expert id -1 is outside 0-11"],
  ["a fraction", '[{"0":null,"1":[[0,^2.5]]', "Malformed", 1, 0, "2.5 is not an expert id"],
  ["an exponent", '[{"0":null,"1":[[0,^1e1]]', "Malformed", 1, 0, "1e1 is not an expert id"],
  ["an id beyond the experts", '[{"0":null,"1":[[0,1],[2,^12]]', "OutOfRange", 1, 1, "expert id 12 is outside 0-11"],
  ["a huge id", '[{"0":null,"1":[[0,^99999999999999999999999999]]', "OutOfRange", 1, 0, "expert id 9999"],
  ["a leading zero", '[{"0":null,"1":[[0,^02]]', "Malformed", 1, 0, "02 is not an expert id"],
  ["a quoted id", '[{"0":null,"1":[[0,^"2"]]', "Malformed", 1, 0, '"2" is not an expert id'],
  ["a control byte", '[{"0":null,"1":[[0,^\x01]]', "Malformed", 1, 0, "\\x01 is not an expert id"],
  ["a comma too many in a row", '[{"0":null,"1":[[0,1,^]]', "Malformed", 1, 0, "] is not an expert id"],
  ["no comma in a row", '[{"0":null,"1":[[0 ^1]]', "Malformed", 1, 0, "1 where a comma or ]"],
  ["an id twice in a row", '[{"0":null,"1":[[3,^3]]', "Repeated", 1, 0, "expert 3 comes twice in the row"],
  ["a model with fewer choices", '[{"0":null,"1":[^[3]]', "WrongShape", 1, 0, "a row of 1 id where tiny chooses 2"],
  ["a model with more choices", '[{"0":null,"1":[^[3,4,5]]', "WrongShape", 1, 0, "a row of 3 ids where tiny chooses 2"],
  ["a ragged row", '[{"0":null,"1":[[3,4],^[5]]', "Ragged", 1, 1, "a row of 1 id"],
  ["an empty row", '[{"0":null,"1":[[3,4],^[]]', "Ragged", 1, 1, "a row of 0 ids"],
  ["layers of unequal length", '[{"0":null,"1":[[3,4],[5,6]],"2":^[[1,2]]}', "Ragged", 2, -1, "1 prefill tokens where"],
  ["a prefill that one layer lacks", '[{"0":null,"1":[[3,4]],"2":^[]}', "Ragged", 2, -1, "0 prefill tokens where"],
  ["a comma too many in rows", '[{"0":null,"1":[[3,4],^]', "Malformed", 1, 1, "] where a row of expert ids"],
  ["ids without rows", '[{"0":null,"1":[^3,4]', "Malformed", 1, 0, "3 where a row of expert ids"],
  ["rows of a dense layer", '[{"0":^[[1,2]]', "WrongShape", 0, -1, "no experts at this layer"],
  ["null for an MoE layer", '[{"0":null,"1":^null', "WrongShape", 1, -1, "has experts at this layer"],
  ["a word like null", '[{"0":nul^x', "Malformed", 0, -1, "x where null"],
  ["a number for rows", '[{"0":null,"1":^7', "Malformed", 1, -1, "7 where null or a list of rows"],
  ["a layer that the model lacks", '[{^"3":null', "WrongShape", -1, -1, "no layer 3 in tiny, which has 0-2"],
  ["a huge layer", '[{^"123456789":null', "WrongShape", -1, -1, "no layer 123456789"],
  ["a layer twice", '[{"0":null,^"0":null', "WrongShape", 0, -1, "layer 0 comes twice"],
  ["a missing layer", '[{"0":null,"1":[[3,4]]^}', "WrongShape", 2, -1, "layer 2 is missing"],
  ["a key with a leading zero", '[{^"00":null', "Malformed", -1, -1, '"00" is not a layer number'],
  ["a key that is a word", '[{^"one":null', "Malformed", -1, -1, '"one" is not a layer number'],
  ["a key without quotes", "[{^0:null", "Malformed", -1, -1, "0 where a layer number in quotes"],
  ["an empty object", "[{^}", "Malformed", -1, -1, "} where a layer number in quotes"],
  ["no colon", '[{"0" ^null', "Malformed", 0, -1, "null where a colon"],
  ["bytes after the list", `${compact}^x`, "Malformed", -1, -1, "x after the end of the list"],
  ["a second list", `${compact}\n^[]`, "Malformed", -1, -1, "[ after the end of the list"],
  ["a zero byte after the list", `${compact}^\0`, "Malformed", -1, -1, "\\x00 after the end of the list"]
]

/** The same for decode steps: text that follows a good prefill of two tokens. */
const prefill = '[{"0":null,"1":[[0,1],[2,3]],"2":[[4,5],[6,7]]}'
const decodeRefusals: typeof refusals = [
  ["no list of steps", `${prefill}^{}`, "Malformed", -1, -1, "{ where a comma or ]"],
  ["a comma too many", `${prefill},^]`, "Malformed", -1, -1, "] where an object of layers"],
  ["two rows", `${prefill},{"0":null,"1":^[[1,2],[3,4]]`, "WrongShape", 1, 2, "more than one row"],
  ["no row", `${prefill},{"0":null,"1":^[]`, "WrongShape", 1, 2, "no row"],
  ["other layers", `${prefill},{^"1":[[1,2]]`, "WrongShape", 1, 2, "layer 1 where layer 0 was expected"],
  ["a missing layer", `${prefill},{"0":null,"1":[[1,2]]^}`, "WrongShape", 2, 2, "layer 2 is missing"],
  ["a layer too many", `${prefill},{"0":null,"1":[[1,2]],"2":[[1,2]],^"2":[[1,2]]`, "WrongShape", 2, 2, "comes twice"],
  ["null for rows", `${prefill},{"0":null,"1":^null`, "WrongShape", 1, 2, "has experts at this layer"],
  ["a wild id", `${prefill},{"0":null,"1":[[1,2]],"2":[[^77,1]]`, "OutOfRange", 2, 2, "expert id 77"]
]

describe("what is refused, and where", () => {
  for (const [name, marked, reason, layer, token, what] of [...refusals, ...decodeRefusals]) {
    it(name, () => {
      const byte = marked.indexOf("^")
      const fault = faultOf(marked.replace("^", ""))
      assert.deepStrictEqual(
        { reason: fault.reason, place: fault.place },
        { reason, place: { byte, layer, token } },
        fault.message
      )
      assert.include(fault.message, what)
    })
  }

  it("calls every cut of a good file truncated, at its end", () => {
    for (const text of [compact, JSON.stringify(trace, null, 2)]) {
      for (let cut = 0; cut < text.length; cut++) {
        const fault = faultOf(text.slice(0, cut))
        assert.deepStrictEqual([fault.reason, fault.place.byte], ["Truncated", cut], text.slice(0, cut))
      }
    }
  })
})
