/** kill -9 at any moment: the old store or the new one is there, and running again gives the bytes of a run undisturbed. */
import { openStore, workPath, writeStore } from "@moira/trace/node"
import { random, substream } from "@moira/core"
import { Effect } from "effect"
import { fork } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, it } from "vitest"
import patternsJson from "../src/formats/patterns-json/index.ts"
import { storeBytes, writeCorpus } from "./corpus.ts"
import { tiny } from "./tiny.ts"

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moira-kill-"))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
const traces = path.join(folder, "traces")
const out = path.join(folder, "trace.moira")
const child = fileURLToPath(new URL("ingest-child.ts", import.meta.url))

const kills = 20

/** Runs until done, or kills `afterMs` after the work began. Returns the ms of the work, or undefined where killed. */
const ingest = (workers: number, afterMs?: number): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const process = fork(child, [traces, out, String(workers)], { execArgv: ["--conditions=@moira/source"] })
    let [startedMs, doneMs] = [0, 0]
    process.on("message", (message) => {
      if (message === "done") doneMs = performance.now()
      else {
        startedMs = performance.now()
        if (afterMs !== undefined) setTimeout(() => process.kill("SIGKILL"), afterMs)
      }
    })
    process.on("exit", (code, signal) => {
      if (code === 0) resolve(doneMs - startedMs)
      else if (signal === "SIGKILL" && afterMs !== undefined) resolve(undefined)
      else reject(new Error(`the process ended with ${code ?? signal}`))
    })
  })

const writeOld = () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const read = yield* patternsJson.read([path.join(traces, "mmlu", "anatomy", "0.json")], { model: tiny })
      yield* writeStore({ directory: out, model: tiny, origin: { format: "old", options: {} } }, read.requests)
    })
  )

it(`killed at ${kills} random moments`, async () => {
  writeCorpus(traces, tiny, 640)
  const wholeMs = (await ingest(2))!
  const expected = storeBytes(out)
  await writeOld()
  const old = storeBytes(out)
  const { uniform, below } = random(substream(11, "kills"))
  let [killed, partly, finished] = [0, 0, 0]
  while (killed < kills) {
    const ended = await ingest(1 + below(2), uniform() * wholeMs)
    const there = JSON.stringify(storeBytes(out))
    if (ended === undefined) {
      killed++
      const segments = path.join(workPath(out), "segments")
      if (fs.existsSync(segments) && fs.readdirSync(segments).some((name) => name.endsWith(".json"))) partly++
      // Between the two renames of a commit the old store lies in the work directory, from where the next run has it.
      const between = there === undefined && fs.existsSync(path.join(workPath(out), "old"))
      assert.isTrue(between || there === JSON.stringify(old) || there === JSON.stringify(expected))
    }
    // A store that is whole is begun anew, and after some kills a run is let through.
    if (ended !== undefined || killed % 5 === 0) {
      if (ended === undefined) await ingest(2)
      assert.deepStrictEqual(storeBytes(out), expected)
      assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["trace.moira", "traces"])
      finished++
      if (killed < kills) await writeOld()
    }
  }
  console.log(
    `${killed} kills of runs of up to ${Math.round(wholeMs)} ms, ${partly} with finished parts, ${finished} stores whole`
  )
  assert.isAbove(partly, 0)
  const { manifest } = await Effect.runPromise(Effect.scoped(openStore(out)))
  assert.strictEqual(manifest.counts.requests, 640)
}, 180_000)
