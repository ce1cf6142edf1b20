/**
 * Whole analyses, temporal and spatial: what a layer costs whatever the trace, and what each token adds, with kernels and with
 * the plain loops; growth from 1 to 16 times the tokens; the part that threads do not share.
 */
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import type { Answer, Asked } from "./analysis-worker.ts"
import { tokensOf } from "./corpus.ts"

const layers = 3
/** Layers of DeepSeek-V3 that choose. */
const wholeLayers = 58
const requests = [12, 24, 48, 96, 192] as const
const rounds = 2

const engines = ["kernels", "plain"] as const
type Engine = (typeof engines)[number]

const workers = Object.fromEntries(
  engines.map((engine) => [
    engine,
    new Worker(new URL("./analysis-worker.ts", import.meta.url), { workerData: { plain: engine === "plain" } })
  ])
) as Record<Engine, Worker>

const ask = async (engine: Engine, asked: Asked): Promise<Answer> => {
  const answer = once(workers[engine], "message")
  workers[engine].postMessage(asked)
  const [first] = (await answer) as [Answer]
  return first
}

const least = (answers: ReadonlyArray<Answer>): number => Math.min(...answers.map((answer) => answer.layers))

try {
  await Promise.all(engines.map((engine) => once(workers[engine], "message")))
  // The compiler sees each loop before it is measured.
  for (const engine of engines)
    for (let pass = 0; pass < 3; pass++) await ask(engine, { layers: 2, requests: requests[1] })
  const measured = requests.map(() => ({ kernels: [] as Array<Answer>, plain: [] as Array<Answer> }))
  for (let round = 0; round < rounds; round++) {
    for (const [n, each] of requests.entries()) {
      for (const engine of engines) measured[n]![engine].push(await ask(engine, { layers, requests: each }))
      const digests = engines.map((engine) => measured[n]![engine].at(-1)!.digest)
      if (digests[0] !== digests[1]) throw new Error(`kernels and plain loops differ at ${each} requests`)
    }
  }

  const times = (engine: Engine) => measured.map((of) => least(of[engine]))
  const extra = tokensOf(requests.at(-1)!) - tokensOf(requests[0])
  const perToken = (engine: Engine) => (times(engine).at(-1)! - times(engine)[0]!) / extra / layers
  const fixed = (engine: Engine) => times(engine)[0]! / layers - perToken(engine) * tokensOf(requests[0])
  console.log(
    `\nwhole analysis, 256 experts, top-8, ${layers} layers, CPU time of the thread, least of ${rounds} interleaved rounds; the same results`
  )
  for (const engine of engines) {
    const ratio =
      engine === "kernels"
        ? ""
        : `; ${(fixed("plain") / fixed("kernels")).toFixed(1)} x and ${(perToken("plain") / perToken("kernels")).toFixed(1)} x the time of kernels`
    console.log(
      `  ${engine.padEnd(8)} fixed ${(1000 * fixed(engine)).toFixed(1)} ms a layer (${(wholeLayers * fixed(engine)).toFixed(2)} s of ${wholeLayers}), ${(1e6 * perToken(engine)).toFixed(2)} us a token and layer (${(1000 * wholeLayers * perToken(engine)).toFixed(3)} ms a token)${ratio}`
    )
  }
  for (const engine of engines) {
    const all = times(engine)
    const growth = all.map((time, n) => `${requests[n]! / requests[0]} x: ${(time / all[0]!).toFixed(2)}`).join(", ")
    console.log(`  ${engine.padEnd(8)} time by tokens, against ${tokensOf(requests[0])}: ${growth}`)
  }
  const end = Math.min(...measured.at(-1)!.kernels.map((answer) => answer.end))
  const perLayer = times("kernels").at(-1)! / layers
  const serial = end / (end + wholeLayers * perLayer)
  console.log(
    `  putting layers together takes ${(1000 * end).toFixed(0)} ms, ${(100 * serial).toFixed(1)} % of ${wholeLayers} layers of ${tokensOf(requests.at(-1)!)} tokens: two threads are at most ${(2 / (1 + serial)).toFixed(2)} x one (Amdahl), beside reading and starting`
  )
} finally {
  await Promise.all(engines.map((engine) => workers[engine].terminate()))
}
