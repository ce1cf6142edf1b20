/** Who sends how many tokens to whom in one layer step: a token goes once to every unit that computes one of its experts. */
import { dispatchBytesPerElement, type Fabric } from "@moira/hardware"
import { expertWidth, type Model } from "@moira/core"
import { copiesOf } from "../loads/unit-loads.ts"

type Ranks = Pick<Fabric, "units" | "servers" | "serverOf">

export interface LayerTraffic {
  /** Tokens of unit `a` that unit `b` computes some expert of, each once, at `a * units + b`; `a` itself may be `b`. */
  readonly copies: Float64Array
  /** Tokens of unit `a` that some unit of server `s` computes, each once, at `a * servers + s`. */
  readonly serverCopies: Float64Array
  /** Tokens that live on each unit. */
  readonly tokens: Float64Array
}

/** Bytes of a token on its way out, as the machine sends it, and of a result (16 bits an element). */
export const tokenBytes = (model: Model, { machine }: Fabric) => ({
  dispatch: expertWidth(model) * dispatchBytesPerElement(machine, model.servingBytesPerWeight),
  combine: expertWidth(model) * 2
})

const empty = ({ units, servers }: Ranks): LayerTraffic => ({
  copies: new Float64Array(units * units),
  serverCopies: new Float64Array(units * servers),
  tokens: new Float64Array(units)
})

/**
 * Expected traffic where only shares are known, under independence: each token chooses expert e with chance `chosen[e]`,
 * whatever else it chooses, and any copy of it equally likely. Of `tokens` tokens, dealt evenly to the units of `live`, unit
 * b then gets 1 - product over its experts of (1 - chosen[e] x held / copies). Real routers choose experts together,
 * so that real tokens reach other numbers of units: {@link countedTraffic} counts them where tokens are known. `into`, of an
 * earlier call with the same ranks and living units, is written over.
 */
export const expectedTraffic = (
  ranks: Ranks,
  slots: ArrayLike<number>,
  chosen: ArrayLike<number>,
  tokens: number,
  live: ReadonlyArray<number>,
  into?: LayerTraffic
): LayerTraffic => {
  const { units, servers, serverOf } = ranks
  const traffic = into ?? empty(ranks)
  const slotsPerUnit = slots.length / units
  const copies = copiesOf(slots, chosen.length)
  const missed = new Float64Array(units).fill(1)
  const serverShare = new Float64Array(servers * chosen.length)
  const held = new Uint16Array(chosen.length)
  for (let u = 0; u < units; u++) {
    const [from, to] = [u * slotsPerUnit, (u + 1) * slotsPerUnit]
    for (let s = from; s < to; s++) if (slots[s]! >= 0) held[slots[s]!]!++
    for (let s = from; s < to; s++) {
      const e = slots[s]!
      if (e < 0 || held[e] === 0) continue
      const share = (chosen[e]! * held[e]!) / copies[e]!
      missed[u]! *= 1 - Math.min(1, share)
      serverShare[serverOf[u]! * chosen.length + e]! += share
      held[e] = 0
    }
  }
  const serverMissed = new Float64Array(servers).fill(1)
  for (let s = 0; s < servers; s++)
    for (let e = 0; e < chosen.length; e++) serverMissed[s]! *= 1 - Math.min(1, serverShare[s * chosen.length + e]!)
  // Every living unit has as many tokens, and sends the same.
  const each = tokens / live.length
  const row = missed.map((chance) => (1 - chance) * each)
  const serverRow = serverMissed.map((chance) => (1 - chance) * each)
  for (const a of live) {
    traffic.tokens[a] = each
    traffic.copies.set(row, a * units)
    traffic.serverCopies.set(serverRow, a * servers)
  }
  return traffic
}

/**
 * Traffic of real tokens, scaled to `tokens`: `ids` holds rows of `topK` experts (none where beyond the experts). Token i lives on the
 * i-th living unit in turn; copies of an expert take its tokens in turn. A hot loop over selections.
 */
export const countedTraffic = (
  ranks: Ranks,
  slots: ArrayLike<number>,
  experts: number,
  selections: { readonly ids: ArrayLike<number>; readonly topK: number },
  tokens: number,
  live: ReadonlyArray<number>
): LayerTraffic => {
  const { units, servers, serverOf } = ranks
  const { ids, topK } = selections
  const traffic = empty(ranks)
  const slotsPerUnit = slots.length / units
  const copies = copiesOf(slots, experts)
  const start = new Uint32Array(experts + 1)
  for (let e = 0; e < experts; e++) start[e + 1] = start[e]! + copies[e]!
  const unitOf = new Uint16Array(start[experts]!)
  const next = new Uint32Array(experts)
  for (let s = 0; s < slots.length; s++)
    if (slots[s]! >= 0) unitOf[start[slots[s]!]! + next[slots[s]!]!++] = Math.floor(s / slotsPerUnit)
  next.fill(0)
  const rows = ids.length / topK
  const scale = rows === 0 ? 0 : tokens / rows
  const seen = new Int32Array(units).fill(-1)
  const seenServer = new Int32Array(servers).fill(-1)
  for (let i = 0, turn = 0; i < rows; i++, turn = turn + 1 === live.length ? 0 : turn + 1) {
    const home = live[turn]!
    traffic.tokens[home]! += scale
    for (let k = 0; k < topK; k++) {
      const e = ids[i * topK + k]!
      if (e >= experts) continue
      const unit = unitOf[start[e]! + next[e]!]!
      next[e] = next[e]! + 1 === copies[e] ? 0 : next[e]! + 1
      if (seen[unit] === i) continue
      seen[unit] = i
      traffic.copies[home * units + unit]! += scale
      const server = serverOf[unit]!
      if (seenServer[server] === i) continue
      seenServer[server] = i
      traffic.serverCopies[home * servers + server]! += scale
    }
  }
  return traffic
}

/** Ranks to a side of what is read both ways at a time, so that columns stay in the cache. */
const tile = 32

/**
 * Bytes from each unit to each other in one layer step, tokens on their way out and results on their way back; 0 to itself. `into`,
 * of an earlier call with as many units, is written over.
 */
export const trafficBytes = (
  { copies }: Pick<LayerTraffic, "copies">,
  units: number,
  bytes: { readonly dispatch: number; readonly combine: number },
  into?: Float64Array
): Float64Array => {
  const matrix = into ?? new Float64Array(units * units)
  for (let top = 0; top < units; top += tile) {
    for (let left = 0; left < units; left += tile) {
      for (let a = top; a < Math.min(top + tile, units); a++)
        for (let b = left; b < Math.min(left + tile, units); b++)
          if (a !== b)
            matrix[a * units + b] = copies[a * units + b]! * bytes.dispatch + copies[b * units + a]! * bytes.combine
    }
  }
  return matrix
}

/** Bytes that each link of a fabric carries for a rank x rank matrix, every message on its own route. */
export const linkBytes = (
  { units, routeStart, routeLinks, linkBytesPerSec }: Fabric,
  matrix: ArrayLike<number>
): Float64Array => {
  const bytes = new Float64Array(linkBytesPerSec.length)
  for (let pair = 0; pair < units * units; pair++)
    for (let i = routeStart[pair]!; i < routeStart[pair + 1]!; i++) bytes[routeLinks[i]!]! += matrix[pair]!
  return bytes
}

/** Bytes between units of different servers. */
export const crossServerBytes = ({ units, serverOf }: Ranks, matrix: ArrayLike<number>): number => {
  let bytes = 0
  for (let a = 0; a < units; a++)
    for (let b = 0; b < units; b++) if (serverOf[a] !== serverOf[b]) bytes += matrix[a * units + b]!
  return bytes
}
