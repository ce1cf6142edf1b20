/** Which rows of a response are of its prompt. */
import { assert, describe, it } from "@effect/vitest"
import { type ChoiceRows, type Lengths, rowsExpected, splitRows } from "../../src/parts/responses/split-rows.ts"

const one = (rows: number, more: Partial<ChoiceRows> = {}): ReadonlyArray<ChoiceRows> => [{ rows, blank: 0, ...more }]
const lengths = (prompt: number | undefined, made: number | undefined, cached = 0): Lengths => ({
  ...(prompt === undefined ? {} : { prompt }),
  ...(made === undefined ? {} : { made }),
  cached,
  answerAlone: true,
  complete: true
})

describe("rows of one choice", () => {
  const table: ReadonlyArray<
    readonly [what: string, ReadonlyArray<ChoiceRows>, Lengths, readonly [from: number, front: number, run: number]]
  > = [
    ["the whole sequence without its last token", one(15), lengths(10, 6), [0, 10, 15]],
    ["the whole sequence", one(16), lengths(10, 6), [0, 10, 16]],
    ["the answer alone", one(5), lengths(10, 6), [10, 0, 5]],
    ["without the cached tokens", one(14), lengths(40, 10, 35), [35, 5, 14]],
    ["from a token inside the cached ones", one(17), lengths(40, 10, 35), [32, 8, 17]],
    ["from a token that is told", one(7, { start: 5 }), lengths(8, 5), [5, 3, 7]],
    ["a start of 0 says nothing", one(12, { start: 0 }), lengths(8, 5), [0, 8, 12]],
    ["a prompt of one token is in front of its answer", one(6), lengths(1, 6), [0, 1, 6]],
    ["a last row without routing", one(12, { blank: 1 }), lengths(8, 4), [0, 8, 11]],
    ["rows of a batch as long as its longest", one(20, { blank: 9 }), lengths(8, 4), [0, 8, 11]],
    ["tokens that are listed, and no prompt", one(55, { made: 6 }), lengths(undefined, undefined), [0, 50, 55]],
    ["listed tokens from a start on", one(9, { made: 4, start: 20 }), lengths(undefined, undefined), [20, 6, 9]],
    ["stopped before its first token", one(8), lengths(8, 0), [0, 8, 8]],
    ["stopped before the last prompt token was run", one(7), lengths(8, 0), [0, 7, 7]],
    ["one token made", one(8), lengths(8, 1), [0, 8, 8]]
  ]
  it.each(table)("%s", (_, choices, said, [from, front, run]) => {
    assert.deepStrictEqual(splitRows(choices, said), { from, front: [front], run: [run] })
  })

  const misfits: ReadonlyArray<readonly [what: string, ReadonlyArray<ChoiceRows>, Lengths]> = [
    ["too few", one(13), lengths(10, 6)],
    ["too many", one(17), lengths(10, 6)],
    ["too many of which too few are blank", one(20, { blank: 3 }), lengths(10, 6)],
    ["a start behind the prompt", one(3, { start: 11 }), lengths(10, 6)],
    ["more made than any file can hold", one(5), lengths(3, 2 ** 31)],
    ["fewer than the tokens listed", one(4, { made: 6 }), lengths(undefined, undefined)],
    ["nothing known", one(4), lengths(undefined, undefined)]
  ]
  it.each(misfits)("%s fits nothing", (_, choices, said) => {
    assert.isUndefined(splitRows(choices, said))
  })

  it("an engine that never returns the answer alone", () => {
    assert.isUndefined(splitRows(one(5), { ...lengths(10, 6), answerAlone: false }))
  })
})

describe("rows of several choices", () => {
  const rows = (...all: ReadonlyArray<number>) => all.map((each): ChoiceRows => ({ rows: each, blank: 0 }))
  it("each has the prompt in front, and usage counts the answers together", () => {
    assert.deepStrictEqual(splitRows(rows(15, 18), lengths(10, 15)), { from: 0, front: [10, 10], run: [15, 18] })
    assert.deepStrictEqual(splitRows(rows(5, 8), lengths(10, 15)), { from: 10, front: [0, 0], run: [5, 8] })
  })
  it("where one of them is missing, the others made fewer", () => {
    assert.isUndefined(splitRows(rows(15), { ...lengths(10, 60), complete: true }))
    assert.deepStrictEqual(splitRows(rows(15), { ...lengths(10, 60), complete: false })?.front, [10])
  })
  it("of several prompts, whose tokens are listed", () => {
    const two = [
      { rows: 12, blank: 0, made: 3 },
      { rows: 9, blank: 0, made: 4 }
    ]
    const split = { from: 0, front: [10, 6], run: [12, 9], ownPrompts: true }
    assert.deepStrictEqual(splitRows(two, lengths(16, 7)), split)
    const padded = two.map((choice) => ({ ...choice, rows: choice.rows + 1, blank: 1 }))
    assert.deepStrictEqual(splitRows(padded, lengths(16, 7)), split)
    assert.isUndefined(splitRows(two, lengths(17, 7)))
  })
  it("each with a row without routing for the token that was not run", () => {
    const padded = [
      { rows: 16, blank: 1 },
      { rows: 19, blank: 1 }
    ]
    assert.deepStrictEqual(splitRows(padded, lengths(10, 15))?.run, [15, 18])
  })
  it("filled up to the longest", () => {
    const filled = [
      { rows: 18, blank: 3 },
      { rows: 18, blank: 0 }
    ]
    assert.deepStrictEqual(splitRows(filled, lengths(10, 15))?.run, [15, 18])
  })
  it("takes as long for 2^53 tokens as for one", () => {
    assert.isUndefined(splitRows(rows(15, 18), lengths(10, Number.MAX_SAFE_INTEGER)))
  })
})

it("says how many rows there could have been", () => {
  assert.strictEqual(
    rowsExpected(lengths(40, 10, 35), undefined),
    "the whole sequence has 49 or 50, without the 35 cached tokens 14 or 15, the answer alone 9 or 10"
  )
  assert.strictEqual(rowsExpected(lengths(40, 10), 30), "from token 30 on there would be 19 or 20")
})
