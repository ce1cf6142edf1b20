/** How long a unit takes for all its experts of one layer step: what placements are judged by. */
import {
  expertTimeFor,
  type ExpertTimer,
  expertTimer,
  type MoeLayerShape,
  shapeParameters
} from "./expert-time/moe-layer.ts"
import type { Fabric } from "./machine.ts"

/**
 * Picoseconds, not rounded, in which `unit` reads `touched` experts from its own memory and computes `choices` tokens of
 * theirs in all, each as many; 0 for none.
 */
export type UnitTime = (unit: number, touched: number, choices: number) => number

/** The law of each unit for experts of one shape; undefined where nothing was fitted. */
export const unitTimers = (fabric: Fabric, shape: MoeLayerShape): ReadonlyArray<ExpertTimer | undefined> => {
  const known = new Map<unknown, ExpertTimer>()
  return Array.from(fabric.nodeOf, (id) => {
    const fitted = fabric.machine.nodes[id]!.compute!.expertTime
    if (fitted === undefined) return undefined
    const timer = known.get(fitted) ?? expertTimer(expertTimeFor(fitted, shape.bytesPerWeight), shape)
    known.set(fitted, timer)
    return timer
  })
}

/** By the fitted law of each unit, or, where it has none, reading or computing, whichever is longer. */
export const unitTime = (fabric: Fabric, shape: MoeLayerShape): UnitTime => {
  const timers = unitTimers(fabric, shape)
  const parameters = shapeParameters(shape)
  const weightBytes = parameters * shape.bytesPerWeight
  return (unit, touched, choices) => {
    if (choices === 0) return 0
    const timer = timers[unit]
    if (timer !== undefined) {
      const each = choices / Math.max(touched, 1e-9)
      const experts = touched * timer.expertPs(each, timer.tileRows(each))
      return timer.layerPs(experts, touched, choices)
    }
    const readPs = (touched * weightBytes * 1e12) / fabric.memoryBytesPerSec[unit]!
    const computePs = (2 * parameters * choices * 1e12) / fabric.flopsPerSec[unit]!
    return Math.max(readPs, computePs) + touched * fabric.taskOverheadPs[unit]!
  }
}
