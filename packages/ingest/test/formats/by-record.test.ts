/** A record that cannot be used costs that record: recorders of many passes and requests in a file. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import llamaCpp from "../../src/formats/llama-cpp/index.ts"
import megatronRouter from "../../src/formats/megatron-router/index.ts"
import routingCsv from "../../src/formats/routing-csv/index.ts"
import sglangRecorder from "../../src/formats/sglang-recorder/index.ts"
import { isBadRecord } from "../../src/parts/bad-record.ts"
import type { TraceSource } from "../../src/source.ts"
import { fixtureFolder, type FixtureFiles } from "../../src/testing.ts"
import type { Tokens } from "../fixtures/rows.ts"
import { text as llamaText } from "../llama-cpp/cases.ts"
import { passLines, second, third } from "../megatron-router/cases.ts"
import { lines, next, text } from "../routing-csv/cases.ts"
import { madePass, recording } from "../sglang-recorder/cases.ts"
import { tiny } from "../tiny.ts"

const wild: Tokens = [
  [
    [0, 12],
    [1, 2]
  ]
]
const passes = [madePass(1, [0, 1], [2]), madePass(1, [0], [1]), madePass(2, [2, 1])]

const formats: ReadonlyArray<readonly [TraceSource, FixtureFiles, where: string, tokens: ReadonlyArray<number>]> = [
  [
    megatronRouter,
    {
      "router_trace_rank0.jsonl":
        [...passLines(1, second), ...passLines(2, wild), ...passLines(3, third)].join("\n") + "\n"
    },
    "line 3",
    [2, 1]
  ],
  [llamaCpp, { "t.csv": llamaText.replace(/\n1,\d+\n/, "\n1,99\n") }, "line 2, layer 1, token 0", [2]],
  [
    routingCsv,
    { "t.csv": `${text}${lines("decode", 2, wild)}${lines("prefill", 0, next)}` },
    "layer 1, token 2",
    [5, 2]
  ],
  [
    sglangRecorder,
    { "0.pt": recording([passes[0]!, { ...passes[1]!, tokens: wild }, passes[2]!]) },
    "record 1, layer 1, token 0",
    [3, 1]
  ]
]

for (const [source, files, where, tokens] of formats) {
  it.effect(`${source.id}: names the bad one and goes on`, () =>
    Effect.gen(function* () {
      const folder = yield* fixtureFolder(files)
      const listed = yield* source.perFile!.list([folder], { model: tiny })
      const found = [...source.perFile!.open(tiny, {})(listed.files[0])]
      const bad = found.filter(isBadRecord)
      assert.lengthOf(bad, 1)
      assert.include(bad[0]!.bad.where, where)
      assert.strictEqual(bad[0]!.bad.reason, "OutOfRange")
      assert.deepStrictEqual(
        found.flatMap((one) => (isBadRecord(one) ? [] : [one.prefillTokens + one.decodeTokens])),
        tokens
      )
    })
  )
}
