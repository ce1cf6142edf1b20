/** Checks a request against its model before it is stored. */
import type { Model } from "@moira/core"
import { choosableIds } from "@moira/core/thread"
import { missingExpert, type TraceRequest } from "../selections.ts"

/** A request contradicts its model; becomes a `StoreError` where the store is written. */
export class Contradiction extends Error {
  readonly where: string
  constructor(where: string, what: string) {
    super(what)
    this.where = where
  }
}

/** What must be known of a model to store its requests. */
export type StoredModel = Pick<Model, "title" | "experts" | "zeroExperts" | "topK" | "moe">

/**
 * How many ids of a request are holes, in one loop over all ids. Throws a `Contradiction` where the request contradicts
 * the model: an id that is no expert would otherwise be stored as another one.
 */
export const countHoles = (request: TraceRequest, model: StoredModel, layers: ReadonlyArray<number>): number => {
  const { ids, source, repeatedTokens = 0, prefillTokens } = request
  if (repeatedTokens > prefillTokens)
    throw new Contradiction(source, `${repeatedTokens} repeated tokens, but its prompt has ${prefillTokens} rows`)
  const ofLayer = (request.prefillTokens + request.decodeTokens) * model.topK
  const expected = ofLayer * layers.length
  if (ids.length !== expected)
    throw new Contradiction(source, `${ids.length} ids, where ${model.title} and these token counts make ${expected}`)
  return anyOutside(ids, choosableIds(model) - 1) ? findHoles(request, model, layers, ofLayer) : 0
}

/**
 * True where an id is above `last`. Hot and almost always all that is needed: two ids at a time, no branch, no
 * allocation. Of each half of a word the top bit of `0x8000 + last - id` is clear where `last < id <= 0x8000 + last`, and
 * the top bit of the id itself is set where it is larger, which covers what a half that borrows does to the other.
 */
const anyOutside = (ids: Uint16Array, last: number): boolean => {
  if (last >= 0x8000 || ids.byteOffset % 4 !== 0) return ids.some((id) => id > last)
  const pairs = new Int32Array(ids.buffer, ids.byteOffset, ids.length >> 1)
  const bound = ((0x8000 + last) << 16) | (0x8000 + last)
  let outside = 0
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]!
    outside |= ~(bound - pair) | pair
  }
  return (outside & 0x8000_8000) !== 0 || (ids.length % 2 === 1 && ids[ids.length - 1]! > last)
}

/** Counts what is outside and refuses what is no hole. */
const findHoles = (
  { ids, source }: TraceRequest,
  model: StoredModel,
  layers: ReadonlyArray<number>,
  ofLayer: number
): number => {
  const choosable = choosableIds(model)
  let holes = 0
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! < choosable) continue
    if (ids[i] !== missingExpert) {
      const [layer, token] = [layers[Math.floor(i / ofLayer)], Math.floor((i % ofLayer) / model.topK)]
      throw new Contradiction(
        `${source}, layer ${layer}, token ${token}`,
        `expert ${ids[i]}, but ${model.title} has experts 0 to ${choosable - 1}`
      )
    }
    holes++
  }
  return holes
}
