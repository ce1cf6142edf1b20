/** Which layers a pair of adjacent layers lets one forecast. */
import type { LayerChunk } from "@moira/trace"
import type { LayerRows } from "../predictor.ts"

const all = (requests: number) => Uint32Array.from({ length: requests }, (_, r) => r)

/**
 * Chunks of a layer hold it and the next: the next one is forecast, with this one as the layer before. The first
 * layer has none before it and is forecast from its own chunks.
 */
export const chunkRows = (
  layerIndex: number,
  chunks: ReadonlyArray<LayerChunk>
): ReadonlyArray<readonly [layerIndex: number, rows: ReadonlyArray<LayerRows>]> => {
  const first = chunks.map(({ current }): LayerRows => {
    return { current, earlier: undefined, use: all(current.requests) }
  })
  const next = chunks.flatMap(({ current, next: following }): ReadonlyArray<LayerRows> =>
    following === undefined ? [] : [{ current: following, earlier: current, use: all(following.requests) }]
  )
  return [
    ...(layerIndex === 0 ? [[0, first] as const] : []),
    ...(next.length > 0 ? [[layerIndex + 1, next] as const] : [])
  ]
}
