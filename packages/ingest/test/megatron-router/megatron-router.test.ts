import megatronRouter from "../../src/formats/megatron-router/index.ts"
import { conformance } from "../../src/testing.ts"
import { first, passLines, second, text, third } from "./cases.ts"
import { layerMajorIds } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"

const trace = (...lines: ReadonlyArray<string>) => ({ "router_trace_rank0.jsonl": `${lines.join("\n")}\n` })
const [lower, upper] = passLines(1, first) as [string, string]

conformance(megatronRouter, {
  accepted: [
    {
      name: "passes of a step, in rank order, without the MTP block",
      files: {
        "a/b/router_trace_rank10.jsonl": text,
        "a/b/router_trace_rank2.jsonl": `${passLines(7, second, [0, 1]).join("\n")}\n`
      },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 0, decodeTokens: 2, benchmark: "a", subject: "b", ids: layerMajorIds(second) },
        { prefillTokens: 0, decodeTokens: 3, ids: layerMajorIds(first) },
        { prefillTokens: 0, decodeTokens: 2, ids: layerMajorIds(second) },
        { prefillTokens: 0, decodeTokens: 1, ids: layerMajorIds(third) }
      ]
    }
  ],
  refused: [
    { name: "a layer that is missing", files: trace(lower), model: tiny, reason: "WrongShape", where: "line 1" },
    {
      name: "layers of unequal length",
      files: trace(lower, passLines(1, second)[1]!),
      model: tiny,
      reason: "Ragged",
      where: `line 2, byte ${lower.length + 1}, layer 3`
    },
    {
      name: "an id beyond the experts",
      files: trace(
        lower,
        passLines(1, [
          [
            [0, 0],
            [4, 12]
          ],
          [[], [1, 2]],
          [[], [1, 2]]
        ])[1]!
      ),
      model: tiny,
      reason: "OutOfRange",
      where: "line 2, byte"
    },
    {
      name: "rows that num_tokens does not count",
      files: trace(lower.replace('"num_tokens":3', '"num_tokens":4'), upper),
      model: tiny,
      reason: "WrongShape",
      where: "line 1"
    },
    {
      name: "a line that is no JSON",
      files: trace(lower, "{"),
      model: tiny,
      reason: "Truncated",
      where: "line 2, byte"
    },
    { name: "an empty file", files: { "r.jsonl": "\n" }, model: tiny, reason: "Truncated" },
    { name: "a shape that no model has", files: trace(lower, upper), reason: "UnknownModel" }
  ]
})
