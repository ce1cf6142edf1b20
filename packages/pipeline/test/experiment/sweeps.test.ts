/** Sweeps that are killed, shared by processes and resumed, and that have points that cannot be. */
import { nodePluginsFrom } from "@moira/core/node"
import { inlineRunner, random } from "@moira/core"
import { documentText } from "@moira/results"
import { tinyModel, tinyRequests } from "@moira/trace/testing"
import { writeStore } from "@moira/trace/node"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Result, Stream } from "effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import {
  decodeExperiment,
  estimateSweep,
  memoryPoints,
  planExperiment,
  PointStore,
  runExperiment,
  sweepExperiment
} from "../../src/index.ts"
import { folderInputs, pointFolder } from "../../src/node.ts"

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "moira-sweep-"))
afterAll(() => fs.rmSync(scratch, { recursive: true, force: true }))

const plain = {
  schema: "moira-experiment/1",
  run: "simulate",
  trace: { store: "tiny.moira" },
  machine: { name: "dojo" },
  stages: { strategy: ["ep", "moira"] },
  options: { batch: 512, steps: 6 }
}

/** 200 points that take a while each. */
const many = {
  ...plain,
  options: { batch: 256, steps: 3 },
  axes: [
    { field: "machine.linkBytesPerSec", log: { from: 1e11, to: 8e12, points: 20 } },
    { field: "machine.hbmBytesPerSec", log: { from: 1e12, to: 8e12, points: 10 } }
  ]
}
const file = path.join(scratch, "many.json")

beforeAll(async () => {
  const origin = { format: "test", options: {} }
  const requests = Stream.fromIterable(tinyRequests(24, 7))
  await Effect.runPromise(
    writeStore({ directory: path.join(scratch, "tiny.moira"), model: tinyModel, origin }, requests)
  )
  fs.writeFileSync(file, JSON.stringify(many))
})

const child = fileURLToPath(new URL("sweep-child.ts", import.meta.url))

/** Starts a sweep in a process of its own; resolves to its exit code or signal. */
const start = (out: string, workers: number) => {
  const running = spawn(process.execPath, ["--conditions=@moira/source", child, file, out, String(workers)], {
    stdio: ["ignore", "ignore", "inherit"]
  })
  const ended = new Promise<number | string>((resolve) =>
    running.on("exit", (code, signal) => resolve(code ?? signal!))
  )
  return { running, ended }
}

const pointsOf = (out: string): ReadonlyArray<string> => {
  const folder = path.join(out, "points")
  return fs.existsSync(folder)
    ? fs
        .readdirSync(folder)
        .filter((name) => !name.startsWith("."))
        .toSorted()
    : []
}

/** Every file that is a result, by name. */
const resultsOf = (out: string): ReadonlyMap<string, string> => {
  const read = (name: string) => fs.readFileSync(path.join(out, name), "utf8")
  return new Map([...pointsOf(out).map((name) => `points/${name}`), "sweep.json"].map((name) => [name, read(name)]))
}

/** When each point was written: one that is computed again is written again. */
const writtenAt = (out: string): ReadonlyMap<string, bigint> =>
  new Map(pointsOf(out).map((name) => [name, fs.statSync(path.join(out, "points", name), { bigint: true }).mtimeNs]))

const soon = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

describe("a sweep of 200 points", () => {
  const undisturbed = path.join(scratch, "undisturbed")

  it("has the same bytes with 1, 2 and 4 workers, and with two processes at once, each point computed once", async () => {
    assert.strictEqual(await start(undisturbed, 1).ended, 0)
    const expected = resultsOf(undisturbed)
    assert.strictEqual(expected.size, 201)
    for (const workers of [2, 4]) {
      const out = path.join(scratch, `workers-${workers}`)
      assert.strictEqual(await start(out, workers).ended, 0)
      assert.deepStrictEqual(resultsOf(out), expected)
    }
    const shared = path.join(scratch, "shared")
    assert.deepStrictEqual(await Promise.all([start(shared, 0).ended, start(shared, 0).ended]), [0, 0])
    assert.deepStrictEqual(resultsOf(shared), expected)
    const lines = fs.readFileSync(path.join(shared, "times.jsonl"), "utf8").trim().split("\n")
    assert.strictEqual(lines.length, 200)
  }, 180_000)

  it("killed ten times at random ends with the bytes of an undisturbed one, and computes no finished point again", async () => {
    const out = path.join(scratch, "killed")
    const { below } = random(3)
    let before = writtenAt(out)
    let kills = 0
    while (kills < 10) {
      // Threads take longer to start than these points to compute.
      const { running, ended } = start(out, kills % 4 === 0 ? 2 : 0)
      const enough = before.size + 1 + below(12)
      while (pointsOf(out).length < enough && running.exitCode === null) await soon(2)
      running.kill("SIGKILL")
      assert.strictEqual(await ended, "SIGKILL")
      kills++
      const now = writtenAt(out)
      for (const [name, at] of before) assert.strictEqual(now.get(name), at, name)
      assert.isAbove(now.size, before.size)
      before = now
    }
    assert.isBelow(before.size, 200)
    assert.strictEqual(await start(out, 2).ended, 0)
    for (const [name, at] of before) assert.strictEqual(writtenAt(out).get(name), at, name)
    assert.deepStrictEqual(resultsOf(out), resultsOf(undisturbed))
    // Nothing half-written is left.
    assert.deepStrictEqual(
      fs.readdirSync(path.join(out, "points")).filter((name) => name.startsWith(".")),
      []
    )
  }, 180_000)
})

const services = [
  folderInputs({ directory: scratch }),
  nodePluginsFrom({ app: import.meta.url }),
  inlineRunner
] as const

/** The sweep of a document whose points are kept in memory. */
const swept = (more: object) =>
  Effect.gen(function* () {
    const document = yield* Effect.fromResult(decodeExperiment("a.yaml", { ...plain, ...more }))
    return yield* sweepExperiment(yield* planExperiment(document, "a.yaml"))
  }).pipe(Effect.scoped, Effect.provide([...services, memoryPoints]))

describe("points that cannot be", () => {
  it.effect("are recorded with their reason, and the rest goes on", () =>
    Effect.gen(function* () {
      const { points } = yield* swept({
        axes: [{ field: "machine.hbmBytes", list: [1e11, -1, 10, 2e11] }]
      })
      assert.deepStrictEqual(
        points.map(({ state }) => state),
        ["done", "failed", "failed", "done"]
      )
      assert.include(points[1]!.failure!.what, "hbmBytes")
      assert.include(points[2]!.failure!.what, "it has room for 9 B")
    })
  )

  for (const [what, more, says] of [
    [
      "a field that the machine does not have",
      { axes: [{ field: "machine.hbmByte", list: [1] }] },
      "a.yaml, axes[0].field: "
    ],
    [
      "a value of the wrong kind",
      { axes: [{ field: "batch", list: [1, "x"] }] },
      "a.yaml, axes[0].list[1]: options.batch: "
    ],
    [
      "a strategy that nobody has",
      { axes: [{ field: "stages.strategy", list: ["ep", "eplbb"] }] },
      "a.yaml, axes[0].list[1]: eplbb: unknown strategy"
    ],
    ["a machine that nobody has", { machine: { name: "dojoo" } }, "a.yaml, machine.name: "],
    ["a store that is not there", { trace: { store: "nothing.moira" } }, "a.yaml, trace.store: "],
    [
      "another trace than it expects",
      { trace: { ...plain.trace, contentSha256: "0".repeat(64) } },
      "a.yaml, trace.contentSha256: "
    ]
  ] as const)
    it.effect(`are none where the document is wrong: ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(swept(more))
        assert.include(error.message, says)
      })
    )
})

describe("keys", () => {
  const keyOf = (more: object) => Effect.map(swept({ ...more }), ({ points }) => points[0]!.key)

  it.effect("are of what the result depends on, and of nothing else", () =>
    Effect.gen(function* () {
      const key = yield* keyOf({})
      const indifferent = [
        { title: "another" },
        { stages: { ...plain.stages, runner: { use: "inline", workers: 1 }, reporter: "html" } },
        { draw: { by: "batch" } },
        { axes: [{ field: "options.steps", list: [6] }] },
        { seed: 1 }
      ]
      for (const more of indifferent) assert.strictEqual(yield* keyOf(more), key, JSON.stringify(more))
      const others = [
        { seed: 2 },
        { keep: "metrics" },
        { options: { ...plain.options, steps: 5 } },
        { machine: { name: "tsmc-sow" } },
        { machine: { name: "dojo", set: { linkBytesPerSec: 1 } } },
        { stages: { strategy: ["moira", "ep"] } },
        { stages: { ...plain.stages, network: "ideal" } }
      ]
      const keys = yield* Effect.forEach(others, keyOf)
      assert.strictEqual(new Set([key, ...keys]).size, others.length + 1)
    })
  )

  it.effect("say what a point alone gives: companions change no byte", () =>
    Effect.gen(function* () {
      const axes = [{ field: "options.batch", list: [16, 64, 512] }]
      const store = yield* PointStore
      const document = Result.getOrThrow(decodeExperiment("a.yaml", { ...plain, axes }))
      const { points } = yield* sweepExperiment(yield* planExperiment(document))
      for (const { key, at } of points) {
        const alone = Result.getOrThrow(
          decodeExperiment("a.yaml", { ...plain, options: { ...plain.options, batch: at["options.batch"] } })
        )
        const { document: ran } = yield* runExperiment(alone)
        assert.deepStrictEqual(yield* store.read(key), { state: "done", text: documentText(ran) })
      }
    }).pipe(Effect.scoped, Effect.provide([...services, memoryPoints]))
  )
})

it.effect("an estimate takes what points like them took", () =>
  Effect.gen(function* () {
    const store = yield* PointStore
    const axes = [{ grid: { "options.batch": [1, 2], "options.steps": [1, 2, 3] } }]
    const document = Result.getOrThrow(decodeExperiment("a.yaml", { ...plain, axes }))
    const plan = yield* planExperiment(document)
    assert.deepStrictEqual(yield* estimateSweep(plan), { points: 6, done: 0, failed: 0, waiting: 6 })
    for (const [i, seconds] of [10, undefined, undefined, 2].entries()) {
      if (seconds === undefined) continue
      const { key } = plan.points[i]!
      yield* store.write(key, { state: "done", text: "{}" })
      yield* store.noteTime({ key, seconds })
    }
    // (1,2), (1,3) are like (1,1); (2,2), (2,3) like (2,1).
    const { seconds, ...estimate } = yield* estimateSweep(plan)
    assert.deepStrictEqual(estimate, { points: 6, done: 2, failed: 0, waiting: 4 })
    assert.strictEqual(seconds, 24)
  }).pipe(Effect.scoped, Effect.provide([...services, memoryPoints]))
)

it.effect("a folder tells a point of memory: what is written is read, failures are forgotten when asked", () =>
  Effect.gen(function* () {
    const store = yield* PointStore
    const failure = { reason: "R", where: "w", what: "x", hint: "h" }
    yield* store.write("a", { state: "done", text: "{}\n", files: new Map([["x/y.txt", "z"]]) })
    yield* store.write("b", { state: "failed", failure })
    assert.deepStrictEqual(yield* store.read("b"), { state: "failed", failure })
    yield* store.forget("b")
    assert.isUndefined(yield* store.read("b"))
    assert.strictEqual((yield* store.read("a"))!.state, "done")
    assert.strictEqual(fs.readFileSync(path.join(scratch, "folder/points/a/x/y.txt"), "utf8"), "z")
    assert.isUndefined(yield* store.claim("c"))
    assert.strictEqual(yield* store.held, 1)
    assert.strictEqual((yield* store.claim("c"))!.pid, process.pid)
    yield* store.release("c")
    assert.strictEqual(yield* store.held, 0)
  }).pipe(Effect.provide(pointFolder(path.join(scratch, "folder"))))
)
