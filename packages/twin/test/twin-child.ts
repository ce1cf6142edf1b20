/** A process that writes a twin to a store and tells what memory it held, for a test; run it with --expose-gc. */
import { writeStore } from "@moira/trace/node"
import { Effect, Stream } from "effect"
import { synthesize } from "../src/synthesize.ts"
import { tiny } from "./tiny.ts"

const [out, requests] = [process.argv[2]!, Number(process.argv[3])]
const collect = (globalThis as { readonly gc?: () => void }).gc!

/** MB in use after a collection, the least of the second half: what is merely on its way to the disk is not counted. */
let liveMb = Infinity
let made = 0
const measure = (): void => {
  if (++made % 128 !== 0 || made <= requests / 2) return
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  liveMb = Math.min(liveMb, (heapUsed + arrayBuffers) / 2 ** 20)
}

await Effect.runPromise(
  Effect.gen(function* () {
    const options = { model: tiny, requests, prefillTokens: 64, decodeTokens: 448, seed: 1, languages: ["en"] as const }
    const twin = yield* synthesize(options)
    const measured = Stream.tap(twin.requests, () => Effect.sync(measure))
    yield* writeStore({ directory: out, model: tiny, origin: twin.origin, expected: requests }, measured)
  })
)
process.send!({ liveMb, mostMb: process.resourceUsage().maxRSS / 1024 })
process.disconnect()
