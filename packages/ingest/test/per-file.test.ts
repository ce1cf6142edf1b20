/** Every token format by files: in parallel, again after a kill, and without its bad files. */
import { assert, describe, it } from "@effect/vitest"
import { without } from "@moira/core/testing"
import { threadRunner } from "@moira/core/node"
import { workPath, writeStore } from "@moira/trace/node"
import { Effect } from "effect"
import { fork } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { ingestStore, type IngestOptions, TraceFormat } from "../src/index.ts"
import { storeBytes, temporaryDirectory } from "./corpus.ts"
import { pt } from "./codecs/pickle/fixtures.ts"
import { type PerFileCase, perFileCases, writeCopies } from "./per-file-corpus.ts"

const copies = 200

const corpus = Effect.fnUntraced(function* (one: PerFileCase) {
  const folder = yield* temporaryDirectory
  const traces = path.join(folder, "traces")
  const files = writeCopies(traces, one, copies)
  const out = path.join(folder, "trace.moira")
  const ingest = ({ workers = 2, ...options }: Partial<IngestOptions> & { readonly workers?: number } = {}) =>
    ingestStore([traces], { out, model: one.model, ...options }).pipe(
      Effect.provide([TraceFormat.layer(one.source), threadRunner(workers)])
    )
  return { folder, traces, files, out, ingest }
})

const child = fileURLToPath(new URL("per-file-child.ts", import.meta.url))

/** Kills a run as soon as it has finished a segment; true where it had not ended before. */
const killed = (name: string, traces: string, out: string) =>
  Effect.promise(
    () =>
      new Promise<boolean>((resolve, reject) => {
        const process = fork(child, [name, traces, out], { execArgv: ["--conditions=@moira/source"] })
        const segments = path.join(workPath(out), "segments")
        const look = setInterval(() => {
          if (fs.existsSync(segments) && fs.readdirSync(segments).some((file) => file.endsWith(".json")))
            process.kill("SIGKILL")
        }, 1)
        process.on("exit", (code, signal) => {
          clearInterval(look)
          if (code === 0 || signal === "SIGKILL") resolve(signal === "SIGKILL")
          else reject(new Error(`the process ended with ${code ?? signal}`))
        })
      })
  )

for (const one of perFileCases) {
  describe(one.name, () => {
    it.live("gives the requests of its stream, and the same bytes with any number of workers and after a kill", () =>
      Effect.gen(function* () {
        const { folder, traces, out, ingest } = yield* corpus(one)
        const { model, requests } = yield* one.source.read([traces], { model: one.model })
        const streamed = path.join(folder, "streamed.moira")
        const origin = { format: one.source.id, options: {} }
        const asStream = yield* writeStore({ directory: streamed, model, origin }, requests)
        const { segments, manifest } = yield* ingest({ workers: 1 })
        assert.isAtLeast(segments, 4)
        // Chunks are cut anew at each segment, so only where a file is a request are the bytes those of the stream.
        assert.deepStrictEqual(without(manifest, "seals"), without(asStream, "seals"))
        const expected = storeBytes(out)
        if (manifest.counts.requests === copies) assert.deepStrictEqual(expected, storeBytes(streamed))
        yield* ingest({ workers: 3, resume: false })
        assert.deepStrictEqual(storeBytes(out), expected)
        fs.rmSync(out, { recursive: true })
        assert.isTrue(yield* killed(one.name, traces, out), "it was done before it could be killed")
        yield* ingest()
        assert.deepStrictEqual(storeBytes(out), expected)
        assert.deepStrictEqual(fs.readdirSync(folder).toSorted(), ["streamed.moira", "trace.moira", "traces"])
      })
    )

    it.live("leaves out a bad file where asked to, and names it", () =>
      Effect.gen(function* () {
        const { files, out, ingest } = yield* corpus(one)
        const whole = (yield* ingest()).manifest.counts.requests
        const bad = [files[3]!, files[130]!]
        for (const file of bad) fs.writeFileSync(file, fs.readFileSync(file).subarray(0, -20))
        const refused = yield* Effect.flip(ingest())
        assert.include(refused.message, path.dirname(bad[0]!))
        const { skipped, manifest } = yield* ingest({ skipBad: true })
        // Both ranks of a dump are lost with their common meta_info.json.
        assert.deepStrictEqual(
          [...new Set(skipped.map(({ source }) => path.dirname(source)))],
          bad.map((file) => path.dirname(file))
        )
        const bytes = storeBytes(out)
        // A file of records loses the bad ones alone.
        const { requests } = manifest.counts
        assert.isAtLeast(requests, (whole / copies) * (copies - bad.length))
        assert.isBelow(requests, whole)
        yield* ingest({ skipBad: true, workers: 1, resume: false })
        assert.deepStrictEqual(storeBytes(out), bytes)
      })
    )
  })
}

it.live("recordings of several ranks are one unit, since they share passes", () =>
  Effect.gen(function* () {
    const one = perFileCases.find(({ name }) => name === "sglang-recorder")!
    const folder = yield* temporaryDirectory

    const [a, b] = [path.join(folder, "0.pt"), path.join(folder, "1.pt")]
    fs.writeFileSync(a, pt("tokens/rank0"))
    fs.writeFileSync(b, pt("tokens/rank1"))
    const { files } = yield* one.source.perFile!.list([folder], { model: one.model })
    assert.deepStrictEqual(
      files.map(({ path: file, beside }) => [file, beside]),
      [[a, [b]]]
    )
  })
)
