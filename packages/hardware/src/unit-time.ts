/** How long a unit takes for all its experts of one layer step: what placements are judged by. */
import { expertTimeFor, type MoeLayerShape, moeLayerPs } from "./expert-time/moe-layer.ts"
import type { Fabric } from "./machine.ts"

/**
 * Picoseconds, not rounded, in which `unit` reads `touched` experts from its own memory and computes `choices` tokens of
 * theirs in all; 0 for none.
 */
export type UnitTime = (unit: number, touched: number, choices: number) => number

/** By the fitted constants of each unit, or, where it has none, reading or computing, whichever is longer. */
export const unitTime = (fabric: Fabric, shape: MoeLayerShape): UnitTime => {
  const constants = Array.from(fabric.nodeOf, (id) => {
    const fitted = fabric.machine.nodes[id]!.compute!.expertTime
    return fitted === undefined ? undefined : expertTimeFor(fitted, shape.bytesPerWeight)
  })
  const parameters = 3 * shape.hidden * shape.expertFfn
  const weightBytes = parameters * shape.bytesPerWeight
  return (unit, touched, choices) => {
    if (choices === 0) return 0
    const fitted = constants[unit]
    if (fitted !== undefined) return moeLayerPs(fitted, shape, touched, choices)
    const readPs = (touched * weightBytes * 1e12) / fabric.memoryBytesPerSec[unit]!
    const computePs = (2 * parameters * choices * 1e12) / fabric.flopsPerSec[unit]!
    return Math.max(readPs, computePs) + touched * fabric.taskOverheadPs[unit]!
  }
}
