import llamaCpp from "../../src/formats/llama-cpp/index.ts"
import { conformance } from "../../src/testing.ts"
import { made, next, passLines, prompt, text } from "./cases.ts"
import { layerMajorIds } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"

conformance(llamaCpp, {
  accepted: [
    {
      name: "a prompt in two parts, decode, and the next prompt",
      files: { "a/b/t.csv": text },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 5, decodeTokens: 3, benchmark: "a", subject: "b", ids: layerMajorIds([...prompt, ...made]) },
        { prefillTokens: 2, decodeTokens: 0, ids: layerMajorIds(next) }
      ]
    },
    {
      name: "no header, carriage returns, layers counted from 0",
      files: { "t.csv": passLines(made.slice(0, 1), [0, 1]).replaceAll("\n", "\r\n") },
      model: tiny,
      requests: [{ prefillTokens: 0, decodeTokens: 1, ids: layerMajorIds(made.slice(0, 1)) }]
    }
  ],
  refused: [
    {
      name: "an id beyond the experts",
      files: { "t.csv": "1,3\n1,4\n2,12\n2,5\n" },
      model: tiny,
      reason: "OutOfRange",
      where: "line 3, layer 2, token 0"
    },
    {
      name: "an expert twice",
      files: { "t.csv": "1,3\n1,3\n2,1\n2,5\n" },
      model: tiny,
      reason: "Repeated",
      where: "line 1"
    },
    {
      name: "layers of unequal length",
      files: { "t.csv": "1,3\n1,4\n2,1\n1,3\n1,4\n" },
      model: tiny,
      reason: "Ragged",
      where: "line 4"
    },
    {
      name: "a layer that is missing",
      files: { "t.csv": "1,3\n1,4\n" },
      model: tiny,
      reason: "WrongShape",
      where: "line 1"
    },
    { name: "half a token", files: { "t.csv": "1,3\n2,1\n" }, model: tiny, reason: "WrongShape" },
    {
      name: "a line of words",
      files: { "t.csv": "1,3\n1,x\n" },
      model: tiny,
      reason: "Malformed",
      where: "line 2, byte 4"
    },
    {
      name: "a last line without its end",
      files: { "t.csv": "1,3\n1,4\n2,1\n2,3" },
      model: tiny,
      reason: "Truncated",
      where: "line 4"
    },
    { name: "a shape that no model has", files: { "t.csv": text }, reason: "UnknownModel" }
  ]
})
