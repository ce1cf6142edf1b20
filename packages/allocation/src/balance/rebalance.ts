/** Moves tokens from units that would be done last to units with time to spare. */
import type { AllocationSetup } from "../allocator.ts"
import { type Holders, routesOf } from "@moira/hardware"
import type { Loads } from "./loads.ts"
import { makeSplitAs } from "./shares.ts"

/** Starts with the last split of the layer, with all work at home at first; returns the cycles that deciding took. */
export type Rebalance = (
  expertTokens: Uint32Array,
  holders: Holders,
  allocation: Uint32Array,
  homes?: Holders
) => number

/** A unit may be this much later than the target before it gives work away: moves cost hops and reads. */
const slack = 0.01
/** Where somebody cannot be done by the target, it is put off by this share of itself, or of how late that unit is. */
const postponement = { least: 0.02, late: 0.15 }
/**
 * With n more units that read one expert from one memory, a piece takes n reads and work / n: the best n gives each of them
 * sqrt(work x read) of work. Smaller pieces than this share of that make everybody wait for reads.
 */
const minPiece = 1.1
/** Cycles for each expert, unit looked at, move weighed and move made: `scripts/calibrate/decisions/balance.c` measures them. */
const cycles = { expert: 25, piece: 15, unit: 5, look: 60, move: 150 }
/** Once a decision takes longer than the first read, which hides it, it may take these shares of what it has gained and may gain. */
const worthwhile = { gained: 0.15, open: 0.06 }

/**
 * A local search that ends. The level is when all should be done: the mean of arithmetic after a first read, or of reads.
 * The latest unit makes the move that brings it nearest to the level for what it costs (reads, then hops), which must leave
 * everybody else below the level; where it has none the level is put off. Copies are tried first; only where none helps,
 * its largest expert is read from afar. The search gives up when its own time would eat what it gains: it may be as long
 * as the first read, behind which it hides, and beyond that takes a share of its gain. Hot.
 */
export const makeRebalance = (setup: AllocationSetup, loads: Loads): Rebalance => {
  const { fabric, experts, blockTokens, cost, controller = { basePs: 0, cyclePs: 0 } } = setup
  const { units } = fabric
  const { hops } = routesOf(fabric)
  const { computePs, memoryPs, served, tokenPs, readPs, startPs, donePs } = loads
  const stuck = new Uint8Array(units)
  const held = new Uint8Array(experts * units)
  const list = new Uint16Array(units * experts)
  const listed = new Uint32Array(units)
  /** By pair: a fetch that has its route to itself. */
  const alonePs = Float64Array.from({ length: units * units }, (_, pair) =>
    cost.fetchPs(Math.floor(pair / units), pair % units)
  )
  const splitAs = makeSplitAs(units, experts, blockTokens)
  /** The last allocation of each layer, known by the lists of its holders: a residency writes them anew in place. */
  const lastOf = new WeakMap<Holders, Uint32Array>()
  const nothing = new Uint32Array(experts * units)
  let spent = 0
  let levelPs = 0
  const best = { expert: -1, unit: 0, tokens: 0, worth: 0 }

  /** The nearest holder of an expert; ties go to the one with the least to read, then to the lower id. */
  const sourceOf = (e: number, u: number, holders: Holders): number => {
    let source = holders.unit[holders.start[e]!]!
    for (let i = holders.start[e]! + 1; i < holders.start[e + 1]!; i++) {
      const h = holders.unit[i]!
      const closer = hops(h, u) - hops(source, u)
      if (closer < 0 || (closer === 0 && memoryPs[h]! < memoryPs[source]!)) source = h
    }
    return source
  }

  const latest = (): number => {
    let u = -1
    let most = 0
    for (let v = 0; v < units; v++) {
      const done = donePs(v)
      if (stuck[v] === 0 && done > most) {
        most = done
        u = v
      }
    }
    return u
  }

  /** Where the search begins: each layer as it was split last, at home at first. Returns the pieces. */
  const begin = (expertTokens: Uint32Array, holders: Holders, allocation: Uint32Array, homes: Holders): number => {
    loads.clear()
    listed.fill(0)
    held.fill(0)
    const pieces = splitAs(expertTokens, lastOf.get(holders) ?? nothing, holders, homes, allocation)
    for (let e = 0; e < experts; e++) {
      if (expertTokens[e] === 0) continue
      for (let i = holders.start[e]!; i < holders.start[e + 1]!; i++) held[e * units + holders.unit[i]!] = 1
      for (let u = 0; u < units; u++) {
        const tokens = allocation[e * units + u]!
        if (tokens === 0) continue
        computePs[u]! += tokens * tokenPs[u]!
        memoryPs[u]! += readPs[u]!
        list[u * experts + listed[u]!++] = e
      }
    }
    return pieces
  }

  /** Whether moving tokens of expert `e`, read by `u` from `from`, to `v`, which reads it from `source`, is the best so far. */
  const weigh = (e: number, u: number, from: number, v: number, source: number, allocation: Uint32Array): void => {
    spent += cycles.look
    const there = allocation[e * units + v]!
    let roomPs = levelPs - startPs(v) - computePs[v]!
    if (roomPs <= 0) return
    const tokens = allocation[e * units + u]!
    const latePs = computePs[u]! + startPs(u) - levelPs
    const fresh = there === 0
    let delayPs = 0
    if (source !== v) {
      // As many as will have to read it from there share that memory until all have it.
      const more = source === u && latePs > 0 ? Math.ceil(latePs / levelPs) : fresh ? 1 : 0
      const arrivalPs = Math.max(alonePs[source * units + v]!, (served[source]! + 1 + more) * readPs[source]!)
      roomPs = Math.min(roomPs, levelPs - arrivalPs - there * tokenPs[v]!)
      if (fresh) {
        if (source === u) delayPs = readPs[u]!
        else if (computePs[source]! + startPs(source) + readPs[source]! > levelPs) return
      }
    }
    const room = Math.floor(roomPs / tokenPs[v]!)
    const byMemory = memoryPs[u]! > computePs[u]! + startPs(u)
    // A piece that is read anyway may grow by any number of tokens, a new one has at least a block.
    const least = blockTokens
    let moved = byMemory ? tokens : Math.min(tokens, Math.max(Math.ceil((latePs + delayPs) / tokenPs[u]!), least))
    if (moved > room) moved = byMemory ? 0 : room
    if (tokens - moved < blockTokens && tokens <= room) moved = tokens
    if (moved <= 0 || moved < Math.min(least, tokens)) return
    const whole = moved === tokens
    if (
      source !== v &&
      fresh &&
      !whole &&
      moved * tokenPs[v]! < minPiece * Math.sqrt(tokens * tokenPs[u]! * readPs[u]!)
    )
      return
    const savedPs = whole && from === u ? readPs[u]! : 0
    if (fresh) {
      const booked = memoryPs[source]! + readPs[source]! - (source === u ? savedPs : 0)
      if (booked > levelPs) return
    }
    const memory = memoryPs[u]! - savedPs + (fresh && source === u ? readPs[u]! : 0)
    const after = Math.max(memory, computePs[u]! + startPs(u) + delayPs - moved * tokenPs[u]!)
    const gain = donePs(u) - Math.max(after, levelPs)
    if (gain <= 0) return
    const price = (fresh ? 0.5 + (source === v ? 0 : hops(source, v)) : 0.25) + (whole || !fresh ? 0 : 0.5)
    if (gain <= best.worth * price) return
    best.worth = gain / price
    best.expert = e
    best.unit = v
    best.tokens = moved
  }

  const find = (u: number, holders: Holders, allocation: Uint32Array): void => {
    best.expert = -1
    best.worth = 0
    let largest = -1
    let most = 0
    const first = u * experts
    for (let i = first; i < first + listed[u]!; i++) {
      const e = list[i]!
      const tokens = allocation[e * units + u]!
      if (tokens === 0) continue
      if (tokens > most) {
        most = tokens
        largest = e
      }
      const from = held[e * units + u] === 1 ? u : sourceOf(e, u, holders)
      for (let h = holders.start[e]!; h < holders.start[e + 1]!; h++) {
        const v = holders.unit[h]!
        if (v !== u) weigh(e, u, from, v, v, allocation)
      }
    }
    if (best.expert >= 0 || largest < 0) return
    for (let i = first; i < first + listed[u]!; i++) {
      const e = list[i]!
      if (allocation[e * units + u]! < most) continue
      const from = held[e * units + u] === 1 ? u : sourceOf(e, u, holders)
      for (let v = 0; v < units; v++) {
        if (v !== u && held[e * units + v] === 0) weigh(e, u, from, v, sourceOf(e, v, holders), allocation)
      }
    }
  }

  const move = (u: number, holders: Holders, allocation: Uint32Array): void => {
    spent += cycles.move
    const { expert: e, unit: v, tokens } = best
    const at = e * units
    if (allocation[at + v] === 0) {
      const source = held[at + v] === 1 ? v : sourceOf(e, v, holders)
      memoryPs[source]! += readPs[source]!
      if (source !== v) served[source]!++
      list[v * experts + listed[v]!++] = e
    }
    allocation[at + u]! -= tokens
    allocation[at + v]! += tokens
    computePs[u]! -= tokens * tokenPs[u]!
    computePs[v]! += tokens * tokenPs[v]!
    if (allocation[at + u]! > 0) return
    const source = held[at + u] === 1 ? u : sourceOf(e, u, holders)
    memoryPs[source]! -= readPs[source]!
    if (source !== u) served[source]!--
    for (let i = u * experts; ; i++) {
      if (list[i] !== e) continue
      list[i] = list[u * experts + --listed[u]!]!
      break
    }
  }

  const search = (expertTokens: Uint32Array, holders: Holders, allocation: Uint32Array, homes: Holders): void => {
    const pieces = begin(expertTokens, holders, allocation, homes)
    spent = experts * cycles.expert + pieces * cycles.piece
    let total = 0
    let reads = 0
    for (let u = 0; u < units; u++) {
      total += computePs[u]!
      reads += listed[u]!
    }
    levelPs = Math.max(total / units + readPs[0]!, Math.ceil(reads / units) * readPs[0]!)
    stuck.fill(0)
    let stuckCount = 0
    let homePs = 0
    for (;;) {
      const u = latest()
      spent += units * cycles.unit
      const latestPs = u < 0 ? 0 : donePs(u)
      homePs = Math.max(homePs, latestPs)
      if (latestPs <= levelPs * (1 + slack)) {
        if (stuckCount === 0) return
        // Some cannot be done by then: all aim for a little later.
        stuck.fill(0)
        stuckCount = 0
        spent += units * cycles.unit
        levelPs = Math.max(
          levelPs * (1 + postponement.least),
          levelPs + postponement.late * (donePs(latest()) - levelPs)
        )
        continue
      }
      const waitedPs = controller.basePs + controller.cyclePs * spent - readPs[u]!
      if (waitedPs > worthwhile.gained * (homePs - latestPs) + worthwhile.open * (latestPs - levelPs)) return
      find(u, holders, allocation)
      if (best.expert < 0) {
        stuck[u] = 1
        stuckCount++
      } else move(u, holders, allocation)
    }
  }
  return (expertTokens, holders, allocation, homes = holders) => {
    search(expertTokens, holders, allocation, homes)
    const last = lastOf.get(holders)
    // The one allocation of memory, when a layer is seen for the first time.
    if (last === undefined) lastOf.set(holders, allocation.slice())
    else last.set(allocation)
    return spent
  }
}
