/** Counting joint selections and co-activated pairs, against numpy, C++ and plain JavaScript, on one core and on two. */
import { compare } from "@moira/bench"
import { bootstrapRatio } from "@moira/core/statistics"
import { random, substream } from "@moira/core"
import { type CountingKernels, jsKernels, wasmKernels } from "@moira/trace/kernels"
import { spawnSync } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
const rounds = 3

interface Corpus {
  readonly title: string
  readonly layers: number
  readonly rows: number
  readonly topK: number
  readonly experts: number
  readonly ids: Uint16Array
}

/** Ids of log-normal popularity (sigma 0.7) by layer, a quarter of them those of the token before. */
const corpusOf = (title: string, layers: number, rows: number, topK: number, experts: number): Corpus => {
  const ids = new Uint16Array(new SharedArrayBuffer(2 * layers * rows * topK))
  const { below, normal, uniform } = random(substream(1, title))
  const table = new Uint16Array(1 << 14)
  for (let layer = 0, o = 0; layer < layers; layer++) {
    const weights = Array.from({ length: experts }, () => Math.exp(0.7 * normal()))
    const total = weights.reduce((a, b) => a + b)
    let [expert, reached] = [0, weights[0]! / total]
    for (let i = 0; i < table.length; i++) {
      while (i / table.length >= reached && expert < experts - 1) reached += weights[++expert]! / total
      table[i] = expert
    }
    for (let i = 0; i < rows * topK; i++, o++)
      ids[o] = i >= topK && uniform() < 0.25 ? ids[o - topK]! : table[below(table.length)]!
  }
  return { title, layers, rows, topK, experts, ids }
}

type Kernel = "layer" | "token" | "pairs"

/** All counts of one kernel; the sum of their squares where asked for, as the program in Python gives it outside of its times. */
const count = (
  { layers, rows, topK, experts, ids }: Corpus,
  kernel: Kernel,
  kernels: CountingKernels,
  summed = false
): bigint => {
  const shape = { topK, experts, holes: false }
  const layer = (l: number) => ids.subarray(l * rows * topK, (l + 1) * rows * topK)
  const into = new Uint32Array(experts * experts)
  let sum = 0n
  for (let l = 0; l < (kernel === "layer" ? layers - 1 : layers); l++) {
    into.fill(0)
    if (kernel === "pairs") kernels.pairs(layer(l), shape, into)
    else if (kernel === "token") kernels.joint(layer(l), layer(l), shape, Uint32Array.of(0, 1, rows - 1, 0), [into])
    else kernels.joint(layer(l), layer(l + 1), shape, Uint32Array.of(0, 0, rows, 0), [into])
    if (summed) sum += BigInt(into.reduce((total, n) => total + n * n, 0))
  }
  return sum
}

const cpuSeconds = (run: () => unknown): number => {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

interface Python {
  readonly seconds: Readonly<Record<string, number>>
  readonly sums: Readonly<Record<string, number>>
}

const numpy = (corpus: Corpus, file: string): Python | undefined => {
  const { layers, rows, topK, experts } = corpus
  const args = [here("numpy_kernels.py"), file, ...[layers, rows, topK, experts].map(String)]
  const { status, stdout } = spawnSync("python3", args, {
    encoding: "utf8",
    env: { ...process.env, OMP_NUM_THREADS: "1" }
  })
  return status === 0 ? (JSON.parse(stdout) as Python) : undefined
}

/** The best of three passes, as the program in C++ gives it. */
const bestOf3 = (run: () => unknown): number => Math.min(cpuSeconds(run), cpuSeconds(run), cpuSeconds(run))

/** Seconds of the same in C++; undefined where there is no compiler, or another top-k. */
const native = ({ layers, rows, topK, experts }: Corpus, file: string, folder: string): number | undefined => {
  const program = path.join(folder, "joint")
  if (topK !== 8) return undefined
  if (
    !fs.existsSync(program) &&
    spawnSync("g++", ["-O3", "-march=native", here("joint.cpp"), "-o", program]).status !== 0
  )
    return undefined
  const { status, stdout } = spawnSync(program, [file, ...[layers, rows, topK, experts].map(String)], {
    encoding: "utf8"
  })
  return status === 0 ? Number(stdout) : undefined
}

const kernelsOf = (topK: number): ReadonlyArray<Kernel> =>
  topK === 1 ? ["layer", "token"] : ["layer", "token", "pairs"]
const titles: Readonly<Record<Kernel, string>> = { layer: "cross-layer", token: "cross-token", pairs: "co-activation" }

const printRates = (corpus: Corpus, folder: string): void => {
  const { title, layers, rows, topK } = corpus
  const file = path.join(folder, "ids.u16")
  fs.writeFileSync(file, new Uint8Array(corpus.ids.buffer))
  const wasm = wasmKernels()!
  const kernels = kernelsOf(topK)
  // Some passes to warm up: WebAssembly is compiled a second time, by what is used most.
  for (let pass = 0; pass < 2; pass++)
    for (const kernel of kernels) for (const engine of [wasm, jsKernels]) count(corpus, kernel, engine)
  const measured = Array.from({ length: rounds }, () => {
    const python = numpy(corpus, file)
    const seconds = kernels.map((kernel) => {
      if (python !== undefined && BigInt(python.sums[`${kernel} bincount`]!) !== count(corpus, kernel, wasm, true))
        throw new Error(`numpy counts something else for ${kernel}`)
      return {
        wasm: cpuSeconds(() => count(corpus, kernel, wasm)),
        js: cpuSeconds(() => count(corpus, kernel, jsKernels)),
        best: kernel === "layer" ? bestOf3(() => count(corpus, kernel, wasm)) : undefined,
        bincount: python?.seconds[`${kernel} bincount`],
        addAt: python?.seconds[`${kernel} add.at`],
        native: kernel === "layer" ? native(corpus, file, folder) : undefined
      }
    })
    return seconds
  })
  console.log(
    `\n${title}: ${((layers * rows) / 1e6).toFixed(1)} M token-layers; one core, CPU time, median of ${rounds} rounds [ratios in a round]`
  )
  if (measured[0]![0]!.bincount === undefined) console.log("  numpy: skipped, no python3 with numpy")
  if (topK === 8 && measured[0]![0]!.native === undefined) console.log("  C++: skipped, no g++")
  for (const [k, kernel] of kernels.entries()) {
    const amount = ((kernel === "layer" ? layers - 1 : layers) * rows) / 1e6
    for (const name of ["wasm", "js", "bincount", "addAt", "native"] as const) {
      const own = measured.map((round) => round[k]![name])
      if (!own.every((time) => time !== undefined)) continue
      // C++ gives the best of three passes, so it is compared with that.
      const beside = name === "native" ? "best" : "wasm"
      const ratios = measured.map((round) => round[k]![name]! / round[k]![beside]!)
      const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2))
      const label = {
        wasm: "moira wasm",
        js: "moira js",
        bincount: "numpy bincount",
        addAt: "numpy add.at, flat",
        native: "C++ -O3"
      }
      console.log(
        `  ${titles[kernel].padEnd(14)} ${label[name].padEnd(20)} ${(amount / median(own)).toFixed(2).padStart(8)} M token-layers/s; ${median(ratios).toFixed(2).padStart(6)} x the time of wasm [${least}-${most}]`
      )
    }
  }
}

/** Wall and CPU seconds of `passes` over the layer pairs by so many workers. */
const byWorkers = async (corpus: Corpus, workers: number, passes: number) => {
  const counter = new Int32Array(new SharedArrayBuffer(8))
  const workerData = { ...corpus, counter }
  const pool = Array.from(
    { length: workers },
    () => new Worker(new URL("./count-worker.ts", import.meta.url), { workerData })
  )
  await Promise.all(pool.map((worker) => once(worker, "message")))
  const run = async (pairs: number) => {
    counter[0] = 0
    counter[1] = pairs
    const [start, before] = [performance.now(), process.cpuUsage()]
    const done = pool.map((worker) => once(worker, "message"))
    for (const worker of pool) worker.postMessage("go")
    await Promise.all(done)
    const { user, system } = process.cpuUsage(before)
    return { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 }
  }
  await run(2 * (corpus.layers - 1))
  const seconds = await run(passes * (corpus.layers - 1))
  await Promise.all(pool.map((worker) => worker.terminate()))
  return seconds
}

const printWorkers = async (corpus: Corpus): Promise<void> => {
  const passes = 10
  const times: Array<readonly [one: { wall: number; cpu: number }, two: { wall: number; cpu: number }]> = []
  for (let round = 0; round < rounds; round++)
    times.push([await byWorkers(corpus, 1, passes), await byWorkers(corpus, 2, passes)])
  const amount = (passes * (corpus.layers - 1) * corpus.rows) / 1e6
  const rate = (which: 0 | 1) => (amount / median(times.map((time) => time[which].wall))).toFixed(1)
  const wall = median(times.map(([one, two]) => one.wall / two.wall)).toFixed(2)
  const cpu = median(times.map(([one, two]) => (2 * one.cpu) / two.cpu)).toFixed(2)
  console.log(
    `  cross-layer, wall: 1 worker ${rate(0)}, 2 workers ${rate(1)} M token-layers/s, ${wall} x; ${cpu} x if both had a core (from CPU time)`
  )
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moira-bench-"))
try {
  const deepseek = corpusOf("256 experts, top-8, DeepSeek-like", 9, 200_000, 8, 256)
  printRates(deepseek, folder)
  await printWorkers(deepseek)
  printRates(corpusOf("128 experts, top-1, Llama-4-like", 9, 1_000_000, 1, 128), folder)
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}

const { uniform } = random(2)
const totals = Float64Array.from({ length: 2000 }, (_, r) => (r % 2 === 0 ? 0 : 1 + Math.floor(5000 * uniform())))
const hits = totals.map((total) => Math.floor(total * uniform()))
await compare("bootstrap intervals, 1,000 held-out requests of 2,000, 400 draws", [
  {
    name: "moira: 100 intervals",
    run: () => {
      for (let i = 0; i < 100; i++) bootstrapRatio(hits, totals, { seed: 1 })
    }
  }
])
