/** Exchange loads as plain loops over pairs of ranks: what the fast ones are compared with. */
import type { ExchangeTraffic, Fabric } from "@moira/hardware"
import type { RankLoad } from "../src/exchange/laws.ts"

/** Where ranks are. */
export type Ranks = Pick<Fabric, "units" | "servers" | "serverOf">

/** Loads by rank, reused from call to call; `copies[from * units + to]`. */
export type RankLoads = (copies: ArrayLike<number>, traffic: ExchangeTraffic) => ReadonlyArray<RankLoad>

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

const emptyLoads = (units: number): ReadonlyArray<Mutable<RankLoad>> =>
  Array.from({ length: units }, () => ({ tokens: 0, copies: 0, nvlinkCopies: 0, nicCopies: 0 }))

/** What ranks send and receive, in all, over NVLink and over NICs; one array of ranks each. */
const makeSums = (units: number) => {
  const array = () => new Float64Array(units)
  const sums = {
    sent: array(),
    received: array(),
    nvlinkOut: array(),
    nvlinkIn: array(),
    nicOut: array(),
    nicIn: array()
  }
  const clear = (): void => {
    for (const of of Object.values(sums)) of.fill(0)
  }
  return { sums, clear }
}

/** Each rank counts what it sends or what it receives, whichever is more. */
const fill = (
  loads: ReadonlyArray<Mutable<RankLoad>>,
  sums: ReturnType<typeof makeSums>["sums"],
  copies: ArrayLike<number>,
  tokens: ArrayLike<number> | undefined
): void => {
  const units = loads.length
  for (let u = 0; u < units; u++) {
    let most = 0
    if (tokens === undefined) for (let t = 0; t < units; t++) most = Math.max(most, copies[u * units + t]!)
    const load = loads[u]!
    load.tokens = tokens === undefined ? most : tokens[u]!
    load.copies = Math.max(sums.sent[u]!, sums.received[u]!)
    load.nvlinkCopies = Math.max(sums.nvlinkOut[u]!, sums.nvlinkIn[u]!)
    load.nicCopies = Math.max(sums.nicOut[u]!, sums.nicIn[u]!)
  }
}

/** `rail[unit * servers + server]`: the rank of a unit's place in another server; that server's first where it has fewer. */
const railsOf = ({ units, servers, serverOf }: Ranks): Uint16Array => {
  const members = Array.from({ length: servers }, (): Array<number> => [])
  const place = Array.from({ length: units }, (_, u) => members[serverOf[u]!]!.push(u) - 1)
  return Uint16Array.from({ length: units * servers }, (_, i) => {
    const there = members[i % servers]!
    return there[place[Math.floor(i / servers)]!] ?? there[0] ?? 0
  })
}

/**
 * Two levels: a token crosses to each other server once, to the rank of the sender's place there, which forwards it to
 * its targets over NVLink; inside a server the sender sends to all targets itself. Combining goes the same ways back. A
 * hot loop over pairs of ranks, no allocation.
 */
export const makeTwoLevelLoads = (ranks: Ranks): RankLoads => {
  const { units, servers, serverOf } = ranks
  const rail = railsOf(ranks)
  const loads = emptyLoads(units)
  const { sums, clear } = makeSums(units)
  const crossing = new Float64Array(servers)
  return (copies, { tokens, serverCopies }) => {
    clear()
    for (let f = 0; f < units; f++) {
      crossing.fill(0)
      for (let t = 0; t < units; t++) {
        const n = copies[f * units + t]!
        if (n === 0) continue
        const server = serverOf[t]!
        const away = server !== serverOf[f]
        const via = away ? rail[f * servers + server]! : f
        sums.sent[via]! += n
        sums.received[t]! += n
        if (away) crossing[server]! += n
        if (via === t) continue
        sums.nvlinkOut[via]! += n
        sums.nvlinkIn[t]! += n
      }
      for (let s = 0; s < servers; s++) {
        if (crossing[s] === 0) continue
        const n = serverCopies === undefined ? crossing[s]! : serverCopies[f * servers + s]!
        sums.nicOut[f]! += n
        sums.nicIn[rail[f * servers + s]!]! += n
      }
    }
    fill(loads, sums, copies, tokens)
    return loads
  }
}

/**
 * Straight: one message a choice. Copies are scaled to the choices that each unit computes, which says the same of all
 * senders: exact for the receiving side, an average for the sending one. A hot loop over pairs of ranks, no allocation.
 */
export const makeDirectLoads = ({ units, serverOf }: Ranks): RankLoads => {
  const loads = emptyLoads(units)
  const { sums, clear } = makeSums(units)
  const arriving = new Float64Array(units)
  return (copies, { tokens, choices }) => {
    clear()
    arriving.fill(0)
    for (let pair = 0; pair < units * units; pair++) arriving[pair % units]! += copies[pair]!
    for (let f = 0; f < units; f++) {
      for (let t = 0; t < units; t++) {
        const scale = choices === undefined || arriving[t] === 0 ? 1 : Math.max(1, choices[t]! / arriving[t]!)
        const n = copies[f * units + t]! * scale
        sums.sent[f]! += n
        sums.received[t]! += n
        if (f === t) continue
        if (serverOf[f] === serverOf[t]) {
          sums.nvlinkOut[f]! += n
          sums.nvlinkIn[t]! += n
        } else {
          sums.nicOut[f]! += n
          sums.nicIn[t]! += n
        }
      }
    }
    fill(loads, sums, copies, tokens)
    return loads
  }
}
