/** A store that is replaced is never absent: a kill at any step leaves the old one or the new one, whole. */
import { assert, it } from "@effect/vitest"
import { openCounts } from "../src/node/counts/open-counts.ts"
import { openOverview } from "../src/node/overview-file.ts"
import { openStore } from "../src/node/parquet-store.ts"
import { finishReplacing, nextName } from "../src/node/put-in-place.ts"
import { traceKind } from "../src/node/kinds-of-store.ts"
import { writeStore } from "../src/node/store-writer.ts"
import { writeCounts } from "../src/node/counts/write-counts.ts"
import { Effect, Stream } from "effect"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { makeModel, temporaryDirectory } from "@moira/core/testing"
import { drawLengths, makeRequests, origin } from "./traces.ts"

const model = makeModel()
const requests = (n: number) => makeRequests(model, { seed: n, lengths: drawLengths(n, n, 4) })
const write = (directory: string, n: number) =>
  writeStore({ directory, model, origin }, Stream.fromIterable(requests(n)))

/** What a store holds, all of it read. */
const held = (directory: string) =>
  Effect.gen(function* () {
    const reader = yield* openStore(directory)
    yield* Effect.forEach(reader.manifest.layers, (layer) => reader.read({ layer }))
    yield* openOverview(directory, reader.manifest)
    return reader.manifest.counts.requests
  }).pipe(Effect.scoped)

const countsOf = (workload: string) => ({
  workload,
  phase: "both" as const,
  layers: [0],
  experts: 2,
  steps: 1,
  counts: Float64Array.of(1, workload.length),
  source: "made",
  sha256: "",
  notes: []
})

/** A program that ends itself with a signal at its `at`-th rename of a file or folder; 0 lets it end. */
const program = (directory: string, at: number, kind: "trace" | "counts") => `
  import fs from "node:fs"
  import { syncBuiltinESMExports } from "node:module"
  const rename = fs.renameSync
  let seen = 0
  fs.renameSync = (...names) => {
    if (++seen === ${at}) process.kill(process.pid, "SIGKILL")
    return rename(...names)
  }
  syncBuiltinESMExports()
  const { Effect, Stream } = await import("effect")
  const { writeCounts, writeStore } = await import("@moira/trace/node")
  const { makeModel } = await import("@moira/core/testing")
  const { drawLengths, makeRequests, origin } = await import(${JSON.stringify(new URL("traces.ts", import.meta.url).href)})
  const directory = ${JSON.stringify(directory)}
  const model = makeModel()
  const requests = makeRequests(model, { seed: 9, lengths: drawLengths(9, 9, 4) })
  const counts = ${JSON.stringify({ ...countsOf("new"), counts: [1, 3] })}
  await Effect.runPromise(
    ${kind === "trace"}
      ? writeStore({ directory, model, origin }, Stream.fromIterable(requests))
      : writeCounts({ directory, origin }, Stream.make({ ...counts, counts: Float64Array.from(counts.counts) }))
  )`

const run = (directory: string, at: number, kind: "trace" | "counts") =>
  spawnSync(process.execPath, ["--conditions=@moira/source", "--input-type=module", "-"], {
    input: program(directory, at, kind),
    encoding: "utf8",
    cwd: path.dirname(new URL(import.meta.url).pathname)
  })

const mostRenames = 20

it.live(
  "a trace, killed at each rename",
  () =>
    Effect.gen(function* () {
      const directory = path.join(yield* temporaryDirectory, "trace.moira")
      const seen = new Set<number>()
      for (let at = 1; ; at++) {
        assert.isBelow(at, mostRenames, "it never came to its end")
        yield* write(directory, 5)
        const { signal, stderr } = run(directory, at, "trace")
        const found = yield* held(directory)
        assert.include([5, 9], found, stderr)
        seen.add(found)
        // The next writer puts in order what is left, and leaves nothing beside the store.
        yield* write(directory, 7)
        assert.strictEqual(yield* held(directory), 7)
        assert.deepStrictEqual(fs.readdirSync(directory).toSorted(), [
          "manifest.json",
          "overview.parquet",
          "requests.parquet",
          "selections.parquet"
        ])
        assert.deepStrictEqual(fs.readdirSync(path.dirname(directory)), ["trace.moira"])
        if (signal === null) break
      }
      assert.deepStrictEqual(
        [...seen].toSorted((a, b) => a - b),
        [5, 9]
      )
    }),
  120_000
)

it.live(
  "counts, killed at each rename",
  () =>
    Effect.gen(function* () {
      const directory = path.join(yield* temporaryDirectory, "x.counts")
      const seen = new Set<string>()
      for (let at = 1; ; at++) {
        assert.isBelow(at, mostRenames, "it never came to its end")
        yield* writeCounts({ directory, origin }, Stream.make(countsOf("old")))
        const { signal, stderr } = run(directory, at, "counts")
        const reader = yield* openCounts(directory)
        const [{ workload }] = reader.manifest.workloads as unknown as [{ readonly workload: string }]
        assert.include(["old", "new"], workload, stderr)
        assert.strictEqual((yield* reader.read(workload)).counts[1], 3)
        seen.add(workload)
        if (signal === null) break
      }
      assert.deepStrictEqual([...seen].toSorted(), ["new", "old"])
    }),
  120_000
)

it.effect("tables whose manifest never came go; those whose manifest did get their names", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    const [a, b] = [path.join(folder, "a"), path.join(folder, "b")]
    yield* write(a, 3)
    yield* write(b, 4)
    const beside = (name: string) => path.join(a, nextName(name))
    for (const name of traceKind.names) fs.copyFileSync(path.join(b, name), beside(name))
    finishReplacing(a, traceKind)
    assert.strictEqual(yield* held(a), 3)
    for (const name of traceKind.names) fs.copyFileSync(path.join(b, name), beside(name))
    fs.copyFileSync(path.join(b, "manifest.json"), path.join(a, "manifest.json"))
    assert.strictEqual(yield* held(a), 4)
    finishReplacing(a, traceKind)
    assert.strictEqual(fs.readdirSync(a).length, 4)
    assert.strictEqual(yield* held(a), 4)
  })
)

it.effect("a file of that name in a folder that is no store is nobody's to remove", () =>
  Effect.gen(function* () {
    const folder = yield* temporaryDirectory
    fs.writeFileSync(path.join(folder, "selections.next.parquet"), "mine")
    assert.strictEqual((yield* Effect.flip(write(folder, 2))).reason, "NotWritable")
    assert.strictEqual(fs.readFileSync(path.join(folder, "selections.next.parquet"), "utf8"), "mine")
  })
)
