/** A stranger's plug-in that is wrong ends a command in one line that names it, with exit code 1. */
import * as fs from "node:fs"
import { afterAll, assert, beforeAll, it } from "vitest"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const seconds = 120_000
const store = inScratch("twin.moira")
const plugin = (name: string, text: string): string => {
  fs.writeFileSync(inScratch(name), text)
  return inScratch(name)
}

const half = plugin(
  "half.mjs",
  `export default { contract: "allocation/v1", id: "half", title: "Half", prepare: ({ fabric }) => (requests, holders, allocation) => {
    for (let e = 0; e < requests.length; e++) allocation[e * fabric.units + holders.unit[holders.start[e]]] = requests[e] >> 1
  } }`
)
const nan = plugin("nan.mjs", `export default { contract: "network/v1", id: "nan", prepare: () => () => NaN }`)
const throws = plugin(
  "throws.mjs",
  `export default { contract: "placement/v1", id: "throws", title: "Throws", place: () => { throw new TypeError("no such\\nthing") } }`
)
const spoilt = plugin(
  "spoilt.mjs",
  `export default { contract: "forecast/v1", id: "spoilt", title: "Spoilt", description: "Wrong.", lead: "token", probabilities: false,
    train: () => ({ empty: () => 0, add: () => {}, merge: () => {}, finish: () => ({ cost: { tableBytes: 0, unitBytes: 0, operations: 0 },
      open: () => ({ begin: () => {}, observe: () => {}, predict: (unit, step, scores) => scores.fill(-1) }) }) }) }`
)

const leaves = plugin(
  "leaves.mjs",
  `export default { contract: "cache/v1", id: "leaves", title: "Leaves", knows: "past",
    prepare: () => ({ use: () => {}, insert: () => {}, evict: () => { throw new Error("nobody leaves") } }) }`
)
const stays = plugin(
  "stays.mjs",
  `export default { contract: "cache/v1", id: "stays", title: "Stays", knows: "past",
    prepare: () => ({ use: () => {}, insert: () => {}, evict: () => {} }) }`
)
const inkless = plugin(
  "inkless.mjs",
  `export default { contract: "report/v1", summary: "nothing", files: () => { throw new Error("no ink") } }`
)
plugin("pen.mjs", `export const draw = () => { throw new Error("the pen is dry") }`)
const helped = plugin(
  "helped.mjs",
  `import { draw } from "./pen.mjs"
   export default { contract: "report/v1", summary: "nothing", files: () => draw() }`
)
const unwritten = plugin(
  "unwritten.mjs",
  `export default { contract: "export/v1", id: "unwritten", title: "Unwritten", loads: "never", recognises: () => false,
    write: () => { throw new RangeError("too long") }, read: () => { throw new Error("never written") } }`
)
const illiterate = plugin(
  "illiterate.mjs",
  `export default { contract: "trace-format/v1", id: "illiterate", title: "Illiterate", endings: [".x"],
    recognises: () => ({ matches: true }), read: () => { throw new Error("cannot read") } }`
)
const forgetful = plugin(
  "forgetful.mjs",
  `import { Effect, Stream } from ${JSON.stringify(import.meta.resolve("effect"))}
   export default { contract: "runner/v1", id: "forgetful",
    make: () => Effect.succeed({ id: "forgetful", workers: 1, run: () => Stream.empty }) }`
)
const jobless = plugin(
  "jobless.mjs",
  `export default { contract: "runner/v1", id: "jobless", make: () => { throw new Error("no hands") } }`
)
const unbuilt = plugin(
  "unbuilt.mjs",
  `import { Schema } from ${JSON.stringify(import.meta.resolve("effect"))}
   export default { contract: "hardware/v1", id: "unbuilt", Spec: Schema.Struct({}), machines: { "unbuilt-1": {} },
    capabilities: { minimalRoutes: true, symmetricRoutes: true }, build: () => { throw new Error("no silicon") } }`
)

beforeAll(async () => {
  const sizes = ["--requests", "6", "--prefill", "4", "--decode", "6"]
  const made = await moira("synth", "--model", "mixtral-8x7b", ...sizes, "--out", store)
  assert.strictEqual(made.code, 0, made.stderr)
  const run = await moira(...simulate, "--out", inScratch("result"))
  assert.strictEqual(run.code, 0, run.stderr)
}, seconds)

const simulate = ["simulate", store, "--machine", "dojo", "--batch", "8", "--steps", "2", "--quiet"]
const cases: ReadonlyArray<readonly [name: string, args: ReadonlyArray<string>, line: RegExp]> = [
  [
    "an allocator that hands out half the tokens",
    [...simulate, "--allocator", half],
    /^moira: allocator half \(file:.*half\.mjs\), layer 0, step 0, expert \d: hands out \d of \d tokens; hint: .*\n$/
  ],
  [
    "a network that returns NaN",
    [...simulate, "--network", nan],
    /^moira: network model nan \(file:.*nan\.mjs\), layer 0, step 0: gives NaN ps; hint: .*\n$/
  ],
  [
    "an optimizer that throws",
    ["place", store, "--machine", "dgx-h100", "--optimizer", throws, "--quiet"],
    /^moira: placement optimizer throws \(file:.*throws\.mjs\), Mixtral.*: throws TypeError: no such; hint: .*\n$/
  ],
  [
    "a predictor of negative scores",
    ["forecast", store, "--predictors", spoilt, "--quiet"],
    /^moira: predictor spoilt \(file:.*spoilt\.mjs\), MoE layer 0, step 0, expert 0: gives -1 for its score; hint: .*\n$/
  ],
  [
    "a cache policy that throws",
    ["offload", store, "--machine", "offload-pcie5", "--strategy", leaves, "--cache", "25%", "--quiet"],
    /^moira: cache policy leaves \(file:.*leaves\.mjs\), MoE layer \d+, step \d+: throws Error: nobody leaves; hint: .*\n$/
  ],
  [
    "a cache policy that evicts nothing",
    ["offload", store, "--machine", "offload-pcie5", "--strategy", stays, "--cache", "25%", "--quiet"],
    /^moira: cache policy stays \(file:.*stays\.mjs\), MoE layer \d+, step \d+: gives undefined for the key that makes room; hint: .*\n$/
  ],
  [
    "a report format that throws",
    ["report", inScratch("result", "simulation.json"), "--out", inScratch("report"), "--format", inkless, "--quiet"],
    /^moira: report format \(file:.*inkless\.mjs\): throws Error: no ink; hint: .*\n$/
  ],
  [
    "a report format whose helper throws",
    ["report", inScratch("result", "simulation.json"), "--out", inScratch("report"), "--format", helped, "--quiet"],
    /^moira: report format \(file:.*helped\.mjs\): throws Error: the pen is dry; hint: .*\n$/
  ],
  [
    "an exporter that throws",
    [
      "place",
      store,
      "--machine",
      "dgx-h100",
      "--optimizer",
      "remap",
      "--export",
      unwritten,
      "--out",
      inScratch("maps"),
      "--quiet"
    ],
    /^moira: exporter unwritten \(file:.*unwritten\.mjs\): throws RangeError: too long; hint: .*\n$/
  ],
  [
    "a trace format that throws",
    ["ingest", illiterate, "--format", illiterate, "--out", inScratch("no.moira"), "--quiet"],
    /^moira: trace format illiterate \(file:.*illiterate\.mjs\): throws Error: cannot read; hint: .*\n$/
  ],
  [
    "a runner that forgets its work",
    [...simulate, "--runner", forgetful],
    /^moira: runner forgetful \(file:.*forgetful\.mjs\): gives no outcome for input 0 of \d; hint: the runner is wrong: .*\n$/
  ],
  [
    "a runner that throws",
    [...simulate, "--runner", jobless],
    /^moira: runner jobless \(file:.*jobless\.mjs\): throws Error: no hands; hint: .*\n$/
  ],
  [
    "a backend that throws",
    ["simulate", store, "--backend", unbuilt, "--machine", "unbuilt-1", "--batch", "8", "--steps", "2", "--quiet"],
    /^moira: hardware backend unbuilt \(file:.*unbuilt\.mjs\), build: throws Error: no silicon; hint: .*\n$/
  ]
]

it.each(cases)("%s", { timeout: seconds }, async (_, args, line) => {
  const { code, stdout, stderr } = await moira(...args)
  assert.match(stderr, line)
  assert.strictEqual(code, 1)
  assert.strictEqual(stdout, "")
})
