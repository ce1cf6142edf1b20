import patternsJson from "../../src/formats/patterns-json/index.ts"
import { conformance } from "../../src/testing.ts"
import { tiny, trace, traceIds } from "../tiny.ts"

const pretty = JSON.stringify(trace, null, 4)
const compact = JSON.stringify(trace)
/** The last step alone: no prompt token recorded. */
const decodeOnly = JSON.stringify([{ "0": null, "1": [], "2": [] }, trace[2]])

const llama = "meta-llama/Llama-4-Maverick-17B-128E-Instruct"
const llamaTrace = JSON.stringify([
  Object.fromEntries(Array.from({ length: 48 }, (_, layer) => [layer, layer % 2 === 0 ? null : [[layer], [layer + 1]]]))
])
const llamaIds = Array.from({ length: 24 }, (_, i) => [2 * i + 1, 2 * i + 2]).flat()

conformance(patternsJson, {
  accepted: [
    {
      name: "pretty printed",
      files: { "mmlu/anatomy/0.json": pretty },
      model: tiny,
      requests: [
        { prefillTokens: 2, decodeTokens: 2, benchmark: "mmlu", subject: "anatomy", language: "en", ids: traceIds }
      ]
    },
    {
      name: "several files in the study's order",
      files: {
        "Chinese-SimpleQA/all/1.json": decodeOnly,
        "mmlu/anatomy/10.json": compact,
        "mmlu/anatomy/9.json": decodeOnly,
        "README.md": "not a trace"
      },
      model: tiny,
      requests: [
        { prefillTokens: 0, decodeTokens: 1, subject: "anatomy", ids: [2, 8, 11, 10] },
        { prefillTokens: 2, decodeTokens: 2, subject: "anatomy" },
        { prefillTokens: 0, decodeTokens: 1, subject: "all", language: "zh" }
      ]
    },
    {
      name: "a model that the path names",
      files: { [`${llama}/aime_2024/all/3.json`]: llamaTrace },
      model: "llama4",
      requests: [{ prefillTokens: 2, decodeTokens: 0, benchmark: "aime_2024", ids: llamaIds }]
    }
  ],
  refused: [
    {
      name: "an id beyond the experts",
      files: { "a.json": compact.replace("11", "12") },
      model: tiny,
      reason: "OutOfRange",
      where: `a.json, byte ${compact.indexOf("11")}, layer 1, token 0`
    },
    {
      name: "a bad file after a good one",
      files: { "0.json": compact, "1.json": compact.replace("[3,9]", "[3,3]") },
      model: tiny,
      reason: "Repeated",
      where: `1.json, byte ${compact.indexOf("3,9") + 2}, layer 1, token 2`
    },
    { name: "an empty file", files: { "0.json": "" }, model: tiny, reason: "Truncated", where: "0.json, byte 0" },
    {
      name: "another model's trace",
      files: { [`${llama}/mmlu/anatomy/0.json`]: compact },
      reason: "WrongShape",
      where: "layer 1, token 0"
    },
    { name: "a path that names no model", files: { "0.json": compact }, reason: "UnknownModel" },
    {
      name: "two models in one folder",
      files: {
        [`${llama}/mmlu/anatomy/0.json`]: llamaTrace,
        "Qwen/Qwen3-235B-A22B-FP8/mmlu/anatomy/0.json": llamaTrace
      },
      reason: "MixedModels"
    },
    { name: "a folder without traces", files: { "notes.txt": compact }, model: tiny, reason: "Empty" },
    { name: "a model that nobody knows", files: { "0.json": compact }, model: "llama5", reason: "UnknownModel" }
  ]
})
