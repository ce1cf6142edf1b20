/** Caches of experts as users run them: on a twin, on real traces, and with every wrong flag. */
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { rolesOfRequests } from "@moira/forecast"
import { loadMachine, moeLayerPs } from "@moira/hardware"
import offload, { offloadCost } from "@moira/offload"
import { sharedData } from "@moira/test-data"
import { findModel } from "@moira/core"
import { openStore } from "@moira/trace/node"
import { Effect } from "effect"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { inScratch, moira, removeScratch } from "./moira.ts"

const fits = fileURLToPath(new URL("../../hardware/calibration/expert-kernels.json", import.meta.url))
const calibration = JSON.parse(fs.readFileSync(fits, "utf8"))

const model = ["--model", "deepseek-v2-lite"]
const twin = inScratch("twin.moira")
const pcie5 = ["--machine", "offload-pcie5"]
const simulate = (store: string, ...flags: ReadonlyArray<string>) => moira("simulate", store, ...flags, "-q")

interface Run {
  readonly strategy: string
  readonly slots: number
  readonly metrics: Readonly<Record<string, number>>
  readonly layers: ReadonlyArray<{ readonly layer: number; readonly hitRate: number }>
}
const runsOf = (stdout: string): ReadonlyArray<Run> => JSON.parse(stdout).offload.runs

afterAll(removeScratch)
beforeAll(async () => {
  const made = await moira(
    "synth",
    ...model,
    "--requests",
    "24",
    "--prefill",
    "4",
    "--decode",
    "8",
    "--out",
    twin,
    "-q"
  )
  assert.strictEqual(made.code, 0, made.stderr)
})

describe("moira simulate on a machine that caches experts", () => {
  it("shows hit rate and tokens/s by size and policy", async () => {
    const { code, stdout, stderr } = await simulate(twin, ...pcie5, "--cache", "25%,32,100%")
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /slots a layer {2}of experts {2,}lru {2,}lfu {2,}predicted {2,}belady/)
    assert.match(stdout, /^ {11}16 {6}25\.0 %(?: +\d+\.\d %){4}$/m)
    assert.match(stdout, /mixture-token says who makes room/)
  })

  it("gives one document, the same bytes twice, that a report is made of", async () => {
    const file = inScratch("caches", "offload.json")
    const flags = [
      ...pcie5,
      "--prefetch",
      "0,2",
      "--prefetch-for",
      "token",
      "--cache",
      "12,24",
      "--out",
      inScratch("caches"),
      "--json"
    ]
    const [first, second] = [await simulate(twin, ...flags), await moira("offload", twin, ...flags, "-q")]
    assert.strictEqual(first.code, 0, first.stderr)
    assert.strictEqual(first.stdout, second.stdout)
    assert.strictEqual(fs.readFileSync(file, "utf8"), first.stdout)
    const runs = runsOf(first.stdout)
    assert.strictEqual(runs.length, 2 * (3 * 2 + 1), "Belady does without prefetch")
    const report = await moira("report", file, "--out", inScratch("report"), "--format", "svg,md", "-q")
    assert.strictEqual(report.code, 0, report.stderr)
    assert.include(report.stdout, "expert-cache-hits.svg")
  })

  it("has a command of its own, which refuses other machines", async () => {
    const { code, stderr } = await moira("offload", twin, "--machine", "dojo", "-q")
    assert.strictEqual(code, 1)
    assert.match(stderr, /^moira: --machine dojo: holds experts for good, .*; hint: .*moira simulate`\n$/)
  })

  it("takes a machine of the user's own, and numbers to replace", async () => {
    const shown = JSON.parse((await simulate(twin, ...pcie5, "--strategy", "lru", "--cache", "16", "--json")).stdout)
    const spec = inScratch("mine.json")
    fs.writeFileSync(spec, JSON.stringify(shown.offload.machines[0].spec))
    const own = await simulate(
      twin,
      "--machine",
      spec,
      "--backend",
      "offload",
      "--strategy",
      "lru",
      "--cache",
      "16",
      "--json"
    )
    assert.strictEqual(own.code, 0, own.stderr)
    assert.deepStrictEqual(runsOf(own.stdout)[0]?.metrics, shown.offload.runs[0].metrics)
    const link = ["--set", "tiers.dram.linkBytesPerSec=6.3e9"]
    const slow = await simulate(twin, ...pcie5, ...link, "--strategy", "lru", "--cache", "16", "--json")
    assert.isAbove(runsOf(slow.stdout)[0]!.metrics["time_ps"]!, 3 * shown.offload.runs[0].metrics["time_ps"])
  })

  it("takes a policy of the user's own: first in, first out", async () => {
    const file = inScratch("fifo.ts")
    fs.writeFileSync(
      file,
      `export default {
        contract: "cache/v1", id: "fifo", title: "First in, first out", knows: "past",
        prepare: ({ busy }) => {
          const line = []
          const evict = () => line.splice(line.findIndex((key) => busy[key] === 0), 1)[0]
          return { insert: (key) => line.push(key), use: () => {}, evict }
        }
      }`
    )
    const { code, stdout, stderr } = await simulate(
      twin,
      ...pcie5,
      "--strategy",
      `${file},belady`,
      "--cache",
      "16",
      "--json"
    )
    assert.strictEqual(code, 0, stderr)
    const [fifo, bound] = runsOf(stdout)
    assert.strictEqual(fifo?.strategy, "fifo")
    assert.isBelow(fifo!.metrics["hit_rate"]!, bound!.metrics["hit_rate"]!)
    assert.isAbove(fifo!.metrics["hit_rate"]!, 0)
  })

  const refused: Record<string, readonly [flags: ReadonlyArray<string>, says: RegExp]> = {
    "no slots": [["--cache", "0"], /^moira: --cache 0: 0 slots/],
    "no size": [["--cache", "much"], /^moira: --cache much: neither a whole number of slots nor a share/],
    "a cache that the GPU cannot hold": [
      ["--cache", "50%", "--set", "memoryBytes=21e9"],
      /^moira: --cache 50%: 32 slots a layer take 14\.4 GB: offload-pcie5 with memoryBytes=21e9 has room for/
    ],
    "a batch that needs more than the cache holds": [
      ["--cache", "6", "--batch", "4"],
      /^moira: --cache 6: 6 slots a layer: a layer step of batch 4 needs up to \d+ experts at once; hint: at least/
    ],
    "an unknown policy": [["--strategy", "fifo"], /^moira: fifo: unknown cache policy.*lru/],
    "an unknown predictor": [["--predictor", "tea-leaves"], /^moira: tea-leaves: unknown predictor/],
    "a host that cannot hold the model": [
      ["--set", "tiers.dram.bytes=70e9"],
      /^moira: machine offload-pcie5 with tiers\.dram\.bytes=70e9, dram: room for \d+ experts of 17\.3 MB/
    ],
    "a controller": [["--controller", "host-cpu"], /^moira: --controller: has no meaning/],
    "spare slots": [["--slots", "4"], /^moira: --slots: has no meaning.*sizes of the cache are --cache/],
    "a machine of another kind beside it": [
      ["--machine", "offload-pcie5,dojo"],
      /^moira: --machine: offload-pcie5 caches/
    ]
  }
  for (const [name, [flags, says]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      const machine = flags.includes("--machine") ? [] : pcie5
      const { code, stdout, stderr } = await simulate(twin, ...machine, ...flags)
      assert.strictEqual(code, 1, stderr)
      assert.strictEqual(stdout, "")
      assert.match(stderr, says)
      assert.match(stderr, /; hint: /)
      assert.strictEqual(stderr.trimEnd().split("\n").length, 1)
    })
  }

  it("refuses flags of caches for machines that have none", async () => {
    const { code, stderr } = await simulate(twin, "--machine", "dojo", "--cache", "8")
    assert.strictEqual(code, 1)
    assert.match(stderr, /^moira: --cache: dojo does not cache experts; hint: /)
  })
})

describe("what the machines cost, by hand", () => {
  const costOf = async (machine: string, id: string, bytesPerWeight: number) => {
    const built = await Effect.runPromise(loadMachine(offload, machine))
    return offloadCost(built.machine, findModel(id)!, bytesPerWeight)
  }

  it("one expert of gpt-oss over PCIe 5.0: 13.2 MB at 52.9 GB/s, asked for 10.1 us before", async () => {
    const { tiers, expertBytes, unitExperts } = await costOf("offload-pcie5", "gpt-oss-20b", 0.531_25)
    assert.strictEqual(expertBytes, 3 * 2880 * 2880 * 0.531_25)
    assert.approximately(tiers[0]!.occupyPs, (expertBytes / 52.92e9) * 1e12, 1)
    assert.strictEqual(tiers[0]!.latencyPs, 10_100_000)
    assert.strictEqual(unitExperts, Math.floor(60e9 / expertBytes))
  })

  it("a layer of four experts takes what was fitted to a measured H100, within 0.2 %", async () => {
    const { layerPs } = await costOf("offload-pcie5", "gpt-oss-20b", 2)
    const constants = { ...calibration.families["cutlass-bf16"].constants, peakFlopsPerSec: 989e12 }
    const measured = moeLayerPs(constants, { hidden: 2880, expertFfn: 2880, bytesPerWeight: 2 }, 4, 4)
    assert.approximately(layerPs(4, 4), measured, 0.002 * measured)
    assert.strictEqual(layerPs(0, 0), 0)
  })

  it("CXL memory and an SSD are the slowest part of their way, and latencies add up", async () => {
    const { tiers: cxl, expertBytes } = await costOf("offload-cxl", "llama4-maverick", 2)
    assert.approximately(cxl[1]!.occupyPs, (expertBytes / 37.8e9) * 1e12, 1)
    assert.strictEqual(cxl[1]!.latencyPs, 10_250_000)
    const { tiers: ssd } = await costOf("offload-ssd", "llama4-maverick", 2)
    assert.approximately(ssd[0]!.occupyPs, (expertBytes / 25.2e9) * 1e12, 1)
    assert.approximately(ssd[1]!.occupyPs, (expertBytes / 14e9) * 1e12, 1)
    assert.strictEqual(ssd[1]!.latencyPs, 70_000_000)
  })
})

const realTraces = sharedData("traces/patterns")

describe.skipIf(realTraces === undefined)("on the real Llama 4 traces", () => {
  it("LRU equals a list that is searched, Belady bounds all, and the forecast beats LRU", async () => {
    const store = inScratch("llama4.moira")
    const made = await moira("ingest", realTraces!, "--out", store, "-q")
    assert.strictEqual(made.code, 0, made.stderr)
    const flags = ["--predictor", "window", "--cache", "2,9", "--json"]
    const { code, stdout, stderr } = await simulate(store, ...pcie5, ...flags)
    assert.strictEqual(code, 0, stderr)
    const runs = runsOf(stdout)
    const plain = await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const reader = yield* openStore(store)
          const roles = rolesOfRequests(reader.requests)
          const { ids, offsets } = yield* reader.read({ layer: 7, phase: "decode" })
          return [2, 9].map((slots) => {
            let [hits, needs, list] = [0, 0, [] as ReadonlyArray<number>]
            for (let r = 0; r < reader.requests.length; r++) {
              if (roles[r] !== 2) continue
              for (const id of ids.subarray(offsets[r], offsets[r + 1])) {
                needs++
                if (list.includes(id)) hits++
                list = [id, ...list.filter((other) => other !== id)].slice(0, slots)
              }
            }
            return hits / needs
          })
        })
      )
    )
    const of = (strategy: string, slots: number) =>
      runs.find((run) => run.strategy === strategy && run.slots === slots)!
    const hitRate = (strategy: string, slots: number) => of(strategy, slots).metrics["hit_rate"]!
    for (const [i, slots] of [2, 9].entries()) {
      assert.strictEqual(of("lru", slots).layers.find(({ layer }) => layer === 7)?.hitRate, plain[i])
      for (const strategy of ["lru", "lfu", "predicted"])
        assert.isAtMost(hitRate(strategy, slots), hitRate("belady", slots), strategy)
      assert.isAbove(hitRate("predicted", slots), hitRate("lru", slots) + 0.01)
    }
  })
})
if (realTraces === undefined) console.warn("skipped: no shared data to read real traces from")
