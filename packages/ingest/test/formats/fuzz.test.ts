import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { cases as gptOss } from "../gpt-oss/cases.ts"
import { cases as llamaCpp } from "../llama-cpp/cases.ts"
import { cases as megatronRouter } from "../megatron-router/cases.ts"
import { cases as moeBalance } from "../moe-balance/cases.ts"
import { cases as rlRollout } from "../rl-rollout/cases.ts"
import { cases as routerLogits } from "../router-logits/cases.ts"
import { cases as routingCsv } from "../routing-csv/cases.ts"
import { cases as sglangHttp } from "../sglang-http/cases.ts"
import { cases as trtllmRaw } from "../trtllm-raw/cases.ts"
import { cases as vllm } from "../vllm/cases.ts"
import { fuzz } from "./fuzz.ts"

/** Damaged files a format, spread over its cases; set MOIRA_MUTANTS for a longer run. */
const ofFormat = Number(process.env["MOIRA_MUTANTS"] ?? 1000)

const formats = [
  vllm,
  sglangHttp,
  trtllmRaw,
  megatronRouter,
  gptOss,
  moeBalance,
  llamaCpp,
  routingCsv,
  rlRollout,
  routerLogits
]
for (const [one, mutants] of formats.flatMap((cases) =>
  cases.map((each) => [each, Math.ceil(ofFormat / cases.length)] as const)
)) {
  it.live(
    `${one.name}: ${mutants} damaged files are read as a plain reader does or refused`,
    () =>
      Effect.gen(function* () {
        const tally = yield* fuzz(one, mutants, 20_261_124)
        if (process.env["MOIRA_MUTANTS"] !== undefined)
          yield* Effect.sync(() => console.log(one.name, JSON.stringify(tally)))
        const refused = Object.values(tally.refused).reduce((total, count) => total + count, 0)
        assert.strictEqual(tally.accepted + refused, mutants)
        assert.isAbove(tally.accepted, mutants / 100)
        assert.isAbove(refused, mutants / 3)
        assert.isBelow(tally.slowestCpuMs, 1000)
        assert.isBelow(tally.largestBytes, 64 * 2 ** 20)
      }),
    3_600_000
  )
}
