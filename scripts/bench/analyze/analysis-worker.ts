/**
 * A thread that runs the temporal and spatial analyses of a corpus. `plain` takes WebAssembly away first, so that the plain
 * loops in JavaScript run, which are what kernels are compared with.
 */
import { createHash } from "node:crypto"
import { parentPort, workerData } from "node:worker_threads"

const { plain } = workerData as { readonly plain: boolean }
if (plain) Reflect.deleteProperty(globalThis, "WebAssembly")

// What looks for WebAssembly is imported afterwards.
const { default: temporal } = await import("../../../packages/temporal/src/analysis.ts")
const { default: spatial } = await import("../../../packages/spatial/src/analysis.ts")
const { corpusOf } = await import("./corpus.ts")

export interface Asked {
  readonly layers: number
  readonly requests: number
}

/** CPU seconds of this thread: of all layers, and of what puts them together. */
export interface Answer {
  readonly layers: number
  readonly end: number
  /** Of the results. */
  readonly digest: string
}

const seconds = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
}

const run = ({ layers, requests }: Asked): Answer => {
  const { context, chunks } = corpusOf(layers, requests)
  const options = { split: { seed: 1, heldOutShare: 0.5 }, seed: 1 }
  const [t, s] = [temporal.accumulator(context, options), spatial.accumulator(context, options)]
  const states = { t: t.empty(), s: s.empty() }
  const start = seconds()
  for (const chunk of chunks) {
    t.add(states.t, chunk)
    s.add(states.s, chunk)
  }
  const middle = seconds()
  const results = [t.finish(states.t), s.finish(states.s)]
  const end = seconds()
  const digest = createHash("sha256").update(JSON.stringify(results)).digest("hex")
  return { layers: middle - start, end: end - middle, digest }
}

parentPort!.on("message", (asked: Asked) => parentPort!.postMessage(run(asked)))
parentPort!.postMessage("ready")
