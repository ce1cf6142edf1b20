/** Known faults of recorders, looked for in every request that is decoded. */
import type { Model } from "@moira/core"
import type { TraceRequest } from "@moira/trace"
import { dummyRoutes } from "./suspicions/dummy-routes.ts"
import { narrowIds } from "./suspicions/narrow-ids.ts"
import { type Detector, rowsFor } from "./suspicions/rows.ts"
import { staleBuffer } from "./suspicions/stale-buffer.ts"
import { stridedView } from "./suspicions/strided-view.ts"

const detectors: ReadonlyArray<Detector> = [dummyRoutes, staleBuffer, stridedView, narrowIds]

/**
 * Gives requests of a model back with a warning for each fault that it looks to have: told with the result, never a
 * reason to change ids. Of a sound request little more is read than some of the first layer. Rows that are partly missing are found where
 * holes are counted, when the request is stored.
 */
export const suspicionsFor = (model: Model): ((request: TraceRequest) => TraceRequest) => {
  const rowsOf = rowsFor(model)
  return (request) => {
    const rows = rowsOf(request)
    // Ids that do not fit the model are the store's to refuse.
    if (rows.layers.length === 0 || rows.ids.length !== rows.layers.length * rows.tokens * rows.topK) return request
    const found = detectors.flatMap((detector) => detector(rows) ?? [])
    return found.length === 0 ? request : { ...request, remarks: [...(request.remarks ?? []), ...found] }
  }
}
