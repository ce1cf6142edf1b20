import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import megatronRouter from "../../src/formats/megatron-router/index.ts"
import { conformance, fixtureFolder } from "../../src/testing.ts"
import { first, passLines, recomputed, second, text, third } from "./cases.ts"
import { layerMajorIds, madeUp } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"

const trace = (...lines: ReadonlyArray<string>) => ({ "router_trace_rank0.jsonl": `${lines.join("\n")}\n` })
const [lower, upper] = passLines(1, first) as [string, string]

/** A step for each part. */
const rankLines = (rank: number, ...parts: ReadonlyArray<typeof first>): string =>
  parts.flatMap((part, step) => passLines(step, part, [2, 3], { rank })).join("\n") + "\n"
const many = madeUp(9, 44)

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
    },
    {
      name: "two ranks that route the same tokens, but for one pass",
      files: {
        "router_trace_rank0.jsonl": rankLines(0, first),
        "router_trace_rank1.jsonl": rankLines(1, first, third)
      },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 0, decodeTokens: 3, ids: layerMajorIds(first) },
        { prefillTokens: 0, decodeTokens: 1, ids: layerMajorIds(third) }
      ]
    },
    {
      name: "a step that is recomputed, its layers in reverse",
      files: { "router_trace_rank0.jsonl": recomputed },
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 0, decodeTokens: 2, ids: layerMajorIds(second) },
        { prefillTokens: 0, decodeTokens: 1, ids: layerMajorIds(third) }
      ]
    },
    {
      name: "the same few tokens twice in a step, which may be two passes",
      files: trace(...passLines(1, third), ...passLines(1, third)),
      model: tiny,
      linesStandAlone: true,
      requests: [
        { prefillTokens: 0, decodeTokens: 1, ids: layerMajorIds(third) },
        { prefillTokens: 0, decodeTokens: 1, ids: layerMajorIds(third) }
      ]
    },
    {
      name: "many tokens twice in a step, in the same order of layers",
      files: trace(...passLines(1, many), ...passLines(1, many)),
      model: tiny,
      linesStandAlone: true,
      requests: [{ prefillTokens: 0, decodeTokens: 9, ids: layerMajorIds(many) }]
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

it.effect("says what it left out, and takes the phase that is given", () =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder({
      "router_trace_rank0.jsonl": `${rankLines(0, first)}${recomputed}`,
      "router_trace_rank1.jsonl": rankLines(1, first)
    })
    const { requests } = yield* megatronRouter.read([folder], { model: tiny, phase: "prefill" })
    const all = yield* Stream.runCollect(requests)
    assert.deepStrictEqual(
      all.map(({ prefillTokens, decodeTokens }) => [prefillTokens, decodeTokens]),
      [
        [3, 0],
        [2, 0],
        [1, 0]
      ]
    )
    const told = all.at(-1)!.remarks!.map(({ what }) => what)
    assert.isTrue(told.some((what) => what.includes("taken as prefill (--phase decode changes it)")))
    assert.isTrue(told.some((what) => what.includes("recomputes activations")))
    assert.isTrue(told.some((what) => what.includes("ranks of tensor parallelism")))
  })
)
