/**
 * Damaged files of every counts format and of SGLang's recorder: read as a plain decoder reads them, or refused typed.
 * Archives are damaged inside too, with checksums made good, so that damage reaches what is behind them.
 */
import { assert, describe, it } from "@effect/vitest"
import { type ExpertCounts, missingExpert } from "@moira/trace"
import { random } from "@moira/core"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll } from "vitest"
import { countsOutcome } from "../../src/testing/counts.ts"
import { outcome } from "../../src/testing/outcome.ts"
import countsCsv from "../../src/counts/counts-csv.ts"
import countsJson from "../../src/counts/counts-json.ts"
import countsTensor from "../../src/counts/counts-tensor.ts"
import eplbJson from "../../src/counts/eplb-json.ts"
import eplbNpy from "../../src/counts/eplb-npy.ts"
import hotnessNpy from "../../src/counts/hotness-npy.ts"
import llamaImatrix from "../../src/counts/llama-imatrix.ts"
import sglangCountsJson from "../../src/counts/sglang-counts-json.ts"
import sglangPasses from "../../src/counts/sglang-passes.ts"
import sglangStat from "../../src/counts/sglang-stat.ts"
import tensorrtCounts from "../../src/counts/tensorrt-counts.ts"
import type { CountsSource } from "../../src/counts-source.ts"
import { IngestError } from "../../src/fault/error.ts"
import sglangRecorder from "../../src/formats/sglang-recorder/index.ts"
import { mutants, mutate, watch } from "../mutate.ts"
import { expected, pt } from "../codecs/pickle/fixtures.ts"
import { unzipFile, zipFile } from "../codecs/pickle/plain-zip.ts"
import { PyTensor, torchZip } from "../codecs/pickle/write-pickle.ts"
import { ggufFile, madeUp, npyFile, safetensorsFile } from "./arrays.ts"
import {
  plainCsvCounts,
  plainImatrix,
  plainJsonCounts,
  plainLayerJson,
  plainLoad,
  plainNpyCounts,
  plainSafetensorsCounts,
  plainStat
} from "./plain-decoders.ts"
import { madePass, recording } from "../sglang-recorder/cases.ts"
import { tiny } from "../tiny.ts"

const folder = path.join(os.tmpdir(), `moira-fuzz-${process.pid}`)
beforeAll(() => fs.mkdirSync(folder))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

/** Counts of a workload, or why there are none; `undefined` where the plain decoder must refuse too. */
type Plain = (
  bytes: Uint8Array
) => { readonly steps: number; readonly experts: number; readonly counts: ReadonlyArray<number> } | undefined

interface Target {
  readonly source: CountsSource
  readonly file: string
  readonly seeds: ReadonlyArray<Uint8Array>
  readonly plain: Plain
  readonly damage?: (seed: Uint8Array, below: (n: number) => number) => Uint8Array
  /** True where the plain decoder takes exactly what the format takes. */
  readonly exact: boolean
}

const text = (value: unknown, indent?: number) => Buffer.from(JSON.stringify(value, null, indent))
const one = madeUp(1, 3, 12, 1)
const list = (values: ReadonlyArray<number>) => ({ type: "I32", shape: [values.length], values }) as const

/** Changes the content of one member and packs all again with right sizes and checksums. */
const inside =
  (which: RegExp) =>
  (seed: Uint8Array, below: (n: number) => number): Uint8Array => {
    const all = unzipFile(seed)
    const some = all.filter(([name]) => which.test(name))
    const chosen = some[below(some.length)]![0]
    return zipFile(all.map(([name, content]) => [name, name === chosen ? mutate(content, below) : content] as const))
  }

/** Flips bytes of a storage; its length stays. */
const inStorage = (seed: Uint8Array, below: (n: number) => number): Uint8Array =>
  zipFile(
    unzipFile(seed).map(([name, content]) => {
      if (!name.includes("/data/")) return [name, content] as const
      const changed = Uint8Array.from(content)
      for (let n = 1 + below(3); n > 0; n--) changed[below(changed.length)] = below(3) === 0 ? below(256) : below(2)
      return [name, changed] as const
    })
  )

const jsonSeeds = [
  text({ logical_count: one }),
  text({ rank: 1, logical_count: [one, one] }, 2),
  Buffer.from('{"logical_count": [[0.0, 12.0, 1e2], [3.50e1, 0, 7]], "a": {"b": [null, true]}}')
]
const csvSeeds = [
  Buffer.from(`layer_id,expert_id,count\n${one.flatMap((row, l) => row.map((n, e) => `${l},${e},${n}\n`)).join("")}`),
  Buffer.from("expert,layer,load\r\n3,7,1\r\n0,9,2.5\r\n")
]
const layerSeeds = [
  text({ "0": one[0], "1": one[1] }),
  text(
    { num_experts: 3, a: [1, { b: null }], expert_counts: { layer_0: { "0": 1, "2": 5 }, layer_1: { "1": 2.5 } } },
    1
  )
]
const loads = torchZip({
  expert_load: new PyTensor(
    "float32",
    [3, 12],
    one.flat().map((count) => count / 4)
  )
})
const nestedSeed = text({ data: { stats: { "0": one[0], "1": one[1] }, num_experts: 12 } })
const imatrix = ggufFile({
  "blk.2.ffn_down_exps.weight.counts": { shape: [1, 12], values: one[2]! },
  "blk.1.ffn_up_exps.weight.counts": { shape: [12], values: one[1]! },
  "blk.1.ffn_up_exps.weight.in_sum2": { shape: [2, 12], values: one.flat().slice(0, 24) }
})
const bare = [text(one), text([[1]]), Buffer.from("[[0.0, 12.0], [3e0, 7]]")]

const targets: ReadonlyArray<readonly [name: string, target: Target]> = [
  [
    "sglang-counts-json",
    { source: sglangCountsJson, file: "0.json", seeds: jsonSeeds, plain: plainJsonCounts(true), exact: true }
  ],
  ["eplb-json", { source: eplbJson, file: "0.json", seeds: bare, plain: plainJsonCounts(false), exact: true }],
  ["counts-csv", { source: countsCsv, file: "0.csv", seeds: csvSeeds, plain: plainCsvCounts, exact: true }],
  [
    "counts-json",
    { source: countsJson, file: "0.json", seeds: [...layerSeeds, nestedSeed], plain: plainLayerJson, exact: true }
  ],
  ["llama-imatrix", { source: llamaImatrix, file: "0.gguf", seeds: [imatrix], plain: plainImatrix, exact: false }],
  [
    "counts-tensor",
    {
      source: countsTensor,
      file: "0.pt",
      seeds: [loads],
      plain: plainLoad,
      damage: (seed, below) => (below(2) === 0 ? inStorage(seed, below) : inside(/data\.pkl$/)(seed, below)),
      exact: false
    }
  ],
  [
    "eplb-npy",
    {
      source: eplbNpy,
      file: "0.npy",
      seeds: [
        npyFile("<i4", [2, 3], [1, 2, 3, 4, 5, 6]),
        npyFile("<f8", [3, 12], one.flat()),
        npyFile("|u1", [1, 4], [0, 255, 3, 4])
      ],
      plain: plainNpyCounts(2),
      exact: false
    }
  ],
  [
    "hotness-npy",
    {
      source: hotnessNpy,
      file: "0.npy",
      seeds: [npyFile("<i8", [2, 3, 2], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])],
      plain: plainNpyCounts(3),
      exact: false
    }
  ],
  [
    "tensorrt-counts",
    {
      source: tensorrtCounts,
      file: "rank0.safetensors",
      seeds: [
        safetensorsFile({ "0_1": list([1, 2, 3]), "0_2": list([4, 5, 6]) }),
        safetensorsFile({ "7_0": { type: "I64", shape: [2], values: [5, 6] } })
      ],
      plain: plainSafetensorsCounts,
      exact: false
    }
  ],
  [
    "sglang-stat",
    { source: sglangStat, file: "0.pt", seeds: [pt("stat/rank0"), pt("stat-alone")], plain: plainStat, exact: false }
  ],
  [
    "sglang-stat, damaged counts",
    {
      source: sglangStat,
      file: "0.pt",
      seeds: [pt("stat/rank0"), pt("stat-alone")],
      plain: plainStat,
      damage: inStorage,
      exact: true
    }
  ],
  [
    "sglang-stat, damaged pickle",
    {
      source: sglangStat,
      file: "0.pt",
      seeds: [pt("stat-alone")],
      plain: plainStat,
      damage: inside(/data\.pkl$/),
      exact: false
    }
  ]
]

const same = (found: ExpertCounts, wanted: NonNullable<ReturnType<Plain>>, what: string): void => {
  assert.deepStrictEqual([found.steps, found.experts], [wanted.steps, wanted.experts], what)
  assert.deepStrictEqual([...found.counts], [...wanted.counts], what)
}

describe("damaged counts", () => {
  for (const [name, { source, file, seeds, plain, damage, exact }] of targets) {
    it.live(
      `${name}: ${mutants} mutants`,
      () =>
        Effect.gen(function* () {
          const { below } = random(name.length)
          const watched = watch()
          let [accepted, refused] = [0, 0]
          for (let n = 0; n < mutants; n++) {
            const bytes = (damage ?? mutate)(seeds[n % seeds.length]!, below)
            fs.writeFileSync(path.join(folder, file), bytes)
            watched.restart()
            const result = yield* countsOutcome(source, path.join(folder, file), undefined)
            watched.check()
            const wanted = exact || !(result instanceof IngestError) ? plain(bytes) : undefined
            const what = Buffer.from(bytes).toString("latin1").slice(0, 400)
            if (result instanceof IngestError) {
              refused++
              if (exact) assert.isUndefined(wanted, `${result.message}: ${what}`)
            } else {
              accepted++
              assert.isDefined(wanted, what)
              same(result.workloads[0]!, wanted, what)
            }
          }
          assert.isAbove(accepted, 0)
          assert.isAbove(refused, mutants / 30)
        }),
      300_000
    )
  }
})

/** A passes file has no second reader; whatever is taken must be counts of the right size, and whole ones as they were. */
describe("damaged recordings", () => {
  it.live(
    `sglang-passes: ${mutants} mutants`,
    () =>
      Effect.gen(function* () {
        const { below } = random(3)
        const file = path.join(folder, "0.pt")
        const total = expected.passes0.flatMap(({ counts }) => counts.flat()).reduce((a, b) => a + b, 0)
        const watched = watch()
        let [accepted, refused] = [0, 0]
        for (let n = 0; n < mutants; n++) {
          const within = n % 2 === 1
          fs.writeFileSync(
            file,
            within ? inside(/data\.pkl$/)(pt("passes/rank0"), below) : mutate(pt("passes/rank0"), below)
          )
          watched.restart()
          const result = yield* countsOutcome(sglangPasses, file, undefined)
          watched.check()
          if (result instanceof IngestError) refused++
          else {
            accepted++
            // Slots only move counts between experts; no count is lost or made up while the records stand.
            const sum = result.workloads[0]!.counts.reduce((a, b) => a + b, 0)
            if (!within) assert.strictEqual(sum, total)
          }
        }
        assert.isAbove(accepted, 0)
        assert.isAbove(refused, mutants / 30)
      }),
    300_000
  )

  it.live(
    `sglang-recorder: ${mutants} mutants`,
    () =>
      Effect.gen(function* () {
        const { below } = random(4)
        const file = path.join(folder, "0.pt")
        const drafted = recording([
          madePass(1, [0, 1, 0], [2, 1]),
          madePass(5, [2, 3, 1, 2]),
          madePass(5, [3, 4, 3, 4])
        ])
        const mixed = recording([madePass(1, [0, 1], [2]), madePass(3, [0, 1, 2], [2, 1]), madePass(2, [2, 3])])
        const seeds = [pt("tokens/rank0"), drafted, mixed]
        const ids: Array<ReadonlyArray<ReadonlyArray<number>>> = []
        for (const seed of seeds) {
          fs.writeFileSync(file, seed)
          const whole = yield* Effect.orDie(
            Effect.flatMap(sglangRecorder.read([file], { model: tiny }), ({ requests }) => Stream.runCollect(requests))
          )
          ids.push(whole.map((request) => [...request.ids]))
        }
        const watched = watch()
        let [accepted, refused] = [0, 0]
        for (let n = 0; n < mutants; n++) {
          const kind = n % 3
          const which = Math.floor(n / 3) % seeds.length
          const seed = seeds[which]!
          fs.writeFileSync(
            file,
            kind === 0 ? mutate(seed, below) : kind === 1 ? inside(/data\.pkl$/)(seed, below) : inStorage(seed, below)
          )
          watched.restart()
          const result = yield* outcome(sglangRecorder, file, tiny)
          watched.check()
          if (result instanceof IngestError) {
            refused++
            continue
          }
          accepted++
          for (const request of result.requests) {
            const run = request.runs?.reduce((sum, { tokens }) => sum + tokens, 0)
            assert.strictEqual(
              run ?? request.prefillTokens + request.decodeTokens,
              request.prefillTokens + request.decodeTokens
            )
            assert.strictEqual(request.ids.length, 2 * (request.prefillTokens + request.decodeTokens) * 2)
            assert.isUndefined(request.ids.find((id) => id >= 12 && id !== missingExpert))
          }
          if (kind === 0)
            assert.deepStrictEqual(
              result.requests.map((request) => [...request.ids]),
              ids[which]
            )
        }
        assert.isAbove(accepted, 0)
        assert.isAbove(refused, mutants / 30)
      }),
    300_000
  )
})
