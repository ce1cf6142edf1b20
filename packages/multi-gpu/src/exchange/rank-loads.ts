/** What each rank has to do in an exchange, from who sends how many copies to whom. */
import type { ExchangeTraffic, Fabric } from "@moira/hardware"
import type { RankLoad } from "./laws.ts"

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

/** Ranks that follow each other in one server: those of run i are `start[i]` to `start[i + 1]`, exclusive. */
const runsOf = ({ units, serverOf }: Ranks) => {
  const start: Array<number> = []
  for (let u = 0; u < units; u++) if (u === 0 || serverOf[u] !== serverOf[u - 1]) start.push(u)
  return { runs: start.length, start: Uint32Array.from([...start, units]) }
}

/**
 * Two levels: a token crosses to each other server once, to the rank of the sender's place there, which forwards it to
 * its targets over NVLink; inside a server the sender sends to all targets itself. Combining goes the same ways back. A
 * hot loop over pairs of ranks, no allocation.
 */
export const makeTwoLevelLoads = (ranks: Ranks): RankLoads => {
  const { units, servers, serverOf } = ranks
  const rail = railsOf(ranks)
  const { runs, start } = runsOf(ranks)
  const loads = emptyLoads(units)
  const { sums, clear } = makeSums(units)
  const crossing = new Float64Array(servers)
  return (copies, { tokens, serverCopies }) => {
    clear()
    const { sent, received, nvlinkOut, nvlinkIn, nicOut, nicIn } = sums
    for (let f = 0; f < units; f++) {
      const row = f * units
      const home = serverOf[f]!
      crossing.fill(0)
      for (let r = 0; r < runs; r++) {
        const server = serverOf[start[r]!]!
        const via = server === home ? f : rail[f * servers + server]!
        let leaving = sent[via]!
        let out = nvlinkOut[via]!
        let across = crossing[server]!
        for (let t = start[r]!; t < start[r + 1]!; t++) {
          const n = copies[row + t]!
          if (n === 0) continue
          leaving += n
          across += n
          received[t]! += n
          if (t === via) continue
          out += n
          nvlinkIn[t]! += n
        }
        sent[via] = leaving
        nvlinkOut[via] = out
        if (server !== home) crossing[server] = across
      }
      for (let s = 0; s < servers; s++) {
        if (crossing[s] === 0) continue
        const n = serverCopies === undefined ? crossing[s]! : serverCopies[f * servers + s]!
        nicOut[f]! += n
        nicIn[rail[f * servers + s]!]! += n
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
export const makeDirectLoads = (ranks: Ranks): RankLoads => {
  const { units, serverOf } = ranks
  const { runs, start } = runsOf(ranks)
  const loads = emptyLoads(units)
  const { sums, clear } = makeSums(units)
  const scale = new Float64Array(units)
  return (copies, { tokens, choices }) => {
    clear()
    const { sent, received, nvlinkOut, nvlinkIn, nicOut, nicIn } = sums
    scale.fill(1)
    if (choices !== undefined) scaleToChoices(copies, choices, scale)
    for (let f = 0; f < units; f++) {
      const row = f * units
      let all = 0
      let near = 0
      let away = 0
      for (let r = 0; r < runs; r++) {
        if (serverOf[start[r]!] === serverOf[f]) {
          for (let t = start[r]!; t < start[r + 1]!; t++) {
            const n = copies[row + t]! * scale[t]!
            all += n
            received[t]! += n
            if (f === t) continue
            near += n
            nvlinkIn[t]! += n
          }
          continue
        }
        const from = start[r]!
        while (r + 1 < runs && serverOf[start[r + 1]!] !== serverOf[f]) r++
        for (let t = from; t < start[r + 1]!; t++) {
          const copied = copies[row + t]!
          if (copied === 0) continue
          const n = copied * scale[t]!
          all += n
          away += n
          received[t]! += n
          nicIn[t]! += n
        }
      }
      sent[f] = all
      nvlinkOut[f] = near
      nicOut[f] = away
    }
    fill(loads, sums, copies, tokens)
    return loads
  }
}

/** What a copy to each rank stands for, so that copies are as many as the choices there; at least one. */
const scaleToChoices = (copies: ArrayLike<number>, choices: ArrayLike<number>, scale: Float64Array): void => {
  const units = scale.length
  scale.fill(0)
  for (let f = 0; f < units; f++) for (let t = 0; t < units; t++) scale[t]! += copies[f * units + t]!
  for (let t = 0; t < units; t++) scale[t] = scale[t] === 0 ? 1 : Math.max(1, choices[t]! / scale[t]!)
}
