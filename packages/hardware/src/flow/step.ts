/** One layer step, event by event: what starts when, and when it is all done. */
import type { Fabric } from "../machine.ts"
import type { Watch } from "../network.ts"
import { taskComputePs } from "../task-time.ts"
import type { LayerWork } from "../work.ts"
import { nearest } from "./transfers-state.ts"
import { makeSlots, makeTaskLists, slotsPerUnit, type TaskLists } from "./fetches.ts"
import { pathsOf } from "./paths.ts"
import {
  advanceTransfers,
  type MakeRates,
  makeTransfers,
  nextCompletionPs,
  resetTransfers,
  startTransfer
} from "./transfers.ts"

export interface FlowStep {
  /**
   * Makespan of one layer step in whole picoseconds. With a quantum above 1, transfers end at its multiples, the nearest ones, and
   * results go home at them.
   */
  readonly step: (work: LayerWork, quantumPs?: number) => number
  /** Transfers started and ended since it was made. */
  readonly events: () => number
  /** How often rates were worked out since it was made. */
  readonly rateUpdates: () => number
}

/** Tags from here on are slots of transfers that are no fetch; below, tasks. */
const slotTag = 2 ** 31

/**
 * Each unit streams from its own memory one expert after the other, and keeps up to `fabric.outstandingFetches` remote
 * fetches in flight, both in task order; what its last-level cache holds is there after the hit latency. A fetch makes
 * way for the next when its last byte leaves; its weights are there one latency later (command out, memory, links back).
 * The unit runs one task at a time, in the order the weights arrive, once all activations sent to it are there. Results
 * go home when it has done its last task. What it keeps is written to memory when all its reads are there, and copies that it
 * computes nothing with are read then; the step ends when they are there too. Where the step waits for a decision, all of this begins with it, except for the one read that each unit may start early. Every time is a whole picosecond.
 */
export const makeFlow = (fabric: Fabric, watch?: Watch, makeRates?: MakeRates): FlowStep => {
  const { units, outstandingFetches } = fabric
  const watchFetch = watch?.fetch
  const watchCompute = watch?.compute
  const paths = pathsOf(fabric)
  const writeSlots = units * slotsPerUnit(units, outstandingFetches)
  const dispatchSlots = writeSlots + units
  const combineSlots = dispatchSlots + units * units
  // Slots of activations are made when a step first has some: without, a large machine needs no memory for them.
  const room = { depth: outstandingFetches, deepSlots: writeSlots }
  let transfers = makeTransfers(paths, { slots: dispatchSlots, ...room }, makeRates)
  let slotOf = makeSlots(units, outstandingFetches, transfers)
  let tokensRoom = false
  let local = makeTaskLists(units, 0, "local")
  let remote = makeTaskLists(units, 0, "remote")
  let cached = makeTaskLists(units, 0, "cached")
  let copied = makeTaskLists(units, 0, "copy")
  /** Tasks of a unit in the order their weights arrived, from where its lists begin. */
  let order = new Uint32Array(0)
  const orderCount = new Uint32Array(units)
  let arrivedPs = new Float64Array(0)
  let startedPs = new Float64Array(0)
  /** Arrivals that unit u still waits for: its tasks' weights and activations from others. */
  const waiting = new Uint32Array(units)
  /** When all activations are at unit u. */
  const readyPs = new Float64Array(units)
  /** When unit u sends results home; infinite when it does not, or has. */
  const homePs = new Float64Array(units).fill(Infinity)
  /** When the decision comes that all but first reads wait for; infinite when it is there. */
  let wakePs = Infinity
  const before = { events: 0, rateUpdates: 0 }
  let work: LayerWork
  let nowPs = 0
  let makespanPs = 0

  const makeRoom = (): void => {
    if (work.count > arrivedPs.length) {
      local = makeTaskLists(units, work.expert.length, "local")
      remote = makeTaskLists(units, work.expert.length, "remote")
      cached = makeTaskLists(units, work.expert.length, "cached")
      copied = makeTaskLists(units, work.expert.length, "copy")
      order = new Uint32Array(work.expert.length)
      arrivedPs = new Float64Array(work.expert.length)
      startedPs = new Float64Array(work.expert.length)
    }
    if (tokensRoom || !work.tokenCopies.some((copies) => copies > 0)) return
    before.events += transfers.events
    before.rateUpdates += transfers.rateUpdates
    transfers = makeTransfers(paths, { slots: combineSlots + units * units, ...room }, makeRates)
    slotOf = makeSlots(units, outstandingFetches, transfers)
    tokensRoom = true
  }

  const fetchNext = (lists: TaskLists, u: number): void => {
    if (lists.next[u] === lists.start[u + 1]) return
    const task = lists.task[lists.next[u]!++]!
    const source = work.source[task]!
    const pair = source * units + u
    startedPs[task] = nowPs
    startTransfer(transfers, slotOf(u, source), paths.start[pair]!, paths.start[pair + 1]!, work.weightBytes, task)
  }

  /** Starts a transfer of activations between two units, over the links only. */
  const send = (slots: number, from: number, to: number, bytes: number): void => {
    const pair = from * units + to
    startTransfer(
      transfers,
      slots + pair,
      paths.start[pair]!,
      paths.start[pair + 1]! - 1,
      bytes,
      slotTag + slots + pair
    )
  }

  /** Files a task of unit `u` by arrival; a transfer that ends later may still arrive earlier, over fewer links. */
  const arrive = (u: number, task: number): void => {
    const from = local.start[u]! + remote.start[u]! + cached.start[u]!
    let at = from + orderCount[u]!++
    for (; at > from && arrivedPs[order[at - 1]!]! > arrivedPs[task]!; at--) order[at] = order[at - 1]!
    order[at] = task
  }

  /** All that unit `u` waits for is there: its tasks can be timed, and its results go home after the last. */
  const compute = (u: number): void => {
    let end = readyPs[u]!
    const from = local.start[u]! + remote.start[u]! + cached.start[u]!
    for (let i = from; i < from + orderCount[u]!; i++) {
      const task = order[i]!
      const begun = Math.max(end, arrivedPs[task]!)
      end = Math.ceil(begun + taskComputePs(fabric, work, task))
      if (watchFetch !== undefined) watchFetch(task, startedPs[task]!, arrivedPs[task]!)
      if (watchCompute !== undefined) watchCompute(task, begun, end)
    }
    makespanPs = Math.max(makespanPs, end)
    if (tokensRoom) homePs[u] = Math.max(nearest(end, transfers.quantumPs), nowPs)
  }

  /** Nothing that unit `u` reads for this step is under way any more: it keeps what it should, and its tasks can be timed. */
  const allThere = (u: number): void => {
    const memory = paths.start[u * units + u]!
    const written = work.localWriteBytes[u]!
    if (written > 0) startTransfer(transfers, writeSlots + u, memory, memory + 1, written, slotTag + writeSlots + u)
    for (let i = 0; i < outstandingFetches; i++) fetchNext(copied, u)
    if (orderCount[u]! > 0) compute(u)
  }

  const dispatch = (): void => {
    for (let from = 0; from < units; from++) {
      for (let to = 0; to < units; to++) {
        const copies = work.tokenCopies[from * units + to]!
        if (copies === 0 || from === to) continue
        waiting[to]!++
        send(dispatchSlots, from, to, copies * work.dispatchBytesPerToken)
      }
    }
  }

  /** Weights in the unit's last-level cache are there after the hit latency, whatever else is under way. */
  const findCached = (u: number): void => {
    for (let i = cached.start[u]!; i < cached.start[u + 1]!; i++) {
      const task = cached.task[i]!
      startedPs[task] = nowPs
      arrivedPs[task] = nowPs + fabric.llcHitPs[u]!
      arrive(u, task)
    }
  }

  /** The decision is there, or there is none: all that has not begun yet begins. */
  const goOn = (): void => {
    wakePs = Infinity
    for (let u = 0; u < units; u++) {
      // A first read may still be under way.
      if (local.next[u] === local.start[u] || orderCount[u]! > 0) fetchNext(local, u)
      for (let i = 0; i < outstandingFetches; i++) fetchNext(remote, u)
    }
    if (tokensRoom) dispatch()
    for (let u = 0; u < units; u++) {
      findCached(u)
      if (--waiting[u]! === 0) allThere(u)
    }
  }

  const begin = (): void => {
    for (let u = 0; u < units; u++) {
      readyPs[u] = 0
      orderCount[u] = 0
      // All that it reads, and the decision.
      waiting[u] = local.start[u + 1]! - local.start[u]! + remote.start[u + 1]! - remote.start[u]! + 1
      const first = local.start[u]!
      if (work.decidedPs > 0 && first < local.start[u + 1]! && work.firstReads[local.task[first]!] === 1)
        fetchNext(local, u)
    }
    if (work.decidedPs > 0) wakePs = work.decidedPs
    else goOn()
  }

  const sendHome = (u: number): void => {
    homePs[u] = Infinity
    for (let home = 0; home < units; home++) {
      const copies = work.tokenCopies[home * units + u]!
      if (home !== u && copies > 0) send(combineSlots, u, home, copies * work.combineBytesPerToken)
    }
  }

  const onDone = (tag: number): void => {
    if (tag < slotTag) {
      const u = work.unit[tag]!
      if (work.tokens[tag] === 0) {
        makespanPs = Math.max(makespanPs, nowPs + fetchLatencyPs(fabric, work.source[tag]!, u))
        fetchNext(copied, u)
        return
      }
      arrivedPs[tag] = nowPs + fetchLatencyPs(fabric, work.source[tag]!, u)
      arrive(u, tag)
      if (wakePs === Infinity) fetchNext(work.source[tag] === u ? local : remote, u)
      if (--waiting[u]! === 0) allThere(u)
      return
    }
    const slot = tag - slotTag
    if (slot < dispatchSlots) {
      makespanPs = Math.max(makespanPs, nowPs)
      return
    }
    const pair = slot < combineSlots ? slot - dispatchSlots : slot - combineSlots
    const therePs = nowPs + fabric.routeLatencyPs[pair]!
    if (slot >= combineSlots) {
      makespanPs = Math.max(makespanPs, therePs)
      return
    }
    const to = pair % units
    readyPs[to] = Math.max(readyPs[to]!, therePs)
    if (--waiting[to]! === 0) allThere(to)
  }

  return {
    events: () => before.events + transfers.events,
    rateUpdates: () => before.rateUpdates + transfers.rateUpdates,
    step: (of, quantumPs = 0) => {
      work = of
      makeRoom()
      resetTransfers(transfers, quantumPs)
      local.fill(work)
      remote.fill(work)
      cached.fill(work)
      copied.fill(work)
      nowPs = 0
      makespanPs = 0
      begin()
      for (;;) {
        const transferPs = nextCompletionPs(transfers)
        let homeUnit = -1
        let homeAtPs = Infinity
        if (tokensRoom) {
          for (let u = 0; u < units; u++) {
            if (homePs[u]! < homeAtPs) {
              homeAtPs = homePs[u]!
              homeUnit = u
            }
          }
        }
        nowPs = Math.min(transferPs, homeAtPs, wakePs)
        // Beyond 2^53 ps time is no longer whole, and a step could last for ever: it ends there, with a time that is not safe.
        if (nowPs > Number.MAX_SAFE_INTEGER) return nowPs === Infinity ? makespanPs : nowPs
        advanceTransfers(transfers, nowPs, onDone)
        if (homeAtPs === nowPs) sendHome(homeUnit)
        if (wakePs === nowPs) goOn()
      }
    }
  }
}

/** From asking the last-level cache of `unit` in vain to the first byte from `source`'s memory. */
const fetchLatencyPs = (fabric: Fabric, source: number, unit: number): number => {
  const { units, routeLatencyPs } = fabric
  const links = routeLatencyPs[unit * units + source]! + routeLatencyPs[source * units + unit]!
  return fabric.llcMissPs[unit]! + fabric.memoryLatencyPs[source]! + links
}
