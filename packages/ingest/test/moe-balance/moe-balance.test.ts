import moeBalance from "../../src/formats/moe-balance/index.ts"
import { conformance } from "../../src/testing.ts"
import { archive, lines, made, prompt, record, request } from "./cases.ts"
import { layerMajorIds } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"

const all = layerMajorIds([...prompt, ...made])

conformance(moeBalance, {
  accepted: [
    {
      name: "a request as an archive",
      files: { "a/b/r.npz": request },
      model: tiny,
      requests: [{ prefillTokens: 3, decodeTokens: 2, benchmark: "a", subject: "b", ids: all }]
    },
    {
      name: "batches as lines, rows in any order",
      files: { "r.jsonl": lines },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 0, decodeTokens: 3, ids: layerMajorIds(prompt) },
        { prefillTokens: 0, decodeTokens: 2, ids: layerMajorIds(made) }
      ]
    }
  ],
  refused: [
    {
      name: "tokens that the token ids do not count",
      files: { "r.npz": archive(prompt, 3, 3) },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "an id beyond the experts",
      files: {
        "r.npz": archive(
          [
            [
              [1, 2],
              [3, 12]
            ]
          ],
          1,
          1
        )
      },
      model: tiny,
      reason: "OutOfRange",
      where: "array routed_experts, byte 132, layer 2, token 0"
    },
    {
      name: "a batch that comes again",
      files: { "r.jsonl": lines + record(0, 1, [3], [...prompt, ...made]) },
      model: tiny,
      reason: "Malformed",
      where: "line 6, byte"
    },
    {
      name: "a row that one layer lacks",
      files: { "r.jsonl": record(0, 1, [0, 1, 2], prompt) + record(0, 2, [0, 1], prompt) },
      model: tiny,
      reason: "Ragged",
      where: "line 2, byte"
    },
    {
      name: "a row that comes twice",
      files: { "r.jsonl": record(0, 1, [0, 1, 1], prompt) + record(0, 2, [0, 1, 2], prompt) },
      model: tiny,
      reason: "Malformed",
      where: "line 1, byte"
    },
    {
      name: "a layer that is missing",
      files: { "r.jsonl": record(0, 1, [0], prompt) },
      model: tiny,
      reason: "WrongShape"
    },
    { name: "a shape that no model has", files: { "r.npz": request }, reason: "UnknownModel" }
  ]
})
