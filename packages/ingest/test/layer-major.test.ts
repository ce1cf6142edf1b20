/** Ids from whatever order a recorder kept to the order of a request. */
import { assert, describe, it } from "@effect/vitest"
import { missingExpert } from "@moira/trace"
import { ContentFault } from "../src/fault/content-fault.ts"
import { byLayer, byToken, layerMajor, type StridedIds } from "../src/parts/layer-major.ts"
import { tiny } from "./tiny.ts"

/** `[token][layer][k]` of the two MoE layers. */
const rows = [
  [
    [0, 11],
    [7, 1]
  ],
  [
    [5, -1],
    [10, 2]
  ],
  [
    [3, 9],
    [6, 0]
  ]
]
const expected = [0, 11, 5, missingExpert, 3, 9, 7, 1, 10, 2, 6, 0]

const place = (token: number, layer: number) => `row ${token}.${layer}`
const shape = { tokens: 3, layers: 2, topK: 2, place }
const tokenOrder = (ids = rows): StridedIds => byToken({ ...shape, values: ids.flat(2) })
const layerOrder = (ids = rows): StridedIds =>
  byLayer({ ...shape, values: [0, 1].flatMap((layer) => ids.flatMap((token) => token[layer]!)) })

const fault = (source: StridedIds, places?: Int32Array): ContentFault => {
  try {
    layerMajor(source, tiny, places)
  } catch (cause) {
    if (cause instanceof ContentFault) return cause
    throw cause
  }
  throw new Error("nothing was wrong")
}

describe("layerMajor", () => {
  it("says that ids which repeat may have gone through a narrow type, where none is greater than it holds", () => {
    const wide = { ...tiny, experts: 384 }
    const source = (values: ReadonlyArray<number>) => byToken({ ...shape, tokens: 2, values })
    const read = (values: ReadonlyArray<number>) => {
      try {
        return layerMajor(source(values), wide)
      } catch (cause) {
        if (cause instanceof ContentFault) return cause
        throw cause
      }
    }
    const clamped = read([1, 2, 255, 255, 3, 4, 5, 6]) as ContentFault
    assert.deepStrictEqual([clamped.reason, clamped.message], ["Repeated", "expert 255 comes twice in the row"])
    assert.match(clamped.hint, /no id is above 255, though the model has 384 experts.*16-bit ids/)
    assert.notMatch((read([1, 2, 255, 255, 3, 300, 5, 6]) as ContentFault).hint, /8-bit/)
    assert.match((read([1, 2, 7, -56, 3, 4, 5, 6]) as ContentFault).message, /above 127 kept in a signed byte/)
  })

  it("gives the same ids for every order of the file", () => {
    assert.deepStrictEqual([...layerMajor(tokenOrder(), tiny)], expected)
    assert.deepStrictEqual([...layerMajor(layerOrder(), tiny)], expected)
  })

  it("leaves alone what lies between the rows", () => {
    const wide = rows.flatMap((token) => [...token.flatMap((row) => [...row, 99]), 99, 99])
    const source = { ...shape, values: wide, tokenStride: 8, layerStride: 3 }
    assert.deepStrictEqual([...layerMajor(source, tiny)], expected)
    const zeros = wide.map((id) => (id === 99 ? 99 : 0))
    assert.include(fault({ ...source, values: zeros }).message, "every id is 0")
  })

  it("takes the layers of the file in any order", () => {
    const swapped = rows.map(([first, second]) => [second!, first!])
    for (const source of [tokenOrder(swapped), layerOrder(swapped)])
      assert.deepStrictEqual([...layerMajor(source, tiny, Int32Array.of(1, 0))], expected)
  })

  it("tells the first fault of the file, whatever its order", () => {
    const twoFaults = rows.map((token, t) => token.map((row, l) => (t + l === 2 || t + l === 1 ? [12, 1] : row)))
    assert.deepInclude(fault(tokenOrder(twoFaults)), {
      reason: "OutOfRange",
      place: "row 0.1, layer 2, token 0",
      message: "expert id 12 is outside 0-11"
    })
    assert.deepInclude(fault(layerOrder(twoFaults)), { reason: "OutOfRange", place: "row 1.0, layer 1, token 1" })
  })

  it("wants nothing of a dense layer but what buffers are filled with", () => {
    const everyLayer = (dense: ReadonlyArray<number>) =>
      byToken({ ...shape, layers: 3, values: rows.flatMap((token) => [...dense, ...token.flat()]) })
    for (const fill of [
      [0, -1],
      [255, 255],
      [65_535, 65_535],
      [7, 7]
    ])
      assert.deepStrictEqual([...layerMajor(everyLayer(fill), tiny)], expected)
    assert.deepInclude(fault(everyLayer([0, 4])), { reason: "WrongShape", place: "row 0.0, layer 0, token 0" })
  })

  it("looks at one id a row of a dense layer where one is chosen", () => {
    const top1 = { ...tiny, topK: 1 }
    const of = (dense: number) => {
      const values = [dense, 7, 1, dense, 5, 10, dense, 3, 6]
      return byToken({ tokens: 3, layers: 3, topK: 1, values, place })
    }
    for (const fill of [0, -1, 255]) assert.deepStrictEqual([...layerMajor(of(fill), top1)], [7, 5, 3, 1, 10, 6])
  })

  it("takes the ids of zero experts after those of experts", () => {
    const more = rows.map((token) => token.map((row) => row.map((id) => (id === 11 ? 13 : id))))
    assert.include(fault(tokenOrder(more)).message, "expert id 13 is outside 0-11")
    const ids = layerMajor(tokenOrder(more), { ...tiny, zeroExperts: 2 })
    assert.deepStrictEqual(
      [...ids],
      [...expected].map((id) => (id === 11 ? 13 : id))
    )
  })

  it("refuses an element type that cannot hold all ids of the model", () => {
    const of = (greatestId: number) => ({ ...tokenOrder(), greatestId })
    const many = { ...tiny, experts: 256 }
    assert.strictEqual(layerMajor(of(255), many).length, 12)
    assert.strictEqual(layerMajor(of(65_535), { ...many, experts: 384 }).length, 12)
    for (const [greatest, model, bits] of [
      [255, { ...tiny, experts: 257 }, "uint8 cannot hold the ids of 257 experts"],
      [255, { ...many, zeroExperts: 1 }, "uint8 cannot hold the ids of 257 experts"],
      [127, { ...tiny, experts: 129 }, "int8 cannot hold the ids of 129 experts"]
    ] as const)
      assert.throws(() => layerMajor(of(greatest), model), bits)
  })
})
