/** Models as they are: public reports 22, 26 and 28 to 34, with the right values computed beside them. */
import { afterAll, assert, describe, it } from "vitest"
import { ended, answer, fresh, hasCases, inCase, ingested, refusal, tokensOf } from "./case.ts"
import { moira, removeScratch } from "../moira.ts"

afterAll(removeScratch)

/** A few requests of a model. */
const synthesised = async (model: string, ...more: ReadonlyArray<string>): Promise<string> => {
  const out = fresh(".moira")
  const lengths = ["--requests", "2", "--prefill", "4", "--decode", "4"]
  ended(0, await moira("synth", "--model", model, ...lengths, "--out", out, ...more))
  return out
}

describe.skipIf(!hasCases)("models as they are", () => {
  it("22: a model that the file names is known", async () => {
    const stored = await ingested(inCase("22-named-not-known"))
    assert.deepStrictEqual(tokensOf(stored), [6, 5])
    assert.strictEqual((await answer("info", stored.out)).moeLayers, 58)
  })

  it("26: bytes cannot hold the ids of 384 experts", async () => {
    assert.match(await refusal(inCase("26-narrow-dtype")), /uint8.*384/s)
  })

  it("28: MoE layers at irregular places", async () => {
    const config = ["--model", inCase("28-irregular-layers", "config.json")]
    const stored = await ingested(inCase("28-irregular-layers", "trace"), ...config)
    assert.deepStrictEqual(tokensOf(stored), [10, 6])
    const { moeLayers, layers, experts, topK } = await answer("info", stored.out)
    assert.deepStrictEqual([moeLayers, layers, experts, topK], [8, [1, 4, 6, 8, 9, 13, 15, 19], 32, 4])
  })

  it("29: experts of two matrices", async () => {
    const store = await synthesised(inCase("29-two-matrix-experts", "config.json"))
    const { place } = await answer("place", store, "--machine", "dgx-h100", "--units", "4", "--optimizer", "eplb")
    assert.strictEqual(place.expertBytes, 2_621_440)
  })

  it("30: choices of nothing", async () => {
    const config = ["--model", inCase("30-zero-experts", "config.json")]
    const stored = await ingested(inCase("30-zero-experts", "trace"), ...config)
    const info = await answer("info", stored.out)
    assert.strictEqual(info.experts, 32)
    const { stdout } = ended(0, await moira("info", stored.out))
    assert.match(`${stdout}${JSON.stringify(info)}`, /32\.0/)
    assert.match(`${stdout}${JSON.stringify(info)}`, /4\.0[78]/)
    const placed = await answer("place", stored.out, "--machine", "dgx-h100", "--units", "4", "--optimizer", "eplb")
    assert.strictEqual(placed.place.experts ?? 32, 32)
  })

  it("31: configurations of the hub as models", async () => {
    const layersOf = async (part: string) => {
      const { layers, experts, topK } = await answer(
        "info",
        await synthesised(inCase("31-hf-configs", part, "config.json"))
      )
      return [layers, experts, topK]
    }
    const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
    assert.deepStrictEqual(await layersOf("first-dense"), [from(3, 13), 96, 6])
    assert.deepStrictEqual(await layersOf("nested"), [from(1, 10), 72, 5])
    assert.deepStrictEqual(await layersOf("sparse-step"), [[1, 3, 7, 9, 13, 15], 40, 5])
  })

  it("32: names of the same families", async () => {
    for (const [part, model] of [
      ["v3-0324", "deepseek-v3"],
      ["r1-0528", "deepseek-v3"],
      ["kimi-thinking", "kimi-k2"],
      ["qwen-2507", "qwen3-30b"]
    ] as const) {
      const stored = await ingested(inCase("32-family-names", part))
      assert.deepStrictEqual(tokensOf(stored), [3, 2])
      assert.strictEqual((await answer("info", stored.out)).model, model)
    }
  })

  it("33, 34: a name that is not known is said, and so is what was guessed", async () => {
    assert.match(await refusal(inCase("33-private-model")), /acme\/moe-24x32.*--model gpt-oss-20b/s)
    // The catalogue has this one by now.
    const phi = await ingested(inCase("34-guessed-shape"))
    assert.strictEqual((await answer("info", phi.out)).model, "phi-3.5-moe")
  })
})
