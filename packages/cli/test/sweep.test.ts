/** `moira sweep`: what a person sees of it, and how what is wrong is told. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { inScratch, moira, moiraCommand, moiraProcess, removeScratch } from "./moira.ts"
import { spawn } from "node:child_process"

afterAll(removeScratch)

const twin = { model: "olmoe", requests: 8, prefillTokens: 8, decodeTokens: 4, seed: 3 }
const plain = {
  schema: "moira-experiment/1",
  title: "What a faster link buys",
  run: "simulate",
  trace: { twin },
  machine: { name: "dojo" },
  stages: { strategy: ["ep", "base"] },
  options: { batch: 8, steps: 2 },
  axes: [
    { field: "machine.linkBytesPerSec", list: [1e12, 4e12] },
    { field: "batch", list: [4, 8] }
  ]
}

const written = (name: string, document: object): string => {
  const file = inScratch(name)
  fs.writeFileSync(file, JSON.stringify(document))
  return file
}

/** Every file below a folder but those that hold times, by path. */
const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(
    (fs.readdirSync(folder, { recursive: true }) as Array<string>)
      .filter((name) => /^(points\/|sweep\.json|experiment\.json)/.test(name))
      .filter((name) => fs.statSync(path.join(folder, name)).isFile())
      .toSorted()
      .map((name) => [name, fs.readFileSync(path.join(folder, name), "utf8")])
  )

describe("moira sweep", () => {
  const file = inScratch("links.json")
  const out = inScratch("links")

  beforeAll(async () => {
    written("links.json", plain)
    const { code, stderr } = await moira("sweep", file, "--out", out, "--quiet")
    assert.strictEqual(code, 0, stderr)
  })

  it("keeps every point as a result of its own, in the order of the axes", () => {
    const sweep = JSON.parse(fs.readFileSync(path.join(out, "sweep.json"), "utf8"))
    assert.deepStrictEqual(
      sweep.points.map(({ at }: { at: object }) => at),
      [1e12, 4e12].flatMap((link) =>
        [4, 8].map((batch) => ({ "machine.linkBytesPerSec": link, "options.batch": batch }))
      )
    )
    for (const { file: kept, state } of sweep.points) {
      assert.strictEqual(state, "done")
      const result = JSON.parse(fs.readFileSync(path.join(out, kept), "utf8"))
      assert.strictEqual(result.schema, "moira-simulation/1")
    }
  })

  it("computes nothing again, and gives the same bytes elsewhere", async () => {
    const before = filesOf(out)
    const times = fs.readFileSync(path.join(out, "times.jsonl"), "utf8")
    const again = await moira("sweep", file, "--out", out)
    assert.strictEqual(again.code, 0)
    assert.match(again.stdout, /What a faster link buys\n4 of 4 points done/)
    assert.strictEqual(fs.readFileSync(path.join(out, "times.jsonl"), "utf8"), times)
    assert.deepStrictEqual(filesOf(out), before)
    const elsewhere = inScratch("elsewhere")
    assert.strictEqual((await moira("sweep", file, "--out", elsewhere, "--workers", "2", "--quiet")).code, 0)
    assert.deepStrictEqual(filesOf(elsewhere), before)
  })

  it("says beforehand which points there are and how long those take that are left", async () => {
    const more = written("more.json", { ...plain, axes: [...plain.axes, { field: "options.steps", list: [1, 2] }] })
    const folder = inScratch("more")
    fs.cpSync(out, folder, { recursive: true })
    const { code, stdout } = await moira("sweep", more, "--out", folder, "--dry-run")
    assert.strictEqual(code, 0)
    assert.match(stdout, /8 points, 4 done, 4 to compute, about .* s by the points measured/)
    assert.strictEqual(fs.readdirSync(path.join(folder, "points")).length, 4)
    const json = await moira("sweep", more, "--out", inScratch("none"), "--dry-run", "--json")
    const plan = JSON.parse(json.stdout)
    assert.deepInclude(plan, { points: 8, done: 0, failed: 0, waiting: 8 })
    assert.strictEqual(plan.list.length, 8)
    assert.isFalse(fs.existsSync(inScratch("none", "points")))
  })

  it("watches one that has ended, and refuses to where none began", async () => {
    const ended = await moira("sweep", file, "--out", out, "--watch", "--quiet")
    assert.deepInclude(ended, { code: 0, stdout: "" })
    const none = await moira("sweep", file, "--out", inScratch("nowhere"), "--watch")
    assert.strictEqual(none.code, 1)
    assert.include(none.stderr, "no sweep has begun here")
  })

  it("watches one that runs in another process", async () => {
    const slow = written("slow.json", {
      ...plain,
      axes: [{ field: "machine.linkBytesPerSec", log: { from: 1e11, to: 8e12, points: 60 } }]
    })
    const folder = inScratch("slow")
    const [command, argv] = moiraCommand(["sweep", slow, "--out", folder, "--quiet", "--workers", "1"])
    const running = spawn(command, argv, { stdio: "ignore" })
    const ended = new Promise((resolve) => running.on("exit", resolve))
    while (!fs.existsSync(path.join(folder, "sweep.json")) && running.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20))
    const watched = await moira("sweep", slow, "--out", folder, "--watch")
    assert.strictEqual(watched.code, 0, watched.stderr)
    assert.notInclude(watched.stderr, "nobody computes")
    assert.strictEqual(fs.readdirSync(path.join(folder, "points")).length, 60)
    assert.strictEqual(await ended, 0)
  }, 60_000)

  it("goes on past points that cannot be, tells how many, and tries them again when asked", async () => {
    const small = written("small.json", { ...plain, axes: [{ field: "machine.hbmBytes", list: [1e6, 3.2e10] }] })
    const folder = inScratch("small")
    const first = await moira("sweep", small, "--out", folder)
    assert.strictEqual(first.code, 1)
    assert.match(first.stdout, /1 of 2 points done, 1 failed/)
    assert.match(first.stderr, /1 of 2 points cannot be, the first: /)
    const [failed] = JSON.parse(fs.readFileSync(path.join(folder, "sweep.json"), "utf8")).points
    assert.strictEqual(failed.state, "failed")
    assert.isString(failed.failure.hint)
    const retried = await moira("sweep", small, "--out", folder, "--retry", "--quiet")
    assert.strictEqual(retried.code, 1)
  })

  it("draws what its document says, into its folder", async () => {
    const drawn = written("drawn.json", {
      ...plain,
      draw: { by: "machine.linkBytesPerSec" },
      stages: { strategy: ["ep", "base"], reporter: ["md", "csv"] }
    })
    const { code, stderr } = await moira("sweep", drawn, "--out", out, "--quiet")
    assert.strictEqual(code, 0, stderr)
    assert.match(stderr, /wrote .*comparison\.json, .*report\.md/)
    assert.include(fs.readFileSync(path.join(out, "report.md"), "utf8"), "tokens/s")
    assert.isFalse(fs.existsSync(path.join(out, "report.html")))
    // It is the same sweep: nothing was computed again, and points may be compared by hand still.
    assert.strictEqual((await moira("compare", out, "--quiet")).code, 0)
  })

  it("changes fields from the command line, and keeps those points beside the others", async () => {
    const { code, stdout } = await moira("sweep", file, "--out", out, "--set", "options.steps=1", "--json", "--quiet")
    assert.strictEqual(code, 0)
    const { points } = JSON.parse(stdout)
    assert.strictEqual(points.length, 4)
    assert.strictEqual(fs.readdirSync(path.join(out, "points")).length, 8)
  })
})

describe("points whose plug-ins are at fault", () => {
  const even = new URL("../../allocation/src/allocators/even.ts", import.meta.url).href
  const own = (name: string, allocate: string): string => {
    fs.writeFileSync(
      inScratch(`${name}.mjs`),
      `import even from ${JSON.stringify(even)}\nexport default { ...even, id: ${JSON.stringify(name)}, prepare: (...args) => { const made = even.prepare(...args); return ${allocate} } }\n`
    )
    return `./${name}.mjs`
  }

  it("are recorded with what the plug-in does, one that never returns too, and the rest goes on", async () => {
    const throwing = own("throwing", `(() => { throw new Error("cannot share") })()`)
    const looping = own("looping", `(() => { for (;;); })()`)
    const document = written("faults.json", {
      ...plain,
      stages: { strategy: "ep" },
      axes: [{ field: "stages.allocator", list: ["even", throwing, looping, "at-home"] }]
    })
    const folder = inScratch("faults")
    const { code, stdout } = await moiraProcess(
      "sweep",
      document,
      "--out",
      folder,
      "--plugin-timeout",
      "3",
      "--json",
      "-q"
    )
    assert.strictEqual(code, 1)
    const { points } = JSON.parse(stdout)
    assert.deepStrictEqual(
      points.map(({ state }: { state: string }) => state),
      ["done", "failed", "failed", "done"]
    )
    assert.match(points[1].failure.where, /throwing/)
    assert.match(points[1].failure.what, /cannot share/)
    assert.match(points[2].failure.where, /looping/)
  }, 60_000)
})

describe("what is wrong with a document is told with its place in it", () => {
  const wrong: ReadonlyArray<readonly [string, object, string]> = [
    ["an unknown field", { ...plain, stage: {} }, "stage"],
    ["a value of the wrong kind", { ...plain, options: { batch: "many" } }, "options.batch"],
    ["an axis over no field", { ...plain, axes: [{ field: "machine.linkByte", list: [1] }] }, "axes[0].field"],
    [
      "two axes over one field",
      { ...plain, axes: [...plain.axes, { field: "options.batch", list: [1] }] },
      "axes[2].field"
    ],
    [
      "10^9 points",
      {
        ...plain,
        axes: ["linkBytesPerSec", "hbmBytesPerSec", "hbmBytes"].map((field) => ({
          field: `machine.${field}`,
          linear: { from: 1e9, to: 1e12, points: 1000 }
        }))
      },
      "1,000,000,000"
    ],
    ["a strategy that nobody has", { ...plain, stages: { strategy: "epp" } }, "stages.strategy"],
    ["a trace in two forms", { ...plain, trace: { twin, store: "x" } }, "trace"]
  ]
  for (const [what, document, says] of wrong)
    it(what, async () => {
      const file = written("wrong.json", document)
      const { code, stdout, stderr } = await moira("sweep", file, "--out", inScratch("wrong"))
      assert.oneOf(code, [1, 2])
      assert.strictEqual(stdout, "")
      assert.include(stderr, file)
      assert.include(stderr, says)
      assert.isBelow(stderr.trim().split("\n").length, 4, stderr)
      assert.isFalse(fs.existsSync(inScratch("wrong", "points")))
    })

  it("a file that is not there, a folder that holds something else", async () => {
    const missing = await moira("sweep", inScratch("missing.yaml"))
    assert.strictEqual(missing.code, 1)
    assert.include(missing.stderr, "missing.yaml")
    fs.mkdirSync(inScratch("taken"))
    fs.writeFileSync(inScratch("taken", "letters.txt"), "")
    const taken = await moira("sweep", written("ok.json", plain), "--out", inScratch("taken"))
    assert.strictEqual(taken.code, 1)
    assert.include(taken.stderr, "holds something else: letters.txt")
  })
})
