/** Where a file does not say the phase of its tokens, every reader says what it took, and takes what it is told. */
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import llamaCpp from "../../src/formats/llama-cpp/index.ts"
import megatronRouter from "../../src/formats/megatron-router/index.ts"
import moeBalance from "../../src/formats/moe-balance/index.ts"
import routerLogits from "../../src/formats/router-logits/index.ts"
import trtllmRaw from "../../src/formats/trtllm-raw/index.ts"
import { fixtureFolder, type FixtureFiles } from "../../src/testing.ts"
import type { TraceSource } from "../../src/source.ts"
import { torchZip } from "../codecs/pickle/write-pickle.ts"
import { text as llamaText } from "../llama-cpp/cases.ts"
import { text as megatronText } from "../megatron-router/cases.ts"
import { lines as moeBalanceLines } from "../moe-balance/cases.ts"
import { file as logitsFile } from "../router-logits/cases.ts"
import { meta, rank0 } from "../trtllm-raw/cases.ts"
import { tiny } from "../tiny.ts"

const formats: ReadonlyArray<readonly [TraceSource, FixtureFiles]> = [
  [llamaCpp, { "t.csv": llamaText }],
  [megatronRouter, { "router_trace_rank0.jsonl": megatronText }],
  [moeBalance, { "r.jsonl": moeBalanceLines }],
  [routerLogits, { "r.pt": torchZip(logitsFile) }],
  [trtllmRaw, { "meta_info.json": meta, "rank0_raw.safetensors": rank0 }]
]

for (const [source, files] of formats) {
  it.effect(`${source.id} says what it assumed, and takes the phase that is given`, () =>
    Effect.gen(function* () {
      const folder = yield* fixtureFolder(files)
      const read = (phase?: "prefill" | "decode") =>
        Effect.flatMap(
          source.read([folder], { model: tiny, ...(phase === undefined ? {} : { phase }) }),
          ({ requests }) => Stream.runCollect(requests)
        )
      const sums = (requests: ReadonlyArray<{ readonly prefillTokens: number; readonly decodeTokens: number }>) =>
        [0, 0].map((_, i) => requests.reduce((sum, one) => sum + [one.prefillTokens, one.decodeTokens][i]!, 0))
      const [plain, prefill, decode] = [yield* read(), yield* read("prefill"), yield* read("decode")]
      for (const { remarks } of plain) assert.isTrue(remarks?.some(({ what }) => what.includes("changes it")))
      const tokens = sums(plain)[0]! + sums(plain)[1]!
      assert.deepStrictEqual(sums(prefill), [tokens, 0])
      assert.deepStrictEqual(sums(decode), [0, tokens])
    })
  )
}
