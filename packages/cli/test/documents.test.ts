/** Short commands are experiment documents: what is printed gives the same bytes when it is run. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const trace = inScratch("twin.moira")
const counts = inScratch("counts.json")

beforeAll(async () => {
  const made = await moira(
    "synth",
    "--model",
    "olmoe",
    "--requests",
    "24",
    "--prefill",
    "8",
    "--decode",
    "6",
    "--out",
    trace,
    "-q"
  )
  assert.strictEqual(made.code, 0, made.stderr)
  const row = (layer: number) => Array.from({ length: 64 }, (_, e) => ((e * 7 + layer * 3) % 19) + 1)
  fs.writeFileSync(counts, JSON.stringify({ logical_count: Array.from({ length: 16 }, (_, l) => row(l)) }))
}, 60_000)

const inline = ["--runner", "inline", "--workers", "1"]
const machine = ["--machine", "dgx-h100", "--units", "8"]
const commands: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["simulate", [trace, "--machine", "dojo", "--batch", "8", "--steps", "1"]],
  [
    "simulate",
    [
      trace,
      "--machine",
      "dojo,tsmc-sow",
      "--strategy",
      "ep,allo-copies",
      "--batch",
      "4,8",
      "--steps",
      "2",
      "--seed",
      "7"
    ]
  ],
  [
    "simulate",
    [
      trace,
      "--machine",
      "dojo",
      "--strategy",
      "ep",
      "--network",
      "flow",
      "--flow-tolerance",
      "1e-3",
      "--batch",
      "8",
      "--steps",
      "1"
    ]
  ],
  [
    "simulate",
    [
      trace,
      "--machine",
      "dojo",
      "--strategy",
      "ep",
      "--set",
      "linkBytesPerSec=4e12,deadDies=[[2,2]],routing=yx",
      "--batch",
      "8",
      "--steps",
      "1"
    ]
  ],
  [
    "simulate",
    [
      trace,
      "--machine",
      "dojo",
      "--units",
      "16",
      "--strategy",
      "ep",
      "--placement",
      "contiguous,eplb",
      "--slots",
      "1",
      "--batch",
      "8",
      "--steps",
      "1"
    ]
  ],
  [
    "simulate",
    [
      trace,
      "--machine",
      "dojo",
      "--strategy",
      "moira",
      "--baseline",
      "moira",
      "--kv-reserve",
      "0.5",
      "--copies",
      "2",
      "--allocator",
      "even",
      "--controller",
      "host-cpu",
      "--batch",
      "8",
      "--steps",
      "2",
      "--warm-up",
      "1"
    ]
  ],
  [
    "simulate",
    [
      trace,
      "--machine",
      "dojo",
      "--strategy",
      "base",
      "--token-traffic",
      "ignored",
      "--bytes-per-weight",
      "2",
      "--block-tokens",
      "4",
      "--verify",
      "--batch",
      "8",
      "--steps",
      "1"
    ]
  ],
  ["simulate", [trace, "--machine", "dojo", "--strategy", "ep", "--sample", "4x2", "--batch", "8", "--steps", "4"]],
  ["simulate", [trace, "--machine", "offload-pcie5", "--strategy", "lru,belady", "--cache", "8,25%"]],
  [
    "offload",
    [
      trace,
      "--machine",
      "offload-pcie5",
      "--strategy",
      "lfu",
      "--cache",
      "8",
      "--cache-scope",
      "all",
      "--prefetch",
      "0,2",
      "--prefetch-for",
      "token",
      "--between-us",
      "20",
      "--requests",
      "4",
      "--steps",
      "3"
    ]
  ],
  ["analyze", [trace]],
  ["analyze", [trace, "--only", "spatial", "--layers", "0,3", "--held-out", "0.4", "--seed", "3"]],
  ["forecast", [trace, "--predictors", "popularity,cross-token", "--top", "4", "--cache", "6", "--seed", "2"]],
  ["place", [trace, ...machine, "--batch", "64", "--steps", "2"]],
  [
    "place",
    [
      trace,
      ...machine,
      "--optimizer",
      "remap",
      "--redundant",
      "16",
      "--fit",
      "decode",
      "--judge",
      "both",
      "--dead",
      "3",
      "--batch",
      "64",
      "--steps",
      "2",
      "--held-out",
      "0.4"
    ]
  ],
  [
    "place",
    [counts, ...machine, "--model", "olmoe", "--optimizer", "eplb", "--score", trace, "--batch", "64", "--steps", "2"]
  ],
  [
    "place",
    [
      trace,
      ...machine,
      "--optimizer",
      "eplb",
      "--earlier",
      `${trace},${trace}`,
      "--migration",
      "40",
      "--batch",
      "64",
      "--steps",
      "2"
    ]
  ],
  ["advise", [trace, ...machine, "--batch", "64", "--slots", "1", "--steps", "2", "--phase", "both"]]
]

describe("a short command and the document that it stands for", () => {
  for (const [i, [name, args]] of commands.entries())
    it(`${name} ${args
      .slice(1)
      .join(" ")
      .replaceAll(/\/\S*\//g, "")}`, async () => {
      const file = inScratch(`${i}.yaml`)
      // Threads take longer to start than these runs, and change nothing.
      const by = name === "advise" || name === "offload" || args.includes("offload-pcie5") ? [] : inline
      const command = await moira(name, ...args, ...by, "--json", "--quiet")
      assert.strictEqual(command.code, 0, command.stderr)
      const shown = await moira(name, ...args, "--print-experiment")
      assert.deepInclude(shown, { code: 0, stderr: "" })
      assert.match(shown.stdout, /^# yaml-language-server: \$schema=/)
      fs.writeFileSync(file, shown.stdout)
      const ran = await moira("run", file, ...inline, "--json", "--quiet")
      assert.strictEqual(ran.code, 0, ran.stderr)
      assert.strictEqual(ran.stdout, command.stdout)
      assert.strictEqual(ran.stderr, command.stderr)
    }, 60_000)

  it("writes the same files, those of engines among them", async () => {
    const [one, other] = [inScratch("one"), inScratch("other")]
    const args = [trace, ...machine, "--optimizer", "eplb", "--export", "sglang", "--batch", "64", "--steps", "1"]
    assert.strictEqual((await moira("place", ...args, "--out", one, "-q")).code, 0)
    const shown = await moira("place", ...args, "--out", one, "--print-experiment")
    fs.writeFileSync(inScratch("place.yaml"), shown.stdout)
    assert.include(shown.stdout, "  exporter:\n    - sglang\n")
    assert.strictEqual((await moira("run", inScratch("place.yaml"), "--out", other, "-q")).code, 0)
    const names = (fs.readdirSync(one, { recursive: true }) as Array<string>).toSorted()
    assert.includeMembers(names, ["place.json", "report.html", "eplb/placement.json", "eplb/sglang.json"])
    assert.deepStrictEqual((fs.readdirSync(other, { recursive: true }) as Array<string>).toSorted(), names)
    for (const name of names.filter((of) => fs.statSync(`${one}/${of}`).isFile()))
      assert.strictEqual(fs.readFileSync(`${other}/${name}`, "utf8"), fs.readFileSync(`${one}/${name}`, "utf8"), name)
  }, 60_000)

  it("says of a document that varies something that it is swept", async () => {
    const file = inScratch("varied.yaml")
    const shown = await moira("simulate", trace, "--machine", "dojo", "--print-experiment")
    fs.writeFileSync(file, `${shown.stdout}axes: [{ field: options.batch, list: [4, 8] }]\n`)
    const { code, stderr } = await moira("run", file)
    assert.strictEqual(code, 1)
    assert.include(stderr, `${file}, axes: 2 points, and one is run; hint: moira sweep`)
  })

  it("tells what is wrong with a document by its place in it", async () => {
    const file = inScratch("wrong.yaml")
    const of = (more: object) =>
      JSON.stringify({ schema: "moira-experiment/1", trace: { store: "twin.moira" }, ...more })
    for (const [document, says] of [
      [
        of({ run: "place", machine: { name: ["dgx-h100", "dojo"] } }),
        "machine.name: 2 machines, and place runs on one"
      ],
      [of({ run: "offload", machine: { name: "dojo" } }), "machine.name: dojo holds experts for good"],
      [of({ run: "forecast", stages: { predictor: "populariti" } }), "stages.predictor: populariti"],
      [of({ run: "analyze", stages: { analysis: "./none.ts" } }), "stages.analysis"],
      [of({ run: "advise", machine: { name: "dgx-h100" }, options: { batches: 1 } }), "options.batches"]
    ] as const) {
      fs.writeFileSync(file, document)
      const { code, stderr } = await moira("run", file)
      assert.strictEqual(code, 1)
      assert.include(stderr, says)
      assert.strictEqual(stderr.trim().split("\n").length, 1)
    }
  })
})
