/** How copies of tokens are counted on a machine: by masks where its units and servers are few, one by one elsewhere. */
import type { Fabric, LayerWork } from "@moira/hardware"
import type { IdShape } from "./id-shape.ts"
import type { TokenModule } from "./module.ts"

/** Units of a machine, and the servers that are counted too; none of these where `servers` is 0. */
export interface Columns {
  readonly units: number
  readonly servers: number
  readonly serverOf: Fabric["serverOf"]
}

export interface CopyCounter {
  /** Bytes of what it needs in memory. */
  readonly sizes: Readonly<Record<"masks" | "counts" | "scratch", number>>
  /** Both halves of what the state of an expert says of a unit, at `unit` and, for ids that are no expert, at `units`. */
  readonly low: Uint32Array
  readonly high: Uint32Array
  /** What a token's entry says beside the address of its ids. */
  readonly place: (home: number, round: number, at: Places) => number
  /** Counts the copies of so many tokens, and puts them into `work`; hot. */
  readonly prepare: (
    wasm: TokenModule,
    at: Places,
    ids: IdShape
  ) => (work: LayerWork, tokens: number, isSplit: boolean) => void
}

/** Addresses in a module's memory. */
export interface Places {
  readonly tokens: number
  readonly states: number
  readonly masks: number
  readonly counts: number
  readonly scratch: number
}

/** Binary digits of 128 counters. */
const planeBytes = 32 * 16

/** Tokens' masks of units, then servers, of 4 or 8 bytes; a row of them has one for each home, and there are `rounds` rows. */
const masked = ({ units, servers, serverOf }: Columns, maskBytes: number, rounds: number): CopyCounter => {
  const rowBytes = Math.ceil((units * maskBytes) / 16) * 16
  const low = new Uint32Array(units + 1)
  const high = new Uint32Array(units + 1)
  for (let u = 0; u < units; u++)
    for (const column of servers === 0 ? [u] : [u, units + serverOf[u]!])
      if (column < 32) low[u]! |= 1 << column
      else high[u]! |= 1 << (column - 32)
  return {
    sizes: { masks: rounds * rowBytes, counts: rowBytes * 32, scratch: planeBytes },
    low,
    high,
    place: (home, round, at) => at.masks + round * rowBytes + home * maskBytes,
    prepare: (wasm, at, { idBytes, topK, experts }) => {
      const cells = maskBytes * 8
      const counts = new Uint32Array(wasm.memory.buffer, at.counts, rowBytes * 8)
      return ({ tokenCopies, serverCopies }, tokens, isSplit) => {
        wasm.mask(at.tokens, tokens, idBytes, maskBytes, topK, experts, at.states, isSplit ? 1 : 0)
        wasm.bits(at.masks, rounds, rowBytes, units + servers, at.scratch, at.counts)
        for (let home = 0; home < units; home++)
          for (let u = 0; u < units; u++) tokenCopies[home * units + u] = counts[home * cells + u]!
        if (serverCopies === undefined) return
        for (let home = 0; home < units; home++)
          for (let s = 0; s < servers; s++) serverCopies[home * servers + s] = counts[home * cells + units + s]!
      }
    }
  }
}

const scattered = ({ units, servers, serverOf }: Columns): CopyCounter => {
  const copies = units * units
  return {
    sizes: { masks: 0, counts: (copies + units * servers) * 4, scratch: (units + servers) * 4 },
    // One that is no unit comes last.
    low: Uint32Array.from({ length: units + 1 }, (_, u) => u),
    high: Uint32Array.from({ length: units + 1 }, (_, u) => (u < units && servers > 0 ? serverOf[u]! : 0)),
    place: (home) => home,
    prepare: (wasm, at, { idBytes, topK, experts }) => {
      const { buffer } = wasm.memory
      const ofServers = at.counts + copies * 4
      const counts = new Uint32Array(buffer, at.counts, copies + units * servers)
      const toUnits = counts.subarray(0, copies)
      const toServers = counts.subarray(copies)
      const seen = new Uint32Array(buffer, at.scratch, units + servers)
      return ({ tokenCopies, serverCopies }, tokens) => {
        counts.fill(0)
        seen.fill(0)
        wasm.scatter(
          at.tokens,
          tokens,
          idBytes,
          topK,
          experts,
          at.states,
          at.scratch,
          units,
          at.counts,
          servers,
          ofServers
        )
        tokenCopies.set(toUnits)
        serverCopies?.set(toServers)
      }
    }
  }
}

/** The way of a machine, for batches whose slots go round its units so many times. */
export const copyCounter = (columns: Columns, rounds: number): CopyCounter => {
  const all = columns.units + columns.servers
  return all <= 64 ? masked(columns, all <= 32 ? 4 : 8, rounds) : scattered(columns)
}
