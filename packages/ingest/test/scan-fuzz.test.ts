import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { Fault } from "../src/formats/patterns-json/fault.ts"
import { enginesOf } from "./engines.ts"
import { oracle } from "./oracle.ts"
import { tiny, trace } from "./tiny.ts"

const documents = [
  ...[0, 1, 4, "\t"].map((indent) => JSON.stringify(trace, null, indent)),
  JSON.stringify(trace, null, 2).replaceAll("\n", "\r\n"),
  JSON.stringify(trace).replaceAll(",", ", "),
  '[{"2":[[7,1]],"0":null,"1":[[0,11]]},{"2":[[6,0]],"0":null,"1":[[3,9]]}]',
  '[{"0":null,"1":[],"2":[]},{"0":null,"1":[[3,9]],"2":[[6,0]]}]'
]

const pieces = [
  ...'0 1 9 - + . e E N n , [ ] { } " : / 00 11 12 99 null true -1 1.5 1e0 \\u0031 "1" [[1,2]] []'.split(" "),
  " ",
  "\n",
  "\t",
  "\0",
  "\x80",
  "\xff",
  "\xa0",
  "\ufeff"
]

/** One random edit: put in, overwrite, delete, cut, copy a part elsewhere, or exchange two. */
const mutate = (text: string, below: (n: number) => number): string => {
  const at = below(text.length + 1)
  const piece = pieces[below(pieces.length)]!
  const from = below(text.length + 1)
  const part = text.slice(from, from + 1 + below(40))
  switch (below(8)) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at)
    case 1:
      return text.slice(0, at) + piece + text.slice(at + piece.length)
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + below(20))
    case 3:
      return text.slice(0, at)
    case 4:
      return text.slice(0, at) + part + text.slice(at)
    case 5:
      // A digit for another digit: most often still a good file.
      return text.replaceAll(/\d+/g, (digits, offset: number) =>
        below(30) === 0 && offset > 0 ? String(below(13)) : digits
      )
    case 6:
      // White space between tokens: always still as good a file as before.
      return text.replaceAll(/[,[\]{}:]/g, (mark) => (below(4) === 0 ? ` ${mark}\r\n` : mark))
    default:
      return `${text}${piece}`
  }
}

it("agrees with an oracle built on JSON.parse over thousands of damaged files", () => {
  const { below } = random(20_261_124)
  const engines = enginesOf(tiny)
  let [accepted, refused] = [0, 0]
  for (let n = 0; n < 12_000; n++) {
    let text = documents[n % documents.length]!
    for (let edits = n < documents.length ? 0 : 1 + below(3); edits > 0; edits--) text = mutate(text, below)
    const bytes = Buffer.from(text, "utf8")
    const expected = oracle(text, tiny)
    const outcome = engines(bytes)
    if (outcome instanceof Fault) {
      const { byte } = outcome.place
      assert.isUndefined(expected, `${outcome.reason} at byte ${byte} of ${JSON.stringify(text)}`)
      assert.isTrue(byte >= 0 && byte <= bytes.length)
      refused++
    } else {
      const { prefillTokens, decodeTokens, ids } = outcome
      assert.deepStrictEqual({ prefillTokens, decodeTokens, ids: [...ids] }, expected, JSON.stringify(text))
      accepted++
    }
  }
  assert.isAbove(accepted, 1000)
  assert.isAbove(refused, 8000)
})
