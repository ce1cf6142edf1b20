/** How fast patterns-json files become columns, beside other ways to read them. */
import { findModel } from "@moira/trace"
import { hash } from "node:crypto"
import { once } from "node:events"
import * as fs from "node:fs"
import { Worker } from "node:worker_threads"
import { makeDecoder, type PatternEngine } from "../src/patterns/decode.ts"
import { readInto } from "../src/patterns/read-file.ts"
import { patternShape } from "../src/patterns/shape.ts"
import { type Measured, measurePython } from "./other-languages.ts"

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** CPU seconds of one run, of as many as take a while. */
const cpuSeconds = (run: () => void): Measured => {
  const before = process.cpuUsage()
  let runs = 0
  let used = 0
  do {
    run()
    runs++
    const { user, system } = process.cpuUsage(before)
    used = (user + system) / 1e6
  } while (used < 0.1)
  return used / runs
}

export interface Corpus {
  readonly title: string
  readonly model: string
  readonly files: ReadonlyArray<string>
}

const rounds = 3

const sizeOf = (files: ReadonlyArray<string>): number => files.reduce((sum, file) => sum + fs.statSync(file).size, 0)

/** Prints one line a candidate; ratios are taken within a round, then their median. */
export const printRates = (corpus: Corpus, simdjson: (files: ReadonlyArray<string>) => Measured): void => {
  const { files } = corpus
  const bytes = sizeOf(files)
  const shape = patternShape(findModel(corpus.model)!)
  const each = (reader: (file: string) => unknown) => () => cpuSeconds(() => files.forEach((file) => reader(file)))
  const decode = (engine: PatternEngine, hashed: boolean) => {
    const decoder = makeDecoder(shape, engine)
    return each((file) => {
      const read = readInto(decoder, file)
      const decoded = decoder.decode(read.length)
      return hashed ? [decoded, hash("sha256", read)] : decoded
    })
  }
  const buffer = new Uint8Array(16 << 20)
  const hashing = (file: string) => hash("sha256", readInto({ reserve: () => buffer }, file))
  const candidates: ReadonlyArray<readonly [string, () => Measured]> = [
    ["JSON.parse(readFileSync(file, utf8))", each((file) => JSON.parse(fs.readFileSync(file, "utf8")))],
    ["moira wasm", decode("wasm", false)],
    ["moira js", decode("js", false)],
    ["moira plain", decode("plain", false)],
    ["moira wasm + SHA-256", decode("wasm", true)],
    ["read + SHA-256 alone", each(hashing)],
    ["read alone, reused buffer", each((file) => readInto({ reserve: () => buffer }, file))],
    ["Python json + numpy", () => measurePython(files)],
    ["simdjson On-Demand, C++", () => simdjson(files)]
  ]
  // One round to warm up.
  const times = Array.from({ length: rounds + 1 }, () => candidates.map(([, measure]) => measure())).slice(1)
  console.log(
    `\n${corpus.title}: ${files.length} files, ${(bytes / 1e6).toFixed(0)} MB; one core, CPU time, ${rounds} rounds`
  )
  for (const [i, [name]] of candidates.entries()) {
    const own = times.map((round) => round[i]!)
    if (!own.every((time) => typeof time === "number")) {
      console.log(`  ${name.padEnd(38)} ${own.find((time) => typeof time === "string")}`)
      continue
    }
    const ratios = times.map((round) => (round[0] as number) / (round[i] as number))
    const wasm = times.map((round) => (round[i] as number) / (round[1] as number))
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(1))
    console.log(
      `  ${name.padEnd(38)} ${(bytes / median(own) / 1e9).toFixed(2).padStart(6)} GB/s ${median(ratios).toFixed(2).padStart(7)} x JSON.parse [${least}-${most}] ${median(wasm).toFixed(2).padStart(8)} x moira wasm's time`
    )
  }
}

/** Wall seconds of `passes` over the files by so many workers. */
const wallSeconds = async (corpus: Corpus, workers: number, passes: number): Promise<number> => {
  const claimed = new Int32Array(new SharedArrayBuffer(8))
  const workerData = { files: corpus.files, model: corpus.model, claimed }
  const url = new URL("./decode-worker.ts", import.meta.url)
  const pool = Array.from({ length: workers }, () => new Worker(url, { workerData }))
  await Promise.all(pool.map((worker) => once(worker, "message")))
  const run = async (files: number) => {
    claimed[0] = 0
    claimed[1] = files
    const start = performance.now()
    const done = pool.map((worker) => once(worker, "message"))
    for (const worker of pool) worker.postMessage("go")
    await Promise.all(done)
    return (performance.now() - start) / 1000
  }
  await run(corpus.files.length)
  const seconds = await run(corpus.files.length * passes)
  await Promise.all(pool.map((worker) => worker.terminate()))
  return seconds
}

/** Prints wall rates of one and two worker threads; means something only while the machine is idle. */
export const printWorkers = async (corpus: Corpus): Promise<void> => {
  const bytes = sizeOf(corpus.files)
  const passes = Math.ceil(2e9 / bytes)
  const times: Array<readonly [number, number]> = []
  for (let round = 0; round < rounds; round++)
    times.push([await wallSeconds(corpus, 1, passes), await wallSeconds(corpus, 2, passes)])
  const rate = (which: 0 | 1) => ((bytes * passes) / median(times.map((time) => time[which])) / 1e9).toFixed(2)
  const scaling = median(times.map(([one, two]) => one / two)).toFixed(2)
  console.log(`  wall: 1 worker ${rate(0)} GB/s, 2 workers ${rate(1)} GB/s, ${scaling} x`)
}
