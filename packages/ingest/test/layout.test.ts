import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as path from "node:path"
import { inFillOrder, labelFile } from "../src/parts/layout.ts"
import { modelOf } from "../src/parts/model-of.ts"
import { tiny } from "./tiny.ts"

const llama = "meta-llama/Llama-4-Maverick-17B-128E-Instruct"

describe("labels", () => {
  it("come from the layout where the path names a known model", () => {
    const { model, benchmark, subject, language, number } = labelFile(`/x/${llama}/mmlu_ZH_CN/anatomy/12.json`)
    assert.deepStrictEqual(
      [model?.id, benchmark, subject, language, number],
      ["llama4-maverick", "mmlu_ZH_CN", "anatomy", "zh", 12]
    )
  })

  it("know a model by its organisation and any of its names", () => {
    for (const name of ["openai/gpt-oss-20b", "OpenAI/gpt-oss-20b-BF16"])
      assert.strictEqual(labelFile(`/x/${name}/bench/cats/1.json`).model?.id, "gpt-oss-20b")
  })

  it("are else the folders that the user wrote, not those of the working directory", () => {
    const labels = (file: string) => {
      const { model, benchmark, subject, language } = labelFile(path.normalize(file))
      return [model, benchmark, subject, language]
    }
    assert.deepStrictEqual(labels("acme/own/bench/cats/1.json"), [undefined, "bench", "cats", "und"])
    assert.deepStrictEqual(labels("/x/runs/gpt-oss-20b/bench/cats/1.json"), [undefined, "bench", "cats", "und"])
    assert.deepStrictEqual(labels("livecodebench/all/1.json"), [undefined, "livecodebench", "all", "en"])
    assert.deepStrictEqual(labels("./cats/1.json"), [undefined, "unknown", "cats", "und"])
    assert.deepStrictEqual(labels("../1.json"), [undefined, "unknown", "unknown", "und"])
  })
})

it("orders by the study's fill order, then benchmark, subject and number", () => {
  const sorted = [
    "mmlu/a/0.json",
    "mmlu/a/2.json",
    "mmlu/a/10.json",
    "mmlu/a/x.json",
    "mmlu/b/1.json",
    "mmlu_ZH_CN/a/0.json",
    "Chinese-SimpleQA/a/0.json",
    "livecodebench/a/0.json",
    "aime_2024/a/0.json",
    "hellaswag/a/0.json"
  ]
  for (const turned of [sorted.toReversed(), sorted.toSorted()]) {
    const files = turned.map((file) => labelFile(`/t/${llama}/${file}`)).toSorted(inFillOrder)
    assert.deepStrictEqual(
      files.map((file) => file.path.slice(`/t/${llama}/`.length)),
      sorted
    )
  }
})

describe("the model", () => {
  const known = labelFile(`/t/${llama}/mmlu/a/0.json`)
  const other = labelFile("/t/Qwen/Qwen3-235B-A22B-FP8/mmlu/a/0.json")
  const unknown = labelFile("/t/acme/own/mmlu/a/0.json")

  it.effect("is the one asked for, by name or value, before the one of the paths", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* modelOf([known], undefined)).id, "llama4-maverick")
      assert.strictEqual((yield* modelOf([known], "DeepSeek-R1")).id, "deepseek-v3")
      assert.strictEqual(yield* modelOf([known, unknown], tiny), tiny)
    })
  )

  it.effect("must be known and one", () =>
    Effect.gen(function* () {
      const nobody = yield* Effect.flip(modelOf([unknown], undefined))
      assert.deepStrictEqual([nobody.reason, nobody.where], ["UnknownModel", "/t/acme/own/mmlu/a/0.json"])
      assert.include(nobody.hint, "moira model lists")
      assert.strictEqual((yield* Effect.flip(modelOf([known], "llama5"))).reason, "UnknownModel")
      assert.strictEqual((yield* Effect.flip(modelOf([known], "/nowhere/model.json"))).reason, "UnknownModel")
      const mixed = yield* Effect.flip(modelOf([known, other], undefined))
      assert.deepStrictEqual([mixed.reason, mixed.where], ["MixedModels", other.path])
      assert.strictEqual((yield* Effect.flip(modelOf([known, unknown], undefined))).reason, "MixedModels")
    })
  )
})
