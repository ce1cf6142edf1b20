/** `moira place` and `moira simulate --placement` as users run them. */
import { exporterKind } from "@moira/placement"
import { findModel, loadPlugin, random } from "@moira/core"
import { nodePlugins } from "@moira/core/node"
import { PlaceDocument } from "@moira/results"
import { sharedData } from "@moira/test-data"
import { Effect, Exit, Schema } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterAll, assert, beforeAll, it } from "vitest"
import { run } from "../src/main.ts"
import { faultOf } from "../src/terminal/fault.ts"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const seconds = 120_000
const model = findModel("mixtral-8x7b")!

/** Skewed counts of every layer of Mixtral, `steps` recorded steps of them; `edit` changes rows before they are written. */
const counts = (name: string, seed: number, steps = 1, edit = (row: Array<number>, _layer: number) => row): string => {
  const { below } = random(seed)
  const table = () =>
    Array.from({ length: 32 }, (all, layer) =>
      edit(
        Array.from({ length: 8 }, (_, e) => Math.floor(20_000 / (1 + ((e + layer) % 8))) + below(900)),
        layer
      )
    )
  const file = inScratch(name)
  const all = Array.from({ length: steps }, table)
  fs.writeFileSync(file, JSON.stringify({ logical_count: steps === 1 ? all[0] : all }))
  return file
}

const base = ["--machine", "dgx-h100", "--units", "4", "--model", model.id, "--quiet"]
const decode = (stdout: string) => Schema.decodeUnknownSync(PlaceDocument)(JSON.parse(stdout)).place

const fitted = inScratch("decode_a.json")
const other = inScratch("decode_b.json")
beforeAll(() => {
  counts("decode_a.json", 1)
  counts("decode_b.json", 2, 12)
})

it(
  "places by counts, writes files that read back to the same placement, and says what it gains",
  async () => {
    const out = inScratch("place")
    const forms = ["sglang", "vllm", "trtllm", "vllm-ascend", "eplb"]
    const args = ["place", fitted, ...base, "--slots", "1", "--optimizer", "remap,dup", "--export", forms.join(",")]
    const { code, stdout, stderr } = await moira(...args, "--out", out, "--json")
    assert.strictEqual(code, 0, stderr)
    assert.match(stderr, /remap: \d+ empty slots are filled with copies/)
    const { layouts, judgedOn, trafficFrom, formulas } = decode(stdout)
    assert.isNull(judgedOn)
    assert.strictEqual(trafficFrom, "independence")
    assert.deepStrictEqual(Object.keys(formulas), ["sglang", "vllm", "tensorrt"])
    assert.deepStrictEqual(
      layouts.map(({ optimizer }) => optimizer),
      ["present", "remap", "dup"]
    )
    const [present, remap, dup] = layouts
    assert.strictEqual(present!.inSample.speedup, 1)
    assert.strictEqual(present!.migration.slots, 0)
    assert.isAbove(remap!.inSample.speedup, 1)
    assert.isAbove(dup!.inSample.balances.sglang, present!.inSample.balances.sglang)
    assert.strictEqual(dup!.copiesSharingUnit, 0)
    assert.isTrue(dup!.traffic.every((row, u) => row[u] === 0))
    for (const { optimizer, physicalToLogical } of [remap!, dup!]) {
      for (const form of forms) {
        const { plugin } = await Effect.runPromise(Effect.provide(loadPlugin(exporterKind, form), nodePlugins))
        const name = form === "trtllm" ? "trtllm.yaml" : `${form}.json`
        const text = fs.readFileSync(path.join(out, optimizer, name), "utf8")
        const placement = await Effect.runPromise(plugin.read([{ name, text }], { model, units: 4 }))
        placement.physicalToLogical.forEach((slots, l) =>
          slots.forEach((expert, s) => {
            const placed = physicalToLogical[l]![s]!
            if (placed >= 0) assert.strictEqual(expert, placed)
          })
        )
      }
    }
    const sglang = JSON.parse(fs.readFileSync(path.join(out, "dup", "sglang.json"), "utf8")) as object
    assert.deepStrictEqual(Object.keys(sglang), ["physical_to_logical_map"])
    const again = await moira(
      "place",
      fitted,
      ...base,
      "--optimizer",
      "dup",
      "--present",
      path.join(out, "dup/trtllm.yaml"),
      "--slots",
      "1"
    )
    assert.strictEqual(again.code, 0, again.stderr)
    assert.match(again.stdout, /SGLang +mean over layers of mean\(load\) \/ max\(load\)/)
    assert.match(again.stdout, /held-out score: nothing but the counts that placed/)
    assert.isTrue(fs.existsSync(path.join(out, "report.html")))
    assert.include(fs.readFileSync(path.join(out, "report.html"), "utf8"), "Traffic between units before and after")
  },
  seconds
)

it(
  "judges on other counts, with intervals over their steps, the same each time",
  async () => {
    const args = ["place", fitted, ...base, "--optimizer", "remap,best", "--score", other, "--json"]
    const first = await moira(...args)
    assert.strictEqual(first.code, 0, first.stderr)
    const { layouts, judgedOn } = decode(first.stdout)
    assert.strictEqual(judgedOn, "decode_b")
    const [low, high] = layouts[1]!.speedupInterval!
    assert.isTrue(low <= layouts[1]!.heldOut!.speedup && layouts[1]!.heldOut!.speedup <= high)
    assert.isAtLeast(layouts[2]!.heldOut!.speedup, layouts[1]!.heldOut!.speedup - 1e-9, "the oracle knows what judges")
    assert.strictEqual((await moira(...args)).stdout, first.stdout)
  },
  seconds
)

it(
  "prints what an optimizer says of its layout, and replaces parts of the machine, lists among them",
  async () => {
    const small = counts("small.json", 3)
    const args = ["place", small, "--model", model.id, "--quiet"]
    const proven = await moira(...args, "--machine", "dgx-h100", "--units", "2", "--optimizer", "milp")
    assert.strictEqual(proven.code, 0, proven.stderr)
    assert.match(proven.stdout, /milp: all 32 layers are optimal, \d+ by a bound and \d+ by the solver/)
    const broken = ["--machine", "dojo", "--set", "columns=2,rows=2,deadDies=[[0,1],[1,1]]", "--optimizer", "remap"]
    const { code, stdout, stderr } = await moira(...args, ...broken, "--json")
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(decode(stdout).units, 2)
  },
  seconds
)

it(
  "says where spare slots cost more than they bring, and nothing where they pay",
  async () => {
    const args = ["place", fitted, ...base, "--optimizer", "moira,remap", "--slots", "1", "--json"]
    const warningsAt = async (batch: string) => {
      const { code, stdout, stderr } = await moira(...args, "--batch", batch)
      assert.strictEqual(code, 0, stderr)
      return decode(stdout).warnings.filter((line) => line.includes("without spare slots"))
    }
    const [line, ...others] = await warningsAt("32")
    assert.match(line!, /^moira: without spare slots a layer step of 32 tokens takes .* instead of .*try --slots 0/)
    assert.isEmpty(others, "remap fills none")
    assert.isEmpty(await warningsAt("65536"))
  },
  seconds
)

it(
  "places by counts that drift as two earlier windows did, and names all three",
  async () => {
    const args = ["place", fitted, ...base, "--optimizer", "remap", "--json"]
    const plain = decode((await moira(...args)).stdout)
    const drifted = await moira(...args, "--earlier", `${fitted},${other}`)
    assert.strictEqual(drifted.code, 0, drifted.stderr)
    const place = decode(drifted.stdout)
    assert.strictEqual(place.fittedOn, `${plain.fittedOn}, drifted as from decode_a to decode_b`)
    assert.notDeepEqual(place.layouts[1]!.physicalToLogical, plain.layouts[1]!.physicalToLogical)
    const still = decode((await moira(...args, "--earlier", `${fitted},${fitted}`)).stdout)
    assert.deepStrictEqual(still.layouts[1]!.physicalToLogical, plain.layouts[1]!.physicalToLogical)
  },
  seconds
)

const refused: ReadonlyArray<readonly [what: string, change: Readonly<Record<string, string>>, line: RegExp]> = [
  ["more experts than slots", { "--dead": "1" }, /8 experts are more than the 6 slots of 3 living units/],
  ["a dead unit that there is not", { "--dead": "9" }, /dead unit 9 does not exist/],
  ["slots that do not divide", { "--redundant": "3" }, /11 slots, which do not divide by 4 units/],
  ["counts of another model", { "--model": "deepseek-v3" }, /8 experts, where DeepSeek-V3 \/ R1 671B has 256/],
  ["a missing layer", { input: inScratch("short.json") }, /31 layers, where Mixtral-8x7B has 32/],
  ["no counts at all", { input: inScratch("zero.json") }, /every count is 0/],
  ["an unknown optimizer", { "--optimizer": "bset" }, /unknown placement optimizer.*best/],
  ["an unknown form", { "--export": "sglan", "--out": inScratch("x") }, /unknown exporter.*sglang/],
  ["one earlier window", { "--earlier": fitted }, /not two windows/],
  ["files without a place", { "--export": "sglang" }, /nowhere to write files/],
  ["an unknown machine", { "--machine": "dgx-h1000" }, /unknown machine.*dgx-h100/],
  ["part of a server", { "--units": "12" }, /12 units are not whole servers of 8/],
  ["a file that is no placement", { "--present": fitted }, /no placement of a known form/]
]

it(
  "refuses what is wrong, each in one line with exit code 1",
  async () => {
    const written = counts("short.json", 3)
    const { logical_count: rows } = JSON.parse(fs.readFileSync(written, "utf8")) as {
      logical_count: Array<Array<number>>
    }
    fs.writeFileSync(written, JSON.stringify({ logical_count: rows.slice(1) }))
    counts("zero.json", 4, 1, (row) => row.map(() => 0))
    for (const [what, change, line] of refused) {
      const { input, ...flags } = {
        input: fitted,
        "--machine": "dgx-h100",
        "--units": "4",
        "--model": model.id,
        "--optimizer": "remap",
        ...change
      }
      const exit = await Effect.runPromiseExit(run(["place", input, ...Object.entries(flags).flat(), "--quiet"]))
      assert.isTrue(Exit.isFailure(exit), what)
      if (Exit.isSuccess(exit)) continue
      const { code, text } = faultOf(exit.cause)
      assert.strictEqual(code, 1, `${what}: ${text}`)
      assert.match(text, line, what)
      assert.match(text, /^moira: [^\n]+; hint: [^\n]+$/, what)
    }
  },
  seconds
)

it(
  "handles a layer of zero counts and a dead unit as documented",
  async () => {
    const zero = counts("zero_layer.json", 5, 1, (row, layer) => (layer === 7 ? row.map(() => 0) : row))
    const { code, stdout, stderr } = await moira(
      "place",
      zero,
      ...base,
      "--slots",
      "1",
      "--dead",
      "2",
      "--optimizer",
      "dup",
      "--json"
    )
    assert.strictEqual(code, 0, stderr)
    assert.match(stderr, /no selection in layer 7, taken as an even router/)
    const { layouts } = decode(stdout)
    for (const { physicalToLogical, slotsPerUnit, unitLoad } of layouts) {
      assert.strictEqual(unitLoad[2], 0)
      for (const row of physicalToLogical)
        assert.isTrue(row.slice(2 * slotsPerUnit, 3 * slotsPerUnit).every((expert) => expert === -1))
    }
  },
  seconds
)

it(
  "places by some requests of a trace, judges on others, and the file is simulated",
  async () => {
    const store = inScratch("twin.moira")
    const made = await moira(
      "synth",
      "--model",
      model.id,
      "--requests",
      "24",
      "--prefill",
      "12",
      "--decode",
      "6",
      "--out",
      store
    )
    assert.strictEqual(made.code, 0, made.stderr)
    const out = inScratch("twin-place")
    const args = ["--machine", "dgx-h100", "--units", "4", "--quiet"]
    const placed = await moira(
      "place",
      store,
      ...args,
      "--slots",
      "1",
      "--optimizer",
      "dup,separate-pairs,affinity",
      "--batch",
      "64",
      "--steps",
      "2",
      "--json",
      "--out",
      out
    )
    assert.strictEqual(placed.code, 0, placed.stderr)
    const { layouts, trafficFrom, judgedOn, fittedOn } = decode(placed.stdout)
    assert.strictEqual(trafficFrom, "tokens")
    assert.strictEqual(fittedOn, "prefill tokens of 12 requests")
    assert.strictEqual(judgedOn, "decode tokens of 12 other requests")
    for (const { heldOut, speedupInterval } of layouts) {
      assert.isNotNull(heldOut)
      assert.isTrue(speedupInterval![0] <= speedupInterval![1])
    }
    const file = path.join(out, "dup", "placement.json")
    const rest = ["--quiet", "--strategy", "ep", "--batch", "64", "--steps", "2", "--json"]
    const simulate = ["simulate", store, "--machine", "dgx-h100", ...rest]
    const simulated = await moira(
      ...simulate,
      "--units",
      "4",
      "--placement",
      `contiguous,remap,best,${file}`,
      "--slots",
      "1"
    )
    assert.strictEqual(simulated.code, 0, simulated.stderr)
    const { runs } = JSON.parse(simulated.stdout) as {
      runs: ReadonlyArray<{ strategy: { name: string; placement: string }; metrics: Record<string, number> }>
    }
    assert.deepStrictEqual(
      runs.map(({ strategy }) => [strategy.name, strategy.placement]),
      [
        ["ep on contiguous", "contiguous"],
        ["ep on remap", "remap"],
        ["ep on best", "best"],
        ["ep on placement.json", "placement.json"]
      ]
    )
    const time = (i: number) => runs[i]!.metrics["time_ps"]!
    assert.isBelow(time(2), time(0), "the oracle is faster than the layout without any knowledge")
    assert.strictEqual(layouts[1]!.heldOut!.speedup, time(0) / time(3), "`place` says what `simulate` finds")
    assert.match(simulated.stderr, /requests that made the placement are left out/)
    const all = await moira(...simulate, "--units", "4", "--placement", file, "--all-requests")
    assert.notInclude(all.stderr, "left out")
    assert.notInclude(all.stdout, "heldOut")
    const eight = await moira(...simulate, "--units", "8", "--placement", file)
    assert.strictEqual(eight.code, 1)
    assert.match(eight.stderr, /units: 4 is no whole number from 8 to 8/)
  },
  seconds
)

const real = sharedData("traces/deepseek-671b-counts")

it.skipIf(real === undefined)(
  "DeepSeek-671B on 32 GPUs: from real counts to three engines' files",
  async () => {
    const out = inScratch("deepseek")
    const input = path.join(real ?? "", "decode_in1000out1000.json")
    const args = ["--machine", "dgx-h100", "--units", "32", "--slots", "1", "--optimizer", "eplb,moira"]
    const { code, stdout, stderr } = await moira(
      "place",
      input,
      ...args,
      "--export",
      "sglang,vllm,trtllm",
      "--out",
      out,
      "--json"
    )
    assert.strictEqual(code, 0, stderr)
    const { layouts } = decode(stdout)
    const [present, eplb, moiras] = layouts.map(({ inSample }) => inSample)
    assert.isAbove(eplb!.balances.sglang, present!.balances.sglang)
    assert.isAbove(moiras!.balances.sglang, eplb!.balances.sglang)
    assert.isAbove(moiras!.speedup, eplb!.speedup)
    assert.strictEqual(layouts[2]!.copiesSharingUnit, 0)
    const map = JSON.parse(fs.readFileSync(path.join(out, "moira", "sglang.json"), "utf8")) as Record<
      string,
      Array<Array<number>>
    >
    assert.deepStrictEqual(Object.keys(map), ["physical_to_logical_map"])
    assert.strictEqual(map["physical_to_logical_map"]!.length, 61)
    assert.deepStrictEqual(
      map["physical_to_logical_map"]!.slice(3),
      layouts[2]!.physicalToLogical.map((row) => [...row])
    )
  },
  seconds
)
