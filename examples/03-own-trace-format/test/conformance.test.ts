import { conformance } from "@moira/ingest/testing"
import { makeModel } from "@moira/core/testing"
import format from "../src/index.ts"

/** Two layers with four experts, top-1. */
const model = makeModel({ layers: 2, moe: { first: 0, last: 1, every: 1 }, experts: 4, topK: 1 })

conformance(format, {
  accepted: [
    {
      name: "a prompt of two tokens and one decoded, and a request without a prompt",
      files: { "a/b/t.own": "own 2 1 0 1 2 3 1 2\nown 0 1 3 0\n" },
      model,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 2, decodeTokens: 1, benchmark: "a", subject: "b", ids: [0, 2, 1, 1, 3, 2] },
        { prefillTokens: 0, decodeTokens: 1, ids: [3, 0] }
      ]
    }
  ],
  refused: [
    {
      name: "an id beyond the experts",
      files: { "t.own": "own 0 1 4 0\n" },
      model,
      reason: "OutOfRange",
      where: "line 1"
    },
    { name: "an id too few", files: { "t.own": "own 1 0 3\n" }, model, reason: "Ragged", where: "line 1" },
    { name: "words for numbers", files: { "t.own": "own 1 0 one two\n" }, model, reason: "Malformed", where: "line 1" }
  ]
})
