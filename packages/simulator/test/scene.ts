/** A small model, a seeded trace and a ring machine, for tests of this package. */
import bottleneck from "@moira/hardware/networks/bottleneck"
import { Hardware, Network } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import fixed from "@moira/allocation/residencies/fixed"
import { Allocator, Residency } from "@moira/allocation"
import contiguous from "@moira/placement/optimizers/contiguous"
import { PlacementOptimizer } from "@moira/placement"
import { type TraceRequest } from "@moira/trace"
import { tinyModel } from "@moira/trace/testing"
import { moeLayers } from "@moira/core"
import { Layer } from "effect"

export { tinyModel as model, tinyRequests as makeRequests, tinyTrace as traceLayer } from "@moira/trace/testing"

export const stages = Layer.mergeAll(
  Hardware.layer(ring),
  Network.layer(bottleneck),
  PlacementOptimizer.layer(contiguous),
  Allocator.layer(algorithm1),
  Residency.layer(fixed)
)

/** Requests without the decode tokens of which an id is missing: what steps are timed on. */
export const recordedOnly = (requests: ReadonlyArray<TraceRequest>): ReadonlyArray<TraceRequest> =>
  requests.map((request) => {
    const { ids, prefillTokens, decodeTokens } = request
    const [layers, rows] = [moeLayers(tinyModel), prefillTokens + decodeTokens]
    const at = (layerIndex: number, row: number) => [
      ...ids.subarray((layerIndex * rows + row) * tinyModel.topK, (layerIndex * rows + row + 1) * tinyModel.topK)
    ]
    const kept = Array.from({ length: rows }, (_, row) => row).filter(
      (row) => row < prefillTokens || layers.every((_, l) => at(l, row).every((id) => id < tinyModel.experts))
    )
    const left = layers.flatMap((_, l) => kept.flatMap((row) => at(l, row)))
    return { ...request, decodeTokens: kept.length - prefillTokens, ids: Uint16Array.from(left) }
  })
