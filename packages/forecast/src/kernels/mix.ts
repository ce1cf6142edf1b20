/** Mixtures in WebAssembly (source: `assembly/mix.as`): the same additions in the same order, members or experts in pairs. */
import type { MixtureFit } from "../plain/mix.ts"
import { kernelMemory } from "./memory.ts"

/** Weights by expectation maximisation; undefined where there is no WebAssembly, or no memory for it. */
export const kernelRounds = ({ members, selections, rounds, settled, fill }: MixtureFit): Float64Array | undefined => {
  const memory = kernelMemory()
  // An even number of members: what is behind the last one is zero.
  const width = members + (members & 1)
  return memory?.borrow(8 * width * (selections + 3), (at) => {
    const [weights, next, parts] = [0, 1, 2].map((n) => at + 8 * width * (selections + n)) as [number, number, number]
    const all = memory.f64.subarray(at / 8, parts / 8)
    fill(all, width)
    const own = memory.f64.subarray(weights / 8, weights / 8 + members).fill(1 / members)
    memory.call.mixtureRounds(at, selections, members, weights, next, parts, rounds, settled)
    return own.slice()
  })
}
