/** Random models and traces for the tests of this package, and what it means for two blocks to be equal. */
import { assert } from "@effect/vitest"
import { type LayerSelections, missingExpert, type TraceRequest } from "../src/selections.ts"
import { type Model, moeLayers, random, substream } from "@moira/core"

/** Prefill and decode tokens of one request. */
export type Lengths = readonly [prefill: number, decode: number]

export interface TraceShape {
  readonly seed: number
  readonly lengths: ReadonlyArray<Lengths>
  /** Chance that an id is a hole. */
  readonly holes?: number
}

/** Ids skewed towards low experts (the square of a uniform draw), so that entropy coding has something to do. */
export const makeRequests = (model: Model, shape: TraceShape): ReadonlyArray<TraceRequest> => {
  const layers = moeLayers(model).length
  return shape.lengths.map(([prefillTokens, decodeTokens], r) => {
    const { uniform } = random(substream(shape.seed, "request", r))
    const ids = new Uint16Array(layers * (prefillTokens + decodeTokens) * model.topK)
    for (let i = 0; i < ids.length; i++)
      ids[i] = uniform() < (shape.holes ?? 0) ? missingExpert : Math.floor(uniform() ** 2 * model.experts)
    return {
      benchmark: ["mmlu", "aime_2024"][r % 2]!,
      subject: `subject ${r % 3}`,
      language: r % 5 === 4 ? "zh" : "en",
      source: `made/${r}.json`,
      prefillTokens,
      decodeTokens,
      ids
    }
  })
}

/** Lengths of `requests` requests with up to `most` tokens a phase; about one phase in six has none. */
export const drawLengths = (seed: number, requests: number, most: number): ReadonlyArray<Lengths> => {
  const { below } = random(substream(seed, "lengths"))
  const tokens = () => (below(6) === 0 ? 0 : 1 + below(most))
  return Array.from({ length: requests }, () => [tokens(), tokens()] as const)
}

/** Every field of two blocks, arrays by value; faster than a structural comparison of long arrays. */
export const assertSameSelections = (actual: LayerSelections, expected: LayerSelections): void => {
  const { ids, offsets, prefillRows, holes, ...rest } = actual
  const { ids: ids2, offsets: offsets2, prefillRows: prefillRows2, holes: _, ...rest2 } = expected
  // A reader that knows says so; one that does not need not look.
  if (holes === false) assert.isTrue(ids.every((id) => id < actual.experts))
  assert.deepStrictEqual(rest, rest2)
  for (const [a, b] of [
    [ids, ids2],
    [offsets, offsets2],
    [prefillRows, prefillRows2]
  ] as const) {
    assert.strictEqual(a.constructor, b.constructor)
    assert.strictEqual(Buffer.compare(bytesOf(a), bytesOf(b)), 0)
  }
}

const bytesOf = (values: Uint16Array | Uint32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength)

export const origin = { format: "test", options: { seed: 1 } } as const
