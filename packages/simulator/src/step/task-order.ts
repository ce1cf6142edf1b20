/** Puts a layer step's tasks into the order that the allocator asks for. */
import type { LayerWork } from "@moira/hardware"

/**
 * Reorders tasks: first reads first, then, if so asked, by tokens, descending; equal ones keep their order. Reuses its
 * scratch from step to step.
 */
export const makeTaskOrder = (room: number, mostTokensFirst: boolean): ((work: LayerWork) => void) => {
  const order = new Uint32Array(room)
  const column = new Uint32Array(room)
  const permute = (values: Uint8Array | Uint16Array | Uint32Array, count: number): void => {
    for (let i = 0; i < count; i++) column[i] = values[order[i]!]!
    for (let i = 0; i < count; i++) values[i] = column[i]!
  }
  return (work) => {
    const { count, tokens, firstReads } = work
    const more = (a: number, b: number): number => (mostTokensFirst ? tokens[b]! - tokens[a]! : 0)
    for (let i = 0; i < count; i++) order[i] = i
    order.subarray(0, count).sort((a, b) => firstReads[b]! - firstReads[a]! || more(a, b) || a - b)
    permute(work.expert, count)
    permute(work.unit, count)
    permute(work.source, count)
    permute(work.tokens, count)
    permute(work.firstReads, count)
  }
}
