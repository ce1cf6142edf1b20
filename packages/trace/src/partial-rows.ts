/** Finds rows of which some ids are missing and others are not. */
import type { Model } from "@moira/core"
import type { Remark } from "./remarks.ts"
import { missingExpert, type TraceRequest } from "./selections.ts"

const what =
  "a row is partly missing: some of its ids are -1 and others are not, which engines' own readers call corruption. " +
  "Counts keep what is there; record again, or leave these requests out"

/** A row is recorded or not: half of one is a suspicion, told with the layer and token of the first. */
const partialRows = (
  request: TraceRequest,
  { topK }: Pick<Model, "topK">,
  layers: ReadonlyArray<number>
): ReadonlyArray<Remark> => {
  const { ids, prefillTokens, decodeTokens, source } = request
  const tokens = prefillTokens + decodeTokens
  let [count, first] = [0, 0]
  for (let row = 0; row < ids.length / topK; row++) {
    let holes = 0
    for (let i = row * topK; i < (row + 1) * topK; i++) if (ids[i] === missingExpert) holes++
    if (holes === 0 || holes === topK) continue
    if (count++ === 0) first = row
  }
  if (count === 0) return []
  const layer = layers[Math.floor(first / tokens)]
  const which = count === 1 ? "its only such row" : `the first of ${count} such rows`
  return [{ kind: "warning", what, first: `${source}, layer ${layer}, token ${first % tokens}, ${which}` }]
}

/** What its reader told of a request, and what its holes tell; `holes` says whether there are any. */
export const remarksOf = (
  request: TraceRequest,
  model: Pick<Model, "topK">,
  /** Real numbers of the MoE layers. */
  layers: ReadonlyArray<number>,
  holes: boolean
): ReadonlyArray<Remark> => [...(request.remarks ?? []), ...(holes ? partialRows(request, model, layers) : [])]
