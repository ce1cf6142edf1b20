/** A small model, a seeded trace and a ring machine, for tests of this package. */
import bottleneck from "@moira/hardware/networks/bottleneck"
import { Hardware, Network } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import algorithm1 from "@moira/allocation/allocators/algorithm-1"
import fixed from "@moira/allocation/residencies/fixed"
import { Allocator, Residency } from "@moira/allocation"
import contiguous from "@moira/placement/optimizers/contiguous"
import { PlacementOptimizer } from "@moira/placement"
import { Layer } from "effect"

export { tinyModel as model, tinyRequests as makeRequests, tinyTrace as traceLayer } from "@moira/trace/testing"

export const stages = Layer.mergeAll(
  Hardware.layer(ring),
  Network.layer(bottleneck),
  PlacementOptimizer.layer(contiguous),
  Allocator.layer(algorithm1),
  Residency.layer(fixed)
)
