import { assert, it } from "@effect/vitest"
import { missingExpert as hole, type TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import llamaCpp from "../../src/formats/llama-cpp/index.ts"
import { conformance, fixtureFolder } from "../../src/testing.ts"
import { made, next, passLines, prompt, prunedLines, prunedText, text, withHoles } from "./cases.ts"
import { layerMajorIds } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"

/** Three layers, so that a pass without the last one still has two. */
const deep = { ...tiny, layers: 4, moe: { first: 1, last: 3, every: 1 } }
/** A pass of tokens that all choose the same, the last layer with rows of some. */
const deepLines = (tokens: number, outputs: number): string =>
  [1, 2, 3].map((layer) => `${layer},4\n${layer},9\n`.repeat(layer === 3 ? outputs : tokens)).join("")

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
      name: "prompts whose last layer has rows of outputs alone, and a second recording behind its own header",
      files: { "t.csv": prunedText },
      model: tiny,
      linesStandAlone: true,
      requests: [
        {
          prefillTokens: 5,
          decodeTokens: 3,
          ids: layerMajorIds([...withHoles(prompt.slice(0, 3), 0), ...withHoles(prompt.slice(3), 1), ...made])
        },
        { prefillTokens: 2, decodeTokens: 3, ids: layerMajorIds([...withHoles(next, 1), ...made]) }
      ]
    },
    {
      name: "a prompt whose first part has no output, so that it lacks the last layer",
      files: { "t.csv": `${deepLines(3, 0)}${deepLines(2, 1)}${deepLines(1, 1)}` },
      model: deep,
      requests: [
        {
          prefillTokens: 5,
          decodeTokens: 1,
          ids: [
            ...Array.from({ length: 12 }, () => [4, 9]),
            ...Array.from({ length: 4 }, () => [hole, hole]),
            [4, 9],
            [4, 9]
          ].flat()
        }
      ]
    },
    {
      name: "a prompt of which one token is left after its parts without an output",
      files: { "t.csv": `${deepLines(4, 0)}${deepLines(1, 1)}${deepLines(1, 1)}` },
      model: deep,
      linesStandAlone: true,
      requests: [
        {
          prefillTokens: 5,
          decodeTokens: 1,
          ids: [
            ...Array.from({ length: 12 }, () => [4, 9]),
            ...Array.from({ length: 4 }, () => [hole, hole]),
            [4, 9],
            [4, 9]
          ].flat()
        }
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
      name: "an end inside a last layer, which may be a cut",
      files: { "t.csv": prunedLines(prompt, 1) },
      model: tiny,
      reason: "Truncated",
      where: "line 1"
    },
    {
      name: "a prompt without the last layer, which no part of it has",
      files: { "t.csv": `${deepLines(4, 0)}layer,expert\n${deepLines(1, 1)}` },
      model: deep,
      reason: "WrongShape",
      where: "line 1"
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

const read = (content: string, phase?: "prefill" | "decode") =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({ "t.csv": content })
    const { requests } = yield* llamaCpp.read([folder], { model: tiny, ...(phase === undefined ? {} : { phase }) })
    return yield* Stream.runCollect(requests)
  })

it.effect("takes all tokens for what --phase says, and a pruned last pass for whole where it says prompts", () =>
  Effect.gen(function* () {
    const [prompts, decoded] = [yield* read(prunedLines(prompt, 1), "prefill"), yield* read(text, "decode")]
    assert.deepStrictEqual([prompts[0]!.prefillTokens, prompts[0]!.decodeTokens], [5, 0])
    assert.deepStrictEqual([...prompts[0]!.ids], layerMajorIds(withHoles(prompt, 1)))
    assert.strictEqual(decoded.length, 1)
    assert.deepStrictEqual([decoded[0]!.prefillTokens, decoded[0]!.decodeTokens], [0, 10])
  })
)

it.effect("says what it assumed, what is missing, and what it guessed", () =>
  Effect.gen(function* () {
    const [plain] = yield* read(text)
    const [pruned] = yield* read(prunedText)
    const [several] = yield* read(`${prunedLines(prompt, 2)}${passLines(made.slice(0, 1))}`)
    const told = (request: TraceRequest | undefined) => request!.remarks!.map(({ what }) => what).join("; ")
    assert.include(told(plain), "--phase changes it")
    assert.notInclude(told(plain), "the last layer")
    assert.include(told(pruned), "the rest of its rows are missing")
    assert.notInclude(told(pruned), "is not recorded")
    assert.include(told(several), "which tokens of a pass have an output is not recorded")
  })
)
