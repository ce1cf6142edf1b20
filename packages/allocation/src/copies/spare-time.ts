/** What a layer step leaves unused of memories and links: copies that fit into it cost no time. Hot: no allocation after it is made. */
import { type LayerWork, routesOf } from "@moira/hardware"
import type { ResidencySetup } from "../residency.ts"

/** A step is planned to be no longer than this share of what it takes without copies: plans leave out contention. */
const usableShare = 0.8

/** A unit's task of an expert: its weights are there, or under way. */
const here = 1
const onItsWay = 2

export interface SpareTime {
  /** Looks at the tasks of a layer step. */
  readonly look: (work: LayerWork) => void
  /** Whether a unit has a task of an expert in the step looked at, or a copy on its way. */
  readonly busy: (expert: number, unit: number) => boolean
  /** Whether an expert is on its way to a unit in this step, so that nobody can read it from there. */
  readonly arrives: (expert: number, unit: number) => boolean
  /** Whether a unit's memory has time for one more copy to be written. */
  readonly takes: (unit: number) => boolean
  /** Whether a copy from `source` to `unit`, which takes one, would be there before the step is over, and delay nobody. */
  readonly fits: (source: number, unit: number) => boolean
  /** Books such a copy. */
  readonly book: (expert: number, source: number, unit: number) => void
}

/**
 * The step is taken to last as long as its busiest unit: its first read and all its arithmetic, or all reads and writes of its
 * memory. A copy begins when its target has read all that it computes; it takes the source's memory, the links between, and the
 * target's memory, and arrives no earlier than it would alone.
 */
export const makeSpareTime = ({ fabric, experts, cost }: ResidencySetup): SpareTime => {
  const { units, linkBytesPerSec, memoryBytesPerSec } = fabric
  const routes = routesOf(fabric)
  const computePs = new Float64Array(units)
  const memoryPs = new Float64Array(units)
  const readsPs = new Float64Array(units)
  const linkPs = new Float64Array(linkBytesPerSec.length)
  const tasks = new Uint8Array(experts * units)
  const firstPs = Float64Array.from({ length: units }, (_, u) => cost.fetchPs(u, u))
  let bytes = 0
  let endPs = 0

  const psAt = (bytesPerSec: number): number => (bytes * 1e12) / bytesPerSec

  const hasTime = (unit: number): boolean => memoryPs[unit]! + psAt(memoryBytesPerSec[unit]!) <= endPs

  const takeLink = (link: number): boolean => {
    linkPs[link]! += psAt(linkBytesPerSec[link]!)
    return true
  }
  const linkHasTime = (link: number): boolean => linkPs[link]! + psAt(linkBytesPerSec[link]!) <= endPs

  const cross = (source: number, unit: number): void => {
    routes.every(source, unit, takeLink)
  }

  return {
    look: (work) => {
      bytes = work.weightBytes
      computePs.fill(0)
      memoryPs.fill(0)
      readsPs.fill(0)
      linkPs.fill(0)
      tasks.fill(0)
      for (let i = 0; i < work.count; i++) {
        const [unit, source] = [work.unit[i]!, work.source[i]!]
        tasks[work.expert[i]! * units + unit] = source === unit ? here : onItsWay
        computePs[unit]! += cost.computePs(unit, work.tokens[i]!)
        if (work.cached[i] === 1) continue
        memoryPs[source]! += psAt(memoryBytesPerSec[source]!)
        readsPs[unit]! += psAt(memoryBytesPerSec[source]!)
        if (source !== unit) cross(source, unit)
      }
      endPs = 0
      for (let u = 0; u < units; u++) {
        memoryPs[u]! += (work.localWriteBytes[u]! * 1e12) / memoryBytesPerSec[u]!
        const busyPs = Math.max(computePs[u]! > 0 ? computePs[u]! + firstPs[u]! : 0, memoryPs[u]!)
        endPs = Math.max(endPs, busyPs * usableShare)
      }
    },
    busy: (expert, unit) => tasks[expert * units + unit] !== 0,
    arrives: (expert, unit) => tasks[expert * units + unit] === onItsWay,
    takes: hasTime,
    fits: (source, unit) => {
      if (!hasTime(source)) return false
      if (readsPs[unit]! + cost.fetchPs(source, unit) > endPs) return false
      return routes.every(source, unit, linkHasTime)
    },
    book: (expert, source, unit) => {
      tasks[expert * units + unit] = onItsWay
      memoryPs[source]! += psAt(memoryBytesPerSec[source]!)
      memoryPs[unit]! += psAt(memoryBytesPerSec[unit]!)
      // Copies of a unit arrive one after the other, as far as this plan goes.
      readsPs[unit]! += cost.fetchPs(source, unit)
      cross(source, unit)
    }
  }
}
