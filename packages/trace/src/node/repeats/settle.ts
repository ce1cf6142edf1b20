/** Settles on the ids themselves whether requests begin with the rows of another one, chunk by chunk of the stored file. */
import { createHash, type Hash } from "node:crypto"
import { readIds } from "../parquet/file-reader.ts"
import type { Group } from "../parquet/group.ts"
import { type RequestRow, storedTokens } from "../../requests.ts"
import type { Anchor } from "./anchors.ts"

/** Bits of choice below which equal rows are no evidence, unless a reader told that the requests belong together. */
const leastBits = 64

/** The first rows of a request, at all layers. */
interface Beginning {
  readonly tokens: number
  readonly hash: Hash
  /** Bits of choice so far; not counted further once they are enough. */
  bits: number
  recorded: boolean
}

export interface StoredIds {
  readonly fd: number
  readonly groups: ReadonlyArray<Group>
  readonly rows: ReadonlyArray<RequestRow>
  readonly experts: number
  readonly topK: number
}

/**
 * Bits of choice in the recorded ids of one layer, by how often each occurs among them: 0 where every row is the same, since
 * the ids of a row always differ.
 */
const bitsOf = (
  ids: Uint16Array,
  topK: number,
  counts: Uint32Array
): { readonly bits: number; readonly recorded: number } => {
  counts.fill(0)
  let recorded = 0
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! >= counts.length) continue
    counts[ids[i]!]!++
    recorded++
  }
  let bits = 0
  for (const count of counts) if (count > 0) bits += count * Math.log2(recorded / count)
  return { bits: Math.max(0, bits - recorded * Math.log2(topK)), recorded }
}

const addLayer = (beginning: Beginning, ids: Uint16Array, topK: number, counts: Uint32Array): void => {
  beginning.hash.update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
  if (beginning.bits >= leastBits) return
  const { bits, recorded } = bitsOf(ids, topK, counts)
  beginning.bits += bits
  beginning.recorded ||= recorded > 0
}

interface Settled {
  readonly digest: string
  readonly bits: number
  readonly recorded: boolean
}

/** The digests of the beginnings asked for: `[request][tokens]`. Each chunk that holds one is read once. */
const digests = (
  { fd, groups, rows, experts, topK }: StoredIds,
  wanted: ReadonlyMap<number, ReadonlySet<number>>
): ReadonlyMap<number, ReadonlyMap<number, Settled>> => {
  const settled = new Map<number, ReadonlyMap<number, Settled>>()
  const counts = new Uint32Array(experts)
  let open = new Map<number, ReadonlyArray<Beginning>>()
  let ids = new Uint16Array(0)
  let first = -1
  const close = () => {
    for (const [request, all] of open)
      settled.set(
        request,
        new Map(
          all.map(({ tokens, hash, bits, recorded }) => [tokens, { digest: hash.digest("base64"), bits, recorded }])
        )
      )
    open = new Map()
  }
  for (const group of groups) {
    if (group.from !== first) {
      // The layers of a chunk follow one another.
      close()
      first = group.from
      for (let request = group.from; request <= group.to; request++) {
        const of = [...(wanted.get(request) ?? [])]
        if (of.length === 0) continue
        open.set(
          request,
          of.map((tokens) => ({ tokens, hash: createHash("sha256"), bits: 0, recorded: false }))
        )
      }
    }
    if (open.size === 0) continue
    if (ids.length < group.values) ids = new Uint16Array(group.values)
    readIds(fd, group, experts, ids, 0)
    for (let request = group.from, at = 0; request <= group.to; request++) {
      for (const each of open.get(request) ?? [])
        addLayer(each, ids.subarray(at, at + each.tokens * topK), topK, counts)
      at += storedTokens(rows[request]!) * topK
    }
  }
  close()
  return settled
}

/** Of the anchors that each request may begin with the longest that it does, on evidence that is no chance. */
export const settleRepeats = (
  stored: StoredIds,
  possible: ReadonlyMap<number, ReadonlyArray<Anchor>>
): ReadonlyMap<number, Anchor> => {
  const wanted = new Map<number, Set<number>>()
  const want = (request: number, tokens: number) => {
    const all = wanted.get(request)
    if (all === undefined) wanted.set(request, new Set([tokens]))
    else all.add(tokens)
  }
  for (const [request, anchors] of possible) {
    for (const { owner, tokens } of anchors) {
      want(request, tokens)
      want(owner, tokens)
    }
  }
  const settled = digests(stored, wanted)
  const found = new Map<number, Anchor>()
  for (const [request, anchors] of possible) {
    const { group } = stored.rows[request]!
    const anchor = anchors.find(({ owner, tokens }) => {
      const [own, other] = [settled.get(request)?.get(tokens), settled.get(owner)?.get(tokens)]
      if (own === undefined || own.digest !== other?.digest || !own.recorded) return false
      const told = group !== "" && group === stored.rows[owner]!.group
      return told || own.bits >= leastBits
    })
    if (anchor !== undefined) found.set(request, anchor)
  }
  return found
}
