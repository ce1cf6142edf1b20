import vllm from "../../src/formats/vllm/index.ts"
import { conformance } from "../../src/testing.ts"
import {
  aborted,
  batchOutput,
  choices,
  cachedPrompt,
  cachedSequence,
  eventStream,
  fromStart,
  lists,
  made,
  packed,
  padded,
  prompt,
  recording,
  sidecar,
  streamLines,
  tokensListed,
  twoLines,
  whole,
  wholeChoices
} from "./cases.ts"
import { layerMajorIds, madeUp } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"
import { npy } from "../formats/arrays.ts"

const cached = layerMajorIds([...cachedPrompt, ...made])
const all = layerMajorIds([...prompt, ...made])
const zeros = JSON.stringify({
  choices: [
    {
      routed_experts: [
        [
          [0, 0],
          [0, 0]
        ],
        [
          [0, 0],
          [0, 0]
        ]
      ]
    }
  ]
})
/** Mixtral's shape, which no other model of the catalogue has. */
const mixtral = npy(
  "<i4",
  [3, 32, 2],
  Array.from({ length: 192 }, (_, i) => (i % 2 === 0 ? 3 : 4))
)

conformance(vllm, {
  accepted: [
    {
      name: "nested lists with a cached prefix",
      files: { "a/b/r.json": lists },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 3, benchmark: "a", subject: "b", language: "und", ids: cached }]
    },
    {
      name: "one response a line, the prompt split off or not",
      files: { "r.jsonl": twoLines },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 4, decodeTokens: 3, ids: all },
        { prefillTokens: 4, decodeTokens: 3, ids: cached }
      ]
    },
    {
      name: "base64 arrays of every hidden layer",
      files: { "r.json": packed },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 3, ids: cached }]
    },
    {
      name: "two choices of one prompt",
      files: { "r.json": choices },
      model: tiny,
      requests: [
        { prefillTokens: 4, decodeTokens: 3, ids: all },
        { prefillTokens: 4, decodeTokens: 2, ids: layerMajorIds([...prompt, ...madeUp(2, 13)]) }
      ]
    },
    {
      name: "one token made, which was not run through the model",
      files: {
        "r.json": JSON.stringify({
          prompt_routed_experts: prompt,
          choices: [{ routed_experts: null }],
          usage: { prompt_tokens: 4, completion_tokens: 1 }
        })
      },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 0, ids: layerMajorIds(prompt) }]
    },
    {
      name: "two choices of the whole sequence",
      files: { "r.json": wholeChoices },
      model: tiny,
      requests: [
        { prefillTokens: 4, decodeTokens: 3, ids: all },
        { prefillTokens: 4, decodeTokens: 2, ids: layerMajorIds([...prompt, ...madeUp(2, 13)]) }
      ]
    },
    {
      name: "a list of responses",
      files: { "r.json": `[${cachedSequence(whole)}, ${padded}]` },
      model: tiny,
      requests: [
        { prefillTokens: 4, decodeTokens: 3, ids: all },
        { prefillTokens: 4, decodeTokens: 3, ids: all }
      ]
    },
    {
      name: "parts of a stream, a line each, and a whole response",
      files: { "r.jsonl": streamLines },
      model: tiny,
      requests: [
        { prefillTokens: 4, decodeTokens: 3, ids: all },
        { prefillTokens: 4, decodeTokens: 3, ids: all }
      ]
    },
    {
      name: "an event stream",
      files: { "r.txt": eventStream },
      model: tiny,
      linesStandAlone: true,
      requests: [{ prefillTokens: 4, decodeTokens: 3, ids: all }]
    },
    {
      name: "the output of a batch",
      files: { "r.jsonl": batchOutput },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 4, decodeTokens: 3, ids: all },
        { prefillTokens: 4, decodeTokens: 3, ids: all }
      ]
    },
    {
      name: "an object with shape, type and start",
      files: { "r.json": fromStart },
      model: tiny,
      requests: [{ prefillTokens: 2, decodeTokens: 3, ids: layerMajorIds(whole.slice(2)) }]
    },
    {
      name: "rows without those of cached tokens",
      files: { "r.json": cachedSequence(whole.slice(2)) },
      model: tiny,
      requests: [{ prefillTokens: 2, decodeTokens: 3, ids: layerMajorIds(whole.slice(2)) }]
    },
    {
      name: "a row of zeros for the last token, which was not run",
      files: { "r.json": padded },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 3, ids: all }]
    },
    {
      name: "tokens that are listed, and no usage",
      files: { "r.json": tokensListed },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 3, ids: all }]
    },
    {
      name: "an array with its sidecar",
      files: { "r.json": sidecar, "r.npy": recording },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 3, ids: all }]
    },
    {
      name: "an array in Fortran order",
      files: {
        "r.json": sidecar,
        "r.npy": npy(
          "<u2",
          [7, 2, 2],
          [0, 1].flatMap((k) => [0, 1].flatMap((layer) => [...prompt, ...made].map((token) => token[layer]![k]!))),
          { fortran: true, version: 2 }
        )
      },
      model: tiny,
      requests: [{ prefillTokens: 4, decodeTokens: 3, ids: all }]
    }
  ],
  refused: [
    {
      name: "the all-zero bug",
      files: { "r.json": zeros },
      model: tiny,
      reason: "WrongShape",
      where: "r.json, byte 31"
    },
    {
      name: "an id beyond the experts",
      files: {
        "r.json": JSON.stringify({
          choices: [
            {
              routed_experts: [
                [
                  [1, 2],
                  [3, 12]
                ]
              ]
            }
          ]
        })
      },
      model: tiny,
      reason: "OutOfRange",
      where: "layer 2, token 0"
    },
    {
      name: "an expert twice in a row",
      files: {
        "r.json": sidecar,
        "r.npy": npy(
          "|u1",
          [7, 2, 2],
          Array.from({ length: 28 }, (_, i) => (i === 21 ? 0 : i % 2))
        )
      },
      model: tiny,
      reason: "Repeated",
      where: "r.npy, byte 148, layer 1, token 5"
    },
    {
      name: "-1 wrapped in an unsigned array",
      files: { "r.json": sidecar, "r.npy": npy("|u1", [7, 2, 2], Array(28).fill(255)) },
      model: tiny,
      reason: "OutOfRange"
    },
    {
      name: "tokens that the lengths do not make",
      files: { "r.json": sidecar.replace('"input_token_count": 4', '"input_token_count": 9'), "r.npy": recording },
      model: tiny,
      reason: "WrongShape"
    },
    { name: "an array without its sidecar", files: { "r.npy": recording }, model: tiny, reason: "NotFound" },
    { name: "an aborted record", files: { "r.jsonl": aborted }, model: tiny, reason: "WrongShape", where: "line 2" },
    {
      name: "a stream that was cut before its last part",
      files: { "r.sse": eventStream.slice(0, eventStream.indexOf("stop") - 40) },
      model: tiny,
      reason: "Truncated",
      where: "line 3"
    },
    {
      name: "an array of a type too narrow for the model",
      files: { "r.json": sidecar, "r.npy": recording },
      model: { ...tiny, experts: 257 },
      reason: "WrongShape",
      where: "r.npy, byte"
    },
    {
      name: "an error in place of a response",
      files: { "r.json": JSON.stringify({ error: { message: "out of memory" }, routed_experts: null }) },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "more tokens made than any file can hold",
      files: {
        "r.json": JSON.stringify({
          choices: [{ routed_experts: whole }, { routed_experts: whole }],
          usage: { prompt_tokens: 4, completion_tokens: 2 ** 31 }
        })
      },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "a response without routed experts",
      files: { "r.json": JSON.stringify({ choices: [{ routed_experts: null }] }) },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "an array of floats",
      files: { "r.json": sidecar, "r.npy": npy("<f4", [7, 2, 2], Array(28).fill(1)) },
      model: tiny,
      reason: "WrongShape"
    },
    { name: "a shape that no model has", files: { "r.json": sidecar, "r.npy": recording }, reason: "UnknownModel" },
    {
      name: "another model's shape",
      files: { "r.json": '{"input_token_count": 2, "output_token_count": 2}', "r.npy": mixtral },
      model: tiny,
      reason: "WrongShape"
    }
  ]
})
