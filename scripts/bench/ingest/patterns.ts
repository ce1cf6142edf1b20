/** How fast patterns-json files become columns, beside other ways to read them. */
import { findModel } from "../../../packages/core/src/index.ts"
import { hash } from "node:crypto"
import { once } from "node:events"
import * as fs from "node:fs"
import { Worker } from "node:worker_threads"
import { makeDecoder, type PatternEngine } from "../../../packages/ingest/src/formats/patterns-json/decode.ts"
import { readInto } from "../../../packages/ingest/src/formats/patterns-json/read-file.ts"
import { patternShape } from "../../../packages/ingest/src/formats/patterns-json/shape.ts"
import { type Measured, measurePython } from "./other-languages.ts"
import type { Ratio } from "./ratios.ts"

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** CPU seconds of one run, of as many as take a while; what others left to collect is collected before. */
const cpuSeconds = (run: () => void): Measured => {
  globalThis.gc?.()
  const before = process.cpuUsage()
  let runs = 0
  let used = 0
  do {
    run()
    runs++
    const { user, system } = process.cpuUsage(before)
    used = (user + system) / 1e6
  } while (used < 0.2)
  return used / runs
}

export interface Corpus {
  readonly title: string
  readonly model: string
  readonly files: ReadonlyArray<string>
  /** How many times as fast as each of these the `wasm` engine is to be, and what part of the rate of reading alone. */
  readonly aims: {
    readonly jsonParse: number
    readonly python: number
    readonly simdjson: number
    readonly read?: number
  }
}

const rounds = 5

/** Room for the ids of any file here. */
const roomForIds = (): Uint16Array => new Uint16Array(1 << 22)

const sizeOf = (files: ReadonlyArray<string>): number => files.reduce((sum, file) => sum + fs.statSync(file).size, 0)

const isSeconds = (measured: Measured): measured is number => typeof measured === "number"

/** Prints one line a candidate and returns the ratios aimed at; ratios are taken within a round, then their median. */
export const printRates = (
  corpus: Corpus,
  simdjson: (files: ReadonlyArray<string>) => Measured
): ReadonlyArray<Ratio> => {
  const { files } = corpus
  const bytes = sizeOf(files)
  const shape = patternShape(findModel(corpus.model)!)
  const each = (reader: (file: string) => unknown) => () => cpuSeconds(() => files.forEach((file) => reader(file)))
  const decode = (engine: PatternEngine, hashed: boolean) => {
    const decoder = makeDecoder(shape, engine)
    const room = roomForIds()
    return each((file) => {
      const read = readInto(decoder, file)
      const decoded = decoder.decode(read.length, room)
      return hashed ? [decoded, hash("sha256", read)] : decoded
    })
  }
  const buffer = new Uint8Array(16 << 20)
  const hashing = (file: string) => hash("sha256", readInto({ reserve: () => buffer }, file))
  const names = {
    jsonParse: "JSON.parse(readFileSync(file, utf8))",
    wasm: "moira wasm",
    read: "read alone, reused buffer",
    python: "Python json + numpy",
    simdjson: "simdjson On-Demand, C++"
  }
  const candidates: ReadonlyArray<readonly [string, () => Measured]> = [
    [names.jsonParse, each((file) => JSON.parse(fs.readFileSync(file, "utf8")))],
    [names.wasm, decode("wasm", false)],
    ["moira js", decode("js", false)],
    ["moira plain", decode("plain", false)],
    ["moira wasm + SHA-256", decode("wasm", true)],
    ["read + SHA-256 alone", each(hashing)],
    [names.read, each((file) => readInto({ reserve: () => buffer }, file))],
    [names.python, () => measurePython(files)],
    [names.simdjson, () => simdjson(files)]
  ]
  const wasmAt = candidates.findIndex(([name]) => name === names.wasm)
  // One round to warm up.
  const times = Array.from({ length: rounds + 1 }, () => candidates.map(([, measure]) => measure())).slice(1)
  console.log(
    `\n${corpus.title}: ${files.length} files, ${(bytes / 1e6).toFixed(0)} MB; one core, CPU time, ${rounds} rounds`
  )
  for (const [i, [name]] of candidates.entries()) {
    const own = times.map((round) => round[i]!)
    if (!own.every(isSeconds)) {
      console.log(`  ${name.padEnd(38)} ${own.find((time) => typeof time === "string")}`)
      continue
    }
    const ratios = times.map((round) => (round[0] as number) / (round[i] as number))
    const wasm = times.map((round) => (round[i] as number) / (round[wasmAt] as number))
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(1))
    console.log(
      `  ${name.padEnd(38)} ${(bytes / median(own) / 1e9).toFixed(2).padStart(6)} GB/s ${median(ratios).toFixed(2).padStart(7)} x JSON.parse [${least}-${most}] ${median(wasm).toFixed(2).padStart(8)} x moira wasm's time`
    )
  }
  const against = (what: string, candidate: string, least: number | undefined): Ratio => {
    const i = candidates.findIndex(([name]) => name === candidate)
    const why = times.map((round) => round[i]!).find((time) => !isSeconds(time))
    const ratio = () => median(times.map((round) => (round[i] as number) / (round[wasmAt] as number)))
    const measured = why === undefined ? ratio() : "not measured"
    return { what: `${corpus.title}: ${what}`, measured, ...(least === undefined ? {} : { least }) }
  }
  const { aims } = corpus
  return [
    against("JSON.parse", names.jsonParse, aims.jsonParse),
    against("Python json + numpy", names.python, aims.python),
    against("simdjson On-Demand", names.simdjson, aims.simdjson),
    against("reading alone", names.read, aims.read)
  ]
}

/** Worker threads that stay, and take turns: seconds of wall and of CPU that the first `workers` need for all files. */
const workersOf = async (corpus: Corpus, most: number) => {
  const claimed = new Int32Array(new SharedArrayBuffer(8))
  const workerData = { files: corpus.files, model: corpus.model, claimed }
  const url = new URL("./decode-worker.ts", import.meta.url)
  const pool = Array.from({ length: most }, () => new Worker(url, { workerData }))
  await Promise.all(pool.map((worker) => once(worker, "message")))
  const run = async (workers: number, files: number): Promise<readonly [number, number]> => {
    claimed[0] = 0
    claimed[1] = files
    const used = process.cpuUsage()
    const start = performance.now()
    const at = pool.slice(0, workers)
    const done = at.map((worker) => once(worker, "message"))
    for (const worker of at) worker.postMessage("go")
    await Promise.all(done)
    const wall = (performance.now() - start) / 1000
    const { user, system } = process.cpuUsage(used)
    return [wall, (user + system) / 1e6]
  }
  const stop = () => Promise.all(pool.map((worker) => worker.terminate()))
  return { run, stop }
}

/**
 * Prints rates of one and two worker threads. By the wall clock they mean something only while the machine is idle; by CPU
 * time they tell what two lose to each other in caches, memory and locks, whatever else runs.
 */
export const printWorkers = async (corpus: Corpus): Promise<ReadonlyArray<Ratio>> => {
  const bytes = sizeOf(corpus.files)
  const passes = Math.ceil(2e9 / bytes)
  const files = corpus.files.length * passes
  const { run, stop } = await workersOf(corpus, 2)
  await run(2, corpus.files.length * 4)
  const times: Array<readonly [readonly [number, number], readonly [number, number]]> = []
  for (let round = 0; round < rounds; round++) times.push([await run(1, files), await run(2, files)])
  await stop()
  const rate = (which: 0 | 1) => ((bytes * passes) / median(times.map((time) => time[which][0])) / 1e9).toFixed(2)
  const wall = median(times.map(([one, two]) => one[0] / two[0]))
  const cpu = median(times.map(([one, two]) => (2 * one[1]) / two[1]))
  console.log(
    `  wall: 1 worker ${rate(0)} GB/s, 2 workers ${rate(1)} GB/s, ${wall.toFixed(2)} x; by CPU time ${cpu.toFixed(2)} x`
  )
  return [
    { what: `${corpus.title}: 2 workers against 1, wall`, measured: wall, least: 1.8 },
    { what: `${corpus.title}: 2 workers against 1, by CPU time`, measured: cpu }
  ]
}
