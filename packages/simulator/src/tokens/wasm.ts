/**
 * Tokens of layer steps counted in WebAssembly (source: `assembly/tokens.as`). The ids of a layer step are copied into the module's
 * memory, 0.1 MB for 16,384 tokens of top 8.
 */
import type { Fabric, LayerWork } from "@moira/hardware"
import type { Batch } from "../window/batch.ts"
import { copyCounter } from "./copies.ts"
import { layOut } from "./layout.ts"
import { instantiate } from "./module.ts"
import type { TokenCounter } from "./token-counter.ts"

/** More tokens than any step has. */
const endless = 0xffffffff

/** Counts of a batch on a machine; undefined where there is no WebAssembly with vectors, or not enough memory. */
export const wasmTokens = (
  batch: Batch,
  fabric: Pick<Fabric, "units" | "servers" | "serverOf">,
  countsServers: boolean
): TokenCounter | undefined => {
  const { units, serverOf } = fabric
  const { window, size, copies } = batch
  const { requests, steps, ids, decodeTokens, model } = window
  const { topK, experts } = model
  const idBytes = ids.BYTES_PER_ELEMENT
  const used = Math.min(requests, size)
  /** Ids that are no expert share the state that comes after those of experts; bytes have a state each. */
  const states = idBytes === 1 ? 256 : experts + 1
  const maxPieces = Math.min(experts * units, size * topK) + 1
  const way = copyCounter({ units, serverOf, servers: countsServers ? fabric.servers : 0 }, Math.ceil(size / units))
  const { bytes, at } = layOut({
    ids: used * topK * idBytes,
    rows: used * 4,
    tokens: size * 8,
    states: states * 16,
    pieces: maxPieces * 16,
    tables: 4 * states * 4,
    ...way.sizes
  })
  const wasm = instantiate(bytes)
  if (wasm === undefined) return undefined
  const { buffer } = wasm.memory
  const words = (from: number, length: number) => new Uint32Array(buffer, from, length)
  const idBlock = new (idBytes === 1 ? Uint8Array : Uint16Array)(buffer, at.ids, used * topK)
  const rows = words(at.rows, used)
  const tokens = words(at.tokens, size * 2)
  const state = words(at.states, states * 4)
  const piece = words(at.pieces, maxPieces * 4)
  const masks = words(at.masks, way.sizes.masks / 4)
  const tables = words(at.tables, 4 * states)
  const countCopies = way.prepare(wasm, at, { idBytes, topK, experts })
  const tokensAt = new Uint32Array(units)
  const { low, high } = way
  /** Slots of a request: `floor`, and one more of the first `above` of them. */
  const floor = Math.floor(size / requests)
  const above = size % requests
  let listedStep = -1
  let listed = -1
  let aliveRows = 0
  let aliveAbove = 0
  let aliveTokens = 0

  /** Lists the rows and tokens that are alive at a step, where others are than before: requests only ever end. */
  const list = (step: number): void => {
    if (step === listedStep) return
    listedStep = step
    let alive = 0
    for (let r = 0; r < used; r++) if (decodeTokens[r]! > step) alive++
    if (alive === listed) return
    listed = alive
    aliveRows = aliveAbove = aliveTokens = 0
    for (let r = 0; r < used; r++) {
      if (decodeTokens[r]! <= step || copies[r] === 0) continue
      if (r < above) aliveAbove++
      rows[aliveRows++] = at.ids + r * topK * idBytes
    }
    masks.fill(0)
    tokensAt.fill(0)
    for (let slot = 0, request = 0, home = 0, round = 0; slot < size; slot++) {
      if (decodeTokens[request]! > step) {
        tokens[2 * aliveTokens] = at.ids + request * topK * idBytes
        tokens[2 * aliveTokens + 1] = way.place(home, round, at)
        aliveTokens++
        tokensAt[home]!++
      }
      request = request + 1 === requests ? 0 : request + 1
      home = home + 1 === units ? 0 : home + 1
      if (home === 0) round++
    }
  }

  /** Adds the ids of some rows, each `weight` times. */
  const addRows = (from: number, to: number, weight: number, expertTokens: Uint32Array): void => {
    if (from === to) return
    tables.fill(0)
    wasm.count(at.rows + from * 4, to - from, idBytes, topK, experts, at.tables, states * 4)
    for (let e = 0; e < experts; e++)
      expertTokens[e]! +=
        weight * (tables[e]! + tables[states + e]! + tables[2 * states + e]! + tables[3 * states + e]!)
  }

  /** Tells tasks as states and pieces; whether some expert has several. */
  const tellTasks = ({ count, expert, unit, tokens: taken }: LayerWork): boolean => {
    for (let e = experts; e < states; e++) {
      state[4 * e] = low[units]!
      state[4 * e + 1] = high[units]!
      state[4 * e + 2] = endless
    }
    let isSplit = false
    let last = -1
    let pieces = 0
    for (let i = 0; i < count; i++) {
      if (taken[i] === 0) continue
      const e = expert[i]!
      const u = unit[i]!
      const isFirst = e !== last
      const to = isFirst ? state : piece
      const word = 4 * (isFirst ? e : pieces)
      to[word] = low[u]!
      to[word + 1] = high[u]!
      to[word + 2] = taken[i]!
      pieces++
      if (isFirst) state[word + 3] = at.pieces + pieces * 16
      else isSplit = true
      last = e
    }
    return isSplit
  }

  return {
    engine: "wasm",
    count: (layerIndex, step, expertTokens) => {
      list(step)
      const base = (layerIndex * steps + step) * requests * topK
      idBlock.set(ids.subarray(base, base + idBlock.length))
      expertTokens.fill(0)
      addRows(0, aliveAbove, floor + 1, expertTokens)
      addRows(aliveAbove, aliveRows, floor, expertTokens)
    },
    deal: (work) => {
      countCopies(work, aliveTokens, tellTasks(work))
      work.tokensAt?.set(tokensAt)
    }
  }
}
