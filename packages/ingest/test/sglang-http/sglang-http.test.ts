import sglangHttp from "../../src/formats/sglang-http/index.ts"
import { conformance } from "../../src/testing.ts"
import { layerMajorIds } from "../fixtures/rows.ts"
import { chat, choices, eventStream, filled, generated, lines, made, other, prompt, started, turns } from "./cases.ts"
import { tiny } from "../tiny.ts"
import { base64, elements } from "../formats/arrays.ts"

const first = layerMajorIds([...prompt, ...made])
const respond = (ids: ReadonlyArray<number>, prompt_tokens = 1, completion_tokens = 2) =>
  JSON.stringify({ meta_info: { prompt_tokens, completion_tokens, routed_experts: base64(elements("<i4", ids)) } })

conformance(sglangHttp, {
  accepted: [
    {
      name: "a chat response with every hidden layer",
      files: { "a/b/r.json": chat },
      model: tiny,
      requests: [{ prefillTokens: 3, decodeTokens: 2, benchmark: "a", subject: "b", ids: first }]
    },
    {
      name: "a list of generate responses with MoE layers alone",
      files: { "r.json": generated },
      model: tiny,
      requests: [
        { prefillTokens: 3, decodeTokens: 2, ids: first },
        { prefillTokens: 4, decodeTokens: 0, ids: layerMajorIds(other) }
      ]
    },
    {
      name: "several choices",
      files: { "r.json": choices },
      model: tiny,
      requests: [
        { prefillTokens: 3, decodeTokens: 2, ids: first },
        { prefillTokens: 3, decodeTokens: 4, ids: layerMajorIds([...prompt, ...other]) }
      ]
    },
    {
      name: "a second turn without the rows that came from the cache",
      files: { "r.jsonl": turns },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 3, decodeTokens: 2, ids: first },
        { prefillTokens: 3, decodeTokens: 1, ids: layerMajorIds(other) }
      ]
    },
    {
      name: "rows from a token on that the response tells",
      files: { "r.json": started },
      model: tiny,
      requests: [{ prefillTokens: 3, decodeTokens: 1, ids: layerMajorIds(other) }]
    },
    {
      name: "lists beside meta_info, as other engines of this interface give them",
      files: {
        "r.json": JSON.stringify({
          text: "x",
          meta_info: { prompt_tokens: 3, completion_tokens: 3 },
          routed_experts: [...prompt, ...made]
        })
      },
      model: tiny,
      requests: [{ prefillTokens: 3, decodeTokens: 2, ids: first }]
    },
    {
      name: "a dense layer that holds what its buffer was filled with",
      files: { "r.json": filled },
      model: tiny,
      requests: [{ prefillTokens: 3, decodeTokens: 2, ids: first }]
    },
    {
      name: "an event stream whose routing comes last",
      files: { "r.txt": eventStream },
      model: tiny,
      linesStandAlone: true,
      requests: [{ prefillTokens: 3, decodeTokens: 2, ids: first }]
    },
    {
      name: "one response a line",
      files: { "r.jsonl": lines },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 3, decodeTokens: 2, ids: first },
        { prefillTokens: 3, decodeTokens: 2, ids: first }
      ]
    }
  ],
  refused: [
    { name: "the all-zero bug", files: { "r.json": respond(Array(8).fill(0)) }, model: tiny, reason: "WrongShape" },
    {
      name: "an id beyond the experts",
      files: { "r.json": respond([1, 2, 3, 4, 5, 6, 7, 12]) },
      model: tiny,
      reason: "OutOfRange",
      where: "layer 2, token 1"
    },
    {
      name: "an expert twice",
      files: { "r.json": respond([1, 2, 3, 3, 5, 6, 7, 8]) },
      model: tiny,
      reason: "Repeated",
      where: "layer 2, token 0"
    },
    {
      name: "lengths that do not make the ids",
      files: { "r.json": respond([1, 2, 3, 4, 5, 6, 7, 8], 4, 4) },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "more tokens made than any file can hold",
      files: { "r.json": choices.replace('"completion_tokens":7', '"completion_tokens":2147483648') },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "no base64",
      files: { "r.json": '{"meta_info": {"prompt_tokens": 1, "completion_tokens": 2, "routed_experts": "####"}}' },
      model: tiny,
      reason: "Malformed",
      where: "byte 77"
    },
    {
      name: "no lengths",
      files: { "r.json": JSON.stringify({ sgl_ext: { routed_experts: base64(elements("<i4", [1, 2, 3, 4])) } }) },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "a response without routed experts",
      files: { "r.json": '{"meta_info": {}}' },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "a shape that no model has",
      files: { "r.json": respond([1, 2, 3, 4, 5, 6, 7, 8]) },
      reason: "UnknownModel"
    }
  ]
})
